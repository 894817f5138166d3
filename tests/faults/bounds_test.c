/*
 * Responses that would take very much memory: what they do to other calls of the same client. The fault table
 * has the outcome of each of them, and its memory.
 */
#include "e2e.h"
#include "fault_process.h"
#include "memory.h"

#include <boxd/aio.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* How late a deadline, a cancel or a close may be on the slowest machine. The time that one response takes is
 * bounded by a count (steps_are_limited in tests/unit/wire_test.c). Before responses were bounded it
 * was up to nine seconds on a fast one. */
enum { WATCHDOG_MS = 4000 };

static fault_process server;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- usual responses ---- */

/* Streams whose output is not read: each holds gRPC's window of 4 MiB or more, all of them more than a
 * connection may hold without calls, and none is ended for that. */
START_TEST(unread_streams_fit)
{
    enum { UNREAD = 24, SIZE = 8 * 1024 * 1024 };
    boxd_process *streams[UNREAD];
    boxd_error error = BOXD_ERROR_INIT;
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    for (size_t i = 0; i < UNREAD; i++) {
        streams[i] = on->box_exec_shell_stream(box, "head -c 8388608 /dev/zero", NULL, &error);
        e2e_ok(streams[i], error);
    }
    boxd_exec_result_free(e2e_run(box, "head -c 20000000 /dev/zero"));
    for (size_t i = 0; i < UNREAD; i++) {
        uint64_t size = 0;
        boxd_chunk *chunk = NULL;
        while (on->process_read(streams[i], NULL, &chunk, &error) == BOXD_READ_DATA) {
            size += chunk->size;
            boxd_chunk_free(chunk);
        }
        e2e_ok(on->process_wait(streams[i], NULL, NULL, NULL, &error) == BOXD_OK, error);
        ck_assert_uint_eq(size, SIZE);
        boxd_process_free(streams[i]);
    }
    ck_assert_int_eq(e2e_connections(), 1);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- responses without a bound ---- */

typedef struct running_call {
    boxd_call_options call;
    char behaviour[64];
    const char *metadata[2];
    /* Cancelled when the call ends; or NULL. */
    boxd_cancel_token *cancels;
    boxd_status status;
    /* When the call should end, and when it has ended. */
    int64_t due_ms, ended_ms;
} running_call;

static atomic_int ended;

static void on_boxes(boxd_boxes *boxes, const boxd_error *error, void *user_data)
{
    running_call *c = user_data;
    boxd_boxes_free(boxes);
    c->status = error ? error->status : BOXD_OK;
    c->ended_ms = now_ms();
    if (c->cancels)
        boxd_cancel_token_cancel(c->cancels);
    callbacks_count(&ended);
}

/* Lists boxes, with a response of this behaviour. */
static void start(running_call *c, const char *behaviour, int64_t timeout_ms, boxd_cancel_token *cancel)
{
    *c = (running_call){.call = BOXD_CALL_OPTIONS_INIT, .cancels = c->cancels};
    (void)snprintf(c->behaviour, sizeof c->behaviour, "x-behaviour=%s", behaviour);
    c->metadata[0] = c->behaviour;
    c->call.timeout_ms = timeout_ms;
    c->call.cancel = cancel;
    c->call.metadata = c->metadata;
    c->due_ms = now_ms() + timeout_ms;
    boxd_aio_box_list(compute, &c->call, on_boxes, c);
}

static const char *const large_responses[] = {"message-3g", "gzip-bomb", "empty-items-6m"};

enum { LARGE = (int)COUNT(large_responses) };

static void start_large(running_call *calls)
{
    for (size_t i = 0; i < LARGE; i++)
        start(&calls[i], large_responses[i], E2E_PATIENCE_MS, NULL);
}

static void open_options(int i, boxd_compute_options *options)
{
    static char url[64];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", fault_port_of(&server, "plain"));
    options->api_url = url;
    options->token = "token";
    e2e_open(i, options);
    atomic_store(&ended, 0);
}

static void open_client(int i, int32_t calls_on_connection)
{
    open_options(i, BOXD_OPTIONS(boxd_compute_options, .max_streams_per_connection = calls_on_connection));
}

/* Each call has a connection of its own: gRPC ends all calls of a connection that receives too much. */
static void open_separate(int i)
{
    open_client(i, 1);
}

static void expect_in_time(const running_call *c, boxd_status status)
{
    ck_assert_int_eq((int)c->status, (int)status);
    ck_assert_int_lt(c->ended_ms - c->due_ms, WATCHDOG_MS);
}

START_TEST(deadlines_are_not_late)
{
    enum { DEADLINES = 5, STEP_MS = 100 };
    running_call large[LARGE] = {0}, late[DEADLINES] = {0};
    open_separate(_i);
    start_large(large);
    for (int i = 0; i < DEADLINES; i++)
        start(&late[i], "silent", (int64_t)STEP_MS * (i + 1), NULL);
    callbacks_wait(&ended, DEADLINES + LARGE);
    for (int i = 0; i < LARGE; i++)
        ck_assert_msg(large[i].status == BOXD_ERR_TOO_LARGE || large[i].status == BOXD_ERR_PROTOCOL, "%s: %s",
                      large_responses[i], boxd_status_name(large[i].status));
    for (int i = 0; i < DEADLINES; i++)
        expect_in_time(&late[i], BOXD_ERR_TIMEOUT);
    e2e_close();
}
END_TEST

/* Waits until the server sends the first of the large responses once more than `before`. */
static int wait_for_large(int before)
{
    int count = 0;
    (void)sscanf(fault_command(&server, "wait started %s %d", large_responses[0], before + 1), "count %d",
                 &count);
    ck_assert_int_gt(count, before);
    return count;
}

START_TEST(a_cancel_and_a_close_are_not_late)
{
    running_call large[2 * LARGE] = {0}, cancelled = {0};
    int begun = 0;
    boxd_cancel_token *token = boxd_cancel_token_new();
    (void)sscanf(fault_command(&server, "started %s", large_responses[0]), "count %d", &begun);
    open_separate(_i);
    start(&cancelled, "silent", BOXD_NO_TIMEOUT, token);
    start_large(large);
    begun = wait_for_large(begun);
    cancelled.due_ms = now_ms();
    boxd_cancel_token_cancel(token);
    callbacks_wait(&ended, 1 + LARGE);
    expect_in_time(&cancelled, BOXD_ERR_CANCELLED);
    start_large(large + LARGE);
    wait_for_large(begun);
    const int64_t closed_ms = now_ms();
    e2e_close();
    ck_assert_int_lt(now_ms() - closed_ms, WATCHDOG_MS);
    boxd_cancel_token_free(token);
}
END_TEST

/* The memory of a connection that other calls share is not added up for one response. */
START_TEST(other_calls_give_no_memory)
{
    enum { SILENT = 99, BOUND_MIB = 300 };
    static running_call silent[SILENT];
    running_call large = {0};
    open_client(_i, SILENT + 1);
    boxd_cancel_token *token = boxd_cancel_token_new();
    const long before = memory_reset_peak();
    for (int i = 0; i < SILENT; i++)
        start(&silent[i], "silent", BOXD_NO_TIMEOUT, token);
    large.cancels = token;
    start(&large, "message-3g", E2E_PATIENCE_MS, NULL);
    callbacks_wait(&ended, SILENT + 1);
    ck_assert_int_eq((int)large.status, (int)BOXD_ERR_TOO_LARGE);
    for (int i = 0; i < SILENT; i++)
        ck_assert_msg(silent[i].status == BOXD_ERR_TOO_LARGE || silent[i].status == BOXD_ERR_CANCELLED, "%s",
                      boxd_status_name(silent[i].status));
    const long mib = (memory_peak() - before) >> 20;
    ck_assert_msg(!MEMORY_IS_MEASURED || mib < BOUND_MIB, "%ld MiB", mib);
    e2e_close();
    boxd_cancel_token_free(token);
}
END_TEST

typedef struct running_read {
    boxd_file_options options;
    const char *metadata[2];
    uint64_t size;
    boxd_error error;
} running_read;

static void on_file(boxd_file_data *data, const boxd_error *error, void *user_data)
{
    running_read *r = user_data;
    r->size = data ? data->content.size : 0;
    if (error)
        r->error = *error;
    boxd_file_data_free(data);
    callbacks_count(&ended);
}

/* Responses of nearly 64 MiB at the same time: the calls that share a connection all end well. */
START_TEST(large_responses_fit)
{
    enum { READS = 3, CONNECTIONS = 2, SIZE = 63 * 1024 * 1024 };
    running_read reads[READS];
    boxd_error error = BOXD_ERROR_INIT;
    open_client(_i, 100);
    boxd_box *box = boxd_box_from_name(compute, "box", &error);
    e2e_ok(box, error);
    for (int i = 0; i < READS; i++) {
        reads[i] =
            (running_read){.options = BOXD_FILE_OPTIONS_INIT,
                           .metadata = {"x-behaviour=DownloadFileStream/status-12,DownloadFile/file-63m"},
                           .error = BOXD_ERROR_INIT};
        reads[i].options.call.metadata = reads[i].metadata;
        boxd_aio_box_read_file(box, "file", &reads[i].options, on_file, &reads[i]);
    }
    callbacks_wait(&ended, READS);
    for (int i = 0; i < READS; i++)
        ck_assert_msg(reads[i].size == SIZE, "%s", reads[i].error.message);
    boxd_counters counters = BOXD_COUNTERS_INIT;
    boxd_compute_get_counters(compute, &counters);
    ck_assert_uint_eq(counters.connections, CONNECTIONS);
    boxd_box_free(box);
    e2e_close();
}
END_TEST

/* What the server may send before the program reads: it limits the speed over a long path, and the memory. */
START_TEST(windows)
{
    enum { SMALL = 65535, LARGE_LEAST = 3 * 1024 * 1024, LARGE_MOST = 32 * 1024 * 1024 };
    static const char *const metadata[] = {"x-behaviour=Exec/window", NULL};
    for (int small = 0; small < 2; small++) {
        boxd_error error = BOXD_ERROR_INIT;
        open_options(_i, BOXD_OPTIONS(boxd_compute_options, .small_windows = small));
        boxd_box *box = boxd_box_from_name(compute, "box", &error);
        boxd_exec_result *result = on->box_exec(
            box, BOXD_ARGV("true"), BOXD_OPTIONS(boxd_exec_options, .call = {.metadata = metadata}), &error);
        e2e_ok(result, error);
        const long window = strtol(result->out.data, NULL, 10);
        ck_assert_msg(small ? window == SMALL : window >= LARGE_LEAST && window <= LARGE_MOST, "%ld bytes",
                      window);
        boxd_exec_result_free(result);
        boxd_box_free(box);
        e2e_close();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bounds");
    e2e_add(suite, windows);
    e2e_add(suite, unread_streams_fit);
    e2e_add(suite, deadlines_are_not_late);
    e2e_add(suite, large_responses_fit);
    e2e_add(suite, other_calls_give_no_memory);
    e2e_add(suite, a_cancel_and_a_close_are_not_late);
    fault_start(&server, "server.py", NULL);
    const int status = e2e_main(suite, NULL);
    fault_stop(&server);
    return status;
}
