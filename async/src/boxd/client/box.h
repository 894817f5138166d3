/*
 * box.h: the box handle, and the results that are boxes.
 */
#ifndef BOXD_BOX_INTERNAL_H
#define BOXD_BOX_INTERNAL_H

#include "boxd/client/handle.h"
#include "core/sink.h"

#include <boxd/aio/box.h>
#include <boxd/types/box.h>

/* The box that was found for a handle made from a name or an id; a record. */
typedef struct box_identity {
    const char *id, *name;
} box_identity;

/* Looks up a box by its name or id: boxd_aio_box_get(). */
typedef void box_finder(boxd_compute *compute, const char *name_or_id, const boxd_call_options *call,
                        boxd_box_cb callback, void *user_data);

struct boxd_box {
    handle handle;
    boxd_box_info info;
    /* For a handle made from a name or an id: how a request finds the box. */
    box_finder *find;
    /* Set once, on the core thread. */
    _Atomic(box_identity *) found;
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

/* A handle made from a name or an id, without a request. NULL: no client, no name, or no memory. */
boxd_box *box_from_key(boxd_compute *compute, const char *name_or_id, box_finder *find, boxd_error *error);

/* The name or id from which the handle was made. */
const char *box_key(const boxd_box *box);

/* Stores the id and name of `found` in `box`. Core thread. */
void box_set_identity(boxd_box *box, const boxd_box *found, boxd_error *error);

/* Whether box_set_identity() was called. */
bool box_is_identified(const boxd_box *box);

/* boxd_box_free(), for lists and results. */
void box_release(void *box);

/* As handle_new(), for a box: `from->fill` copies the message into a boxd_box_info. */
void *box_new(const handle_source *from, const void *message, boxd_error *error);

extern const result_type RESULT_BOX;   /* boxd_box_cb */
extern const result_type RESULT_BOXES; /* boxd_boxes_cb */

#endif
