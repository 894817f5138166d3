/*
 * liveness.c: whether the box still lives while a stream of it is silent. A box that died leaves its streams
 * silent for ever, so its status is asked.
 */
#include "boxd/process/process.h"
#include "container_of.h"
#include "core/clock.h"
#include "errors.h"
#include "names.h"

#include <boxd/types/box.h>

#include <string.h>

#define PROBE_TIMEOUT_MS 10000

/* A client with very many silent streams asks a hundred times a second at most: each of them less often. */
#define MS_BETWEEN_PROBES 10

/* What a dead box sent before it died has at most so much time to arrive. */
#define LAST_WORDS_MS 500

/* The name of a status in which nothing can come any more; NULL: it may. */
static const char *deadly(const process_kind *kind, const char *status)
{
    static const char *const dead[] = {"failed", "destroyed", "destroying", "error", "stopped"};
    const size_t count = sizeof dead / sizeof *dead - kind->survives_stop;
    for (size_t i = 0; i < count; i++)
        if (ascii_equal(status, strlen(status), dead[i]))
            return dead[i];
    return NULL;
}

/* Twice in a row: its last words may be on their way. */
static void judge(boxd_process *p, const char *status)
{
    const char *found = deadly(p->kind, status);
    if (found && p->thread_data.dying) {
        p->thread_data.dead = found;
        process_fail(p);
    } else {
        p->thread_data.dying = found;
        liveness_watch(p);
    }
}

/* What the probe holds of gRPC goes at once: the process may outlive its client, and with it gRPC. */
static void on_probe_done(api_call *c, const boxd_error *error)
{
    stream_run *run = (stream_run *)(void *)c->owner;
    boxd_process *p = process_of(run->stream);
    boxd_error unread = BOXD_ERROR_INIT;
    ProtobufCMessage *reply =
        error ? NULL : wire_unpack(&boxd_pb__get_vm_response__descriptor, c->rpc.reply, &unread);
    call_clear(c);
    if (run->ended)
        process_settle(p);
    else if (error) /* not found: it is gone; any other failure says nothing of the box */
        judge(p, error->status == BOXD_ERR_NOT_FOUND ? "destroyed" : "");
    else
        judge(p, reply ? ((const BoxdPb__GetVmResponse *)(const void *)reply)->status : "");
    wire_free(reply);
}

static void probe(boxd_process *p)
{
    static const method get = {.name = "GetVm", .path = METHOD_PATH("GetVm"), .read = true};
    static const call_events events = {.done = on_probe_done};
    stream_run *run = p->stream.thread_data.run;
    const wire_field vm_id = {1, boxd_box_id(run->request.box)};
    grpc_slice message;
    if (!wire_extend(grpc_empty_slice(), &vm_id, 1, &message)) {
        liveness_watch(p); /* out of memory: later, perhaps */
        return;
    }
    p->thread_data.probe.deadline_ns = clock_after_ms(PROBE_TIMEOUT_MS);
    call_set_message(&p->thread_data.probe, message);
    call_start_unary(&p->thread_data.probe, &run->request, &get, &events);
}

/* What came last may have been the exit, of which only the stream's own end is missing: who sent it has had
 * its time. Else the box is asked. */
static void on_silence(timer *t)
{
    boxd_process *p = CONTAINER_OF(t, boxd_process, thread_data.silence);
    p->stream.handle.compute->thread_data.silent_streams--;
    if (!stream_is_open(&p->stream) || p->stream.thread_data.run->call.stopped)
        return;
    p->thread_data.lingering = p->thread_data.told;
    if (p->thread_data.lingering)
        process_fail(p);
    else
        probe(p);
}

/* Counts those that are set. */
static void set_timer(boxd_process *p, bool on)
{
    timer *silence = &p->thread_data.silence;
    int32_t *count = &p->stream.handle.compute->thread_data.silent_streams;
    *count += on - silence->set;
    if (!on) {
        loop_timer_clear(process_loop(p), silence);
        return;
    }
    const int32_t least = *count * MS_BETWEEN_PROBES, wanted = p->liveness_ms;
    const int32_t ms = p->thread_data.dying && wanted > LAST_WORDS_MS ? LAST_WORDS_MS
                       : wanted > least                               ? wanted
                                                                      : least;
    loop_timer_set(process_loop(p), silence, clock_after_ms(ms), on_silence);
}

/* What the program does meanwhile does not end the silence. */
void liveness_watch(boxd_process *p)
{
    const bool reading = p->stream.thread_data.reading;
    if (p->liveness_ms < 0 || p->thread_data.probe.running || !stream_is_open(&p->stream))
        return;
    if (!reading || !p->thread_data.silence.set)
        set_timer(p, reading);
}

void liveness_heard(boxd_process *p)
{
    set_timer(p, false);
}

void liveness_end(boxd_process *p)
{
    set_timer(p, false);
    call_stop(&p->thread_data.probe);
}
