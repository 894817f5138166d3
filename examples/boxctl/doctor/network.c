/* The checks of doctor that make no call: configuration, DNS and TCP. */
#include "cli/credential.h"
#include "doctor/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECT_LIMIT_MS = 5000 };

/* Chooses the URL as the library does: the option, the variables, the preset. */
static const char *choose_url(const doctor *d, const char **source)
{
    const profile *p = credential_profile();
    *source = "--api-url";
    if (d->c->api_url && *d->c->api_url)
        return d->c->api_url;
    *source = credential_source();
    if (p && p->api_url)
        return p->api_url;
    *source = url_variable();
    if (variable(*source))
        return variable(*source);
    const char *environment = p && p->environment ? p->environment : variable("BOXD_ENVIRONMENT");
    const bool staging = environment && strcmp(environment, "staging") == 0;
    *source = staging ? "preset staging" : "preset production";
    return staging ? "https://boxd-stg.sh:9443" : "https://boxd.sh:9443";
}

static void copy_text(char *to, size_t size, const char *text)
{
    snprintf(to, size, "%s", text ? text : "");
}

static void copy_route(server_route *to, const char *proxy, const char *source, const char *reason)
{
    copy_text(to->proxy, sizeof to->proxy, proxy);
    copy_text(to->source, sizeof to->source, source);
    copy_text(to->reason, sizeof to->reason, reason);
}

static void copy_api_route(doctor *d, const boxd_route *route)
{
    const char *host = route->host ? route->host : "";
    const bool v6 = strchr(host, ':') != NULL;
    d->located = route->host != NULL;
    d->port = (int)route->port;
    d->tls = route->tls;
    copy_text(d->host, sizeof d->host, host);
    copy_route(&d->api, route->proxy, route->proxy_source, route->direct_reason);
    d->api.tls = d->tls;
    d->api.tunnel = true;
    if (d->located)
        snprintf(d->api.server, sizeof d->api.server, "%s%s%s:%d", v6 ? "[" : "", d->host, v6 ? "]" : "",
                 d->port);
}

/* The URL is one that the library has accepted. */
static void copy_exchange_route(server_route *to, const boxd_route *route)
{
    if (!route->exchange_url)
        return;
    const char *scheme_end = strstr(route->exchange_url, "://"), *host = scheme_end ? scheme_end + 3 : "";
    const int size = (int)strcspn(host, "/?#");
    const char *after_address = memchr(host, ']', (size_t)size);
    const bool has_port = memchr(after_address ? after_address : host, ':',
                                 (size_t)(host + size - (after_address ? after_address : host))) != NULL;
    to->tls = to->tunnel = strncasecmp(route->exchange_url, "https:", 6) == 0;
    snprintf(to->server, sizeof to->server, "%.*s%s", size, host,
             has_port     ? ""
             : to->tunnel ? ":443"
                          : ":80");
    copy_route(to, route->exchange_proxy, route->exchange_proxy_source, route->exchange_direct_reason);
}

/* Opens a client, which makes no request, and keeps how it would connect. Without a credential a token that
 * is not sent takes its place. */
static bool read_route(doctor *d, bool has_credential, boxd_error *error)
{
    boxd_route route = BOXD_ROUTE_INIT;
    boxd_compute_options options;
    cli_client_options(d->c, &options, true);
    if (!has_credential)
        options.token = "boxctl-doctor";
    boxd_compute *trial = boxd_compute_open(&options, error);
    boxd_compute_get_route(trial, &route);
    copy_api_route(d, &route);
    copy_exchange_route(&d->exchange, &route);
    copy_text(d->token_cache_dir, sizeof d->token_cache_dir, route.token_cache_dir);
    boxd_compute_close(trial);
    return trial != NULL;
}

void check_configuration(doctor *d)
{
    int code = EXIT_OK;
    boxd_error error = BOXD_ERROR_INIT;
    if (credential_choose(d->c) != EXIT_OK) {
        doctor_failed(d, "configuration", "correct the profile, see `boxctl profile ls`",
                      "the profile cannot be used");
        return;
    }
    const profile *p = credential_profile();
    const char *source = NULL, *credential = credential_source();
    d->has_key = p ? p->api_key != NULL : !variable("BOXD_TOKEN") && variable("BOXD_API_KEY");
    snprintf(d->url, sizeof d->url, "%s", choose_url(d, &source));
    const bool opened = read_route(d, credential != NULL, &error);
    if (!credential) {
        doctor_failed(d, "configuration", "run `boxctl login`, or set BOXD_API_KEY",
                      "no credential; URL: %s (from %s)", d->url, source);
        return;
    }
    if (!opened) {
        doctor_failed(d, "configuration", "correct the setting that the message names", "%s", error.message);
        return;
    }
    d->c->no_token_cache = true; /* the check of the exchange is an exchange */
    d->located = cli_open(d->c, &code) != NULL && d->located;
    doctor_ok(d, "configuration", "URL: %s (from %s); credential: %s", d->url, source, credential);
}

/* Returns addresses, freed with freeaddrinfo(), or NULL with a reason in `*problem`. */
static struct addrinfo *look_up(const char *host, const char *port, const char **problem)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    const int failure = getaddrinfo(host, port, &hints, &found);
    if (failure)
        *problem = gai_strerror(failure);
    return failure ? NULL : found;
}

void check_dns(doctor *d)
{
    if (!d->located) {
        doctor_skipped(d, "dns", "the address of the service is not known");
        return;
    }
    if (*d->api.proxy) {
        doctor_skipped(d, "dns", "the proxy looks up %s", d->host);
        return;
    }
    int count = 0;
    const char *problem = "no address";
    struct addrinfo *found = look_up(d->host, NULL, &problem);
    char first[64] = "";
    for (const struct addrinfo *a = found; a; a = a->ai_next)
        count++;
    if (found)
        getnameinfo(found->ai_addr, found->ai_addrlen, first, sizeof first, NULL, 0, NI_NUMERICHOST);
    d->resolved = found != NULL;
    if (found)
        doctor_ok(d, "dns", "%s has the address %s%s", d->host, first, count > 1 ? " and others" : "");
    else
        doctor_failed(d, "dns", "correct the host name, or the DNS settings of this machine", "%s: %s",
                      d->host, problem);
    if (found)
        freeaddrinfo(found);
}

int doctor_wait(int fd, short events, int64_t deadline_ms)
{
    struct pollfd ready = {fd, events, 0};
    for (;;) {
        const int64_t left_ms = deadline_ms - clock_ms(CLOCK_MONOTONIC);
        if (left_ms <= 0)
            return ETIMEDOUT;
        const int count = poll(&ready, 1, left_ms < INT_MAX ? (int)left_ms : INT_MAX);
        if (count > 0)
            return 0;
        if (count < 0 && errno != EINTR)
            return errno;
    }
}

/* Connects to the address. Returns the descriptor, or -1 with a reason. */
static int try_address(const struct addrinfo *address, const char **reason)
{
    const int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        *reason = strerror(errno);
        return -1;
    }
    int problem = connect(fd, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    if (problem == EINPROGRESS) {
        socklen_t size = sizeof problem;
        problem = doctor_wait(fd, POLLOUT, clock_ms(CLOCK_MONOTONIC) + CONNECT_LIMIT_MS);
        if (!problem && getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size) != 0)
            problem = errno;
    }
    if (!problem)
        return fd;
    close(fd);
    *reason = strerror(problem);
    return -1;
}

int doctor_connect(const char *host, const char *port, const char **problem)
{
    struct addrinfo *found = look_up(host, port, problem);
    int fd = -1;
    for (const struct addrinfo *a = found; a && fd < 0; a = a->ai_next)
        fd = try_address(a, problem);
    if (found)
        freeaddrinfo(found);
    return fd;
}

void check_tcp(doctor *d)
{
    if (*d->api.proxy) {
        doctor_skipped(d, "tcp", "%s to %s, port %d",
                       d->api_proxy_works ? "the proxy connects" : "no connection through the proxy", d->host,
                       d->port);
        d->may_connect = d->api_proxy_works;
        return;
    }
    if (!d->resolved) {
        doctor_skipped(d, "tcp", "no address");
        return;
    }
    char port[16];
    const char *problem = "no address";
    snprintf(port, sizeof port, "%d", d->port);
    const int fd = doctor_connect(d->host, port, &problem);
    d->may_connect = fd >= 0;
    if (d->may_connect)
        close(fd);
    if (d->may_connect)
        doctor_ok(d, "tcp", "%s accepts connections on port %d", d->host, d->port);
    else
        doctor_failed(d, "tcp",
                      "check that the service runs there, and that no firewall blocks the connection",
                      "%s, port %d: %s", d->host, d->port, problem);
}
