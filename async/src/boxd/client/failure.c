/* failure.c: turns the end of an RPC into an error: a status, and a sentence that names the object and the
 * next step. Called by call.c and by boxd/stream when an RPC has ended, on the core thread. */
#include "boxd/client/failure.h"

#include "boxd/client/box.h"
#include "errors.h"
#include "grpc/channel.h"
#include "printable.h"
#include "secrets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUBJECT_SIZE = 256 };

/* "CreateVm of box "web-7"", in the caller's buffer. */
static const char *describe(const request *owner, const method *m, char *buffer, size_t size)
{
    if (owner->subject)
        (void)snprintf(buffer, size, "%s of %s", m->name, owner->subject);
    else
        (void)snprintf(buffer, size, "%s", m->name);
    return buffer;
}

/* The possible effect of a call that was sent, or the advice that it can be repeated. */
static const char *describe_effect(const method *m, boxd_sent sent)
{
    if (sent == BOXD_SENT_NO)
        return "it was not sent";
    if (m->read || m->harmless)
        return "try again";
    return sent == BOXD_SENT_YES ? "the server received it: it may have had its effect"
                                 : "it may have been sent, and may have had its effect";
}

static bool is_repeatable(const method *m, boxd_sent sent)
{
    return m->read || m->harmless || sent == BOXD_SENT_NO;
}

/* "GetVm of box "web-7" timed out after 40 ms, before it was sent to boxd.sh:9443". */
static void set_timeout(boxd_error *error, const request *owner, const method *m, const char *what,
                        boxd_sent sent)
{
    const long long timeout_ms = (long long)request_timeout_ms(owner);
    const char *server = PRINTABLE(owner->compute->config.api.target, 100);
    if (sent == BOXD_SENT_NO)
        error_set_sent(error, BOXD_ERR_TIMEOUT, sent,
                       "%s timed out after %lld ms, before it was sent to %s; check the network, or set a "
                       "longer timeout",
                       what, timeout_ms, server);
    else
        error_set_sent(error, BOXD_ERR_TIMEOUT, sent, "%s timed out after %lld ms at %s; %s", what,
                       timeout_ms, server, describe_effect(m, sent));
    error->retryable = is_repeatable(m, sent);
}

/* Only a timeout is worth another attempt: a fired token stays fired, a closed client closed. */
void failure_stopped(boxd_error *error, const request *owner, const method *m, boxd_sent sent)
{
    char what[SUBJECT_SIZE];
    describe(owner, m, what, sizeof what);
    const boxd_error *reason = request_stop_reason(owner);
    const bool may_have_effect = sent != BOXD_SENT_NO && !m->read && !m->harmless;
    if (reason->status == BOXD_ERR_TIMEOUT) {
        set_timeout(error, owner, m, what, sent);
        return;
    }
    error_set_sent(error, reason->status ? reason->status : BOXD_ERR_CANCELLED, sent, "%s ended early: %s",
                   what, reason->status ? reason->message : "it was stopped");
    if (may_have_effect)
        error_append(error, "; %s", describe_effect(m, sent));
}

void failure_stopped_without_token(boxd_error *error, const request *owner, const method *m)
{
    char what[SUBJECT_SIZE];
    if (request_stop_reason(owner)->status != BOXD_ERR_TIMEOUT) {
        failure_stopped(error, owner, m, BOXD_SENT_NO);
        return;
    }
    error_set(
        error, BOXD_ERR_TIMEOUT,
        "%s timed out after %lld ms, before it was sent: it waited for a token; boxd_compute_get_route() "
        "shows from where",
        describe(owner, m, what, sizeof what), (long long)request_timeout_ms(owner));
    error->retryable = true;
}

typedef enum { ANY_CHANNEL, PLAINTEXT, TLS, THROUGH_PROXY } channel_kind;

/* Hints for connections that could not be made, selected by a part of gRPC's message. Those of a proxy come
 * first: the others would be about the server. The last one fits every message. */
static const struct hint {
    const char *symptom;
    channel_kind kind;
    /* The failure does not go away by itself. */
    bool lasting;
    const char *text;
} hints[] = {
    {"onnection refused", THROUGH_PROXY, false,
     "nothing listens at the address of the proxy; check the proxy's URL"},
    {"DNS resolution failed", THROUGH_PROXY, false,
     "the name of the proxy does not resolve; check the proxy's URL"},
    {"errors resolving ", THROUGH_PROXY, false,
     "the name of the proxy does not resolve; check the proxy's URL"},
    {"etwork is unreachable", THROUGH_PROXY, false,
     "there is no route to the proxy; check the proxy's URL and the network"},
    {"ocket closed", THROUGH_PROXY, false,
     "the proxy closed the connection; check the URL of the proxy: it must be that of an HTTP proxy"},
    {"Expected '", THROUGH_PROXY, false,
     "the proxy does not answer in HTTP; check the URL of the proxy: it must be that of an HTTP proxy"},
    {"WRONG_VERSION_NUMBER", TLS, true,
     "the server does not speak TLS; check whether the URL should be http://"},
    {"wrong version number", TLS, true,
     "the server does not speak TLS; check whether the URL should be http://"},
    {"CERTIFICATE_VERIFY_FAILED", TLS, true,
     "the server's certificate does not verify; set ca_file to the authority that signed it"},
    {"certificate verify failed", TLS, true,
     "the server's certificate does not verify; set ca_file to the authority that signed it"},
    {"Peer name", TLS, true, "the server's certificate is for another host; check the API URL"},
    {"Hostname", TLS, true, "the server's certificate is for another host; check the API URL"},
    {"Cannot check peer", TLS, true,
     "the server does not speak HTTP/2 over TLS; check that this is the API's port"},
    {"andshake read failed", TLS, false,
     "the server does not answer in TLS; check that this is the API's port, and that it is a TLS port"},
    {"handshak", TLS, false,
     "the TLS handshake failed; check that this is a TLS port (https://), and that ca_file verifies its "
     "certificate"},
    {"Socket closed", TLS, false,
     "the connection was closed; if the server wants a client certificate, set client_cert_file and "
     "client_key_file"},
    {"http1.x server", ANY_CHANNEL, false,
     "the server speaks HTTP/1, not gRPC; check that this is the API's port"},
    {"settings frame", ANY_CHANNEL, false,
     "the server does not speak gRPC; check that this is the API's port"},
    {"SETTINGS frame", ANY_CHANNEL, false,
     "the server does not speak gRPC; check that this is the API's port"},
    {"Failed parsing HTTP/2", ANY_CHANNEL, false,
     "the server does not speak gRPC; check that this is the API's port"},
    {"onnection refused", ANY_CHANNEL, false,
     "nothing listens there; check the API URL and that the service is up"},
    {"DNS resolution failed", ANY_CHANNEL, false, "the host name does not resolve; check the API URL"},
    {"errors resolving ", ANY_CHANNEL, false, "the host name does not resolve; check the API URL"},
    {"etwork is unreachable", ANY_CHANNEL, false, "there is no route to the server; check the network"},
    {"Socket closed", PLAINTEXT, false,
     "the connection was closed; check whether this is a TLS server (https://), and that it speaks gRPC"},
    {"onnection reset", PLAINTEXT, false,
     "the connection was reset; check whether this is a TLS server (https://), and that it speaks gRPC"},
    {"", THROUGH_PROXY, false,
     "the service cannot be reached through the proxy; check the URL of the proxy and the API URL"},
    {"", ANY_CHANNEL, false, "the service cannot be reached; check the API URL and the network"},
};

static bool concerns(const struct hint *h, const config *settings)
{
    switch (h->kind) {
    case THROUGH_PROXY:
        return settings->api_proxy.url != NULL;
    case TLS:
        return settings->api.tls;
    case PLAINTEXT:
        return !settings->api.tls;
    default:
        return true;
    }
}

static const struct hint *find_hint(const char *details, const config *settings)
{
    const struct hint *h = hints;
    while (!concerns(h, settings) || !strstr(details, h->symptom))
        h++;
    return h;
}

/* The status with which the proxy refused the tunnel; 0: it did not. */
static int find_proxy_refusal(const char *details, const config *settings)
{
    static const char text[] = "HTTP proxy returned response code ";
    const char *found = settings->api_proxy.url ? strstr(details, text) : NULL;
    return found ? (int)strtol(found + strlen(text), NULL, 10) : 0;
}

/* Why there is no connection, and the next step. */
static void set_not_connected(boxd_error *error, const config *settings, const char *server, const char *what,
                              const char *details)
{
    char refusal[SUBJECT_SIZE];
    const int status = find_proxy_refusal(details, settings);
    const struct hint *hint = find_hint(details, settings);
    const char *last = strstr(details, "last error: ");
    const char *text =
        status ? forward_proxy_explain(&settings->api_proxy, status, refusal, sizeof refusal) : hint->text;
    error_set(error, BOXD_ERR_CONNECTION, "no connection to %s for %s: %s (%s)", server, what, text,
              PRINTABLE(last ? last + strlen("last error: ") : details, 160));
    error->retryable = status ? forward_proxy_is_temporary(status) : !hint->lasting;
}

/* Writes "boxd.sh:9443", or "boxd.sh:9443 through the proxy http://proxy.example:3128 (HTTPS_PROXY)". */
static void describe_connection(const config *settings, char *buffer, size_t size)
{
    const forward_proxy *proxy = &settings->api_proxy;
    if (proxy->url)
        (void)snprintf(buffer, size, "%s through the proxy %s (%s)", PRINTABLE(settings->api.target, 120),
                       PRINTABLE(proxy->url, 90), proxy->source);
    else
        (void)snprintf(buffer, size, "%s", settings->api.target);
}

/* gRPC reads certificates at the first connection; when they are unusable, its message is that it has no
 * address. */
static bool certificates_refused(const config *settings, const char *details)
{
    return settings->api.tls && (settings->ca_file || settings->client_cert_file) &&
           strstr(details, "empty address list");
}

static void set_unavailable(boxd_error *error, const request *owner, const method *m, const char *what,
                            const char *details, boxd_sent sent)
{
    const config *settings = &owner->compute->config;
    char server[SUBJECT_SIZE];
    describe_connection(settings, server, sizeof server);
    if (sent != BOXD_SENT_NO) {
        error_set_sent(error, BOXD_ERR_CONNECTION, sent, "the connection to %s failed during %s: %s; %s",
                       server, what, PRINTABLE(details, 160), describe_effect(m, sent));
        error->retryable = is_repeatable(m, sent);
    } else if (certificates_refused(settings, details)) {
        error_set_sent(
            error, BOXD_ERR_LOCAL_FILE, sent,
            "the certificates for %s cannot be used: check ca_file (%s), client_cert_file (%s) and "
            "client_key_file (%s)",
            settings->api.target, PRINTABLE(settings->ca_file ? settings->ca_file : "not set", 100),
            PRINTABLE(settings->client_cert_file ? settings->client_cert_file : "not set", 100),
            PRINTABLE(settings->client_key_file ? settings->client_key_file : "not set", 100));
    } else {
        set_not_connected(error, settings, server, what, details);
    }
}

/* Writes "the token in BOXD_TOKEN". */
static const char *describe_token(const config *settings, char *buffer, size_t size)
{
    (void)snprintf(buffer, size, "the token%s%s",
                   settings->token     ? " in "
                   : settings->api_key ? " for the API key in "
                                       : " of this machine",
                   settings->credential_source ? settings->credential_source : "");
    return buffer;
}

/* The next step after the server rejected the token. */
static const char *token_hint(const config *settings)
{
    if (settings->token)
        return "get a new one, or open the client with an API key";
    if (settings->in_machine)
        return "the machine's credential was rejected, also after a refresh; set BOXD_API_KEY or BOXD_TOKEN";
    return "check that key and API URL belong to the same service";
}

/* gRPC's description of the failure, or the service's, without the secrets of the client. */
static void read_details(const request *owner, const rpc *r, char *details, size_t size)
{
    char raw[SECRET_TEXT_MAX];
    size_t length = GRPC_SLICE_LENGTH(r->details);
    if (length >= sizeof raw)
        length = sizeof raw - 1;
    memcpy(raw, GRPC_SLICE_START_PTR(r->details), length);
    raw[length] = '\0';
    auth_cover_secrets(&owner->compute->thread_data.auth, raw);
    text_printable(raw, details, size);
}

boxd_status failure_status(const rpc *r)
{
    switch (rpc_find_origin(r)) {
    case RPC_FROM_SERVICE:
        return error_status_of_grpc((int)r->status);
    case RPC_CANCELLED:
        return BOXD_ERR_CANCELLED;
    case RPC_LATE:
        return BOXD_ERR_TIMEOUT;
    case RPC_CONNECTION_FAILED:
        return BOXD_ERR_CONNECTION;
    case RPC_FROM_HTTP:
        return r->status == GRPC_STATUS_UNAVAILABLE ? BOXD_ERR_CONNECTION : BOXD_ERR_INTERNAL;
    case RPC_REQUEST_TOO_LARGE:
        return BOXD_ERR_INVALID_ARGUMENT;
    case RPC_RESPONSE_TOO_LARGE:
    case RPC_METADATA_TOO_LARGE:
    case RPC_BUFFERS_FULL:
        return BOXD_ERR_TOO_LARGE;
    case RPC_MALFORMED:
        return BOXD_ERR_PROTOCOL;
    default:
        return BOXD_ERR_INTERNAL;
    }
}

int failure_grpc_code(const rpc *r)
{
    return rpc_is_from_service(r) || r->status == GRPC_STATUS_UNAVAILABLE ? (int)r->status : -1;
}

boxd_status failure_check_size(size_t size, const char *what, boxd_error *error)
{
    if (size <= CHANNEL_MAX_MESSAGE_BYTES)
        return BOXD_OK;
    return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                     "%s: the request has %zu bytes; a message has %d bytes (64 MiB) at most", what, size,
                     CHANNEL_MAX_MESSAGE_BYTES);
}

/* The service has sent the status. */
static void set_refused(boxd_error *error, const request *owner, const method *m, const rpc *r,
                        const char *what, const char *details)
{
    const config *settings = &owner->compute->config;
    char token[80];
    const boxd_status status = failure_status(r);
    switch (r->status) {
    case GRPC_STATUS_UNAVAILABLE:
        error_set_sent(error, status, BOXD_SENT_YES, "%s: the service at %s is unavailable: %s; %s", what,
                       PRINTABLE(settings->api.target, 120), PRINTABLE(details, 160),
                       describe_effect(m, BOXD_SENT_YES));
        error->retryable = is_repeatable(m, BOXD_SENT_YES);
        break;
    case GRPC_STATUS_UNIMPLEMENTED:
        error_set_sent(error, status, BOXD_SENT_YES, "%s: this server does not have %s (UNIMPLEMENTED)%s%s",
                       what, m->name,
                       m->instead ? "; use " : "; use a newer server, or check that the API URL is boxd's: ",
                       m->instead ? m->instead : details);
        break;
    case GRPC_STATUS_DEADLINE_EXCEEDED:
        error_set_sent(error, status, BOXD_SENT_YES, "%s exceeded a deadline of the server: %s; %s", what,
                       details, describe_effect(m, BOXD_SENT_YES));
        error->retryable = is_repeatable(m, BOXD_SENT_YES);
        break;
    case GRPC_STATUS_UNAUTHENTICATED:
        error_set_sent(error, status, BOXD_SENT_YES, "the server rejected %s for %s: %s; %s",
                       describe_token(settings, token, sizeof token), what, details, token_hint(settings));
        break;
    default:
        error_set_sent(error, status, BOXD_SENT_YES, "%s: %s", what,
                       *details ? details : error_grpc_name((int)r->status));
        break;
    }
    if (r->status == GRPC_STATUS_NOT_FOUND && owner->box && box_is_identified(owner->box))
        error_append(error,
                     "; the handle was made from a name and keeps the id of the first box that was found: "
                     "if that box was destroyed, make a new handle");
}

static void set_http(boxd_error *error, const request *owner, const method *m, const rpc *r, const char *what,
                     boxd_sent sent)
{
    const config *settings = &owner->compute->config;
    const bool repeatable = is_repeatable(m, sent);
    const int status = rpc_http_status(r);
    error_set_sent(error, failure_status(r), sent,
                   "%s: a proxy or another server answered for %s with HTTP status %d", what,
                   settings->api.target, status);
    error->http_status = status;
    error->retryable = error->status == BOXD_ERR_CONNECTION && repeatable;
    if (error->retryable || !repeatable)
        error_append(error, "; %s", describe_effect(m, sent));
    if (!error->retryable)
        error_append(error, "; check %s", settings->api_proxy.url ? "the proxy" : "the API URL");
}

static void set_malformed(boxd_error *error, const rpc *r, const char *what, const char *details,
                          boxd_sent sent)
{
    error_set_sent(error, BOXD_ERR_PROTOCOL, sent,
                   "%s: the response is malformed: %s; check that this is a boxd server", what,
                   r->extra_message ? "it has more than one message" : details);
}

void failure_of_rpc(boxd_error *error, const request *owner, const method *m, const rpc *r)
{
    char what[SUBJECT_SIZE], details[BOXD_ERROR_MESSAGE_SIZE];
    const boxd_sent sent = rpc_sent(r);
    describe(owner, m, what, sizeof what);
    read_details(owner, r, details, sizeof details);
    switch (rpc_find_origin(r)) {
    case RPC_FROM_SERVICE:
        set_refused(error, owner, m, r, what, details);
        break;
    case RPC_LATE:
        set_timeout(error, owner, m, what, sent);
        break;
    case RPC_CONNECTION_FAILED:
        set_unavailable(error, owner, m, what, details, sent);
        break;
    case RPC_FROM_HTTP:
        set_http(error, owner, m, r, what, sent);
        break;
    case RPC_RESPONSE_TOO_LARGE:
        error_set_sent(error, BOXD_ERR_TOO_LARGE, sent,
                       "%s: the response is larger than this library accepts: %s; %s", what,
                       PRINTABLE(details, 160), describe_effect(m, sent));
        break;
    case RPC_METADATA_TOO_LARGE:
        error_set_sent(
            error, BOXD_ERR_TOO_LARGE, sent,
            "%s: the response's metadata, or that of another call on the connection, is larger than "
            "this library accepts: %s; %s",
            what, PRINTABLE(details, 160), describe_effect(m, sent));
        break;
    case RPC_BUFFERS_FULL:
        error_set_sent(
            error, BOXD_ERR_TOO_LARGE, sent,
            "%s: its connection received more than is accepted at a time, for this call or another: "
            "a response has 64 MiB at most; %s",
            what, describe_effect(m, sent));
        break;
    case RPC_MALFORMED:
        set_malformed(error, r, what, details, sent);
        break;
    default:
        error_set_sent(error, failure_status(r), sent, "%s: %s", what,
                       *details ? details : error_grpc_name((int)r->status));
        break;
    }
    error->grpc_code = failure_grpc_code(r);
}
