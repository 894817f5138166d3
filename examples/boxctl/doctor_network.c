/* The checks of doctor that make no call: configuration, DNS and TCP. */
#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECT_LIMIT_MS = 5000 };

/* NULL if the variable is not set or empty. */
static const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* Chooses the URL as the library does: the option, the variables, the preset. */
static const char *choose_url(const doctor *d, const char **source)
{
    static const char *const VARIABLES[] = {"BOXD_BASE_URL", "BOXD_API_URL"};
    *source = "--api-url";
    if (d->c->api_url && *d->c->api_url)
        return d->c->api_url;
    for (size_t i = 0; i < 2; i++) {
        *source = VARIABLES[i];
        if (variable(VARIABLES[i]))
            return variable(VARIABLES[i]);
    }
    const char *environment = variable("BOXD_ENVIRONMENT");
    const bool staging = environment && strcmp(environment, "staging") == 0;
    *source = staging ? "preset staging" : "preset production";
    return staging ? "https://boxd-stg.sh:9443" : "https://boxd.sh:9443";
}

static const char *choose_credential(bool *is_key)
{
    *is_key = false;
    if (variable("BOXD_TOKEN"))
        return variable("BOXD_API_KEY") ? "BOXD_TOKEN (takes precedence over BOXD_API_KEY)" : "BOXD_TOKEN";
    *is_key = variable("BOXD_API_KEY") != NULL;
    if (*is_key)
        return "BOXD_API_KEY";
    const bool inside = variable("BOXD_VM_ID") || variable("BOXD_VM_NAME") ||
                        variable("BOXD_PROXY_ENDPOINT") || variable("BOXD_METADATA_URL");
    return inside ? "credentials of this boxd machine" : NULL;
}

/* Opens a client, which makes no request, and keeps how it would connect. Without a credential a token that
 * is not sent takes its place. */
static bool read_route(doctor *d, bool has_credential, boxd_error *error)
{
    boxd_route route = BOXD_ROUTE_INIT;
    boxd_compute *trial = boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .api_url = d->c->api_url,
                                                         .token = has_credential ? NULL : "boxctl-doctor"),
                                            error);
    boxd_compute_get_route(trial, &route);
    d->located = route.host != NULL;
    d->port = (int)route.port;
    d->tls = route.tls;
    if (route.host)
        snprintf(d->host, sizeof d->host, "%s", route.host);
    if (route.proxy)
        snprintf(d->proxy, sizeof d->proxy, "%s (%s)", route.proxy, route.proxy_source);
    boxd_compute_close(trial);
    return trial != NULL;
}

void check_configuration(doctor *d)
{
    int code = EXIT_OK;
    boxd_error error = BOXD_ERROR_INIT;
    const char *source = NULL, *credential = choose_credential(&d->has_key);
    snprintf(d->url, sizeof d->url, "%s", choose_url(d, &source));
    const bool opened = read_route(d, credential != NULL, &error);
    if (!credential) {
        doctor_failed(d, "configuration", "set BOXD_API_KEY", "no credential; URL: %s (from %s)", d->url,
                      source);
        return;
    }
    if (!opened) {
        doctor_failed(d, "configuration", "correct the setting that the message names", "%s", error.message);
        return;
    }
    d->located = cli_open(d->c, &code) != NULL && d->located;
    doctor_ok(d, "configuration", "URL: %s (from %s); credential: %s%s%s", d->url, source, credential,
              *d->proxy ? "; proxy: " : "", d->proxy);
}

static struct addrinfo *look_up(const doctor *d, int *failure)
{
    char port[16];
    snprintf(port, sizeof port, "%d", d->port);
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    *failure = getaddrinfo(d->host, port, &hints, &found);
    return *failure == 0 ? found : NULL;
}

void check_dns(doctor *d)
{
    if (!d->located) {
        doctor_skipped(d, "dns", "the address of the service is not known");
        return;
    }
    if (*d->proxy) {
        doctor_skipped(d, "dns", "the proxy looks up %s", d->host);
        return;
    }
    int failure = 0, count = 0;
    struct addrinfo *found = look_up(d, &failure);
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
                      d->host, gai_strerror(failure));
    if (found)
        freeaddrinfo(found);
}

/* Connects to the address. NULL on success, else the reason of the failure. */
static const char *try_address(const struct addrinfo *address)
{
    const int fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return strerror(errno);
    int problem = connect(fd, address->ai_addr, address->ai_addrlen) == 0 ? 0 : errno;
    if (problem == EINPROGRESS) {
        struct pollfd ready = {fd, POLLOUT, 0};
        socklen_t size = sizeof problem;
        if (poll(&ready, 1, CONNECT_LIMIT_MS) <= 0)
            problem = ETIMEDOUT;
        else if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &problem, &size) != 0)
            problem = errno;
    }
    close(fd);
    return problem ? strerror(problem) : NULL;
}

void check_tcp(doctor *d)
{
    if (*d->proxy) {
        doctor_skipped(d, "tcp", "the proxy connects to %s, port %d", d->host, d->port);
        d->may_connect = true;
        return;
    }
    if (!d->resolved) {
        doctor_skipped(d, "tcp", "no address");
        return;
    }
    int failure = 0;
    struct addrinfo *found = look_up(d, &failure);
    const char *problem = "no address";
    for (const struct addrinfo *a = found; a && problem; a = a->ai_next)
        problem = try_address(a);
    if (found)
        freeaddrinfo(found);
    d->may_connect = !problem;
    if (d->may_connect)
        doctor_ok(d, "tcp", "%s accepts connections on port %d", d->host, d->port);
    else
        doctor_failed(d, "tcp",
                      "check that the service runs there, and that no firewall blocks the connection",
                      "%s, port %d: %s", d->host, d->port, problem);
}
