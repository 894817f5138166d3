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

typedef struct http_exchange {
    loop_task task; /* in turn: to the client's loop, to the home loop */
    http_client *client;
    loop *home;
    http_done_fn done;
    void *data;
    CURL *easy;
    struct curl_slist *headers;
    char *request_body;
    size_t request_size, body_capacity, max_answer_size;
    http_answer answer;
    bool too_large, no_memory;
    char curl_error[CURL_ERROR_SIZE];
    struct http_exchange *previous, *next; /* client's thread: among those under way */
} http_exchange;

struct http_client {
    loop loop;
    CURLM *multi;
    char *ca_file, *client_cert_file, *client_key_file;
    struct {
        http_exchange *running;
    } thread_data; /* the client's own thread only */
};

static pthread_once_t global_once = PTHREAD_ONCE_INIT;

static void init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* A socket that is closed on exec. */
static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)data;
    (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* What is opened here is closed here: race detectors, which look away inside libcurl, see both. */
static int close_socket(void *data, curl_socket_t fd)
{
    (void)data;
    return close(fd);
}

/* ---- one exchange ---- */

static void free_exchange(http_exchange *x)
{
    if (x->easy)
        curl_easy_cleanup(x->easy);
    curl_slist_free_all(x->headers);
    if (x->request_body)
        mem_zero(x->request_body, x->request_size);
    mem_free(x->request_body);
    if (x->answer.body)
        mem_zero(x->answer.body, x->body_capacity);
    mem_free(x->answer.body);
    mem_free(x->answer.location);
    mem_free(x);
}

static void run_done(loop_task *task)
{
    http_exchange *x = (http_exchange *)(void *)task;
    x->done(x->data, &x->answer);
    free_exchange(x);
}

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

static void read_headers(http_exchange *x)
{
    struct curl_header *header;
    x->answer.retry_after_s = -1;
    if (curl_easy_header(x->easy, "Retry-After", 0, CURLH_HEADER, -1, &header) == CURLHE_OK) {
        int64_t seconds = 0;
        const char *digit = header->value;
        while (*digit >= '0' && *digit <= '9' && seconds < INT32_MAX)
            seconds = seconds * 10 + (*digit++ - '0');
        if (digit != header->value && *digit == '\0')
            x->answer.retry_after_s = seconds;
    }
    if (curl_easy_header(x->easy, "Location", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
        x->answer.location = mem_strdup(header->value);
}

static boxd_status status_of_curl(CURLcode code)
{
    switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
        return BOXD_ERR_TIMEOUT;
    case CURLE_OUT_OF_MEMORY:
        return BOXD_ERR_NO_MEMORY;
    case CURLE_ABORTED_BY_CALLBACK: /* run_free() */
        return BOXD_ERR_CLOSED;
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

/* ---- the client's thread ---- */

static void unlink_exchange(http_client *client, http_exchange *x)
{
    if (x->next)
        x->next->previous = x->previous;
    if (x->previous)
        x->previous->next = x->next;
    else
        client->thread_data.running = x->next;
}

static void finish(http_client *client, http_exchange *x, CURLcode code)
{
    curl_multi_remove_handle(client->multi, x->easy);
    unlink_exchange(client, x);
    set_answer(x, code);
    loop_post(x->home, &x->task, run_done);
}

static void run_send(loop_task *task)
{
    http_exchange *x = (http_exchange *)(void *)task;
    http_client *client = x->client;
    x->next = client->thread_data.running;
    if (x->next)
        x->next->previous = x;
    client->thread_data.running = x;
    if (curl_multi_add_handle(client->multi, x->easy) != CURLM_OK)
        finish(client, x, CURLE_OUT_OF_MEMORY);
}

static void wait_http(void *state, int64_t deadline_ns)
{
    http_client *client = state;
    int running;
    curl_multi_perform(client->multi, &running);
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(client->multi, &left))) {
        http_exchange *x = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)(void *)&x);
        finish(client, x, code);
    }
    int64_t ms = deadline_ns == CLOCK_NEVER ? INT_MAX : (deadline_ns - clock_now()) / NS_PER_MS + 1;
    curl_multi_poll(client->multi, NULL, 0,
                    deadline_ns == 0 || ms < 0 ? 0
                    : ms > INT_MAX             ? INT_MAX
                                               : (int)ms,
                    NULL);
}

static void wake_http(void *state)
{
    http_client *client = state;
    curl_multi_wakeup(client->multi);
}

typedef struct free_task {
    loop_task task;
    http_client *client;
} free_task;

static void run_free(loop_task *task)
{
    http_client *client = ((free_task *)(void *)task)->client;
    while (client->thread_data.running) {
        http_exchange *x = client->thread_data.running;
        finish(client, x, CURLE_ABORTED_BY_CALLBACK);
    }
    loop_stop(&client->loop);
}

/* ---- from other threads ---- */

static void free_client(http_client *client)
{
    if (client->multi)
        curl_multi_cleanup(client->multi);
    mem_free(client->ca_file);
    mem_free(client->client_cert_file);
    mem_free(client->client_key_file);
    mem_free(client);
}

boxd_status http_client_new(http_client **out, const http_tls *tls, boxd_error *error)
{
    pthread_once(&global_once, init_curl);
    http_client *client = mem_calloc(1, sizeof *client);
    if (!client)
        return error_no_memory(error, "making an HTTP client");
    client->multi = curl_multi_init();
    client->ca_file = mem_strdup(tls->ca_file);
    client->client_cert_file = mem_strdup(tls->client_cert_file);
    client->client_key_file = mem_strdup(tls->client_key_file);
    boxd_status status = BOXD_OK;
    if (!client->multi || (tls->ca_file && !client->ca_file) ||
        (tls->client_cert_file && !client->client_cert_file) ||
        (tls->client_key_file && !client->client_key_file))
        status = error_no_memory(error, "making an HTTP client");
    else if (!http_wakeup_close_on_exec(client->multi))
        status = error_set(error, BOXD_ERR_FAILED,
                           "no descriptors for the token exchange; raise the limit of open files");
    if (status == BOXD_OK)
        status = loop_start(&client->loop, "boxd-http", (loop_poller){wait_http, wake_http, client}, NULL,
                            NULL, error);
    if (status != BOXD_OK) {
        free_client(client);
        return status;
    }
    *out = client;
    return BOXD_OK;
}

void http_client_free(http_client *client)
{
    if (!client)
        return;
    free_task stop = {.client = client};
    loop_post(&client->loop, &stop.task, run_free);
    pthread_join(client->loop.thread, NULL);
    loop_destroy(&client->loop);
    free_client(client);
}

static bool add_header(http_exchange *x, const char *name, size_t name_size, const char *value)
{
    /* libcurl's way to say that a value is empty is a semicolon. */
    char *line = *value ? mem_printf("%.*s: %s", (int)name_size, name, value)
                        : mem_printf("%.*s;", (int)name_size, name);
    struct curl_slist *list = line ? curl_slist_append(x->headers, line) : NULL;
    mem_free_secret(line);
    if (list)
        x->headers = list;
    return list != NULL;
}

/* An option that is not set would be a wrong authority trusted, or a request that means something else. */
static bool set_text(CURL *easy, CURLoption option, const char *value)
{
    return !value || curl_easy_setopt(easy, option, value) == CURLE_OK;
}

static bool prepare(http_exchange *x, const http_request *request)
{
    x->easy = curl_easy_init();
    x->request_size = request->body_size;
    x->request_body = mem_strndup(request->body ? request->body : "", request->body_size);
    if (!x->easy || !x->request_body)
        return false;
    for (size_t i = 0; i < request->header_count; i++)
        if (!add_header(x, request->headers[i].name, strlen(request->headers[i].name),
                        request->headers[i].value))
            return false;
    const boxd_metadata *extra = request->extra;
    for (size_t i = 0; extra && i < extra->count; i++)
        if (!add_header(x, extra->words[i], extra->name_sizes[i], metadata_value(extra, i)))
            return false;
    CURL *easy = x->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, x);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* a name look-up under way does not hold up a close */
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->curl_error);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    if (request->connect_timeout_ms > 0)
        curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_timeout_ms);
    if (request->body) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_size);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, x->request_body);
    }
    return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, x->headers) == CURLE_OK &&
           set_text(easy, CURLOPT_NOPROXY, request->no_proxy ? "*" : NULL) &&
           set_text(easy, CURLOPT_CAINFO, x->client->ca_file) &&
           set_text(easy, CURLOPT_SSLCERT, x->client->client_cert_file) &&
           set_text(easy, CURLOPT_SSLKEY, x->client->client_key_file) &&
           set_text(easy, CURLOPT_CUSTOMREQUEST, request->method) &&
           set_text(easy, CURLOPT_URL, request->url);
}

boxd_status http_send(http_client *client, const http_request *request, loop *home, http_done_fn done,
                      void *data, boxd_error *error)
{
    http_exchange *x = mem_calloc(1, sizeof *x);
    if (!x)
        return error_no_memory(error, "sending an HTTP request");
    x->client = client;
    x->home = home;
    x->done = done;
    x->data = data;
    x->max_answer_size = request->max_answer_size;
    if (!prepare(x, request)) {
        free_exchange(x);
        return error_no_memory(error, "sending an HTTP request");
    }
    loop_post(&client->loop, &x->task, run_send);
    return BOXD_OK;
}
