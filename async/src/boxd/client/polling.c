/* polling.c: the frame of the operations that wait for a state. The services of boxd submit them on any
 * thread; the rest runs on the core thread. */
#include "boxd/client/polling.h"

#include "container_of.h"
#include "core/clock.h"
#include "errors.h"
#include "mem.h"
#include "printable.h"

#include <stddef.h>

#define DEFAULT_INTERVAL_MS 500

static polling *polling_of(request *r)
{
    return (polling *)(void *)r;
}

void polling_step_over(polling *p, const boxd_error *error)
{
    step_over(&p->request);
    p->sent = sent_either(p->sent, error ? error->sent : BOXD_SENT_YES);
}

void polling_finish(polling *p, const boxd_error *error)
{
    if (!error) {
        request_finish(&p->request, NULL);
        return;
    }
    boxd_error own = *error;
    own.sent = p->sent;
    request_finish(&p->request, &own);
}

static void finish_stopped(polling *p)
{
    request *r = &p->request;
    boxd_error error;
    const boxd_error *reason = request_stop_reason(r);
    error_set(&error, reason->status, "waiting for %s ended early: %s%s%s", r->subject, reason->message,
              p->last.status ? "; the last attempt failed: " : "", PRINTABLE(p->last.message, 300));
    error.retryable = reason->status == BOXD_ERR_TIMEOUT;
    polling_finish(p, &error);
}

bool polling_stopped(polling *p)
{
    const bool stopping = request_stopping(&p->request);
    if (stopping)
        finish_stopped(p);
    return stopping;
}

bool polling_step(polling *p, boxd_call_options *call)
{
    if (step_begin(&p->request, call))
        return true;
    error_no_memory(&p->last, "waiting");
    polling_finish(p, &p->last);
    return false;
}

static void on_pause(timer *t)
{
    polling *p = CONTAINER_OF(t, polling, pause);
    p->ask(p);
}

void polling_later(polling *p, const boxd_error *error)
{
    if (polling_stopped(p))
        return;
    switch (error->status) {
    case BOXD_ERR_CONNECTION:
    case BOXD_ERR_TIMEOUT:
    case BOXD_ERR_INTERNAL:
    case BOXD_ERR_FAILED:
    case BOXD_ERR_FAILED_PRECONDITION:
    case BOXD_ERR_NO_EXIT_STATUS:
        p->last = *error;
        loop_timer_set(&p->request.compute->core.loop, &p->pause, clock_after_ms(p->interval_ms), on_pause);
        break;
    default:
        polling_finish(p, error);
        break;
    }
}

/* ---- the operation ---- */

static void begin(request *r)
{
    polling *p = polling_of(r);
    p->ask(p);
}

static void stop(request *r)
{
    loop_timer_clear(&r->compute->core.loop, &polling_of(r)->pause);
    finish_stopped(polling_of(r));
}

static void destroy(request *r)
{
    handle_free(polling_of(r)->object);
    mem_free(polling_of(r)->name);
}

static const request_kind polling_kind = {begin, stop, NULL, destroy};

void polling_submit(request_setup *setup, polling_ask *ask, void *object, const char *name,
                    int64_t interval_ms, boxd_error *error)
{
    if (error->status == BOXD_OK && interval_ms < 0)
        error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                  "interval_ms is %lld; give milliseconds, or 0 for the default", (long long)interval_ms);
    setup->call_in_options = true;
    setup->fault = error;
    polling *p = request_new(sizeof *p, &polling_kind, setup);
    if (!p)
        return;
    p->ask = ask;
    p->object = handle_ref(object);
    p->name = mem_strdup(name);
    if (name && !p->name && request_error(&p->request)->status == BOXD_OK)
        error_no_memory(request_error(&p->request), "starting a call");
    p->last = (boxd_error)BOXD_ERROR_INIT;
    p->sent = BOXD_SENT_NO;
    p->interval_ms = interval_ms ? interval_ms : DEFAULT_INTERVAL_MS;
    request_submit(&p->request);
}
