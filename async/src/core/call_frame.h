/*
 * call_frame.h: a call of the public surface, of either product: an operation, where its result goes, and
 * what the program gave with the call. A request of boxd and a call of Drukbox begin with one.
 */
#ifndef BOXD_CALL_FRAME_H
#define BOXD_CALL_FRAME_H

#include "core/op.h"
#include "core/sink.h"
#include "metadata.h"

typedef struct call_frame {
    op op;
    sink sink;
    /* Handed to the sink on success; or NULL. */
    void *result;
    /* The id of the program's call. Its parts have the same. */
    uint64_t call_id;
    /* The program's, for its hooks. */
    void *hook_data;
    /* Sent with the call; or NULL. */
    boxd_metadata *metadata;
} call_frame;

typedef struct call_frame_setup {
    /* NULL: the call ends in BOXD_ERR_INVALID_ARGUMENT with `null_message`. */
    core *core;
    const char *null_message;
    const boxd_call_options *call;
    /* `call` is a member of other options. */
    bool call_in_options;
    /* A failure found before: the call ends in it, unless it is BOXD_OK or NULL, and `call` is not read. */
    const boxd_error *fault;
    int64_t default_timeout_ms;
    sink sink;
} call_frame_setup;

/* Allocates `size` zeroed bytes that start with a frame. A failure is left in op.error, and the call ends in
 * it. NULL: there is no core or no memory, and the sink was called. Any thread. */
void *call_frame_new(size_t size, const op_class *class, const call_frame_setup *setup);

/* As op_class.deliver: hands result or error to the sink. */
void call_frame_deliver(op *o);

/* The last step of op_class.destroy. */
void call_frame_free(call_frame *f);

/* What a thread submitted on whose behalf, before it began to submit parts of a call. */
typedef struct call_scope {
    caller caller;
    uint64_t call_id;
} call_scope;

/* What this thread makes and submits between these two is a part of the call: it needs no slot, has the
 * call's id, and calls back on the core thread. */
call_scope call_parts_begin(const call_frame *f);
void call_parts_end(call_scope before);

#endif
