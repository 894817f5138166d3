#include "http.h"

#include "clock.h"
#include "errors.h"
#include "http_wakeup.h"
#include "mem.h"

#include <curl/curl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

typedef enum { IDLE, WAITING, RUNNING, ENDED } exchange_state;

struct http_exchange {
    http *http;
    http_done_fn done;
    void *data;
    CURL *easy;
    struct curl_slist *headers;
    char *request_body;
    size_t request_size, body_capacity, max_answer_size;
    int64_t gap_ms; /* 0: no limit */
    http_answer answer;
    bool too_large, no_memory, once;
    char curl_error[CURL_ERROR_SIZE];
    /* Poller's thread: */
    exchange_state state;
    bool connected; /* the request has a connection, and may have left */
    bool closes;    /* its connection is to be closed after it */
    int64_t active_ns;
    curl_off_t uploaded;            /* of the body */
    http_exchange *previous, *next; /* in the list of its state */
};

/* First in, first out. */
typedef struct exchange_list {
    http_exchange *first, *last;
    size_t count;
} exchange_list;

struct http {
    CURLM *multi;
    char *ca_file, *ca_dir, *client_cert_file, *client_key_file;
    size_t max_connections, max_idle;
    long max_idle_s;
    atomic_uint_fast64_t *connections;
    struct {
        exchange_list waiting, running, ended; /* ended: before they could begin */
        size_t sockets;                        /* that are open */
    } thread_data;                             /* poller's thread only */
};

static pthread_once_t global_once = PTHREAD_ONCE_INIT;

static void init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static void count_sockets(http *h, int change)
{
    h->thread_data.sockets += (size_t)change;
    if (h->connections)
        atomic_store_explicit(h->connections, h->thread_data.sockets, memory_order_relaxed);
}

/* A socket that is closed on exec. What is opened here is closed here: race detectors, which look away inside
 * libcurl, see both. */
static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
    http *h = data;
    (void)purpose;
    const int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (fd >= 0)
        count_sockets(h, 1);
    return fd;
}

static int close_socket(void *data, curl_socket_t fd)
{
    http *h = data;
    count_sockets(h, -1);
    return close(fd);
}

/* ---- the answer ---- */

/* Doubles by hand, because realloc would leave a copy of a secret behind. */
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

/* A whole number, however large; else -1. */
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

static size_t on_header(char *bytes, size_t one, size_t size, void *data)
{
    (void)bytes;
    (void)one;
    http_exchange *x = data;
    x->active_ns = clock_now();
    return size;
}

/* Called often: what has gone out since is a step, too. */
static int on_progress(void *data, curl_off_t size, curl_off_t received, curl_off_t request_size,
                       curl_off_t sent)
{
    (void)size;
    (void)received;
    (void)request_size;
    http_exchange *x = data;
    if (sent != x->uploaded)
        x->active_ns = clock_now();
    x->uploaded = sent;
    return 0;
}

/* The request is about to leave. libcurl would send it again on another connection when this one, which was
 * used before, turns out to be dead; the server may have it by then. */
static int on_ready(void *data, char *peer, char *local, int peer_port, int local_port)
{
    (void)peer;
    (void)local;
    (void)peer_port;
    (void)local_port;
    http_exchange *x = data;
    if (x->connected && x->once)
        return CURL_PREREQFUNC_ABORT;
    x->connected = true;
    x->active_ns = clock_now();
    return CURL_PREREQFUNC_OK;
}

static boxd_status status_of_curl(CURLcode code)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return BOXD_ERR_TIMEOUT;
    case CURLE_OUT_OF_MEMORY:
        return BOXD_ERR_NO_MEMORY;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL: /* no HTTP at all */
    case CURLE_BAD_CONTENT_ENCODING:
        return BOXD_ERR_PROTOCOL;
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
        return BOXD_ERR_LOCAL_FILE;
    default:
        return BOXD_ERR_CONNECTION;
    }
}

static boxd_sent sent_by_curl(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
        return BOXD_SENT_NO;
    default:
        return BOXD_SENT_UNKNOWN;
    }
}

static int status_of(const http_exchange *x)
{
    long status = 0;
    curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
}

/* As gRPC writes it. */
static void set_peer(http_exchange *x)
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

static void set_answer(http_exchange *x, CURLcode code)
{
    http_answer *answer = &x->answer;
    set_peer(x);
    answer->error = (boxd_error)BOXD_ERROR_INIT;
    if (x->no_memory || (code == CURLE_OK && !grow_body(x, answer->body_size + 1))) {
        error_no_memory(&answer->error, "reading an HTTP answer");
    } else if (x->too_large) {
        error_set_sent(&answer->error, BOXD_ERR_PROTOCOL, BOXD_SENT_YES,
                       "the answer is larger than %zu bytes", x->max_answer_size);
        answer->error.http_status = status_of(x);
    } else if (code == CURLE_ABORTED_BY_CALLBACK) { /* on_ready() */
        error_set_sent(&answer->error, BOXD_ERR_CONNECTION, BOXD_SENT_UNKNOWN,
                       "the server closed the connection without an answer");
    } else if (code != CURLE_OK) {
        error_set_sent(&answer->error, status_of_curl(code), sent_by_curl(code), "%s",
                       *x->curl_error ? x->curl_error : curl_easy_strerror(code));
    } else {
        answer->status = status_of(x);
        answer->error.http_status = answer->status;
        answer->body[answer->body_size] = '\0';
        read_headers(x);
    }
}

/* ---- lists ---- */

static exchange_list *list_of(http *h, exchange_state state)
{
    return state == WAITING   ? &h->thread_data.waiting
           : state == RUNNING ? &h->thread_data.running
                              : &h->thread_data.ended;
}

static void leave_list(http_exchange *x)
{
    exchange_list *list = list_of(x->http, x->state);
    *(x->previous ? &x->previous->next : &list->first) = x->next;
    *(x->next ? &x->next->previous : &list->last) = x->previous;
    list->count--;
    x->state = IDLE;
}

static void join_list(http_exchange *x, exchange_state state)
{
    exchange_list *list = list_of(x->http, state);
    x->next = NULL;
    x->previous = list->last;
    *(list->last ? &list->last->next : &list->first) = x;
    list->last = x;
    list->count++;
    x->state = state;
}

/* ---- what is under way ---- */

static bool has_place(const http *h)
{
    return h->max_connections == 0 || h->thread_data.running.count < h->max_connections;
}

static void run(http_exchange *x)
{
    join_list(x, RUNNING);
    x->active_ns = clock_now();
    if (curl_multi_add_handle(x->http->multi, x->easy) == CURLM_OK)
        return;
    leave_list(x);
    error_no_memory(&x->answer.error, "sending an HTTP request");
    join_list(x, ENDED);
}

/* Lets those begin that there is a place for, and says of those that run which connections are kept: as many
 * as will be used at once, and the idle ones that may be. libcurl has no such limit. */
static void arrange(http *h)
{
    const exchange_list *running = &h->thread_data.running;
    while (h->thread_data.waiting.first && has_place(h)) {
        http_exchange *x = h->thread_data.waiting.first;
        leave_list(x);
        run(x);
    }
    if (h->max_idle == 0)
        return;
    const size_t idle = h->thread_data.sockets > running->count ? h->thread_data.sockets - running->count : 0;
    const size_t wanted = h->thread_data.waiting.count + h->max_idle;
    size_t kept = wanted > idle ? wanted - idle : 0;
    for (http_exchange *x = running->first; x; x = x->next) {
        const bool closes = kept == 0;
        kept -= !closes;
        if (closes != x->closes)
            curl_easy_setopt(x->easy, CURLOPT_FORBID_REUSE, closes ? 1L : 0L);
        x->closes = closes;
    }
}

static void finish(http_exchange *x)
{
    x->done(x->data, &x->answer);
}

static void complete(http_exchange *x, CURLcode code)
{
    http *h = x->http;
    curl_multi_remove_handle(h->multi, x->easy);
    leave_list(x);
    set_answer(x, code);
    arrange(h);
    finish(x);
}

static void expire(http_exchange *x)
{
    const bool waited = x->state == WAITING;
    boxd_error *error = &x->answer.error;
    if (waited)
        error_set(error, BOXD_ERR_TIMEOUT, "all %zu connections were in use for %lld ms",
                  x->http->max_connections, (long long)x->gap_ms);
    else
        error_set_sent(error, BOXD_ERR_TIMEOUT, http_exchange_sent(x), "nothing came for %lld ms",
                       (long long)x->gap_ms);
    set_peer(x);
    http_exchange_stop(x);
    finish(x);
}

/* When an exchange has to have gone on. While it connects libcurl has a limit of its own. */
static int64_t expires_ns(const http_exchange *x)
{
    if (x->gap_ms == 0 || (x->state == RUNNING && !x->connected))
        return CLOCK_NEVER;
    return x->active_ns + x->gap_ms * NS_PER_MS;
}

/* The next that expires. Of those that wait it is the first, since all wait equally long. */
static http_exchange *next_to_expire(const http *h)
{
    http_exchange *next = h->thread_data.waiting.first;
    for (http_exchange *x = h->thread_data.running.first; x; x = x->next)
        if (!next || expires_ns(x) < expires_ns(next))
            next = x;
    return next;
}

static void end_what_has_ended(http *h)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(h->multi, &left))) {
        http_exchange *x = NULL;
        const CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)(void *)&x);
        complete(x, code);
    }
    while (h->thread_data.ended.first) {
        http_exchange *x = h->thread_data.ended.first;
        leave_list(x);
        finish(x);
    }
    http_exchange *late;
    const int64_t now = clock_now();
    while ((late = next_to_expire(h)) && expires_ns(late) <= now)
        expire(late);
}

static void wait_http(void *state, int64_t deadline_ns)
{
    http *h = state;
    int running;
    curl_multi_perform(h->multi, &running);
    end_what_has_ended(h);
    arrange(h);
    const http_exchange *late = next_to_expire(h);
    const int64_t expires = late ? expires_ns(late) : CLOCK_NEVER;
    const int64_t until = expires < deadline_ns ? expires : deadline_ns;
    int64_t ms = until == CLOCK_NEVER ? INT_MAX : (until - clock_now()) / NS_PER_MS + 1;
    if (deadline_ns == 0 || ms < 0 || h->thread_data.ended.first)
        ms = 0;
    curl_multi_poll(h->multi, NULL, 0, ms > INT_MAX ? INT_MAX : (int)ms, NULL);
}

static void wake_http(void *state)
{
    http *h = state;
    curl_multi_wakeup(h->multi);
}

loop_poller http_poller(http *h)
{
    return (loop_poller){wait_http, wake_http, h};
}

void http_exchange_start(http_exchange *x)
{
    http *h = x->http;
    x->active_ns = clock_now();
    if (!has_place(h))
        join_list(x, WAITING);
    else
        run(x);
    arrange(h);
}

void http_exchange_stop(http_exchange *x)
{
    http *h = x->http;
    if (x->state == RUNNING)
        curl_multi_remove_handle(h->multi, x->easy); /* in the middle of it: its connection is closed */
    if (x->state != IDLE)
        leave_list(x);
    arrange(h);
}

boxd_sent http_exchange_sent(const http_exchange *x)
{
    return x->connected ? BOXD_SENT_UNKNOWN : BOXD_SENT_NO;
}

/* ---- making them ---- */

static bool add_header(http_exchange *x, const char *name, size_t name_size, const char *value)
{
    /* libcurl's way to say that a value is empty is a semicolon, and that there is none a colon. */
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
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, x->http);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, x->http);
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
    if (x->http->max_idle_s > 0)
        curl_easy_setopt(x->easy, CURLOPT_MAXAGE_CONN, x->http->max_idle_s);
    x->max_answer_size = request->max_answer_size;
    x->gap_ms = request->gap_timeout_ms;
    x->once = request->once;
}

/* An option that is not set would be a wrong authority trusted, or a request that means something else. */
static bool set_text(CURL *easy, CURLoption option, const char *value)
{
    return !value || curl_easy_setopt(easy, option, value) == CURLE_OK;
}

static bool prepare(http_exchange *x, const http_request *request)
{
    const http *h = x->http;
    x->easy = curl_easy_init();
    x->request_size = request->body_size;
    x->request_body = mem_strndup(request->body ? request->body : "", request->body_size);
    if (!x->easy || !x->request_body || !add_headers(x, request))
        return false;
    CURL *easy = x->easy;
    set_callbacks(x);
    set_limits(x, request);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* a name look-up under way does not hold up a close */
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
           set_text(easy, CURLOPT_CAINFO, h->ca_file) && set_text(easy, CURLOPT_CAPATH, h->ca_dir) &&
           set_text(easy, CURLOPT_SSLCERT, h->client_cert_file) &&
           set_text(easy, CURLOPT_SSLKEY, h->client_key_file) &&
           set_text(easy, CURLOPT_CUSTOMREQUEST, request->method) &&
           set_text(easy, CURLOPT_URL, request->url);
}

http_exchange *http_exchange_new(http *h, const http_request *request, http_done_fn done, void *data,
                                 boxd_error *error)
{
    http_exchange *x = mem_calloc(1, sizeof *x);
    if (x) {
        x->http = h;
        x->done = done;
        x->data = data;
        if (prepare(x, request))
            return x;
        http_exchange_free(x);
    }
    error_no_memory(error, "sending an HTTP request");
    return NULL;
}

/* libcurl keeps the headers, which hold a credential, as they were given. */
static void free_headers(struct curl_slist *headers)
{
    for (struct curl_slist *line = headers; line; line = line->next)
        mem_zero(line->data, strlen(line->data));
    curl_slist_free_all(headers);
}

void http_exchange_free(http_exchange *x)
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

/* ---- the whole ---- */

/* A copy of `text`, if there is one. False: out of memory. */
static bool keep(char **copy, const char *text)
{
    *copy = mem_strdup(text);
    return *copy || !text;
}

boxd_status http_new(http **out, const http_settings *settings, boxd_error *error)
{
    pthread_once(&global_once, init_curl);
    http *h = mem_calloc(1, sizeof *h);
    if (!h)
        return error_no_memory(error, "making an HTTP client");
    h->multi = curl_multi_init();
    h->max_connections = settings->max_connections;
    h->max_idle = settings->max_idle;
    h->max_idle_s = settings->max_idle_s;
    h->connections = settings->connections;
    boxd_status status = BOXD_OK;
    if (!h->multi || !keep(&h->ca_file, settings->ca_file) || !keep(&h->ca_dir, settings->ca_dir) ||
        !keep(&h->client_cert_file, settings->client_cert_file) ||
        !keep(&h->client_key_file, settings->client_key_file))
        status = error_no_memory(error, "making an HTTP client");
    else if (!http_wakeup_close_on_exec(h->multi))
        status = error_set(error, BOXD_ERR_FAILED, "no descriptors for HTTP; raise the limit of open files");
    if (status != BOXD_OK) {
        http_free(h);
        return status;
    }
    if (h->max_connections > 0) {
        curl_multi_setopt(h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)h->max_connections);
        curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)h->max_connections);
    }
    *out = h;
    return BOXD_OK;
}

void http_free(http *h)
{
    if (!h)
        return;
    if (h->multi)
        curl_multi_cleanup(h->multi);
    mem_free(h->ca_file);
    mem_free(h->ca_dir);
    mem_free(h->client_cert_file);
    mem_free(h->client_key_file);
    mem_free(h);
}
