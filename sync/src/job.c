/*
 * job.c: the blocking functions for jobs. Each one submits its async twin and waits for the callback
 * (waiter.h): it runs on the thread of the caller, the callback on the core thread of the client.
 */
#include "waiter.h"

#include <boxd/aio/job.h>
#include <boxd/job.h>

WAITER_CALLBACK(on_job, boxd_job)

boxd_job *boxd_job_start(boxd_box *box, const char *const *argv, const boxd_job_start_options *options,
                         boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_job_start(box, argv, options, on_job, &w));
}

boxd_job *boxd_job_start_shell(boxd_box *box, const char *line, const boxd_job_start_options *options,
                               boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_job_start_shell(box, line, options, on_job, &w));
}

boxd_job *boxd_job_get(boxd_box *box, const char *id, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_job_get(box, id, call, on_job, &w));
}

boxd_job *boxd_job_wait(boxd_box *box, const char *id, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_job_wait(box, id, call, on_job, &w));
}
