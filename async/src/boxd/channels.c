#include "channels.h"

#include "channel.h"
#include "errors.h"
#include "mem.h"

boxd_status channels_open(channels *all, const config *settings, boxd_error *error)
{
    *all = (channels){.credentials = channel_credentials(settings, error)};
    if (!all->credentials)
        return error->status;
    all->settings = settings;
    return BOXD_OK;
}

static void close_channel(pooled_channel *channel)
{
    grpc_channel_destroy(channel->channel);
    mem_free(channel);
}

void channels_close(channels *all)
{
    while (all->first) {
        pooled_channel *channel = all->first;
        all->first = channel->next;
        close_channel(channel);
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
    if (made && made->channel)
        return made;
    mem_free(made);
    error_no_memory(error, "opening a connection for one more call");
    return NULL;
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
    close_channel(channel);
}

bool channels_is_up(const pooled_channel *channel)
{
    return grpc_channel_check_connectivity_state(channel->channel, 0) == GRPC_CHANNEL_READY;
}
