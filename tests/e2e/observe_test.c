/*
 * Observing a client: hooks around each attempt, metadata of hooks and of the call's options, the log,
 * the counters.
 */
#include "e2e.h"
#include "pending.h"

#include <boxd/aio.h>
#include <pthread.h>
#include <stdio.h>

#define PARENT "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
#define CHILD "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01"

enum { MOST = 512 };

typedef struct seen {
    boxd_attempt begun, ended;
    char method[96], peer[64];
    int ends;
} seen;

/* The hooks run on the core thread while the test reads on its own. */
static struct watch {
    pthread_mutex_t lock;
    seen attempts[MOST];
    int count;
    /* Metadata that attempt_begin adds. */
    const char *name, *value;
    boxd_status added;
    char lines[64 * 1024];
    int levels[BOXD_LOG_DEBUG + 1];
    boxd_error blocked;
    pthread_t thread;
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *on_begin(const boxd_attempt *a, boxd_metadata *extra, void *data)
{
    struct watch *w = data;
    pthread_mutex_lock(&w->lock);
    ck_assert_int_lt(w->count, MOST);
    seen *s = &w->attempts[w->count++];
    s->begun = *a;
    w->thread = pthread_self();
    ck_assert(boxd_aio_in_callback());
    if (!w->blocked.status)
        boxd_identity_free(boxd_compute_whoami(compute, NULL, &w->blocked));
    if (w->name)
        w->added = boxd_metadata_add(extra, w->name, w->value, NULL);
    pthread_mutex_unlock(&w->lock);
    return s;
}

static void on_end(const boxd_attempt *a, void *span, void *data)
{
    struct watch *w = data;
    seen *s = span;
    pthread_mutex_lock(&w->lock);
    s->ends++;
    s->ended = *a;
    (void)snprintf(s->method, sizeof s->method, "%s", a->method);
    (void)snprintf(s->peer, sizeof s->peer, "%s", a->peer);
    ck_assert(pthread_equal(w->thread, pthread_self()));
    pthread_mutex_unlock(&w->lock);
}

static void on_log(boxd_log_level level, const char *line, void *data)
{
    struct watch *w = data;
    pthread_mutex_lock(&w->lock);
    w->levels[level]++;
    const size_t used = strlen(w->lines);
    (void)snprintf(w->lines + used, sizeof w->lines - used, "%s\n", line);
    ck_assert(!strchr(line, '\n'));
    pthread_mutex_unlock(&w->lock);
}

static void open_watched(int i, boxd_log_level level)
{
    boxd_hooks hooks = {.size = sizeof hooks,
                        .user_data = &watch,
                        .attempt_begin = on_begin,
                        .attempt_end = on_end,
                        .log = on_log,
                        .log_level = level};
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    options.hooks = &hooks;
    e2e_open(i, &options);
    memset(&hooks, 0xaa, sizeof hooks); /* it was copied */
    free(emulator_control(&emulator, "DELETE", "log", NULL));
}

static bool is_method(const seen *s, const char *name)
{
    const char *last = strrchr(s->method, '/');
    return last && strcmp(last + 1, name) == 0;
}

/* After the close: the attempt of `name` with this number in its call. */
static const seen *find(const char *name, uint32_t number)
{
    for (int i = 0; i < watch.count; i++)
        if (is_method(&watch.attempts[i], name) && watch.attempts[i].ended.number == number)
            return &watch.attempts[i];
    ck_abort_msg("no attempt %u of %s", (unsigned)number, name);
}

static void close_watched(void)
{
    e2e_close();
    for (int i = 0; i < watch.count; i++) {
        const seen *s = &watch.attempts[i];
        ck_assert_int_eq(s->ends, 1);
        ck_assert_uint_eq(s->begun.size, sizeof s->begun);
        ck_assert_uint_eq(s->begun.call_id, s->ended.call_id);
        ck_assert_uint_eq(s->begun.number, s->ended.number);
        ck_assert_int_ge(s->ended.duration_us, 0);
    }
    if (watch.count > 0)
        e2e_would_deadlock(&watch.blocked, "boxd_compute_whoami");
}

/* ---- attempts ---- */

START_TEST(one_attempt)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    int own = 0;
    call.hook_data = &own;
    open_watched(_i, 0);
    boxd_identity *who = on->compute_whoami(compute, &call, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
    close_watched();
    ck_assert_int_eq(watch.count, 2);
    const seen *exchange = find("token", 1), *rpc = find("Whoami", 1);
    ck_assert_str_eq(exchange->method, "POST /api/v1/auth/token");
    ck_assert_uint_eq(exchange->ended.call_id, 0);
    ck_assert_ptr_null(exchange->ended.call_data);
    ck_assert_int_eq(exchange->ended.http_status, 200);
    ck_assert_int_eq(exchange->ended.grpc_code, -1);
    ck_assert_str_eq(rpc->method, "/boxd.api.v1.BoxdApi/Whoami");
    ck_assert_uint_ne(rpc->ended.call_id, 0);
    ck_assert_ptr_eq(rpc->ended.call_data, &own);
    ck_assert_int_eq(rpc->ended.http_status, 0);
    ck_assert_int_eq(rpc->ended.grpc_code, 0);
    ck_assert_uint_eq(rpc->ended.sent_bytes, 0); /* an empty message */
    const seen *const both[] = {exchange, rpc};
    for (size_t i = 0; i < COUNT(both); i++) {
        ck_assert_int_eq((int)both[i]->ended.status, (int)BOXD_OK);
        ck_assert_uint_gt(both[i]->ended.received_bytes, 0);
        ck_assert_msg(strstr(both[i]->peer, "127.0.0.1:"), "%s", both[i]->peer);
    }
    ck_assert_uint_gt(exchange->ended.sent_bytes, strlen(emulator.api_key));
}
END_TEST

START_TEST(repeated_attempts)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_watched(_i, BOXD_LOG_WARNING);
    emulator_fault(&emulator, "{\"rpc\":\"Whoami\",\"code\":14,\"message\":\"not now\",\"count\":1}");
    boxd_identity *who = on->compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
    emulator_fault(&emulator, "{\"rpc\":\"Whoami\",\"code\":16,\"message\":\"who?\",\"count\":1}");
    who = on->compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
    close_watched();
    ck_assert_int_eq(watch.count, 6);
    const seen *first = find("Whoami", 1), *second = find("Whoami", 2);
    ck_assert_int_eq((int)first->ended.status, (int)BOXD_ERR_CONNECTION);
    ck_assert_int_eq(first->ended.grpc_code, 14);
    ck_assert_int_eq((int)second->ended.status, (int)BOXD_OK);
    ck_assert_uint_eq(first->ended.call_id, second->ended.call_id);
    ck_assert_uint_ne(first->ended.call_id, watch.attempts[5].ended.call_id);
    ck_assert_msg(strstr(watch.lines, "Whoami: the service is unavailable; retrying in"), "%s", watch.lines);
    ck_assert_msg(strstr(watch.lines, "the server rejected the token"), "%s", watch.lines);
    ck_assert_int_eq(watch.levels[BOXD_LOG_WARNING], 2);
    ck_assert_int_eq(watch.levels[BOXD_LOG_INFO] + watch.levels[BOXD_LOG_DEBUG], 0);
}
END_TEST

START_TEST(no_server)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_hooks hooks = {
        .size = sizeof hooks, .user_data = &watch, .attempt_begin = on_begin, .attempt_end = on_end};
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    options.api_url = "http://127.0.0.1:1"; /* tcpmux: no server listens */
    options.token = "x";
    options.read_retries = -1;
    options.hooks = &hooks;
    e2e_open(_i, &options);
    ck_assert_ptr_null(on->compute_whoami(compute, NULL, &error));
    close_watched();
    ck_assert_int_eq((int)find("Whoami", 1)->ended.status, (int)BOXD_ERR_CONNECTION);
    ck_assert_str_eq(find("Whoami", 1)->peer, "");
}
END_TEST

/* The RPCs of one call (finding the box, the command) have its id and its data, and send its metadata. */
START_TEST(parts_of_a_call)
{
    boxd_error error = BOXD_ERROR_INIT;
    int own = 0;
    open_watched(_i, 0);
    boxd_box *box = e2e_box(), *named = boxd_box_from_name(compute, boxd_box_name(box), &error);
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.call.metadata = BOXD_ARGV("traceparent=" PARENT, "x-own=a = b");
    options.call.hook_data = &own;
    boxd_exec_result *result = on->box_exec_shell(named, "echo x", &options, &error);
    e2e_ok(result, error);
    boxd_exec_result_free(result);
    boxd_box_free(named);
    ck_assert_int_ge(emulator_count_calls(&emulator, "Exec", 1), 1);
    char *log = emulator_control(&emulator, "GET", "log", NULL);
    e2e_drop(box);
    close_watched();
    const seen *found = find("GetVm", 1), *exec = find("Exec", 1);
    ck_assert_uint_eq(found->ended.call_id, exec->ended.call_id);
    ck_assert_uint_ne(found->ended.call_id, find("CreateVm", 1)->ended.call_id);
    ck_assert_ptr_eq(found->ended.call_data, &own);
    ck_assert_ptr_eq(exec->ended.call_data, &own);
    ck_assert_uint_gt(exec->ended.sent_bytes, 0);
    int parents = 0;
    for (char *at = strstr(log, PARENT); at; at = strstr(at + 1, PARENT))
        parents++;
    ck_assert_int_eq(parents, 2);
    ck_assert_msg(strstr(log, "\"x-own\""), "%s", log);
    free(log);
}
END_TEST

START_TEST(sent_by_a_hook)
{
    boxd_error error = BOXD_ERROR_INIT;
    watch.name = "traceparent";
    watch.value = CHILD;
    open_watched(_i, 0);
    boxd_identity *who = on->compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
    ck_assert_int_eq(emulator_count_calls(&emulator, "Whoami", 1), 1);
    char *log = emulator_control(&emulator, "GET", "log", NULL);
    int children = 0;
    for (char *at = strstr(log, CHILD); at; at = strstr(at + 1, CHILD))
        children++;
    free(log);
    close_watched();
    ck_assert_int_eq((int)watch.added, (int)BOXD_OK);
    ck_assert_int_eq(children, 2); /* the exchange, too */
}
END_TEST

/* ---- metadata that cannot be sent ---- */

START_TEST(bad_metadata)
{
    static const struct {
        const char *word, *says;
    } cases[] = {
        {"traceparent", "has no \"=\""},
        {"=x", "the metadata name \"\" is malformed"},
        {"Traceparent=x", "name \"Traceparent\" is malformed; use a to z"},
        {"a b=x", "name \"a b\" is malformed"},
        {"x-bin=x", "no \"-bin\" at the end"},
        {"authorization=Bearer x", "\"authorization\" is reserved: the library, gRPC or HTTP sends it"},
        {"grpc-timeout=1S", "is reserved: the library, gRPC or HTTP sends it"},
        {"x=caf\xc3\xa9", "the value of the metadata \"x\" is not printable ASCII"},
        {"x=a\nb", "not printable"},
        {"x= a", "begins or ends with a blank"},
        {"x=a ", "begins or ends with a blank"},
        {"x= ", "begins or ends with a blank"},
    };
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    e2e_open(_i, NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        call.metadata = BOXD_ARGV("good=1", cases[i].word);
        ck_assert_ptr_null(on->compute_whoami(compute, &call, &error));
        e2e_refused(error.status, &error, cases[i].says);
    }
    const char *many[40] = {NULL};
    boxd_error error = BOXD_ERROR_INIT;
    for (int i = 0; i < 33; i++)
        many[i] = "n=v";
    call.metadata = many;
    ck_assert_ptr_null(on->compute_whoami(compute, &call, &error));
    e2e_refused(error.status, &error, "more than 32");
    char large[5000];
    memset(large, 'v', sizeof large - 1);
    large[0] = 'n', large[1] = '=', large[sizeof large - 1] = '\0';
    call.metadata = BOXD_ARGV(large);
    ck_assert_ptr_null(on->compute_whoami(compute, &call, &error));
    e2e_refused(error.status, &error, "more than 4096 bytes");
    ck_assert_int_eq((int)boxd_metadata_add(NULL, "a", "b", &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_close();
}
END_TEST

START_TEST(bad_hooks)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_hooks hooks = {.log_level = BOXD_LOG_DEBUG};
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    options.hooks = &hooks;
    ck_assert_ptr_null(boxd_compute_open(&options, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "boxd_hooks");
    hooks = (boxd_hooks){.size = sizeof hooks, .log_level = (boxd_log_level)77};
    ck_assert_ptr_null(boxd_compute_open(&options, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "log_level is 77");
}
END_TEST

/* ---- ends ---- */

/* For the hooks, attempts that are in progress when the client closes have ended when the close returns. */
START_TEST(closed_in_the_middle)
{
    pending p = PENDING_INIT;
    open_watched(_i, BOXD_LOG_DEBUG);
    boxd_box *box = e2e_box();
    emulator_fault(&emulator, "{\"rpc\":\"StartVm\",\"hang\":true,\"count\":1}");
    boxd_aio_box_start(box, NULL, pending_done, &p);
    while (emulator_faults_left(&emulator) > 0)
        continue;
    close_watched();
    boxd_box_free(box);
    ck_assert_int_eq((int)p.error.status, (int)BOXD_ERR_CLOSED);
    ck_assert_int_eq((int)find("StartVm", 1)->ended.status, (int)BOXD_ERR_CLOSED);
    ck_assert_int_eq(find("StartVm", 1)->ended.grpc_code, -1); /* the service sent none */
    ck_assert_msg(strstr(watch.lines, "the client is closed\n"), "%s", watch.lines);
}
END_TEST

/* The same for an exchange: no call's error reports its failure, and the calls succeed. */
START_TEST(closed_in_an_exchange)
{
    pending p = PENDING_INIT;
    open_watched(_i, BOXD_LOG_DEBUG);
    emulator_fault(&emulator, "{\"http\":\"exchange\",\"hang\":true,\"count\":1}");
    boxd_aio_compute_whoami(compute, NULL, pending_identity, &p);
    while (emulator_faults_left(&emulator) > 0)
        continue;
    close_watched();
    ck_assert_int_eq((int)p.error.status, (int)BOXD_ERR_CLOSED);
    ck_assert_int_eq((int)find("token", 1)->ended.status, (int)BOXD_ERR_CLOSED);
    ck_assert_msg(watch.levels[BOXD_LOG_WARNING] == 0, "%s", watch.lines);
}
END_TEST

/* ---- the log ---- */

START_TEST(logged)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_watched(_i, BOXD_LOG_DEBUG);
    boxd_identity *who = on->compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
    close_watched();
    static const char *const lines[] = {"a client of ", "a token from http", "a connection to ",
                                        "POST /api/v1/auth/token: ok after ", "Whoami: ok after "};
    for (size_t i = 0; i < COUNT(lines); i++)
        ck_assert_msg(strstr(watch.lines, lines[i]), "no \"%s\" in:\n%s", lines[i], watch.lines);
    ck_assert_int_eq(watch.levels[BOXD_LOG_DEBUG], 2);
    ck_assert_ptr_null(strstr(watch.lines, emulator.api_key));
    ck_assert_ptr_null(strstr(watch.lines, "eyJ")); /* the beginning of a JWT */
}
END_TEST

/* ---- counters ---- */

static boxd_counters count(void)
{
    boxd_counters c = BOXD_COUNTERS_INIT;
    boxd_compute_get_counters(compute, &c);
    return c;
}

START_TEST(counted)
{
    boxd_error error = BOXD_ERROR_INIT;
    pending stuck = PENDING_INIT;
    e2e_open(_i, NULL);
    boxd_counters c = count();
    ck_assert_uint_eq(c.calls + c.succeeded + c.failed + c.in_flight + c.attempts + c.connections, 0);
    boxd_box *box = e2e_box();
    ck_assert_ptr_null(on->box_get(compute, "none-such", NULL, &error));
    c = count();
    ck_assert_uint_eq(c.calls, 2);
    ck_assert_uint_eq(c.succeeded, 1);
    ck_assert_uint_eq(c.failed, 1);
    ck_assert_uint_eq(c.in_flight, 0);
    ck_assert_uint_eq(c.exchanges, 1);
    ck_assert_uint_ge(c.attempts, 3);
    ck_assert_uint_ge(c.failed_attempts, 1);
    ck_assert_uint_gt(c.sent_bytes, 0);
    ck_assert_uint_gt(c.received_bytes, 0);
    ck_assert_uint_eq(c.connections, 1);
    ck_assert_ptr_null(on->box_exec(box, NULL, NULL, &error)); /* submitted, and will fail */
    c = count();
    ck_assert_uint_eq(c.calls, 3);
    ck_assert_uint_eq(c.failed, 2);

    boxd_process *process = on->box_exec_stream(box, BOXD_ARGV("cat"), NULL, &error);
    e2e_ok(process, error);
    emulator_fault(&emulator, "{\"rpc\":\"StartVm\",\"hang\":true,\"count\":1}");
    boxd_aio_box_start(box, NULL, pending_done, &stuck);
    while (emulator_faults_left(&emulator) > 0)
        continue;
    c = count();
    ck_assert_uint_eq(c.calls, 5);
    ck_assert_uint_eq(c.in_flight, 2);
    ck_assert_uint_eq(c.streams, 1);
    const uint64_t good = c.succeeded, bad = c.failed;
    e2e_ok(on->process_close(process, NULL, &error) == BOXD_OK, error); /* the program itself ends it */
    boxd_compute *kept = boxd_compute_ref(compute);
    e2e_close();
    compute = kept;
    c = count();
    ck_assert_uint_eq(c.calls, 5);
    ck_assert_uint_eq(c.succeeded, good + 1);
    ck_assert_uint_eq(c.failed, bad + 1);
    ck_assert_uint_eq(c.in_flight + c.streams + c.connections + c.ready + c.waiting, 0);
    boxd_process_free(process);
    boxd_box_free(box);
    boxd_compute_close(compute);
    compute = NULL;
}
END_TEST

/* A program of an older header has a shorter struct. */
START_TEST(counted_by_a_shorter_struct)
{
    boxd_counters c;
    memset(&c, 0x55, sizeof c);
    c.size = offsetof(boxd_counters, succeeded);
    boxd_compute_get_counters(NULL, &c);
    ck_assert_uint_eq(c.calls, 0);
    ck_assert_uint_eq(c.succeeded, UINT64_C(0x5555555555555555));
    boxd_compute_get_counters(NULL, NULL);
}
END_TEST

/* ---- credentials that are sent in clear ---- */

static const struct {
    const char *api_url, *exchange_url;
    /* Warnings about the token, and about the key. */
    int token, key;
} CLEAR[] = {
    {"http://192.0.2.1:9443", "https://192.0.2.1/x", 1, 0},
    {"https://192.0.2.1:9443", "http://192.0.2.1/x", 0, 1},
    {"http://192.0.2.1:9443", "http://192.0.2.1/x", 1, 1},
    {"https://192.0.2.1:9443", "https://192.0.2.1/x", 0, 0},
    {"192.0.2.1:9443", "https://192.0.2.1/x", 0, 0},
    {"http://127.0.0.1:1", "http://localhost:1/x", 0, 0},
    {"localhost:1", "http://[::1]:1/x", 0, 0},
};

static int count_of(const char *text, const char *part)
{
    int count = 0;
    while ((text = strstr(text, part))) {
        text++;
        count++;
    }
    return count;
}

/* Opening sends nothing. */
START_TEST(plaintext_is_logged_once)
{
    const boxd_hooks hooks = {.size = sizeof hooks, .user_data = &watch, .log = on_log};
    for (size_t i = 0; i < COUNT(CLEAR); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        memset(watch.lines, 0, sizeof watch.lines);
        boxd_compute *c = boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .api_url = CLEAR[i].api_url,
                                                         .exchange_url = CLEAR[i].exchange_url,
                                                         .api_key = "key", .hooks = &hooks),
                                            &error);
        e2e_ok(c, error);
        boxd_compute_close(c);
        ck_assert_msg(count_of(watch.lines, "tokens are sent to 192.0.2.1:9443 unencrypted") ==
                          CLEAR[i].token,
                      "%zu: %s", i, watch.lines);
        ck_assert_msg(count_of(watch.lines, "the API key is sent to http://192.0.2.1/x unencrypted") ==
                          CLEAR[i].key,
                      "%zu: %s", i, watch.lines);
        ck_assert_int_eq(count_of(watch.lines, "unencrypted"), CLEAR[i].token + CLEAR[i].key);
    }
    ck_assert_int_eq(watch.levels[BOXD_LOG_WARNING], 4);
}
END_TEST

/* ---- the route ---- */

static const struct {
    const char *api_url, *proxy, *host;
    uint32_t port;
    bool tls;
    /* NULL: none. */
    const char *url, *source;
    /* A part of the reason; NULL: none. */
    const char *reason;
} ROUTES[] = {
    {"api.example", "", "api.example", 443, true, NULL, NULL, "the option proxy is \"\""},
    {"http://[2001:DB8::1]:5", "http://user:secret@p.example:3128", "2001:db8::1", 5, false,
     "http://p.example:3128", "the option proxy", NULL},
    {"https://localhost:5", "http://p.example:3128", "localhost", 5, true, NULL, NULL, "this machine"},
};

/* The exchange has the same proxy; with a token there is no exchange. */
static void check_exchange_route(size_t i)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_route route = BOXD_ROUTE_INIT;
    boxd_compute *c = boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .api_url = ROUTES[i].api_url,
                                                     .api_key = "key", .proxy = ROUTES[i].proxy),
                                        &error);
    e2e_ok(c, error);
    boxd_compute_get_route(c, &route);
    ck_assert_msg(strstr(route.exchange_url, "/api/v1/auth/token"), "%s", route.exchange_url);
    ck_assert_pstr_eq(route.exchange_proxy, route.proxy);
    ck_assert_pstr_eq(route.exchange_proxy_source, route.proxy_source);
    ck_assert_pstr_eq(route.exchange_direct_reason, route.direct_reason);
    boxd_compute_close(c);
}

START_TEST(route_of_the_client)
{
    unsetenv("BOXD_EXCHANGE_URL");
    for (size_t i = 0; i < COUNT(ROUTES); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_route route = BOXD_ROUTE_INIT;
        boxd_compute *c = boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .api_url = ROUTES[i].api_url,
                                                         .token = "token", .proxy = ROUTES[i].proxy),
                                            &error);
        e2e_ok(c, error);
        boxd_compute_get_route(c, &route);
        ck_assert_uint_eq(route.size, sizeof route);
        ck_assert_str_eq(route.host, ROUTES[i].host);
        ck_assert_uint_eq(route.port, ROUTES[i].port);
        ck_assert_int_eq(route.tls, ROUTES[i].tls);
        ck_assert_pstr_eq(route.proxy, ROUTES[i].url);
        ck_assert_pstr_eq(route.proxy_source, ROUTES[i].source);
        ck_assert(!route.direct_reason == !ROUTES[i].reason);
        ck_assert(!ROUTES[i].reason || strstr(route.direct_reason, ROUTES[i].reason));
        ck_assert(!route.exchange_url && !route.exchange_proxy && !route.exchange_proxy_source &&
                  !route.exchange_direct_reason);
        boxd_compute_close(c);
        check_exchange_route(i);
    }
}
END_TEST

/* A program of older headers has a shorter struct. Without a client all members are 0. */
START_TEST(route_of_no_client)
{
    boxd_route route;
    memset(&route, 0x55, sizeof route);
    route.size = offsetof(boxd_route, port);
    boxd_compute_get_route(NULL, &route);
    ck_assert_ptr_null(route.host);
    ck_assert_uint_eq(route.port, 0x55555555);
    boxd_compute_get_route(NULL, NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("observe");
    e2e_add(suite, one_attempt);
    e2e_add(suite, repeated_attempts);
    e2e_add(suite, no_server);
    e2e_add(suite, parts_of_a_call);
    e2e_add(suite, sent_by_a_hook);
    e2e_add(suite, bad_metadata);
    e2e_add_once(suite, bad_hooks);
    e2e_add(suite, closed_in_the_middle);
    e2e_add(suite, closed_in_an_exchange);
    e2e_add(suite, logged);
    e2e_add(suite, counted);
    e2e_add_once(suite, counted_by_a_shorter_struct);
    e2e_add_once(suite, plaintext_is_logged_once);
    e2e_add_once(suite, route_of_the_client);
    e2e_add_once(suite, route_of_no_client);
    return e2e_main(suite, NULL);
}
