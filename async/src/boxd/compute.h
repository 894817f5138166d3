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

struct boxd_compute {
    core core;
    config config; /* immutable once open */
    cq cq;
    grpc_channel *channel;
    struct {
        auth auth;
        worker disk;
        /* What this server lacks, learnt from its first UNIMPLEMENTED. */
        bool no_upload_stream, no_download_stream;
        uint64_t jitter;
    } thread_data; /* core thread only */
};

#endif
