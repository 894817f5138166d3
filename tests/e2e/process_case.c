/* Helpers of the tests that work on a running command: writing, reading, waiting. */
#include "process_case.h"

#include "exec_case.h"

#include <stdio.h>

boxd_box *process_box;

void process_open_box(int i)
{
    process_open_box_with(i, NULL);
}

void process_open_box_with(int i, const boxd_compute_options *options)
{
    emulator_clear_faults(&emulator);
    e2e_open(i, options);
    process_box = e2e_box();
}

void process_close_box(void)
{
    e2e_drop(process_box);
    e2e_close();
}

boxd_process *process_start(const char *line, const boxd_exec_options *options)
{
    return exec_start(process_box, line, options);
}

boxd_process *process_run(const char *line, const boxd_exec_options *options)
{
    char whole[512];
    (void)snprintf(whole, sizeof whole, "printf go; %s", line);
    boxd_process *p = process_start(whole, options);
    process_expect(p, on->process_read, "go");
    return p;
}

void process_send(boxd_process *p, const char *text)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(on->process_write(p, text, strlen(text), NULL, &error) == BOXD_OK, error);
}

void process_send_eof(boxd_process *p)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(on->process_write_eof(p, NULL, &error) == BOXD_OK, error);
}

void process_expect(boxd_process *p, process_reader read, const char *wanted)
{
    const size_t size = strlen(wanted);
    size_t got = 0;
    while (got < size) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_chunk *chunk = NULL;
        e2e_ok(read(p, NULL, &chunk, &error) != BOXD_READ_ERROR, error);
        ck_assert_msg(chunk, "the end, after %zu of \"%s\"", got, wanted);
        ck_assert_msg(chunk->size <= size - got && memcmp(chunk->data, wanted + got, chunk->size) == 0,
                      "got \"%.*s\" after %zu of \"%s\"", (int)chunk->size, (const char *)chunk->data, got,
                      wanted);
        got += chunk->size;
        boxd_chunk_free(chunk);
    }
}

size_t process_drain(boxd_process *p, process_reader read)
{
    size_t size = 0;
    for (;;) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_chunk *chunk = NULL;
        const boxd_read_status outcome = read(p, NULL, &chunk, &error);
        e2e_ok(outcome != BOXD_READ_ERROR, error);
        if (outcome == BOXD_READ_END)
            return size;
        size += chunk->size;
        boxd_chunk_free(chunk);
    }
}

void process_expect_exit(boxd_process *p, int code)
{
    boxd_error error = BOXD_ERROR_INIT;
    int exit_code = -1;
    e2e_ok(on->process_wait(p, NULL, &exit_code, NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq(exit_code, code);
    ck_assert_uint_eq(process_drain(p, on->process_read), 0);
}

void process_expect_failure(boxd_process *p, boxd_status status, const char *part, boxd_command_state command)
{
    for (int i = 0; i < 2; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_chunk *chunk = NULL;
        ck_assert_int_eq((int)on->process_read(p, NULL, &chunk, &error), (int)BOXD_READ_ERROR);
        ck_assert_ptr_null(chunk);
        e2e_expect(&error, status, part);
        error = (boxd_error)BOXD_ERROR_INIT;
        ck_assert_int_eq((int)on->process_wait(p, NULL, NULL, NULL, &error), (int)status);
        e2e_expect(&error, status, part);
        ck_assert_msg(error.command == command, "command is %d: %s", (int)error.command, error.message);
        ck_assert_ptr_null(on->process_result(p, NULL, &error));
        e2e_expect(&error, status, part);
    }
}

boxd_call_options process_soon(int64_t timeout_ms)
{
    return (boxd_call_options){.size = sizeof(boxd_call_options), .timeout_ms = timeout_ms};
}

boxd_call_options process_until(boxd_cancel_token *token)
{
    return (boxd_call_options){.size = sizeof(boxd_call_options), .cancel = token};
}

void process_finish(boxd_process *p)
{
    boxd_process_free(p);
    process_close_box();
}
