/* boxes.h: what operations share that end in a box, or are made of one that creates a box. */
#ifndef BOXD_BOXES_H
#define BOXD_BOXES_H

#include "boxd/client/unary.h"

/* As operation.map: the box that the operation's `fill`, one of box_info.h, finds in the reply. */
void *box_of_reply(const unary *u, const ProtobufCMessage *reply, boxd_error *error);

/* Ready to be submitted. NULL: the sink has been called. */
unary *box_create_new(boxd_compute *compute, const boxd_box_create_options *options, sink s);

#endif
