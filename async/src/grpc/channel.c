/*
 * channel.c: the credentials and arguments of gRPC channels. Called by channels.c, on the core thread and on
 * the thread that opens a client.
 */
#include "grpc/channel.h"

#include "errors.h"
#include "mem.h"
#include "os/libc.h"

#include <errno.h>
#include <grpc/compression.h>
#include <grpc/grpc_security.h>
#include <stdio.h>
#include <string.h>
#if __has_include(<grpc/credentials.h>) /* in newer gRPC */
#include <grpc/credentials.h>
#endif

/* Without its probe gRPC gives a connection a window of this size, whatever the windows of its streams are.
 * With the probe, which measures how much the path holds, the windows of the connection and of each stream
 * begin at 4 MiB and grow to 32 MiB at most: gRPC has no setting between the two. */
#define SMALL_WINDOW_BYTES 65535
#define MAX_FRAME_BYTES (256 * 1024)

/* The memory of a connection without calls: one message of the largest size, and what gRPC itself needs. */
#define QUOTA_BASE_BYTES ((size_t)80 * 1024 * 1024)

#define MAX_PEM_BYTES ((size_t)4 * 1024 * 1024)

/* A keepalive ping that is not answered within this ends the connection. */
#define KEEPALIVE_TIMEOUT_MS 20000

/* Whether one of the text's PEM blocks is of a kind ("CERTIFICATE", "PRIVATE KEY"). */
static bool holds_pem(const char *text, const char *kind)
{
    static const char begin[] = "-----BEGIN ";
    for (const char *block = strstr(text, begin); block; block = strstr(block + 1, begin)) {
        const char *label = strstr(block, kind);
        if (label && !memchr(block, '\n', (size_t)(label - block)))
            return true;
    }
    return false;
}

static boxd_status read_pem(const char *path, const char *kind, char **out, boxd_error *error)
{
    *out = NULL;
    if (!path)
        return BOXD_OK;
    FILE *file = libc_open_to_read(path);
    if (!file)
        return error_set(error, BOXD_ERR_LOCAL_FILE, "the file %s cannot be opened: %s", path,
                         ERRNO_TEXT(errno));
    (void)setvbuf(file, NULL, _IONBF, 0); /* no second copy of a key */
    char *text = mem_calloc(1, MAX_PEM_BYTES + 1);
    size_t size = text ? fread(text, 1, MAX_PEM_BYTES, file) : 0;
    (void)fclose(file);
    if (!text)
        return error_no_memory(error, "reading a certificate file");
    if (!holds_pem(text, kind)) {
        mem_zero(text, size);
        mem_free(text);
        return error_set(error, BOXD_ERR_LOCAL_FILE,
                         "the file %s holds no PEM block of a %s (-----BEGIN ...)", path, kind);
    }
    *out = text;
    return BOXD_OK;
}

/* Reads the files without TLS too: the token exchange may use HTTPS where the API is plaintext. */
grpc_channel_credentials *channel_credentials(const channel_settings *settings, boxd_error *error)
{
    char *ca = NULL, *certificate = NULL, *key = NULL;
    grpc_channel_credentials *credentials = NULL;
    if (read_pem(settings->ca_file, "CERTIFICATE", &ca, error) == BOXD_OK &&
        read_pem(settings->client_cert_file, "CERTIFICATE", &certificate, error) == BOXD_OK &&
        read_pem(settings->client_key_file, "PRIVATE KEY", &key, error) == BOXD_OK) {
        grpc_ssl_pem_key_cert_pair pair = {.private_key = key, .cert_chain = certificate};
        credentials = settings->tls ? grpc_ssl_credentials_create(ca, certificate ? &pair : NULL, NULL, NULL)
                                    : grpc_insecure_credentials_create();
        if (!credentials)
            error_set(error, BOXD_ERR_LOCAL_FILE, "the certificates to trust cannot be read");
    }
    mem_free(ca);
    mem_free(certificate);
    mem_free_secret(key);
    return credentials;
}

/* gRPC takes a char * that it does not write to. */
static char *arg_key(const char *key)
{
    union {
        const char *constant;
        char *plain;
    } name = {.constant = key};
    return name.plain;
}

static grpc_arg int_arg(const char *key, int value)
{
    return (grpc_arg){.type = GRPC_ARG_INTEGER, .key = arg_key(key), .value.integer = value};
}

static grpc_arg text_arg(const char *key, const char *value)
{
    return (grpc_arg){.type = GRPC_ARG_STRING, .key = arg_key(key), .value.string = arg_key(value)};
}

/* The header of the proxy's user, a secret. False: out of memory. */
static bool proxy_header(const forward_proxy *proxy, char **header)
{
    char *credentials = proxy && proxy->user ? forward_proxy_credentials(proxy) : NULL;
    *header = credentials ? mem_printf("Proxy-Authorization:Basic %s", credentials) : NULL;
    mem_free_secret(credentials);
    return *header || !proxy || !proxy->user;
}

enum { PROXY_ARGS = 3 };

/* `args` has `count` arguments, and space for PROXY_ARGS more. gRPC's own reading of a proxy ignores half of
 * the variables, applies its own no_proxy even to the argument GRPC_ARG_HTTP_PROXY, and reads the environment
 * for each channel. So the channel is one to the proxy, with the arguments that gRPC's reading would set
 * (http_connect_handshaker.h): the server to CONNECT to, and its name. NULL: out of memory. */
static grpc_channel *create_channel(const channel_settings *settings, grpc_channel_credentials *credentials,
                                    grpc_arg *args, size_t count)
{
    char *header;
    if (!proxy_header(settings->proxy, &header))
        return NULL;
    if (settings->proxy) {
        args[count++] = text_arg("grpc.http_connect_server", settings->target);
        args[count++] = text_arg(GRPC_ARG_DEFAULT_AUTHORITY, settings->target);
    }
    if (header)
        args[count++] = text_arg("grpc.http_connect_headers", header);
    const grpc_channel_args all = {count, args};
    grpc_channel *channel =
        grpc_channel_create(settings->proxy ? settings->proxy->address : settings->target, credentials, &all);
    mem_free_secret(header);
    return channel;
}

grpc_resource_quota *channel_quota_new(void)
{
    grpc_resource_quota *quota = grpc_resource_quota_create("boxd");
    channel_quota_resize(quota, 0);
    return quota;
}

void channel_quota_resize(grpc_resource_quota *quota, size_t bytes)
{
    grpc_resource_quota_resize(quota, QUOTA_BASE_BYTES + bytes);
}

grpc_channel *channel_new(const channel_settings *settings, grpc_channel_credentials *credentials,
                          grpc_resource_quota *quota)
{
    const int64_t keepalive_ms = settings->keepalive_ms;
    const int keepalive = keepalive_ms > 0 && keepalive_ms < INT32_MAX ? (int)keepalive_ms : INT32_MAX;
    grpc_arg args[] = {
        int_arg(GRPC_ARG_ENABLE_HTTP_PROXY, 0), /* see create_channel() */
        int_arg(GRPC_ARG_MAX_SEND_MESSAGE_LENGTH, CHANNEL_MAX_MESSAGE_BYTES),
        int_arg(GRPC_ARG_MAX_RECEIVE_MESSAGE_LENGTH, CHANNEL_MAX_MESSAGE_BYTES),
        int_arg(GRPC_ARG_MAX_METADATA_SIZE, CHANNEL_MAX_METADATA_BYTES),
        int_arg("grpc.absolute_max_metadata_size", CHANNEL_MAX_METADATA_BYTES), /* gRPC 1.56 and later */
        /* Compression is neither announced nor accepted: 2 MB of zeros could become 2 GB. A response with an
         * encoding fails; a message with the compressed flag is refused by wire.c. */
        int_arg(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1 << GRPC_COMPRESS_NONE),
        int_arg(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0),
        int_arg(GRPC_ARG_ENABLE_RETRIES, 0),
        int_arg(GRPC_ARG_DISABLE_CLIENT_AUTHORITY_FILTER, 1), /* each call sets its authority */
    /* Each call has a timer of the library. Newer gRPC always checks deadlines. */
#ifdef GRPC_ARG_ENABLE_DEADLINE_CHECKS
        int_arg(GRPC_ARG_ENABLE_DEADLINE_CHECKS, 0),
#endif
        int_arg(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1),
        int_arg(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1), /* clients share no connection */
        int_arg(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 200),
        int_arg(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 10000), /* gRPC's name for the connect timeout */
        int_arg(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, CHANNEL_MAX_PAUSE_MS),
        int_arg(GRPC_ARG_KEEPALIVE_TIME_MS, keepalive),
        int_arg(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, KEEPALIVE_TIMEOUT_MS),
        int_arg(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0),
        int_arg(GRPC_ARG_HTTP2_BDP_PROBE, !settings->small_windows),
        int_arg(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, SMALL_WINDOW_BYTES), /* the probe overrides it */
        int_arg(GRPC_ARG_HTTP2_MAX_FRAME_SIZE, MAX_FRAME_BYTES),
        (grpc_arg){.type = GRPC_ARG_POINTER,
                   .key = arg_key(GRPC_ARG_RESOURCE_QUOTA),
                   .value.pointer = {quota, grpc_resource_quota_arg_vtable()}},
        int_arg(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0), /* an idle stream is kept alive without limit */
        {0},
        {0},
        {0},
    };
    return create_channel(settings, credentials, args, sizeof args / sizeof *args - PROXY_ARGS);
}
