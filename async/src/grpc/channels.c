/*
 * channels.c: which channel a call uses, and when channels are opened and given up. Called by RPCs and by the
 * end of a client, on the core thread.
 */
#include "grpc/channels.h"

#include "core/clock.h"
#include "errors.h"
#include "invariant.h"
#include "mem.h"

/* How often a lingering channel is checked, in case gRPC does not report. */
enum { CHECK_MS = 500 };

/* The silence that makes a channel unresponsive. It doubles each time, until a response is received: so a
 * server that is slower than the timeouts of its calls gets further connections after 200, 400, 800 ms ... of
 * waiting, and not one for each call. */
enum { FIRST_SILENCE_MS = 200, MAX_SILENCE_MS = 60000 };

/* Unresponsive channels at a time: a program may have streams on each of them. */
enum { MAX_UNRESPONSIVE = 8 };

boxd_status channels_open(channels *all, const channel_settings *settings, cq *queue, observer *o,
                          boxd_error *error)
{
    *all = (channels){.observer = o,
                      .queue = queue,
                      .silence_limit_ms = FIRST_SILENCE_MS,
                      .settings = *settings,
                      .credentials = channel_credentials(settings, error)};
    if (!all->credentials)
        return error->status;
    all->authority = grpc_slice_from_copied_string(settings->target);
    return BOXD_OK;
}

bool channels_is_open(const channels *all)
{
    return all->credentials != NULL;
}

static pooled_channel *channel_of(list_node *node)
{
    return node ? CONTAINER_OF(node, pooled_channel, node) : NULL;
}

static void destroy(const channels *all, pooled_channel *channel)
{
    grpc_channel_destroy(channel->channel);
    grpc_resource_quota_unref(channel->quota);
    observe_uncount(&all->observer->connections);
    mem_free(channel);
}

static bool is_connecting(const pooled_channel *channel)
{
    return grpc_channel_check_connectivity_state(channel->channel, 0) == GRPC_CHANNEL_CONNECTING;
}

static void watch(pooled_channel *channel)
{
    cq_watch_connecting(channel->all->queue, channel->channel, clock_after_ms(CHECK_MS),
                        &channel->stopped_connecting);
}

static void on_stopped_connecting(cq_tag *tag, bool ok)
{
    pooled_channel *channel = CONTAINER_OF(tag, pooled_channel, stopped_connecting);
    (void)ok;
    if (is_connecting(channel)) {
        watch(channel);
        return;
    }
    list_remove(&channel->all->lingering, &channel->node);
    destroy(channel->all, channel);
}

/* When gRPC 1.51 destroys a channel that is connecting, and the connection is then established, the
 * connection stays open and is lost (grpc/grpc pull request 32071). So the channel lives until it has
 * connected or failed. */
static void close_channel(channels *all, pooled_channel *channel)
{
    if (!is_connecting(channel)) {
        destroy(all, channel);
        return;
    }
    channel->stopped_connecting.run = on_stopped_connecting;
    list_append(&all->lingering, &channel->node);
    watch(channel);
}

void channels_give_up(channels *all)
{
    for (size_t i = 0; i < CHANNEL_GROUPS; i++) {
        pooled_channel *channel;
        all->groups[i].idle = NULL;
        while ((channel = channel_of(list_pop(&all->groups[i].open))))
            close_channel(all, channel);
    }
}

bool channels_linger(const channels *all)
{
    return !list_is_empty(&all->lingering);
}

/* A channel that still lingers is watched: the queue's event for it must not run after this. */
void channels_close(channels *all)
{
    channels_give_up(all);
    pooled_channel *channel;
    while ((channel = channel_of(list_pop(&all->lingering)))) {
        observe_log(all->observer, BOXD_LOG_WARNING,
                    "closed while a connection to %s is being made; gRPC may keep its descriptor",
                    all->settings.target);
        destroy(all, channel);
    }
    if (all->credentials)
        grpc_channel_credentials_release(all->credentials);
    grpc_slice_unref(all->authority);
    *all = (channels){0};
}

static pooled_channel *open_channel(channels *all, channel_group *group, boxd_error *error)
{
    pooled_channel *made = mem_calloc(1, sizeof *made);
    if (made)
        made->quota = channel_quota_new();
    if (made && made->quota)
        made->channel = channel_new(&all->settings, all->credentials, made->quota);
    if (made && made->channel) {
        observe_log(all->observer, BOXD_LOG_INFO, "a connection to %s, beside %llu others",
                    all->settings.target, (unsigned long long)observe_counted(&all->observer->connections));
        observe_count(&all->observer->connections, 1);
        made->all = all;
        made->group = group;
        list_append(&group->open, &made->node);
        return made;
    }
    if (made && made->quota)
        grpc_resource_quota_unref(made->quota);
    mem_free(made);
    error_no_memory(error, "opening a connection for one more call");
    return NULL;
}

/* gRPC measures the pauses between attempts to connect with the wall clock: when the clock is set back, a
 * pause gets longer. This limits it to CHANNEL_MAX_PAUSE_MS. */
static void limit_pause(pooled_channel *channel, grpc_connectivity_state state)
{
    if (state != GRPC_CHANNEL_TRANSIENT_FAILURE) {
        channel->retry_at_ns = 0;
        return;
    }
    const bool over = channel->retry_at_ns != 0 && clock_now() >= channel->retry_at_ns;
    if (over)
        grpc_channel_reset_connect_backoff(channel->channel);
    if (over || channel->retry_at_ns == 0)
        channel->retry_at_ns = clock_after_ms(CHANNEL_MAX_PAUSE_MS);
}

/* ---- unresponsive channels ---- */

static bool is_unresponsive(const pooled_channel *channel)
{
    return channel->unresponsive && channel->received == channel->silent_at;
}

/* Whether a part of a response was received since this was asked last. */
static bool has_received(pooled_channel *channel)
{
    if (channel->received == channel->silent_at)
        return false;
    channel->silent_at = channel->received;
    channel->silence_ns = 0;
    channel->unresponsive = false;
    return true;
}

static size_t count_unresponsive(channels *all, const channel_group *group)
{
    size_t count = 0;
    for (list_node *node = group->open.first; node; node = node->next) {
        if (has_received(channel_of(node)))
            all->silence_limit_ms = FIRST_SILENCE_MS;
        count += is_unresponsive(channel_of(node));
    }
    return count;
}

/* gRPC itself sees some time later that a connection was lost. */
#define UP_MS 10

/* gRPC is not asked with each call: its answer takes 400 instructions. */
static bool find_up(pooled_channel *channel, int64_t now_ns)
{
    if (now_ns < channel->up_until_ns)
        return true;
    const grpc_connectivity_state state = grpc_channel_check_connectivity_state(channel->channel, 0);
    limit_pause(channel, state);
    if (state == GRPC_CHANNEL_READY)
        channel->up_until_ns = clock_add_ms(now_ns, UP_MS);
    return state == GRPC_CHANNEL_READY;
}

channel_mark channels_begin_call(pooled_channel *channel)
{
    const int64_t now = clock_now();
    return (channel_mark){.received = channel->received, .began_ns = now, .up = find_up(channel, now)};
}

/* Time that several calls have waited is counted once. A call that waited for a connection proves nothing. */
void channels_timed_out(channels *all, pooled_channel *channel, const channel_mark *began)
{
    size_t count = 0;
    for (size_t i = 0; i < CHANNEL_GROUPS; i++)
        count += count_unresponsive(all, &all->groups[i]);
    const bool silent = channel->received == began->received && began->up && channels_is_up(channel);
    if (!silent || is_unresponsive(channel))
        return;
    const int64_t now = clock_now();
    const int64_t from =
        began->began_ns > channel->silent_until_ns ? began->began_ns : channel->silent_until_ns;
    channel->silence_ns += now - from;
    channel->silent_until_ns = now;
    if (channel->silence_ns < all->silence_limit_ms * NS_PER_MS || count >= MAX_UNRESPONSIVE)
        return;
    channel->unresponsive = true;
    all->silence_limit_ms =
        2 * all->silence_limit_ms < MAX_SILENCE_MS ? 2 * all->silence_limit_ms : MAX_SILENCE_MS;
    observe_log(
        all->observer, BOXD_LOG_WARNING,
        "no response was received over a connection to %s for %lld ms; the next call uses another one",
        all->settings.target, (long long)(channel->silence_ns / NS_PER_MS));
}

/* ---- acquiring and releasing ---- */

#define MIB ((size_t)1024 * 1024)

/* The memory that the messages of a connection share, beside the first message of the largest size. Together
 * they are 256 MiB: without this bound, one call could use the memory that was added for all others. */
#define SHARED_BYTES (176 * MIB)

/* How many unary calls with large responses share a connection: all of their responses have space. */
enum { MAX_LARGE_UNARY = 3 };

/* The memory of a stream that is not read: gRPC keeps its bytes in blocks that are not full, which take up to
 * three times the largest window (channel.c). A message of the largest size has space there too. */
#define WINDOW_BYTES (96 * MIB)

/* The windows of a connection together: one message that is too large may use all of this memory. */
#define WINDOWS_BYTES (2048 * MIB)

/* What a call adds to the memory of its connection: for a window of its own, and to the shared part. */
typedef struct load_bytes {
    size_t window, shared;
} load_bytes;

static const load_bytes loads[CHANNEL_LOADS] = {
    [CHANNEL_STREAM] = {.window = WINDOW_BYTES},
    [CHANNEL_LARGE_STREAM] = {.window = WINDOW_BYTES},
    [CHANNEL_UNARY] = {.shared = 16 * MIB},
    [CHANNEL_LARGE_UNARY] = {.shared = 70 * MIB},
};

static const load_bytes small_loads[CHANNEL_LOADS] = {
    [CHANNEL_STREAM] = {.window = 1 * MIB},
    [CHANNEL_LARGE_STREAM] = {.window = 1 * MIB, .shared = 65 * MIB},
    [CHANNEL_UNARY] = {.shared = 16 * MIB},
    [CHANNEL_LARGE_UNARY] = {.shared = 70 * MIB},
};

static const load_bytes *bytes_of(const pooled_channel *channel, channel_load load)
{
    return channel->all->settings.small_windows ? &small_loads[load] : &loads[load];
}

/* What calls have added and do not need any more stays for the next ones, up to this size: a resize with each
 * call would cost time. */
#define SPARE_BYTES (16 * MIB)

static void resize_quota(pooled_channel *channel)
{
    const size_t windows =
        channel->window_bytes < WINDOWS_BYTES ? (size_t)channel->window_bytes : WINDOWS_BYTES;
    const size_t shared = channel->shared_bytes < SHARED_BYTES ? (size_t)channel->shared_bytes : SHARED_BYTES;
    const size_t needed = windows + shared;
    if (needed <= channel->quota_bytes && needed + SPARE_BYTES >= channel->quota_bytes)
        return;
    channel->quota_bytes = needed;
    channel_quota_resize(channel->quota, needed);
}

static void add_call(pooled_channel *channel, channel_load load)
{
    const load_bytes *bytes = bytes_of(channel, load);
    channel->calls++;
    channel->window_bytes += bytes->window;
    channel->shared_bytes += bytes->shared;
    resize_quota(channel);
}

static void remove_call(pooled_channel *channel, channel_load load)
{
    const load_bytes *bytes = bytes_of(channel, load);
    BOXD_ASSERT(channel->calls > 0 && channel->window_bytes >= bytes->window &&
                channel->shared_bytes >= bytes->shared);
    channel->calls--;
    channel->window_bytes -= bytes->window;
    channel->shared_bytes -= bytes->shared;
    resize_quota(channel);
}

static int32_t max_calls(const channels *all, channel_load load)
{
    const int32_t most = all->settings.max_streams;
    return load == CHANNEL_LARGE_UNARY && most > MAX_LARGE_UNARY ? MAX_LARGE_UNARY : most;
}

/* Prefers the oldest, so that the younger channels run out of calls. Some hundred steps at most. */
pooled_channel *channels_acquire(channels *all, channel_load load, boxd_error *error)
{
    channel_group *group = &all->groups[load == CHANNEL_LARGE_UNARY];
    list_node *node = group->open.first;
    while (node && (channel_of(node)->calls >= max_calls(all, load) || is_unresponsive(channel_of(node))))
        node = node->next;
    pooled_channel *channel = node ? channel_of(node) : open_channel(all, group, error);
    if (!channel)
        return NULL;
    add_call(channel, load);
    if (channel == group->idle)
        group->idle = NULL;
    return channel;
}

void channels_acquire_again(pooled_channel *channel, channel_load load)
{
    BOXD_ASSERT(channel->calls > 0);
    add_call(channel, load);
}

void channels_release(channels *all, pooled_channel *channel, channel_load load)
{
    channel_group *group = channel->group;
    remove_call(channel, load);
    const bool unresponsive = is_unresponsive(channel);
    if (channel->calls > 0 || (!unresponsive && &channel->node == group->open.first))
        return;
    if (!unresponsive && !group->idle) {
        group->idle = channel;
        return;
    }
    list_remove(&group->open, &channel->node);
    close_channel(all, channel);
    observe_log(all->observer, BOXD_LOG_INFO, "a connection to %s is not needed any more",
                all->settings.target);
}

bool channels_is_up(const pooled_channel *channel)
{
    return grpc_channel_check_connectivity_state(channel->channel, 0) == GRPC_CHANNEL_READY;
}
