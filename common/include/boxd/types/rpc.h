/**
 * @file types/rpc.h
 * The door to every RPC of the service that has no function of its own: how an RPC is named, and streams.
 *
 * These are the only headers that show the types that protobuf-c generates. What they declare is in the
 * libraries; the generated code is not: a program that includes this links `boxd-rpc`, too (pkg-config
 * `boxd-rpc`, or CMake's component `rpc`, the target boxd::rpc), and through it libprotobuf-c. The RPCs and
 * their messages are described in <prefix>/share/boxd/api.proto.
 */
#ifndef BOXD_TYPES_RPC_H
#define BOXD_TYPES_RPC_H

#include <boxd/api.pb-c.h>
#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** One RPC of the service. Made by BOXD_RPC_METHOD(); the library keeps no pointer to it but those in it. */
typedef struct boxd_rpc_method {
    size_t size;
    const char *name; /**< as in api.proto, "ListOrgs" */
    const ProtobufCMessageDescriptor *request;
    const ProtobufCMessageDescriptor *reply; /**< generated code's: they outlive all calls */
    uint32_t flags;                          /**< BOXD_RPC_... */
    uint32_t reserved_;
} boxd_rpc_method;

/** It changes nothing, so that it may be repeated: as other reads it is tried again on UNAVAILABLE. */
#define BOXD_RPC_READ ((uint32_t)1)
/** Its request, its reply or both are a `stream` in api.proto: for boxd_rpc_stream_open(). The library cannot
 * check that: where the flag does not fit api.proto, each side may wait for what the other one never sends,
 * until the deadline, which a stream has only by its options. */
#define BOXD_RPC_STREAM ((uint32_t)2)

/**
 * Initialises a boxd_rpc_method. The messages are named as their generated functions are: that of `message
 * ListOrgsRequest` is boxd_pb__list_orgs_request, its type BoxdPb__ListOrgsRequest and its initialiser
 * BOXD_PB__LIST_ORGS_REQUEST__INIT.
 *
 *     static const boxd_rpc_method LIST_ORGS = BOXD_RPC_METHOD(
 *         "ListOrgs", boxd_pb__list_orgs_request, boxd_pb__list_orgs_response, BOXD_RPC_READ);
 */
#define BOXD_RPC_METHOD(name, request, reply, flags)                                                         \
    {                                                                                                        \
        sizeof(boxd_rpc_method), name, &request##__descriptor, &reply##__descriptor, flags, 0                \
    }

/** Frees a reply or a message that was received. NULL is allowed. */
BOXD_API void boxd_rpc_reply_free(ProtobufCMessage *reply);

/**
 * An RPC of which messages are sent and received one by one, whichever of its sides is a stream. One send and
 * one receive may be under way at once; another one beside it is refused (BOXD_ERR_FAILED_PRECONDITION).
 * Receiving asks for one message: what the program does not ask for, the server cannot send without limit.
 *
 * A handle for any thread and either surface. It may outlive its client.
 */
typedef struct boxd_rpc_stream boxd_rpc_stream;

/** Ends the RPC, and so what is under way on it: BOXD_ERR_CANCELLED. Again, after its end, or NULL: no
 * effect. Does not wait; any thread. */
BOXD_API void boxd_rpc_stream_cancel(boxd_rpc_stream *stream);

/** Frees the handle; a stream that has not ended is cancelled. NULL is allowed. */
BOXD_API void boxd_rpc_stream_free(boxd_rpc_stream *stream);

BOXD_END_DECLS

#endif
