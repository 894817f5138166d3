/*
 * box_config.h: a box's configuration from the program's structs to the wire, checked on the way.
 */
#ifndef BOXD_BOX_CONFIG_H
#define BOXD_BOX_CONFIG_H

#include "boxd/service/pairs.h"
#include "grpc/wire.h"

#include <boxd/types/box.h>

/* What a request's configuration points to while it is packed. Zero it, build, pack, free. */
typedef struct config_message {
    BoxdPb__VmConfig vm;
    BoxdPb__SrfConfig lifecycle;
    BoxdPb__NetworkConfig network;
    BoxdPb__ProxyEntry *proxies, **proxy_list;
    BoxdPb__VolumeMount *volumes, **volume_list;
    pairs env;
} config_message;

/* Checks the name that a new box is to have (NULL or "": the service picks) and, unless `subject` is NULL,
 * writes there what messages call it. Does nothing else with an `error` that is set already. */
void box_config_name(const char *name, char *subject, size_t size, boxd_error *error);

/* Sets env, cmd, restart_policy and config of `message` from `config` (NULL: none of them). */
boxd_status box_config_build(config_message *m, const boxd_box_config *config,
                             BoxdPb__CreateVmRequest *message, boxd_error *error);

/* The same for requests of which the configuration is all, those that copy a box or make a template: sets
 * *out, or leaves it NULL; env, cmd and restart_policy must not be in `config`. */
boxd_status box_config_build_vm(config_message *m, const boxd_box_config *config, BoxdPb__VmConfig **out,
                                boxd_error *error);
void box_config_free(config_message *m);

#endif
