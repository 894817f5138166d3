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

BOXD_END_DECLS

#endif
