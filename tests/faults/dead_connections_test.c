/*
 * Connections that die without a FIN or a RST: a proxy between the client and the emulator swallows the bytes
 * of its connections, and forwards those of later ones.
 */
#include "e2e.h"
#include "fault_process.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Longer than the least silence that the library counts, if the machine is not slow to start a call. */
enum { SHORT_MS = 250 };

/* Longer than a busy machine keeps the output of a box waiting. */
enum { LONG_MS = 3000 };

static fault_process proxy;

/* How often the library has left a connection. */
static atomic_int left;

static void on_log(boxd_log_level level, const char *line, void *user_data)
{
    (void)user_data;
    if (level == BOXD_LOG_WARNING && strstr(line, "no response was received"))
        atomic_fetch_add(&left, 1);
}

static void open_through_proxy(int i)
{
    char url[64];
    const char *const arguments[] = {strrchr(emulator.api_url, ':') + 1, NULL};
    fault_start(&proxy, "swallow.py", arguments);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", fault_port_of(&proxy, "proxy"));
    atomic_store(&left, 0);
    boxd_hooks hooks = BOXD_HOOKS_INIT;
    hooks.log = on_log;
    e2e_open(i, BOXD_OPTIONS(boxd_compute_options, .api_url = url, .exchange_url = emulator.exchange_url,
                             .api_key = emulator.api_key, .hooks = &hooks));
}

static void close_through_proxy(void)
{
    e2e_close();
    fault_stop(&proxy);
}

static boxd_status whoami(int64_t timeout_ms, boxd_error *error)
{
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    call.timeout_ms = timeout_ms;
    boxd_identity *identity = on->compute_whoami(compute, &call, error);
    boxd_identity_free(identity);
    return identity ? BOXD_OK : error->status;
}

static void call_succeeds(void)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(whoami(0, &error) == BOXD_OK, error);
}

static void call_times_out(int64_t timeout_ms)
{
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_int_eq((int)whoami(timeout_ms, &error), (int)BOXD_ERR_TIMEOUT);
}

/* Calls on a dead connection until the library leaves it: once, unless the machine is slow. */
static void calls_time_out(void)
{
    const int before = atomic_load(&left);
    while (atomic_load(&left) == before)
        call_times_out(SHORT_MS);
}

/* Waits until the proxy's counts are these. */
static void wait_for_count(const char *count)
{
    for (int ms = 0; strcmp(fault_command(&proxy, "count"), count) != 0; ms += 10) {
        ck_assert_msg(ms < E2E_PATIENCE_MS, "%s, not %s", proxy.answer, count);
        usleep(10000);
    }
}

/* Waits until as many connections are open, and none of them is dead. */
static void wait_for_count_of_open(int wanted)
{
    int total, open = -1, dead = -1;
    for (int ms = 0; open != wanted || dead != 0; ms += 10) {
        ck_assert_msg(ms < E2E_PATIENCE_MS, "%s", proxy.answer);
        ck_assert_int_eq(
            sscanf(fault_command(&proxy, "count"), "total %d open %d swallowing %d", &total, &open, &dead),
            3);
        usleep(10000);
    }
}

START_TEST(the_next_call_uses_another_connection)
{
    open_through_proxy(_i);
    call_succeeds();
    for (int dead = 1; dead <= 2; dead++) {
        char count[64];
        ck_assert_str_eq(fault_command(&proxy, "swallow"), "ok 1");
        calls_time_out();
        call_succeeds();
        call_succeeds();
        (void)snprintf(count, sizeof count, "total %d open 1 swallowing 0", dead + 1);
        wait_for_count(count); /* the dead connection was closed */
    }
    close_through_proxy();
}
END_TEST

/* ---- calls without a response ---- */

static void fail_list(boxd_box *box)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    call.timeout_ms = SHORT_MS;
    (void)box;
    boxd_boxes_free(on->box_list(compute, &call, &error));
}

static void fail_wait(boxd_box *box)
{
    boxd_error error = BOXD_ERROR_INIT;
    on->box_wait_until_ready(
        box, BOXD_OPTIONS(boxd_box_wait_until_ready_options, .call.timeout_ms = SHORT_MS), &error);
}

static void fail_get_or_create(boxd_box *box)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box_free(on->box_get_or_create(
        compute,
        BOXD_OPTIONS(boxd_box_create_options, .call.timeout_ms = SHORT_MS, .name = boxd_box_name(box)), NULL,
        &error));
}

/* The call waits for the id of the box. */
static void fail_by_name(boxd_box *box)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    call.timeout_ms = SHORT_MS;
    boxd_box *named = boxd_box_from_name(compute, boxd_box_name(box), &error);
    e2e_ok(named, error);
    on->box_start(named, &call, &error);
    boxd_box_free(named);
}

static void fail_exec(boxd_box *box)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_result_free(on->box_exec(box, BOXD_ARGV("true"),
                                       BOXD_OPTIONS(boxd_exec_options, .call.timeout_ms = SHORT_MS), &error));
}

static void on_cancelled(boxd_identity *identity, const boxd_error *error, void *user_data)
{
    (void)error;
    boxd_identity_free(identity);
    callbacks_count(user_data);
}

static void fail_by_cancel(boxd_box *box)
{
    atomic_int ended = 0;
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    (void)box;
    call.cancel = boxd_cancel_token_new();
    boxd_aio_compute_whoami(compute, &call, on_cancelled, &ended);
    usleep(SHORT_MS * 1000); /* the time that the call waits without a response */
    boxd_cancel_token_cancel(call.cancel);
    callbacks_wait(&ended, 1);
    boxd_cancel_token_free(call.cancel);
}

/* Whatever waits, and whatever ends the wait. */
START_TEST(each_kind_of_call_leaves)
{
    static void (*const kinds[])(boxd_box * box) = {fail_list,    fail_wait, fail_get_or_create,
                                                    fail_by_name, fail_exec, fail_by_cancel};
    open_through_proxy(_i);
    boxd_box *box = e2e_box();
    for (size_t i = 0; i < COUNT(kinds); i++) {
        const int before = atomic_load(&left);
        const time_t since = time(NULL);
        ck_assert_str_eq(fault_command(&proxy, "swallow"), "ok 1");
        while (atomic_load(&left) == before) {
            ck_assert_msg(time(NULL) - since < E2E_PATIENCE_MS / 1000, "kind %zu stays", i);
            kinds[i](box);
        }
        call_succeeds();
        wait_for_count_of_open(1);
    }
    e2e_drop(box);
    close_through_proxy();
}
END_TEST

/* The stream keeps its connection, and the connection is closed with it. */
START_TEST(a_stream_stays)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_through_proxy(_i);
    boxd_box *box = e2e_box();
    boxd_process *cat = on->box_exec_stream(box, BOXD_ARGV("cat"), NULL, &error);
    e2e_ok(cat, error);
    ck_assert_str_eq(fault_command(&proxy, "swallow"), "ok 1");
    calls_time_out();
    call_succeeds();
    wait_for_count("total 2 open 2 swallowing 1");
    boxd_process_free(cat);
    wait_for_count("total 2 open 1 swallowing 0");
    e2e_drop(box);
    close_through_proxy();
}
END_TEST

/* The connection only stalls: once something is received over it, it is used again, and the other one, which
 * was opened meanwhile, is kept in reserve. */
START_TEST(a_connection_comes_back)
{
    char line[8];
    size_t size = 0;
    boxd_error error = BOXD_ERROR_INIT;
    open_through_proxy(_i);
    boxd_box *box = e2e_box();
    boxd_process *cat = on->box_exec_stream(box, BOXD_ARGV("cat"), NULL, &error);
    e2e_ok(cat, error);
    ck_assert_str_eq(fault_command(&proxy, "stall"), "ok 1");
    calls_time_out();
    call_succeeds();
    e2e_ok(on->process_write(cat, "hello", 5, NULL, &error) == BOXD_OK, error);
    ck_assert_str_eq(fault_command(&proxy, "resume"), "ok 2");
    while (size < 5) {
        boxd_chunk *chunk = NULL;
        ck_assert_int_eq((int)on->process_read(cat, NULL, &chunk, &error), (int)BOXD_READ_DATA);
        ck_assert_uint_le(size + chunk->size, 5);
        memcpy(line + size, chunk->data, chunk->size);
        size += chunk->size;
        boxd_chunk_free(chunk);
    }
    ck_assert_int_eq(memcmp(line, "hello", 5), 0);
    ck_assert_str_eq(fault_command(&proxy, "swallow"), "ok 2");
    calls_time_out();
    /* The call has used the connection of the stream: the other one would be closed. */
    wait_for_count("total 2 open 2 swallowing 2");
    boxd_process_free(cat);
    close_through_proxy();
    boxd_box_free(box);
}
END_TEST

/* A server that does not answer a call in time, but sends something else, has a living connection. The output
 * comes from the shell alone: on a busy machine a process for each line takes too long. */
START_TEST(a_slow_call_is_no_dead_connection)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_through_proxy(_i);
    boxd_box *box = e2e_box();
    boxd_process *writer = on->box_exec_shell_stream(
        box, "while :; do echo x; done",
        BOXD_OPTIONS(boxd_exec_options, .out = {.mode = BOXD_OUTPUT_DISCARD}), &error);
    e2e_ok(writer, error);
    emulator_fault(&emulator, "{\"rpc\":\"Whoami\",\"hang\":true,\"count\":2}");
    call_times_out(LONG_MS);
    call_times_out(LONG_MS);
    call_succeeds();
    ck_assert_int_eq(atomic_load(&left), 0);
    wait_for_count("total 1 open 1 swallowing 0");
    boxd_process_free(writer);
    e2e_drop(box);
    close_through_proxy();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dead_connections");
    e2e_add(suite, the_next_call_uses_another_connection);
    e2e_add(suite, each_kind_of_call_leaves);
    e2e_add(suite, a_stream_stays);
    e2e_add(suite, a_connection_comes_back);
    e2e_add_once(suite, a_slow_call_is_no_dead_connection);
    return e2e_main(suite, NULL);
}
