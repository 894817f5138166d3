/*
 * auth.c: obtains the token that every call carries, and renews it. call.c acquires it before each RPC and
 * reports a rejected one; everything runs on the core thread, without locks. auth_init() runs before that
 * thread starts, auth_destroy() after its loop has ended.
 *
 * The exchange. At most one is under way: however many calls need a token, they share it.
 *
 *     IDLE --start_exchange()--> FIRST_TRY --429--> RATE_LIMITED --retry_timer--> SECOND_TRY
 *      ^                             |                                                |
 *      +--- another answer, or none -+------------------- any answer, or none --------+
 *
 * An answer arrives as a task of the core's loop (on_answer). The transport sends each request once, with its
 * own timeout, so that each state but IDLE ends by itself.
 *
 * The token. Independent of the exchange it is
 *
 *     missing     no exchange has succeeded, or the server rejected the token (has_token is false)
 *     valid       before refresh_ns
 *     due         from refresh_ns to expires_ns: calls still use it; the first of them starts an exchange
 *     expired     from expires_ns on
 *
 * A token of the program's own is valid for ever, and is never exchanged.
 *
 * Waiting. A call waits only while the token is missing or expired; so waiters imply an exchange that is
 * under way, or a pause of it. When the exchange succeeds all of them go on; when it fails all of them fail,
 * and the next call starts another one. A failed exchange leaves a token that is due in use, and is repeated
 * after RETRY_REFRESH_S. A waiter's ready() may acquire, reject and abandon again.
 *
 * Secrets. Neither the API key nor a token reaches a message or the log: an answer that may hold a new token
 * is not quoted, and in other text of the server known secrets are covered.
 */
#include "boxd/client/auth.h"

#include "boxd/client/machine.h"
#include "container_of.h"
#include "core/clock.h"
#include "errors.h"
#include "http/json.h"
#include "invariant.h"
#include "mem.h"
#include "printable.h"
#include "secrets.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define EXCHANGE_TIMEOUT_MS 10000
#define MACHINE_CONNECT_TIMEOUT_MS 500
#define MAX_ANSWER_BYTES ((size_t)64 * 1024)

/* How long before its expiry a token is renewed, but not before half of its lifetime has passed. */
#define REFRESH_AHEAD_S 300
#define MACHINE_REFRESH_AHEAD_S 60

/* The bounds of a token's lifetime, in case the wall clock is wrong. */
#define MIN_LIFE_S 30
#define MAX_LIFE_S (366 * 86400)

/* The pause after a failed refresh. */
#define RETRY_REFRESH_S 30

/* The pause after a 429: default and bounds. */
#define DEFAULT_RETRY_AFTER_S 5
#define MAX_RETRY_AFTER_S 60

static void start_exchange(auth *a);

/* ---- the header ---- */

static bool set_header(auth *a, const char *token)
{
    char *text = mem_printf("Bearer %s", token);
    if (!text)
        return false;
    if (a->generation > 1)
        grpc_slice_unref(a->replaced);
    a->replaced = a->header;
    a->header = rpc_secret_slice(text);
    a->has_token = true;
    a->generation++;
    return true;
}

/* A slice of set_header(): text with a NUL at its end. */
static void cover_header(grpc_slice header, char *shown)
{
    secret_cover(shown, (const char *)GRPC_SLICE_START_PTR(header) + strlen("Bearer "));
}

void auth_cover_secrets(const auth *a, char *shown)
{
    secret_cover(shown, a->settings->api_key);
    if (a->generation > 0)
        cover_header(a->header, shown);
    if (a->generation > 1)
        cover_header(a->replaced, shown);
}

boxd_status auth_init(auth *a, const config *settings, token_transport transport, loop *home, observer *o,
                      boxd_error *error)
{
    *a = (auth){.settings = settings,
                .transport = transport,
                .loop = home,
                .observer = o,
                .expires_ns = CLOCK_NEVER,
                .refresh_ns = CLOCK_NEVER};
    if (settings->token && !set_header(a, settings->token))
        return error_no_memory(error, "opening a client");
    return BOXD_OK;
}

static bool sends(const auth *a)
{
    return a->state == AUTH_FIRST_TRY || a->state == AUTH_SECOND_TRY;
}

void auth_destroy(auth *a)
{
    BOXD_ASSERT(list_is_empty(&a->waiters));
    if (a->transport.close)
        a->transport.close(a->transport.state);
    if (sends(a))
        loop_drain(a->loop); /* runs on_answer() for the exchange that close() ended */
    if (a->state == AUTH_RATE_LIMITED)
        loop_timer_clear(a->loop, &a->retry_timer);
    if (a->generation > 0)
        grpc_slice_unref(a->header);
    if (a->generation > 1)
        grpc_slice_unref(a->replaced);
    mem_free(a->url);
    mem_free(a->route);
    mem_free(a->api_url);
}

/* The issuer of tokens, for messages. */
static const char *issuer_name(const auth *a)
{
    return a->settings->in_machine ? "the machine's metadata service" : "the exchange";
}

/* ---- acquiring ---- */

static void remove_waiter(auth_waiter *waiter)
{
    list_remove(waiter->list, &waiter->node);
    waiter->list = NULL;
}

void auth_abandon(auth_waiter *waiter)
{
    if (waiter->list)
        remove_waiter(waiter);
}

/* Calls the waiters of this moment; a waiter that one of these calls adds waits for another exchange. */
static void release_waiters(auth *a, const boxd_error *error)
{
    linked_list released = list_take_all(&a->waiters);
    for (list_node *node = released.first; node; node = node->next)
        CONTAINER_OF(node, auth_waiter, node)->list = &released;
    while (!list_is_empty(&released)) {
        auth_waiter *waiter = CONTAINER_OF(released.first, auth_waiter, node);
        remove_waiter(waiter);
        waiter->ready(waiter, error);
    }
}

void auth_acquire(auth *a, auth_waiter *waiter)
{
    const int64_t now = a->expires_ns == CLOCK_NEVER ? 0 : clock_now();
    if (a->has_token && now < a->expires_ns) {
        if (now >= a->refresh_ns && a->state == AUTH_IDLE)
            start_exchange(a);
        waiter->ready(waiter, NULL);
        return;
    }
    waiter->list = &a->waiters;
    list_append(waiter->list, &waiter->node);
    if (a->state == AUTH_IDLE)
        start_exchange(a);
    BOXD_ASSERT(list_is_empty(&a->waiters) || a->state != AUTH_IDLE);
}

bool auth_reject(auth *a, unsigned generation)
{
    if (!a->transport.send)
        return false;
    if (generation == a->generation)
        a->has_token = false;
    observe_log(a->observer, BOXD_LOG_WARNING, "the server rejected the token; requesting another one");
    return true;
}

/* ---- the exchange ---- */

static void fail_exchange(auth *a, const boxd_error *error)
{
    a->state = AUTH_IDLE;
    a->refresh_ns = clock_now() + RETRY_REFRESH_S * NS_PER_S;
    observe_log(a->observer, list_is_empty(&a->waiters) ? BOXD_LOG_ERROR : BOXD_LOG_WARNING,
                "the token was not renewed: %s", error->message);
    release_waiters(a, error);
}

/* Whether the token can stand in a header. */
static bool is_bearer(const char *token)
{
    for (const char *c = token; *c; c++)
        if (*c <= ' ' || *c > '~')
            return false;
    return *token != '\0';
}

/* Reads Unix seconds from a number, or from a string that holds one. */
static bool read_seconds(const json_t *value, double *seconds)
{
    char rest;
    *seconds = json_is_number(value) ? json_number_value(value) : 0;
    if (json_is_string(value) && sscanf(json_string_value(value), "%lf%c", seconds, &rest) != 1)
        return false;
    return (json_is_number(value) || json_is_string(value)) && isfinite(*seconds) && *seconds > 0;
}

static void set_expiry(auth *a, double expires_at)
{
    struct timespec wall;
    clock_gettime(CLOCK_REALTIME, &wall);
    double life_s = expires_at - (double)wall.tv_sec;
    if (life_s < MIN_LIFE_S)
        life_s = MIN_LIFE_S;
    if (life_s > MAX_LIFE_S)
        life_s = MAX_LIFE_S;
    double ahead_s = a->settings->in_machine ? MACHINE_REFRESH_AHEAD_S : REFRESH_AHEAD_S;
    if (ahead_s > life_s / 2)
        ahead_s = life_s / 2;
    int64_t now = clock_now();
    a->expires_ns = now + (int64_t)(life_s * (double)NS_PER_S);
    a->refresh_ns = now + (int64_t)((life_s - ahead_s) * (double)NS_PER_S);
}

/* Keeps the API's URL that the metadata service sent, unless the program gave one. */
static bool keep_api_url(auth *a, const json_t *object)
{
    const char *api_url = json_string_value(json_object_get(object, "api_url"));
    if (!a->settings->in_machine || a->settings->api_given || !api_url || !*api_url)
        return true;
    char *latest = mem_strdup(api_url);
    if (latest) {
        mem_free(a->api_url);
        a->api_url = latest;
    }
    return latest != NULL;
}

/* Reads the token from a 200. The body may hold a token: no part of it goes into a message. */
static boxd_status read_token(auth *a, const http_answer *answer, boxd_error *error)
{
    json_error_t syntax;
    json_t *object = json_loadb(answer->body, answer->body_size, JSON_REJECT_DUPLICATES, &syntax);
    const json_t *token = json_object_get(object, "token");
    double expires_at = 0;
    const char *problem = NULL;
    if (!json_is_object(object))
        problem = "the body is not a JSON object";
    else if (!json_is_string(token) || !is_bearer(json_string_value(token)))
        problem = "\"token\" is missing or malformed";
    else if (!read_seconds(json_object_get(object, "expires_at"), &expires_at))
        problem = "\"expires_at\" is missing or malformed";
    boxd_status status = BOXD_OK;
    if (problem) {
        status = error_set(error, BOXD_ERR_PROTOCOL,
                           "%s at %s sent a malformed response (200): %s; check that this URL is boxd's",
                           issuer_name(a), a->url, problem);
        error->http_status = 200;
    } else if (!keep_api_url(a, object) || !set_header(a, json_string_value(token))) {
        status = error_no_memory(error, "storing a token");
    } else {
        set_expiry(a, expires_at);
    }
    json_free_secret(object);
    return status;
}

/* Text of the server for a message, without secrets, cut. */
static void quote_redacted(const auth *a, const char *sent, char *buffer, size_t size)
{
    char raw[SECRET_TEXT_MAX];
    (void)snprintf(raw, sizeof raw, "%s", sent && *sent ? sent : "(not shown)");
    auth_cover_secrets(a, raw);
    name_printable(raw, buffer, size);
}

/* The error for an answer other than 200. */
static void describe_refusal(const auth *a, const http_answer *answer, boxd_error *error)
{
    const char *url = a->url;
    const int status = answer->status;
    char excerpt[160], location[160];
    /* An unexpected 2xx may hold a token. */
    quote_redacted(a, status >= 300 ? answer->body : NULL, excerpt, sizeof excerpt);
    quote_redacted(a, answer->location, location, sizeof location);
    if (a->settings->in_machine)
        error_set(error, status >= 500 ? BOXD_ERR_INTERNAL : BOXD_ERR_AUTHENTICATION,
                  "%s at %s refused to issue a token (%d): %s; set BOXD_API_KEY or BOXD_TOKEN",
                  issuer_name(a), url, status, excerpt);
    else if (status == 401)
        error_set(error, BOXD_ERR_AUTHENTICATION,
                  "the token exchange at %s rejected the API key (401); create a new key with "
                  "`boxd keys create`",
                  url);
    else if (status == 403)
        error_set(error, BOXD_ERR_PERMISSION_DENIED,
                  "the token exchange at %s forbids this API key (403): %s; use a key with more rights", url,
                  excerpt);
    else if (status == 429)
        error_set(error, BOXD_ERR_QUOTA,
                  "the token exchange at %s is still rate-limited (429) after one retry; open one client "
                  "and share it, or pass a token",
                  url);
    else if (status >= 300 && status < 400)
        error_set(error, BOXD_ERR_CONNECTION,
                  "the token exchange at %s redirects to %s (%d), and redirects are not followed; set "
                  "exchange_url to the right address",
                  url, location, status);
    else
        error_set(error, status >= 500 ? BOXD_ERR_INTERNAL : BOXD_ERR_AUTHENTICATION,
                  "the token exchange at %s failed (%d): %s; %s", url, status, excerpt,
                  status >= 500 ? "try again" : "check exchange_url (BOXD_EXCHANGE_URL)");
    error->http_status = status;
    error->retryable = status == 429 || status >= 500;
    if (answer->retry_after_s > 0)
        error->retry_after_ms = answer->retry_after_s * 1000;
}

static void on_retry(timer *t)
{
    start_exchange(CONTAINER_OF(t, auth, retry_timer));
}

/* Pauses once, for the time that the service asks for. */
static void pause_exchange(auth *a, const http_answer *answer)
{
    int64_t seconds = answer->retry_after_s > 0 ? answer->retry_after_s : DEFAULT_RETRY_AFTER_S;
    if (seconds > MAX_RETRY_AFTER_S)
        seconds = MAX_RETRY_AFTER_S;
    a->state = AUTH_RATE_LIMITED;
    loop_timer_set(a->loop, &a->retry_timer, clock_now() + seconds * NS_PER_S, on_retry);
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
    {"subject name", "the server's certificate is for another host; check exchange_url", true},
    {"certificate", "set ca_file to the authority that signed the server's certificate", true},
    {"Empty reply",
     "check exchange_url (BOXD_EXCHANGE_URL), and whether it should be https:// (a TLS server)", false},
    {"HTTP/0.9", "check that this URL is boxd's", true},
    {"larger than", "check that this URL is boxd's", true},
    {"", "check exchange_url (BOXD_EXCHANGE_URL) and that the service is up", false},
};

/* Until the first answer it is not certain that there is a metadata service. */
static void explain_machine(const auth *a, boxd_error *error)
{
    const bool discovered = a->generation > 0;
    error_prefix(error,
                 discovered ? "%s at %s does not answer"
                            : "the client has no credential, and %s at %s does not answer",
                 issuer_name(a), a->url);
    if (!discovered)
        error_append(error, "; set BOXD_API_KEY or BOXD_TOKEN");
    if (error->status == BOXD_ERR_NO_MEMORY)
        return;
    error->status = discovered ? BOXD_ERR_CONNECTION : BOXD_ERR_AUTHENTICATION;
    error->retryable = true;
}

/* Adds the exchange and the next step to the message of an exchange without an answer. */
static void explain(const auth *a, boxd_error *error)
{
    error->sent = BOXD_SENT_NO; /* the deadline of the call that waits for the token */
    if (a->settings->in_machine) {
        explain_machine(a, error);
        return;
    }
    size_t i = 0;
    while (!strstr(error->message, hints[i].symptom))
        i++;
    error_prefix(error, "the token exchange at %s failed", a->url);
    error_append(error, "; %s", hints[i].next_step);
    error->retryable = !hints[i].lasting && error->status != BOXD_ERR_NO_MEMORY;
}

static void end_attempt(auth *a, const http_answer *answer, boxd_status status)
{
    boxd_attempt *info = &a->attempt.info;
    info->peer = answer->peer;
    info->received_bytes = answer->body_size;
    info->http_status = answer->error.http_status;
    info->status = status;
    observe_end(a->observer, &a->attempt);
}

static void on_answer(void *data, http_answer *answer)
{
    auth *a = data;
    boxd_error error = BOXD_ERROR_INIT;
    if (answer->error.status == BOXD_ERR_CLOSED) { /* by auth_destroy() */
        end_attempt(a, answer, BOXD_ERR_CLOSED);
        return;
    }
    BOXD_ASSERT(sends(a));
    if (answer->error.status != BOXD_OK) {
        error = answer->error;
        explain(a, &error);
    } else if (answer->status == 200) {
        read_token(a, answer, &error);
    } else {
        describe_refusal(a, answer, &error);
    }
    end_attempt(a, answer, error.status);
    if (error.status != BOXD_OK && answer->status == 429 && a->state == AUTH_FIRST_TRY) {
        pause_exchange(a, answer);
    } else if (error.status != BOXD_OK) {
        fail_exchange(a, &error);
    } else {
        observe_log(a->observer, BOXD_LOG_INFO, "a token from %s, to be refreshed in %lld s", a->url,
                    (long long)((a->refresh_ns - clock_now()) / NS_PER_S));
        a->state = AUTH_IDLE;
        release_waiters(a, NULL);
    }
}

/* ---- the request ---- */

/* {"api_key": "..."}, written by hand so that no buffer of a library keeps a copy of the key. The key is
 * printable ASCII, as config.h says: only two characters need a backslash. NULL: out of memory. */
static char *exchange_body(const char *api_key)
{
    static const char before[] = "{\"api_key\":\"", after[] = "\"}";
    char *json = mem_alloc(sizeof before + 2 * strlen(api_key) + sizeof after), *end = json;
    if (!json)
        return NULL;
    end = stpcpy(end, before);
    for (; *api_key; api_key++) {
        if (*api_key == '"' || *api_key == '\\')
            *end++ = '\\';
        *end++ = *api_key;
    }
    (void)stpcpy(end, after);
    return json;
}

static void send_to_exchange(auth *a, const boxd_metadata *extra, boxd_error *error)
{
    static const http_header headers[] = {{"Content-Type", "application/json"},
                                          {"Accept", "application/json"}};
    char *body = exchange_body(a->settings->api_key);
    if (!body) {
        error_no_memory(error, "exchanging a key");
        return;
    }
    const http_request request = {.method = "POST",
                                  .url = a->url,
                                  .headers = headers,
                                  .header_count = sizeof headers / sizeof *headers,
                                  .extra = extra,
                                  .body = body,
                                  .body_size = strlen(body),
                                  .timeout_ms = EXCHANGE_TIMEOUT_MS,
                                  .max_answer_size = MAX_ANSWER_BYTES};
    if (a->transport.send(a->transport.state, &request, a->loop, on_answer, a, error) == BOXD_OK)
        a->attempt.info.sent_bytes = request.body_size;
    mem_free_secret(body);
}

/* The metadata service is on the local network: it connects at once or does not exist, and no proxy leads to
 * it. */
static void send_to_machine(auth *a, const boxd_metadata *extra, boxd_error *error)
{
    const http_request request = {.method = "GET",
                                  .url = a->url,
                                  .extra = extra,
                                  .timeout_ms = EXCHANGE_TIMEOUT_MS,
                                  .connect_timeout_ms = MACHINE_CONNECT_TIMEOUT_MS,
                                  .no_proxy = true,
                                  .max_answer_size = MAX_ANSWER_BYTES};
    a->transport.send(a->transport.state, &request, a->loop, on_answer, a, error);
}

/* Sets `url` and `route`, the first time. */
static boxd_status set_url(auth *a, boxd_error *error)
{
    const config *settings = a->settings;
    if (!a->url && settings->in_machine)
        a->url = machine_token_url(settings->metadata_url, error);
    else if (!a->url && !(a->url = mem_strdup(settings->exchange_url)))
        error_no_memory(error, "exchanging a key");
    if (!a->url || a->route)
        return error->status;
    const char *host = strstr(a->url, "://"), *path = strchr(host ? host + 3 : a->url, '/');
    a->route = mem_printf("%s %s", settings->in_machine ? "GET" : "POST", path ? path : "/");
    return a->route ? BOXD_OK : error_no_memory(error, "exchanging a key");
}

static void start_exchange(auth *a)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_metadata extra = {0};
    const bool again = a->state == AUTH_RATE_LIMITED;
    BOXD_ASSERT(again || a->state == AUTH_IDLE);
    a->state = again ? AUTH_SECOND_TRY : AUTH_FIRST_TRY;
    if (set_url(a, &error) == BOXD_OK) {
        a->attempt.info.number = again;
        a->attempt.info.method = a->route;
        observe_count(&a->observer->exchanges, 1);
        observe_begin(a->observer, &a->attempt, &extra);
        (a->settings->in_machine ? send_to_machine : send_to_exchange)(a, &extra, &error);
        metadata_clear(&extra);
    }
    if (error.status == BOXD_OK)
        return;
    a->attempt.info.status = error.status;
    observe_end(a->observer, &a->attempt);
    fail_exchange(a, &error);
}
