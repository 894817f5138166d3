#include "channels.h"

#include "channel.h"
#include "clock.h"
#include "errors.h"
#include "mem.h"

boxd_status channels_open(channels *all, const config *settings, observer *o, boxd_error *error)
{
    *all = (channels){.observer = o, .credentials = channel_credentials(settings, error)};
    if (!all->credentials)
        return error->status;
    all->settings = settings;
    return BOXD_OK;
}

static void close_channel(const channels *all, pooled_channel *channel)
{
    atomic_fetch_sub_explicit(&all->observer->connections, 1, memory_order_relaxed);
    grpc_channel_destroy(channel->channel);
    mem_free(channel);
}

void channels_close(channels *all)
{
    while (all->first) {
        pooled_channel *channel = all->first;
        all->first = channel->next;
        close_channel(all, channel);
    }
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
        const uint64_t others =
            atomic_fetch_add_explicit(&all->observer->connections, 1, memory_order_relaxed);
        observe_log(all->observer, BOXD_LOG_INFO, "a connection to %s, beside %llu others",
                    all->settings->api.target, (unsigned long long)others);
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
    pooled_channel **place = &all->first;
    while (*place != channel)
        place = &(*place)->next;
    *place = channel->next;
    close_channel(all, channel);
    observe_log(all->observer, BOXD_LOG_INFO, "a connection to %s is not needed any more",
                all->settings->api.target);
}

bool channels_is_up(const pooled_channel *channel)
{
    return grpc_channel_check_connectivity_state(channel->channel, 0) == GRPC_CHANNEL_READY;
}
