/*
 * Cancel tokens: one token for many calls, of several clients and of both APIs; fired by any thread at
 * any time. Each call ends once.
 */
#include "pending.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void fire_and_free(boxd_cancel_token *token)
{
    boxd_cancel_token_cancel(token);
    boxd_cancel_token_free(token);
}

static boxd_call_options with(boxd_cancel_token *token)
{
    return (boxd_call_options){.size = sizeof(boxd_call_options), .cancel = token};
}

/* The service does not answer the next `count` calls. */
static void hang(int count)
{
    char fault[80];
    (void)snprintf(fault, sizeof fault, "{\"rpc\":\"Whoami\",\"hang\":true,\"count\":%d}", count);
    emulator_clear_faults(&emulator);
    emulator_fault(&emulator, fault);
}

static void wait_until_sent(void)
{
    while (emulator_faults_left(&emulator) > 0)
        continue;
}

/* ---- many calls ---- */

typedef struct batch {
    atomic_int good, cancelled, wrong, completed;
} batch;

static void on_whoami(boxd_identity *who, const boxd_error *error, void *user)
{
    batch *f = user;
    f->good += who != NULL;
    f->cancelled += !who && error->status == BOXD_ERR_CANCELLED;
    f->wrong += !who && error->status != BOXD_ERR_CANCELLED;
    boxd_identity_free(who);
    callbacks_count(&f->completed);
}

static void submit(boxd_compute *client, int count, boxd_cancel_token *token, batch *f)
{
    const boxd_call_options call = with(token);
    for (int i = 0; i < count; i++)
        boxd_aio_compute_whoami(client, &call, on_whoami, f);
}

/* The token cancels calls of two clients; a third call has another token and continues. */
START_TEST(one_token_for_many)
{
    enum { EACH = 30 };
    batch f = {0}, others = {0};
    boxd_cancel_token *token = boxd_cancel_token_new(), *other = boxd_cancel_token_new();
    e2e_open(_i, NULL);
    boxd_compute *second = e2e_open_another(NULL);
    hang(2 * EACH + 1);
    submit(compute, EACH, token, &f);
    submit(second, EACH, token, &f);
    submit(second, 1, other, &others);
    wait_until_sent();
    ck_assert_int_eq(f.completed, 0);
    boxd_cancel_token_cancel(token);
    callbacks_wait(&f.completed, 2 * EACH);
    submit(compute, 1, token, &f); /* fired before the call */
    submit(second, 1, token, &f);
    callbacks_wait(&f.completed, 2 * EACH + 2);
    ck_assert_int_eq(f.cancelled, 2 * EACH + 2);
    ck_assert_int_eq(others.completed, 0);
    boxd_cancel_token_cancel(other);
    callbacks_wait(&others.completed, 1);
    ck_assert_int_eq(others.cancelled, 1);
    boxd_cancel_token_free(token);
    boxd_cancel_token_free(other);
    ck_assert_int_eq((int)on->close(second), (int)BOXD_OK);
    e2e_close();
    ck_assert_int_eq(f.completed, 2 * EACH + 2);
}
END_TEST

/* ---- inside a callback ---- */

typedef struct chain {
    boxd_cancel_token *token;
    pending end;
} chain;

/* The call of this callback has the same token, but has already ended. */
static void fire_inside(boxd_service_config *config, const boxd_error *error, void *user)
{
    chain *c = user;
    boxd_service_config_free(config);
    boxd_cancel_token_cancel(c->token);
    pending_done(error ? error->status : BOXD_OK, error, &c->end);
}

START_TEST(inside_a_callback)
{
    batch f = {0};
    chain c = {boxd_cancel_token_new(), PENDING_INIT};
    const boxd_call_options call = with(c.token);
    e2e_open(_i, NULL);
    hang(20);
    submit(compute, 20, c.token, &f);
    boxd_aio_compute_config(compute, &call, fire_inside, &c);
    e2e_ok(pending_settle(&c.end) == BOXD_OK, c.end.error);
    callbacks_wait(&f.completed, 20);
    ck_assert_int_eq(f.cancelled, 20);
    boxd_cancel_token_free(c.token);
    e2e_close();
    ck_assert_int_eq(f.completed, 20);
}
END_TEST

/* ---- in the pause before another attempt ---- */

static void fire_after_attempt(const boxd_attempt *attempt, void *span, void *token)
{
    (void)span;
    if (strstr(attempt->method, "Whoami"))
        boxd_cancel_token_cancel(token);
}

/* The first attempt was answered by the service; or there is no server, and nothing was sent. */
START_TEST(in_a_pause)
{
    for (int answered = 0; answered < 2; answered++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_cancel_token *token = boxd_cancel_token_new();
        const boxd_call_options call = with(token);
        const boxd_hooks hooks = {
            .size = sizeof hooks, .user_data = token, .attempt_end = fire_after_attempt};
        boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
        options.hooks = &hooks;
        options.api_url = answered ? NULL : "http://127.0.0.1:1"; /* tcpmux: no server listens */
        options.token = answered ? NULL : "x";
        e2e_open(_i, &options);
        emulator_fault(&emulator, "{\"rpc\":\"Whoami\",\"code\":14,\"count\":-1}");
        ck_assert_ptr_null(on->compute_whoami(compute, &call, &error));
        e2e_expect(&error, BOXD_ERR_CANCELLED, "cancel token");
        ck_assert_int_eq((int)error.sent, (int)(answered ? BOXD_SENT_YES : BOXD_SENT_NO));
        e2e_close();
        emulator_clear_faults(&emulator);
        boxd_cancel_token_free(token);
    }
}
END_TEST

/* ---- blocking calls on other threads ---- */

typedef struct blocked {
    boxd_cancel_token *token;
    boxd_error error;
} blocked;

static void *call_blocking(void *data)
{
    blocked *b = data;
    const boxd_call_options call = with(b->token);
    b->error = (boxd_error)BOXD_ERROR_INIT;
    boxd_identity_free(boxd_compute_whoami(compute, &call, &b->error));
    return NULL;
}

START_TEST(blocking_calls)
{
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    blocked calls[THREADS];
    boxd_cancel_token *token = boxd_cancel_token_new();
    e2e_open(_i, NULL);
    hang(THREADS);
    for (int i = 0; i < THREADS; i++) {
        calls[i].token = token;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, call_blocking, &calls[i]), 0);
    }
    wait_until_sent();
    boxd_cancel_token_cancel(token);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        e2e_expect(&calls[i].error, BOXD_ERR_CANCELLED, "cancel token");
    }
    boxd_cancel_token_free(token);
    e2e_close();
}
END_TEST

typedef struct canceller {
    const char *box_id;
    boxd_cancel_token *token;
} canceller;

/* Fires the token once the command has created its file. Uses another client, because the first one is busy.
 */
static void *cancel_when_running(void *data)
{
    const canceller *c = data;
    boxd_compute *own = boxd_compute_open(NULL, NULL);
    boxd_box *box = boxd_box_get(own, c->box_id, NULL, NULL);
    boxd_file_data *made;
    while (!(made = boxd_box_read_file(box, "/tmp/running", NULL, NULL)))
        continue;
    boxd_file_data_free(made);
    boxd_cancel_token_cancel(c->token);
    boxd_box_free(box);
    boxd_compute_close(own);
    return NULL;
}

START_TEST(a_command)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    boxd_cancel_token *token = boxd_cancel_token_new();
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.call.cancel = token;
    boxd_exec_result *result = on->box_exec(box, BOXD_ARGV("true"), &options, &error);
    e2e_ok(result, error);
    boxd_exec_result_free(result);
    ck_assert(!boxd_cancel_token_is_cancelled(token));
    pthread_t thread;
    canceller c = {boxd_box_id(box), token};
    pthread_create(&thread, NULL, cancel_when_running, &c);
    ck_assert_ptr_null(on->box_exec_shell(box, "touch /tmp/running; sleep 1000", &options, &error));
    e2e_expect(&error, BOXD_ERR_CANCELLED, "cancel token");
    pthread_join(thread, NULL);
    ck_assert(boxd_cancel_token_is_cancelled(token));
    ck_assert_ptr_null(on->box_exec(box, BOXD_ARGV("true"), &options, &error)); /* fired before the call */
    e2e_expect(&error, BOXD_ERR_CANCELLED, "cancel token");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    boxd_cancel_token_free(token);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- a descriptor ---- */

START_TEST(a_descriptor)
{
    int ends[2];
    boxd_error error = BOXD_ERROR_INIT;
    e2e_open(_i, NULL);
    for (int closes = 0; closes < 2; closes++) {
        ck_assert_int_eq(pipe(ends), 0);
        boxd_cancel_token *token = boxd_cancel_token_new_for_fd(ends[0]);
        const boxd_call_options call = with(token);
        ck_assert_ptr_nonnull(token);
        boxd_identity *who = on->compute_whoami(compute, &call, &error);
        e2e_ok(who, error);
        boxd_identity_free(who);
        hang(1);
        pthread_t thread;
        blocked waiting = {.token = token};
        ck_assert_int_eq(pthread_create(&thread, NULL, call_blocking, &waiting), 0);
        wait_until_sent();
        if (!closes)
            ck_assert_int_eq((int)write(ends[1], "x", 1), 1);
        close(ends[1]);
        pthread_join(thread, NULL);
        e2e_expect(&waiting.error, BOXD_ERR_CANCELLED, "cancel token");
        ck_assert(boxd_cancel_token_is_cancelled(token));
        boxd_cancel_token_free(token);
        close(ends[0]);
    }
    e2e_close();
}
END_TEST

/* The descriptor never becomes readable; it is not open. */
START_TEST(no_descriptor)
{
    int ends[2], status;
    ck_assert_int_eq(pipe(ends), 0);
    boxd_cancel_token *token = boxd_cancel_token_new_for_fd(ends[0]);
    ck_assert_ptr_nonnull(token);
    const pid_t child = fork();
    if (child == 0) {
        boxd_cancel_token_free(token);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ck_assert(!boxd_cancel_token_is_cancelled(token));
    boxd_cancel_token_free(token);
    close(ends[0]);
    close(ends[1]);
    ck_assert_ptr_null(boxd_cancel_token_new_for_fd(ends[0]));
    ck_assert_int_eq(errno, EBADF);
    ck_assert_ptr_null(boxd_cancel_token_new_for_fd(-1));
}
END_TEST

/* ---- late, early and repeated calls ---- */

START_TEST(after_the_end)
{
    batch f = {0};
    boxd_cancel_token *token = boxd_cancel_token_new();
    emulator_clear_faults(&emulator);
    e2e_open(_i, NULL);
    submit(compute, 20, token, &f);
    callbacks_wait(&f.completed, 20);
    for (int i = 0; i < 2; i++)
        boxd_cancel_token_cancel(token);
    e2e_close();
    boxd_cancel_token_cancel(token); /* a token needs no client */
    ck_assert(boxd_cancel_token_is_cancelled(token));
    boxd_cancel_token_free(token);
    ck_assert_int_eq(f.good, 20);
    ck_assert_int_eq(f.completed, 20);
    boxd_cancel_token_cancel(NULL);
    boxd_cancel_token_free(NULL);
    ck_assert(!boxd_cancel_token_is_cancelled(NULL));
}
END_TEST

/* A token may be freed while calls use it: an unfired one, or one that is fired just before. */
START_TEST(freed_in_flight)
{
    batch kept = {0}, fired = {0};
    e2e_open(_i, NULL);
    emulator_clear_faults(&emulator);
    emulator_fault(&emulator, "{\"rpc\":\"Whoami\",\"delay_ms\":30,\"count\":20}");
    boxd_cancel_token *token = boxd_cancel_token_new();
    submit(compute, 20, token, &kept);
    boxd_cancel_token_free(token);
    callbacks_wait(&kept.completed, 20);
    ck_assert_int_eq(kept.good, 20);
    hang(20);
    token = boxd_cancel_token_new();
    submit(compute, 20, token, &fired);
    fire_and_free(token);
    callbacks_wait(&fired.completed, 20);
    ck_assert_int_eq(fired.cancelled, 20);
    emulator_clear_faults(&emulator);
    e2e_close();
}
END_TEST

/* ---- all at once ---- */

enum { FIRERS = 2, SUBMITTERS = 2, CALLS = 20, ALL_CALLS = SUBMITTERS * CALLS };

typedef struct attempt {
    pthread_barrier_t begin;
    boxd_cancel_token *token;
    batch batch;
} attempt;

static void *fire_at_once(void *data)
{
    attempt *r = data;
    pthread_barrier_wait(&r->begin);
    boxd_cancel_token_cancel(r->token);
    ck_assert(boxd_cancel_token_is_cancelled(r->token));
    return NULL;
}

static void *submit_at_once(void *data)
{
    attempt *r = data;
    pthread_barrier_wait(&r->begin);
    submit(compute, CALLS, r->token, &r->batch);
    return NULL;
}

START_TEST(all_at_once)
{
    enum { ROUNDS = 50, THREADS = FIRERS + SUBMITTERS };
    emulator_clear_faults(&emulator);
    e2e_open(_i, NULL);
    for (int i = 0; i < ROUNDS; i++) {
        pthread_t threads[THREADS];
        attempt r = {.token = boxd_cancel_token_new()};
        pthread_barrier_init(&r.begin, NULL, THREADS);
        for (int k = 0; k < THREADS; k++)
            ck_assert_int_eq(
                pthread_create(&threads[k], NULL, k < FIRERS ? fire_at_once : submit_at_once, &r), 0);
        callbacks_wait(&r.batch.completed, ALL_CALLS);
        for (int k = 0; k < THREADS; k++)
            pthread_join(threads[k], NULL);
        boxd_cancel_token_free(r.token);
        ck_assert_int_eq(r.batch.completed, ALL_CALLS);
        ck_assert_int_eq(r.batch.wrong, 0);
        pthread_barrier_destroy(&r.begin);
    }
    e2e_close();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cancel");
    e2e_add(suite, one_token_for_many);
    e2e_add(suite, inside_a_callback);
    e2e_add(suite, in_a_pause);
    e2e_add(suite, blocking_calls);
    e2e_add(suite, a_command);
    e2e_add(suite, a_descriptor);
    e2e_add_once(suite, no_descriptor);
    e2e_add(suite, after_the_end);
    e2e_add(suite, freed_in_flight);
    e2e_add(suite, all_at_once);
    return e2e_main(suite, NULL);
}
