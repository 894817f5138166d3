/*
 * server.c: the HTTP listener of the token exchange, the control routes and Drukbox. Requests run on HTTP
 * threads, one per connection; start and stop on the main thread.
 */
#include "http/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/request_log.h"
#include "base/secret.h"
#include "base/sockets.h"
#include "base/util.h"
#include "http/http.h"
#include "http/keep_alive.h"

enum { MAX_BODY_BYTES = 1024 * 1024 };

static struct MHD_Daemon *daemon_; /* main thread */
/* set before the daemon starts */
static http_options settings;
static unsigned char control_digest[SECRET_DIGEST_BYTES];

/* guarded by wait_lock */
static pthread_mutex_t wait_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wait_over; /* on the monotonic clock; initialised by http_start */
static bool closing;

static const char EXCHANGE_PATH[] = "/api/v1/auth/token";

/* A request: the body received so far. */
typedef struct {
    char *body;
    size_t size;
    bool too_large;
    int64_t started_ms;
    /* The fallback has responded, with this status. */
    bool fallback;
    int status;
} received_body;

http_response http_json(int status, json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(json);
    http_response response = {
        .status = status, .body = text ? text : xstrdup("{}"), .content_type = "application/json"};
    response.body_size = strlen(response.body);
    return response;
}

http_response http_text(int status, const char *text)
{
    return (http_response){.status = status,
                           .body = xstrdup(text),
                           .body_size = strlen(text),
                           .content_type = "text/plain; charset=utf-8"};
}

void http_response_free(http_response *response)
{
    secret_free(response->body);
    json_decref(response->headers);
    json_decref(response->note);
    *response = (http_response){0};
}

const char *http_header(const http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

http_response http_error(int status, const char *text)
{
    return http_json(status, json_pack("{s:s}", "error", text));
}

bool http_wait(int64_t ms)
{
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_sec += ms / 1000;
    end.tv_nsec += ms % 1000 * 1000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_sec++;
        end.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&wait_lock);
    while (!closing && pthread_cond_timedwait(&wait_over, &wait_lock, &end) == 0) {
    }
    bool open = !closing;
    pthread_mutex_unlock(&wait_lock);
    return open;
}

/* ---- one request ---- */

static bool authorized(const http_request *request)
{
    const char *header = http_header(request, "Authorization");
    static const char bearer[] = "Bearer ";
    return settings.control_token != NULL && header != NULL &&
           strncmp(header, bearer, sizeof bearer - 1) == 0 &&
           secret_matches(header + sizeof bearer - 1, control_digest);
}

static bool is_fallback(const char *path)
{
    return strcmp(path, EXCHANGE_PATH) != 0 && settings.fallback != NULL &&
           (settings.control_token == NULL ||
            strncmp(path, HTTP_CONTROL_PREFIX, sizeof HTTP_CONTROL_PREFIX - 1) != 0);
}

static http_response route(const http_request *request, bool too_large)
{
    if (too_large)
        return http_error(MHD_HTTP_CONTENT_TOO_LARGE, "the body is larger than 1 MiB");
    if (is_fallback(request->path))
        return settings.fallback(request);
    if (strcmp(request->path, EXCHANGE_PATH) == 0)
        return exchange_route(request);
    if (strncmp(request->path, HTTP_CONTROL_PREFIX, sizeof HTTP_CONTROL_PREFIX - 1) == 0 &&
        settings.control_token != NULL) {
        if (!authorized(request))
            return http_error(MHD_HTTP_UNAUTHORIZED, "send Authorization: Bearer CONTROL_TOKEN");
        return settings.control(request);
    }
    return http_error(MHD_HTTP_NOT_FOUND, "no such route");
}

static char *peer_name(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    char host[64] = "?", port[16] = "0";
    if (info != NULL)
        (void)getnameinfo(info->client_addr,
                          info->client_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                                   : sizeof(struct sockaddr_in),
                          host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    return xprintf("http:%s:%s", host, port);
}

static enum MHD_Result add_name(void *data, enum MHD_ValueKind kind, const char *key, const char *value)
{
    char **names = data;
    (void)kind;
    (void)value;
    char *longer = xprintf("%s%s%s", *names, **names ? "," : "", key);
    free(*names);
    *names = longer;
    return MHD_YES;
}

static void record(const http_request *request, int64_t started_ms, http_response *response)
{
    request_record r = {.method = xprintf("%s %s", request->method, request->path),
                        .peer = peer_name(request->connection),
                        .metadata_names = xstrdup(""),
                        .request_bytes = request->size,
                        .request_messages = 1,
                        .response_bytes = response->body_size,
                        .response_messages = 1,
                        .deadline_ms = -1,
                        .started_ms = started_ms,
                        .ended_ms = wall_ms(),
                        .status = response->drop ? -1 : response->status,
                        .fault = response->fault,
                        .http = response->note};
    response->note = NULL;
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, add_name, &r.metadata_names);
    const char *traceparent = http_header(request, "traceparent");
    r.traceparent = traceparent ? xstrdup(traceparent) : NULL;
    request_log_add(&r);
}

static void add_headers(struct MHD_Response *out, const http_response *response)
{
    const char *name;
    json_t *value;
    if (response->content_type[0] != '\0')
        MHD_add_response_header(out, MHD_HTTP_HEADER_CONTENT_TYPE, response->content_type);
    if (response->retry_after[0] != '\0')
        MHD_add_response_header(out, MHD_HTTP_HEADER_RETRY_AFTER, response->retry_after);
    if (response->location[0] != '\0')
        MHD_add_response_header(out, MHD_HTTP_HEADER_LOCATION, response->location);
    json_object_foreach(response->headers, name, value)
    {
        MHD_add_response_header(out, name, json_string_value(value));
    }
}

enum MHD_Result http_send(struct MHD_Connection *connection, http_response *response)
{
    char *body = response->body ? response->body : xmalloc(0);
    response->body = NULL;
    struct MHD_Response *out =
        MHD_create_response_from_buffer_with_free_callback(response->body_size, body, secret_free);
    enum MHD_Result result = MHD_NO;
    if (out != NULL) {
        add_headers(out, response);
        result = MHD_queue_response(connection, (unsigned)response->status, out);
        MHD_destroy_response(out);
    } else {
        secret_free(body);
    }
    http_response_free(response);
    return result;
}

/* ---- connections ---- */

static kept_connection *kept_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info->socket_context;
}

static void on_connection(void *data, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    (void)data;
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        *context = keep_alive_add(
            MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd);
    else
        keep_alive_remove(*context);
}

/* Not realloc(), which could leave a copy of a secret in freed memory. */
static void append_body(received_body *a, const char *data, size_t size)
{
    if (a->size + size > MAX_BODY_BYTES) {
        a->too_large = true;
        return;
    }
    char *longer = xmalloc(a->size + size + 1);
    if (a->body != NULL)
        memcpy(longer, a->body, a->size);
    memcpy(longer + a->size, data, size);
    secret_free(a->body);
    a->body = longer;
    a->size += size;
    a->body[a->size] = '\0';
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **context)
{
    (void)data;
    (void)version;
    received_body *a = *context;
    if (a == NULL) {
        a = xcalloc(1, sizeof *a);
        a->started_ms = wall_ms();
        *context = a;
        keep_alive_busy(kept_of(connection));
        return MHD_YES;
    }
    if (*upload_size > 0) {
        append_body(a, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    http_request request = {connection, method, url, a->body, a->size};
    http_response response = route(&request, a->too_large);
    a->fallback = is_fallback(url);
    a->status = response.status;
    if (strncmp(url, HTTP_CONTROL_PREFIX, sizeof HTTP_CONTROL_PREFIX - 1) != 0)
        record(&request, a->started_ms, &response);
    if (response.drop) {
        http_response_free(&response);
        return MHD_NO;
    }
    return http_send(connection, &response);
}

static void on_completed(void *data, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    (void)data;
    (void)code;
    received_body *a = *context;
    if (a == NULL)
        return;
    if (a->fallback && a->status == MHD_HTTP_INTERNAL_SERVER_ERROR)
        keep_alive_close(kept_of(connection));
    else if (a->fallback)
        keep_alive_idle(kept_of(connection));
    secret_free(a->body); /* it may hold a key */
    free(a);
    *context = NULL;
}

/* ---- the daemon ---- */

int http_listen(const char *host, int port, char *why, unsigned why_size)
{
    char service[16];
    (void)snprintf(service, sizeof service, "%d", port);
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *found = NULL;
    int problem = getaddrinfo(host, service, &hints, &found), fd = -1, one = 1;
    if (problem == 0)
        fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) != 0 ||
                    bind(fd, found->ai_addr, found->ai_addrlen) != 0 || listen(fd, 128) != 0)) {
        (void)snprintf(why, why_size, "cannot listen on %s:%d for HTTP: %s", host, port, error_text(errno));
        close(fd);
        fd = -1;
    } else if (fd < 0) {
        (void)snprintf(why, why_size, "cannot listen on %s for HTTP: %s", host,
                       problem ? gai_strerror(problem) : error_text(errno));
    }
    if (found != NULL)
        freeaddrinfo(found);
    return fd;
}

size_t http_unescape(void *data, struct MHD_Connection *connection, char *text)
{
    (void)data;
    (void)connection;
    return strstr(text, "%00") != NULL ? strlen(text) : MHD_http_unescape(text);
}

int http_port_of(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    if (getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        return -1;
    char service[16];
    if (getnameinfo((struct sockaddr *)&address, length, NULL, 0, service, sizeof service, NI_NUMERICSERV) !=
        0)
        return -1;
    return (int)strtol(service, NULL, 10);
}

int http_start(const http_options *options, char *why, unsigned why_size)
{
    settings = *options;
    if (options->control_token != NULL)
        secret_digest(options->control_token, control_digest);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&wait_over, &attributes);
    pthread_condattr_destroy(&attributes);
    int fd = http_listen(options->host, options->port, why, why_size);
    if (fd < 0)
        return -1;
    int port = http_port_of(fd);
    keep_alive_start(options->idle_ms);
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL |
                     MHD_USE_ITC | (options->cert_pem ? MHD_USE_TLS : 0);
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, NULL}, {MHD_OPTION_HTTPS_MEM_KEY, 0, NULL}, {MHD_OPTION_END, 0, NULL}};
    memcpy(&tls[0].ptr_value, &options->cert_pem, sizeof options->cert_pem); /* the struct has no const */
    memcpy(&tls[1].ptr_value, &options->key_pem, sizeof options->key_pem);
    if (options->cert_pem == NULL)
        tls[0].option = MHD_OPTION_END;
    daemon_ = MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, NULL, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED,
        on_completed, NULL, MHD_OPTION_CONNECTION_TIMEOUT, 30u, MHD_OPTION_NOTIFY_CONNECTION, on_connection,
        NULL, MHD_OPTION_UNESCAPE_CALLBACK, http_unescape, NULL, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    if (daemon_ == NULL) {
        (void)snprintf(why, why_size, "cannot start the HTTP server%s",
                       options->cert_pem ? " (is the certificate valid?)" : "");
        keep_alive_stop();
        close(fd);
        return -1;
    }
    return port;
}

void http_stop(void)
{
    if (daemon_ == NULL)
        return;
    pthread_mutex_lock(&wait_lock);
    closing = true;
    pthread_cond_broadcast(&wait_over);
    pthread_mutex_unlock(&wait_lock);
    MHD_stop_daemon(daemon_);
    daemon_ = NULL;
    keep_alive_stop();
    pthread_cond_destroy(&wait_over);
}
