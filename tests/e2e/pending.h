/*
 * pending.h: calls under way beside the test: started with a callback of these, waited for later, on the
 * callback surfaces and beside the blocking one alike.
 */
#ifndef E2E_PENDING_H
#define E2E_PENDING_H

#include "e2e.h"

#include <pthread.h>

typedef struct pending {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    boxd_error error;
    void *result;      /* the test's: a message, a chunk, a result, a process */
    int calls, number; /* the last: an exit code */
} pending;

#define PENDING_INIT                                                                                         \
    {                                                                                                        \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, BOXD_ERROR_INIT, NULL, 0, -1                    \
    }

/* Callbacks; the user data is the pending. */
void pending_done(boxd_status status, const boxd_error *error, void *data);
void pending_message(boxd_status status, ProtobufCMessage *message, const boxd_error *error, void *data);
void pending_exit(boxd_status status, int exit_code, const boxd_error *error, void *data);
void pending_chunk(boxd_read outcome, boxd_chunk *chunk, const boxd_error *error, void *data);
void pending_exec(boxd_exec_result *result, const boxd_error *error, void *data);
void pending_process(boxd_process *process, const boxd_error *error, void *data);

/* How often it was called back. */
int pending_calls(pending *p);

/* Waits until it was, and dispatches meanwhile: what it ended in. */
boxd_status pending_settle(pending *p);

#endif
