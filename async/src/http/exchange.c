/*
 * exchange.c: one HTTP exchange on a libcurl easy handle. Made and freed on any thread; libcurl's callbacks
 * come from the poller's thread.
 */
#include "http/exchange.h"

#include "core/clock.h"
#include "errors.h"
#include "mem.h"
#include "names.h"
#include "url.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* After this status some servers close the connection without saying so. */
enum { INTERNAL_SERVER_ERROR = 500 };

/* ---- callbacks of libcurl ---- */

/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl's type */
static size_t on_body(char *bytes, size_t one, size_t size, void *data)
{
    (void)one;
    http_exchange *x = data;
    x->active_ns = clock_now();
    return answer_reader_add_body(&x->reader, bytes, size) ? size : 0;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl's type */
static size_t on_header(char *bytes, size_t one, size_t size, void *data)
{
    (void)one;
    http_exchange *x = data;
    x->active_ns = clock_now();
    const bool good = answer_reader_add_line(&x->reader, bytes, size);
    if (x->reader.header_whole && x->reader.status == INTERNAL_SERVER_ERROR)
        curl_easy_setopt(x->easy, CURLOPT_FORBID_REUSE, 1L);
    return good ? size : 0;
}

bool exchange_is_early(const http_exchange *x)
{
    curl_off_t sent = 0;
    curl_easy_getinfo(x->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    return x->reader.final && x->reader.header_whole && (uint64_t)sent < x->request_size;
}

bool exchange_has_body(const http_exchange *x)
{
    curl_off_t received = 0;
    curl_easy_getinfo(x->easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
    return x->reader.length >= 0 && received >= x->reader.length;
}

/* Called often. Bytes that were sent, or received but not yet decompressed, count as a step of the transfer.
 * The answer may be whole before the request is: the server needs no more of it, and may not read the rest.
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
    return exchange_is_early(x) && exchange_has_body(x);
}

/* libcurl sends a request again, on another connection, when a connection that was used before turns out to
 * be dead; the server may have the request by then. True: this is such a second time, and must not happen. */
static bool refuse_resend(http_exchange *x)
{
    const bool again = x->connected && x->once;
    if (again)
        answer_reader_fail(&x->reader, ANSWER_RESEND_REFUSED);
    return again;
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
    const socket_use use = http_socket_use(&x->defaults->sockets, local_port, x);
    x->stale = use == SOCKET_CLOSED;
    x->reused = use == SOCKET_REUSED;
    if (x->stale)
        return CURL_PREREQFUNC_ABORT;
    if (x->reader.failure == ANSWER_NO_MEMORY) /* another of the server's addresses has a socket */
        x->reader.failure = ANSWER_NO_FAILURE;
    x->connected = true;
    x->connected_ns = x->active_ns = clock_now();
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
    if (fd < 0 && errno == ENOMEM)
        answer_reader_fail(&x->reader, ANSWER_NO_MEMORY);
    return fd;
}

/* A socket may outlive the exchange that opened it. */
static int close_socket(void *data, curl_socket_t fd)
{
    exchange_defaults *defaults = data;
    http_exchange *x = http_socket_user(&defaults->sockets, fd);
    if (x && x->plain && x->connected && !x->reader.final && x->request_size > 0)
        answer_reader_keep_leftover(&x->reader, fd);
    return http_socket_close(&defaults->sockets, fd);
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
    x->reader.max_body_size = request->max_answer_size;
    x->gap_ms = request->gap_timeout_ms;
    x->once = request->once;
    x->repeat = request->repeat;
    curl_easy_setopt(x->easy, CURLOPT_FRESH_CONNECT, request->repeat ? 1L : 0L);
    /* http.c closes idle connections; libcurl's own limit applies if their sockets are not known, too. */
    curl_easy_setopt(x->easy, CURLOPT_MAXAGE_CONN, (long)MAX_IDLE_S);
}

/* A failure must not be ignored: a wrong authority would be trusted, or another request sent. */
static bool set_text(CURL *easy, CURLoption option, const char *value)
{
    return !value || curl_easy_setopt(easy, option, value) == CURLE_OK;
}

/* Sets both, because libcurl has a default for each: the system's directory would be trusted beside a given
 * file. */
static bool set_authorities(CURL *easy, const exchange_defaults *defaults, CURLoption file, CURLoption dir)
{
    return (!defaults->ca_file && !defaults->ca_dir) ||
           (curl_easy_setopt(easy, file, defaults->ca_file) == CURLE_OK &&
            curl_easy_setopt(easy, dir, defaults->ca_dir) == CURLE_OK);
}

/* With "" libcurl does not read the variables of the environment. */
static bool set_proxy(http_exchange *x, const http_request *request)
{
    CURL *easy = x->easy;
    const forward_proxy *proxy = request->proxy;
    x->plain = ascii_equal(request->url, strcspn(request->url, ":"), "http");
    x->numeric_host = url_has_numeric_host(request->url);
    if (!proxy || !proxy->url)
        return set_text(easy, CURLOPT_PROXY, "") && set_text(easy, CURLOPT_NOPROXY, "*");
    x->proxy = mem_printf("%s (%s)", proxy->url, proxy->source);
    const bool tls_proxy = strncmp(proxy->url, "https:", strlen("https:")) == 0;
    const bool socks = !proxy->plain_http && !tls_proxy; /* always a tunnel; some look up the server here */
    x->tunnel = !x->plain || socks;
    x->plain = x->plain && !tls_proxy;
    x->numeric_host = url_has_numeric_host(proxy->url) && (x->numeric_host || !socks);
    return x->proxy && set_text(easy, CURLOPT_PROXY, proxy->url) && set_text(easy, CURLOPT_NOPROXY, "") &&
           set_text(easy, CURLOPT_PROXYUSERNAME, proxy->user) &&
           set_text(easy, CURLOPT_PROXYPASSWORD, proxy->password) &&
           set_authorities(easy, x->defaults, CURLOPT_PROXY_CAINFO, CURLOPT_PROXY_CAPATH);
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
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE); /* a proxy gets no credential */
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
           set_proxy(x, request) && set_authorities(easy, defaults, CURLOPT_CAINFO, CURLOPT_CAPATH) &&
           set_text(easy, CURLOPT_SSLCERT, defaults->client_cert_file) &&
           set_text(easy, CURLOPT_SSLKEY, defaults->client_key_file) &&
           set_text(easy, CURLOPT_CUSTOMREQUEST, request->method) &&
           set_text(easy, CURLOPT_URL, request->url);
}

http_exchange *exchange_new(exchange_defaults *defaults, const http_request *request, boxd_error *error)
{
    http_exchange *x = mem_calloc(1, sizeof *x);
    if (x) {
        x->defaults = defaults;
        x->reader.length = -1;
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
    answer_reader_clear(&x->reader);
    mem_free(x->answer.location);
    mem_free(x->proxy);
    mem_free(x);
}
