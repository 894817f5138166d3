/*
 * exchange.c: one HTTP exchange on a libcurl easy handle. Made and freed on any thread; libcurl's callbacks
 * come from the poller's thread.
 */
#include "http/exchange.h"

#include "core/clock.h"
#include "errors.h"
#include "mem.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { MAX_HEADER_SIZE = 100 * 1024 };

/* ---- the answer ---- */

/* Does not use realloc, which would leave a copy of a secret behind. */
static bool grow_body(http_exchange *x, size_t needed)
{
    if (needed <= x->body_capacity)
        return true;
    size_t capacity = needed > x->body_capacity * 2 ? needed : x->body_capacity * 2;
    char *body = mem_alloc(capacity);
    if (!body)
        return false;
    if (x->answer.body) {
        memcpy(body, x->answer.body, x->answer.body_size);
        mem_zero(x->answer.body, x->body_capacity);
        mem_free(x->answer.body);
    }
    x->answer.body = body;
    x->body_capacity = capacity;
    return true;
}

static size_t on_body(char *bytes, size_t one, size_t size, void *data)
{
    (void)one;
    http_exchange *x = data;
    x->active_ns = clock_now();
    x->too_large = size > x->max_answer_size - x->answer.body_size;
    if (x->too_large)
        return 0;
    x->no_memory = !grow_body(x, x->answer.body_size + size + 1);
    if (x->no_memory)
        return 0;
    memcpy(x->answer.body + x->answer.body_size, bytes, size);
    x->answer.body_size += size;
    return size;
}

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

/* The body's size that a header announces; -1: not a number, or too large. */
static int64_t read_length(const char *value, const char *end)
{
    int64_t length = 0;
    while (value < end && (*value == ' ' || *value == '\t'))
        value++;
    const char *digit = value;
    for (; digit < end && *digit >= '0' && *digit <= '9' && length <= INT64_MAX / 10 - 1; digit++)
        length = length * 10 + (*digit - '0');
    return digit > value && digit < end && strchr(" \t\r\n", *digit) ? length : -1;
}

/* libcurl uses the last of several lengths, and ignores a length that is too large. The bytes that it would
 * then read may not be the answer. */
static const char *fault_of_length(http_exchange *x, const char *line, size_t size)
{
    static const char name[] = "Content-Length:";
    if (size < sizeof name - 1 || strncasecmp(line, name, sizeof name - 1) != 0)
        return NULL;
    const int64_t length = read_length(line + sizeof name - 1, line + size);
    if (length < 0)
        return "the answer's Content-Length is not a number";
    if (x->length >= 0 && x->length != length)
        return "the answer has two different Content-Lengths";
    x->length = length;
    return NULL;
}

/* A line of the header or the trailers. libcurl limits the size of a line, but not of all lines. */
/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl's type */
static size_t on_header(char *bytes, size_t one, size_t size, void *data)
{
    (void)one;
    http_exchange *x = data;
    x->active_ns = clock_now();
    x->header_size += size;
    if (size >= 5 && memcmp(bytes, "HTTP/", 5) == 0) { /* an answer, maybe an interim one, begins */
        x->header_whole = false;
        x->length = -1;
    } else if (*bytes == '\r' || *bytes == '\n') {
        x->header_whole = true;
    } else if (!x->header_whole) {
        x->header_fault = fault_of_length(x, bytes, size);
    }
    if (x->header_size > MAX_HEADER_SIZE)
        x->header_fault = "the answer's header is too large";
    return x->header_fault ? 0 : size;
}

/* Called often. Bytes that were sent, or received but not yet decompressed, count as a step of the transfer.
 */
static int on_progress(void *data, curl_off_t size, curl_off_t received, curl_off_t request_size,
                       curl_off_t sent)
{
    (void)size;
    (void)request_size;
    http_exchange *x = data;
    if (sent + received != x->moved)
        x->active_ns = clock_now();
    x->moved = sent + received;
    return 0;
}

/* libcurl sends a request again, on another connection, when a connection that was used before turns out to
 * be dead; the server may have the request by then. True: this is such a second time, and must not happen. */
static bool refuse_resend(http_exchange *x)
{
    x->resend_refused |= x->connected && x->once;
    return x->resend_refused;
}

/* The request is about to be sent. */
/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl's type */
static int on_ready(void *data, char *peer, char *local, int peer_port, int local_port)
{
    (void)peer;
    (void)local;
    (void)peer_port;
    http_exchange *x = data;
    if (refuse_resend(x))
        return CURL_PREREQFUNC_ABORT;
    http_socket_use(&x->defaults->sockets, local_port, x);
    x->connected = true;
    x->active_ns = clock_now();
    return CURL_PREREQFUNC_OK;
}

/* Sockets are opened and closed here, not in libcurl, so that race detectors, which ignore libcurl, see both.
 */
static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
    http_exchange *x = data;
    (void)purpose;
    if (refuse_resend(x))
        return CURL_SOCKET_BAD;
    const int fd =
        http_socket_open(&x->defaults->sockets, address->family, address->socktype, address->protocol, x);
    x->no_memory |= fd < 0 && errno == ENOMEM;
    return fd;
}

/* A socket may outlive the exchange that opened it. */
static int close_socket(void *data, curl_socket_t fd)
{
    exchange_defaults *defaults = data;
    return http_socket_close(&defaults->sockets, fd);
}

boxd_sent exchange_sent(const http_exchange *x)
{
    return x->connected ? BOXD_SENT_UNKNOWN : BOXD_SENT_NO;
}

static boxd_status status_of_curl(CURLcode code)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return BOXD_ERR_TIMEOUT;
    case CURLE_OUT_OF_MEMORY:
        return BOXD_ERR_NO_MEMORY;
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

static int status_of(const http_exchange *x)
{
    long status = 0;
    curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
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

/* Beside the faults that on_header() finds: libcurl accepts a header that ends with the connection, and
 * reports a line that is too long as a lack of memory. */
static const char *fault_of_header(const http_exchange *x, CURLcode code)
{
    if (x->header_fault || !x->connected || x->header_whole)
        return x->header_fault;
    return code == CURLE_OK              ? "the connection was closed in the answer's header"
           : code == CURLE_OUT_OF_MEMORY ? "a line of the answer's header is too long"
                                         : NULL;
}

void exchange_set_answer(http_exchange *x, CURLcode code)
{
    http_answer *answer = &x->answer;
    exchange_set_peer(x);
    answer->error = (boxd_error)BOXD_ERROR_INIT;
    answer->untrusted = code == CURLE_PEER_FAILED_VERIFICATION;
    if (x->no_memory || (code == CURLE_OK && !grow_body(x, answer->body_size + 1))) {
        error_set_sent(&answer->error, BOXD_ERR_NO_MEMORY, x->connected ? BOXD_SENT_YES : BOXD_SENT_NO,
                       "out of memory: an HTTP exchange");
    } else if (x->too_large) {
        error_set_sent(&answer->error, BOXD_ERR_PROTOCOL, BOXD_SENT_YES,
                       "the answer is larger than %zu bytes", x->max_answer_size);
        answer->error.http_status = status_of(x);
    } else if (x->resend_refused) {
        error_set_sent(&answer->error, BOXD_ERR_CONNECTION, BOXD_SENT_UNKNOWN,
                       "the server closed the connection without an answer");
    } else if (fault_of_header(x, code)) {
        error_set_sent(&answer->error, BOXD_ERR_PROTOCOL, BOXD_SENT_UNKNOWN, "%s", fault_of_header(x, code));
    } else if (code != CURLE_OK) {
        error_set_sent(&answer->error, status_of_curl(code), exchange_sent(x), "%s",
                       *x->curl_error ? x->curl_error : curl_easy_strerror(code));
    } else {
        answer->status = status_of(x);
        answer->error.http_status = answer->status;
        answer->body[answer->body_size] = '\0';
        read_headers(x);
    }
}

/* ---- making one ---- */

static bool add_header(http_exchange *x, const char *name, size_t name_size, const char *value)
{
    /* For libcurl "name;" is a header with an empty value, and "name:" removes a header. */
    char *line = !value   ? mem_printf("%.*s:", (int)name_size, name)
                 : *value ? mem_printf("%.*s: %s", (int)name_size, name, value)
                          : mem_printf("%.*s;", (int)name_size, name);
    struct curl_slist *list = line ? curl_slist_append(x->headers, line) : NULL;
    mem_free_secret(line);
    if (list)
        x->headers = list;
    return list != NULL;
}

static bool add_headers(http_exchange *x, const http_request *request)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (!add_header(x, request->headers[i].name, strlen(request->headers[i].name),
                        request->headers[i].value))
            return false;
    const boxd_metadata *extra = request->extra;
    for (size_t i = 0; extra && i < extra->count; i++)
        if (!add_header(x, extra->words[i], extra->name_sizes[i], metadata_value(extra, i)))
            return false;
    return true;
}

static void set_callbacks(http_exchange *x)
{
    CURL *easy = x->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, x);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, x);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, x->defaults);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_ready);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, x);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, x);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->curl_error);
}

static void set_limits(http_exchange *x, const http_request *request)
{
    const int64_t connect_ms = request->connect_timeout_ms ? request->connect_timeout_ms : INT_MAX;
    curl_easy_setopt(x->easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    curl_easy_setopt(x->easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(connect_ms < INT_MAX ? connect_ms : INT_MAX));
    if (x->defaults->max_idle_s > 0)
        curl_easy_setopt(x->easy, CURLOPT_MAXAGE_CONN, x->defaults->max_idle_s);
    x->max_answer_size = request->max_answer_size;
    x->gap_ms = request->gap_timeout_ms;
    x->once = request->once;
}

/* A failure must not be ignored: a wrong authority would be trusted, or another request sent. */
static bool set_text(CURL *easy, CURLoption option, const char *value)
{
    return !value || curl_easy_setopt(easy, option, value) == CURLE_OK;
}

/* Sets both, because libcurl has a default for each: the system's directory would be trusted beside a given
 * file. */
static bool set_authorities(CURL *easy, const exchange_defaults *defaults)
{
    return (!defaults->ca_file && !defaults->ca_dir) ||
           (curl_easy_setopt(easy, CURLOPT_CAINFO, defaults->ca_file) == CURLE_OK &&
            curl_easy_setopt(easy, CURLOPT_CAPATH, defaults->ca_dir) == CURLE_OK);
}

static bool prepare(http_exchange *x, const http_request *request)
{
    const exchange_defaults *defaults = x->defaults;
    x->easy = curl_easy_init();
    x->request_size = request->body_size;
    x->request_body = mem_strndup(request->body ? request->body : "", request->body_size);
    if (!x->easy || !x->request_body || !add_headers(x, request))
        return false;
    CURL *easy = x->easy;
    set_callbacks(x);
    set_limits(x, request);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* a close does not wait for a name look-up */
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    if (request->body) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, x->request_body);
    }
    return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, x->headers) == CURLE_OK &&
           set_text(easy, CURLOPT_ACCEPT_ENCODING, request->compressed ? "gzip, deflate" : NULL) &&
           set_text(easy, CURLOPT_NOPROXY, request->no_proxy ? "*" : NULL) &&
           set_authorities(easy, defaults) && set_text(easy, CURLOPT_SSLCERT, defaults->client_cert_file) &&
           set_text(easy, CURLOPT_SSLKEY, defaults->client_key_file) &&
           set_text(easy, CURLOPT_CUSTOMREQUEST, request->method) &&
           set_text(easy, CURLOPT_URL, request->url);
}

http_exchange *exchange_new(exchange_defaults *defaults, const http_request *request, boxd_error *error)
{
    http_exchange *x = mem_calloc(1, sizeof *x);
    if (x) {
        x->defaults = defaults;
        x->length = -1;
        if (prepare(x, request))
            return x;
        exchange_free(x);
    }
    error_no_memory(error, "sending an HTTP request");
    return NULL;
}

/* The headers hold a credential. */
static void free_headers(struct curl_slist *headers)
{
    for (struct curl_slist *line = headers; line; line = line->next)
        mem_zero(line->data, strlen(line->data));
    curl_slist_free_all(headers);
}

void exchange_free(http_exchange *x)
{
    if (!x)
        return;
    if (x->easy)
        curl_easy_cleanup(x->easy);
    free_headers(x->headers);
    if (x->request_body)
        mem_zero(x->request_body, x->request_size);
    mem_free(x->request_body);
    if (x->answer.body)
        mem_zero(x->answer.body, x->body_capacity);
    mem_free(x->answer.body);
    mem_free(x->answer.location);
    mem_free(x);
}
