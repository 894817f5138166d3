/*
 * job.c: the blocking functions for jobs. Each one submits its async twin and waits for the callback
 * (waiter.h): it runs on the thread of the caller, the callback on the core thread of the client.
 */
#include "waiter.h"

#include <boxd/aio/job.h>
#include <boxd/job.h>

WAITER_CALLBACK(on_job, boxd_job)
WAITER_CALLBACK(on_jobs, boxd_jobs)
WAITER_CALLBACK(on_output, boxd_job_output)

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

boxd_jobs *boxd_job_list(boxd_box *box, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_job_list(box, call, on_jobs, &w));
}

boxd_job_output *boxd_job_read(boxd_box *box, const char *id, const boxd_job_read_options *options,
                               boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_job_read(box, id, options, on_output, &w));
}

boxd_status boxd_job_write(boxd_box *box, const char *id, const void *data, size_t size,
                           const boxd_job_write_options *options, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_job_write(box, id, data, size, options, waiter_on_done, &w));
}

boxd_status boxd_job_write_eof(boxd_box *box, const char *id, const boxd_call_options *call,
                               boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_job_write_eof(box, id, call, waiter_on_done, &w));
}

boxd_status boxd_job_signal(boxd_box *box, const char *id, const char *signal, const boxd_call_options *call,
                            boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_job_signal(box, id, signal, call, waiter_on_done, &w));
}

boxd_status boxd_job_remove(boxd_box *box, const char *id, const boxd_job_remove_options *options,
                            boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_job_remove(box, id, options, waiter_on_done, &w));
}
