/**
 * @file boxd/aio/job.h
 * The async twins of boxd/job.h. General rules: see boxd/aio.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_AIO_JOB_H
#define BOXD_AIO_JOB_H

#include <boxd/aio/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/job.h>

BOXD_BEGIN_DECLS

/** Receives a job. The callback owns it: boxd_job_free(). */
typedef void (*boxd_job_cb)(boxd_job *job, const boxd_error *error, void *user_data);

/** Receives a list of jobs. The callback owns it: boxd_jobs_free(). */
typedef void (*boxd_jobs_cb)(boxd_jobs *jobs, const boxd_error *error, void *user_data);

/** Receives a piece of output. The callback owns it: boxd_job_output_free(). */
typedef void (*boxd_job_output_cb)(boxd_job_output *output, const boxd_error *error, void *user_data);

/** Async twin of boxd_job_start(). @copydoc boxd_job_start */
BOXD_API void boxd_aio_job_start(boxd_box *box, const char *const *argv,
                                 const boxd_job_start_options *options, boxd_job_cb callback,
                                 void *user_data);

/** Async twin of boxd_job_start_shell(). @copydoc boxd_job_start_shell */
BOXD_API void boxd_aio_job_start_shell(boxd_box *box, const char *line, const boxd_job_start_options *options,
                                       boxd_job_cb callback, void *user_data);

/** Async twin of boxd_job_get(). @copydoc boxd_job_get */
BOXD_API void boxd_aio_job_get(boxd_box *box, const char *id, const boxd_call_options *call,
                               boxd_job_cb callback, void *user_data);

/** Async twin of boxd_job_wait(). @copydoc boxd_job_wait */
BOXD_API void boxd_aio_job_wait(boxd_box *box, const char *id, const boxd_call_options *call,
                                boxd_job_cb callback, void *user_data);

/** Async twin of boxd_job_list(). @copydoc boxd_job_list */
BOXD_API void boxd_aio_job_list(boxd_box *box, const boxd_call_options *call, boxd_jobs_cb callback,
                                void *user_data);

/** Async twin of boxd_job_read(). @copydoc boxd_job_read */
BOXD_API void boxd_aio_job_read(boxd_box *box, const char *id, const boxd_job_read_options *options,
                                boxd_job_output_cb callback, void *user_data);

/** Async twin of boxd_job_write(). @copydoc boxd_job_write */
BOXD_API void boxd_aio_job_write(boxd_box *box, const char *id, const void *data, size_t size,
                                 const boxd_job_write_options *options, boxd_done_cb callback,
                                 void *user_data);

/** Async twin of boxd_job_write_eof(). @copydoc boxd_job_write_eof */
BOXD_API void boxd_aio_job_write_eof(boxd_box *box, const char *id, const boxd_call_options *call,
                                     boxd_done_cb callback, void *user_data);

/** Async twin of boxd_job_signal(). @copydoc boxd_job_signal */
BOXD_API void boxd_aio_job_signal(boxd_box *box, const char *id, const char *signal,
                                  const boxd_call_options *call, boxd_done_cb callback, void *user_data);

/** Async twin of boxd_job_remove(). @copydoc boxd_job_remove */
BOXD_API void boxd_aio_job_remove(boxd_box *box, const char *id, const boxd_job_remove_options *options,
                                  boxd_done_cb callback, void *user_data);

BOXD_END_DECLS

#endif
