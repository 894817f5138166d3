/* rpc_origin.c: who made the status of an ended call, from the events of its batches and from gRPC's own
 * texts. Called by boxd/client and boxd/process, on the core thread. Pure. */
#include "grpc/rpc_origin.h"

#include "grpc/channel.h"
#include "os/libc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HTTP_STATUS_TEXT "Received http2 header with status: "

/* A beginning of gRPC's own texts, of the versions 1.51 to 1.83; "*" stands for any text. They stand in the
 * trailing metadata, where a service has its texts. */
typedef struct own_text {
    const char *text;
    rpc_origin origin;
} own_text;

/* With any code. */
static const own_text texts[] = {
    {"Received RST_STREAM with error code ", RPC_CONNECTION_FAILED},
    {"RST_STREAM", RPC_CONNECTION_FAILED},
    {"Stream removed", RPC_CONNECTION_FAILED},
    {HTTP_STATUS_TEXT, RPC_FROM_HTTP},
    {"to-be-sent initial metadata size exceeds ", RPC_REQUEST_TOO_LARGE},
    {"to-be-sent trailing metadata size exceeds ", RPC_REQUEST_TOO_LARGE},
    {"CLIENT: Sent message larger than max", RPC_REQUEST_TOO_LARGE},
    {"CLIENT: Received message larger than max", RPC_RESPONSE_TOO_LARGE},
    {"received initial metadata size exceeds ", RPC_METADATA_TOO_LARGE},
    {"received trailing metadata size exceeds ", RPC_METADATA_TOO_LARGE},
    {"received metadata size exceeds ", RPC_METADATA_TOO_LARGE},
    {"Compression algorithm '*' is disabled", RPC_MALFORMED},
    {"Compression algorithm ('*') not present in the accepted encodings", RPC_MALFORMED},
    {"Invalid compression algorithm ", RPC_MALFORMED},
    {"Unexpected error decompressing data ", RPC_MALFORMED},
    {"Bad GRPC frame type ", RPC_MALFORMED},
    {"Buffers full", RPC_BUFFERS_FULL},
};

/* With UNAVAILABLE, INTERNAL or UNKNOWN. */
static const own_text texts_of_connections[] = {
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
    {"keepalive watchdog timeout", RPC_CONNECTION_FAILED},
    {"keepalive timeout", RPC_CONNECTION_FAILED},
    {"keepalive_timeout", RPC_CONNECTION_FAILED},
    {"ping timeout", RPC_CONNECTION_FAILED},
    {"ping_timeout", RPC_CONNECTION_FAILED},
    {"settings timeout", RPC_CONNECTION_FAILED},
    {"settings_timeout", RPC_CONNECTION_FAILED},
    {"Socket closed", RPC_CONNECTION_FAILED},
    {"Transport closed", RPC_CONNECTION_FAILED},
    {"Transport destroyed", RPC_CONNECTION_FAILED},
    {"Endpoint read failed", RPC_CONNECTION_FAILED},
    {"Delayed close due to in-progress write", RPC_CONNECTION_FAILED},
    {"Channel destroyed", RPC_CONNECTION_FAILED},
    {"Channel Destroyed", RPC_CONNECTION_FAILED},
    {"failed to connect to all addresses", RPC_CONNECTION_FAILED},
    {"DNS resolution failed", RPC_CONNECTION_FAILED},
    {"errors resolving ", RPC_CONNECTION_FAILED},
    {"no connection", RPC_CONNECTION_FAILED},
    {"subchannel lost all connections", RPC_CONNECTION_FAILED},
    {"Subchannel disconnected", RPC_CONNECTION_FAILED},
    {"channel not connected", RPC_CONNECTION_FAILED},
    {"secure endpoint shutdown", RPC_CONNECTION_FAILED},
    {"Secure read failed", RPC_CONNECTION_FAILED},
    {"Shutting down endpoint", RPC_CONNECTION_FAILED},
    {"Endpoint clos", RPC_CONNECTION_FAILED},
    {"Reset stream frame received", RPC_CONNECTION_FAILED},
    {"empty address list", RPC_CONNECTION_FAILED},
    {"Trying to connect an http1.x server", RPC_CONNECTION_FAILED},
    {"Failed parsing HTTP/2", RPC_CONNECTION_FAILED},
    {"HTTP2 settings error", RPC_MALFORMED},
    {"frame of size ", RPC_MALFORMED},
    {"Frame size * larger than max", RPC_MALFORMED},
    {"unsupported data flags: ", RPC_MALFORMED},
    {"Data frame with END_STREAM flag received", RPC_MALFORMED},
    {"goaway frame too short ", RPC_MALFORMED},
    {"invalid ping: ", RPC_MALFORMED},
    {"invalid rst_stream: ", RPC_MALFORMED},
    {"invalid window update", RPC_MALFORMED},
    {"invalid flags on settings frame", RPC_MALFORMED},
    {"invalid value * passed for ", RPC_MALFORMED},
    {"settings frames must be ", RPC_MALFORMED},
    {"non-empty settings ack frame received", RPC_MALFORMED},
    {"Received unexpected settings ack", RPC_MALFORMED},
    {"Settings frame received for ", RPC_MALFORMED},
    {"Invalid Setting:", RPC_MALFORMED},
    {"Too many pending induced frames", RPC_MALFORMED},
    {"Too many zero length ", RPC_MALFORMED},
    {"Illegal hpack op code", RPC_MALFORMED},
    {"Invalid HPACK index received", RPC_MALFORMED},
    {"integer overflow in hpack ", RPC_MALFORMED},
    {"illegal base64 encoding", RPC_MALFORMED},
    {"Failed base64 decoding ", RPC_MALFORMED},
    {"Failed huffman decoding ", RPC_MALFORMED},
    {"Malicious varint encoding ", RPC_MALFORMED},
    {"Mitigation engine triggered ", RPC_MALFORMED},
    {"Attempt to make hpack table ", RPC_MALFORMED},
    {"HPACK max table size reduced ", RPC_MALFORMED},
    {"More than two max table size changes ", RPC_MALFORMED},
    {"Incomplete header at the end ", RPC_MALFORMED},
    {"Error parsing metadata", RPC_MALFORMED},
    {"Error parsing '*' metadata", RPC_MALFORMED},
    {"Expected CONTINUATION frame", RPC_MALFORMED},
    {"Unexpected CONTINUATION frame", RPC_MALFORMED},
    {"Unexpected SECURITY frame", RPC_MALFORMED},
    {"gRPC Transport Error : Security frame ", RPC_MALFORMED},
    {"Expected SETTINGS frame", RPC_MALFORMED},
    {"grpc_chttp2_stream disbanded ", RPC_MALFORMED},
    {"Too many trailer frames", RPC_MALFORMED},
    {"too many header frames received", RPC_MALFORMED},
    {"Trailing metadata frame received without an end-o-stream", RPC_MALFORMED},
    {"No status received", RPC_MALFORMED},
};

/* A server has the same texts for its own limits, with another limit. */
#define SENT_TOO_LARGE "Sent message larger than max ("
#define RECEIVED_TOO_LARGE "Received message larger than max ("

static bool details_begin(const rpc *r, const char *text)
{
    const size_t length = strlen(text);
    return GRPC_SLICE_LENGTH(r->details) >= length &&
           memcmp(GRPC_SLICE_START_PTR(r->details), text, length) == 0;
}

static bool details_end(const rpc *r, const char *text)
{
    const size_t length = strlen(text), size = GRPC_SLICE_LENGTH(r->details);
    return size >= length && memcmp(GRPC_SLICE_START_PTR(r->details) + size - length, text, length) == 0;
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool details_contain(const rpc *r, const char *text)
{
    return memmem(GRPC_SLICE_START_PTR(r->details), GRPC_SLICE_LENGTH(r->details), text, strlen(text));
}

static bool details_match(const rpc *r, const char *text)
{
    const char *star = strchr(text, '*');
    const size_t length = star ? (size_t)(star - text) : strlen(text);
    const char *details = (const char *)GRPC_SLICE_START_PTR(r->details);
    const size_t size = GRPC_SLICE_LENGTH(r->details);
    return size >= length && memcmp(details, text, length) == 0 &&
           (!star || memmem(details + length, size - length, star + 1, strlen(star + 1)));
}

static rpc_origin find_text(const rpc *r, const own_text *own, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (details_match(r, own[i].text))
            return own[i].origin;
    return RPC_FROM_UNKNOWN;
}

/* The text names the limit of this library: "(70000000 vs. 67108864)". */
static rpc_origin find_own_limit(const rpc *r)
{
    char limit[32];
    (void)snprintf(limit, sizeof limit, " vs. %d)", CHANNEL_MAX_MESSAGE_BYTES);
    if (!details_end(r, limit))
        return RPC_FROM_UNKNOWN;
    return details_begin(r, RECEIVED_TOO_LARGE) ? RPC_RESPONSE_TOO_LARGE
           : details_begin(r, SENT_TOO_LARGE)   ? RPC_REQUEST_TOO_LARGE
                                                : RPC_FROM_UNKNOWN;
}

static rpc_origin find_any_text(const rpc *r)
{
    rpc_origin found = find_text(r, texts, COUNT(texts));
    if (found == RPC_FROM_UNKNOWN && r->status == GRPC_STATUS_RESOURCE_EXHAUSTED)
        found = find_own_limit(r);
    if (found == RPC_FROM_UNKNOWN && (r->status == GRPC_STATUS_UNAVAILABLE ||
                                      r->status == GRPC_STATUS_INTERNAL || r->status == GRPC_STATUS_UNKNOWN))
        found = find_text(r, texts_of_connections, COUNT(texts_of_connections));
    return found;
}

/* Whether the details end with a description of an error of the operating system. gRPC appends it in the
 * language of the program's locale. */
static bool names_system_error(const rpc *r)
{
    static const int errors[] = {ECONNRESET, EPIPE,       ETIMEDOUT, ECONNREFUSED, ECONNABORTED, EHOSTUNREACH,
                                 EHOSTDOWN,  ENETUNREACH, ENETDOWN,  ENETRESET,    ENOTCONN,     EBADF};
    char buffer[ERRNO_TEXT_SIZE];
    for (size_t i = 0; i < COUNT(errors); i++)
        if (details_end(r, errno_local_text(errors[i], buffer, sizeof buffer)))
            return true;
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
    const rpc_origin found = find_any_text(r);
    if (found != RPC_FROM_UNKNOWN)
        return found;
    if (r->status == GRPC_STATUS_UNAVAILABLE && r->trailing.count == 0 && names_system_error(r))
        return RPC_CONNECTION_FAILED;
    if (r->in_trailers)
        return RPC_FROM_SERVICE;
    return r->status == GRPC_STATUS_UNAVAILABLE ? RPC_CONNECTION_FAILED : RPC_FROM_UNKNOWN;
}

bool rpc_ended_at_once(const rpc *r)
{
    const int64_t second = INT64_C(1000000000), status = r->status_ns;
    return status - r->headers_ns < second && status - r->started_ns < 5 * second &&
           (!r->message_sent || status - r->message_sent_ns < 2 * second);
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
 * stream. A call that ends during a write fails the batch of that write, although the bytes may be sent. */
static bool was_kept_back(const rpc *r)
{
    if (r->call && details_contain(r, "write_state=WRITING"))
        return false;
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
