/*
 * channels.h: a client's connections to one server. An HTTP/2 connection carries a limited number of calls at
 * a time, and gRPC queues further calls silently. So each call acquires a channel that has capacity left, and
 * when all are full, one more channel is opened.
 *
 * A connection can die without a FIN or RST, and gRPC then keeps using it. So a channel becomes unresponsive
 * when calls have waited until their deadlines, or unary calls until a cancel, and no part of a response was
 * received over the connection meanwhile. An unresponsive channel takes no further calls, and is closed when
 * its calls have ended. If a part of a response is received over it before that, it takes calls again: the
 * server was slow.
 *
 * gRPC ends all calls of a connection when one of them receives more than the memory for the connection, and
 * one call may use all of this memory. So a connection has memory for a window of each stream, and 256 MiB
 * for the messages of all its calls together. Unary calls with large responses have connections of their own,
 * which a few of them share.
 *
 * All functions but channels_open() and channels_close(): core thread.
 */
#ifndef BOXD_CHANNELS_H
#define BOXD_CHANNELS_H

#include "core/observe.h"
#include "grpc/channel.h"
#include "grpc/cq.h"
#include "linked_list.h"

#include <grpc/grpc.h>

/* What a call may have waiting on its connection. */
typedef enum channel_load {
    /* The window of a stream. */
    CHANNEL_STREAM,
    /* The largest message, of a stream. */
    CHANNEL_LARGE_STREAM,
    /* A response of a usual size. */
    CHANNEL_UNARY,
    /* The largest message, as a response. */
    CHANNEL_LARGE_UNARY,
    CHANNEL_LOADS
} channel_load;

/* A gRPC channel of one connection. */
typedef struct pooled_channel {
    struct channels *all;
    struct channel_group *group;
    grpc_channel *channel;
    /* The memory of what arrives over the channel, and the sums of what its calls add: for the windows of
     * streams, and for messages. Each sum has a limit, so that no call may use a large sum alone. */
    grpc_resource_quota *quota;
    uint64_t window_bytes, shared_bytes;
    /* What the quota has for calls: the sum of both, or a little more. */
    size_t quota_bytes;
    /* Calls that have acquired the channel. */
    int32_t calls;
    /* Counts metadata, messages and trailers that were received over the channel: RPCs increment it. */
    uint64_t received;
    /* How long calls have waited without any response, until `silent_until_ns`; valid while `received` is
     * `silent_at`. */
    int64_t silence_ns, silent_until_ns;
    uint64_t silent_at;
    /* The channel is unresponsive while `received` is `silent_at`. */
    bool unresponsive;
    /* While the channel cannot connect: the time at which the pause before its next attempt is cut short;
     * else 0. */
    int64_t retry_at_ns;
    /* Until then the channel is taken for connected. */
    int64_t up_until_ns;
    /* In the list of its group or in `lingering`. */
    list_node node;
    /* Reports that the channel has stopped connecting, while it is in `lingering`. */
    cq_tag stopped_connecting;
} pooled_channel;

/* The state of a channel when a call began. */
typedef struct channel_mark {
    uint64_t received;
    int64_t began_ns;
    /* There was a connection, at most 10 ms before: the call has not waited for one. */
    bool up;
} channel_mark;

/* Channels that calls share. The first channel stays until the end. Of the others at most one is kept without
 * a call, so that a load around a multiple of the limit does not open and close a connection with every call.
 */
typedef struct channel_group {
    /* In the order of their creation. */
    linked_list open;
    /* The channel that is kept without a call, besides the first one; or NULL. */
    pooled_channel *idle;
} channel_group;

enum { CHANNEL_GROUPS = 2 };

typedef struct channels {
    observer *observer;
    channel_settings settings;
    /* The credentials of all channels, because the files are read once; NULL until channels_open(). */
    grpc_channel_credentials *credentials;
    /* The authority of all calls: the target. */
    grpc_slice authority;
    /* Of unary calls with large responses, and of all others. */
    channel_group groups[CHANNEL_GROUPS];
    /* Channels that are not used any more, but still connecting. */
    linked_list lingering;
    /* The silence that makes the next channel unresponsive. */
    int64_t silence_limit_ms;
    /* The client's queue, which reports when a lingering channel has stopped connecting. */
    cq *queue;
} channels;

/* Reads the certificate files. Does not connect. BOXD_ERR_LOCAL_FILE, BOXD_ERR_NO_MEMORY. Any thread, with
 * the gRPC library initialised. */
boxd_status channels_open(channels *all, const channel_settings *settings, cq *queue, observer *o,
                          boxd_error *error);
bool channels_is_open(const channels *all);

/* Gives up all channels, after the last call has released its own, or of zeroed `channels`. Channels that are
 * connecting linger until an event of the queue says that they have connected or failed. */
void channels_give_up(channels *all);
bool channels_linger(const channels *all);

/* Gives up all channels without waiting, and frees everything. The queue's events must not run any more. */
void channels_close(channels *all);

/* Acquires the oldest channel that has capacity left for a call. NULL: BOXD_ERR_NO_MEMORY. */
pooled_channel *channels_acquire(channels *all, channel_load load, boxd_error *error);

/* Acquires this channel for one more call, also when it is full. The caller has acquired it. */
void channels_acquire_again(pooled_channel *channel, channel_load load);

/* Whether the connection of `channel` is up. */
bool channels_is_up(const pooled_channel *channel);

/* A call begins on `channel`, which it has acquired. Returns the state of the channel. */
channel_mark channels_begin_call(pooled_channel *channel);

/* A call has waited until its deadline or a cancel: the channel may become unresponsive. Before
 * channels_release(). */
void channels_timed_out(channels *all, pooled_channel *channel, const channel_mark *began);

/* Releases the channel: the call, of the same load, has ended. */
void channels_release(channels *all, pooled_channel *channel, channel_load load);

#endif
