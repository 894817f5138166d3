/*
 * box_config.h: a box's configuration from the program's structs to the wire, checked on the way.
 */
#ifndef BOXD_BOX_CONFIG_H
#define BOXD_BOX_CONFIG_H

#include "wire.h"

#include <boxd/types/box.h>

/* What a request's configuration points to while it is packed. Zero it, build, pack, free. */
typedef struct config_message {
    BoxdPb__VmConfig vm;
    BoxdPb__SrfConfig lifecycle;
    BoxdPb__NetworkConfig network;
    BoxdPb__ProxyEntry *proxies, **proxy_list;
    BoxdPb__VolumeMount *volumes, **volume_list;
    BoxdPb__EnvVar *env, **env_list;
    char **env_keys;
    size_t env_count;
} config_message;

/* Sets env, cmd, restart_policy and config of `message` from `config` (NULL: none of them). */
boxd_status box_config_build(config_message *m, const boxd_box_config *config,
                             BoxdPb__CreateVmRequest *message, boxd_error *error);

/* The same for a request that copies a box or a template: sets *out, or leaves it NULL; what stays the
 * source's must not be in `config`. */
boxd_status box_config_build_copy(config_message *m, const boxd_box_config *config, BoxdPb__VmConfig **out,
                                  boxd_error *error);
void box_config_free(config_message *m);

#endif
