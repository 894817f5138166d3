/*
 * compute.h: what a client of boxd is made of.
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

/* What a server may lack, and what stands in for it. */
typedef enum feature {
    FEATURE_ANY, /* nothing to remember */
    FEATURE_UPLOAD_STREAM,
    FEATURE_DOWNLOAD_STREAM,
    FEATURE_DOMAINS, /* the 0.1 service's: custom domains of today's */
    FEATURES
} feature;

struct boxd_compute {
    core core;
    /* Immutable once open; but inside a machine the core thread sets `api` with the first token, before it
     * opens the channels. */
    config config;
    cq cq;
    observer observer;
    struct {
        auth auth;
        channels channels; /* open, but inside a machine after compute_connect() */
        worker disk;
        fd_loop fds;
        /* What this server lacks, learnt from its first UNIMPLEMENTED. */
        bool lacks[FEATURES];
        int32_t silent_streams; /* whose box is asked about when they stay silent */
        notice notice;
        uint64_t jitter;
    } thread_data; /* core thread only */
};

/* Opens the channels unless they are: inside a machine the first token tells where the API is. Core
 * thread, with a token. */
boxd_status compute_connect(boxd_compute *compute, boxd_error *error);

/* Notes that the server has no `method`, so that it is not asked for it again. Core thread. */
void compute_lacks(boxd_compute *compute, feature what, const char *method);

#endif
