/*
 * pending.h: async calls in progress: started with one of these callbacks and waited for later, on the
 * callback surfaces and beside the blocking one.
 */
#ifndef E2E_PENDING_H
#define E2E_PENDING_H

#include "e2e.h"

typedef struct pending {
    atomic_int calls;
    /* The exit code, set by pending_exit(). */
    int number;
    boxd_error error;
    /* Owned by the test: a message, a chunk, a result, a process. */
    void *result;
} pending;

#define PENDING_INIT                                                                                         \
    {                                                                                                        \
        0, -1, BOXD_ERROR_INIT, NULL                                                                         \
    }

/* Callbacks; their user data is the pending call. */
void pending_done(boxd_status status, const boxd_error *error, void *data);
void pending_message(boxd_status status, ProtobufCMessage *message, const boxd_error *error, void *data);
void pending_exit(boxd_status status, int exit_code, bool exit_confirmed, const boxd_error *error,
                  void *data);
void pending_chunk(boxd_read_status outcome, boxd_chunk *chunk, const boxd_error *error, void *data);
void pending_exec(boxd_exec_result *result, const boxd_error *error, void *data);
void pending_process(boxd_process *process, const boxd_error *error, void *data);
void pending_identity(boxd_identity *who, const boxd_error *error, void *data); /* frees the result */

/* Waits for the callback, and returns the outcome. */
boxd_status pending_settle(pending *p);

#endif
