/*
 * box.h: the box handle, and the results that are boxes.
 */
#ifndef BOXD_BOX_INTERNAL_H
#define BOXD_BOX_INTERNAL_H

#include "boxd/client/handle.h"
#include "core/sink.h"

#include <boxd/types/box.h>

/* Who a box made of a name turned out to be; a record. */
typedef struct box_identity {
    const char *id, *name;
} box_identity;

struct boxd_box {
    handle handle;
    boxd_box_info info;
    _Atomic(box_identity *) found; /* set once, on the core thread */
};

/* The client of a box; NULL for NULL. */
static inline boxd_compute *box_compute(const boxd_box *box)
{
    return box ? box->handle.compute : NULL;
}

static inline const char *box_subject(const boxd_box *box)
{
    return box ? box->handle.subject : NULL;
}

/* What a box made of a name or an id is to be found by. */
const char *box_called(const boxd_box *box);

/* Keeps who `box` is. Core thread. */
void box_found(boxd_box *box, const boxd_box *found, boxd_error *error);

/* Whether `box` was made of a name, and found by it. */
bool box_was_found(const boxd_box *box);

/* boxd_box_free(), for lists and results. */
void box_release(void *box);

/* A new handle of what a service's message says; `fill` copies it. NULL: out of memory, or a message without
 * an id, of which `rpc` is the name. */
boxd_box *box_new(boxd_compute *compute, const char *rpc, record_fill *fill, const void *message,
                  boxd_error *error);

extern const result_type RESULT_BOX;   /* boxd_box_cb */
extern const result_type RESULT_BOXES; /* boxd_boxes_cb */

#endif
