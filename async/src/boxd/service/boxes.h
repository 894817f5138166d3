/* boxes.h: shared by operations whose result is a box, or that create a box as one of their steps. */
#ifndef BOXD_BOXES_H
#define BOXD_BOXES_H

#include "boxd/client/unary.h"

/* Members of an operation that makes a box. */
#define MAKES_BOX .makes = "box", .shown_by = "boxd_box_list()"

/* As operation.map: a handle for the box in the reply; the operation's `fill` is one of box_info.h. */
void *box_of_reply(const unary *u, const ProtobufCMessage *reply, boxd_error *error);

/* Makes the operation that creates a box, to be submitted. NULL: the sink has been called. */
unary *box_create_new(boxd_compute *compute, const boxd_box_create_options *options, sink s);

#endif
