/* The log of a box: existing output, following, and the end. */
#include "pending.h"

#include <stdio.h>

static boxd_box *box;

/* The main process of the box: prints what is written to a pipe in the file system of the box. */
static const char *const SPEAKS = "mkfifo /tmp/say 2>/dev/null; exec 3<>/tmp/say; echo begin; echo err >&2; "
                                  "while read x <&3; do echo $x; done";

static void open_box(int i)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box_config config = BOXD_BOX_CONFIG_INIT;
    emulator_clear_faults(&emulator);
    e2e_open(i, NULL);
    config.cmd = BOXD_ARGV("sh", "-c", SPEAKS);
    config.restart_policy = "never";
    box = on->box_create(compute, BOXD_OPTIONS(boxd_box_create_options, .config = &config), &error);
    e2e_ok(box, error);
}

static void close_box(void)
{
    e2e_drop(box);
    e2e_close();
}

static boxd_logs *open_logs(const boxd_box_stream_logs_options *options)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_logs *logs = on->box_stream_logs(box, options, &error);
    e2e_ok(logs, error);
    return logs;
}

static boxd_logs *follow(void)
{
    return open_logs(BOXD_OPTIONS(boxd_box_stream_logs_options, .follow = true));
}

static void say(const char *word)
{
    char line[64];
    (void)snprintf(line, sizeof line, "echo %s >/tmp/say", word);
    e2e_do(box, line);
}

/* Reads exactly `wanted`. Returns false when a read times out first. */
static bool expect_in_time(boxd_logs *logs, const char *wanted)
{
    size_t got = 0;
    while (got < strlen(wanted)) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_chunk *chunk = NULL;
        const boxd_read_status outcome = on->logs_read(logs, NULL, &chunk, &error);
        if (error.status == BOXD_ERR_TIMEOUT)
            return false;
        e2e_ok(outcome != BOXD_READ_ERROR, error);
        ck_assert_msg(chunk, "the end, after %zu of \"%s\"", got, wanted);
        ck_assert_msg(
            chunk->size <= strlen(wanted) - got && memcmp(chunk->data, wanted + got, chunk->size) == 0,
            "got \"%.*s\" after %zu of \"%s\"", (int)chunk->size, (const char *)chunk->data, got, wanted);
        ck_assert_int_eq((int)chunk->stream, (int)BOXD_STDOUT);
        got += chunk->size;
        boxd_chunk_free(chunk);
    }
    return true;
}

static void expect(boxd_logs *logs, const char *wanted)
{
    ck_assert_msg(expect_in_time(logs, wanted), "a timeout, before \"%s\"", wanted);
}

static void expect_end(boxd_logs *logs)
{
    for (int i = 0; i < 2; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_chunk *chunk = NULL;
        const boxd_read_status outcome = on->logs_read(logs, NULL, &chunk, &error);
        e2e_ok(outcome != BOXD_READ_ERROR, error);
        ck_assert_int_eq((int)outcome, (int)BOXD_READ_END);
        ck_assert_ptr_null(chunk);
    }
}

static void expect_failure(boxd_logs *logs, boxd_status status, const char *part)
{
    for (int i = 0; i < 2; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_chunk *chunk = NULL;
        ck_assert_int_eq((int)on->logs_read(logs, NULL, &chunk, &error), (int)BOXD_READ_ERROR);
        ck_assert_ptr_null(chunk);
        e2e_expect(&error, status, part);
        ck_assert_int_eq((int)error.command, (int)BOXD_COMMAND_NONE);
    }
}

START_TEST(existing_log)
{
    open_box(_i);
    boxd_logs *logs = follow();
    expect(logs, "begin\nerr\n");
    boxd_logs_free(logs);
    for (int i = 0; i < 2; i++) {
        logs = open_logs(i == 0 ? NULL : BOXD_OPTIONS(boxd_box_stream_logs_options, .follow = false));
        expect(logs, "begin\nerr\n");
        expect_end(logs);
        boxd_error error = BOXD_ERROR_INIT;
        e2e_ok(on->logs_close(logs, NULL, &error) == BOXD_OK, error); /* no effect */
        expect_end(logs);
        boxd_logs_free(logs);
    }
    close_box();
}
END_TEST

START_TEST(following)
{
    open_box(_i);
    boxd_logs *logs = follow(), *other = follow();
    expect(logs, "begin\nerr\n");
    say("one");
    expect(logs, "one\n");
    say("two");
    expect(logs, "two\n");
    expect(other, "begin\nerr\none\ntwo\n");
    boxd_logs_free(other);
    boxd_logs_free(logs);
    close_box();
}
END_TEST

START_TEST(a_silent_box)
{
    e2e_open(_i, NULL);
    box = e2e_box();
    boxd_logs *logs = open_logs(NULL);
    expect_end(logs);
    boxd_logs_free(logs);
    close_box();
}
END_TEST

/* ---- ended by the program ---- */

START_TEST(reads_that_give_up)
{
    boxd_call_options soon = BOXD_CALL_OPTIONS_INIT, token = BOXD_CALL_OPTIONS_INIT;
    soon.timeout_ms = 30;
    token.cancel = boxd_cancel_token_new();
    open_box(_i);
    boxd_logs *logs = follow();
    expect(logs, "begin\nerr\n");
    for (int i = 0; i < 3; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_chunk *chunk = NULL;
        ck_assert_int_eq((int)on->logs_read(logs, &soon, &chunk, &error), (int)BOXD_READ_ERROR);
        e2e_expect(&error, BOXD_ERR_TIMEOUT, "reading from the log of box ");
        ck_assert(error.retryable);
        pending p = PENDING_INIT;
        boxd_aio_logs_read(logs, &token, pending_chunk, &p);
        boxd_cancel_token_cancel(token.cancel);
        ck_assert_int_eq((int)pending_settle(&p), (int)BOXD_ERR_CANCELLED);
        say("kept");
        expect(logs, "kept\n");
    }
    boxd_logs_free(logs);
    boxd_cancel_token_free(token.cancel);
    close_box();
}
END_TEST

START_TEST(the_whole_log)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box_stream_logs_options options = BOXD_BOX_STREAM_LOGS_OPTIONS_INIT;
    char message[64];
    options.follow = true;
    open_box(_i);
    options.call.timeout_ms = 200;
    boxd_logs *logs = open_logs(&options);
    while (!expect_in_time(logs, "begin\nerr\n")) { /* a slow machine gets a longer deadline */
        ck_assert_int_lt(options.call.timeout_ms, E2E_PATIENCE_MS);
        boxd_logs_free(logs);
        options.call.timeout_ms *= 2;
        logs = open_logs(&options);
    }
    (void)snprintf(message, sizeof message, "did not end within %d ms", (int)options.call.timeout_ms);
    expect_failure(logs, BOXD_ERR_TIMEOUT, "the log of box ");
    expect_failure(logs, BOXD_ERR_TIMEOUT, message);
    boxd_logs_free(logs);

    options.call.timeout_ms = 0;
    options.call.cancel = boxd_cancel_token_new();
    logs = open_logs(&options);
    expect(logs, "begin\nerr\n");
    pending p = PENDING_INIT;
    boxd_aio_logs_read(logs, NULL, pending_chunk, &p);
    boxd_cancel_token_cancel(options.call.cancel);
    ck_assert_int_eq((int)pending_settle(&p), (int)BOXD_ERR_CANCELLED);
    expect_failure(logs, BOXD_ERR_CANCELLED, "token was fired");
    boxd_logs_free(logs);
    ck_assert_ptr_null(on->box_stream_logs(box, &options, &error)); /* fired before the read */
    e2e_expect(&error, BOXD_ERR_CANCELLED, "token");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    boxd_cancel_token_free(options.call.cancel);

    logs = follow();
    expect(logs, "begin\nerr\n");
    pending q = PENDING_INIT;
    boxd_aio_logs_read(logs, NULL, pending_chunk, &q);
    for (int i = 0; i < 2; i++)
        e2e_ok(on->logs_close(logs, NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)pending_settle(&q), (int)BOXD_ERR_CANCELLED);
    expect_failure(logs, BOXD_ERR_CANCELLED, "closed");
    boxd_logs_free(logs);
    close_box();
}
END_TEST

START_TEST(freed_or_closed_in_the_middle)
{
    open_box(_i);
    boxd_logs *logs = follow(), *idle = follow(), *kept = follow();
    expect(kept, "begin\nerr\n"); /* and nothing more */
    expect(logs, "begin\nerr\n");
    pending p = PENDING_INIT, q = PENDING_INIT, second = PENDING_INIT;
    boxd_aio_logs_read(logs, NULL, pending_chunk, &p);
    boxd_aio_logs_read(logs, NULL, pending_chunk, &second);
    ck_assert_int_eq((int)pending_settle(&second), (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_expect(&second.error, BOXD_ERR_FAILED_PRECONDITION, "another read is in progress");
    boxd_logs_free(logs);
    ck_assert_int_eq((int)pending_settle(&p), (int)BOXD_ERR_CANCELLED);
    boxd_aio_box_stream_logs(box, NULL, NULL, NULL); /* without a callback */
    boxd_aio_logs_read(kept, NULL, pending_chunk, &q);
    e2e_close();
    ck_assert_int_eq(q.calls, 1);
    e2e_expect(&q.error, BOXD_ERR_CLOSED, "closed");
    boxd_error error = BOXD_ERROR_INIT;
    boxd_chunk *chunk = NULL;
    ck_assert_int_eq((int)boxd_logs_read(idle, NULL, &chunk, &error), (int)BOXD_READ_ERROR);
    e2e_expect(&error, BOXD_ERR_CLOSED, "closed");
    ck_assert_int_eq((int)boxd_logs_close(idle, NULL, &error), (int)BOXD_ERR_CLOSED);
    boxd_logs_free(kept);
    boxd_logs_free(idle);
    boxd_box_free(box);
}
END_TEST

/* ---- ended by the server ---- */

START_TEST(box_destroyed)
{
    boxd_error error = BOXD_ERROR_INIT;
    for (int silent = 0; silent < 2; silent++) { /* as of a dead box: the library asks for its status */
        open_box(_i);
        if (silent)
            emulator_fault(&emulator,
                           "{\"rpc\":\"StreamLogs\",\"hang\":true,\"after_bytes\":10,\"count\":1}");
        boxd_logs *logs = follow();
        expect(logs, "begin\nerr\n");
        e2e_ok(on->box_destroy(box, NULL, &error) == BOXD_OK, error);
        expect_end(logs);
        boxd_logs_free(logs);
        boxd_box_free(box);
        e2e_close();
    }
}
END_TEST

START_TEST(box_stopped)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_box(_i);
    boxd_logs *logs = follow();
    expect(logs, "begin\nerr\n");
    e2e_ok(on->box_stop(box, NULL, &error) == BOXD_OK, error);
    e2e_ok(on->box_start(box, NULL, &error) == BOXD_OK, error);
    expect(logs, "begin\nerr\n"); /* the log continues with the next start of the box */
    boxd_logs_free(logs);
    close_box();
}
END_TEST

static const struct {
    int code;
    boxd_status status;
    const char *says;
} codes[] = {
    {2, BOXD_ERR_INTERNAL, "because"},
    {5, BOXD_ERR_NOT_FOUND, "because"},
    {7, BOXD_ERR_PERMISSION_DENIED, "because"},
    {8, BOXD_ERR_QUOTA, "because"},
    {9, BOXD_ERR_FAILED_PRECONDITION, "because"},
    {12, BOXD_ERR_UNSUPPORTED, "boxd_box_exec_stream(), for example with `tail -f`"},
    {14, BOXD_ERR_CONNECTION, "because"},
    {16, BOXD_ERR_AUTHENTICATION, "because"},
};

START_TEST(service_refuses)
{
    open_box(_i);
    for (size_t i = 0; i < COUNT(codes); i++) {
        char fault[128];
        (void)snprintf(fault, sizeof fault,
                       "{\"rpc\":\"StreamLogs\",\"code\":%d,\"message\":\"because\",\"count\":9}",
                       codes[i].code);
        emulator_fault(&emulator, fault);
        boxd_logs *logs = open_logs(NULL);
        expect_failure(logs, codes[i].status, codes[i].says);
        expect_failure(logs, codes[i].status, "StreamLogs");
        boxd_logs_free(logs);
        emulator_clear_faults(&emulator);
    }
    close_box();
}
END_TEST

START_TEST(box_by_name)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_box(_i);
    boxd_box *known = box;
    box = boxd_box_from_name(compute, boxd_box_name(known), &error);
    boxd_logs *logs = follow();
    expect(logs, "begin\nerr\n");
    boxd_logs_free(logs);
    boxd_box_free(box);
    box = boxd_box_from_name(compute, "none-such", &error);
    ck_assert_ptr_null(on->box_stream_logs(box, NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "none-such");
    boxd_box_free(box);
    box = known;
    close_box();
}
END_TEST

/* ---- NULL handles; inside a callback ---- */

static const char *const blocking[] = {"boxd_box_stream_logs", "boxd_logs_read", "boxd_logs_close"};

static void call_each(const surface *s, boxd_logs *logs, boxd_box *b, boxd_error *errors)
{
    boxd_chunk *chunk = NULL;
    ck_assert_ptr_null(s->box_stream_logs(b, NULL, errors++));
    ck_assert_int_eq((int)s->logs_read(logs, NULL, &chunk, errors++), (int)BOXD_READ_ERROR);
    s->logs_close(logs, NULL, errors++);
}

START_TEST(null_handles)
{
    boxd_error errors[COUNT(blocking)] = {0};
    e2e_open(_i, NULL);
    call_each(on, NULL, NULL, errors);
    for (size_t i = 0; i < COUNT(errors); i++)
        e2e_refused(errors[i].status, &errors[i], "NULL");
    boxd_logs_free(NULL);
    e2e_close();
}
END_TEST

static void block_inside(boxd_logs *logs, const boxd_error *error, void *data)
{
    boxd_error errors[COUNT(blocking)] = {0};
    e2e_ok(logs, *error);
    call_each(&SURFACES[SURFACE_SYNC], logs, box, errors);
    for (size_t i = 0; i < COUNT(errors); i++)
        e2e_would_deadlock(&errors[i], blocking[i]);
    boxd_logs_free(logs);
    pending_done(BOXD_OK, NULL, data);
}

START_TEST(would_deadlock)
{
    open_box(_i);
    pending p = PENDING_INIT;
    boxd_aio_box_stream_logs(box, NULL, block_inside, &p);
    pending_settle(&p);
    close_box();
}
END_TEST

int main(int argc, char **argv)
{
    if (e2e_list_blocking(argc, argv, blocking, COUNT(blocking)))
        return 0;
    Suite *suite = suite_create("logs");
    e2e_add(suite, existing_log);
    e2e_add(suite, following);
    e2e_add(suite, a_silent_box);
    e2e_add(suite, reads_that_give_up);
    e2e_add(suite, the_whole_log);
    e2e_add(suite, freed_or_closed_in_the_middle);
    e2e_add(suite, box_destroyed);
    e2e_add(suite, box_stopped);
    e2e_add(suite, service_refuses);
    e2e_add(suite, box_by_name);
    e2e_add(suite, null_handles);
    e2e_add(suite, would_deadlock);
    return e2e_main(suite, NULL);
}
