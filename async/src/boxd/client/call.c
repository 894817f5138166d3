/*
 * call.c: runs one RPC: acquires a token and a channel, starts the attempt, and decides after each
 * attempt whether to make another. Called by unary.c and boxd/stream, on the core thread.
 */
#include "boxd/client/call.h"

#include "boxd/client/failure.h"
#include "container_of.h"
#include "core/backoff.h"
#include "core/clock.h"
#include "errors.h"
#include "invariant.h"

#include <stddef.h>
#include <string.h>

/* The bounds of the pause before a retry. */
#define FIRST_BACKOFF_MS 500
#define MAX_BACKOFF_MS 128000

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
    boxd_error own;
    BOXD_ASSERT(c->running && !c->channel && !c->waiter.list && !c->backoff.set && !c->deadline.set);
    c->running = false;
    if (error) {
        own = *error;
        own.sent = sent_either(error->sent, c->sent_before);
        error = &own;
    }
    c->events->done(c, error);
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

/* Whether the server can have rejected the token only before any effect. What a stream has begun may have
 * lasted a while before its token was rejected. */
static bool is_without_effect(const api_call *c)
{
    return !c->streaming || (!c->rpc.answered && !c->unrepeatable && rpc_ended_at_once(&c->rpc));
}

/* Starts another attempt with another token, once. */
static bool retry_with_new_token(api_call *c)
{
    if (c->rpc.status != GRPC_STATUS_UNAUTHENTICATED || !rpc_is_from_service(&c->rpc) || c->reauthenticated ||
        !is_without_effect(c) || !auth_reject(&c->owner->compute->thread_data.auth, c->generation))
        return false;
    c->reauthenticated = true;
    rpc_clear(&c->rpc);
    start_attempt(c);
    return true;
}

/* Starts another attempt of a read after a pause, if the service was not reached or the connection broke. */
static bool retry_later(api_call *c)
{
    boxd_compute *compute = c->owner->compute;
    if (failure_status(&c->rpc) != BOXD_ERR_CONNECTION || !c->method->read ||
        c->attempts >= (unsigned)compute->config.read_retries)
        return false;
    c->sent_before = sent_either(c->sent_before, rpc_sent(&c->rpc));
    rpc_clear(&c->rpc);
    const int64_t pause_ms =
        backoff_ms(&compute->thread_data.jitter, FIRST_BACKOFF_MS, MAX_BACKOFF_MS, c->attempts);
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

/* A call that is cancelled when its status has arrived may end in OK without the response. */
static bool has_lost_response(const api_call *c, bool stopping)
{
    return stopping && !c->streaming && !c->rpc.reply;
}

/* The reason for which the client stopped the call; gRPC reports CANCELLED for each of them. */
static boxd_status attempt_status(const api_call *c)
{
    const boxd_status reason = request_stop_reason(c->owner)->status;
    const bool stopped = c->stopped || request_stopping(c->owner);
    const bool answered = c->rpc.status == GRPC_STATUS_OK && !has_lost_response(c, stopped);
    if (answered || !stopped)
        return failure_status(&c->rpc);
    return reason != BOXD_OK ? reason : BOXD_ERR_CANCELLED;
}

static void end_attempt(api_call *c)
{
    observer *o = &c->owner->compute->observer;
    boxd_attempt *info = &c->attempt.info;
    char peer[PEER_SIZE];
    *peer = '\0';
    if (observe_wants_peer(o))
        rpc_peer(&c->rpc, peer, sizeof peer);
    info->peer = peer;
    info->grpc_code = failure_grpc_code(&c->rpc);
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
    if (c->streaming)
        return c->method->large ? CHANNEL_LARGE_STREAM : CHANNEL_STREAM;
    return c->method->large ? CHANNEL_LARGE_UNARY : CHANNEL_UNARY;
}

/* Whether the call waited until its deadline, or until a cancel. The parts of an operation are
 * cancelled by the deadline of the whole. A stream that is cancelled may have been silent for good reasons.
 */
static bool has_waited(const api_call *c)
{
    const boxd_status reason = request_stop_reason(c->owner)->status;
    return c->rpc.late || reason == BOXD_ERR_TIMEOUT || (reason == BOXD_ERR_CANCELLED && !c->streaming);
}

/* The channel may be unresponsive if no answer has come. */
static void report_to_channel(api_call *c, pooled_channel *channel)
{
    channels *all = &c->owner->compute->thread_data.channels;
    channel->received += rpc_is_from_service(&c->rpc);
    if (has_waited(c))
        channels_timed_out(all, channel, &c->mark);
}

/* ---- unary calls in progress ---- */

/* How often the responses are checked: see rpc_check_end(). One timer for all calls, and none for short ones.
 */
#define END_CHECK_MS 250

static void on_end_check(timer *t)
{
    boxd_compute *compute = CONTAINER_OF(t, boxd_compute, thread_data.end_check);
    for (list_node *node = compute->thread_data.unary_calls.first; node; node = node->next)
        rpc_check_end(&CONTAINER_OF(node, api_call, node)->rpc);
    loop_timer_set(&compute->core.loop, t, clock_after_ms(END_CHECK_MS), on_end_check);
}

static void add_unary_call(api_call *c)
{
    boxd_compute *compute = c->owner->compute;
    timer *check = &compute->thread_data.end_check;
    list_append(&compute->thread_data.unary_calls, &c->node);
    if (!check->set)
        loop_timer_set(&compute->core.loop, check, clock_after_ms(END_CHECK_MS), on_end_check);
}

static void remove_unary_call(api_call *c)
{
    boxd_compute *compute = c->owner->compute;
    list_remove(&compute->thread_data.unary_calls, &c->node);
    if (list_is_empty(&compute->thread_data.unary_calls))
        loop_timer_clear(&compute->core.loop, &compute->thread_data.end_check);
}

/* ---- the end of an attempt ---- */

/* The requests that fit into the windows of a connection without an answer: a larger one may wait for the
 * server to read. */
#define SMALL_REQUEST_BYTES 16384

/* Whether the call waited for a stream of `channel`: gRPC holds calls back when the server allows no more of
 * them at a time. */
static bool waits_for_stream(const api_call *c, const pooled_channel *channel)
{
    const bool small = c->streaming || GRPC_SLICE_LENGTH(c->message) <= SMALL_REQUEST_BYTES;
    return !c->rpc.started_ok && small && channels_is_up(channel);
}

bool call_was_answered(const api_call *c)
{
    return c->rpc.call && rpc_is_from_service(&c->rpc);
}

void call_describe_wait(const api_call *c, boxd_error *error)
{
    if (c->waited_for_stream)
        error_append(error,
                     "; it waited for a free stream: if the server allows fewer streams (calls) on one "
                     "connection, set max_streams_per_connection");
}

static void finish_after_rpc(api_call *c, bool stopping)
{
    const rpc *r = &c->rpc;
    boxd_error error;
    if (r->status == GRPC_STATUS_OK && !r->extra_message && !has_lost_response(c, stopping)) {
        finish(c, NULL);
        return;
    }
    if (stopping && !r->extra_message)
        failure_stopped(&error, c->owner, c->method, rpc_sent(r));
    else
        failure_of_rpc(&error, c->owner, c->method, r);
    call_describe_wait(c, &error);
    finish(c, &error);
}

static void on_done(rpc *r)
{
    api_call *c = CONTAINER_OF(r, api_call, rpc);
    channels *all = &c->owner->compute->thread_data.channels;
    pooled_channel *channel = c->channel;
    const channel_load load = load_of(c);
    const bool stopping = c->stopped || request_stopping(c->owner);
    const bool given_up = stopping || r->late;
    c->channel = NULL;
    if (!c->streaming)
        remove_unary_call(c);
    loop_timer_clear(&c->owner->compute->core.loop, &c->deadline);
    c->waited_for_stream = given_up && waits_for_stream(c, channel);
    report_to_channel(c, channel);
    if (!given_up)
        channels_release(all, channel, load);
    end_attempt(c);
    receive_notices(c);
    if (c->rpc.status == GRPC_STATUS_OK)
        auth_accept(&c->owner->compute->thread_data.auth, c->generation);
    if (!given_up && !c->after && (retry_with_new_token(c) || retry_later(c)))
        return;
    c->ended_on = given_up ? channel : NULL;
    finish_after_rpc(c, stopping);
    if (given_up)
        channels_release(all, channel, load);
}

static int64_t deadline_of(const api_call *c)
{
    int64_t whole = request_deadline_ns(c->owner);
    return c->after || (c->deadline_ns != 0 && c->deadline_ns < whole) ? c->deadline_ns : whole;
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

static void on_deadline(timer *t)
{
    rpc_expire(&CONTAINER_OF(t, api_call, deadline)->rpc);
}

static void start_unary(api_call *c, const rpc_target *target)
{
    rpc_start_unary(&c->rpc, &c->rpc_events, target, c->message);
    add_unary_call(c);
    if (c->deadline_ns != 0)
        loop_timer_set(&c->owner->compute->core.loop, &c->deadline, c->deadline_ns, on_deadline);
}

static void start_rpc(api_call *c, headers *h)
{
    /* gRPC may keep the path until the connection closes. */
    const grpc_slice path = c->method->transient ? grpc_slice_from_copied_string(c->method->path)
                                                 : grpc_slice_from_static_string(c->method->path);
    const rpc_target target = {.queue = c->owner->compute->cq.queue,
                               .channel = c->channel->channel,
                               .method = path,
                               .authority = c->owner->compute->thread_data.channels.authority,
                               .metadata = h->items,
                               .metadata_count = h->count,
                               .channel_received = &c->channel->received,
                               .deadline_ns = deadline_of(c)};
    if (c->streaming)
        rpc_start_stream(&c->rpc, &c->rpc_events, &target);
    else
        start_unary(c, &target);
    grpc_slice_unref(path);
}

/* Starts an attempt on the channel that is acquired. */
static void launch_on_channel(api_call *c)
{
    const auth *a = &c->owner->compute->thread_data.auth;
    boxd_metadata extra;
    headers h; /* most of the items are not used, and zeroing them would cost more than the rest */
    h.count = OWN_HEADERS;
    h.items[0] = (grpc_metadata){.key = grpc_slice_from_static_string("authorization"), .value = a->header};
    h.items[1] = (grpc_metadata){.key = grpc_slice_from_static_string("x-boxd-c-sdk-version"),
                                 .value = grpc_slice_from_static_string(boxd_version())};
    begin_attempt(c, &extra);
    add_headers(&h, c->owner->frame.metadata);
    add_headers(&h, &extra);
    c->generation = a->generation;
    c->mark = channels_begin_call(c->channel);
    start_rpc(c, &h);
    for (size_t i = OWN_HEADERS; i < h.count; i++) {
        grpc_slice_unref(h.items[i].key);
        grpc_slice_unref(h.items[i].value);
    }
    metadata_clear(&extra);
    if (c->streaming)
        c->events->opened(c);
}

static void launch(api_call *c)
{
    boxd_compute *compute = c->owner->compute;
    boxd_error error;
    if (compute_connect(compute, &error) == BOXD_OK)
        c->channel = channels_acquire(&compute->thread_data.channels, load_of(c), &error);
    if (c->channel)
        launch_on_channel(c);
    else
        finish(c, &error);
}

/* ---- start and stop ---- */

static void prepare(api_call *c, request *owner, const method *m, const call_events *events, bool streaming)
{
    BOXD_ASSERT(!c->running);
    c->owner = owner;
    c->method = m;
    c->events = events;
    c->rpc_events = (rpc_events){events->message, events->written, on_done};
    c->streaming = streaming;
    c->running = true;
    c->stopped = c->waited_for_stream = c->reauthenticated = c->unrepeatable = false;
    c->attempts = 0;
    c->sent_before = BOXD_SENT_NO;
    c->attempt = (struct attempt){0};
    c->ended_on = NULL;
}

void call_start_unary(api_call *c, request *owner, const method *m, const call_events *events)
{
    boxd_error error;
    prepare(c, owner, m, events, false);
    if (failure_check_size(GRPC_SLICE_LENGTH(c->message), m->name, &error) == BOXD_OK)
        start_attempt(c);
    else
        finish(c, &error);
}

bool call_start_after(api_call *c, const api_call *ended, const method *m, const call_events *events)
{
    if (!ended->ended_on || !channels_is_up(ended->ended_on))
        return false;
    c->after = rpc_find_connection(&ended->rpc);
    if (!c->after)
        return false;
    prepare(c, ended->owner, m, events, false);
    channels_acquire_again(ended->ended_on, load_of(c));
    c->channel = ended->ended_on;
    launch_on_channel(c);
    return true;
}

bool call_confirms(const api_call *c)
{
    rpc_connection *own = c->rpc.call ? rpc_find_connection(&c->rpc) : NULL;
    const bool same = own && own == c->after;
    rpc_connection_release(own);
    return same && rpc_is_from_service(&c->rpc);
}

void call_start_stream(api_call *c, request *owner, const method *m, const call_events *events)
{
    prepare(c, owner, m, events, true);
    start_attempt(c);
}

void call_stop(api_call *c)
{
    boxd_error error;
    if (!c->running || c->stopped)
        return;
    c->stopped = true;
    if (c->rpc.call) {
        rpc_cancel(&c->rpc);
    } else if (c->backoff.set) {
        loop_timer_clear(&c->owner->compute->core.loop, &c->backoff);
        failure_stopped(&error, c->owner, c->method, c->sent_before);
        finish(c, &error);
    } else {
        auth_abandon(&c->waiter);
        if (c->sent_before == BOXD_SENT_NO)
            failure_stopped_without_token(&error, c->owner, c->method);
        else
            failure_stopped(&error, c->owner, c->method, c->sent_before);
        finish(c, &error);
    }
}

void call_clear(api_call *c)
{
    rpc_clear(&c->rpc);
    rpc_connection_release(c->after);
    c->after = NULL;
    if (c->has_message)
        grpc_slice_unref(c->message);
    c->has_message = false;
}
