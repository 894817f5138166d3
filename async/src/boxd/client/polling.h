/*
 * polling.h: waiting for an object's state: an operation that asks for it, with pauses, until it is there or
 * cannot come any more.
 */
#ifndef BOXD_POLLING_H
#define BOXD_POLLING_H

#include "boxd/client/handle.h"
#include "boxd/client/request.h"

typedef struct polling polling;

/* Asks once, with polling_step(). Core thread. */
typedef void polling_ask(polling *p);

struct polling {
    request request;
    polling_ask *ask;
    void *object; /* a handle, and a reference; or NULL */
    char *name;   /* which of the box's it is; or NULL */
    timer pause;
    int64_t interval_ms;
    boxd_error last; /* what stood in the way */
};

/* Makes the operation and submits it. `object` and `name` are borrowed. `interval_ms`, from the options: 0 is
 * the default; what is wrong with it is set in `error`, unless that holds a fault already. */
void polling_submit(request_setup *setup, polling_ask *ask, void *object, const char *name,
                    int64_t interval_ms, boxd_error *error);

/* The options of the step, which is submitted between this and step_submitted(). False: out of memory, and
 * the operation has ended. */
bool polling_step(polling *p, boxd_call_options *call);

/* Not yet, because of `error`: once more after a pause, unless waiting is over or cannot help. */
void polling_later(polling *p, const boxd_error *error);

/* Whether waiting is over; the operation has ended then. After a step that came to something. */
bool polling_stopped(polling *p);

#endif
