/*
 * call_frame.c: makes, delivers and frees calls of the public surface. Called by the requests of both
 * products, on any thread.
 */
#include "core/call_frame.h"

#include "errors.h"
#include "mem.h"
#include "options.h"

/* The id of the call whose parts this thread submits; 0: none. */
static _Thread_local uint64_t part_of;

call_scope call_parts_begin(const call_frame *f)
{
    const call_scope before = {thread_submit_as(CALLER_LIBRARY), part_of};
    part_of = f->call_id;
    return before;
}

void call_parts_end(call_scope before)
{
    thread_submit_as(before.caller);
    part_of = before.call_id;
}

void *call_frame_new(size_t size, const op_class *class, const call_frame_setup *setup)
{
    call_frame *f = setup->core ? mem_calloc(1, size) : NULL;
    if (!f) {
        sink_fail_now(&setup->sink, setup->core ? BOXD_ERR_NO_MEMORY : BOXD_ERR_INVALID_ARGUMENT,
                      setup->core ? "out of memory: starting a call" : setup->null_message);
        return NULL;
    }
    boxd_error *error = &f->op.error;
    boxd_call_options opts = BOXD_CALL_OPTIONS_INIT;
    *error = (boxd_error)BOXD_ERROR_INIT;
    if (setup->fault && setup->fault->status != BOXD_OK)
        *error = *setup->fault;
    else
        call_options_copy(&opts, setup->call, setup->call_in_options, error);
    op_init(&f->op, class, setup->core, &opts, setup->default_timeout_ms);
    f->sink = setup->sink;
    f->call_id = part_of ? part_of : thread_new_call_id();
    f->hook_data = opts.hook_data;
    if (opts.metadata && *opts.metadata && error->status == BOXD_OK)
        f->metadata = metadata_new(opts.metadata, error);
    return f;
}

void call_frame_deliver(op *o)
{
    call_frame *f = CONTAINER_OF(o, call_frame, op);
    void *result = f->result;
    f->result = NULL;
    sink_deliver(&f->sink, result, &o->error);
}

void call_frame_free(call_frame *f)
{
    if (f->result)
        f->sink.type->free_result(f->result);
    metadata_free(f->metadata);
    mem_free(f);
}
