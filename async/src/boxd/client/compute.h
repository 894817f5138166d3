/*
 * compute.h: a client of boxd: its configuration, core, queue and connections.
 */
#ifndef BOXD_COMPUTE_INTERNAL_H
#define BOXD_COMPUTE_INTERNAL_H

#include "boxd/client/auth.h"
#include "boxd/client/config.h"
#include "boxd/client/notice.h"
#include "core/core.h"
#include "core/fd_loop.h"
#include "core/observe.h"
#include "core/worker.h"
#include "grpc/channels.h"
#include "grpc/cq.h"

#include <boxd/compute.h>

/* Parts of the service that some servers do not have, and that the library can replace. */
typedef enum feature {
    /* For operations without a fallback. */
    FEATURE_NONE,
    FEATURE_UPLOAD_STREAM,
    FEATURE_DOWNLOAD_STREAM,
    /* The domains of service 0.1, which service 0.2 replaced by custom domains. */
    FEATURE_DOMAINS,
    FEATURES
} feature;

struct boxd_compute {
    core core;
    /* Immutable once open, with one exception: inside a machine the core thread sets `api` with the first
     * token, before it opens the channels. */
    config config;
    cq cq;
    observer observer;
    /* Core thread only. */
    struct {
        auth auth;
        /* Open; inside a machine after compute_connect(). */
        channels channels;
        worker disk;
        fd_loop fds;
        notice notice;
        /* By feature: this server answered UNIMPLEMENTED. */
        bool missing_features[FEATURES];
        /* Streams that are silent now, and whose boxes are probed. */
        int32_t silent_streams;
        uint64_t jitter;
        /* Unary calls in progress, and the next check of their responses: see call.c. */
        linked_list unary_calls;
        timer end_check;
    } thread_data;
};

/* Opens the channels, if they are not open: inside a machine the first token brings the API's URL. Core
 * thread, with a token. */
boxd_status compute_connect(boxd_compute *compute, boxd_error *error);

/* Remembers that the server does not have `method`, the RPC of a feature. Core thread. */
void compute_mark_missing(boxd_compute *compute, feature missing, const char *method);

#endif
