/*
 * Hooks around each request of a Drukbox client, the log, the counters. No hook and no log line may
 * contain a secret.
 */
#include "bad_server.h"
#include "operations.h"

#include <pthread.h>
#include <stdio.h>

enum { MOST = 64 };

typedef struct seen {
    boxd_attempt begun, ended;
    char method[64], peer[64];
    int ends;
} seen;

/* The hooks run on the client's thread while the test reads on its own. */
static struct watch {
    pthread_mutex_t lock;
    seen attempts[MOST];
    int count;
    char lines[32 * 1024];
    int levels[BOXD_LOG_DEBUG + 1];
    boxd_status added;
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *on_begin(const boxd_attempt *a, boxd_metadata *extra, void *data)
{
    struct watch *w = data;
    pthread_mutex_lock(&w->lock);
    ck_assert(w->count < MOST && boxd_aio_in_callback());
    seen *s = &w->attempts[w->count++];
    s->begun = *a;
    (void)snprintf(s->method, sizeof s->method, "%s", a->method);
    w->added = boxd_metadata_add(extra, "x-hook", "hooked", NULL);
    ck_assert_int_eq((int)boxd_metadata_add(extra, "authorization", "x", NULL),
                     (int)BOXD_ERR_INVALID_ARGUMENT);
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
    (void)snprintf(s->peer, sizeof s->peer, "%s", a->peer);
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

static void open_watched(int i, boxd_log_level level, const char *url)
{
    boxd_hooks hooks = {.size = sizeof hooks,
                        .user_data = &watch,
                        .attempt_begin = on_begin,
                        .attempt_end = on_end,
                        .log = on_log,
                        .log_level = level};
    drukbox_open(i, BOXD_OPTIONS(drukbox_client_options, .hooks = &hooks, .base_url = url));
    memset(&hooks, 0xaa, sizeof hooks); /* copied */
}

static void close_watched(void)
{
    drukbox_close(client);
    for (int i = 0; i < watch.count; i++) {
        const seen *s = &watch.attempts[i];
        ck_assert_int_eq(s->ends, 1);
        ck_assert_uint_eq(s->begun.size, sizeof s->begun);
        ck_assert_uint_eq(s->begun.call_id, s->ended.call_id);
        ck_assert(s->ended.number >= 1 && s->ended.duration_us >= 0 && s->ended.grpc_code == -1);
    }
    static const char *const secrets[] = {TEST_TOKEN, OPERATION_SECRET, "PRIVATE KEY", "drkb_"};
    for (size_t i = 0; i < COUNT(secrets); i++)
        ck_assert_msg(!strstr(watch.lines, secrets[i]), "%s", watch.lines);
}

/* ---- attempts ---- */

START_TEST(every_operation)
{
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    int own = 0;
    call.hook_data = &own;
    call_options = &call;
    open_watched(_i, BOXD_LOG_DEBUG, NULL);
    for (size_t i = 0; i < drukbox_operation_count; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        drukbox_operations[i].run(&error);
    }
    close_watched();
    ck_assert_int_eq(watch.count, (int)drukbox_operation_count);
    for (size_t i = 0; i < drukbox_operation_count; i++) {
        const drukbox_operation *o = &drukbox_operations[i];
        const seen *s = &watch.attempts[i];
        ck_assert_str_eq(s->method, o->route); /* few different values: the route has no ids */
        ck_assert(s->begun.call_data == &own && s->ended.call_data == &own);
        ck_assert_uint_ne(s->begun.call_id, 0);
        ck_assert(i == 0 || s->begun.call_id != watch.attempts[i - 1].begun.call_id);
        ck_assert_uint_eq(s->ended.sent_bytes, o->body ? strlen(o->body) : 0);
        ck_assert_int_ge(s->ended.http_status, 200);
        ck_assert((s->ended.status == BOXD_OK) == (s->ended.http_status < 300));
        ck_assert(s->ended.http_status == 204 || s->ended.received_bytes > 0);
        ck_assert_msg(strncmp(s->peer, "ipv4:127.0.0.1:", 15) == 0, "%s", s->peer);
        ck_assert_msg(strstr(watch.lines, o->route), "%s in %s", o->route, watch.lines);
    }
    ck_assert_int_eq(watch.levels[BOXD_LOG_DEBUG], (int)drukbox_operation_count);
    ck_assert_msg(strstr(watch.lines, emulator.drukbox_url) && strstr(watch.lines, "the client is closed"),
                  "%s", watch.lines);
}
END_TEST

START_TEST(sent_by_a_hook)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]";
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    char url[64];
    bad_server *server = bad_server_start_one(BAD_HTTP, answer);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", bad_server_port(server));
    call.metadata = BOXD_ARGV("x-call=called");
    call_options = &call;
    open_watched(_i, 0, url);
    drukbox_hosts *hosts = try_host_list(&error);
    e2e_ok(hosts, error);
    drukbox_hosts_free(hosts);
    close_watched();
    const char *request = bad_server_request(server, 0);
    ck_assert_msg(strstr(request, "x-hook: hooked\r\n") && strstr(request, "x-call: called\r\n"), "%s",
                  request);
    ck_assert_msg(strstr(request, "Authorization: Bearer " TEST_TOKEN "\r\n"), "%s", request);
    ck_assert_int_eq((int)watch.added, (int)BOXD_OK);
    ck_assert_int_eq(watch.levels[BOXD_LOG_DEBUG], 0);
    ck_assert_int_gt(watch.levels[BOXD_LOG_INFO], 0);
    bad_server_stop(server);
}
END_TEST

START_TEST(no_server)
{
    boxd_error error = BOXD_ERROR_INIT;
    char url[64];
    int port;
    const int held = bad_server_closed_port(&port);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
    open_watched(_i, 0, url);
    ck_assert_ptr_null(try_host_list(&error));
    ck_assert(error.sent == BOXD_SENT_NO && error.retryable && error.http_status == 0);
    close_watched();
    ck_assert_int_eq(watch.count, 1);
    ck_assert_int_eq((int)watch.attempts[0].ended.status, (int)BOXD_ERR_UNAVAILABLE);
    ck_assert_int_eq(watch.attempts[0].ended.http_status, 0);
    ck_assert_int_ge(held, 0);
}
END_TEST

START_TEST(ended_from_outside)
{
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    call.timeout_ms = 100;
    call_options = &call;
    open_watched(_i, 0, NULL);
    emulator_fault(&emulator, "{\"http\":\"GET /hosts\",\"hang\":true}");
    ck_assert_ptr_null(try_host_list(&error));
    emulator_clear_faults(&emulator);
    close_watched();
    ck_assert_int_eq(watch.count, 1);
    ck_assert_int_eq((int)watch.attempts[0].ended.status, (int)BOXD_ERR_TIMEOUT);
}
END_TEST

/* Refused by the library: no attempt is made. The message about invalid metadata contains the name, not the
 * value. */
START_TEST(no_attempt)
{
    static const char *const words[] = {
        "hunter2",  "Upper=hunter2",        "x\r\n=hunter2", "x=hunter2\r\n",
        "=hunter2", "content-type=hunter2", "host=hunter2",  "content-length=hunter2"};
    open_watched(_i, BOXD_LOG_DEBUG, NULL);
    for (size_t i = 0; i < COUNT(words); i++) {
        boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
        boxd_error error = BOXD_ERROR_INIT;
        call.metadata = (const char *const[]){words[i], NULL};
        call_options = &call;
        ck_assert_ptr_null(try_host_list(&error));
        ck_assert_int_eq((int)error.status, (int)BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_msg(i == 0 || !strstr(error.message, "hunter2"), "%s", error.message);
        call_options = NULL;
    }
    close_watched();
    ck_assert_int_eq(watch.count, 0);
}
END_TEST

/* ---- counters ---- */

START_TEST(counted)
{
    boxd_counters counters = BOXD_COUNTERS_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_open(_i, NULL);
    for (int i = 0; i < 3; i++) {
        drukbox_hosts *hosts = try_host_list(&error);
        e2e_ok(hosts, error);
        drukbox_hosts_free(hosts);
    }
    ck_assert_ptr_null(try_host_get(OPERATION_ID, &error));
    ck_assert_ptr_null(try_host_get(NULL, &error));
    drukbox_client_get_counters(client, &counters);
    ck_assert_uint_eq(counters.calls, 5);
    ck_assert_uint_eq(counters.succeeded, 3);
    ck_assert_uint_eq(counters.failed, 2);
    ck_assert_uint_eq(counters.attempts, 4);
    ck_assert_uint_eq(counters.failed_attempts, 1);
    ck_assert(counters.in_flight == 0 && counters.waiting == 0 && counters.ready == 0);
    ck_assert(counters.exchanges == 0 && counters.streams == 0 && counters.sent_bytes == 0);
    ck_assert_uint_gt(counters.received_bytes, 0);
    ck_assert_uint_eq(counters.connections, 1); /* one connection is enough for calls one after another */
    boxd_counters older = {.size = offsetof(boxd_counters, failed), .failed = 77};
    drukbox_client_get_counters(client, &older);
    ck_assert(older.calls == 5 && older.failed == 77);
    drukbox_close(client);
}
END_TEST

/* Opening sends nothing. */
START_TEST(plaintext_is_logged_once)
{
    static const struct {
        const char *url;
        int warnings;
    } rows[] = {{"http://192.0.2.1", 1},
                {"http://box.example:8080/x", 1},
                {"https://192.0.2.1", 0},
                {"http://127.0.0.1:1", 0},
                {"http://localhost", 0}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        memset(&watch.lines, 0, sizeof watch.lines);
        memset(&watch.levels, 0, sizeof watch.levels);
        open_watched(_i, 0, rows[i].url);
        close_watched();
        ck_assert_msg(watch.levels[BOXD_LOG_WARNING] == rows[i].warnings, "%s: %s", rows[i].url, watch.lines);
        ck_assert_int_eq(strstr(watch.lines, "unencrypted") != NULL, rows[i].warnings);
    }
}
END_TEST

/* A request that is sent again is a second attempt of its call, and a line of the log. */
START_TEST(a_repeat)
{
    static const char host[] = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"id\":\"x\"}";
    static const bad_act acts[] = {{.behaviour = BAD_KEEP, .text = host, .answers = 1},
                                   {.behaviour = BAD_KEEP, .text = host}};
    boxd_error error = BOXD_ERROR_INIT;
    boxd_counters counters = BOXD_COUNTERS_INIT;
    char url[64];
    bad_server *server = bad_server_start(acts, COUNT(acts));
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", bad_server_port(server));
    open_watched(_i, BOXD_LOG_WARNING, url);
    for (int i = 0; i < 2; i++) {
        drukbox_host *got = try_host_get("x", &error);
        e2e_ok(got, error);
        drukbox_host_free(got);
    }
    drukbox_client_get_counters(client, &counters);
    close_watched();
    ck_assert_int_eq(watch.count, 3);
    const seen *first = &watch.attempts[1], *second = &watch.attempts[2];
    ck_assert_uint_eq(first->begun.call_id, second->begun.call_id);
    ck_assert(first->begun.number == 1 && second->begun.number == 2);
    ck_assert(first->ended.status == BOXD_ERR_UNAVAILABLE && second->ended.status == BOXD_OK);
    ck_assert_uint_eq(counters.attempts, 3);
    ck_assert_uint_eq(counters.failed_attempts, 1);
    ck_assert_uint_eq(counters.succeeded, 2);
    ck_assert_int_eq(watch.levels[BOXD_LOG_WARNING], 1);
    ck_assert_ptr_nonnull(strstr(watch.lines, "GET /hosts/{id}: the service closed the connection"));
    ck_assert_ptr_nonnull(strstr(bad_server_request(server, 2), "x-hook: hooked"));
    bad_server_stop(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drukbox_observe");
    drukbox_add(suite, every_operation);
    drukbox_add(suite, sent_by_a_hook);
    drukbox_add(suite, no_server);
    drukbox_add(suite, ended_from_outside);
    drukbox_add(suite, no_attempt);
    drukbox_add(suite, counted);
    drukbox_add(suite, plaintext_is_logged_once);
    drukbox_add(suite, a_repeat);
    return drukbox_main(suite, NULL);
}
