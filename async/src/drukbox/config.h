/*
 * drukbox_config.h: from options and environment to what a Drukbox client uses. Pure but for reading the
 * environment through `getenv_fn`.
 */
#ifndef BOXD_DRUKBOX_CONFIG_H
#define BOXD_DRUKBOX_CONFIG_H

#include "environment.h"

#include <drukbox/client.h>

/* Everything owned; secrets are zeroed by drukbox_config_free(). */
typedef struct drukbox_config {
    char *base_url; /* without slashes at its end */
    char *token;
    char *ca_file, *ca_dir; /* each or NULL */
    int64_t timeout_ms;     /* 0: none */
    size_t max_connections, max_idle, max_answer_size;
    boxd_dispatch_mode dispatch;
    boxd_hooks hooks;
} drukbox_config;

/*
 * Resolves the program's `options` (NULL: none set). With a `prefix` what is not set comes from the variables
 * that it begins. Messages show no token.
 */
boxd_status drukbox_config_resolve(drukbox_config *out, const drukbox_client_options *options,
                                   const char *prefix, getenv_fn env, boxd_error *error);
void drukbox_config_free(drukbox_config *c);

#endif
