/* boxes.h: the operation that creates a box, for those that are made of it. */
#ifndef BOXD_BOXES_H
#define BOXD_BOXES_H

#include "unary.h"

/* Ready to be submitted. NULL: the sink has been called. */
unary *box_create_new(boxd_compute *compute, const boxd_box_create_options *options, sink s);

#endif
