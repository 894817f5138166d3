/*
 * channel.h: makes gRPC channels to one server, each with a connection of its own. Any thread, with the gRPC
 * library initialised.
 */
#ifndef BOXD_CHANNEL_H
#define BOXD_CHANNEL_H

#include "forward_proxy.h"

#include <boxd/error.h>

#include <grpc/grpc.h>
#include <stdbool.h>
#include <stdint.h>

/* The longest pause between two attempts to connect. */
#define CHANNEL_MAX_PAUSE_MS 5000

/* The largest message that is sent or received. */
#define CHANNEL_MAX_MESSAGE_BYTES 67108864

/* The largest metadata of a response; a status message is a part of them. */
#define CHANNEL_MAX_METADATA_BYTES (256 * 1024)

/* The strings are the caller's, and outlive the channels. */
typedef struct channel_settings {
    /* host:port, as gRPC dials it. */
    const char *target;
    /* The http:// proxy of the connections; NULL: none. gRPC itself never reads the environment for one. */
    const forward_proxy *proxy;
    bool tls;
    /* PEM files; each or NULL. */
    const char *ca_file, *client_cert_file, *client_key_file;
    /* -1: no pings. */
    int64_t keepalive_ms;
    /* Calls on one connection at a time. */
    int32_t max_streams;
    /* Windows of a fixed size, instead of windows that follow the path. */
    bool small_windows;
} channel_settings;

/* Reads the certificate files, for the credentials of all channels. NULL: BOXD_ERR_LOCAL_FILE,
 * BOXD_ERR_NO_MEMORY. */
grpc_channel_credentials *channel_credentials(const channel_settings *settings, boxd_error *error);

/* The memory for what arrives over one channel, which gRPC bounds in no other way: it collects a message
 * before it compares its size with the limit. When the memory is used up, gRPC ends calls of the channel with
 * "Buffers full". Freed with grpc_resource_quota_unref(), which channels in use survive. */
grpc_resource_quota *channel_quota_new(void);

/* Sets the size for calls that may have `bytes` waiting, all together. */
void channel_quota_resize(grpc_resource_quota *quota, size_t bytes);

/* Makes a channel, which connects at its first call. Reads no file. NULL: out of memory. */
grpc_channel *channel_new(const channel_settings *settings, grpc_channel_credentials *credentials,
                          grpc_resource_quota *quota);

#endif
