/*
 * config.h: from options, environment and presets to what a client uses. Pure but for reading the environment
 * through `getenv_fn`.
 */
#ifndef BOXD_CONFIG_H
#define BOXD_CONFIG_H

#include "boxd/client/api_address.h"
#include "environment.h"

#include <boxd/compute.h>

/* Everything owned; secrets are zeroed by config_free(). */
typedef struct config {
    api_address api;
    char *exchange_url; /* set when api_key is */
    char *api_key;      /* exactly one of api_key and token is set, or none and in_machine is */
    char *token;
    char *ca_file; /* or NULL */
    char *client_cert_file;
    char *client_key_file;
    int64_t timeout_ms;   /* > 0, or BOXD_NO_TIMEOUT */
    int32_t read_retries; /* >= 0 */
    int64_t keepalive_ms; /* > 0, or -1: none */
    int32_t max_streams;  /* > 0: calls on one connection at a time */
    size_t max_in_flight; /* calls of the client; 0: no limit */
    boxd_dispatch_mode dispatch;
    bool update_notice;       /* false: nothing is said of newer versions */
    boxd_update_cb on_update; /* or NULL: one line on standard error */
    void *update_data;
    boxd_hooks hooks;
    char *metadata_url; /* where the machine's metadata service answers; NULL: at the default gateway */
    bool in_machine;    /* neither api_key nor token, but hints that the machine has tokens of its own */
    bool api_given;     /* the API's URL is not a preset's */
} config;

/*
 * Resolves `options` (already copied and size-checked; never NULL). Order for each setting: argument,
 * environment, preset; empty is absent. Credentials: an argument outranks the environment, within one place a
 * token outranks a key; none: in_machine where one of BOXD_VM_ID, BOXD_VM_NAME and BOXD_PROXY_ENDPOINT is
 * set, else BOXD_ERR_AUTHENTICATION that says what to set. BOXD_BASE_URL outranks BOXD_API_URL. The presets
 * are a table: production https://boxd.sh:9443 with https://app.boxd.sh/api/v1/auth/token, staging the same
 * on boxd-stg.sh. An API URL given without an exchange URL derives it (never the preset's). An unknown
 * environment: ignored from the environment variable, an error that lists the known names from the argument.
 * Client certificate and key only together. Control characters, space or non-ASCII bytes in a key or token
 * are refused without showing it. Negative timeouts other than BOXD_NO_TIMEOUT, read_retries below -1,
 * keepalive_ms below -1, max_streams_per_connection or max_calls_in_flight below 0 and an unknown dispatch
 * mode are refused.
 */
boxd_status config_resolve(config *out, const boxd_compute_options *options, getenv_fn env,
                           boxd_error *error);
void config_free(config *c);

#endif
