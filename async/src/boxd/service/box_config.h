/*
 * box_config.h: checks a box's configuration and builds the messages of the wire from it. Any thread.
 */
#ifndef BOXD_BOX_CONFIG_H
#define BOXD_BOX_CONFIG_H

#include "boxd/service/pairs.h"
#include "grpc/wire.h"

#include <boxd/types/box.h>

/* The parts of a request that creates a box, which the request points to until it is packed. Zero it, build,
 * pack, free. */
typedef struct config_message {
    BoxdPb__VmConfig vm;
    BoxdPb__SrfConfig lifecycle;
    BoxdPb__NetworkConfig network;
    BoxdPb__ProxyEntry *proxies, **proxy_list;
    BoxdPb__VolumeMount *volumes, **volume_list;
    pairs env, labels;
} config_message;

/* Checks the name of a new box (NULL or "": the service chooses) and, unless `subject` is NULL, writes there
 * how messages name the box. The check is left out when `error` is set already. */
void box_config_name(const char *name, char *subject, size_t size, boxd_error *error);

/* Sets env, cmd, restart_policy and config of `message` from `config`; NULL sets none of them. */
boxd_status box_config_build(config_message *m, const boxd_box_config *config,
                             BoxdPb__CreateVmRequest *message, boxd_error *error);

/* The same for requests that copy a box or make a template, which take no env, cmd and restart_policy: sets
 * *out, or leaves it NULL when `config` is. */
boxd_status box_config_build_vm(config_message *m, const boxd_box_config *config, BoxdPb__VmConfig **out,
                                boxd_error *error);

/* Builds m->labels from "key=value" words (or NULL); `entry` describes the request's message for one. No
 * effect when `error` is set already. */
void box_config_labels(config_message *m, const ProtobufCMessageDescriptor *entry, const char *const *labels,
                       boxd_error *error);
void box_config_free(config_message *m);

#endif
