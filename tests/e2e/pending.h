/*
 * pending.h: calls under way beside the test: started with a callback of these, waited for later, on the
 * callback surfaces and beside the blocking one alike.
 */
#ifndef E2E_PENDING_H
#define E2E_PENDING_H

#include "e2e.h"

typedef struct pending {
    atomic_int calls;
    /* The last: an exit code. */
    int number;
    boxd_error error;
    /* The test's: a message, a chunk, a result, a process. */
    void *result;
} pending;

#define PENDING_INIT                                                                                         \
    {                                                                                                        \
        0, -1, BOXD_ERROR_INIT, NULL                                                                         \
    }

/* Callbacks; the user data is the pending. */
void pending_done(boxd_status status, const boxd_error *error, void *data);
void pending_message(boxd_status status, ProtobufCMessage *message, const boxd_error *error, void *data);
void pending_exit(boxd_status status, int exit_code, const boxd_error *error, void *data);
void pending_chunk(boxd_read_status outcome, boxd_chunk *chunk, const boxd_error *error, void *data);
void pending_exec(boxd_exec_result *result, const boxd_error *error, void *data);
void pending_process(boxd_process *process, const boxd_error *error, void *data);
void pending_identity(boxd_identity *who, const boxd_error *error, void *data); /* freed: no result */

/* Waits until it was called back: what it ended in. */
boxd_status pending_settle(pending *p);

#endif
