/*
 * rpc.c: the blocking functions of the generic call API. Each one submits its async twin and waits for
 * the callback (waiter.h): it runs on the thread of the caller, the callback on the core thread of the
 * client.
 */
#include "waiter.h"

#include <boxd/aio/rpc.h>
#include <boxd/rpc.h>

WAITER_CALLBACK(on_reply, ProtobufCMessage)
WAITER_CALLBACK(on_stream, boxd_rpc_stream)

ProtobufCMessage *boxd_rpc_call(boxd_compute *compute, const boxd_rpc_method *method,
                                const ProtobufCMessage *request, const boxd_call_options *call,
                                boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_rpc_call(compute, method, request, call, on_reply, &w));
}

boxd_rpc_stream *boxd_rpc_stream_open(boxd_compute *compute, const boxd_rpc_method *method,
                                      const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_rpc_stream_open(compute, method, call, on_stream, &w));
}

boxd_status boxd_rpc_stream_send(boxd_rpc_stream *stream, const ProtobufCMessage *message,
                                 const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_rpc_stream_send(stream, message, call, waiter_on_done, &w));
}

boxd_status boxd_rpc_stream_close_send(boxd_rpc_stream *stream, const boxd_call_options *call,
                                       boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_rpc_stream_close_send(stream, call, waiter_on_done, &w));
}

static void on_message(boxd_status status, ProtobufCMessage *message, const boxd_error *error, void *w)
{
    (void)status;
    waiter_end(w, message, error);
}

boxd_status boxd_rpc_stream_receive(boxd_rpc_stream *stream, const boxd_call_options *call,
                                    ProtobufCMessage **message, boxd_error *error)
{
    waiter w;
    if (message)
        *message = NULL;
    if (!waiter_init(&w, __func__, error))
        return BOXD_ERR_WOULD_DEADLOCK;
    boxd_aio_rpc_stream_receive(stream, call, on_message, &w);
    ProtobufCMessage *received = waiter_wait(&w, error);
    if (message)
        *message = received;
    else
        boxd_rpc_reply_free(received);
    return w.error.status;
}
