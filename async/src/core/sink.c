/*
 * sink.c: calls the program back with a result or an error. Called by call_frame.c, where callbacks run.
 */
#include "core/sink.h"

#include "errors.h"
#include "thread.h"

#include <boxd/dispatch.h>

static void call_done(any_callback callback, void *result, const boxd_error *error, void *user_data)
{
    (void)result;
    ((boxd_done_cb)callback)(error ? error->status : BOXD_OK, error, user_data);
}

const result_type RESULT_DONE = {call_done, NULL};

static void sink_call(const sink *s, void *result, const boxd_error *error)
{
    if (s->callback)
        s->type->call(s->callback, result, error, s->user_data);
    else if (result)
        s->type->free_result(result);
}

void sink_fail_now(const sink *s, boxd_status status, const char *message)
{
    boxd_error error;
    error_set(&error, status, "%s", message);
    thread_enter_callback();
    sink_call(s, NULL, &error);
    thread_leave_callback();
}

void sink_deliver(const sink *s, void *result, const boxd_error *error)
{
    const bool good = error->status == BOXD_OK;
    if (!good && result)
        s->type->free_result(result);
    sink_call(s, good ? result : NULL, good ? NULL : error);
}
