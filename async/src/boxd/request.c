#include "request.h"

#include "errors.h"
#include "mem.h"
#include "options.h"

#include <boxd/aio/compute.h>

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
    core_enter_callback();
    sink_call(s, NULL, &error);
    core_leave_callback();
}

void *request_new(size_t size, const op_class *class, boxd_compute *compute, const boxd_call_options *call,
                  bool call_is_member, int64_t default_timeout_ms, const char *subject, sink s)
{
    request *r = compute ? mem_calloc(1, size) : NULL;
    if (!r) {
        sink_fail_now(&s, compute ? BOXD_ERR_NO_MEMORY : BOXD_ERR_INVALID_ARGUMENT,
                      compute ? "out of memory: starting a call"
                              : "the client or box is NULL; check what the call that made it returned");
        return NULL;
    }
    boxd_error error = BOXD_ERROR_INIT;
    boxd_call_options known;
    call_options_copy(&known, call, call_is_member, &error);
    op_init(&r->op, class, &compute->core, &known, default_timeout_ms);
    r->op.error = error;
    r->compute = compute;
    r->sink = s;
    r->subject = mem_strdup(subject);
    if (subject && !r->subject)
        error_no_memory(request_error(r), "starting a call");
    return r;
}

boxd_error *request_error(request *r)
{
    return &r->op.error;
}

const boxd_error *request_outcome(const request *r, const boxd_error *failure, const boxd_error *outcome)
{
    const bool stopped = r->op.thread_data.stopping && outcome->status != BOXD_OK;
    if (failure->status != BOXD_OK && !stopped)
        return failure;
    return outcome->status == BOXD_OK ? NULL : outcome;
}

void request_deliver(op *o)
{
    request *r = request_of(o);
    void *result = r->result;
    r->result = NULL;
    if (o->error.status == BOXD_OK) {
        sink_call(&r->sink, result, NULL);
        return;
    }
    if (result)
        r->sink.type->free_result(result);
    sink_call(&r->sink, NULL, &o->error);
}

void request_free(request *r)
{
    if (r->result)
        r->sink.type->free_result(r->result);
    mem_free(r->subject);
    mem_free(r);
}
