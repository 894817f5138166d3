/* Whoami with the bare core: a pluck loop on each thread, or many calls in flight on one queue. */
#include "bare.h"

#include "bare_call.h"
#include "threads.h"

#include <stdlib.h>

static long pluck_loop(const load *l)
{
    bare_channel_get();
    grpc_completion_queue *queue = grpc_completion_queue_create_for_pluck(NULL);
    long calls = 0;
    for (; !load_is_over(l, calls); calls++) {
        bare_call c;
        bare_call_begin(&c, queue, &c);
        grpc_completion_queue_pluck(queue, &c, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
        bare_call_end(&c);
    }
    grpc_completion_queue_shutdown(queue);
    grpc_completion_queue_destroy(queue);
    return calls;
}

void bare_blocking(const load *l, tally *t)
{
    t->operations = on_threads(l, pluck_loop);
}

void bare_in_flight(const load *l, tally *t)
{
    grpc_completion_queue *queue = bare_queue_new();
    bare_call *calls = allocate((size_t)l->in_flight, sizeof *calls);
    long begun = 0, left = l->in_flight;
    for (; begun < left; begun++)
        bare_call_begin(&calls[begun], queue, &calls[begun]);
    while (left > 0) {
        bare_call *c = grpc_completion_queue_next(queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).tag;
        bare_call_end(c);
        t->operations++;
        if (load_is_over(l, begun)) {
            left--;
        } else {
            begun++;
            bare_call_begin(c, queue, c);
        }
    }
    bare_queue_free(queue);
    free(calls);
}
