/*
 * cancel.h: the library's side of cancel tokens: who hears of it when one is fired.
 */
#ifndef BOXD_CANCEL_H
#define BOXD_CANCEL_H

#include "private.h"

#include <boxd/call.h>

#include <stdbool.h>

/* One listener's place at a token. Embedded in what listens. */
typedef struct cancel_entry {
    boxd_cancel_token *token; /* NULL: not registered */
    /* Called when the token is fired, on the firing thread, under the token's lock: post something, do no
     * more. */
    void (*fired)(struct cancel_entry *entry);
    struct cancel_entry *next, **link;
} cancel_entry;

/* One more owner. Returns `token`; NULL for NULL. */
BOXD_API boxd_cancel_token *cancel_token_ref(boxd_cancel_token *token) PRIVATE_EXPORT(cancel_token_ref);

/* Registers `entry`. False: the token was fired already, and `fired` will not be called. */
BOXD_API bool cancel_register(cancel_entry *entry, boxd_cancel_token *token, void (*fired)(cancel_entry *))
    PRIVATE_EXPORT(cancel_register);

/* After it returned `fired` is not called any more. An entry that is not registered is left alone. */
BOXD_API void cancel_unregister(cancel_entry *entry) PRIVATE_EXPORT(cancel_unregister);

#endif
