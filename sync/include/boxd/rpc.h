/**
 * @file rpc.h
 * The door to every RPC of the service that has no function of its own, blocking. What holds for all calls
 * stands in boxd.h; how an RPC is named, and what to link, in types/rpc.h. Not included by boxd.h.
 *
 * A server that lacks the RPC is BOXD_ERR_UNSUPPORTED.
 */
#ifndef BOXD_RPC_PUBLIC_H
#define BOXD_RPC_PUBLIC_H

#include <boxd/call.h>
#include <boxd/compute.h>
#include <boxd/types/rpc.h>

BOXD_BEGIN_DECLS

/**
 * Calls an RPC of one request and one reply, with the client's token, and as other calls repeated where that
 * is harmless. RPC: `method`'s.
 *
 *     BoxdPb__ListOrgsRequest request = BOXD_PB__LIST_ORGS_REQUEST__INIT;
 *     ProtobufCMessage *reply = boxd_rpc_call(compute, &LIST_ORGS, &request.base, NULL, &error);
 *     const BoxdPb__ListOrgsResponse *orgs = (const BoxdPb__ListOrgsResponse *)reply;
 *
 * @param method  without BOXD_RPC_STREAM, for an RPC that is no stream: else it may wait until its deadline
 * @param request a message of the type method->request; NULL: one in which nothing is set
 * @param call    or NULL
 * @param error   or NULL
 * @return the reply, a message of the type method->reply, owned by the caller (boxd_rpc_reply_free()); NULL:
 *   BOXD_ERR_INVALID_ARGUMENT (also a request of another type), BOXD_ERR_UNSUPPORTED, or as the server says
 */
BOXD_API ProtobufCMessage *boxd_rpc_call(boxd_compute *compute, const boxd_rpc_method *method,
                                         const ProtobufCMessage *request, const boxd_call_options *call,
                                         boxd_error *error);

/**
 * Begins an RPC of which a side is a stream. RPC: `method`'s. It is under way then, but the server need not
 * have answered: what it refuses shows at the first receive. Should it refuse the token before it has sent
 * anything, the RPC is begun anew with a fresh one, and with what was sent, unless that takes more than 1 MiB
 * of memory (for each message its size and about 200 bytes).
 *
 * Of one request and a stream of replies: open, send, finish sending, receive until the end. Of a stream of
 * requests and one reply: open, send as often as needed, finish sending, receive the reply, and once more
 * for the end.
 *
 * @param method with BOXD_RPC_STREAM, for an RPC that is one: else it may wait until its deadline
 * @param call   holds for the stream as a whole, from here to its end: its timeout (by default none) and its
 *   cancel token; or NULL
 * @param error  or NULL
 * @return the stream, owned by the caller (boxd_rpc_stream_free()); NULL: BOXD_ERR_INVALID_ARGUMENT
 */
BOXD_API boxd_rpc_stream *boxd_rpc_stream_open(boxd_compute *compute, const boxd_rpc_method *method,
                                               const boxd_call_options *call, boxd_error *error);

/**
 * Sends one message. RPC: the stream's. Waits until the transport has taken it, which the server slows down
 * when it is slower than the program.
 *
 * @param message of the type method->request; borrowed
 * @param call    of this one send, by default without a timeout; or NULL. A send that ends early by it is not
 *   undone: a message that is on its way goes out, and the next send waits for it. The stream lives on.
 * @param error   or NULL
 * @return BOXD_OK, BOXD_ERR_FAILED_PRECONDITION (another send is under way; boxd_rpc_stream_close_send()
 *   was called; the server has ended the stream, also where messages of it are left to receive),
 *   BOXD_ERR_INVALID_ARGUMENT (another type), or what the stream ended in
 */
BOXD_API boxd_status boxd_rpc_stream_send(boxd_rpc_stream *stream, const ProtobufCMessage *message,
                                          const boxd_call_options *call, boxd_error *error);

/**
 * Tells the server that no message follows. RPC: the stream's. To be called once, also where the request is
 * a single message. It goes out behind a send that is under way, and need not wait for it.
 *
 * @param call  as in boxd_rpc_stream_send()
 * @param error or NULL
 * @return BOXD_OK, also when the server has ended the stream already; BOXD_ERR_FAILED_PRECONDITION (it was
 *   called before), or what the stream ended in
 */
BOXD_API boxd_status boxd_rpc_stream_close_send(boxd_rpc_stream *stream, const boxd_call_options *call,
                                                boxd_error *error);

/**
 * Receives the next message, or learns the end. RPC: the stream's.
 *
 * @param call    of this one receive, by default without a timeout; or NULL. A receive that ends early by it
 *   loses nothing: the next one gets the message. The stream lives on.
 * @param message set to the message, of the type method->reply, owned by the caller (boxd_rpc_reply_free());
 *   to NULL at the end of a stream that ended well, and on failure
 * @param error   or NULL
 * @return BOXD_OK, BOXD_ERR_FAILED_PRECONDITION (another receive is under way), or what the stream ended in,
 *   each time again
 */
BOXD_API boxd_status boxd_rpc_stream_receive(boxd_rpc_stream *stream, const boxd_call_options *call,
                                             ProtobufCMessage **message, boxd_error *error);

BOXD_END_DECLS

#endif
