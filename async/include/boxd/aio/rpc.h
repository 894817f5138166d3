/**
 * @file boxd/aio/rpc.h
 * The async twins of boxd/rpc.h. General rules: see boxd/aio.h. This header is not included by aio.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_AIO_RPC_H
#define BOXD_AIO_RPC_H

#include <boxd/aio/compute.h>
#include <boxd/call.h>
#include <boxd/types/rpc.h>

BOXD_BEGIN_DECLS

/** Receives a reply, of type method->reply. The callback owns it: boxd_rpc_reply_free(). */
typedef void (*boxd_rpc_reply_cb)(ProtobufCMessage *reply, const boxd_error *error, void *user_data);

/** Receives a stream. The callback owns it: boxd_rpc_stream_free(). */
typedef void (*boxd_rpc_stream_cb)(boxd_rpc_stream *stream, const boxd_error *error, void *user_data);

/**
 * Receives a message, of type method->reply. The callback owns it: boxd_rpc_reply_free(). The message is
 * NULL at the end of a successful stream (`status` is BOXD_OK) and on failure.
 */
typedef void (*boxd_rpc_message_cb)(boxd_status status, ProtobufCMessage *message, const boxd_error *error,
                                    void *user_data);

/** Async twin of boxd_rpc_call(). @copydoc boxd_rpc_call */
BOXD_API void boxd_aio_rpc_call(boxd_compute *compute, const boxd_rpc_method *method,
                                const ProtobufCMessage *request, const boxd_call_options *call,
                                boxd_rpc_reply_cb callback, void *user_data);

/** Async twin of boxd_rpc_stream_open(). @copydoc boxd_rpc_stream_open */
BOXD_API void boxd_aio_rpc_stream_open(boxd_compute *compute, const boxd_rpc_method *method,
                                       const boxd_call_options *call, boxd_rpc_stream_cb callback,
                                       void *user_data);

/** Async twin of boxd_rpc_stream_send(). @copydoc boxd_rpc_stream_send */
BOXD_API void boxd_aio_rpc_stream_send(boxd_rpc_stream *stream, const ProtobufCMessage *message,
                                       const boxd_call_options *call, boxd_done_cb callback, void *user_data);

/** Async twin of boxd_rpc_stream_close_send(). @copydoc boxd_rpc_stream_close_send */
BOXD_API void boxd_aio_rpc_stream_close_send(boxd_rpc_stream *stream, const boxd_call_options *call,
                                             boxd_done_cb callback, void *user_data);

/** Async twin of boxd_rpc_stream_receive(). @copydoc boxd_rpc_stream_receive */
BOXD_API void boxd_aio_rpc_stream_receive(boxd_rpc_stream *stream, const boxd_call_options *call,
                                          boxd_rpc_message_cb callback, void *user_data);

BOXD_END_DECLS

#endif
