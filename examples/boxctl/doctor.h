/* doctor.h: the state and the checks of `boxctl doctor`, which tests the connection to the service step by
 * step. */
#ifndef BOXCTL_DOCTOR_H
#define BOXCTL_DOCTOR_H

#include "boxctl.h"

/* The way to the API or to the exchange, as the library has chosen it. */
typedef struct server_route {
    /* host:port, as CONNECT has it; "": there is no such server, or it is not known */
    char server[300];
    /* the proxy is asked for a tunnel; else it gets the requests */
    bool tunnel;
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
    /* the credential is an API key, which is exchanged for a token; else it is a token */
    bool has_key;
    /* results of the checks so far; later checks depend on them. proxied: a proxy, if there is one, connects
     * to the API, or to the exchange; may_connect: the API, or the proxy for it, accepts a TCP connection */
    bool located, api_proxied, exchange_proxied, resolved, may_connect, answered, identified;
    /* local time at the end of the first call, in milliseconds since 1970 UTC */
    int64_t exchanged_at_ms;
} doctor;

/* Add one result. `next` says what the user can do about a failure, or is NULL. */
void doctor_ok(doctor *d, const char *check, const char *format, ...) __attribute__((format(printf, 3, 4)));
void doctor_skipped(doctor *d, const char *check, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void doctor_failed(doctor *d, const char *check, const char *next, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Connects to an address. Returns the descriptor, which does not block, or -1 with a reason in `*problem`. */
int doctor_connect(const char *host, const char *port, const char **problem);

/* Configuration, proxy, DNS and TCP; these checks make no call. */
void check_configuration(doctor *d);
void check_proxy(doctor *d);
void check_dns(doctor *d);
void check_tcp(doctor *d);

#endif
