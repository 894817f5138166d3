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
 * The cache (token_cache.h), if the program wants one, comes before the exchange:
 *
 *     IDLE --obtain_token()--> LOOK --a token--> IDLE
 *                                 +--no token, or one that is due, and no other client exchanges the key-->
 *                                    start_exchange()
 *
 * The file of the cache may be locked from the end of the look to the end of the exchange. A token of the
 * cache that is due is used, but the calls that wait for a token wait for the exchange, too: a short program
 * would end before it. They wait for DUE_WAIT_MS at most, and not for the pause after a 429. If another
 * client exchanges the key, they do not wait.
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
 * under way, or a pause of it. When the exchange succeeds all of them go on; when it fails all of them fail.
 * A failed exchange leaves a token that is due in use, and is repeated after RETRY_REFRESH_S; waiters then go
 * on with this token. A waiter's ready() may acquire, reject and abandon again.
 *
 * Failures. An exchange that failed is not repeated at once: until refused_until_ns, calls that would wait
 * for a token fail for the reason of that exchange. The pause begins with FIRST_PAUSE_MS, doubles with each
 * further failure up to MAX_PAUSE_MS, is jittered, and is not shorter than the Retry-After of the answer, but
 * at most MAX_RETRY_AFTER_S. The error of such a call, and of the calls that waited for the exchange, has the
 * end of the pause or of the Retry-After, whichever is later. A success resets the pause. Failures of this
 * library (out of memory) are not remembered.
 *
 * Rejected tokens. A token that the server rejects is exchanged at once. If the server rejects the new token
 * before it has accepted it for any call, this token stays in use until kept_until_ns: the pause is of the
 * same kind, and grows with each further token that is never accepted.
 *
 * Secrets. Neither the API key nor a token reaches a message or the log: an answer that may hold a new token
 * is not quoted, and in other text of the server known secrets are covered.
 */
#include "boxd/client/auth.h"

#include "boxd/client/exchange_failure.h"
#include "boxd/client/exchange_request.h"
#include "boxd/client/machine.h"
#include "container_of.h"
#include "core/backoff.h"
#include "core/clock.h"
#include "errors.h"
#include "http/json_document.h"
#include "invariant.h"
#include "mem.h"
#include "printable.h"
#include "secrets.h"

#include <stdio.h>
#include <string.h>

/* Of the decoded JSON of an answer. */
#define MAX_DECODED_BYTES ((size_t)256 * 1024)

/* How long before its expiry a token is renewed, but not before half of its lifetime has passed. */
#define REFRESH_AHEAD_S 300
#define MACHINE_REFRESH_AHEAD_S 60

/* The lower bound of a token's lifetime, in case the wall clock is wrong. */
#define MIN_LIFE_S 30

/* How long calls wait for the exchange of a cached token that is due: they can use this token. */
#define DUE_WAIT_MS 2000

/* The pause after a failed refresh, while calls use the old token. */
#define RETRY_REFRESH_S 30

/* The bounds of the pause after a failed exchange without which calls have no token. */
#define FIRST_PAUSE_MS 500
#define MAX_PAUSE_MS 30000

/* The pause after a 429: default and bounds. */
#define DEFAULT_RETRY_AFTER_S 5
#define MAX_RETRY_AFTER_S 60

static void start_exchange(auth *a);
static void on_look(void *data, const token_look *look);

/* ---- the header ---- */

/* A slice of set_header(): text with a NUL at its end. */
static const char *header_token(const grpc_slice *header)
{
    return (const char *)GRPC_SLICE_START_PTR(*header) + strlen("Bearer ");
}

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

void auth_cover_secrets(const auth *a, char *shown)
{
    secret_cover(shown, a->settings->api_key);
    if (a->generation > 0)
        secret_cover(shown, header_token(&a->header));
    if (a->generation > 1)
        secret_cover(shown, header_token(&a->replaced));
    forward_proxy_cover_secrets(&a->settings->exchange_proxy, shown);
    forward_proxy_cover_secrets(&a->settings->api_proxy, shown);
}

boxd_status auth_init(auth *a, const config *settings, token_transport transport, loop *home, worker *disk,
                      observer *o, boxd_error *error)
{
    *a = (auth){.settings = settings,
                .transport = transport,
                .loop = home,
                .observer = o,
                .jitter = (uint64_t)clock_now() ^ (uint64_t)(uintptr_t)a,
                .expires_ns = CLOCK_NEVER,
                .refresh_ns = CLOCK_NEVER};
    bool good = !settings->token || set_header(a, settings->token);
    if (settings->token_cache_dir) {
        good = good && token_cache_init(&a->cache, settings->token_cache_dir, settings->api_key,
                                        settings->exchange_url, settings->client_cert_file);
        token_cache_connect(&a->cache, home, disk, o, on_look, a);
    }
    return good ? BOXD_OK : error_no_memory(error, "opening a client");
}

static bool sends(const auth *a)
{
    return a->state == AUTH_FIRST_TRY || a->state == AUTH_SECOND_TRY;
}

void auth_destroy(auth *a)
{
    BOXD_ASSERT(list_is_empty(&a->waiters));
    const bool drains = sends(a) || token_cache_is_busy(&a->cache);
    token_cache_stop(&a->cache);
    if (a->transport.close)
        a->transport.close(a->transport.state);
    if (drains)
        loop_drain(a->loop); /* runs on_answer() for the exchange that close() ended */
    if (a->state == AUTH_RATE_LIMITED)
        loop_timer_clear(a->loop, &a->retry_timer);
    loop_timer_clear(a->loop, &a->due_timer);
    if (a->generation > 0)
        grpc_slice_unref(a->header);
    if (a->generation > 1)
        grpc_slice_unref(a->replaced);
    token_cache_destroy(&a->cache);
    mem_free(a->url);
    mem_free(a->route);
    mem_free(a->api_url);
}

/* ---- waiting ---- */

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

/* Whether calls can use the token that there is. */
static bool is_valid(const auth *a)
{
    return a->has_token && clock_now() < a->expires_ns;
}

/* ---- the cache ---- */

/* Sets the times of the token, from now on. */
static void set_times(auth *a, double refresh_s, double expires_s)
{
    const int64_t now = clock_now();
    a->expires_ns = now + (int64_t)(expires_s * (double)NS_PER_S);
    a->refresh_ns = now + (int64_t)(refresh_s * (double)NS_PER_S);
}

/* Uses a token of the cache. False: out of memory. */
static bool use_cached(auth *a, const token_look *look)
{
    const token_entry *e = &look->entry;
    const bool is_known = a->has_token && strcmp(header_token(&a->header), e->token) == 0;
    if (!is_known && !set_header(a, e->token))
        return false;
    const int64_t now_s = clock_wall_s();
    set_times(a, look->state == TOKEN_FRESH ? (double)(e->refresh_at - now_s) : RETRY_REFRESH_S,
              (double)(e->expires_at - now_s));
    if (!is_known)
        observe_count(&a->observer->cached_tokens, 1);
    return true;
}

static void fail_exchange(auth *a, boxd_error *error);
static void succeed(auth *a, const char *source);

/* Calls go on with the token that is due, while its exchange is under way. */
static void stop_waiting(auth *a)
{
    if (is_valid(a))
        release_waiters(a, NULL);
}

static void on_due_wait_end(timer *t)
{
    stop_waiting(CONTAINER_OF(t, auth, due_timer));
}

static void on_look(void *data, const token_look *look)
{
    auth *a = data;
    boxd_error error = BOXD_ERROR_INIT;
    BOXD_ASSERT(a->state == AUTH_LOOK);
    if (look->no_memory || (look->state != TOKEN_NONE && !use_cached(a, look))) {
        error_no_memory(&error, "reading a token");
        fail_exchange(a, &error);
    } else if (look->exchange) {
        if (look->state == TOKEN_DUE)
            loop_timer_set(a->loop, &a->due_timer, clock_after_ms(DUE_WAIT_MS), on_due_wait_end);
        start_exchange(a);
    } else {
        succeed(a, "the cache");
    }
}

/* Gets another token: from the cache, or by an exchange. */
static void obtain_token(auth *a)
{
    const char *rejected = a->generation > 0 && !a->has_token ? header_token(&a->header) : NULL;
    a->state = AUTH_LOOK;
    if (!token_cache_look(&a->cache, rejected))
        start_exchange(a);
}

/* ---- acquiring ---- */

/* Sets the error of the calls that wait for a token during the pause. */
static void set_refusal(const auth *a, int64_t now, boxd_error *error)
{
    const int64_t until_ns =
        a->asked_until_ns > a->refused_until_ns ? a->asked_until_ns : a->refused_until_ns;
    *error = a->refusal;
    error->retry_after_ms = (until_ns - now + NS_PER_MS - 1) / NS_PER_MS;
}

/* Ends the wait before it begins, because the last exchange failed a short time ago. */
static bool refuse(const auth *a, auth_waiter *waiter)
{
    const int64_t now = clock_now();
    if (a->state != AUTH_IDLE || a->refused_until_ns <= now)
        return false;
    boxd_error error;
    set_refusal(a, now, &error);
    waiter->ready(waiter, &error);
    return true;
}

void auth_acquire(auth *a, auth_waiter *waiter)
{
    const int64_t now = a->expires_ns == CLOCK_NEVER ? 0 : clock_now();
    if (a->has_token && now < a->expires_ns) {
        if (now >= a->refresh_ns && a->state == AUTH_IDLE)
            obtain_token(a);
        waiter->ready(waiter, NULL);
        return;
    }
    if (refuse(a, waiter))
        return;
    waiter->list = &a->waiters;
    list_append(waiter->list, &waiter->node);
    if (a->state == AUTH_IDLE)
        obtain_token(a);
    BOXD_ASSERT(list_is_empty(&a->waiters) || a->state != AUTH_IDLE);
}

/* A token that the server has never accepted, and that replaced a rejected one, is kept for a pause. False:
 * during this pause. */
static bool drop_token(auth *a)
{
    const int64_t now = clock_now();
    if (a->rejections > 0 && now < a->kept_until_ns)
        return false;
    const int64_t pause_ms = backoff_ms(&a->jitter, FIRST_PAUSE_MS, MAX_PAUSE_MS, a->rejections);
    a->kept_until_ns = clock_add_ms(now, pause_ms);
    a->rejections++;
    a->has_token = false;
    return true;
}

void auth_accept(auth *a, unsigned generation)
{
    if (generation == a->generation)
        a->rejections = 0;
}

bool auth_reject(auth *a, unsigned generation)
{
    const bool current = generation == a->generation && a->has_token;
    if (!a->transport.send || (current && !drop_token(a)))
        return false;
    observe_log(a->observer, BOXD_LOG_WARNING, "the server rejected the token; requesting another one");
    return true;
}

/* ---- the exchange ---- */

/* Remembers why calls have no token, and begins the pause. Adds the pause to the error of the calls that
 * waited for the token. */
static void remember_failure(auth *a, boxd_error *error)
{
    const int64_t now = clock_now();
    if (error->status == BOXD_ERR_NO_MEMORY || is_valid(a))
        return;
    int64_t pause_ms = backoff_ms(&a->jitter, FIRST_PAUSE_MS, MAX_PAUSE_MS, a->failures);
    const int64_t most_ms = INT64_C(1000) * MAX_RETRY_AFTER_S;
    if (pause_ms < error->retry_after_ms)
        pause_ms = error->retry_after_ms < most_ms ? error->retry_after_ms : most_ms;
    a->failures++;
    a->refusal = *error;
    a->refused_until_ns = clock_add_ms(now, pause_ms);
    a->asked_until_ns = clock_add_ms(now, error->retry_after_ms);
    set_refusal(a, now, error);
}

static void end_exchange(auth *a)
{
    a->state = AUTH_IDLE;
    loop_timer_clear(a->loop, &a->due_timer);
}

static void fail_exchange(auth *a, boxd_error *error)
{
    const bool valid = is_valid(a);
    end_exchange(a);
    a->refresh_ns = clock_now() + RETRY_REFRESH_S * NS_PER_S;
    token_cache_end(&a->cache, error->http_status == 401 || error->http_status == 403);
    remember_failure(a, error);
    observe_log(a->observer, valid || list_is_empty(&a->waiters) ? BOXD_LOG_ERROR : BOXD_LOG_WARNING,
                "the token was not renewed: %s", error->message);
    release_waiters(a, valid ? NULL : error);
}

static void succeed(auth *a, const char *source)
{
    observe_log(a->observer, BOXD_LOG_INFO, "a token from %s, to be refreshed in %lld s", source,
                (long long)((a->refresh_ns - clock_now()) / NS_PER_S));
    end_exchange(a);
    a->failures = 0;
    release_waiters(a, NULL);
}

/* The lifetime of a token that expires at `expires_at`, and how long before its end it is renewed. */
static double lifetime(const auth *a, double expires_at, double *ahead_s)
{
    double life_s = expires_at - (double)clock_wall_s();
    if (life_s < MIN_LIFE_S)
        life_s = MIN_LIFE_S;
    if (life_s > (double)TOKEN_ENTRY_MAX_LIFE_S)
        life_s = (double)TOKEN_ENTRY_MAX_LIFE_S;
    *ahead_s = a->settings->in_machine ? MACHINE_REFRESH_AHEAD_S : REFRESH_AHEAD_S;
    if (*ahead_s > life_s / 2)
        *ahead_s = life_s / 2;
    return life_s;
}

/* Uses a new token, and stores it in the cache. False: out of memory. */
static bool use_new(auth *a, const issued_token *issued)
{
    double ahead_s;
    const double life_s = lifetime(a, issued->expires_at, &ahead_s);
    char *text = NULL;
    if (token_cache_is_on(&a->cache)) {
        const int64_t now_s = clock_wall_s();
        const token_entry entry = {issued->token, now_s, now_s + (int64_t)(life_s - ahead_s),
                                   now_s + (int64_t)life_s};
        text = token_entry_format(&entry, a->cache.name);
        if (!text)
            return false;
    }
    if (!set_header(a, issued->token)) {
        mem_free_secret(text);
        return false;
    }
    set_times(a, life_s - ahead_s, life_s);
    token_cache_store(&a->cache, text);
    return true;
}

/* Keeps the API's URL that the metadata service sent, unless the program gave one. */
static bool keep_api_url(auth *a, const json_node *object)
{
    const char *api_url = json_node_text(json_member(object, "api_url"));
    if (!a->settings->in_machine || a->settings->api_given || !api_url || !*api_url)
        return true;
    char *latest = mem_strdup(api_url);
    if (latest) {
        mem_free(a->api_url);
        a->api_url = latest;
    }
    return latest != NULL;
}

/* Keeps the token, its expiry and the API's URL. Returns the problem of `object`; NULL: none, or out of
 * memory. */
static const char *keep_token(auth *a, const json_node *object, boxd_error *error)
{
    issued_token issued;
    const char *problem = exchange_read_token(object, &issued);
    if (!problem && (!keep_api_url(a, object) || !use_new(a, &issued)))
        error_no_memory(error, "storing a token");
    return problem;
}

/* Reads the token from a 200. The body may hold a token: no part of it goes into a message. */
static void read_token(auth *a, const http_answer *answer, boxd_error *error)
{
    json_document document;
    const json_outcome outcome =
        json_document_read(&document, answer->body, answer->body_size, MAX_DECODED_BYTES);
    const char *problem = NULL;
    if (outcome == JSON_NO_MEMORY)
        error_no_memory(error, "reading a token");
    else if (outcome == JSON_TOO_LARGE)
        error_set(error, BOXD_ERR_TOO_LARGE,
                  "the decoded answer of %s at %s is larger than %zu bytes; check that this URL is boxd's",
                  exchange_issuer(a->settings), a->url, MAX_DECODED_BYTES);
    else
        problem = keep_token(a, document.root, error);
    if (problem)
        error_set(error, BOXD_ERR_PROTOCOL,
                  "%s at %s sent a malformed response (200): %s; check that this URL is boxd's",
                  exchange_issuer(a->settings), a->url, problem);
    if (error->status != BOXD_OK && error->status != BOXD_ERR_NO_MEMORY)
        error->http_status = 200;
    json_document_free(&document);
}

/* Text of the server for a message, without secrets, cut. */
static void quote_redacted(const auth *a, const char *sent, char *buffer, size_t size)
{
    char raw[SECRET_TEXT_MAX];
    (void)snprintf(raw, sizeof raw, "%s", sent && *sent ? sent : "(not shown)");
    auth_cover_secrets(a, raw);
    text_printable(raw, buffer, size);
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
    stop_waiting(a);
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
    exchange about = {.settings = a->settings, .url = a->url, .discovered = a->generation > 0};
    if (answer->error.status == BOXD_ERR_CLOSED) { /* by auth_destroy() */
        end_attempt(a, answer, BOXD_ERR_CLOSED);
        return;
    }
    BOXD_ASSERT(sends(a));
    if (answer->error.status != BOXD_OK) {
        error = answer->error;
        exchange_failed(&about, answer, &error);
    } else if (answer->status == 200) {
        read_token(a, answer, &error);
    } else {
        /* An unexpected 2xx may hold a token. */
        quote_redacted(a, answer->status >= 300 ? answer->body : NULL, about.excerpt, sizeof about.excerpt);
        quote_redacted(a, answer->location, about.location, sizeof about.location);
        exchange_refused(&about, answer, &error);
    }
    end_attempt(a, answer, error.status);
    if (error.status != BOXD_OK && answer->status == 429 && a->state == AUTH_FIRST_TRY) {
        pause_exchange(a, answer);
    } else if (error.status != BOXD_OK) {
        fail_exchange(a, &error);
    } else {
        succeed(a, a->url);
    }
}

/* ---- the request ---- */

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
    boxd_metadata extra;
    const bool again = a->state == AUTH_RATE_LIMITED;
    BOXD_ASSERT(again || a->state == AUTH_LOOK);
    a->state = again ? AUTH_SECOND_TRY : AUTH_FIRST_TRY;
    if (set_url(a, &error) == BOXD_OK) {
        a->attempt.info.number = again;
        a->attempt.info.method = a->route;
        observe_count(&a->observer->exchanges, 1);
        observe_begin(a->observer, &a->attempt, &extra);
        a->attempt.info.sent_bytes =
            exchange_send(a->settings, &a->transport, a->url, &extra, a->loop, on_answer, a, &error);
        metadata_clear(&extra);
    }
    if (error.status == BOXD_OK)
        return;
    a->attempt.info.status = error.status;
    observe_end(a->observer, &a->attempt);
    fail_exchange(a, &error);
}
