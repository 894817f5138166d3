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
    /* The result, which the sink gets on success; or NULL. */
    void *result;
    /* The id of the program's call. Its parts have the same id. */
    uint64_t call_id;
    /* `hook_data` of the program's options. */
    void *hook_data;
    /* Metadata to send with the call; or NULL. */
    boxd_metadata *metadata;
} call_frame;

typedef struct call_frame_setup {
    /* NULL: the call ends in BOXD_ERR_INVALID_ARGUMENT with `null_message`. */
    core *core;
    const char *null_message;
    const boxd_call_options *call;
    /* `call` is a member of other options. */
    bool call_in_options;
    /* A failure that was found before. If its status is not BOXD_OK, the call ends in it, and `call` is not
     * read. Or NULL. */
    const boxd_error *fault;
    int64_t default_timeout_ms;
    sink sink;
} call_frame_setup;

/* Allocates `size` zeroed bytes that start with a frame. A failure is stored in op.error, and the call ends
 * in it. NULL: `core` is NULL or memory ran out, and the sink was called. Any thread. */
void *call_frame_new(size_t size, const op_class *class, const call_frame_setup *setup);

/* As op_class.deliver: hands result or error to the sink. */
void call_frame_deliver(op *o);

/* The last step of op_class.destroy. */
void call_frame_free(call_frame *f);

/* The state of the calling thread before call_parts_begin(). */
typedef struct call_scope {
    caller caller;
    uint64_t call_id;
} call_scope;

/* Operations that this thread makes and submits between these two functions are parts of the call: they need
 * no slot, have the id of the call, and call back on the core thread. */
call_scope call_parts_begin(const call_frame *f);
void call_parts_end(call_scope before);

#endif
