/*
 * compute.h: what a client of boxd is made of.
 */
#ifndef BOXD_COMPUTE_INTERNAL_H
#define BOXD_COMPUTE_INTERNAL_H

#include "auth.h"
#include "config.h"
#include "core.h"
#include "cq.h"
#include "worker.h"

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
    config config; /* immutable once open */
    cq cq;
    grpc_channel *channel;
    struct {
        auth auth;
        worker disk;
        /* What this server lacks, learnt from its first UNIMPLEMENTED. */
        bool lacks[FEATURES];
        uint64_t jitter;
    } thread_data; /* core thread only */
};

#endif
