/**
 * @file boxd/process.h
 * Commands whose input and output the program handles while they run, and logs. General rules: see boxd.h.
 * Guarantees and limits: see docs/exec.md.
 *
 *     boxd_process *p = boxd_box_exec_stream(box, BOXD_ARGV("bc", "-q"), NULL, &error);
 *     boxd_chunk *k = NULL;
 *     boxd_process_write(p, "6*7\n", 4, NULL, &error);
 *     boxd_process_write_eof(p, NULL, &error);
 *     while (boxd_process_read(p, NULL, &k, &error) == BOXD_READ_DATA)
 *         fwrite(k->data, 1, k->size, k->stream == BOXD_STDERR ? stderr : stdout), boxd_chunk_free(k);
 *     int code = 0;
 *     bool confirmed = false;
 *     boxd_process_wait(p, NULL, &code, &confirmed, &error);
 *     boxd_process_free(p);
 *
 * Several threads may use a process at the same time: for example one writes while another reads. Only one
 * read of standard output and one of standard error may be in progress. Several writes may be in progress:
 * the data is sent in the order of the calls.
 *
 * The functions that take a process or a log have no timeout by default. Their `call` applies to the single
 * read, write or wait: when its timeout expires, the command goes on. The `call` of the options with which
 * the process or log was opened applies until the command or log ends.
 *
 * After BOXD_ERR_TIMEOUT look at boxd_error.retryable. If it is true, the timeout of the single call has
 * expired, and the call may be repeated. If it is false, the timeout of the whole command or log has
 * expired: do not repeat the call, because every later call ends in the same error at once.
 *
 * "The final error" below is the error in which the command or log as a whole has ended: one of those of
 * boxd_box_exec(). Every later call returns the same error.
 *
 * @since 0.1.0
 */
#ifndef BOXD_PROCESS_H
#define BOXD_PROCESS_H

#include <boxd/exec.h>
#include <boxd/types/process.h>

BOXD_BEGIN_DECLS

/**
 * Starts a command and returns while it runs. The command is never run twice.
 *
 * The function returns when the request was sent. If the service refuses the command (for example because
 * the box does not exist or is stopped), the first read or wait returns the error. If the handle was made
 * from a name, the box is looked up first, and this function returns BOXD_ERR_NOT_FOUND.
 *
 * @param argv    the command and its arguments, at least one string; each is passed to the command
 *   unchanged. Together with `env` they must have less than 128 KiB.
 * @param options their timeout and cancel token apply until the command ends; by default there is no
 *   timeout
 *
 * @li Result: the process, freed with boxd_process_free()
 * @li Errors: BOXD_ERR_NOT_FOUND, BOXD_ERR_INVALID_ARGUMENT (`argv` is empty; a malformed name in `env`; a
 *   closed input together with a PTY; a file descriptor that is not open), BOXD_ERR_FAILED (no file
 *   descriptors are left)
 * @li RPC: Exec; GetVm to check the box while the command writes nothing, and after a cancel
 */
BOXD_API boxd_process *boxd_box_exec_stream(boxd_box *box, const char *const *argv,
                                            const boxd_exec_options *options, boxd_error *error);

/**
 * Starts a command line in the shell of the box (`sh`), otherwise as boxd_box_exec_stream(). `env` and
 * `cwd` apply to the whole line.
 *
 * @param line not empty, UTF-8
 *
 * @li Result: the process, freed with boxd_process_free()
 * @li Errors: as boxd_box_exec_stream()
 * @li RPC: Exec, as boxd_box_exec_stream()
 */
BOXD_API boxd_process *boxd_box_exec_shell_stream(boxd_box *box, const char *line,
                                                  const boxd_exec_options *options, boxd_error *error);

/**
 * Reads the next chunk of standard output or standard error. At least one of the two must be open with
 * BOXD_OUTPUT_PIPE. A read that ends early (timeout, cancel token) loses no output.
 *
 * @li Result: BOXD_READ_DATA, and `*chunk` is set to the chunk, freed with boxd_chunk_free(); BOXD_READ_END
 *   after all output; or BOXD_READ_ERROR. Without a chunk `*chunk` is set to NULL. If `chunk` is NULL, the
 *   chunk is freed.
 * @li Errors: BOXD_ERR_FAILED_PRECONDITION (another read of the same output is in progress; the output is
 *   no pipe), or the final error, after all output that had arrived
 * @li RPC: Exec, as opened by boxd_box_exec_stream()
 */
BOXD_API boxd_read_status boxd_process_read(boxd_process *process, const boxd_call_options *call,
                                            boxd_chunk **chunk, boxd_error *error);

/**
 * Reads the next chunk of standard output, otherwise as boxd_process_read().
 *
 * @li Result: as boxd_process_read(), also for `*chunk`
 * @li Errors: as boxd_process_read(), and BOXD_ERR_UNREAD_OUTPUT: the buffer of standard error is full and
 *   was not read for `unread_ms`, so no output can arrive. Read standard error, then go on: no output is
 *   lost.
 * @li RPC: Exec, as opened by boxd_box_exec_stream()
 */
BOXD_API boxd_read_status boxd_process_read_stdout(boxd_process *process, const boxd_call_options *call,
                                                   boxd_chunk **chunk, boxd_error *error);

/**
 * Reads the next chunk of standard error, otherwise as boxd_process_read(). Service 0.1 sends standard error
 * as standard output.
 *
 * @li Result: as boxd_process_read(), also for `*chunk`
 * @li Errors: as boxd_process_read_stdout(), with the roles of standard output and standard error exchanged
 * @li RPC: Exec, as opened by boxd_box_exec_stream()
 */
BOXD_API boxd_read_status boxd_process_read_stderr(boxd_process *process, const boxd_call_options *call,
                                                   boxd_chunk **chunk, boxd_error *error);

/**
 * Writes to the standard input of the command, which must be open with BOXD_INPUT_PIPE. Data of any size is
 * sent in pieces, as fast as the connection accepts them. The call completes when the connection has accepted
 * all data; this does not show that the box has received them. If it ends early, the rest of the data is not
 * sent, and the error message says how much was accepted.
 *
 * @param data may be NULL if `size` is 0
 * @param size bytes
 *
 * @li Errors: BOXD_ERR_FAILED_PRECONDITION (the input is not a pipe or was closed; the command has ended),
 *   BOXD_ERR_UNREAD_OUTPUT (the command cannot go on: see boxd_process_read_stdout()), or the final error
 * @li RPC: Exec, as opened by boxd_box_exec_stream()
 */
BOXD_API boxd_status boxd_process_write(boxd_process *process, const void *data, size_t size,
                                        const boxd_call_options *call, boxd_error *error);

/**
 * Closes the standard input of the command, after all earlier writes. A second call has no effect, and
 * neither has a call after the command has ended successfully.
 *
 * @li Errors: BOXD_ERR_FAILED_PRECONDITION (the input is not a pipe), BOXD_ERR_UNREAD_OUTPUT (as
 *   boxd_process_write()), or the final error
 * @li RPC: Exec, as opened by boxd_box_exec_stream()
 */
BOXD_API boxd_status boxd_process_write_eof(boxd_process *process, const boxd_call_options *call,
                                            boxd_error *error);

/**
 * Changes the terminal size of the command. Without a PTY, or after the end of the input or of the command,
 * the call has no effect.
 *
 * The new size is sent before writes that wait, but after input that was already sent, even if the command
 * has not read that input.
 *
 * @param cols columns, at least 1
 * @param rows rows, at least 1
 *
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_UNREAD_OUTPUT (as boxd_process_write()), or the final
 *   error
 * @li RPC: Exec, as opened by boxd_box_exec_stream()
 */
BOXD_API boxd_status boxd_process_resize(boxd_process *process, uint32_t cols, uint32_t rows,
                                         const boxd_call_options *call, boxd_error *error);

/**
 * Waits until the command has ended, and until the output that goes to file descriptors is written. Other
 * output can be read before or afterwards. If the call ends early, the command goes on.
 *
 * @li Result: `*exit_code` is set to the exit code, and `*exit_confirmed` to whether it is certain, as in
 *   boxd_exec_result. Each may be NULL.
 * @li Errors: BOXD_ERR_NO_EXIT_STATUS (also for an unconfirmed exit code, with the option
 *   `require_exit_confirmed`), BOXD_ERR_OUTPUT_LIMIT, BOXD_ERR_UNREAD_OUTPUT (the command cannot
 *   end before its output is read), or the final error
 * @li RPC: Exec, as opened by boxd_box_exec_stream()
 */
BOXD_API boxd_status boxd_process_wait(boxd_process *process, const boxd_call_options *call, int *exit_code,
                                       bool *exit_confirmed, boxd_error *error);

/**
 * Waits as boxd_process_wait() and returns the complete result: exit code, stored output and byte counts.
 *
 * The stored output is returned only once. A later result has the exit code and the counts.
 *
 * @li Result: the result, freed with boxd_exec_result_free()
 * @li Errors: as boxd_process_wait()
 * @li RPC: Exec, as opened by boxd_box_exec_stream()
 */
BOXD_API boxd_exec_result *boxd_process_result(boxd_process *process, const boxd_call_options *call,
                                               boxd_error *error);

/**
 * Ends the command and completes when its RPC has ended, within a second. If the command still runs, the
 * service is asked to kill its process group. Other calls in progress on the process end in
 * BOXD_ERR_CANCELLED. Output that has arrived can still be read. A second call has no effect, and neither has
 * a call after the command has ended.
 *
 * @li RPC: the Exec of the command is cancelled; GetVm, to learn whether the service has received this
 */
BOXD_API boxd_status boxd_process_close(boxd_process *process, const boxd_call_options *call,
                                        boxd_error *error);

/**
 * Opens the log of a box: the output of its main process.
 *
 * The function returns when the request was sent. If the service refuses it, the first read returns the
 * error.
 *
 * @param options NULL: the existing log, without later output
 *
 * @li Result: the log, freed with boxd_logs_free()
 * @li RPC: StreamLogs; GetVm to check the box while the log is silent
 */
BOXD_API boxd_logs *boxd_box_stream_logs(boxd_box *box, const boxd_box_stream_logs_options *options,
                                         boxd_error *error);

/**
 * Reads the next chunk of a log. A read that ends early (timeout, cancel token) loses no output.
 *
 * @li Result: BOXD_READ_DATA, and `*chunk` is set to the chunk, freed with boxd_chunk_free(), with
 *   BOXD_STDOUT as its stream; BOXD_READ_END after the whole log; or BOXD_READ_ERROR. Without a chunk
 *   `*chunk` is set to NULL. If `chunk` is NULL, the chunk is freed.
 * @li Errors: BOXD_ERR_UNSUPPORTED (the service has no logs; the message names an alternative),
 *   BOXD_ERR_NOT_FOUND, BOXD_ERR_FAILED_PRECONDITION (another read is in progress), or the final error
 * @li RPC: StreamLogs, as opened by boxd_box_stream_logs()
 */
BOXD_API boxd_read_status boxd_logs_read(boxd_logs *logs, const boxd_call_options *call, boxd_chunk **chunk,
                                         boxd_error *error);

/**
 * Ends a log and completes when its RPC has ended. A read in progress ends in BOXD_ERR_CANCELLED. A second
 * call has no effect, and neither has a call after the log has ended.
 *
 * @li RPC: none; the StreamLogs of the log is cancelled
 */
BOXD_API boxd_status boxd_logs_close(boxd_logs *logs, const boxd_call_options *call, boxd_error *error);

BOXD_END_DECLS

#endif
