/*
 * polling.h: waits for a state of an object: an operation that requests the state, with pauses, until the
 * object has the state or can no longer get it.
 */
#ifndef BOXD_POLLING_H
#define BOXD_POLLING_H

#include "boxd/client/handle.h"
#include "boxd/client/request.h"

typedef struct polling polling;

/* Submits one request for the state, with polling_step(). Core thread. */
typedef void polling_ask(polling *p);

struct polling {
    request request;
    polling_ask *ask;
    /* A reference on a handle; or NULL. */
    void *object;
    /* The name of an object of the box; or NULL. */
    char *name;
    timer pause;
    int64_t interval_ms;
    /* Why the last request did not end the wait. */
    boxd_error last;
    /* Whether a request was sent: BOXD_SENT_YES if one was answered, BOXD_SENT_NO if none can have been sent.
     */
    boxd_sent sent;
};

/* Makes the operation and submits it. `object` and `name` are borrowed. `interval_ms` is the option: 0 is the
 * default, and a negative one sets `error`, unless that is set already. */
void polling_submit(request_setup *setup, polling_ask *ask, void *object, const char *name,
                    int64_t interval_ms, boxd_error *error);

/* Begins a step: sets the options for the request, which is submitted between this and step_submitted().
 * False: out of memory, and the operation has ended. */
bool polling_step(polling *p, boxd_call_options *call);

/* The first call in the callback of a step, which has ended in `error`, or was answered (NULL). */
void polling_step_over(polling *p, const boxd_error *error);

/* Ends the operation, with an error or NULL for success. */
void polling_finish(polling *p, const boxd_error *error);

/* Repeats the request after a pause, or ends the operation if it is stopped or `error` does not go away by
 * itself. */
void polling_later(polling *p, const boxd_error *error);

/* Whether the operation is stopped; it has ended then. After a successful step. */
bool polling_stopped(polling *p);

#endif
