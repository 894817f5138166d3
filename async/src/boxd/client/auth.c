#include "boxd/client/auth.h"

#include "boxd/client/machine.h"
#include "container_of.h"
#include "core/clock.h"
#include "errors.h"
#include "http/json.h"
#include "mem.h"
#include "names.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define EXCHANGE_TIMEOUT_MS 10000
#define MAX_ANSWER_BYTES ((size_t)64 * 1024)
#define REFRESH_AHEAD_S 300
#define MACHINE_REFRESH_AHEAD_S 60
#define MIN_LIFE_S 30 /* of a fresh token, whatever our wall clock thinks of its expiry */
#define MAX_LIFE_S (366 * 86400)
#define MACHINE_CONNECT_TIMEOUT_MS 500
#define RETRY_REFRESH_S 30 /* after a failed refresh while the old token is good */
#define DEFAULT_RETRY_AFTER_S 5
#define MAX_RETRY_AFTER_S 60

static void start_exchange(auth *a);

/* ---- the header ---- */

static void free_header(void *data, size_t size)
{
    mem_zero(data, size);
    mem_free(data);
}

static bool set_header(auth *a, const char *token)
{
    char *text = mem_printf("Bearer %s", token);
    if (!text)
        return false;
    if (a->generation > 0)
        grpc_slice_unref(a->header);
    a->header = grpc_slice_new_with_len(text, strlen(text), free_header);
    a->have_header = true;
    a->generation++;
    return true;
}

boxd_status auth_init(auth *a, const config *settings, loop *home, observer *o, boxd_error *error)
{
    *a = (auth){.settings = settings,
                .loop = home,
                .observer = o,
                .expires_ns = CLOCK_NEVER,
                .refresh_ns = CLOCK_NEVER};
    a->last_waiter = &a->waiters;
    if (settings->token)
        return set_header(a, settings->token) ? BOXD_OK : error_no_memory(error, "opening a client");
    const http_settings how = {.ca_file = settings->ca_file,
                               .client_cert_file = settings->client_cert_file,
                               .client_key_file = settings->client_key_file};
    return http_client_new(&a->http, &how, error);
}

void auth_destroy(auth *a)
{
    http_client_free(a->http);
    if (a->exchanging && !a->again.set)
        loop_drain(a->loop); /* takes the ended exchange's answer */
    loop_timer_clear(a->loop, &a->again);
    if (a->generation > 0)
        grpc_slice_unref(a->header);
    mem_free(a->url);
    mem_free(a->route);
    mem_free(a->api_url);
}

/* Who gives tokens, for messages. */
static const char *source_of(const auth *a)
{
    return a->settings->in_machine ? "the machine's metadata service" : "the exchange";
}

/* ---- who waits ---- */

void auth_abandon(auth *a, auth_waiter *waiter)
{
    if (!waiter->link)
        return;
    *waiter->link = waiter->next;
    if (waiter->next)
        waiter->next->link = waiter->link;
    else
        a->last_waiter = waiter->link;
    waiter->link = NULL;
}

static void release_waiters(auth *a, const boxd_error *error)
{
    while (a->waiters) {
        auth_waiter *waiter = a->waiters;
        auth_abandon(a, waiter);
        waiter->ready(waiter, error);
    }
}

void auth_acquire(auth *a, auth_waiter *waiter)
{
    int64_t now = a->expires_ns == CLOCK_NEVER ? 0 : clock_now();
    if (a->have_header && now < a->expires_ns) {
        if (now >= a->refresh_ns && !a->exchanging)
            start_exchange(a);
        waiter->ready(waiter, NULL);
        return;
    }
    waiter->next = NULL;
    waiter->link = a->last_waiter;
    *a->last_waiter = waiter;
    a->last_waiter = &waiter->next;
    if (!a->exchanging)
        start_exchange(a);
}

bool auth_reject(auth *a, unsigned generation)
{
    if (!a->http)
        return false;
    if (generation == a->generation)
        a->have_header = false;
    observe_log(a->observer, BOXD_LOG_WARNING, "the server refused the token; another is asked for");
    return true;
}

/* ---- the exchange ---- */

/* A failed exchange does no harm while the old token is good; else everyone who waits hears of it. */
static void fail_exchange(auth *a, const boxd_error *error)
{
    a->exchanging = false;
    a->waited_for_429 = false;
    a->refresh_ns = clock_now() + RETRY_REFRESH_S * NS_PER_S;
    observe_log(a->observer, a->waiters ? BOXD_LOG_WARNING : BOXD_LOG_ERROR, "no token: %s", error->message);
    release_waiters(a, error);
}

static bool is_bearer(const char *token)
{
    for (const char *c = token; *c; c++)
        if (*c <= ' ' || *c > '~')
            return false;
    return *token != '\0';
}

/* Reads unix seconds from a number or from text that is one. */
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

/* Where the machine's service says that the API is; a URL that the program gave outranks it. */
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

/* Takes the token from a 200. The body may hold a token: nothing of it goes into a message. */
static boxd_status take_token(auth *a, const http_answer *answer, boxd_error *error)
{
    json_error_t syntax;
    json_t *object = json_loadb(answer->body, answer->body_size, JSON_REJECT_DUPLICATES, &syntax);
    const json_t *token = json_object_get(object, "token");
    double expires_at = 0;
    const char *missing = NULL;
    if (!json_is_object(object))
        missing = "no JSON object";
    else if (!json_is_string(token) || !is_bearer(json_string_value(token)))
        missing = "no usable \"token\" in it";
    else if (!read_seconds(json_object_get(object, "expires_at"), &expires_at))
        missing = "no usable \"expires_at\" in it";
    boxd_status status = BOXD_OK;
    if (missing) {
        status = error_set(error, BOXD_ERR_PROTOCOL, "%s at %s answered 200 with %s; is that URL boxd's?",
                           source_of(a), a->url, missing);
        error->http_status = 200;
    } else if (!keep_api_url(a, object) || !set_header(a, json_string_value(token))) {
        status = error_no_memory(error, "keeping a token");
    } else {
        set_expiry(a, expires_at);
    }
    json_free_secret(object);
    return status;
}

/* What the server sent, for a message: printable, cut, and never with the key in it. */
static void quote(const auth *a, const char *sent, char *buffer, size_t size)
{
    const char *key = a->settings->api_key;
    bool quotable = sent && *sent && !(key && strstr(sent, key));
    name_printable(quotable ? sent : "(not shown)", buffer, size);
}

/* What to say of an answer other than 200. */
static void describe_refusal(const auth *a, const http_answer *answer, boxd_error *error)
{
    const char *url = a->url;
    int status = answer->status;
    char excerpt[160], location[160];
    quote(a, status >= 300 ? answer->body : NULL, excerpt, sizeof excerpt); /* an odd 2xx may hold a token */
    quote(a, answer->location, location, sizeof location);
    if (a->settings->in_machine)
        error_set(error, status >= 500 ? BOXD_ERR_INTERNAL : BOXD_ERR_AUTHENTICATION,
                  "%s at %s gave no token (%d): %s; set BOXD_API_KEY or BOXD_TOKEN", source_of(a), url,
                  status, excerpt);
    else if (status == 401)
        error_set(error, BOXD_ERR_AUTHENTICATION,
                  "the exchange at %s refused the API key (401); create a new key with `boxd keys create`",
                  url);
    else if (status == 403)
        error_set(error, BOXD_ERR_PERMISSION_DENIED, "the exchange at %s forbids this API key (403): %s", url,
                  excerpt);
    else if (status == 429)
        error_set(error, BOXD_ERR_QUOTA,
                  "the exchange at %s is rate limited (429), again after a wait; share one client or a token",
                  url);
    else if (status >= 300 && status < 400)
        error_set(error, BOXD_ERR_CONNECTION,
                  "the exchange at %s redirects to %s (%d), which is not followed; set exchange_url to "
                  "the right address",
                  url, location, status);
    else
        error_set(error, status >= 500 ? BOXD_ERR_INTERNAL : BOXD_ERR_AUTHENTICATION,
                  "the exchange at %s answered %d: %s; %s", url, status, excerpt,
                  status >= 500 ? "try again" : "check exchange_url (BOXD_EXCHANGE_URL)");
    error->http_status = status;
    error->retryable = status == 429 || status >= 500;
    if (answer->retry_after_s > 0)
        error->retry_after_ms = answer->retry_after_s * 1000;
}

static void on_again(timer *t)
{
    start_exchange(CONTAINER_OF(t, auth, again));
}

/* One wait for a 429, as long as the service asks, at most a minute. */
static void wait_for_429(auth *a, const http_answer *answer)
{
    int64_t seconds = answer->retry_after_s > 0 ? answer->retry_after_s : DEFAULT_RETRY_AFTER_S;
    if (seconds > MAX_RETRY_AFTER_S)
        seconds = MAX_RETRY_AFTER_S;
    a->waited_for_429 = true;
    loop_timer_set(a->loop, &a->again, clock_now() + seconds * NS_PER_S, on_again);
}

/* What curl says of an exchange that brought no answer, what to do about it, and whether it may heal by
 * itself. */
static const struct {
    const char *symptom, *next_step;
    bool lasting;
} troubles[] = {
    {"wrong version number", "the server does not speak TLS; is it an http:// URL?", true},
    {"SSL_connect", "the server does not speak TLS, or broke it off; is it an http:// URL?", false},
    {"subject name", "the server's certificate is for another host; check exchange_url", true},
    {"certificate", "set ca_file to the authority that signed the server's certificate", true},
    {"Empty reply", "check exchange_url (BOXD_EXCHANGE_URL): is it a TLS server (https://)?", false},
    {"HTTP/0.9", "is that URL boxd's?", true},
    {"larger than", "is that URL boxd's?", true},
    {"", "check exchange_url (BOXD_EXCHANGE_URL) and that the service is up", false},
};

/* The first question finds out whether there is a service at all; later it is one that is away. */
static void explain_machine(const auth *a, boxd_error *error)
{
    const bool discovered = a->generation > 0;
    error_prefix(error,
                 discovered ? "%s at %s does not answer"
                            : "the client has no credential, and %s at %s does not answer",
                 source_of(a), a->url);
    if (!discovered)
        error_append(error, "; set BOXD_API_KEY or BOXD_TOKEN");
    if (error->status == BOXD_ERR_NO_MEMORY)
        return;
    error->status = discovered ? BOXD_ERR_CONNECTION : BOXD_ERR_AUTHENTICATION;
    error->retryable = true;
}

static void explain(const auth *a, boxd_error *error)
{
    error->sent = BOXD_SENT_NO; /* the call that waits for the token was not */
    if (a->settings->in_machine) {
        explain_machine(a, error);
        return;
    }
    size_t i = 0;
    while (!strstr(error->message, troubles[i].symptom))
        i++; /* the last one fits everything */
    error_prefix(error, "the token exchange at %s failed", a->url);
    error_append(error, "; %s", troubles[i].next_step);
    error->retryable = !troubles[i].lasting && error->status != BOXD_ERR_NO_MEMORY;
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
    if (answer->error.status == BOXD_ERR_CLOSED) { /* by auth_destroy(): nobody waits for it any more */
        end_attempt(a, answer, BOXD_ERR_CLOSED);
        return;
    }
    if (answer->error.status != BOXD_OK) {
        error = answer->error;
        explain(a, &error);
    } else if (answer->status == 200) {
        take_token(a, answer, &error);
    } else {
        describe_refusal(a, answer, &error);
    }
    end_attempt(a, answer, error.status);
    if (error.status != BOXD_OK && answer->status == 429 && !a->waited_for_429) {
        wait_for_429(a, answer);
    } else if (error.status != BOXD_OK) {
        fail_exchange(a, &error);
    } else {
        observe_log(a->observer, BOXD_LOG_INFO, "a token from %s, to be refreshed in %lld s", a->url,
                    (long long)((a->refresh_ns - clock_now()) / NS_PER_S));
        a->exchanging = a->waited_for_429 = false;
        release_waiters(a, NULL);
    }
}

/* {"api_key": "..."}, by hand so that no copy of the key stays behind in a library's buffer. The key is
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

/* {"api_key": ...} to the exchange. */
static void ask_exchange(auth *a, const boxd_metadata *extra, boxd_error *error)
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
    if (http_send(a->http, &request, a->loop, on_answer, a, error) == BOXD_OK)
        a->attempt.info.sent_bytes = request.body_size;
    mem_free_secret(body);
}

/* The service is a neighbour: what does not connect at once is not there, and no proxy leads to it. */
static void ask_machine(auth *a, const boxd_metadata *extra, boxd_error *error)
{
    const http_request request = {.method = "GET",
                                  .url = a->url,
                                  .extra = extra,
                                  .timeout_ms = EXCHANGE_TIMEOUT_MS,
                                  .connect_timeout_ms = MACHINE_CONNECT_TIMEOUT_MS,
                                  .no_proxy = true,
                                  .max_answer_size = MAX_ANSWER_BYTES};
    http_send(a->http, &request, a->loop, on_answer, a, error);
}

/* Finds out where tokens come from, the first time. */
static boxd_status find_source(auth *a, boxd_error *error)
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
    a->exchanging = true;
    if (find_source(a, &error) == BOXD_OK) {
        a->attempt.info.number = a->waited_for_429; /* the second after the wait, else the first */
        a->attempt.info.method = a->route;
        observe_count(&a->observer->exchanges, 1);
        observe_begin(a->observer, &a->attempt, &extra);
        (a->settings->in_machine ? ask_machine : ask_exchange)(a, &extra, &error);
        metadata_clear(&extra);
    }
    if (error.status == BOXD_OK)
        return;
    a->attempt.info.status = error.status;
    observe_end(a->observer, &a->attempt);
    fail_exchange(a, &error);
}
