/**
 * @file process.h
 * Commands that run while their output is read and their input is written, and logs, blocking. What holds for
 * all calls stands in boxd.h; what a command may rely on in docs/exec.md.
 *
 *     boxd_process *p = boxd_box_exec_stream(box, BOXD_ARGV("bc", "-q"), NULL, &error);
 *     boxd_chunk *k = NULL;
 *     boxd_process_write(p, "6*7\n", 4, NULL, &error);
 *     boxd_process_write_eof(p, NULL, &error);
 *     while (boxd_process_read(p, NULL, &k, &error) == BOXD_READ_DATA)
 *         fwrite(k->data, 1, k->size, k->stream == BOXD_STDERR ? stderr : stdout), boxd_chunk_free(k);
 *     int code = 0;
 *     boxd_process_wait(p, NULL, &code, &error);
 *     boxd_process_free(p);
 *
 * Threads may share a process: one may write while another reads. One read may be under way for each side.
 *
 * BOXD_ERR_TIMEOUT of a read or a wait is its own timeout if the error is `retryable`. Else it is that of the
 * whole command or log, and every later one ends in it at once: do not repeat it.
 */
#ifndef BOXD_PROCESS_H
#define BOXD_PROCESS_H

#include <boxd/exec.h>
#include <boxd/types/process.h>

BOXD_BEGIN_DECLS

/**
 * Starts a command and gives it while it runs. RPC: Exec (and GetVm while the box is silent). Never run
 * twice. What the service refuses (no such box, it is stopped) shows at the first read or wait; but a box
 * that is known by its name alone is looked up before, and BOXD_ERR_NOT_FOUND is told here.
 *
 * @param argv    the words of the command, NULL-terminated, at least one; each arrives exactly as it is here
 * @param options or NULL. Their timeout and cancel token hold for the command to its end
 * @param error   or NULL
 * @return the process, owned by the caller (boxd_process_free()), once the command is on its way; NULL:
 *   BOXD_ERR_CONNECTION, BOXD_ERR_INVALID_ARGUMENT (no words; a malformed env name; a closed input with a
 * PTY; a descriptor that is not open)
 */
BOXD_API boxd_process *boxd_box_exec_stream(boxd_box *box, const char *const *argv,
                                            const boxd_exec_options *options, boxd_error *error);

/**
 * As boxd_box_exec_stream(), with a line for the box's shell (`sh`) in place of words; env and cwd hold for
 * the whole line. RPC: Exec.
 *
 * @param line    not empty
 * @param options or NULL
 * @param error   or NULL
 * @return as boxd_box_exec_stream()
 */
BOXD_API boxd_process *boxd_box_exec_shell_stream(boxd_box *box, const char *line,
                                                  const boxd_exec_options *options, boxd_error *error);

/**
 * Reads the next piece of output, whichever side it is on; with BOXD_OUTPUT_PIPE. RPC: Exec's stream.
 *
 * @param call  of this one read, by default without a timeout; or NULL. A read that ends early by it loses
 *   nothing, and the command goes on
 * @param chunk set to the chunk, owned by the caller (boxd_chunk_free()); to NULL unless one came. Or NULL:
 * it is dropped
 * @param error or NULL
 * @return BOXD_READ_DATA; BOXD_READ_END once all of it was read; BOXD_READ_ERROR:
 *   BOXD_ERR_FAILED_PRECONDITION (another read of that side is under way; the side is no pipe), or what the
 *   stream ended in, after all output that had come, each time again
 */
BOXD_API boxd_read_status boxd_process_read(boxd_process *process, const boxd_call_options *call,
                                            boxd_chunk **chunk, boxd_error *error);

/**
 * As boxd_process_read(), of standard output alone. RPC: Exec's stream.
 *
 * @param call  as in boxd_process_read()
 * @param chunk as in boxd_process_read()
 * @param error or NULL
 * @return as boxd_process_read(); also BOXD_ERR_UNREAD_OUTPUT: standard error is full and was not read for
 *   `unread_ms`, so that nothing more can come. Read it, and go on: nothing is lost.
 */
BOXD_API boxd_read_status boxd_process_read_stdout(boxd_process *process, const boxd_call_options *call,
                                                   boxd_chunk **chunk, boxd_error *error);

/**
 * As boxd_process_read_stdout(), of standard error. RPC: Exec's stream.
 *
 * @param call  as in boxd_process_read()
 * @param chunk as in boxd_process_read()
 * @param error or NULL
 * @return as boxd_process_read_stdout()
 */
BOXD_API boxd_read_status boxd_process_read_stderr(boxd_process *process, const boxd_call_options *call,
                                                   boxd_chunk **chunk, boxd_error *error);

/**
 * Writes to the command's standard input; with BOXD_INPUT_PIPE. RPC: Exec's stream. Any size: it goes out in
 * pieces, as fast as the box takes them, and returns once all was accepted.
 *
 * @param data  `size` bytes, borrowed; NULL is allowed with size 0
 * @param call  of this one write, by default without a timeout; or NULL. Of a write that ends early the rest
 * is not sent; the error says how much was accepted
 * @param error or NULL
 * @return BOXD_OK, BOXD_ERR_FAILED_PRECONDITION (the input is no pipe, or was closed; the command has ended),
 *   BOXD_ERR_UNREAD_OUTPUT (nothing can go on, see boxd_process_read_stdout()), or what the stream ended in
 */
BOXD_API boxd_status boxd_process_write(boxd_process *process, const void *data, size_t size,
                                        const boxd_call_options *call, boxd_error *error);

/**
 * Ends the command's standard input, behind the writes before it. RPC: Exec's stream. Again, or when the
 * command has ended well: no effect.
 *
 * @param call  or NULL
 * @param error or NULL
 * @return BOXD_OK, BOXD_ERR_FAILED_PRECONDITION (the input is no pipe), BOXD_ERR_UNREAD_OUTPUT, or what the
 *   stream ended in
 */
BOXD_API boxd_status boxd_process_write_eof(boxd_process *process, const boxd_call_options *call,
                                            boxd_error *error);

/**
 * Changes the size of the command's terminal. RPC: Exec's stream. It overtakes writes that wait. Without a
 * PTY, after the end of the input or of the command: no effect. A piece of input that was sent and that the
 * command does not read is before it.
 *
 * @param cols  characters in a line, at least 1
 * @param rows  lines, at least 1
 * @param call  or NULL
 * @param error or NULL
 * @return BOXD_OK, BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_UNREAD_OUTPUT, or what the stream ended in
 */
BOXD_API boxd_status boxd_process_resize(boxd_process *process, uint32_t cols, uint32_t rows,
                                         const boxd_call_options *call, boxd_error *error);

/**
 * Waits until the command has ended and what goes to descriptors was written. RPC: Exec's stream. What is
 * left to read may be read before or after.
 *
 * @param call      of this one wait, by default without a timeout; or NULL. The command goes on when it ends
 * @param exit_code set on success; or NULL
 * @param error     or NULL
 * @return BOXD_OK, BOXD_ERR_NO_EXIT_STATUS, BOXD_ERR_OUTPUT_LIMIT, BOXD_ERR_UNREAD_OUTPUT (it cannot end
 * before somebody reads), or what else the stream ended in
 */
BOXD_API boxd_status boxd_process_wait(boxd_process *process, const boxd_call_options *call, int *exit_code,
                                       boxd_error *error);

/**
 * As boxd_process_wait(), with all that is known: what was kept of the output, and counts. RPC: Exec's
 * stream. What was kept is handed over once: a second result has the counts alone.
 *
 * @param call  as in boxd_process_wait()
 * @param error or NULL
 * @return the result, owned by the caller (boxd_exec_result_free()); NULL: as boxd_process_wait()
 */
BOXD_API boxd_exec_result *boxd_process_result(boxd_process *process, const boxd_call_options *call,
                                               boxd_error *error);

/**
 * Ends the stream: a command that still runs is killed by the service, with its process group, and what is
 * under way on the process ends in BOXD_ERR_CANCELLED. RPC: Exec's stream is cancelled. Again, or after its
 * end: no effect. Output that had come can still be read. Returns once the stream is over.
 *
 * @param call  or NULL
 * @param error or NULL
 * @return BOXD_OK
 */
BOXD_API boxd_status boxd_process_close(boxd_process *process, const boxd_call_options *call,
                                        boxd_error *error);

/**
 * Reads the log of a box: the output of its main process. RPC: StreamLogs (and GetVm while it is silent).
 *
 * @param options or NULL: what there is, without what comes
 * @param error   or NULL
 * @return the log, owned by the caller (boxd_logs_free()), once the request is on its way; NULL:
 *   BOXD_ERR_CONNECTION. What the service refuses shows at the first read
 */
BOXD_API boxd_logs *boxd_box_stream_logs(boxd_box *box, const boxd_box_stream_logs_options *options,
                                         boxd_error *error);

/**
 * Reads the next piece of a log. RPC: StreamLogs's stream.
 *
 * @param call  of this one read, by default without a timeout; or NULL. It loses nothing when it ends early
 * @param chunk set to the chunk (its side is BOXD_STDOUT), owned by the caller (boxd_chunk_free()); to NULL
 *   unless one came
 * @param error or NULL
 * @return BOXD_READ_DATA; BOXD_READ_END; BOXD_READ_ERROR: BOXD_ERR_UNSUPPORTED (this server has no logs; the
 *   message names another way), BOXD_ERR_NOT_FOUND, BOXD_ERR_FAILED_PRECONDITION (another read is under way),
 *   or what else the stream ended in
 */
BOXD_API boxd_read_status boxd_logs_read(boxd_logs *logs, const boxd_call_options *call, boxd_chunk **chunk,
                                         boxd_error *error);

/**
 * Ends a log that still goes on: a read under way ends in BOXD_ERR_CANCELLED. RPC: StreamLogs's stream is
 * cancelled. Again, or after its end: no effect.
 *
 * @param call  or NULL
 * @param error or NULL
 * @return BOXD_OK
 */
BOXD_API boxd_status boxd_logs_close(boxd_logs *logs, const boxd_call_options *call, boxd_error *error);

BOXD_END_DECLS

#endif
