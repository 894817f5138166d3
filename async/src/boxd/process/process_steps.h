/*
 * process_steps.h: what the program does with a process, as operations.
 */
#ifndef BOXD_PROCESS_STEPS_H
#define BOXD_PROCESS_STEPS_H

#include "boxd/process/process.h"

#include <boxd/aio/compute.h>

/* A write to the command's input; without data and `ends`: its end. */
typedef struct write_step {
    stream_step step;
    const char *data; /* the program's, or: */
    char *copy;
    size_t size, sent; /* bytes; of these, accepted */
    boxd_release_cb release;
    void *release_data;
    bool ends;
    uint32_t cols, rows; /* of a resize */
} write_step;

static inline write_step *write_step_of(stream_step *step)
{
    return (write_step *)(void *)step;
}

#endif
