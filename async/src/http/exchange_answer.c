/*
 * exchange_answer.c: what libcurl reports at the end of a transfer becomes an answer or an error. Called by
 * http.c, on the poller's thread.
 */
#include "http/exchange.h"

#include "core/clock.h"
#include "errors.h"
#include "mem.h"

#include <stdio.h>
#include <string.h>

boxd_sent exchange_sent(const http_exchange *x)
{
    return x->connected ? BOXD_SENT_UNKNOWN : BOXD_SENT_NO;
}

/* ---- the answer ---- */

/* A whole number of any size (at most INT32_MAX is returned), or -1. */
static int64_t read_seconds(const char *text)
{
    int64_t seconds = 0;
    const char *digit = text + (*text == '+');
    if (!*digit || digit[strspn(digit, "0123456789")])
        return -1;
    for (; *digit; digit++)
        seconds = seconds < INT32_MAX ? seconds * 10 + (*digit - '0') : INT32_MAX;
    return seconds < INT32_MAX ? seconds : INT32_MAX;
}

static void read_headers(http_exchange *x)
{
    struct curl_header *header;
    x->answer.retry_after_s = -1;
    if (curl_easy_header(x->easy, "Retry-After", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
        x->answer.retry_after_s = read_seconds(header->value);
    if (curl_easy_header(x->easy, "Location", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
        x->answer.location = mem_strdup(header->value);
}

/* In gRPC's notation. */
void exchange_set_peer(http_exchange *x)
{
    const char *address = NULL;
    long port = 0;
    curl_easy_getinfo(x->easy, CURLINFO_PRIMARY_IP, &address);
    curl_easy_getinfo(x->easy, CURLINFO_PRIMARY_PORT, &port);
    if (!address || !*address)
        return;
    const bool v6 = strchr(address, ':') != NULL;
    (void)snprintf(x->answer.peer, sizeof x->answer.peer, v6 ? "ipv6:[%s]:%ld" : "ipv4:%s:%ld", address,
                   port);
}

/* ---- failures ---- */

static boxd_status status_of_curl(CURLcode code)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return BOXD_ERR_TIMEOUT;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL: /* not HTTP */
    case CURLE_BAD_CONTENT_ENCODING:
        return BOXD_ERR_PROTOCOL;
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
        return BOXD_ERR_LOCAL_FILE;
    default:
        return BOXD_ERR_CONNECTION;
    }
}

/* Faults that only the end of the transfer shows: libcurl accepts a header that ends with the connection, and
 * old versions report a line that is too long as a lack of memory. */
static void check_header(http_exchange *x, CURLcode code)
{
    if (!x->connected || x->reader.header_whole)
        return;
    const uint64_t received = http_sockets_received(&x->defaults->sockets, x);
    if (code == CURLE_OUT_OF_MEMORY && received >= MAX_HEADER_LINE && received != RECEIVED_UNKNOWN)
        answer_reader_refuse(&x->reader, "a line of the answer's header is longer than 102400 bytes");
    else if (code == CURLE_OK)
        answer_reader_refuse(&x->reader, "the connection was closed in the answer's header");
}

/* Texts of libcurl that stand for a lack of memory: of a look-up's thread, OpenSSL, zlib. */
static bool is_no_memory(const http_exchange *x, CURLcode code)
{
    static const char *const texts[] = {"thread failed to start", "malloc failure",
                                        "Unknown failure within decompression software"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strstr(x->curl_error, texts[i]))
            return true;
    const bool lookup = code == CURLE_COULDNT_RESOLVE_HOST || code == CURLE_COULDNT_RESOLVE_PROXY;
    return code == CURLE_OUT_OF_MEMORY || (lookup && x->numeric_host);
}

static void set_too_large(http_exchange *x)
{
    error_set_sent(&x->answer.error, BOXD_ERR_TOO_LARGE, BOXD_SENT_YES, "the answer is larger than %zu bytes",
                   x->reader.max_body_size);
    x->answer.error.http_status = x->reader.status;
}

static void set_refused_by_proxy(http_exchange *x, int status)
{
    x->answer.proxy_refusal = status;
    error_set(&x->answer.error, BOXD_ERR_CONNECTION, "the proxy %s refused the connection (%d)", x->proxy,
              status);
}

/* Without a connection it was the proxy whose answer is not HTTP: libcurl's codes for that differ. */
static boxd_status status_of_failure(const http_exchange *x, CURLcode code)
{
    const boxd_status status = status_of_curl(code);
    return status == BOXD_ERR_PROTOCOL && x->tunnel && !x->connected ? BOXD_ERR_CONNECTION : status;
}

/* A transfer that libcurl has failed. */
static void set_failure(http_exchange *x, CURLcode code)
{
    boxd_error *error = &x->answer.error;
    long refusal = 0;
    curl_easy_getinfo(x->easy, CURLINFO_HTTP_CONNECTCODE, &refusal);
    if (is_no_memory(x, code))
        error_set_sent(error, BOXD_ERR_NO_MEMORY, x->reader.final ? BOXD_SENT_YES : exchange_sent(x),
                       "out of memory: an HTTP exchange");
    else if (x->proxy && !x->connected && refusal >= 300)
        set_refused_by_proxy(x, (int)refusal);
    else
        error_set_sent(error, status_of_failure(x, code), exchange_sent(x), "%s",
                       *x->curl_error ? x->curl_error : curl_easy_strerror(code));
    if (x->proxy && error->status != BOXD_ERR_NO_MEMORY && !strstr(error->message, x->proxy))
        error_append(error, ", through the proxy %s", x->proxy);
}

/* If the header did not announce the length of the body, the body may still be cut off: its reader checks. */
static bool is_whole(http_exchange *x, CURLcode code)
{
    if (code == CURLE_OK)
        return true;
    if (code == CURLE_SEND_ERROR && x->reader.leftover)
        return answer_reader_read_leftover(&x->reader);
    return exchange_is_early(x) && (x->reader.length < 0 || exchange_has_body(x));
}

static void set_error(http_exchange *x, CURLcode code)
{
    boxd_error *error = &x->answer.error;
    switch (x->reader.failure) {
    case ANSWER_TOO_LARGE:
        set_too_large(x);
        break;
    case ANSWER_MALFORMED:
        error_set_sent(error, BOXD_ERR_PROTOCOL, BOXD_SENT_UNKNOWN, "%s", x->reader.fault);
        break;
    case ANSWER_RESEND_REFUSED:
        error_set_sent(error, BOXD_ERR_CONNECTION, BOXD_SENT_UNKNOWN,
                       "the server closed the connection without an answer");
        break;
    case ANSWER_NO_MEMORY:
        set_failure(x, CURLE_OUT_OF_MEMORY);
        break;
    case ANSWER_NO_FAILURE:
        set_failure(x, code);
        break;
    }
}

/* A server that has read the request answers, or fails later. The kernel counts the end of a connection as
 * one received byte. */
enum { DROPPED_WITHIN_MS = 1000, END_SIZE = 1 };

/* See http_answer.dropped. Over TLS the bytes that were received may be those of the close. Without TLS the
 * request is not sent again if their number is unknown. */
static bool is_dropped(const http_exchange *x, CURLcode code)
{
    const answer_reader *r = &x->reader;
    const bool closed = code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_GOT_NOTHING;
    return x->reused &&
           (r->failure == ANSWER_RESEND_REFUSED || (r->failure == ANSWER_NO_FAILURE && closed)) &&
           r->header_size == 0 && r->leftover_size == 0 &&
           (!x->plain || http_sockets_received(&x->defaults->sockets, x) <= END_SIZE) &&
           clock_now() <= clock_add_ms(x->connected_ns, DROPPED_WITHIN_MS);
}

void exchange_set_answer(http_exchange *x, CURLcode code)
{
    http_answer *answer = &x->answer;
    exchange_set_peer(x);
    answer->error = (boxd_error)BOXD_ERROR_INIT;
    answer->untrusted = code == CURLE_PEER_FAILED_VERIFICATION;
    answer->proxy_refusal = 0;
    answer->proxy = x->tunnel ? NULL : x->proxy;
    check_header(x, code);
    const bool whole = x->reader.failure == ANSWER_NO_FAILURE && is_whole(x, code);
    if (whole && !answer_reader_end_body(&x->reader))
        answer_reader_fail(&x->reader, ANSWER_NO_MEMORY);
    answer->body = x->reader.body;
    answer->body_size = x->reader.body_size;
    if (!whole || x->reader.failure != ANSWER_NO_FAILURE) {
        answer->dropped = is_dropped(x, code);
        set_error(x, code);
        return;
    }
    answer->status = x->reader.status;
    answer->error.http_status = answer->status;
    read_headers(x);
}
