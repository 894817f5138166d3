/*
 * cq.c: a gRPC completion queue as the poller of a loop. Made on the thread that opens a client, used on its
 * core thread.
 */
#include "grpc/cq.h"

#include "errors.h"
#include "grpc/deadline.h"
#include "os/descriptors.h"
#include "os/libc.h"

#include <errno.h>
#include <grpc/support/log.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A library writes nothing to standard error, and the errors of calls hold what gRPC logs about failed
 * connections. The setting is global to the process: a program that wants the log sets one of the variables.
 * Newer gRPC logs through abseil, whose only setting for this is the variable GRPC_VERBOSITY of the program.
 */
static void silence_grpc(void)
{
#ifdef BOXD_GRPC_HAS_LOG_VERBOSITY
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): once, while opening */
    if (!getenv("GRPC_VERBOSITY") && !getenv("GRPC_TRACE"))
        gpr_set_log_verbosity((gpr_log_severity)(GPR_LOG_SEVERITY_ERROR + 1));
#endif
}

static pthread_once_t silence_once = PTHREAD_ONCE_INIT;

/* A child made by fork() has gRPC's state without its threads. gRPC does not reliably start again there, even
 * when it had been shut down before the fork: some calls are never answered. */
static boxd_status check_process(boxd_error *error)
{
    static atomic_int first;
    int process = 0;
    if (atomic_compare_exchange_strong(&first, &process, getpid()) || process == getpid())
        return BOXD_OK;
    return error_set(
        error, BOXD_ERR_FORKED,
        "this process is a child made by fork() after its parent had opened a client, and gRPC does "
        "not work in such a process; fork before the first client is opened, or exec");
}

/* gRPC aborts the process when it starts and has no descriptors for its poller. */
static boxd_status check_descriptors(boxd_error *error)
{
    enum { NEEDED = 8 };
    int got[NEEDED], count = 0;
    while (count < NEEDED && descriptor_pipe(got + count) == 0)
        count += 2;
    const int failed = count < NEEDED ? errno : 0;
    while (count > 0)
        close(got[--count]);
    return failed
               ? error_set(error, BOXD_ERR_FAILED,
                           "opening a client needs %d file descriptors (%s); raise the limit of open files",
                           NEEDED, ERRNO_TEXT(failed))
               : BOXD_OK;
}

static void woken(cq_tag *tag, bool ok)
{
    (void)tag;
    (void)ok;
}

boxd_status cq_init(cq *q, boxd_error *error)
{
    *q = (cq){.wake_tag = {woken}};
    if (check_process(error) != BOXD_OK || check_descriptors(error) != BOXD_OK)
        return error->status;
    pthread_once(&silence_once, silence_grpc);
    grpc_init();
    q->queue = grpc_completion_queue_create_for_next(NULL);
    q->parked_channel = grpc_lame_client_channel_create("", GRPC_STATUS_UNAVAILABLE, "never called");
    if (q->queue && q->parked_channel)
        q->parked_call = grpc_channel_create_call(q->parked_channel, NULL, GRPC_PROPAGATE_DEFAULTS, q->queue,
                                                  grpc_slice_from_static_string("/wake"), NULL,
                                                  gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL);
    if (q->parked_call)
        return BOXD_OK;
    cq_destroy(q);
    return error_no_memory(error, "making a completion queue");
}

void cq_destroy(cq *q)
{
    if (q->parked_call)
        grpc_call_unref(q->parked_call);
    if (q->parked_channel)
        grpc_channel_destroy(q->parked_channel);
    if (q->queue) {
        grpc_completion_queue_shutdown(q->queue);
        while (grpc_completion_queue_next(q->queue, gpr_inf_future(GPR_CLOCK_MONOTONIC), NULL).type !=
               GRPC_QUEUE_SHUTDOWN)
            continue;
        grpc_completion_queue_destroy(q->queue);
    }
    grpc_shutdown();
}

/* Most waits have the deadline of the one before. */
static void cq_wait(void *state, int64_t deadline_ns)
{
    cq *q = state;
    if (deadline_ns == 0) {
        q->event = grpc_completion_queue_next(q->queue, gpr_inf_past(GPR_CLOCK_MONOTONIC), NULL);
        return;
    }
    if (deadline_ns != q->deadline_ns) {
        q->deadline_ns = deadline_ns;
        q->grpc_deadline = deadline_for_grpc(deadline_ns);
    }
    q->event = grpc_completion_queue_next(q->queue, q->grpc_deadline, NULL);
}

static void cq_handle(void *state)
{
    cq *q = state;
    if (q->event.type == GRPC_OP_COMPLETE) {
        cq_tag *tag = q->event.tag;
        tag->run(tag, q->event.success != 0);
    }
}

static void cq_wake(void *state)
{
    cq *q = state;
    grpc_call_start_batch(q->parked_call, NULL, 0, &q->wake_tag, NULL);
}

loop_poller cq_poller(cq *q)
{
    return (loop_poller){.wait = cq_wait, .handle = cq_handle, .wake = cq_wake, .state = q};
}

void cq_watch_connecting(cq *q, grpc_channel *channel, int64_t until_ns, cq_tag *tag)
{
    grpc_channel_watch_connectivity_state(channel, GRPC_CHANNEL_CONNECTING, deadline_for_grpc(until_ns),
                                          q->queue, tag);
}
