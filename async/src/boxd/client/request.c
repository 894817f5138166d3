/*
 * request.c: the life cycle of a request: finding its box, beginning, stopping, delivering. Called by
 * every service of boxd, to submit on any thread; the rest runs on the core thread.
 */
#include "boxd/client/request.h"

#include "boxd/client/box.h"
#include "errors.h"
#include "mem.h"
#include "names.h"

#include <boxd/aio/box.h>

/* ---- parts and steps ---- */

call_scope request_parts_begin(const request *r)
{
    return call_parts_begin(&r->frame);
}

void request_parts_end(call_scope before)
{
    call_parts_end(before);
}

void request_part_options(const request *r, boxd_call_options *call)
{
    *call = (boxd_call_options)BOXD_CALL_OPTIONS_INIT;
    call->timeout_ms = BOXD_NO_TIMEOUT; /* the part ends with the request */
    call->metadata = r->frame.metadata ? (const char *const *)r->frame.metadata->words : NULL;
    call->hook_data = r->frame.hook_data;
}

bool step_begin(request *r, boxd_call_options *call)
{
    request_part_options(r, call);
    call->cancel = r->step.token = boxd_cancel_token_new();
    r->step.before = request_parts_begin(r);
    if (!r->step.token)
        request_parts_end(r->step.before);
    return r->step.token != NULL;
}

void step_submitted(request *r)
{
    request_parts_end(r->step.before);
}

void step_over(request *r)
{
    boxd_cancel_token_free(r->step.token);
    r->step.token = NULL;
}

/* ---- the box's id ---- */

static void begin(request *r)
{
    r->begun = true;
    r->kind->begin(r);
}

static void on_box(boxd_box *found, const boxd_error *error, void *data)
{
    request *r = data;
    boxd_error own = BOXD_ERROR_INIT;
    step_over(r);
    if (!found)
        own = *error;
    else if (boxd_box_get_info(found)->state == BOXD_BOX_DESTROYED)
        error_set(&own, BOXD_ERR_NOT_FOUND, "%s is destroyed; boxd_box_list() shows all boxes",
                  box_subject(r->box));
    else
        box_set_identity(r->box, found, &own);
    boxd_box_free(found);
    own.sent = BOXD_SENT_NO; /* the call that needs the box was not sent */
    if (request_stopping(r))
        request_finish_stopped(r, "finding", BOXD_SENT_NO);
    else if (own.status != BOXD_OK)
        request_finish(r, &own);
    else
        begin(r);
}

static void find_box(request *r)
{
    boxd_call_options call;
    if (!step_begin(r, &call)) {
        boxd_error error;
        error_no_memory(&error, "finding a box");
        request_finish(r, &error);
        return;
    }
    r->box->find(r->compute, box_key(r->box), &call, on_box, r);
    step_submitted(r);
}

/* ---- the operation ---- */

static void start(op *o)
{
    request *r = request_of(o);
    const bool has_id = !r->box || (boxd_box_id(r->box) && (!r->needs_box_name || boxd_box_name(r->box)));
    if (has_id)
        begin(r);
    else
        find_box(r);
}

static void stop(op *o)
{
    request *r = request_of(o);
    if (r->step.token)
        boxd_cancel_token_cancel(r->step.token);
    else
        r->kind->stop(r);
}

static void deliver(op *o)
{
    request *r = request_of(o);
    if (r->kind->delivering)
        r->kind->delivering(r);
    call_frame_deliver(o);
}

static void destroy(op *o)
{
    request *r = request_of(o);
    if (r->kind->destroy)
        r->kind->destroy(r);
    boxd_box_free(r->box);
    mem_free(r->subject);
    call_frame_free(&r->frame);
}

static const op_class class = {start, stop, deliver, destroy};

static void set_subject(request *r, const request_setup *setup)
{
    char object[NAME_SUBJECT_SIZE];
    const char *own =
        setup->kind ? name_subject(setup->kind, setup->name, object, sizeof object) : setup->subject;
    const char *subject = own ? own : box_subject(setup->box);
    if (own && setup->other)
        r->subject = mem_printf("%s%s%s", own, setup->link, setup->other);
    else
        r->subject = mem_strdup(subject);
    if (subject && !r->subject)
        error_no_memory(request_error(r), "starting a call");
}

void *request_new(size_t size, const request_kind *kind, const request_setup *setup)
{
    boxd_compute *compute = setup->box ? box_compute(setup->box) : setup->compute;
    const call_frame_setup frame = {
        .core = compute ? &compute->core : NULL,
        .null_message = "the client or handle is NULL; check what the call that made it returned",
        .call = setup->call,
        .call_in_options = setup->call_in_options,
        .fault = setup->fault,
        .default_timeout_ms = setup->default_timeout_ms ? setup->default_timeout_ms
                              : compute                 ? compute->config.timeout_ms
                                                        : 0,
        .sink = setup->sink};
    request *r = call_frame_new(size, &class, &frame);
    if (!r)
        return NULL;
    r->kind = kind;
    r->compute = compute;
    r->box = boxd_box_ref(setup->box);
    set_subject(r, setup);
    return r;
}

boxd_error *request_error(request *r)
{
    return &r->frame.op.error;
}

void request_submit(request *r)
{
    op_submit(&r->frame.op);
}

void request_drop(request *r)
{
    op_unref(&r->frame.op);
}

void request_ref(request *r)
{
    op_ref(&r->frame.op);
}

void request_unref(request *r)
{
    op_unref(&r->frame.op);
}

void request_drop_slot(request *r)
{
    op_drop_slot(&r->frame.op);
}

void request_move_slot(request *from, request *to)
{
    op_move_slot(&from->frame.op, &to->frame.op);
}

void request_stop_error(const request *r, const char *doing, boxd_sent sent, boxd_error *error)
{
    const boxd_error *reason = request_stop_reason(r);
    error_set_sent(error, reason->status, sent, "%s%s%s ended early: %s", doing, r->subject ? " " : "",
                   r->subject ? r->subject : "", reason->message);
    error->retryable = reason->status == BOXD_ERR_TIMEOUT && sent == BOXD_SENT_NO;
}

void request_finish_stopped(request *r, const char *doing, boxd_sent sent)
{
    boxd_error error;
    request_stop_error(r, doing, sent, &error);
    request_finish(r, &error);
}

void request_finish(request *r, const boxd_error *error)
{
    op_finish(&r->frame.op, error);
}

const boxd_error *request_outcome(const request *r, const boxd_error *failure, const boxd_error *outcome)
{
    const bool stopped = request_stopping(r) && outcome->status != BOXD_OK;
    if (failure->status != BOXD_OK && !stopped)
        return failure;
    return outcome->status == BOXD_OK ? NULL : outcome;
}
