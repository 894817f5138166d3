/* doctor.h: the state and the checks of `boxctl doctor`, which tests the connection to the service step by
 * step. */
#ifndef BOXCTL_DOCTOR_H
#define BOXCTL_DOCTOR_H

#include "cli/boxctl.h"

/* The longest detail of a row. */
enum { DOCTOR_DETAIL_SIZE = 1024 };

/* How the API or the exchange is reached, as the library has chosen. */
typedef struct server_route {
    /* host:port, as CONNECT has it; "": there is no such server, or it is not known */
    char server[300];
    /* the URL is https://; and the proxy is asked for a tunnel: else it gets the requests */
    bool tls, tunnel;
    /* without user and password; "": a direct connection */
    char proxy[300];
    /* the variable that has the proxy, or the reason of the direct connection */
    char source[32], reason[128];
} server_route;

typedef struct doctor {
    cli *c;
    json_t *rows;
    bool failed;
    /* the URL of the API, and what the library has read from it */
    char url[512], host[256];
    int port;
    bool tls;
    server_route api, exchange;
    /* "": there is no token cache */
    char token_cache_dir[4096];
    /* the credential is an API key, which is exchanged for a token; else it is a token */
    bool has_key;
    /* results of the checks so far; later checks depend on them. *_proxy_works: the proxy connects to the
     * API, or to the exchange; true without a proxy. may_connect: the API, or the proxy for the API, accepts
     * a TCP connection */
    bool located, api_proxy_works, exchange_proxy_works, resolved, may_connect, answered, identified;
    /* local time at the end of the first call, in milliseconds since 1970 UTC */
    int64_t exchanged_at_ms;
} doctor;

/* Add one result. `next` says what the user can do about a failure, or is NULL. */
void doctor_ok(doctor *d, const char *check, const char *format, ...) __attribute__((format(printf, 3, 4)));
void doctor_skipped(doctor *d, const char *check, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void doctor_failed(doctor *d, const char *check, const char *next, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The limit for one answer: --timeout, or a default. */
int64_t doctor_limit_ms(const doctor *d);

/* Waits until the descriptor is ready. Returns 0 or an error number; ETIMEDOUT: the deadline has passed. */
int doctor_wait(int fd, short events, int64_t deadline_ms);

/* Connects to an address. Returns the descriptor, which does not block, or -1 with a reason in `*problem`. */
int doctor_connect(const char *host, const char *port, const char **problem);

/* Configuration, proxies, DNS and TCP; these checks make no call. */
void check_configuration(doctor *d);
void check_proxies(doctor *d);
void check_dns(doctor *d);
void check_tcp(doctor *d);
void check_token_cache(doctor *d);

#endif
