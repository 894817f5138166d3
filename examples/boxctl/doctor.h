/* doctor.h: the state and the checks of `boxctl doctor`, which tests the connection to the service step by
 * step. */
#ifndef BOXCTL_DOCTOR_H
#define BOXCTL_DOCTOR_H

#include "boxctl.h"

typedef struct doctor {
    cli *c;
    json_t *rows;
    bool failed;
    /* the URL of the API, and what the library has read from it */
    char url[512], host[256];
    int port;
    bool tls;
    /* the proxy of connections to the API, and its setting; "": none */
    char proxy[256];
    /* the credential is an API key, which is exchanged for a token; else it is a token */
    bool has_key;
    /* results of the checks so far; later checks depend on them. may_connect: a TCP connection was made, or
     * the proxy has to make it */
    bool located, resolved, may_connect, answered, identified;
    /* local time at the end of the first call, in milliseconds since 1970 UTC */
    int64_t exchanged_at_ms;
} doctor;

/* Add one result. `next` says what the user can do about a failure, or is NULL. */
void doctor_ok(doctor *d, const char *check, const char *format, ...) __attribute__((format(printf, 3, 4)));
void doctor_skipped(doctor *d, const char *check, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void doctor_failed(doctor *d, const char *check, const char *next, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Configuration, DNS and TCP; these checks make no call. */
void check_configuration(doctor *d);
void check_dns(doctor *d);
void check_tcp(doctor *d);

#endif
