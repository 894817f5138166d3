/* rpc_origin.c: who made the status of an ended call, from the events of its batches and from gRPC's own
 * texts. Called by boxd/client and boxd/process, on the core thread. Pure. */
#include "grpc/rpc_origin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HTTP_STATUS_TEXT "Received http2 header with status: "

/* The beginnings of gRPC's own texts, of the versions 1.51 to 1.7x. They stand for statuses in the trailing
 * metadata, where gRPC also puts its own. */
static const struct {
    const char *text;
    rpc_origin origin;
} texts[] = {
    {"Received RST_STREAM with error code ", RPC_CONNECTION_FAILED},
    {"RST_STREAM", RPC_CONNECTION_FAILED},
    {"Stream removed", RPC_CONNECTION_FAILED},
    {"Stream IDs exhausted", RPC_CONNECTION_FAILED},
    {"Transport Stream IDs exhausted", RPC_CONNECTION_FAILED},
    {"Pending writes failed due to stream closure", RPC_CONNECTION_FAILED},
    {"Attempt to send ", RPC_CONNECTION_FAILED},
    {"Error in HTTP transport completing operation", RPC_CONNECTION_FAILED},
    {"GOAWAY received", RPC_CONNECTION_FAILED},
    {"Last stream closed after sending GOAWAY", RPC_CONNECTION_FAILED},
    {"goaway sent", RPC_CONNECTION_FAILED},
    {"Too many pings", RPC_CONNECTION_FAILED},
    {"too_many_pings", RPC_CONNECTION_FAILED},
    {"keepalive ", RPC_CONNECTION_FAILED},
    {"ping timeout", RPC_CONNECTION_FAILED},
    {"settings timeout", RPC_CONNECTION_FAILED},
    {"Socket closed", RPC_CONNECTION_FAILED},
    {"Transport closed", RPC_CONNECTION_FAILED},
    {"Transport destroyed", RPC_CONNECTION_FAILED},
    {"Endpoint read failed", RPC_CONNECTION_FAILED},
    {"Delayed close due to in-progress write", RPC_CONNECTION_FAILED},
    {"Channel destroyed", RPC_CONNECTION_FAILED},
    {"Channel Destroyed", RPC_CONNECTION_FAILED},
    {"failed to connect to all addresses", RPC_CONNECTION_FAILED},
    {"DNS resolution failed", RPC_CONNECTION_FAILED},
    {"empty address list", RPC_CONNECTION_FAILED},
    {"Trying to connect an http1.x server", RPC_CONNECTION_FAILED},
    {"Failed parsing HTTP/2", RPC_CONNECTION_FAILED},
    {"HTTP2 settings error", RPC_CONNECTION_FAILED},
    {HTTP_STATUS_TEXT, RPC_FROM_HTTP},
    {"to-be-sent ", RPC_REQUEST_TOO_LARGE},
    {"CLIENT: Sent message larger than max", RPC_REQUEST_TOO_LARGE},
    {"CLIENT: Received message larger than max", RPC_RESPONSE_TOO_LARGE},
    {"received initial metadata size exceeds ", RPC_RESPONSE_TOO_LARGE},
    {"received trailing metadata size exceeds ", RPC_RESPONSE_TOO_LARGE},
    {"received metadata size exceeds ", RPC_RESPONSE_TOO_LARGE},
    {"Compression algorithm ", RPC_MALFORMED},
    {"Invalid compression algorithm ", RPC_MALFORMED},
    {"Unexpected error decompressing data ", RPC_MALFORMED},
    {"Bad GRPC frame type ", RPC_MALFORMED},
    {"Error parsing metadata", RPC_MALFORMED},
    {"Too many trailer frames", RPC_MALFORMED},
    {"too many header frames received", RPC_MALFORMED},
    {"No status received", RPC_MALFORMED},
    {"Buffers full", RPC_NO_MEMORY},
};

/* Further texts, of statuses that are not in the trailing metadata. A service may send them as its own. */
static const struct {
    const char *text;
    rpc_origin origin;
} filter_texts[] = {
    {"Sent message larger than max", RPC_REQUEST_TOO_LARGE},
    {"Received message larger than max", RPC_RESPONSE_TOO_LARGE},
};

static bool details_begin(const rpc *r, const char *text)
{
    const size_t length = strlen(text);
    return GRPC_SLICE_LENGTH(r->details) >= length &&
           memcmp(GRPC_SLICE_START_PTR(r->details), text, length) == 0;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static rpc_origin find_text(const rpc *r)
{
    for (size_t i = 0; i < COUNT(texts); i++)
        if (details_begin(r, texts[i].text))
            return texts[i].origin;
    for (size_t i = 0; !r->in_trailers && i < COUNT(filter_texts); i++)
        if (details_begin(r, filter_texts[i].text))
            return filter_texts[i].origin;
    return RPC_FROM_UNKNOWN;
}

/* Whether the details end with a description of an error of the operating system, as gRPC appends it. */
static bool names_system_error(const rpc *r)
{
    static const int errors[] = {ECONNRESET, EPIPE,       ETIMEDOUT, ECONNREFUSED, ECONNABORTED, EHOSTUNREACH,
                                 EHOSTDOWN,  ENETUNREACH, ENETDOWN,  ENETRESET,    ENOTCONN,     EBADF};
    const char *details = (const char *)GRPC_SLICE_START_PTR(r->details);
    const size_t size = GRPC_SLICE_LENGTH(r->details);
    for (size_t i = 0; i < COUNT(errors); i++) {
        const char *text = strerrordesc_np(errors[i]);
        const size_t length = strlen(text);
        if (size >= length && memcmp(details + size - length, text, length) == 0)
            return true;
    }
    return false;
}

rpc_origin rpc_find_origin(const rpc *r)
{
    if (r->extra_message)
        return RPC_MALFORMED;
    if (r->status == GRPC_STATUS_OK)
        return RPC_FROM_SERVICE;
    if (r->status == GRPC_STATUS_CANCELLED && r->cancelled)
        return RPC_CANCELLED;
    if (r->late)
        return RPC_LATE;
    const rpc_origin found = find_text(r);
    if (found != RPC_FROM_UNKNOWN)
        return found;
    if (r->status == GRPC_STATUS_UNAVAILABLE && r->trailing.count == 0 && names_system_error(r))
        return RPC_CONNECTION_FAILED;
    if (r->in_trailers)
        return RPC_FROM_SERVICE;
    return r->status == GRPC_STATUS_UNAVAILABLE ? RPC_CONNECTION_FAILED : RPC_FROM_UNKNOWN;
}

int rpc_http_status(const rpc *r)
{
    char digits[4] = "";
    const size_t before = strlen(HTTP_STATUS_TEXT);
    if (rpc_find_origin(r) != RPC_FROM_HTTP)
        return 0;
    const size_t left = GRPC_SLICE_LENGTH(r->details) - before;
    memcpy(digits, GRPC_SLICE_START_PTR(r->details) + before, left < 3 ? left : 3);
    return (int)strtol(digits, NULL, 10);
}

/* Whether gRPC did not pass the request to a connection: all of it for a unary call, the first message for a
 * stream. */
static bool was_kept_back(const rpc *r)
{
    return !r->call || !r->started_ok || (r->message_failed && !r->message_sent);
}

boxd_sent rpc_sent(const rpc *r)
{
    const rpc_origin origin = r->call ? rpc_find_origin(r) : RPC_CANCELLED;
    if (r->answered || r->trailing.count > 0 || origin == RPC_FROM_SERVICE ||
        origin == RPC_RESPONSE_TOO_LARGE)
        return BOXD_SENT_YES;
    return was_kept_back(r) ? BOXD_SENT_NO : BOXD_SENT_UNKNOWN;
}
