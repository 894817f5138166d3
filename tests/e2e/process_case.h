/*
 * process_case.h: shared by the tests of running commands: a box, and commands in it. Each helper fails
 * the test when it does not succeed.
 */
#ifndef E2E_PROCESS_CASE_H
#define E2E_PROCESS_CASE_H

#include "pending.h"

extern boxd_box *process_box;

/* Opens the client for surface `i`, and makes the box. */
void process_open_box(int i);
void process_open_box_with(int i, const boxd_compute_options *options);
void process_close_box(void);

boxd_process *process_start(const char *line, const boxd_exec_options *options);

/* Starts a command that writes "go" and reads that output, so that the command runs for certain. `line` must
 * not write to stdout at once. */
boxd_process *process_run(const char *line, const boxd_exec_options *options);

void process_send(boxd_process *p, const char *text);
void process_send_eof(boxd_process *p);

/* Reads, with one of the three functions, exactly `wanted`. */
typedef boxd_read_status (*process_reader)(boxd_process *, const boxd_call_options *, boxd_chunk **,
                                           boxd_error *);
void process_expect(boxd_process *p, process_reader read, const char *wanted);

/* Reads to the end and returns the number of bytes. */
size_t process_drain(boxd_process *p, process_reader read);

/* Waits for the end; then no output is left. */
void process_expect_exit(boxd_process *p, int code);

/* Checks that reads and waits end in this status, each time. */
void process_expect_failure(boxd_process *p, boxd_status status, const char *part,
                            boxd_command_state command);

/* Options of a call, or of a command. */
boxd_call_options process_soon(int64_t timeout_ms);
boxd_call_options process_until(boxd_cancel_token *token);

/* Frees the process and the box, and closes the client. */
void process_finish(boxd_process *p);

#endif
