/*
 * exchange_failure.c: turns failures of the token exchange into errors, for auth.c. Core thread.
 */
#include "boxd/client/exchange_failure.h"

#include "errors.h"

#include <string.h>

enum { REFUSAL_SIZE = 200 };

const char *exchange_issuer(const config *settings)
{
    return settings->in_machine ? "the machine's metadata service" : "the exchange";
}

/* An answer that neither the key nor the rate explains. Only a proxy sends a 407. */
static void set_unexpected(const exchange *a, const http_answer *answer, boxd_error *error)
{
    const forward_proxy *proxy = &a->settings->exchange_proxy;
    const int status = answer->status;
    char refusal[REFUSAL_SIZE];
    const bool by_proxy = answer->proxy && status == 407;
    error_set(error,
              by_proxy        ? BOXD_ERR_CONNECTION
              : status >= 500 ? BOXD_ERR_INTERNAL
                              : BOXD_ERR_AUTHENTICATION,
              "the token exchange at %s failed (%d): %s", a->url, status, a->excerpt);
    if (by_proxy)
        error_append(error, "; %s", forward_proxy_explain(proxy, status, refusal, sizeof refusal));
    else if (status >= 500)
        error_append(error, "; try again");
    else if (answer->proxy)
        error_append(error, "; check the proxy, or %s", proxy->bypass);
    else
        error_append(error, "; check exchange_url (BOXD_EXCHANGE_URL)");
}

/* The error for an answer other than 200. */
void exchange_refused(const exchange *a, const http_answer *answer, boxd_error *error)
{
    const char *url = a->url, *source = a->settings->credential_source;
    const int status = answer->status;
    if (a->settings->in_machine)
        error_set(error, status >= 500 ? BOXD_ERR_INTERNAL : BOXD_ERR_AUTHENTICATION,
                  "%s at %s refused to issue a token (%d): %s; set BOXD_API_KEY or BOXD_TOKEN",
                  exchange_issuer(a->settings), url, status, a->excerpt);
    else if (status == 401)
        error_set(error, BOXD_ERR_AUTHENTICATION,
                  "the token exchange at %s rejected the API key in %s (401); set a valid key", url, source);
    else if (status == 403)
        error_set(error, BOXD_ERR_PERMISSION_DENIED,
                  "the token exchange at %s forbids the API key in %s (403): %s; use a key with more rights",
                  url, source, a->excerpt);
    else if (status == 429)
        error_set(error, BOXD_ERR_QUOTA,
                  "the token exchange at %s is still rate-limited (429) after one retry; open one client "
                  "and share it, or pass a token",
                  url);
    else if (status >= 300 && status < 400)
        error_set(error, BOXD_ERR_CONNECTION,
                  "the token exchange at %s redirects to %s (%d), and redirects are not followed; set "
                  "exchange_url to the right address",
                  url, a->location, status);
    else
        set_unexpected(a, answer, error);
    if (answer->proxy)
        error_append(error, "; the answer came through the proxy %s", answer->proxy);
    error->http_status = status;
    error->retryable = status == 429 || status >= 500;
    if (answer->retry_after_s > 0)
        error->retry_after_ms = answer->retry_after_s * 1000;
}

/* Hints for exchanges without an answer, by a part of curl's message. The last one fits every message. */
static const struct {
    const char *symptom, *next_step;
    /* The failure does not go away by itself. */
    bool lasting;
} hints[] = {
    {"wrong version number", "the server does not speak TLS; check whether the URL should be http://", true},
    {"SSL_connect",
     "the server does not speak TLS, or closed the connection; check whether the URL should be http://",
     false},
    {"unexpected eof while reading", /* newer libcurl */
     "the server does not speak TLS, or closed the connection; check whether the URL should be http://",
     false},
    {"subject name", "the server's certificate is for another host; check exchange_url", true},
    {"certificate", "set ca_file to the authority that signed the server's certificate", true},
    {"Empty reply",
     "check exchange_url (BOXD_EXCHANGE_URL), and whether it should be https:// (a TLS server)", false},
    {"HTTP/0.9", "check that this URL is boxd's", true},
    {"larger than", "check that this URL is boxd's", true},
    {"", "check exchange_url (BOXD_EXCHANGE_URL) and that the service is up", false},
};

/* Until the first answer it is not certain that there is a metadata service. */
static void explain_machine(const exchange *a, boxd_error *error)
{
    error_prefix(error,
                 a->discovered ? "%s at %s does not answer"
                               : "the client has no credential, and %s at %s does not answer",
                 exchange_issuer(a->settings), a->url);
    if (!a->discovered)
        error_append(error, "; set BOXD_API_KEY or BOXD_TOKEN");
    error->status = a->discovered ? BOXD_ERR_CONNECTION : BOXD_ERR_AUTHENTICATION;
    error->retryable = true;
}

/* Adds the exchange and the next step to the message of an exchange without an answer. */
void exchange_failed(const exchange *a, const http_answer *answer, boxd_error *error)
{
    error->sent = BOXD_SENT_NO; /* the deadline of the call that waits for the token */
    if (error->status == BOXD_ERR_NO_MEMORY) {
        /* No advice: neither a setting nor the server is the cause. */
        error_prefix(error, "no token from %s at %s", exchange_issuer(a->settings), a->url);
        error->retryable = false;
        return;
    }
    if (a->settings->in_machine) {
        explain_machine(a, error);
        return;
    }
    size_t i = 0;
    while (!strstr(error->message, hints[i].symptom))
        i++;
    const forward_proxy *proxy = &a->settings->exchange_proxy;
    char refusal[REFUSAL_SIZE];
    bool lasting = hints[i].lasting;
    error_prefix(error, "the token exchange at %s failed", a->url);
    if (answer->proxy_refusal) {
        lasting = !forward_proxy_is_temporary(answer->proxy_refusal);
        error_append(error, "; %s",
                     forward_proxy_explain(proxy, answer->proxy_refusal, refusal, sizeof refusal));
    } else if (proxy->url && !*hints[i].symptom) {
        error_append(error, "; check the URL of the proxy, or %s", proxy->bypass);
    } else {
        error_append(error, "; %s", hints[i].next_step);
    }
    error->retryable = !lasting;
}
