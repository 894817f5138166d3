/* boxes.h: shared by operations whose result is a box, or that create a box as one of their steps. */
#ifndef BOXD_BOXES_H
#define BOXD_BOXES_H

#include "boxd/client/unary.h"

/* Members of an operation that makes a box. */
#define MAKES_BOX .makes = "box", .shown_by = "boxd_box_list()"

/* As operation.map: a handle for the box in the reply; the operation's `fill` is one of box_info.h. */
void *box_of_reply(const unary *u, const ProtobufCMessage *reply, boxd_error *error);

/* Makes the creation of a box as a step of another operation, to be submitted. The caller looks for the box
 * after a lost answer: the error does not say how. NULL: the sink has been called. */
unary *box_create_step(boxd_compute *compute, const boxd_box_create_options *options, sink s);

#endif
