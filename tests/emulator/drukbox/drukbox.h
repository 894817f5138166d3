/*
 * drukbox.h: the Drukbox host API over HTTP. Its hosts are simulated: no machine is started. Every function
 * may be called from any thread after drukbox_start().
 */
#ifndef EMULATOR_DRUKBOX_DRUKBOX_H
#define EMULATOR_DRUKBOX_DRUKBOX_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "http/http.h"

typedef struct {
    /* NULL: Drukbox is not served. Only the digest of the token is kept. */
    const char *token;
    const char *generation, *provider;
    /* The default lease of a host. */
    int64_t lease_secs;
    /* The longest total lease; 0: no limit. */
    int64_t lifetime_secs;
    /* The duration of creating a host or a template. */
    int64_t provision_ms;
    uint64_t max_hosts;
    /* Unclaimed hosts of the active provider at the start. */
    uint64_t pool;
    /* A connection that is idle for that long after a response is closed; 0: never. */
    int64_t idle_ms;
    bool tailnet;
} drukbox_options;

bool drukbox_is_generation(const char *text);
bool drukbox_is_provider(const char *text);
void drukbox_start(const drukbox_options *options);
void drukbox_stop(void); /* after the last request */

/* The valid targets of faults: "drukbox", or a served route such as "GET /hosts/{id}". */
bool drukbox_has_route(const char *name);
bool drukbox_is_host_status(const char *text);

/* Handles every path that the HTTP server does not. */
http_handler drukbox_route;

/* The control routes. NULL, or an error message (static). */
const char *drukbox_set_host(const json_t *wanted);
const char *drukbox_set_template(const json_t *wanted);
size_t drukbox_run_janitor(void); /* deletes the hosts whose lease has ended; returns their number */

#endif
