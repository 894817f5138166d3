/* The checks of doctor for proxies: which proxy the library uses for the API and for the exchange, which
 * setting has it, and whether it connects to the server. */
#include "api/base64.h"
#include "doctor/doctor.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NEXT_SIZE = 256, ANSWER_SIZE = 256 };

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

/* Sends the text. Returns 0 or an error number. */
static int send_all(int fd, const char *text, int64_t deadline_ms)
{
    size_t left = strlen(text);
    while (left > 0) {
        const int problem = doctor_wait(fd, POLLOUT, deadline_ms);
        if (problem)
            return problem;
        const ssize_t n = send(fd, text, left, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return errno;
        text += n > 0 ? n : 0;
        left -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

static const char HTTP_VERSION[] = "HTTP/1.";
enum { VERSION_SIZE = sizeof HTTP_VERSION - 1 };

/* The status in "HTTP/1.1 200 OK"; 0: the line is not HTTP. */
static int parse_status(const char *line)
{
    if (strlen(line) < VERSION_SIZE + 5 || line[VERSION_SIZE + 1] != ' ')
        return 0;
    char *end;
    const long status = strtol(line + VERSION_SIZE + 2, &end, 10);
    return end == line + VERSION_SIZE + 5 && status >= 100 ? (int)status : 0;
}

/* Reads the first line of the answer. Returns 0 or an error number. ECONNRESET: the proxy closed the
 * connection without an answer; EPROTO: the answer is not HTTP. */
static int read_status(int fd, int64_t deadline_ms, int *status)
{
    char line[ANSWER_SIZE] = "";
    size_t size = 0;
    while (size + 1 < sizeof line && !memchr(line, '\n', size)) {
        const int problem = doctor_wait(fd, POLLIN, deadline_ms);
        if (problem)
            return problem;
        const ssize_t n = recv(fd, line + size, sizeof line - 1 - size, 0);
        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n < 0 && size == 0)
            return errno;
        if (n <= 0)
            break;
        size += (size_t)n;
        line[size] = '\0';
        if (memcmp(line, HTTP_VERSION, size < VERSION_SIZE ? size : VERSION_SIZE) != 0)
            return EPROTO;
    }
    *status = parse_status(line);
    return size == 0 ? ECONNRESET : *status ? 0 : EPROTO;
}

static bool is_closed(int problem)
{
    return problem == ECONNRESET || problem == EPIPE;
}

/* Asks for a tunnel to the server. Returns 0 or an error number, as read_status(). */
static int request_tunnel(const char *server, const char *authorization, int fd, int64_t deadline_ms,
                          int *status)
{
    char *request = NULL;
    if (asprintf(&request, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", server, server, authorization) < 0)
        return ENOMEM;
    int problem = send_all(fd, request, deadline_ms);
    free(request);
    if (!problem || is_closed(problem)) /* a proxy may answer before it has read the request */
        problem = read_status(fd, deadline_ms, status);
    return problem;
}

/* ---- one server ---- */

typedef struct finding {
    bool failed;
    char detail[DOCTOR_DETAIL_SIZE], next[NEXT_SIZE];
} finding;

/* The result of the check. With a next step the check has failed. */
static void set_next(finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void set_detail(finding *f, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void set_next(finding *f, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(f->next, sizeof f->next, format, arguments);
    va_end(arguments);
    f->failed = true;
}

static void set_detail(finding *f, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(f->detail, sizeof f->detail, format, arguments);
    va_end(arguments);
}

/* The list of hosts that the library reads. */
static const char *no_proxy_name(void)
{
    const char *lower = getenv("no_proxy");
    return lower && *lower ? "no_proxy" : "NO_PROXY";
}

/* Explains the answer to CONNECT by the table in docs/proxies.md, which the library follows, too. */
static void explain_answer(finding *f, const server_route *r, int status, bool has_user)
{
    const char *proxy = r->proxy, *source = r->source;
    const bool web_server = status == 400 || status == 404 || status == 405 || status == 501;
    if (status >= 200 && status < 300) {
        set_detail(f, "%s (%s) connects to %s", proxy, source, r->server);
    } else if (status == 407) {
        set_detail(f, "%s (%s) %s user:password (407)", proxy, source, has_user ? "rejected" : "requires");
        set_next(f,
                 has_user ? "correct user:password@ in the URL in %s" : "add user:password@ to the URL in %s",
                 source);
    } else if (web_server) {
        set_detail(f, "%s (%s) does not connect to %s (%d): this server may not be a proxy", proxy, source,
                   r->server, status);
        set_next(f, "check the URL in %s, or add the server's host to %s", source, no_proxy_name());
    } else if (status == 408 || status == 429 || status >= 500) {
        set_detail(f, "%s (%s) could not connect to %s (%d)", proxy, source, r->server, status);
        set_next(f, "try again, check the URL of the server, or add the server's host to %s",
                 no_proxy_name());
    } else {
        set_detail(f, "%s (%s) refuses connections to %s (%d)", proxy, source, r->server, status);
        set_next(f, "allow the host in the proxy, or add the host to %s", no_proxy_name());
    }
}

/* Explains why there is no answer to CONNECT, by an error number. */
static void explain_no_answer(finding *f, const server_route *r, int problem, int64_t limit_ms)
{
    const char *proxy = r->proxy, *source = r->source;
    if (problem == ETIMEDOUT) { /* some proxies wait for a server that does not answer */
        set_detail(f, "%s (%s) did not answer CONNECT %s within %lld s", proxy, source, r->server,
                   (long long)limit_ms / 1000);
        set_next(f, "check the URL of the server and the URL in %s, or add the server's host to %s", source,
                 no_proxy_name());
    } else if (is_closed(problem)) {
        set_detail(f, "%s (%s) closed the connection without an answer to CONNECT %s", proxy, source,
                   r->server);
        set_next(f, "check the URL in %s, or add the server's host to %s", source, no_proxy_name());
    } else if (problem == EPROTO) {
        set_detail(f, "%s (%s) is not an HTTP proxy: the answer to CONNECT is not HTTP", proxy, source);
        set_next(f, "correct the URL in %s", source);
    } else {
        set_detail(f, "%s (%s) was not asked: %s", proxy, source, strerror(problem));
        set_next(f, "try again");
    }
}

/* Asks for a tunnel, if the connection needs one and the proxy is an HTTP proxy without TLS. */
static void try_tunnel(finding *f, const server_route *r, int fd, int64_t limit_ms)
{
    if (!r->tunnel || strncmp(r->proxy, "http://", 7) != 0) {
        set_detail(f, "%s (%s) accepts connections", r->proxy, r->source);
        return;
    }
    int status = 0, problem = ENOMEM;
    char *authorization = make_authorization(r->source);
    if (authorization)
        problem = request_tunnel(r->server, authorization, fd, clock_ms(CLOCK_MONOTONIC) + limit_ms, &status);
    if (problem)
        explain_no_answer(f, r, problem, limit_ms);
    else
        explain_answer(f, r, status, *authorization);
    free(authorization);
}

/* The library has written the URL of the proxy: scheme://host:port. */
static void try_proxy(finding *f, const server_route *r, int64_t limit_ms)
{
    char host[256];
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
    if (fd < 0) {
        set_detail(f, "%s (%s) cannot be reached: %s", r->proxy, r->source, problem);
        set_next(f, "correct the URL in %s, or start the proxy", r->source);
        return;
    }
    try_tunnel(f, r, fd, limit_ms);
    close(fd);
}

/* ---- the checks ---- */

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value && *value;
}

/* Names a variable that other programs read for such a URL, and the variable to use instead. */
static const char *find_unread(const server_route *r, bool uses_grpc)
{
    if (!r->tls && is_set("HTTP_PROXY") && !is_set("http_proxy"))
        return "; HTTP_PROXY is set, but not read: use http_proxy";
    if (!uses_grpc || !is_set("grpc_proxy"))
        return "";
    return r->tls ? "; grpc_proxy is set, but not read: use https_proxy"
                  : "; grpc_proxy is set, but not read: use http_proxy";
}

/* Adds the row of one server. Returns whether its proxy works; true without a proxy. */
static bool check_server(doctor *d, const char *check, const server_route *r, bool uses_grpc)
{
    finding f = {0};
    const char *unread = find_unread(r, uses_grpc);
    set_detail(&f, "none: %s", r->reason);
    if (*r->proxy)
        try_proxy(&f, r, doctor_limit_ms(d));
    if (f.failed)
        doctor_failed(d, check, f.next, "%s%s", f.detail, unread);
    else
        doctor_ok(d, check, "%s%s", f.detail, unread);
    return !f.failed;
}

void check_proxies(doctor *d)
{
    d->api_proxy_works = d->exchange_proxy_works = true;
    if (!d->located) {
        doctor_skipped(d, "api-proxy", "the address of the service is not known");
        doctor_skipped(d, "exchange-proxy", "the address of the service is not known");
        return;
    }
    d->api_proxy_works = check_server(d, "api-proxy", &d->api, true);
    if (*d->exchange.server)
        d->exchange_proxy_works = check_server(d, "exchange-proxy", &d->exchange, false);
    else
        doctor_skipped(d, "exchange-proxy", "not used: the credential is not an API key");
}
