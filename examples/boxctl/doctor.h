/* doctor: what is between here and a box, asked step by step. */
#ifndef BOXCTL_DOCTOR_H
#define BOXCTL_DOCTOR_H

#include "boxctl.h"

typedef struct doctor {
    cli *c;
    json_t *rows;
    bool failed;
    /* of the API's URL: */
    char url[512], host[256];
    int port;
    bool tls;
    bool has_key; /* a key is exchanged; else a token is sent as it is */
    /* what is known so far; each check needs some of it */
    bool located, resolved, connected, answered, identified;
    int64_t exchanged_at_ms; /* unix milliseconds, here, when the first call of the client ended */
} doctor;

/* One line of the result. `next` is what to do about a failure, or NULL. */
void doctor_ok(doctor *d, const char *check, const char *format, ...) __attribute__((format(printf, 3, 4)));
void doctor_skipped(doctor *d, const char *check, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void doctor_failed(doctor *d, const char *check, const char *next, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The way to the service: no client of the library is asked here. */
void check_configuration(doctor *d);
void check_dns(doctor *d);
void check_tcp(doctor *d);

#endif
