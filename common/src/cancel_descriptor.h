/* cancel_descriptor.h: fires a cancel token when a descriptor becomes readable. */
#ifndef BOXD_CANCEL_DESCRIPTOR_H
#define BOXD_CANCEL_DESCRIPTOR_H

#include <boxd/call.h>

typedef struct cancel_descriptor cancel_descriptor;

/* Fires `token`, which must outlive the result. NULL: `errno` says why. */
cancel_descriptor *cancel_descriptor_new(boxd_cancel_token *token, int fd);

/* After it has returned, the token is not fired any more. NULL is allowed. */
void cancel_descriptor_free(cancel_descriptor *watch);

#endif
