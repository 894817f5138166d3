/* The check of doctor for proxies: which proxy the library uses, who decided, and whether it connects to the
 * servers. */
#include "api_base64.h"
#include "doctor.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_LIMIT_MS = 15000, DETAIL_SIZE = 640, NEXT_SIZE = 256, ANSWER_SIZE = 256, REQUEST_SIZE = 2048 };

/* ---- CONNECT ---- */

/* Decodes %XX, as the library does. Returns the end of the text. */
static char *decode(char *to, const char *from, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char digits[3] = "", *end = digits;
        if (from[i] == '%' && i + 2 < size)
            memcpy(digits, from + i + 1, 2);
        const long byte = strtol(digits, &end, 16);
        const bool escape = strlen(digits) == 2 && *end == '\0' && byte > 0;
        *to++ = from[i];
        if (escape) {
            to[-1] = (char)byte;
            i += 2;
        }
    }
    *to = '\0';
    return to;
}

/* The header with the user and the password in the URL of the variable; "": the URL has none. Allocated. */
static char *make_authorization(const char *variable)
{
    const char *url = getenv(variable), *scheme_end = url ? strstr(url, "://") : NULL;
    const char *info = scheme_end ? scheme_end + 3 : url ? url : "";
    const char *end = memrchr(info, '@', strcspn(info, "/?#"));
    if (!end)
        return strdup("");
    const size_t size = (size_t)(end - info);
    const char *colon = memchr(info, ':', size);
    const size_t user_size = colon ? (size_t)(colon - info) : size;
    char *plain = malloc(size + 2), *coded = NULL, *header = NULL;
    if (plain) {
        char *to = decode(plain, info, user_size);
        *to++ = ':';
        to = decode(to, colon ? colon + 1 : "", colon ? size - user_size - 1 : 0);
        coded = base64_encode((const uint8_t *)plain, (size_t)(to - plain));
    }
    if (!coded || asprintf(&header, "Proxy-Authorization: Basic %s\r\n", coded) < 0)
        header = NULL;
    free(plain);
    free(coded);
    return header;
}

/* Waits for the descriptor. False: it is not ready in time, or a signal came. */
static bool wait_for(int fd, short events)
{
    struct pollfd ready = {fd, events, 0};
    return poll(&ready, 1, ANSWER_LIMIT_MS) > 0;
}

static bool send_request(int fd, const char *server, const char *authorization)
{
    char request[REQUEST_SIZE];
    const int size = snprintf(request, sizeof request, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", server,
                              server, authorization);
    return size < (int)sizeof request && wait_for(fd, POLLOUT) &&
           send(fd, request, (size_t)size, MSG_NOSIGNAL) == size;
}

/* Reads the first line of the answer. Returns its status; 0: it is not HTTP; -1: there is none. */
static int read_status(int fd)
{
    char line[ANSWER_SIZE] = "";
    size_t size = 0;
    while (size + 1 < sizeof line && !strchr(line, '\n')) {
        const ssize_t n = wait_for(fd, POLLIN) ? recv(fd, line + size, sizeof line - 1 - size, 0) : -1;
        if (n <= 0)
            break;
        size += (size_t)n;
        line[size] = '\0';
    }
    if (size == 0)
        return -1;
    return strncmp(line, "HTTP/1.", 7) == 0 && strlen(line) > 9 ? (int)strtol(line + 9, NULL, 10) : 0;
}

/* ---- one server ---- */

typedef struct finding {
    bool failed;
    char detail[DETAIL_SIZE], next[NEXT_SIZE];
} finding;

static void find(finding *f, const char *next, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void find(finding *f, const char *next, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(f->detail, sizeof f->detail, format, arguments);
    va_end(arguments);
    f->failed = next != NULL;
    snprintf(f->next, sizeof f->next, "%s", next ? next : "");
}

/* The list of hosts that the library reads. */
static const char *no_proxy_name(void)
{
    const char *lower = getenv("no_proxy");
    return lower && *lower ? "no_proxy" : "NO_PROXY";
}

/* These answers to CONNECT are those of a web server. */
static bool is_of_web_server(int status)
{
    return status == 400 || status == 404 || status == 405 || status == 501;
}

static void judge(finding *f, const server_route *r, int status, bool has_user)
{
    char next[NEXT_SIZE];
    if (status >= 200 && status < 300) {
        find(f, NULL, "%s (%s) connects to %s", r->proxy, r->source, r->server);
    } else if (status <= 0 || is_of_web_server(status)) {
        char answer[32];
        snprintf(answer, sizeof answer, status > 0 ? "it answers with %d" : "it does not answer in HTTP",
                 status);
        snprintf(next, sizeof next, "correct %s: its URL is not that of an HTTP proxy", r->source);
        find(f, next, "%s (%s) is not a proxy: %s", r->proxy, r->source, answer);
    } else if (status == 407) {
        snprintf(next, sizeof next, "%s user:password@ in the URL in %s", has_user ? "correct" : "give",
                 r->source);
        find(f, next, "%s (%s) %s (407)", r->proxy, r->source,
             has_user ? "refuses its user" : "wants a user");
    } else if (status >= 500) {
        snprintf(next, sizeof next, "check the URL of the server, or add its host to %s", no_proxy_name());
        find(f, next, "%s (%s) cannot connect to %s (%d)", r->proxy, r->source, r->server, status);
    } else {
        snprintf(next, sizeof next, "allow the host in the proxy, or add it to %s", no_proxy_name());
        find(f, next, "%s (%s) refuses to connect to %s (%d)", r->proxy, r->source, r->server, status);
    }
}

/* Asks for a tunnel, if the connection needs one and the proxy is an HTTP proxy without TLS. */
static void try_tunnel(finding *f, const server_route *r, int fd)
{
    if (!r->tunnel || strncmp(r->proxy, "http://", 7) != 0) {
        find(f, NULL, "%s (%s) accepts connections", r->proxy, r->source);
        return;
    }
    char *authorization = make_authorization(r->source);
    const bool asked = authorization && send_request(fd, r->server, authorization);
    judge(f, r, asked ? read_status(fd) : -1, authorization && *authorization);
    free(authorization);
}

/* The library has written the URL of the proxy: scheme://host:port. */
static void try_proxy(finding *f, const server_route *r)
{
    char host[256], next[NEXT_SIZE];
    const char *problem = "no address", *scheme_end = strstr(r->proxy, "://"), *port = strrchr(r->proxy, ':');
    if (!scheme_end || !port || port < scheme_end + 3)
        return;
    const char *begin = scheme_end + 3, *end = port;
    if (*begin == '[') {
        begin++;
        end--;
    }
    snprintf(host, sizeof host, "%.*s", (int)(end - begin), begin);
    const int fd = doctor_connect(host, port + 1, &problem);
    snprintf(next, sizeof next, "correct the URL in %s, or start the proxy", r->source);
    if (fd < 0) {
        find(f, next, "%s (%s) cannot be reached: %s", r->proxy, r->source, problem);
        return;
    }
    try_tunnel(f, r, fd);
    close(fd);
}

static void check_server(finding *f, const server_route *r)
{
    find(f, NULL, "none: %s", r->reason);
    if (*r->proxy)
        try_proxy(f, r);
}

/* ---- the check ---- */

/* A variable that other programs read. */
static const char *find_unread(void)
{
    const char *upper = getenv("HTTP_PROXY"), *lower = getenv("http_proxy"), *grpc = getenv("grpc_proxy");
    if (upper && *upper && !(lower && *lower))
        return "; HTTP_PROXY is set, but not read: use http_proxy";
    return grpc && *grpc ? "; grpc_proxy is set, but not read: use https_proxy" : "";
}

void check_proxy(doctor *d)
{
    finding api = {0}, exchange = {0};
    d->api_proxied = d->exchange_proxied = true;
    if (!d->located) {
        doctor_skipped(d, "proxy", "the address of the service is not known");
        return;
    }
    check_server(&api, &d->api);
    const bool has_exchange = *d->exchange.server;
    if (has_exchange)
        check_server(&exchange, &d->exchange);
    d->api_proxied = !api.failed;
    d->exchange_proxied = !exchange.failed;
    const bool same = has_exchange && strcmp(api.detail, exchange.detail) == 0;
    const char *before = same ? "API and exchange: " : "API: ", *unread = find_unread();
    const char *between = has_exchange && !same ? "; exchange: " : "";
    const char *second = has_exchange && !same ? exchange.detail : "";
    if (api.failed || exchange.failed)
        doctor_failed(d, "proxy", api.failed ? api.next : exchange.next, "%s%s%s%s%s", before, api.detail,
                      between, second, unread);
    else
        doctor_ok(d, "proxy", "%s%s%s%s%s", before, api.detail, between, second, unread);
}
