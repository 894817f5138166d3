/* rpc_queue.c: the queue of outgoing messages. Called by stream_io.c and rpc_stream.c on the core thread. */
#include "boxd/stream/rpc_queue.h"

#include "mem.h"

#define KEPT_BYTES_MAX ((size_t)1024 * 1024)

/* The memory of a message beyond its bytes: its struct, gRPC's reference count, and the overhead of three
 * small allocations. It is counted for programs that send very many tiny messages. */
#define MESSAGE_BYTES (sizeof(outgoing) + 128)

outgoing *outgoing_new(bool has_message, bool half_close)
{
    outgoing *o = mem_calloc(1, sizeof *o);
    if (!o)
        return NULL;
    o->message = grpc_empty_slice();
    o->has_message = has_message;
    o->half_close = half_close;
    return o;
}

void outgoing_free(outgoing *o)
{
    if (o)
        grpc_slice_unref(o->message);
    mem_free(o);
}

void rpc_queue_init(rpc_queue *q, queue_resend resent_by)
{
    *q = (rpc_queue){.resent_by = resent_by};
}

static outgoing *outgoing_of(list_node *node)
{
    return node ? CONTAINER_OF(node, outgoing, node) : NULL;
}

static void free_all(linked_list *list)
{
    list_node *node;
    while ((node = list_pop(list)))
        outgoing_free(outgoing_of(node));
}

void rpc_queue_clear(rpc_queue *q)
{
    free_all(&q->written);
    free_all(&q->pending);
}

void rpc_queue_add(rpc_queue *q, outgoing *o)
{
    list_append(&q->pending, &o->node);
}

bool rpc_queue_take_back(rpc_queue *q, const outgoing *o)
{
    if (o->started)
        return false;
    list_node *node = q->pending.first;
    while (outgoing_of(node) != o)
        node = node->next;
    list_remove(&q->pending, node);
    outgoing_free(outgoing_of(node));
    return true;
}

void rpc_queue_write(rpc_queue *q, rpc *r)
{
    outgoing *o = outgoing_of(q->pending.first);
    if (!o || q->writing || q->broken)
        return;
    q->writing = o->started = true;
    if (o->has_message)
        rpc_write(r, o->message, o->half_close);
    else
        rpc_half_close(r);
    if (q->resent_by == RESENT_BY_OWNER) { /* gRPC has a reference until it is written */
        grpc_slice_unref(o->message);
        o->message = grpc_empty_slice();
    }
}

const outgoing *rpc_queue_written(rpc_queue *q, bool ok)
{
    q->writing = false;
    q->broken = !ok;
    if (!ok)
        return NULL;
    outgoing *o = outgoing_of(list_pop(&q->pending));
    list_append(&q->written, &o->node);
    q->kept_bytes += MESSAGE_BYTES + GRPC_SLICE_LENGTH(o->message);
    return o;
}

void rpc_queue_rewind(rpc_queue *q)
{
    linked_list rest = list_take_all(&q->pending);
    list_node *node;
    if (q->resent_by == RESENT_BY_OWNER) {
        free_all(&q->written);
        free_all(&rest);
    }
    q->pending = list_take_all(&q->written);
    while ((node = list_pop(&rest)))
        list_append(&q->pending, node);
    q->kept_bytes = 0;
    q->writing = q->broken = false;
}

bool rpc_queue_too_large(const rpc_queue *q)
{
    return q->kept_bytes > KEPT_BYTES_MAX;
}

void rpc_queue_forget_written(rpc_queue *q)
{
    free_all(&q->written);
}
