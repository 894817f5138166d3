/*
 * channel.h: the gRPC channel to the API.
 */
#ifndef BOXD_CHANNEL_H
#define BOXD_CHANNEL_H

#include "config.h"

#include <grpc/grpc.h>

/* Makes the channel; connects at the first call. Reads the certificate files. NULL: BOXD_ERR_LOCAL_FILE,
 * BOXD_ERR_NO_MEMORY. Any thread, with the gRPC library initialised. */
grpc_channel *channel_new(const config *settings, boxd_error *error);

#endif
