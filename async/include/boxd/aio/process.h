/**
 * @file boxd/aio/process.h
 * The async twins of boxd/process.h. General rules: see boxd/aio.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_AIO_PROCESS_H
#define BOXD_AIO_PROCESS_H

#include <boxd/aio/exec.h>
#include <boxd/types/process.h>

BOXD_BEGIN_DECLS

/** Receives a process. The callback owns it: boxd_process_free(). */
typedef void (*boxd_process_cb)(boxd_process *process, const boxd_error *error, void *user_data);

/**
 * Receives the outcome of a read. The callback owns the chunk: boxd_chunk_free(). The chunk is NULL unless
 * `outcome` is BOXD_READ_DATA.
 */
typedef void (*boxd_chunk_cb)(boxd_read_status outcome, boxd_chunk *chunk, const boxd_error *error,
                              void *user_data);

/** Receives the exit code of a command, and whether it is certain, as in boxd_exec_result. After an error
 * both are 0. */
typedef void (*boxd_exit_cb)(boxd_status status, int exit_code, bool exit_confirmed, const boxd_error *error,
                             void *user_data);

/** Receives a log. The callback owns it: boxd_logs_free(). */
typedef void (*boxd_logs_cb)(boxd_logs *logs, const boxd_error *error, void *user_data);

/** Async twin of boxd_box_exec_stream(). @copydoc boxd_box_exec_stream */
BOXD_API void boxd_aio_box_exec_stream(boxd_box *box, const char *const *argv,
                                       const boxd_exec_options *options, boxd_process_cb callback,
                                       void *user_data);

/** Async twin of boxd_box_exec_shell_stream(). @copydoc boxd_box_exec_shell_stream */
BOXD_API void boxd_aio_box_exec_shell_stream(boxd_box *box, const char *line,
                                             const boxd_exec_options *options, boxd_process_cb callback,
                                             void *user_data);

/** Async twin of boxd_process_read(). @copydoc boxd_process_read */
BOXD_API void boxd_aio_process_read(boxd_process *process, const boxd_call_options *call,
                                    boxd_chunk_cb callback, void *user_data);

/** Async twin of boxd_process_read_stdout(). @copydoc boxd_process_read_stdout */
BOXD_API void boxd_aio_process_read_stdout(boxd_process *process, const boxd_call_options *call,
                                           boxd_chunk_cb callback, void *user_data);

/** Async twin of boxd_process_read_stderr(). @copydoc boxd_process_read_stderr */
BOXD_API void boxd_aio_process_read_stderr(boxd_process *process, const boxd_call_options *call,
                                           boxd_chunk_cb callback, void *user_data);

/**
 * Async twin of boxd_process_write(). @copydoc boxd_process_write
 *
 * The function copies `data`; boxd_aio_process_write_nocopy() does not.
 */
BOXD_API void boxd_aio_process_write(boxd_process *process, const void *data, size_t size,
                                     const boxd_call_options *call, boxd_done_cb callback, void *user_data);

/**
 * Async twin of boxd_process_write() that does not copy `data`. @copydoc boxd_process_write
 *
 * `data` must stay valid and unchanged until `release` is called.
 *
 * @param release      called exactly once with `release_data`, on success and on failure, before the
 *   callback. If the callback runs inside this function (NULL handle, out of memory), `release` is called
 *   after it. May be NULL.
 * @param release_data passed to `release`
 */
BOXD_API void boxd_aio_process_write_nocopy(boxd_process *process, const void *data, size_t size,
                                            boxd_release_cb release, void *release_data,
                                            const boxd_call_options *call, boxd_done_cb callback,
                                            void *user_data);

/** Async twin of boxd_process_write_eof(). @copydoc boxd_process_write_eof */
BOXD_API void boxd_aio_process_write_eof(boxd_process *process, const boxd_call_options *call,
                                         boxd_done_cb callback, void *user_data);

/** Async twin of boxd_process_resize(). @copydoc boxd_process_resize */
BOXD_API void boxd_aio_process_resize(boxd_process *process, uint32_t cols, uint32_t rows,
                                      const boxd_call_options *call, boxd_done_cb callback, void *user_data);

/** Async twin of boxd_process_wait(). @copydoc boxd_process_wait */
BOXD_API void boxd_aio_process_wait(boxd_process *process, const boxd_call_options *call,
                                    boxd_exit_cb callback, void *user_data);

/** Async twin of boxd_process_result(). @copydoc boxd_process_result */
BOXD_API void boxd_aio_process_result(boxd_process *process, const boxd_call_options *call,
                                      boxd_exec_result_cb callback, void *user_data);

/** Async twin of boxd_process_close(). @copydoc boxd_process_close */
BOXD_API void boxd_aio_process_close(boxd_process *process, const boxd_call_options *call,
                                     boxd_done_cb callback, void *user_data);

/** Async twin of boxd_box_stream_logs(). @copydoc boxd_box_stream_logs */
BOXD_API void boxd_aio_box_stream_logs(boxd_box *box, const boxd_box_stream_logs_options *options,
                                       boxd_logs_cb callback, void *user_data);

/** Async twin of boxd_logs_read(). @copydoc boxd_logs_read */
BOXD_API void boxd_aio_logs_read(boxd_logs *logs, const boxd_call_options *call, boxd_chunk_cb callback,
                                 void *user_data);

/** Async twin of boxd_logs_close(). @copydoc boxd_logs_close */
BOXD_API void boxd_aio_logs_close(boxd_logs *logs, const boxd_call_options *call, boxd_done_cb callback,
                                  void *user_data);

BOXD_END_DECLS

#endif
