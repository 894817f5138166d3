/*
 * channel.h: gRPC channels to the API, each with a connection of its own.
 */
#ifndef BOXD_CHANNEL_H
#define BOXD_CHANNEL_H

#include "boxd/client/config.h"

#include <grpc/grpc.h>

/* The longest pause between two attempts to connect. */
#define CHANNEL_MAX_PAUSE_MS 5000

/* Any thread, with the gRPC library initialised. */

/* Reads the certificate files: what all channels to the API are made with. NULL: BOXD_ERR_LOCAL_FILE,
 * BOXD_ERR_NO_MEMORY. */
grpc_channel_credentials *channel_credentials(const config *settings, boxd_error *error);

/* Makes a channel; connects at the first call. Reads no file. NULL: out of memory. */
grpc_channel *channel_new(const config *settings, grpc_channel_credentials *credentials);

#endif
