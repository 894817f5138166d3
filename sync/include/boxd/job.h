/**
 * @file boxd/job.h
 * Jobs: commands that go on when the program, the network or the token is gone, and that can be started again
 * without running twice. General rules: see boxd.h. Guarantees and limits: see docs/jobs.md.
 *
 *     boxd_job *job = boxd_job_start(box, BOXD_ARGV("make", "-j8"),
 *                                    BOXD_OPTIONS(boxd_job_start_options, .id = "build-7"), &error);
 *     if (job) {
 *         boxd_job_free(job);
 *         job = boxd_job_wait(box, "build-7", NULL, &error);
 *     }
 *     if (job && job->has_exit_code) {
 *         store_result("build-7", job->exit_code); // a function of the program
 *         boxd_job_remove(box, "build-7", NULL, &error);
 *     }
 *     boxd_job_free(job);
 *
 * The program chooses the id, and stores the id before the start. A restarted program that has no stored
 * result makes the same calls with the same id: as long as the job exists, boxd_job_start() finds the job,
 * and does not run the command again. After boxd_job_remove() a start runs the command again, so the program
 * stores the result before.
 *
 * A job is a folder in the box and a process there. Each function runs a short command in the box that reads
 * or changes them. If the connection or the service fails, the functions that may be repeated are repeated,
 * until their timeout or until they have failed for a minute. Only boxd_job_signal() is not.
 *
 * Each function may also end in an error of that command: BOXD_ERR_FAILED_PRECONDITION (the box is stopped),
 * BOXD_ERR_NO_EXIT_STATUS, BOXD_ERR_INCOMPLETE (a part of the request or of the answer is missing),
 * BOXD_ERR_OUTPUT_LIMIT (a list of jobs of more than 32 MiB), and BOXD_ERR_FAILED (the `sh` of the box
 * failed, or its disk is full).
 *
 * @since 0.1.0
 */
#ifndef BOXD_JOB_H
#define BOXD_JOB_H

#include <boxd/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/job.h>

BOXD_BEGIN_DECLS

/**
 * Starts a job, or finds the job that was started with the same id, command and options: a job runs once. So
 * the call can be repeated, also by another program.
 *
 * @param argv    the command and its arguments, at least one string; each is passed to the command unchanged
 * @param options NULL: a new job, with an id that the library makes
 *
 * @li Result: the job, freed with boxd_job_free(). A command that cannot be started ends with exit code 126
 *   or 127.
 * @li Errors: BOXD_ERR_ALREADY_EXISTS (the job of this id has another command or other options),
 *   BOXD_ERR_INVALID_ARGUMENT (`argv` is empty; a malformed id, name in `env`, time or size),
 * BOXD_ERR_NOT_FOUND (the box), BOXD_ERR_FAILED (the box cannot store the job: its disk is full; the message
 * says why)
 * @li RPC: Exec
 */
BOXD_API boxd_job *boxd_job_start(boxd_box *box, const char *const *argv,
                                  const boxd_job_start_options *options, boxd_error *error);

/**
 * Starts a command line in the shell of the box (`sh`) as a job, otherwise as boxd_job_start().
 *
 * @param line not empty, UTF-8
 *
 * @li Result: the job, freed with boxd_job_free()
 * @li Errors: as boxd_job_start()
 * @li RPC: Exec
 */
BOXD_API boxd_job *boxd_job_start_shell(boxd_box *box, const char *line,
                                        const boxd_job_start_options *options, boxd_error *error);

/**
 * Gets the state of a job.
 *
 * @param id from boxd_job_start() or boxd_job_list()
 *
 * @li Result: the job, freed with boxd_job_free()
 * @li Errors: BOXD_ERR_NOT_FOUND (the job or the box), BOXD_ERR_INVALID_ARGUMENT (a malformed id)
 * @li RPC: Exec
 */
BOXD_API boxd_job *boxd_job_get(boxd_box *box, const char *id, const boxd_call_options *call,
                                boxd_error *error);

/**
 * Waits until a job no longer runs. There is no timeout by default. If the call ends early, the job goes on.
 *
 * @param id as for boxd_job_get()
 *
 * @li Result: the job, freed with boxd_job_free(). Its state is BOXD_JOB_EXITED, BOXD_JOB_LOST or
 *   BOXD_JOB_REBOOTED.
 * @li Errors: as boxd_job_get()
 * @li RPC: Exec, several times
 */
BOXD_API boxd_job *boxd_job_wait(boxd_box *box, const char *id, const boxd_call_options *call,
                                 boxd_error *error);

/**
 * Lists the jobs of a box, also those that have ended.
 *
 * @li Result: the list, freed with boxd_jobs_free()
 * @li Errors: BOXD_ERR_NOT_FOUND (the box)
 * @li RPC: Exec
 */
BOXD_API boxd_jobs *boxd_job_list(boxd_box *box, const boxd_call_options *call, boxd_error *error);

/**
 * Reads a piece of the output of a job, from any offset, while the job runs and after its end. For the whole
 * output, call again with `next_offset` until `end`:
 *
 *     boxd_job_read_options from = BOXD_JOB_READ_OPTIONS_INIT;
 *     from.follow = true;
 *     for (bool end = false; !end;) {
 *         boxd_job_output *output = boxd_job_read(box, "build-7", &from, &error);
 *         if (!output)
 *             break;
 *         fwrite(output->data, 1, output->size, stdout);
 *         from.offset = output->next_offset;
 *         end = output->end;
 *         boxd_job_output_free(output);
 *     }
 *
 * @param id      as for boxd_job_get()
 * @param options NULL: the first MiB of standard output, without waiting
 *
 * @li Result: the piece, freed with boxd_job_output_free()
 * @li Errors: as boxd_job_get(), and BOXD_ERR_INVALID_ARGUMENT (`max_bytes` is too large, an unknown stream)
 * @li RPC: Exec, several times with `follow`
 */
BOXD_API boxd_job_output *boxd_job_read(boxd_box *box, const char *id, const boxd_job_read_options *options,
                                        boxd_error *error);

/**
 * Writes to the standard input of a job that was started with `input`. The data is stored in the box, and the
 * command reads it when it wants to: a write does not wait for the command. Each byte arrives once, also if
 * the call repeats a piece after a failure. There is no timeout by default.
 *
 * If the call ends early, boxd_error.in_bytes is the number of bytes that are known to have arrived; the next
 * piece of up to 1 MiB may arrive too. To repeat such a write, use `at_offset`, the first time too: a
 * repeated write with the same data and `offset` stores no byte twice. boxd_job.in_bytes is the offset of the
 * next byte.
 *
 * @param id      as for boxd_job_get()
 * @param data    may be NULL if `size` is 0
 * @param size    bytes
 * @param options NULL: the data is added to the input
 *
 * @li Errors: as boxd_job_get(), BOXD_ERR_FAILED_PRECONDITION (the command has ended, its input is closed,
 * the job was started without `input`, or less input than `offset` has arrived), BOXD_ERR_INVALID_ARGUMENT
 *   (`offset` is no size of a file), BOXD_ERR_FAILED (the disk of the box is full)
 * @li RPC: Exec, once for each MiB
 */
BOXD_API boxd_status boxd_job_write(boxd_box *box, const char *id, const void *data, size_t size,
                                    const boxd_job_write_options *options, boxd_error *error);

/**
 * Closes the standard input of a job, after all earlier writes. A second call has no effect, and neither has
 * a call after the job has ended.
 *
 * @param id as for boxd_job_get()
 *
 * @li Errors: as boxd_job_get(), BOXD_ERR_FAILED_PRECONDITION (the job was started without `input`)
 * @li RPC: Exec
 */
BOXD_API boxd_status boxd_job_write_eof(boxd_box *box, const char *id, const boxd_call_options *call,
                                        boxd_error *error);

/**
 * Sends a signal to the process group of a job. The call is not repeated after a failure, because a second
 * signal may have another effect.
 *
 * @param id     as for boxd_job_get()
 * @param signal a name ("TERM", "SIGTERM") or a number of the box ("15")
 *
 * @li Errors: as boxd_job_get(), BOXD_ERR_FAILED_PRECONDITION (the command has ended),
 *   BOXD_ERR_INVALID_ARGUMENT (a malformed signal, or one that the box does not know)
 * @li RPC: Exec
 */
BOXD_API boxd_status boxd_job_signal(boxd_box *box, const char *id, const char *signal,
                                     const boxd_call_options *call, boxd_error *error);

/**
 * Removes a job that has ended, with its output. The id can be used again.
 *
 * @param id      as for boxd_job_get()
 * @param options NULL: a job that runs is not removed
 *
 * @li Errors: as boxd_job_get(), and BOXD_ERR_FAILED_PRECONDITION (the command runs, and `kill` is not set)
 * @li RPC: Exec, twice
 */
BOXD_API boxd_status boxd_job_remove(boxd_box *box, const char *id, const boxd_job_remove_options *options,
                                     boxd_error *error);

BOXD_END_DECLS

#endif
