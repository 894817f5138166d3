/*
 * Deadlines, cancels and closes that strike at each stage of a call: before it has a stream, while the server
 * is silent, in the middle of a message, on a connection that swallows the cancel. Each call ends once, and
 * says about the command only what the server has shown.
 */
#include "fault_case.h"
#include "pending.h"

#include <stdio.h>
#include <unistd.h>

enum { SOON_MS = 700 };

/* A behaviour whose counters no other test uses. */
static const char *own(const char *behaviour)
{
    static char name[64];
    static int count;
    (void)snprintf(name, sizeof name, "%s@%d-%d", behaviour, (int)getpid(), count++);
    return name;
}

static void open_on(int i, const char *port)
{
    on = &SURFACES[i];
    fault_open(port);
}

static boxd_process *start_stream(const char *behaviour)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_process *process = on->box_exec_stream(
        fault_box, BOXD_ARGV("true"),
        BOXD_OPTIONS(boxd_exec_options, .call = *fault_call(behaviour, 0, NULL), .liveness_ms = -1), &error);
    e2e_ok(process, error);
    return process;
}

/* ---- a limit of streams ---- */

static void exec_without_stream(const boxd_call_options *call, boxd_error *error)
{
    ck_assert_ptr_null(
        on->box_exec(fault_box, BOXD_ARGV("true"), BOXD_OPTIONS(boxd_exec_options, .call = *call), error));
    ck_assert_int_eq((int)error->command, (int)BOXD_COMMAND_NOT_STARTED);
}

static void destroy_without_stream(const boxd_call_options *call, boxd_error *error)
{
    on->box_destroy(fault_box, call, error);
}

static void write_without_stream(const boxd_call_options *call, boxd_error *error)
{
    on->box_write_file(fault_box, "file", "x", 1, BOXD_OPTIONS(boxd_file_options, .call = *call), error);
}

/* The server allows two streams, and both are taken: the third call is never sent. */
START_TEST(third_of_two_streams)
{
    static void (*const third[])(const boxd_call_options *, boxd_error *) = {
        exec_without_stream, destroy_without_stream, write_without_stream};
    for (size_t i = 0; i < COUNT(third); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        open_on(_i, "streams-2");
        boxd_box_free(fault_box);
        fault_box = on->box_get(compute, "box", NULL, &error); /* its id is known */
        e2e_ok(fault_box, error);
        const char *silent = own("Exec/silent");
        boxd_process *first = start_stream(silent), *second = start_stream(silent);
        fault_wait_started(silent, 2);
        third[i](fault_call("well", SOON_MS, NULL), &error);
        e2e_expect(&error, BOXD_ERR_TIMEOUT, "stream");
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
        boxd_process_free(first);
        boxd_process_free(second);
        fault_close();
    }
}
END_TEST

/* Once a stream is free, the next call uses it. */
START_TEST(freed_stream)
{
    boxd_error error = BOXD_ERROR_INIT;
    pending waiting = PENDING_INIT;
    open_on(_i, "streams-1");
    const char *silent = own("Exec/silent");
    boxd_process *first = start_stream(silent);
    fault_wait_started(silent, 1);
    boxd_aio_compute_whoami(compute, fault_call("well", 0, NULL), pending_identity, &waiting);
    ck_assert_int_eq(waiting.calls, 0);
    e2e_ok(on->process_close(first, NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)pending_settle(&waiting), (int)BOXD_OK);
    boxd_process_free(first);
    fault_close();
}
END_TEST

/* ---- a cancel ---- */

typedef struct stage {
    const char *behaviour;
    /* The states that are right; KILLED only if the server has seen the cancel. */
    unsigned states;
} stage;

#define STATE(name) (1u << BOXD_COMMAND_##name)

/* A connection that answers another call after the cancel proves that the cancel has arrived. */
static const stage stages[] = {
    {"Exec/silent", STATE(KILLED)},
    {"Exec/silent-after-headers", STATE(KILLED)},
    {"Exec/exec-output-then-silence", STATE(KILLED)},
    {"Exec/message-stalls", STATE(KILLED)},
    {"Exec/exec-output-forever", STATE(KILLED)},
    {"silent", STATE(UNKNOWN)}, /* no call is answered */
    {"mute", STATE(UNKNOWN)},
    {"mute-on-cancel", STATE(UNKNOWN)},
    {"close-on-cancel", STATE(UNKNOWN)},
};

static void check_state(const stage *s, const char *behaviour, const boxd_error *error, int cancelled)
{
    ck_assert_msg(s->states & 1u << error->command, "%s: state %d: %s", behaviour, (int)error->command,
                  error->message);
    ck_assert_msg(error->command != BOXD_COMMAND_KILLED || cancelled > 0,
                  "%s: killed, but the server has not seen the cancel", behaviour);
    ck_assert_msg(error->sent != BOXD_SENT_NO, "%s: it was sent", behaviour);
    ck_assert(!error->retryable);
}

static void start_exec(const char *behaviour, int64_t timeout_ms, boxd_cancel_token *cancel, pending *p)
{
    boxd_aio_box_exec(fault_box, BOXD_ARGV("true"),
                      BOXD_OPTIONS(boxd_exec_options, .call = *fault_call(behaviour, timeout_ms, cancel),
                                   .out = {.mode = BOXD_OUTPUT_DISCARD}, .liveness_ms = -1),
                      pending_exec, p);
}

/* Once the command is started, its token is fired, twice. */
START_TEST(cancelled)
{
    for (size_t i = 0; i < COUNT(stages); i++) {
        pending p = PENDING_INIT;
        boxd_cancel_token *token = boxd_cancel_token_new();
        open_on(_i, "plain");
        const char *behaviour = own(stages[i].behaviour);
        start_exec(behaviour, 0, token, &p);
        fault_wait_started(behaviour, 1);
        boxd_cancel_token_cancel(token);
        boxd_cancel_token_cancel(token);
        ck_assert_int_eq((int)pending_settle(&p), (int)BOXD_ERR_CANCELLED);
        check_state(&stages[i], behaviour, &p.error, fault_cancelled(behaviour));
        boxd_cancel_token_free(token);
        fault_close();
        ck_assert_int_eq(p.calls, 1);
    }
}
END_TEST

/* The process is closed while another call waits for its end: both end. */
START_TEST(closed_process)
{
    for (size_t i = 0; i < COUNT(stages); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        open_on(_i, "plain");
        const char *behaviour = own(stages[i].behaviour);
        boxd_process *process = start_stream(behaviour);
        fault_wait_started(behaviour, 1);
        pending wait = PENDING_INIT;
        boxd_aio_process_result(process, NULL, pending_exec, &wait);
        const boxd_status status = on->process_close(process, NULL, &error);
        ck_assert_msg(status == BOXD_OK, "%s: %s", behaviour, error.message);
        ck_assert_int_eq((int)pending_settle(&wait), (int)BOXD_ERR_CANCELLED);
        check_state(&stages[i], behaviour, &wait.error, fault_cancelled(behaviour));
        boxd_process_free(process);
        fault_close();
        ck_assert_int_eq(wait.calls, 1);
    }
}
END_TEST

/* ---- a close of the client ---- */

START_TEST(closed_client)
{
    pending calls[COUNT(stages)];
    open_on(_i, "plain");
    for (size_t i = 0; i < COUNT(stages); i++) {
        if (strcmp(stages[i].behaviour, "mute") == 0)
            continue; /* it would silence the others' connection */
        calls[i] = (pending)PENDING_INIT;
        const char *behaviour = own(stages[i].behaviour);
        start_exec(behaviour, 0, NULL, &calls[i]);
        fault_wait_started(behaviour, 1);
    }
    fault_close();
    for (size_t i = 0; i < COUNT(stages); i++) {
        if (strcmp(stages[i].behaviour, "mute") == 0)
            continue;
        ck_assert_int_eq(calls[i].calls, 1);
        ck_assert_int_eq((int)calls[i].error.status, (int)BOXD_ERR_CLOSED);
        ck_assert(calls[i].error.command == BOXD_COMMAND_UNKNOWN ||
                  calls[i].error.command == BOXD_COMMAND_KILLED);
    }
}
END_TEST

/* ---- nothing is sent twice ---- */

/* Failures after which the request may have had its effect. A server that refuses a stream (REFUSED_STREAM,
 * or a GOAWAY before it) has not processed the request, and gRPC may send it again. */
static const char *const ambiguous[] = {
    "status-14",
    "status-14-after-headers",
    "status-16",
    "status-2",
    "rst-0",
    "rst-2",
    "rst-8",
    "rst-11",
    "rst-2-after-headers",
    "http-401",
    "http-429",
    "http-503",
    "connection-fin",
    "connection-rst",
    "connection-fin-after-headers",
    "goaway-then-fin",
    "deadline-from-service",
    "end-without-trailers",
    "two-messages-open",
    "status-missing",
    "gzip",
};

static void create_once(const boxd_call_options *call)
{
    boxd_box_free(
        on->box_create(compute, BOXD_OPTIONS(boxd_box_create_options, .call = *call, .name = "new"), NULL));
}

static void get_or_create_once(const boxd_call_options *call)
{
    boxd_box_free(on->box_get_or_create(
        compute, BOXD_OPTIONS(boxd_box_create_options, .call = *call, .name = "new"), NULL, NULL));
}

static void exec_once(const boxd_call_options *call)
{
    boxd_exec_result_free(
        on->box_exec(fault_box, BOXD_ARGV("true"), BOXD_OPTIONS(boxd_exec_options, .call = *call), NULL));
}

static void write_once(const boxd_call_options *call)
{
    on->box_write_file(fault_box, "file", "x", 1, BOXD_OPTIONS(boxd_file_options, .call = *call), NULL);
}

START_TEST(never_sent_twice)
{
    static const struct {
        const char *rpc;
        void (*run)(const boxd_call_options *);
        /* One in so many failures: a call that looks for the box afterwards takes seconds. */
        size_t stride;
    } calls[] = {{"CreateVm", create_once, 1},
                 {"CreateVm", get_or_create_once, COUNT(ambiguous)},
                 {"Exec", exec_once, 1},
                 {"UploadFileStream", write_once, 1}};
    open_on(_i, "plain");
    for (size_t i = 0; i < COUNT(ambiguous); i++)
        for (size_t k = 0; k < COUNT(calls); k++) {
            char behaviour[96];
            if (i % calls[k].stride != 0)
                continue;
            (void)snprintf(behaviour, sizeof behaviour, "%s/%s", calls[k].rpc, own(ambiguous[i]));
            calls[k].run(fault_call(behaviour, 20000, NULL));
            /* Not at all: the connection of the call before was still breaking. */
            ck_assert_msg(fault_started(behaviour) <= 1, "%s: sent %d times", behaviour,
                          fault_started(behaviour));
        }
    fault_close();
}
END_TEST

/* ---- deadlines beside a large message ---- */

/* While the server floods one call, the deadline of another one passes, a cancel ends a third one, and a
 * close ends all. */
START_TEST(beside_a_flood)
{
    pending flood = PENDING_INIT, late = PENDING_INIT, stopped = PENDING_INIT;
    boxd_cancel_token *token = boxd_cancel_token_new();
    open_on(_i, "plain");
    start_exec(own("Exec/exec-output-forever"), 0, NULL, &flood);
    const char *silent = own("Exec/silent");
    start_exec(silent, 0, token, &stopped);
    fault_wait_started(silent, 1);
    start_exec(silent, SOON_MS, NULL, &late);
    ck_assert_int_eq((int)pending_settle(&late), (int)BOXD_ERR_TIMEOUT);
    ck_assert_int_eq(stopped.calls, 0);
    boxd_cancel_token_cancel(token);
    ck_assert_int_eq((int)pending_settle(&stopped), (int)BOXD_ERR_CANCELLED);
    ck_assert_int_eq(flood.calls, 0);
    fault_close();
    ck_assert_int_eq(flood.calls, 1);
    ck_assert_int_eq((int)flood.error.status, (int)BOXD_ERR_CLOSED);
    boxd_cancel_token_free(token);
}
END_TEST

/* ---- a connection that goes away ---- */

/* A command whose connection takes no further calls, and a call on the connection that replaced it. */
static boxd_process *start_on_left_connection(const char *behaviour)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_process *process = start_stream(behaviour);
    fault_wait_started(behaviour, 1);
    boxd_identity_free(on->compute_whoami(compute, fault_call("goaway-then-well", 0, NULL), &error));
    e2e_ok(error.status == BOXD_OK, error);
    boxd_identity_free(on->compute_whoami(compute, fault_call("well", 0, NULL), &error));
    e2e_ok(error.status == BOXD_OK, error);
    return process;
}

/* GOAWAY lets open calls finish, and new calls use another connection. */
START_TEST(goaway_beside_a_stream)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_on(_i, "plain");
    const char *held = own("Exec/exec-exit-when-released");
    boxd_process *process = start_on_left_connection(held);
    fault_release(held);
    boxd_exec_result *result = on->process_result(process, NULL, &error);
    e2e_ok(result, error);
    ck_assert_int_eq(result->exit_code, 3);
    boxd_exec_result_free(result);
    boxd_process_free(process);
    fault_close();
}
END_TEST

/* The connection of a command was left after a GOAWAY, and swallows the cancel. An answer on the connection
 * that replaced it shows nothing about the cancel. */
START_TEST(cancelled_on_another_connection)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_on(_i, "plain");
    const char *held = own("Exec/mute-when-released");
    boxd_process *process = start_on_left_connection(held);
    fault_release(held);
    e2e_ok(on->process_close(process, NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)on->process_wait(process, NULL, NULL, NULL, &error), (int)BOXD_ERR_CANCELLED);
    ck_assert_msg(error.command == BOXD_COMMAND_UNKNOWN, "%s", error.message);
    boxd_process_free(process);
    fault_close();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stages");
    e2e_add(suite, third_of_two_streams);
    e2e_add(suite, freed_stream);
    e2e_add(suite, cancelled);
    e2e_add(suite, closed_process);
    e2e_add(suite, closed_client);
    e2e_add(suite, never_sent_twice);
    e2e_add(suite, beside_a_flood);
    e2e_add(suite, goaway_beside_a_stream);
    e2e_add(suite, cancelled_on_another_connection);
    return fault_main(suite);
}
