#include "grpc/channels.h"

#include "container_of.h"
#include "core/clock.h"
#include "errors.h"
#include "grpc/channel.h"
#include "mem.h"

#include <stddef.h>

/* How often a channel that lingers is looked at, should gRPC not tell. */
enum { LOOK_MS = 500 };

boxd_status channels_open(channels *all, const config *settings, cq *queue, observer *o, boxd_error *error)
{
    *all = (channels){.observer = o, .queue = queue, .credentials = channel_credentials(settings, error)};
    if (!all->credentials)
        return error->status;
    all->settings = settings;
    return BOXD_OK;
}

static void destroy(const channels *all, pooled_channel *channel)
{
    grpc_channel_destroy(channel->channel);
    observe_uncount(&all->observer->connections);
    mem_free(channel);
}

static bool is_connecting(const pooled_channel *channel)
{
    return grpc_channel_check_connectivity_state(channel->channel, 0) == GRPC_CHANNEL_CONNECTING;
}

static void watch(pooled_channel *channel)
{
    cq_watch_connecting(channel->all->queue, channel->channel, clock_after_ms(LOOK_MS), &channel->linger);
}

static void take_out(pooled_channel **list, const pooled_channel *channel)
{
    while (*list != channel)
        list = &(*list)->next;
    *list = channel->next;
}

static void on_looked_at(cq_tag *tag, bool ok)
{
    pooled_channel *channel = CONTAINER_OF(tag, pooled_channel, linger);
    (void)ok;
    if (is_connecting(channel)) {
        watch(channel);
        return;
    }
    take_out(&channel->all->lingering, channel);
    destroy(channel->all, channel);
}

/* A channel that gRPC 1.51 is told to destroy while it connects leaves the connection behind, open, if that
 * comes about all the same (grpc/grpc pull request 32071): so it lives until it has connected, or failed. */
static void close_channel(channels *all, pooled_channel *channel)
{
    if (!is_connecting(channel)) {
        destroy(all, channel);
        return;
    }
    channel->linger.run = on_looked_at;
    channel->all = all;
    channel->next = all->lingering;
    all->lingering = channel;
    watch(channel);
}

static pooled_channel *take_first(pooled_channel **list)
{
    pooled_channel *channel = *list;
    *list = channel->next;
    return channel;
}

void channels_give_up(channels *all)
{
    all->idle = NULL;
    while (all->first)
        close_channel(all, take_first(&all->first));
}

bool channels_linger(const channels *all)
{
    return all->lingering != NULL;
}

/* What lingers still is watched: what the queue says of it from now on nobody is to look at. */
void channels_close(channels *all)
{
    channels_give_up(all);
    while (all->lingering)
        destroy(all, take_first(&all->lingering));
    if (all->credentials)
        grpc_channel_credentials_release(all->credentials);
    *all = (channels){0};
}

static pooled_channel *make(const channels *all, boxd_error *error)
{
    pooled_channel *made = mem_calloc(1, sizeof *made);
    if (made)
        made->channel = channel_new(all->settings, all->credentials);
    if (made && made->channel) {
        observe_log(all->observer, BOXD_LOG_INFO, "a connection to %s, beside %llu others",
                    all->settings->api.target,
                    (unsigned long long)observe_counted(&all->observer->connections));
        observe_count(&all->observer->connections, 1);
        return made;
    }
    mem_free(made);
    error_no_memory(error, "opening a connection for one more call");
    return NULL;
}

/* gRPC measures its pauses between attempts to connect with the wall clock: where that goes back, one lasts
 * as much longer. None is to last longer than the longest. */
static void cut_pause_short(pooled_channel *channel)
{
    if (grpc_channel_check_connectivity_state(channel->channel, 0) != GRPC_CHANNEL_TRANSIENT_FAILURE) {
        channel->connect_at_last_ns = 0;
        return;
    }
    const bool over = channel->connect_at_last_ns != 0 && clock_now() >= channel->connect_at_last_ns;
    if (over)
        grpc_channel_reset_connect_backoff(channel->channel);
    if (over || channel->connect_at_last_ns == 0)
        channel->connect_at_last_ns = clock_after_ms(CHANNEL_MAX_PAUSE_MS);
}

/* The oldest: so that the younger ones run empty. Some hundred steps at most, for what costs a call. */
pooled_channel *channels_take(channels *all, boxd_error *error)
{
    pooled_channel **place = &all->first;
    while (*place && (*place)->calls >= all->settings->max_streams)
        place = &(*place)->next;
    if (!*place)
        *place = make(all, error);
    pooled_channel *channel = *place;
    if (!channel)
        return NULL;
    cut_pause_short(channel);
    channel->calls++;
    if (channel == all->idle)
        all->idle = NULL;
    return channel;
}

void channels_give(channels *all, pooled_channel *channel)
{
    if (--channel->calls > 0 || channel == all->first)
        return;
    if (!all->idle) {
        all->idle = channel;
        return;
    }
    take_out(&all->first, channel);
    close_channel(all, channel);
    observe_log(all->observer, BOXD_LOG_INFO, "a connection to %s is not needed any more",
                all->settings->api.target);
}

bool channels_is_up(const pooled_channel *channel)
{
    return grpc_channel_check_connectivity_state(channel->channel, 0) == GRPC_CHANNEL_READY;
}
