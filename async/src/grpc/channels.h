/*
 * channels.h: a client's connections. An HTTP/2 connection carries a limited number of calls at a time, and
 * gRPC lets those beyond it wait without a word; so each call takes a place on a connection, and where all
 * are full a further one is opened.
 *
 * Core thread, but for opening and closing.
 */
#ifndef BOXD_CHANNELS_H
#define BOXD_CHANNELS_H

#include "boxd/client/config.h"
#include "core/observe.h"
#include "grpc/cq.h"

#include <grpc/grpc.h>

/* A gRPC channel of one connection. */
typedef struct pooled_channel {
    cq_tag linger; /* while it is among those that linger */
    struct channels *all;
    grpc_channel *channel;
    int32_t calls;              /* that have a place on it */
    int64_t connect_at_last_ns; /* while it has failed to connect: when it is told to try again; else 0 */
    struct pooled_channel *next;
} pooled_channel;

/* The first one made stays until the end. Of the further ones those without a call go, but for one, which
 * keeps a load around a multiple of the limit from opening and closing a connection with every call. */
typedef struct channels {
    observer *observer;
    const config *settings;                /* NULL until channels_open() */
    grpc_channel_credentials *credentials; /* of all: what they were made of is read once */
    pooled_channel *first;                 /* in the order they were made */
    pooled_channel *idle;                  /* the further one that is kept without a call; or NULL */
    pooled_channel *lingering;             /* given up while they were connecting */
    cq *queue;                             /* the client's, which tells when those have connected */
} channels;

/* Reads the certificate files; `settings` stay. Connects to nothing. BOXD_ERR_LOCAL_FILE, BOXD_ERR_NO_MEMORY.
 * Any thread, with the gRPC library initialised. */
boxd_status channels_open(channels *all, const config *settings, cq *queue, observer *o, boxd_error *error);

/* After the last call was given back, or on a zeroed one: no call will be made. Those that are connecting
 * linger until that has come to something, of which the queue's events tell. */
void channels_give_up(channels *all);
bool channels_linger(const channels *all);

/* As that, but waits for nothing, and frees the rest. The queue's events are not to be run any more. */
void channels_close(channels *all);

/* A place for one call, on the oldest channel that has one. NULL: BOXD_ERR_NO_MEMORY. */
pooled_channel *channels_acquire(channels *all, boxd_error *error);

/* Whether its connection is up. */
bool channels_is_up(const pooled_channel *channel);

/* Gives the place back: the call is over. */
void channels_release(channels *all, pooled_channel *channel);

#endif
