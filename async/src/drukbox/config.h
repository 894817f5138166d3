/*
 * config.h: the configuration of a Drukbox client, from options and environment. Pure, but for reading the
 * environment through `getenv_fn`.
 */
#ifndef BOXD_DRUKBOX_CONFIG_H
#define BOXD_DRUKBOX_CONFIG_H

#include "environment.h"
#include "forward_proxy.h"

#include <drukbox/client.h>

/* All strings are owned; drukbox_config_free() zeroes the secrets. */
typedef struct drukbox_config {
    /* Without slashes at its end. */
    char *base_url;
    /* In base_url: "/prefix", or "". */
    const char *base_path;
    char *token;
    /* Each may be NULL. */
    char *ca_file, *ca_dir;
    forward_proxy proxy;
    /* 0: no timeout. */
    int64_t step_timeout_ms;
    size_t max_connections, max_idle, max_response_size;
    boxd_dispatch_mode dispatch;
    boxd_hooks hooks;
} drukbox_config;

/*
 * Resolves the program's `options` (NULL: none is set). With a `prefix`, an option that is not set is read
 * from the environment's variable whose name begins with it. Messages do not show the token.
 */
boxd_status drukbox_config_resolve(drukbox_config *out, const drukbox_client_options *options,
                                   const char *prefix, getenv_fn env, boxd_error *error);
void drukbox_config_free(drukbox_config *c);

#endif
