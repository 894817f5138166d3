/* Who made the status of a call, and whether its request was sent: each kind of end that gRPC reports. */
#include "grpc/rpc_origin.h"

#include "unit_test.h"

#include <grpc/slice.h>
#include <string.h>

static char no_call;

/* An ended call. */
typedef struct end {
    grpc_status_code status;
    const char *details;
    /* gRPC found the status in the trailing metadata. */
    bool in_trailers;
    /* Metadata of the service came with the status. */
    bool trailing;
} end;

static rpc make(const end *e)
{
    return (rpc){.call = (grpc_call *)(void *)&no_call,
                 .status = e->status,
                 .details = grpc_slice_from_static_string(e->details),
                 .in_trailers = e->in_trailers,
                 .trailing.count = e->trailing,
                 .started_ok = true};
}

/* ---- the service ---- */

START_TEST(from_service)
{
    static const char *const details[] = {
        "",
        "not found",
        "open /etc/x: Permission denied",
        "grpc: received message larger than max (70000000 vs. 4194304)",
        "Received message larger than max (70000000 vs. 4194304)", /* a server made with the same gRPC */
        "quota: 5 boxes",
        "the stream was removed",
        "Error parsing the config",
        "Expected a name",
        "invalid value x of vcpu",
        "keepalive of the box failed",
        "Frame size of the image is odd",
        "Compression algorithm 'lz9' is not known",
        "UNAVAILABLE"};
    for (int status = 1; status <= GRPC_STATUS_UNAUTHENTICATED; status++)
        for (size_t i = 0; i < COUNT(details); i++) {
            rpc r = make(&(end){(grpc_status_code)status, details[i], true, i % 2});
            ck_assert_msg(rpc_find_origin(&r) == RPC_FROM_SERVICE, "%d, %s", status, details[i]);
            ck_assert_int_eq(rpc_sent(&r), BOXD_SENT_YES);
            r.started_ok = false; /* an answer proves more than the batch */
            ck_assert_int_eq(rpc_sent(&r), BOXD_SENT_YES);
        }
}
END_TEST

/* ---- gRPC ---- */

/* Each of these texts, with each code. */
static const struct {
    const char *details;
    rpc_origin origin;
} with_any_code[] = {
    {"Received RST_STREAM with error code 11", RPC_CONNECTION_FAILED},
    {"Received RST_STREAM with error code 12", RPC_CONNECTION_FAILED},
    {"RST_STREAM", RPC_CONNECTION_FAILED},
    {"Stream removed", RPC_CONNECTION_FAILED},
    {"Stream removed (Socket closed)", RPC_CONNECTION_FAILED},
    {"Received http2 header with status: 403", RPC_FROM_HTTP},
    {"received initial metadata size exceeds limit", RPC_METADATA_TOO_LARGE},
    {"received trailing metadata size exceeds hard limit", RPC_METADATA_TOO_LARGE},
    {"CLIENT: Received message larger than max (70000000 vs. 67108864)", RPC_RESPONSE_TOO_LARGE},
    {"to-be-sent initial metadata size exceeds peer limit", RPC_REQUEST_TOO_LARGE},
    {"Compression algorithm 'gzip' is disabled.", RPC_MALFORMED},
    {"Compression algorithm ('gzip') not present in the accepted encodings (x)", RPC_MALFORMED},
    {"Bad GRPC frame type 0x02", RPC_MALFORMED},
    {"Buffers full", RPC_BUFFERS_FULL},
};

START_TEST(from_grpc)
{
    for (int status = 1; status <= GRPC_STATUS_UNAUTHENTICATED; status++)
        for (size_t i = 0; i < 2 * COUNT(with_any_code); i++) {
            const char *details = with_any_code[i / 2].details;
            const rpc_origin origin = with_any_code[i / 2].origin;
            const rpc r = make(&(end){(grpc_status_code)status, details, i % 2, false});
            ck_assert_msg(rpc_find_origin(&r) == origin, "%d, %s: %d", status, details,
                          (int)rpc_find_origin(&r));
            ck_assert_int_eq(rpc_http_status(&r), origin == RPC_FROM_HTTP ? 403 : 0);
        }
}
END_TEST

/* Each of these texts, with the codes of failed connections. With another code it is a text of the service.
 */
static const struct {
    const char *details;
    rpc_origin origin;
} of_connections[] = {
    {"GOAWAY received; Error code: 0; Debug Text: x", RPC_CONNECTION_FAILED},
    {"Socket closed", RPC_CONNECTION_FAILED},
    {"keepalive watchdog timeout", RPC_CONNECTION_FAILED},
    {"failed to connect to all addresses; last error: x", RPC_CONNECTION_FAILED},
    {"DNS resolution failed for x", RPC_CONNECTION_FAILED},
    {"errors resolving x: [NOT_FOUND: y]", RPC_CONNECTION_FAILED},
    {"keepalive_timeout", RPC_CONNECTION_FAILED},
    {"subchannel lost all connections", RPC_CONNECTION_FAILED},
    {"Failed huffman decoding 'x' metadata", RPC_MALFORMED},
    {"Too many zero length data frames", RPC_MALFORMED},
    {"Unexpected CONTINUATION frame", RPC_MALFORMED},
    {"frame of size 16777215 overflows local window of 65535", RPC_MALFORMED},
    {"invalid value 0 passed for INITIAL_WINDOW_SIZE", RPC_MALFORMED},
    {"Illegal hpack op code", RPC_MALFORMED},
    {"Expected SETTINGS frame as the first frame, got frame type 0", RPC_MALFORMED},
    {"Error parsing metadata: x", RPC_MALFORMED},
    {"No status received", RPC_MALFORMED},
};

START_TEST(from_connections)
{
    for (int status = 1; status <= GRPC_STATUS_UNAUTHENTICATED; status++)
        for (size_t i = 0; i < COUNT(of_connections); i++) {
            const char *details = of_connections[i].details;
            const bool of_connection = status == GRPC_STATUS_UNAVAILABLE || status == GRPC_STATUS_INTERNAL ||
                                       status == GRPC_STATUS_UNKNOWN;
            const rpc r = make(&(end){(grpc_status_code)status, details, true, false});
            ck_assert_msg(rpc_find_origin(&r) ==
                              (of_connection ? of_connections[i].origin : RPC_FROM_SERVICE),
                          "%d, %s: %d", status, details, (int)rpc_find_origin(&r));
        }
}
END_TEST

/* The limit of this library, or that of a server that is made with gRPC too. */
START_TEST(limits)
{
    static const struct {
        const char *details;
        rpc_origin origin;
    } rows[] = {
        {"Received message larger than max (70000000 vs. 67108864)", RPC_RESPONSE_TOO_LARGE},
        {"Sent message larger than max (70000000 vs. 67108864)", RPC_REQUEST_TOO_LARGE},
        {"Received message larger than max (70000000 vs. 4194304)", RPC_FROM_SERVICE},
        {"Sent message larger than max (70000000 vs. 4194304)", RPC_FROM_SERVICE},
        {"SERVER: Received message larger than max (70000000 vs. 67108864)", RPC_FROM_SERVICE},
        {"quota (7 vs. 67108864)", RPC_FROM_SERVICE},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const rpc r = make(&(end){GRPC_STATUS_RESOURCE_EXHAUSTED, rows[i].details, true, false});
        ck_assert_msg(rpc_find_origin(&r) == rows[i].origin, "%s", rows[i].details);
    }
}
END_TEST

/* Without a text that is known: unless the status came in the trailing metadata, it is not the service's. */
START_TEST(not_in_trailers)
{
    for (int status = 1; status <= GRPC_STATUS_UNAUTHENTICATED; status++) {
        const rpc r = make(&(end){(grpc_status_code)status, "a text of a later version", false, false});
        ck_assert_int_eq(rpc_find_origin(&r),
                         status == GRPC_STATUS_UNAVAILABLE ? RPC_CONNECTION_FAILED : RPC_FROM_UNKNOWN);
        ck_assert_int_eq(rpc_sent(&r), BOXD_SENT_UNKNOWN);
    }
}
END_TEST

/* An error of the operating system. */
START_TEST(system_errors)
{
    static const char *const details[] = {"Connection reset by peer", "recvmsg:Connection reset by peer",
                                          "Broken pipe", "Connection timed out"};
    for (size_t i = 0; i < COUNT(details); i++) {
        const rpc r = make(&(end){GRPC_STATUS_UNAVAILABLE, details[i], true, false});
        ck_assert_int_eq(rpc_find_origin(&r), RPC_CONNECTION_FAILED);
        const rpc of_service = make(&(end){GRPC_STATUS_INTERNAL, details[i], true, false});
        ck_assert_int_eq(rpc_find_origin(&of_service), RPC_FROM_SERVICE);
    }
}
END_TEST

/* ---- the client ---- */

START_TEST(from_client)
{
    rpc r = make(&(end){GRPC_STATUS_CANCELLED, "CANCELLED", true, false});
    ck_assert_int_eq(rpc_find_origin(&r), RPC_FROM_SERVICE);
    r.cancelled = true;
    ck_assert_int_eq(rpc_find_origin(&r), RPC_CANCELLED);
    r = make(&(end){GRPC_STATUS_DEADLINE_EXCEEDED, "Deadline Exceeded", true, false});
    ck_assert_int_eq(rpc_find_origin(&r), RPC_FROM_SERVICE); /* before the deadline of the client */
    r.late = true;
    ck_assert_int_eq(rpc_find_origin(&r), RPC_LATE);
    r = make(&(end){GRPC_STATUS_OK, "", false, false});
    ck_assert_int_eq(rpc_find_origin(&r), RPC_FROM_SERVICE);
    r.extra_message = true;
    ck_assert_int_eq(rpc_find_origin(&r), RPC_MALFORMED);
}
END_TEST

/* ---- the time of the status ---- */

START_TEST(ended_at_once)
{
    enum { MS = 1000000 };
    static const struct {
        int64_t started_ms, message_sent_ms, headers_ms, status_ms;
        bool message_sent, at_once;
    } rows[] = {
        {100000, 100000, 100010, 100010, true, true},  /* with the headers */
        {100000, 100000, 100010, 100009, true, true},  /* the batch of the headers ended last */
        {100000, 100000, 101900, 101900, true, true},  /* a slow answer */
        {100000, 100000, 102000, 102000, true, false}, /* without headers before */
        {100000, 100000, 100010, 101009, true, true},
        {100000, 100000, 100010, 101010, true, false}, /* the headers came before */
        {100000, 0, 100010, 100010, false, true},      /* before the request was sent */
        {100000, 104980, 104990, 104990, true, true},  /* after a slow connection */
        {100000, 105000, 105000, 105000, true, false}, /* events that were seen late, all together */
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const rpc r = {.message_sent = rows[i].message_sent,
                       .message_sent_ns = rows[i].message_sent_ms * MS,
                       .started_ns = rows[i].started_ms * MS,
                       .headers_ns = rows[i].headers_ms * MS,
                       .status_ns = rows[i].status_ms * MS};
        ck_assert_msg(rpc_ended_at_once(&r) == rows[i].at_once, "row %zu", i);
    }
}
END_TEST

/* ---- sent ---- */

START_TEST(sent)
{
    static const struct {
        bool started_ok, message_sent, message_failed, answered;
        boxd_sent sent;
    } rows[] = {
        {false, false, false, false, BOXD_SENT_NO},     /* no connection, or no free stream */
        {false, false, true, false, BOXD_SENT_NO},      /* the same, and a message waited */
        {true, false, false, false, BOXD_SENT_UNKNOWN}, /* a unary call; a stream without a message */
        {true, false, true, false, BOXD_SENT_NO},       /* the first message of a stream was kept back */
        {true, true, true, false, BOXD_SENT_UNKNOWN},   /* a later one */
        {true, true, false, false, BOXD_SENT_UNKNOWN},  {true, true, true, true, BOXD_SENT_YES},
        {false, false, false, true, BOXD_SENT_YES},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        rpc r = make(&(end){GRPC_STATUS_CANCELLED, "CANCELLED", true, false});
        r.cancelled = true;
        r.started_ok = rows[i].started_ok;
        r.message_sent = rows[i].message_sent;
        r.message_failed = rows[i].message_failed;
        r.answered = rows[i].answered;
        ck_assert_msg(rpc_sent(&r) == rows[i].sent, "row %zu: %d", i, (int)rpc_sent(&r));
        r.call = NULL;
        r.answered = false;
        ck_assert_int_eq(rpc_sent(&r), BOXD_SENT_NO);
    }
}
END_TEST

/* The bytes of a write in progress may be sent when its batch fails. */
START_TEST(sent_by_write_in_progress)
{
    const char *text = "Error in HTTP transport completing operation: send_message_finished "
                       "write_state=WRITING refs=0 flags=1";
    rpc r = make(&(end){GRPC_STATUS_UNAVAILABLE, text, true, false});
    r.message_failed = true;
    ck_assert_int_eq(rpc_sent(&r), BOXD_SENT_UNKNOWN);
    r.started_ok = true;
    ck_assert_int_eq(rpc_sent(&r), BOXD_SENT_UNKNOWN);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rpc_origin");
    unit_add(suite, from_service);
    unit_add(suite, from_grpc);
    unit_add(suite, from_connections);
    unit_add(suite, limits);
    unit_add(suite, not_in_trailers);
    unit_add(suite, system_errors);
    unit_add(suite, from_client);
    unit_add(suite, ended_at_once);
    unit_add(suite, sent);
    unit_add(suite, sent_by_write_in_progress);
    return unit_run(suite);
}
