/*
 * config.h: the configuration of a client, from options, environment and presets. Pure, but for reading the
 * environment through `getenv_fn`.
 */
#ifndef BOXD_CONFIG_H
#define BOXD_CONFIG_H

#include "boxd/client/api_address.h"
#include "environment.h"
#include "forward_proxy.h"

#include <boxd/compute.h>

/* All strings are owned; config_free() zeroes the secrets. */
typedef struct config {
    api_address api;
    /* Set when api_key is. */
    char *exchange_url;
    /* One of api_key and token is set; neither with in_machine. */
    char *api_key;
    char *token;
    /* The setting of the credential, for messages: "the option token", "BOXD_API_KEY"; NULL with in_machine.
     */
    const char *credential_source;
    /* The directory of the token cache; NULL: there is none. */
    char *token_cache_dir;
    /* Why there is none although the program wants one, for the log; or NULL. */
    const char *token_cache_problem;
    /* Each of the files may be NULL. */
    char *ca_file;
    char *client_cert_file;
    char *client_key_file;
    /* The settings of proxies, and the proxies of the exchange and of the API; the latter inside a machine
     * once its API is known. */
    forward_proxy_settings proxies;
    forward_proxy exchange_proxy, api_proxy;
    /* > 0, or BOXD_NO_TIMEOUT. */
    int64_t timeout_ms;
    /* >= 0. */
    int32_t read_retries;
    /* > 0, or -1: no keepalive. */
    int64_t keepalive_ms;
    /* > 0: calls on one connection at a time. */
    int32_t max_streams;
    /* Flow-control windows of 64 KiB. */
    bool small_windows;
    /* Calls of the client in flight; 0: no limit. */
    size_t max_in_flight;
    /* > 0: the memory of one decoded message, and of the result that is made of it. */
    size_t max_response_bytes;
    boxd_dispatch_mode dispatch;
    /* False: newer versions are not announced. */
    bool update_notice;
    /* NULL: one line on standard error. */
    boxd_update_cb on_update;
    void *update_data;
    boxd_hooks hooks;
    /* The machine's metadata service; NULL: at the default gateway. */
    char *metadata_url;
    /* Neither api_key nor token is given, and the environment is that of a machine with tokens of its own. */
    bool in_machine;
    /* The API's URL was given: it is not a preset's. */
    bool api_given;
} config;

/*
 * Resolves `options` (already copied and size-checked; never NULL). The order for each setting: argument,
 * environment, preset; an empty value is not set.
 *
 * The token cache is for keys only. Its directory is the argument's, or that of the user.
 *
 * Credentials: an argument takes precedence over the environment, and in the same place a token over a key.
 * Without both: in_machine where one of BOXD_VM_ID, BOXD_VM_NAME and BOXD_PROXY_ENDPOINT is set, else
 * BOXD_ERR_AUTHENTICATION with a message that says what to set. Control characters, spaces and non-ASCII
 * bytes in a key or token are refused, without showing it.
 *
 * URLs: BOXD_BASE_URL takes precedence over BOXD_API_URL. The presets are a table: production
 * https://boxd.sh:9443 with https://app.boxd.sh/api/v1/auth/token, staging the same on boxd-stg.sh. An
 * unknown preset in BOXD_ENVIRONMENT is ignored, in the argument it is an error that lists the presets. When
 * the API's URL is given and the exchange's is not, the exchange's is derived from it, never the preset's.
 *
 * The client's certificate and its key are given together. Numbers below 0 are refused, but for
 * BOXD_NO_TIMEOUT and the -1 of read_retries and keepalive_ms; so is an unknown dispatch mode.
 */
boxd_status config_resolve(config *out, const boxd_compute_options *options, getenv_fn env,
                           boxd_error *error);
void config_free(config *c);

/* Chooses the API's proxy, for c->api. `direct` is a host that is reached without a proxy (forward_proxy.h),
 * or NULL. gRPC can only use http:// proxies. */
boxd_status config_choose_api_proxy(config *c, const char *direct, boxd_error *error);

#endif
