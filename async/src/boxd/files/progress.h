/*
 * progress.h: a transfer's word to the program of how far it is.
 */
#ifndef BOXD_PROGRESS_H
#define BOXD_PROGRESS_H

#include "boxd/client/request.h"

#include <boxd/types/file.h>

#include <stdatomic.h>

/* Part of a request. */
typedef struct progress {
    request *owner;
    boxd_progress_cb callback; /* NULL: nothing is told */
    void *user_data;
    bool any; /* core thread only: there was news */
    /* The core thread's word to where callbacks run. `total` is written first and read last, so that what is
     * read is never more than all. */
    atomic_uint_fast64_t done, total;
    struct {
        bool any;
        uint64_t done, total;
    } told; /* where callbacks run, one thread at a time */
} progress;

void progress_init(progress *p, request *owner, const boxd_file_options *options);

/* So far. Less than was told before, of a stream that was begun anew: not told. Core thread, while the
 * request is under way. */
void progress_at(progress *p, uint64_t done, uint64_t total);

/* All is done, of a size that is known now; before the request is finished. */
void progress_end(progress *p, uint64_t size);

#endif
