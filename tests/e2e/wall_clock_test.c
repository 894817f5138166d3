/*
 * Steps of the wall clock (a day forward, a day back, and to the right time) during calls: no call ends
 * early or late because of them.
 */
#include "process_case.h"
#include "wall_clock.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

enum { DAY_S = 86400, SOON_MS = 100 };

static const int64_t steps[] = {DAY_S, -DAY_S, 0};

static void step(int64_t seconds)
{
    wall_clock_step(seconds);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    const int64_t away = (int64_t)time(NULL) - (int64_t)now.tv_sec;
    ck_assert(away == 0 || away == 1);
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void hang(int count)
{
    char fault[80];
    (void)snprintf(fault, sizeof fault, "{\"rpc\":\"Whoami\",\"hang\":true,\"count\":%d}", count);
    emulator_clear_faults(&emulator);
    emulator_fault(&emulator, fault);
}

static void on_whoami(boxd_identity *who, const boxd_error *error, void *data)
{
    boxd_identity_free(who);
    pending_done(error ? error->status : BOXD_OK, error, data);
}

static void start(pending *p, int64_t timeout_ms, boxd_cancel_token *token)
{
    const boxd_call_options call = {.size = sizeof call, .timeout_ms = timeout_ms, .cancel = token};
    *p = (pending)PENDING_INIT;
    boxd_aio_compute_whoami(compute, &call, on_whoami, p);
}

/* ---- the libraries read this clock ---- */

START_TEST(every_library_reads_it)
{
    const time_t before = time(NULL);
    long reads = wall_clock_reads(NULL);
    step(DAY_S);
    ck_assert_int_ge(time(NULL), before + DAY_S);
    ck_assert_int_gt(wall_clock_reads(NULL), reads);
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_identity *who = on->compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
    ck_assert_int_gt(wall_clock_reads("libboxd-async"), 0); /* the lifetime of a token */
    ck_assert_int_gt(wall_clock_reads("libgpr") + wall_clock_reads("libgrpc") + wall_clock_reads("libabsl"),
                     0);
    const bool has_old_curl = curl_version_info(CURLVERSION_NOW)->version_num < 0x080000;
    ck_assert_int_ge(wall_clock_reads("libcurl"), has_old_curl); /* newer ones have no use for it */
    e2e_close();
}
END_TEST

/* ---- calls ---- */

/* Three calls are not answered: the one with the near deadline ends, neither early nor never; those with a
 * distant deadline and without one continue. */
START_TEST(deadlines)
{
    pending far, none, soon, next;
    boxd_cancel_token *token = boxd_cancel_token_new();
    e2e_open(_i, NULL);
    hang(2 + 2 * (int)COUNT(steps));
    start(&far, 3600000, token);
    start(&none, BOXD_NO_TIMEOUT, token);
    for (size_t i = 0; i < COUNT(steps); i++) {
        const int64_t begin = now_ms();
        start(&soon, SOON_MS, NULL); /* before the step, and after it */
        step(steps[i]);
        start(&next, SOON_MS, NULL);
        ck_assert_int_eq((int)pending_settle(&soon), (int)BOXD_ERR_TIMEOUT);
        ck_assert_int_ge(now_ms() - begin, SOON_MS);
        ck_assert_int_eq((int)pending_settle(&next), (int)BOXD_ERR_TIMEOUT);
        ck_assert(far.calls == 0 && none.calls == 0);
    }
    boxd_cancel_token_cancel(token);
    ck_assert_int_eq((int)pending_settle(&far), (int)BOXD_ERR_CANCELLED);
    ck_assert_int_eq((int)pending_settle(&none), (int)BOXD_ERR_CANCELLED);
    boxd_cancel_token_free(token);
    emulator_clear_faults(&emulator);
    e2e_close();
}
END_TEST

/* A slow call is in flight during the steps, and is answered. */
START_TEST(without_deadline)
{
    process_open_box(_i);
    for (size_t i = 0; i < COUNT(steps); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        pending whole = PENDING_INIT;
        boxd_aio_box_exec_shell(process_box, "until [ -e go ]; do sleep 0.02; done; rm go", NULL,
                                pending_exec, &whole);
        step(steps[i]);
        e2e_ok(on->box_write_text(process_box, "other", "x", NULL, &error) == BOXD_OK, error);
        ck_assert_int_eq(whole.calls, 0);
        e2e_ok(on->box_write_text(process_box, "go", "x", NULL, &error) == BOXD_OK, error);
        e2e_ok(pending_settle(&whole) == BOXD_OK, whole.error);
        boxd_exec_result_free(whole.result);
    }
    process_close_box();
}
END_TEST

/* ---- tokens ---- */

/* The library gets a new token when the old one is refused, whatever the clock said when each was issued. */
START_TEST(fresh_tokens)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_open(_i, NULL);
    for (size_t i = 0; i < 2 * COUNT(steps); i++) {
        step(steps[i % COUNT(steps)]);
        free(emulator_control(&emulator, "DELETE", "log", NULL));
        for (int k = 0; k < 3; k++) {
            free(emulator_control(&emulator, "POST", "tokens/expire-all", NULL));
            boxd_identity *who = on->compute_whoami(compute, NULL, &error);
            e2e_ok(who, error);
            boxd_identity_free(who);
        }
        ck_assert_int_ge(emulator_count_calls(&emulator, "POST /api/v1/auth/token", 3), 3);
    }
    e2e_close();
}
END_TEST

/* ---- waits ---- */

typedef struct waiting {
    boxd_process *process;
    boxd_error error;
    int exit_code;
} waiting;

static void *wait_blocking(void *data)
{
    waiting *w = data;
    boxd_process_wait(w->process, NULL, &w->exit_code, NULL, &w->error);
    return NULL;
}

/* A thread in a blocking wait. */
START_TEST(blocking_wait)
{
    pthread_t thread;
    process_open_box(_i);
    waiting w = {process_run("read x; exit 7", NULL), BOXD_ERROR_INIT, -1};
    ck_assert_int_eq(pthread_create(&thread, NULL, wait_blocking, &w), 0);
    for (size_t i = 0; i < COUNT(steps); i++) {
        const boxd_call_options soon = process_soon(SOON_MS);
        boxd_error error = BOXD_ERROR_INIT;
        const int64_t begin = now_ms();
        step(steps[i]);
        ck_assert_int_eq((int)boxd_process_wait(w.process, &soon, NULL, NULL, &error), (int)BOXD_ERR_TIMEOUT);
        ck_assert_int_ge(now_ms() - begin, SOON_MS);
    }
    process_send(w.process, "x\n");
    pthread_join(thread, NULL);
    e2e_ok(w.error.status == BOXD_OK, w.error);
    ck_assert_int_eq(w.exit_code, 7);
    process_finish(w.process);
}
END_TEST

START_TEST(reads)
{
    process_open_box(_i);
    boxd_process *p = process_start("cat", NULL);
    for (size_t i = 0; i < COUNT(steps); i++) {
        const boxd_call_options soon = process_soon(SOON_MS);
        boxd_error error = BOXD_ERROR_INIT;
        pending read = PENDING_INIT;
        const int64_t begin = now_ms();
        boxd_aio_process_read(p, &soon, pending_chunk, &read);
        step(steps[i]);
        ck_assert_int_eq((int)pending_settle(&read), (int)BOXD_ERR_TIMEOUT);
        ck_assert_int_ge(now_ms() - begin, SOON_MS);
        read = (pending)PENDING_INIT;
        boxd_aio_process_read(p, NULL, pending_chunk, &read);
        step(steps[(i + 1) % COUNT(steps)]);
        e2e_ok(on->process_write(p, "x", 1, NULL, &error) == BOXD_OK, error);
        e2e_ok(pending_settle(&read) == BOXD_OK, read.error);
        boxd_chunk_free(read.result);
    }
    process_send_eof(p);
    process_expect_exit(p, 0);
    process_finish(p);
}
END_TEST

/* ---- connections ---- */

/* The port in a URL, for an option. */
static const char *port_of(const char *url, char *port)
{
    (void)snprintf(port, 16, "%d", atoi(strrchr(url, ':') + 1));
    return port;
}

static bool ask(boxd_error *error)
{
    boxd_identity *who = on->compute_whoami(compute, NULL, error);
    boxd_identity_free(who);
    return who != NULL;
}

/* The clock is set back by a day while no server runs: the client still finds the next server. */
START_TEST(server_comes_back)
{
    emulator_process own;
    char port[16], http_port[16];
    boxd_error error = BOXD_ERROR_INIT;
    wall_clock_step(DAY_S);
    compute = e2e_open_own(SURFACE_SYNC, &own, (const char *const[]){"--api-key", "aKeyOfBothServers", NULL});
    e2e_ok(ask(&error), error);
    emulator_kill(&own);
    ck_assert(!ask(&error));
    wall_clock_step(0);
    const char *const again[] = {
        "--port",    port_of(own.api_url, port), "--http-port", port_of(own.control_url, http_port),
        "--api-key", "aKeyOfBothServers",        NULL};
    emulator_start(&own, again);
    bool found = false;
    for (int i = 0; i < 60 && !found; i++) /* each client has pauses of its own */
        found = ask(&error);
    e2e_ok(found, error);
    e2e_close();
    emulator_stop(&own);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("wall_clock");
    e2e_add(suite, every_library_reads_it);
    e2e_add(suite, deadlines);
    e2e_add(suite, without_deadline);
    e2e_add(suite, fresh_tokens);
    e2e_add(suite, blocking_wait);
    e2e_add(suite, reads);
    e2e_add_once(suite, server_comes_back);
    return e2e_main(suite, NULL);
}
