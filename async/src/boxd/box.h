/*
 * box.h: the box handle.
 */
#ifndef BOXD_BOX_INTERNAL_H
#define BOXD_BOX_INTERNAL_H

#include "compute.h"

#include <boxd/types/box.h>

struct boxd_box {
    atomic_uint refs;
    boxd_compute *compute; /* a reference on its core */
    boxd_box_info info;    /* strings behind the struct */
    const char *subject;   /* `box "web-7"`, for messages */
};

/* The client of a box; NULL for NULL. */
static inline boxd_compute *box_compute(const boxd_box *box)
{
    return box ? box->compute : NULL;
}

static inline const char *box_subject(const boxd_box *box)
{
    return box ? box->subject : NULL;
}

/* A new handle; strings of `info` are copied and normalised. NULL: out of memory. */
boxd_box *box_new(boxd_compute *compute, const boxd_box_info *info);

#endif
