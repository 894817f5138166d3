/**
 * @file aio/rpc.h
 * The door to every RPC of the service that has no function of its own, with callbacks. What holds for all
 * calls stands in aio.h; how an RPC is named, and what to link, in types/rpc.h. Not included by aio.h.
 *
 * A server that lacks the RPC is BOXD_ERR_UNSUPPORTED.
 */
#ifndef BOXD_AIO_RPC_H
#define BOXD_AIO_RPC_H

#include <boxd/aio/compute.h>
#include <boxd/call.h>
#include <boxd/types/rpc.h>

BOXD_BEGIN_DECLS

/** Ends a call. @param reply of the method's type, owned by the callback (boxd_rpc_reply_free()); NULL on
 * failure */
typedef void (*boxd_rpc_reply_cb)(ProtobufCMessage *reply, const boxd_error *error, void *user_data);

/** @param stream owned by the callback (boxd_rpc_stream_free()); NULL on failure */
typedef void (*boxd_rpc_stream_cb)(boxd_rpc_stream *stream, const boxd_error *error, void *user_data);

/** Ends a receive. @param message of the method's type, owned by the callback (boxd_rpc_reply_free()); NULL
 * at the end of a stream that ended well, and on failure */
typedef void (*boxd_rpc_message_cb)(boxd_status status, ProtobufCMessage *message, const boxd_error *error,
                                    void *user_data);

/**
 * Calls an RPC of one request and one reply, with the client's token, and as other calls repeated where that
 * is harmless. RPC: `method`'s.
 *
 * @param method  without BOXD_RPC_STREAM, for an RPC that is no stream: else it may wait until its deadline
 * @param request a message of the type method->request; NULL: one in which nothing is set. Packed before
 *   this returns
 * @param call    or NULL
 * @param callback gets the reply, or: BOXD_ERR_INVALID_ARGUMENT (also a request of another type),
 *   BOXD_ERR_UNSUPPORTED, or as the server says. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_rpc_call(boxd_compute *compute, const boxd_rpc_method *method,
                                const ProtobufCMessage *request, const boxd_call_options *call,
                                boxd_rpc_reply_cb callback, void *user_data);

/**
 * Begins an RPC of which a side is a stream. RPC: `method`'s. It is under way when the callback gets it, but
 * the server need not have answered: what it refuses shows at the first receive. Should it refuse the token
 * before it has sent anything, the RPC is begun anew with a fresh one, and with what was sent, unless that
 * takes more than 1 MiB of memory (for each message its size and about 200 bytes).
 *
 * @param method with BOXD_RPC_STREAM, for an RPC that is one: else it may wait until its deadline
 * @param call   holds for the stream as a whole, from here to its end: its timeout (by default none) and its
 *   cancel token; or NULL
 * @param callback gets the stream, or BOXD_ERR_INVALID_ARGUMENT ... Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_rpc_stream_open(boxd_compute *compute, const boxd_rpc_method *method,
                                       const boxd_call_options *call, boxd_rpc_stream_cb callback,
                                       void *user_data);

/**
 * Sends one message. RPC: the stream's.
 *
 * @param message of the type method->request; packed before this returns
 * @param call    of this one send, by default without a timeout; or NULL. A send that ends early by it is not
 *   undone: a message that is on its way goes out, and the next send waits for it. The stream lives on.
 * @param callback once the transport has taken it: BOXD_OK, or: BOXD_ERR_FAILED_PRECONDITION (another send is
 *   under way; boxd_aio_rpc_stream_close_send() was called; the server has ended the stream, also where
 *   messages of it are left to receive), BOXD_ERR_INVALID_ARGUMENT (another type), or what the stream ended
 *   in. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_rpc_stream_send(boxd_rpc_stream *stream, const ProtobufCMessage *message,
                                       const boxd_call_options *call, boxd_done_cb callback, void *user_data);

/**
 * Tells the server that no message follows. RPC: the stream's. To be called once, also where the request is
 * a single message. It goes out behind a send that is under way, and need not wait for it.
 *
 * @param call as in boxd_aio_rpc_stream_send()
 * @param callback BOXD_OK, also when the server has ended the stream already; BOXD_ERR_FAILED_PRECONDITION
 * (it was called before), or what the stream ended in. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_rpc_stream_close_send(boxd_rpc_stream *stream, const boxd_call_options *call,
                                             boxd_done_cb callback, void *user_data);

/**
 * Receives the next message, or learns the end. RPC: the stream's.
 *
 * @param call of this one receive, by default without a timeout; or NULL. A receive that ends early by it
 *   loses nothing: the next one gets the message. The stream lives on.
 * @param callback gets the message, or NULL with BOXD_OK at the end of a stream that ended well, or:
 *   BOXD_ERR_FAILED_PRECONDITION (another receive is under way), or what the stream ended in, each time
 *   again. Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_rpc_stream_receive(boxd_rpc_stream *stream, const boxd_call_options *call,
                                          boxd_rpc_message_cb callback, void *user_data);

BOXD_END_DECLS

#endif
