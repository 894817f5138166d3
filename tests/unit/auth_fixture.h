/*
 * auth_fixture.h: a client's token, without a network: a transport whose answers the test gives, and the
 * waiters of the client. For programs of one source file, as fake_loop.h.
 */
#ifndef AUTH_FIXTURE_H
#define AUTH_FIXTURE_H

#include "boxd/client/auth.h"

#include "fake_core.h"
#include "fake_loop.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* ---- a transport whose answers the test gives ---- */

typedef struct fake_answer {
    loop_task task;
    http_done_fn done;
    void *data;
    http_answer answer;
    char body[256];
} fake_answer;

static struct {
    unsigned sent, closed;
    /* The callback of the exchange in progress. */
    bool running;
    loop *home;
    http_done_fn done;
    void *data;
    /* The parts of the last request. */
    char method[8], url[128], body[128];
    bool no_memory;
    unsigned begun, ended;
} wire;

static inline void run_answer(loop_task *task)
{
    fake_answer *a = CONTAINER_OF(task, fake_answer, task);
    a->done(a->data, &a->answer);
    free(a);
}

/* Ends the exchange in progress. The answer is handled when the loop runs. */
static inline void answer(int status, const char *body, int64_t retry_after_s, const boxd_error *error)
{
    fake_answer *a = calloc(1, sizeof *a);
    ck_assert(a && wire.running);
    wire.running = false;
    (void)snprintf(a->body, sizeof a->body, "%s", body);
    a->done = wire.done;
    a->data = wire.data;
    a->answer = (http_answer){.error = error ? *error : (boxd_error)BOXD_ERROR_INIT,
                              .status = status,
                              .body = a->body,
                              .body_size = strlen(a->body),
                              .retry_after_s = retry_after_s};
    loop_post(wire.home, &a->task, run_answer);
}

static inline boxd_status fake_send(void *state, const http_request *request, loop *home, http_done_fn done,
                                    void *data, boxd_error *error)
{
    ck_assert_ptr_eq(state, &wire);
    ck_assert_msg(!wire.running, "two exchanges at a time");
    if (wire.no_memory) {
        *error = (boxd_error){.status = BOXD_ERR_NO_MEMORY, .message = "out of memory"};
        return BOXD_ERR_NO_MEMORY;
    }
    wire.sent++;
    wire.running = true;
    wire.home = home;
    wire.done = done;
    wire.data = data;
    (void)snprintf(wire.method, sizeof wire.method, "%s", request->method);
    (void)snprintf(wire.url, sizeof wire.url, "%s", request->url);
    (void)snprintf(wire.body, sizeof wire.body, "%s", request->body ? request->body : "");
    return BOXD_OK;
}

static inline void fake_close(void *state)
{
    static const boxd_error closed = {.status = BOXD_ERR_CLOSED, .message = "the client is closed"};
    ck_assert_ptr_eq(state, &wire);
    wire.closed++;
    if (wire.running)
        answer(0, "", -1, &closed);
}

static inline void *attempt_begin(const boxd_attempt *info, boxd_metadata *metadata, void *user_data)
{
    (void)info;
    (void)metadata;
    (void)user_data;
    wire.begun++;
    return NULL;
}

static inline void attempt_end(const boxd_attempt *info, void *span, void *user_data)
{
    (void)info;
    (void)span;
    (void)user_data;
    wire.ended++;
}

/* ---- the client's side ---- */

typedef struct waiter {
    auth_waiter waiter;
    unsigned calls;
    boxd_error error;
    /* The number of the call among all calls. */
    unsigned turn;
    /* Acquires once more from ready(). */
    struct waiter *then;
} waiter;

static loop home;
/* The disk thread: a loop that the test steps. */
static worker disk;
static observer watcher;
static config settings;
static auth a;
static unsigned turns;

static inline void on_ready(auth_waiter *base, const boxd_error *error)
{
    waiter *w = CONTAINER_OF(base, waiter, waiter);
    w->calls++;
    w->turn = ++turns;
    w->error = error ? *error : (boxd_error)BOXD_ERROR_INIT;
    if (w->then)
        auth_acquire(&a, &w->then->waiter);
}

static inline waiter new_waiter(void)
{
    return (waiter){.waiter.ready = on_ready};
}

static inline void acquire(waiter *w)
{
    *w = new_waiter();
    auth_acquire(&a, &w->waiter);
}

static inline void open_auth(const config *with)
{
    disk = (worker){.started = true};
    fake_loop_start(&disk.loop);
    memset(&wire, 0, sizeof wire);
    memset(&watcher, 0, sizeof watcher);
    watcher.hooks.attempt_begin = attempt_begin;
    watcher.hooks.attempt_end = attempt_end;
    turns = 0;
    settings = *with;
    fake_loop_start(&home);
    const token_transport transport =
        settings.token ? (token_transport){0} : (token_transport){fake_send, fake_close, &wire};
    ck_assert_int_eq((int)auth_init(&a, &settings, transport, &home, &disk, &watcher, NULL), (int)BOXD_OK);
}

static inline void open_with_key(void)
{
    static char key[] = "k\"ey", url[] = "https://app.example/token";
    open_auth(&(config){.api_key = key, .credential_source = "BOXD_API_KEY", .exchange_url = url});
}

static inline void close_auth(void)
{
    loop_drain(&disk.loop); /* as worker_stop() does */
    auth_destroy(&a);
    loop_destroy(&disk.loop);
    ck_assert_uint_eq(wire.closed, settings.token ? 0 : 1);
    ck_assert_uint_eq(wire.begun, wire.ended);
    loop_destroy(&home);
}

/* Answers with `token`, which expires in `life_s`, and runs the loop. */
static inline void answer_token(const char *token, int life_s)
{
    char body[200];
    (void)snprintf(body, sizeof body, "{\"token\":\"%s\",\"expires_at\":%lld}", token,
                   (long long)time(NULL) + life_s);
    answer(200, body, -1, NULL);
    fake_loop_run(&home);
}

static inline void answer_status(int status, int64_t retry_after_s)
{
    answer(status, "no", retry_after_s, NULL);
    fake_loop_run(&home);
}

static inline void expect_header(const char *token)
{
    char header[64];
    (void)snprintf(header, sizeof header, "Bearer %s", token);
    ck_assert_int_eq(grpc_slice_str_cmp(a.header, header), 0);
}

static inline void expect_ready(const waiter *w)
{
    ck_assert_uint_eq(w->calls, 1);
    ck_assert_msg(w->error.status == BOXD_OK, "%s", w->error.message);
}

static inline void expect_failed(const waiter *w, boxd_status status, const char *part)
{
    ck_assert_uint_eq(w->calls, 1);
    ck_assert_int_eq((int)w->error.status, (int)status);
    ck_assert_msg(strstr(w->error.message, part), "no \"%s\" in: %s", part, w->error.message);
    ck_assert_ptr_null(strstr(w->error.message, "k\"ey"));
}

/* A client with a token that is valid for an hour: it is renewed after 55 minutes. */
static inline void open_with_valid_token(void)
{
    waiter w;
    open_with_key();
    acquire(&w);
    answer_token("one", 3600);
    expect_ready(&w);
}

enum { UNTIL_DUE_S = 3300 + 10, UNTIL_EXPIRY_S = 3600 + 10 };

#endif
