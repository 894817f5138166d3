/*
 * drukbox.h: the Drukbox host API over HTTP. Its hosts are records: no machine is behind them. Every function
 * may be called from any thread once drukbox_start() has returned.
 */
#ifndef EMULATOR_DRUKBOX_DRUKBOX_H
#define EMULATOR_DRUKBOX_DRUKBOX_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/http.h"

typedef struct {
    const char *token; /* NULL: Drukbox is not served. Only its digest is kept */
    const char *generation, *provider;
    int64_t lease_secs;    /* of a host that asks for none */
    int64_t lifetime_secs; /* no lease beyond it; 0: no limit */
    int64_t provision_ms;  /* how long a host or a template is under way */
    uint64_t max_hosts;
    bool tailnet;
} drukbox_options;

bool drukbox_is_generation(const char *text);
bool drukbox_is_provider(const char *text);
void drukbox_start(const drukbox_options *options);
void drukbox_stop(void); /* after the last request */

/* For the check of faults: "drukbox", or a route such as "GET /hosts/{id}"; and it is served. */
bool drukbox_has_route(const char *name);
bool drukbox_is_host_status(const char *text);

/* Handles every path that the HTTP server does not. */
http_handler drukbox_route;

/* The control routes. NULL, or what is wrong with the request (static). */
const char *drukbox_set_host(const json_t *wanted);
const char *drukbox_set_template(const json_t *wanted);
size_t drukbox_run_janitor(void); /* deletes the hosts whose lease is over; how many */

#endif
