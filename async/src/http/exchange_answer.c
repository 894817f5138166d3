/*
 * exchange_answer.c: what libcurl reports at the end of a transfer becomes an answer or an error. Called by
 * http.c, on the poller's thread.
 */
#include "http/exchange.h"

#include "errors.h"
#include "mem.h"

#include <stdio.h>
#include <string.h>

boxd_sent exchange_sent(const http_exchange *x)
{
    return x->connected ? BOXD_SENT_UNKNOWN : BOXD_SENT_NO;
}

bool exchange_is_early(const http_exchange *x)
{
    curl_off_t sent = 0;
    curl_easy_getinfo(x->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    return x->final && x->header_whole && (uint64_t)sent < x->request_size;
}

bool exchange_has_body(const http_exchange *x)
{
    curl_off_t received = 0;
    curl_easy_getinfo(x->easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
    return x->length >= 0 && received >= x->length;
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

/* Beside the faults that on_header() finds: libcurl accepts a header that ends with the connection, and old
 * versions report a line that is too long as a lack of memory. */
static const char *fault_of_header(const http_exchange *x, CURLcode code)
{
    if (x->header_fault || !x->connected || x->header_whole)
        return x->header_fault;
    if (code == CURLE_OUT_OF_MEMORY && http_sockets_received(&x->defaults->sockets, x) >= MAX_HEADER_LINE)
        return "a line of the answer's header is longer than 102400 bytes";
    return code == CURLE_OK ? "the connection was closed in the answer's header" : NULL;
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
                   x->max_answer_size);
    x->answer.error.http_status = x->status;
}

/* A transfer that libcurl has failed. */
static void set_failure(http_exchange *x, CURLcode code)
{
    boxd_error *error = &x->answer.error;
    long refusal = 0;
    curl_easy_getinfo(x->easy, CURLINFO_HTTP_CONNECTCODE, &refusal);
    if (is_no_memory(x, code))
        error_set_sent(error, BOXD_ERR_NO_MEMORY, x->final ? BOXD_SENT_YES : exchange_sent(x),
                       "out of memory: an HTTP exchange");
    else if (x->proxy && !x->connected && refusal >= 300)
        error_set(error, BOXD_ERR_CONNECTION, "the proxy %s refused the connection (%ld)%s", x->proxy,
                  refusal, refusal == 407 ? "; its URL needs the right user:password@" : "");
    else
        error_set_sent(error, status_of_curl(code), exchange_sent(x), "%s",
                       *x->curl_error ? x->curl_error : curl_easy_strerror(code));
    if (x->proxy && error->status != BOXD_ERR_NO_MEMORY && !strstr(error->message, x->proxy))
        error_append(error, ", through the proxy %s", x->proxy);
}

/* The body may still be cut, if the header did not announce its length: then the reader of the body notices.
 */
static bool is_whole(http_exchange *x, CURLcode code)
{
    if (code == CURLE_SEND_ERROR && x->leftover)
        return exchange_read_leftover(x);
    return code == CURLE_OK || (exchange_is_early(x) && (x->length < 0 || exchange_has_body(x)));
}

void exchange_set_answer(http_exchange *x, CURLcode code)
{
    http_answer *answer = &x->answer;
    exchange_set_peer(x);
    answer->error = (boxd_error)BOXD_ERROR_INIT;
    answer->untrusted = code == CURLE_PEER_FAILED_VERIFICATION;
    answer->proxy = x->tunnel ? NULL : x->proxy;
    const char *fault = fault_of_header(x, code);
    if (x->too_large) {
        set_too_large(x);
    } else if (x->resend_refused) {
        error_set_sent(&answer->error, BOXD_ERR_CONNECTION, BOXD_SENT_UNKNOWN,
                       "the server closed the connection without an answer");
    } else if (fault && !x->no_memory) {
        error_set_sent(&answer->error, BOXD_ERR_PROTOCOL, BOXD_SENT_UNKNOWN, "%s", fault);
    } else if (x->no_memory || !is_whole(x, code)) {
        set_failure(x, x->no_memory ? CURLE_OUT_OF_MEMORY : code);
    } else if (!exchange_grow_body(x, answer->body_size + 1)) {
        set_failure(x, CURLE_OUT_OF_MEMORY);
    } else {
        answer->status = x->status;
        answer->error.http_status = answer->status;
        answer->body[answer->body_size] = '\0';
        read_headers(x);
    }
}
