/*
 * call.c: runs one RPC: acquires a token and a channel, starts the attempt, and decides after each
 * attempt whether to make another. Called by unary.c and boxd/stream, on the core thread.
 */
#include "boxd/client/call.h"

#include "boxd/client/failure.h"
#include "container_of.h"
#include "core/clock.h"
#include "errors.h"
#include "invariant.h"

#include <stddef.h>
#include <string.h>

#define FIRST_BACKOFF_MS 500

/* "authorization" and the library's version. */
enum { OWN_HEADERS = 2 };

/* For an address as a URI; a longer path of a Unix socket is cut. */
enum { PEER_SIZE = 160 };

static void launch(api_call *c);

void call_set_message(api_call *c, grpc_slice message)
{
    c->message = message;
    c->has_message = true;
}

static void finish(api_call *c, const boxd_error *error)
{
    BOXD_ASSERT(c->running && !c->channel && !c->waiter.list && !c->backoff.set);
    c->running = false;
    c->events->done(c, error->status == BOXD_OK ? NULL : error);
}

/* Ends a call that is stopped while no RPC is in progress. */
static void finish_stopped(api_call *c, boxd_sent sent)
{
    boxd_error error;
    failure_stopped(&error, c->owner, c->method, sent);
    finish(c, &error);
}

/* ---- attempts ---- */

static void on_ready(auth_waiter *waiter, const boxd_error *error)
{
    api_call *c = CONTAINER_OF(waiter, api_call, waiter);
    if (error)
        finish(c, error);
    else
        launch(c);
}

static void start_attempt(api_call *c)
{
    c->waiter.ready = on_ready;
    auth_acquire(&c->owner->compute->thread_data.auth, &c->waiter);
}

static void on_backoff(timer *t)
{
    start_attempt(CONTAINER_OF(t, api_call, backoff));
}

/* A random pause between half and the whole of 0.5 s, 1 s, 2 s, ..., so that many clients do not return at
 * once. */
static int64_t backoff_ms(boxd_compute *compute, unsigned attempts)
{
    uint64_t *state = &compute->thread_data.jitter;
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    int64_t whole = (int64_t)FIRST_BACKOFF_MS << (attempts < 8 ? attempts : 8);
    return whole / 2 + (int64_t)((*state >> 33) % (uint64_t)(whole / 2 + 1));
}

/* Starts another attempt with another token, once. The server checks the token before any effect, so this is
 * safe for every call, unless a stream has received something already. */
static bool retry_with_new_token(api_call *c)
{
    if (c->rpc.status != GRPC_STATUS_UNAUTHENTICATED || c->reauthenticated || c->rpc.received ||
        c->unrepeatable || !auth_reject(&c->owner->compute->thread_data.auth, c->generation))
        return false;
    c->reauthenticated = true;
    rpc_clear(&c->rpc);
    start_attempt(c);
    return true;
}

/* Starts another attempt of a read after a pause. */
static bool retry_later(api_call *c)
{
    boxd_compute *compute = c->owner->compute;
    if (c->rpc.status != GRPC_STATUS_UNAVAILABLE || !c->method->read ||
        c->attempts >= (unsigned)compute->config.read_retries)
        return false;
    rpc_clear(&c->rpc);
    const int64_t pause_ms = backoff_ms(compute, c->attempts);
    observe_log(&compute->observer, BOXD_LOG_WARNING, "%s: the service is unavailable; retrying in %lld ms",
                c->method->name, (long long)pause_ms);
    loop_timer_set(&compute->core.loop, &c->backoff, clock_after_ms(pause_ms), on_backoff);
    c->attempts++;
    return true;
}

/* ---- hooks and counters of an attempt ---- */

static void begin_attempt(api_call *c, boxd_metadata *extra)
{
    observer *o = &c->owner->compute->observer;
    c->attempt.info.call_id = c->owner->frame.call_id;
    c->attempt.info.call_data = c->owner->frame.hook_data;
    c->attempt.info.method = c->method->path;
    if (c->streaming)
        observe_count(&o->streams, 1);
    observe_begin(o, &c->attempt, extra);
}

/* The reason for which the client stopped the call; gRPC reports CANCELLED for each of them. */
static boxd_status attempt_status(const api_call *c)
{
    const boxd_status reason = request_stop_reason(c->owner)->status;
    const bool stopped = c->stopped || request_stopping(c->owner);
    if (c->rpc.status == GRPC_STATUS_OK || !stopped)
        return error_status_of_grpc((int)c->rpc.status);
    return reason != BOXD_OK ? reason : BOXD_ERR_CANCELLED;
}

static void end_attempt(api_call *c)
{
    observer *o = &c->owner->compute->observer;
    boxd_attempt *info = &c->attempt.info;
    char peer[PEER_SIZE] = "";
    if (observe_wants_peer(o))
        rpc_peer(&c->rpc, peer, sizeof peer);
    info->peer = peer;
    info->grpc_code = (int32_t)c->rpc.status;
    info->status = attempt_status(c);
    info->sent_bytes = c->rpc.sent_bytes;
    info->received_bytes = c->rpc.received_bytes;
    if (c->streaming)
        observe_uncount(&o->streams);
    observe_end(o, &c->attempt);
    info->peer = "";
}

static void receive_notices(const api_call *c)
{
    char latest[NOTICE_VERSION_SIZE];
    size_t next = 0;
    while (rpc_next_metadata(&c->rpc, NOTICE_METADATA, &next, latest, sizeof latest))
        notice_receive(&c->owner->compute->thread_data.notice, latest);
}

static channel_load load_of(const api_call *c)
{
    if (c->method->large)
        return CHANNEL_LARGE;
    return c->streaming ? CHANNEL_STREAM : CHANNEL_UNARY;
}

static void release_channel(api_call *c)
{
    channels *all = &c->owner->compute->thread_data.channels;
    if (c->rpc.status == GRPC_STATUS_DEADLINE_EXCEEDED ||
        request_stop_reason(c->owner)->status == BOXD_ERR_TIMEOUT)
        channels_timed_out(all, c->channel, &c->mark);
    channels_release(all, c->channel, load_of(c));
    c->channel = NULL;
}

static void on_done(rpc *r)
{
    api_call *c = CONTAINER_OF(r, api_call, rpc);
    c->cancel_sent = (c->stopped || r->status == GRPC_STATUS_DEADLINE_EXCEEDED) && channels_is_up(c->channel);
    release_channel(c);
    end_attempt(c);
    bool stopping = c->stopped || request_stopping(c->owner);
    receive_notices(c);
    if (!stopping && (retry_with_new_token(c) || retry_later(c)))
        return;
    boxd_error error = BOXD_ERROR_INIT;
    if (r->status != GRPC_STATUS_OK && stopping)
        failure_stopped(&error, c->owner, c->method, rpc_sent(r));
    else if (r->status != GRPC_STATUS_OK)
        failure_of_rpc(&error, c->owner, c->method, r);
    finish(c, &error);
}

static int64_t deadline_of(const api_call *c)
{
    int64_t whole = request_deadline_ns(c->owner);
    return c->deadline_ns != 0 && c->deadline_ns < whole ? c->deadline_ns : whole;
}

/* The metadata of an attempt: the library's own, then the program's. */
typedef struct headers {
    size_t count;
    grpc_metadata items[OWN_HEADERS + 2 * METADATA_MAX_COUNT];
} headers;

static void add_headers(headers *h, const boxd_metadata *given)
{
    for (size_t i = 0; given && i < given->count; i++)
        h->items[h->count++] =
            (grpc_metadata){.key = grpc_slice_from_copied_buffer(given->words[i], given->name_sizes[i]),
                            .value = grpc_slice_from_copied_string(metadata_value(given, i))};
}

static void start_rpc(api_call *c, headers *h)
{
    /* gRPC may keep the path until the connection closes. */
    const grpc_slice path = c->method->transient ? grpc_slice_from_copied_string(c->method->path)
                                                 : grpc_slice_from_static_string(c->method->path);
    const rpc_target target = {.queue = c->owner->compute->cq.queue,
                               .channel = c->channel->channel,
                               .method = path,
                               .metadata = h->items,
                               .metadata_count = h->count,
                               .channel_received = &c->channel->received,
                               .deadline_ns = deadline_of(c)};
    if (c->streaming)
        rpc_start_stream(&c->rpc, &c->rpc_events, &target);
    else
        rpc_start_unary(&c->rpc, &c->rpc_events, &target, c->message);
    grpc_slice_unref(path);
}

static void launch(api_call *c)
{
    boxd_compute *compute = c->owner->compute;
    const auth *a = &compute->thread_data.auth;
    boxd_error error = BOXD_ERROR_INIT;
    boxd_metadata extra = {0};
    if (compute_connect(compute, &error) == BOXD_OK)
        c->channel = channels_acquire(&compute->thread_data.channels, load_of(c), &error);
    if (!c->channel) {
        finish(c, &error);
        return;
    }
    headers h = {.count = OWN_HEADERS};
    h.items[0] = (grpc_metadata){.key = grpc_slice_from_static_string("authorization"), .value = a->header};
    h.items[1] = (grpc_metadata){.key = grpc_slice_from_static_string("x-boxd-c-sdk-version"),
                                 .value = grpc_slice_from_static_string(boxd_version())};
    begin_attempt(c, &extra);
    add_headers(&h, c->owner->frame.metadata);
    add_headers(&h, &extra);
    c->generation = a->generation;
    c->mark = channels_mark(c->channel);
    start_rpc(c, &h);
    for (size_t i = OWN_HEADERS; i < h.count; i++) {
        grpc_slice_unref(h.items[i].key);
        grpc_slice_unref(h.items[i].value);
    }
    metadata_clear(&extra);
    if (c->streaming)
        c->events->opened(c);
}

/* ---- start and stop ---- */

static void start(api_call *c, request *owner, const method *m, const call_events *events, bool streaming)
{
    BOXD_ASSERT(!c->running);
    c->owner = owner;
    c->method = m;
    c->events = events;
    c->rpc_events = (rpc_events){events->message, events->written, on_done};
    c->streaming = streaming;
    c->running = true;
    c->stopped = c->cancel_sent = c->reauthenticated = c->unrepeatable = false;
    c->attempts = 0;
    c->attempt = (struct attempt){0};
    start_attempt(c);
}

void call_start_unary(api_call *c, request *owner, const method *m, const call_events *events)
{
    start(c, owner, m, events, false);
}

void call_start_stream(api_call *c, request *owner, const method *m, const call_events *events)
{
    start(c, owner, m, events, true);
}

void call_stop(api_call *c)
{
    if (!c->running || c->stopped)
        return;
    c->stopped = true;
    if (c->rpc.call) {
        rpc_cancel(&c->rpc);
    } else if (c->backoff.set) {
        loop_timer_clear(&c->owner->compute->core.loop, &c->backoff);
        finish_stopped(c, BOXD_SENT_UNKNOWN);
    } else {
        auth_abandon(&c->waiter);
        finish_stopped(c, BOXD_SENT_NO);
    }
}

void call_clear(api_call *c)
{
    rpc_clear(&c->rpc);
    if (c->has_message)
        grpc_slice_unref(c->message);
    c->has_message = false;
}
