/*
 * progress.h: calls the program back with the progress of a transfer.
 */
#ifndef BOXD_PROGRESS_H
#define BOXD_PROGRESS_H

#include "boxd/client/request.h"

#include <boxd/types/file.h>

#include <stdatomic.h>

/* Part of a request. */
typedef struct progress {
    request *owner;
    /* NULL: no progress is reported. */
    boxd_progress_cb callback;
    void *user_data;
    /* Core thread only: progress_at() or progress_end() was called. */
    bool any;
    /* Written on the core thread, read where callbacks run. `total` is written first and read last, so that
     * `done` is never more than `total`. */
    atomic_uint_fast64_t done, total;
    /* The last values that the program was called with. Where callbacks run, one thread at a time. */
    struct {
        bool any;
        uint64_t done, total;
    } reported;
} progress;

void progress_init(progress *p, request *owner, const boxd_file_options *options);

/* Reports bytes so far; `total` 0: unknown. Less than before, after an RPC was reopened, is not reported.
 * Core thread, before the request is finished. */
void progress_at(progress *p, uint64_t done, uint64_t total);

/* Reports that all of `size` bytes are done. Core thread, before the request is finished. */
void progress_end(progress *p, uint64_t size);

#endif
