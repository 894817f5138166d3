/**
 * @file boxd/rpc.h
 * A generic call API for RPCs without a dedicated function. General rules: see boxd.h. How to describe an
 * RPC and what to link: see types/rpc.h. This header is not included by boxd.h.
 *
 * If the service does not implement an RPC, the call ends in BOXD_ERR_UNSUPPORTED.
 *
 * The messages of a streaming RPC are sent and received in the following order:
 * - One request and a stream of replies: open, send once, close the sending side, receive until the end.
 * - A stream of requests and one reply: open, send each request, close the sending side, receive the reply,
 *   then receive once more to get the status of the stream.
 *
 * The functions that take a stream have no timeout by default. Their `call` applies to the single send or
 * receive: the stream stays open when a single call ends early. "The final error" below is the error in
 * which the RPC as a whole has ended. Every later call returns the same error.
 *
 * @since 0.1.0
 */
#ifndef BOXD_RPC_PUBLIC_H
#define BOXD_RPC_PUBLIC_H

#include <boxd/call.h>
#include <boxd/compute.h>
#include <boxd/types/rpc.h>

BOXD_BEGIN_DECLS

/**
 * Calls a unary RPC with the token of the client. A method with BOXD_RPC_READ is repeated while the service
 * is unavailable, like every call that only reads.
 *
 *     BoxdPb__ListOrgsRequest request = BOXD_PB__LIST_ORGS_REQUEST__INIT;
 *     ProtobufCMessage *reply = boxd_rpc_call(compute, &LIST_ORGS, &request.base, NULL, &error);
 *     const BoxdPb__ListOrgsResponse *orgs = (const BoxdPb__ListOrgsResponse *)reply;
 *
 * @param method  of a unary RPC, without BOXD_RPC_STREAM; if the RPC is a stream, the call may wait until
 *   its timeout
 * @param request a message of type method->request; NULL: a message without any field set
 *
 * @li Result: the reply, a message of type method->reply, freed with boxd_rpc_reply_free()
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT (also if `request` has another type), BOXD_ERR_UNSUPPORTED, or an
 *   error of the RPC
 * @li RPC: `method`
 */
BOXD_API ProtobufCMessage *boxd_rpc_call(boxd_compute *compute, const boxd_rpc_method *method,
                                         const ProtobufCMessage *request, const boxd_call_options *call,
                                         boxd_error *error);

/**
 * Starts a streaming RPC.
 *
 * The function returns before the service has answered. If the service refuses the RPC, the first receive
 * returns the error. If the service refuses the token before the service has sent a message, the library
 * starts the RPC again with a new token and sends the messages again. This works for up to 1 MiB of sent
 * messages; each message counts with its size plus about 200 bytes.
 *
 * @param method of a streaming RPC, with BOXD_RPC_STREAM; if the RPC is unary, calls may wait until their
 *   timeout
 * @param call   its timeout and cancel token apply until the stream ends; by default there is no timeout
 *
 * @li Result: the stream, freed with boxd_rpc_stream_free()
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT
 * @li RPC: `method`
 */
BOXD_API boxd_rpc_stream *boxd_rpc_stream_open(boxd_compute *compute, const boxd_rpc_method *method,
                                               const boxd_call_options *call, boxd_error *error);

/**
 * Sends one message. The call completes when the transport has accepted the message: a service that reads
 * slowly slows the program down.
 *
 * A send that ends early is not undone: a message whose transfer has begun is sent completely, and the next
 * send waits for it.
 *
 * @param message a message of type method->request
 *
 * @li Errors: BOXD_ERR_FAILED_PRECONDITION (another send is in progress; boxd_rpc_stream_close_send() was
 *   called; the service has ended the stream, possibly with messages that were not received yet),
 *   BOXD_ERR_INVALID_ARGUMENT (`message` has another type), or the final error
 * @li RPC: as opened by boxd_rpc_stream_open()
 */
BOXD_API boxd_status boxd_rpc_stream_send(boxd_rpc_stream *stream, const ProtobufCMessage *message,
                                          const boxd_call_options *call, boxd_error *error);

/**
 * Closes the sending side: no more messages follow. Call it once for each stream,
 * also if the RPC has a single request. The call may be made while a send is in progress and takes effect
 * after that send.
 *
 * @li Errors: BOXD_ERR_FAILED_PRECONDITION (the function was called before), or the final error. If the
 *   service has already ended the stream successfully, the function returns BOXD_OK.
 * @li RPC: as opened by boxd_rpc_stream_open()
 */
BOXD_API boxd_status boxd_rpc_stream_close_send(boxd_rpc_stream *stream, const boxd_call_options *call,
                                                boxd_error *error);

/**
 * Receives the next message. A receive that ends early loses nothing: the next receive gets the message.
 *
 * @li Result: `*message` is set to the message, of type method->reply, freed with boxd_rpc_reply_free(). At
 *   the end of a successful stream the function returns BOXD_OK and sets `*message` to NULL. On failure
 *   `*message` is set to NULL.
 * @li Errors: BOXD_ERR_FAILED_PRECONDITION (another receive is in progress), or the final error
 * @li RPC: as opened by boxd_rpc_stream_open()
 */
BOXD_API boxd_status boxd_rpc_stream_receive(boxd_rpc_stream *stream, const boxd_call_options *call,
                                             ProtobufCMessage **message, boxd_error *error);

BOXD_END_DECLS

#endif
