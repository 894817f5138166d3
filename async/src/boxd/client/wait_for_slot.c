/*
 * wait_for_slot.c: boxd_aio_compute_wait_for_slot(): an operation that ends once a call can be submitted
 * without BOXD_ERR_BUSY. Core thread, but for the function that submits it.
 */
#include "boxd/client/request.h"

#include <boxd/aio/compute.h>
#include <stdio.h>

static void begin(request *r)
{
    op_wait_for_slot(&r->frame.op);
}

static void stop(request *r)
{
    boxd_error error;
    op_stop_waiting_for_slot(&r->frame.op);
    request_stop_error(r, "waiting for a slot", BOXD_SENT_NO, &error);
    if (error.status == BOXD_ERR_TIMEOUT)
        (void)snprintf(error.message, sizeof error.message,
                       "no slot was free within %lld ms: all max_calls_in_flight calls were in flight",
                       (long long)request_timeout_ms(r));
    request_finish(r, &error);
}

void boxd_aio_compute_wait_for_slot(boxd_compute *compute, const boxd_call_options *call,
                                    boxd_done_cb callback, void *user_data)
{
    static const request_kind kind = {.begin = begin, .stop = stop};
    request *r = request_new(sizeof *r, &kind,
                             &(request_setup){.compute = compute,
                                              .call = call,
                                              .default_timeout_ms = BOXD_NO_TIMEOUT,
                                              .sink = SINK(RESULT_DONE, callback, user_data)});
    if (!r)
        return;
    request_drop_slot(r);
    request_submit(r);
}
