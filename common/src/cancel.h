/*
 * cancel.h: the internal interface of cancel tokens: registers operations that a fired token cancels. Any
 * thread.
 */
#ifndef BOXD_CANCEL_H
#define BOXD_CANCEL_H

#include "linked_list.h"
#include "private.h"

#include <boxd/call.h>

#include <stdbool.h>

/* A registration at a token. Embedded in the object that is cancelled. */
typedef struct cancel_entry {
    /* NULL: not registered. */
    boxd_cancel_token *token;
    /* Called when the token is fired, on the firing thread, under the token's lock: may post a task, must not
     * do more. */
    void (*fired)(struct cancel_entry *entry);
    /* In the token's list; under the token's lock. */
    list_node node;
} cancel_entry;

/* One more owner. Returns `token`; NULL for NULL. */
BOXD_API boxd_cancel_token *cancel_token_ref(boxd_cancel_token *token) PRIVATE_EXPORT(cancel_token_ref);

/* Registers `entry`. False: the token is already fired, and `fired` will not be called. */
BOXD_API bool cancel_register(cancel_entry *entry, boxd_cancel_token *token, void (*fired)(cancel_entry *))
    PRIVATE_EXPORT(cancel_register);

/* After it has returned `fired` is not called. Does nothing with an entry that is not registered. */
BOXD_API void cancel_unregister(cancel_entry *entry) PRIVATE_EXPORT(cancel_unregister);

#endif
