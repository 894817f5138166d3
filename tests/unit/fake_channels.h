/*
 * fake_channels.h: a replacement of gRPC's channels: they are numbers with a state that the test sets. For
 * programs of one source file, because the header defines functions of gRPC and of grpc/channel.c.
 */
#ifndef FAKE_CHANNELS_H
#define FAKE_CHANNELS_H

#include "fake_loop.h"
#include "grpc/channels.h"

#include <string.h>

enum { MOST = 64 };

static struct {
    size_t made, destroyed, credentials, quotas;
    size_t quota_bytes[MOST];
    grpc_connectivity_state state[MOST];
    unsigned resets[MOST];
    /* The event that a channel has stopped connecting. */
    cq_tag *watched[MOST];
    bool no_memory;
} fake;

static char places[MOST];

static size_t number_of(const grpc_channel *channel)
{
    return (size_t)((const char *)(const void *)channel - places);
}

grpc_channel_credentials *channel_credentials(const channel_settings *settings, boxd_error *error)
{
    (void)settings;
    (void)error;
    fake.credentials++;
    return (grpc_channel_credentials *)(void *)&fake;
}

void grpc_channel_credentials_release(grpc_channel_credentials *credentials)
{
    ck_assert_ptr_eq((void *)credentials, &fake);
    fake.credentials--;
}

/* A quota is a place too, and its number is that of the channel. */
grpc_resource_quota *channel_quota_new(void)
{
    fake.quotas++;
    return (grpc_resource_quota *)(void *)&places[fake.made];
}

void channel_quota_resize(grpc_resource_quota *quota, size_t bytes)
{
    fake.quota_bytes[number_of((void *)quota)] = bytes;
}

void grpc_resource_quota_unref(grpc_resource_quota *quota)
{
    (void)quota;
    fake.quotas--;
}

grpc_slice grpc_slice_from_copied_string(const char *source)
{
    (void)source;
    return (grpc_slice){0};
}

void grpc_slice_unref(grpc_slice slice)
{
    (void)slice;
}

grpc_channel *channel_new(const channel_settings *settings, grpc_channel_credentials *credentials,
                          grpc_resource_quota *quota)
{
    ck_assert_ptr_nonnull(quota);
    (void)settings;
    ck_assert_ptr_eq((void *)credentials, &fake);
    ck_assert_uint_lt(fake.made, MOST);
    return fake.no_memory ? NULL : (grpc_channel *)(void *)&places[fake.made++];
}

void grpc_channel_destroy(grpc_channel *channel)
{
    ck_assert_msg(fake.state[number_of(channel)] != GRPC_CHANNEL_SHUTDOWN, "destroyed twice");
    fake.state[number_of(channel)] = GRPC_CHANNEL_SHUTDOWN;
    fake.destroyed++;
}

grpc_connectivity_state grpc_channel_check_connectivity_state(grpc_channel *channel, int try_to_connect)
{
    ck_assert_int_eq(try_to_connect, 0);
    return fake.state[number_of(channel)];
}

void grpc_channel_reset_connect_backoff(grpc_channel *channel)
{
    fake.resets[number_of(channel)]++;
}

void cq_watch_connecting(cq *q, grpc_channel *channel, int64_t until_ns, cq_tag *tag)
{
    ck_assert_ptr_null(q);
    ck_assert(until_ns > fake_now_ns);
    ck_assert_ptr_null(fake.watched[number_of(channel)]);
    fake.watched[number_of(channel)] = tag;
}

/* The queue reports on channel `i`. */
static void report(size_t i)
{
    cq_tag *tag = fake.watched[i];
    ck_assert_ptr_nonnull(tag);
    fake.watched[i] = NULL;
    tag->run(tag, true);
}

#endif
