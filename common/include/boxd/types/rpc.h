/**
 * @file boxd/types/rpc.h
 * The generic call API for RPCs without a dedicated function: methods, replies and streams.
 *
 * This header and those that include it are the only ones with types that protobuf-c generates. The libraries
 * contain the functions, and not the generated code: a program that includes this header also links
 * `boxd-rpc` (pkg-config `boxd-rpc`; CMake's component `rpc`, target boxd::rpc) and through it libprotobuf-c.
 * share/boxd/api.proto below the installation prefix describes the RPCs and their messages.
 *
 * @since 0.1.0
 */
#ifndef BOXD_TYPES_RPC_H
#define BOXD_TYPES_RPC_H

#include <boxd/api.pb-c.h>
#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** An RPC of the service. Initialise it with BOXD_RPC_METHOD(). A call copies the struct, and uses the name
 * and the descriptors until it ends. */
typedef struct boxd_rpc_method {
    size_t size;
    /** As in api.proto, for example "ListOrgs". */
    const char *name;
    /** The descriptor of the request, from the generated code. */
    const ProtobufCMessageDescriptor *request;
    /** The descriptor of the reply, from the generated code. */
    const ProtobufCMessageDescriptor *reply;
    /** BOXD_RPC_READ, BOXD_RPC_STREAM, both or 0. */
    uint32_t flags;
    uint32_t reserved_;
} boxd_rpc_method;

/** The RPC changes nothing: it is repeated on UNAVAILABLE, like other reads. */
#define BOXD_RPC_READ UINT32_C(1)
/** The request, the reply or both are a `stream` in api.proto: for boxd_rpc_stream_open(). The library cannot
 * check this. If the flag does not match api.proto, the program and the server may both wait for a message,
 * until the timeout; a stream has a timeout only if its options set one. */
#define BOXD_RPC_STREAM UINT32_C(2)

/**
 * Initialises a boxd_rpc_method. `request` and `reply` are the prefixes of the generated functions. For
 * `message ListOrgsRequest` the prefix is boxd_pb__list_orgs_request, the type BoxdPb__ListOrgsRequest, and
 * the initialiser BOXD_PB__LIST_ORGS_REQUEST__INIT.
 *
 *     static const boxd_rpc_method LIST_ORGS = BOXD_RPC_METHOD(
 *         "ListOrgs", boxd_pb__list_orgs_request, boxd_pb__list_orgs_response, BOXD_RPC_READ);
 */
#define BOXD_RPC_METHOD(name, request, reply, flags)                                                         \
    {                                                                                                        \
        sizeof(boxd_rpc_method), name, &request##__descriptor, &reply##__descriptor, flags, 0                \
    }

/** Frees a reply or a received message. NULL is allowed. */
BOXD_API void boxd_rpc_reply_free(ProtobufCMessage *reply);

/**
 * A handle of an RPC whose messages are sent and received one by one, for an RPC with a `stream` in its
 * request, its reply or both. One send and one receive may be pending at the same time; a second one of the
 * same kind is refused (BOXD_ERR_FAILED_PRECONDITION). A receive asks the server for one message: the server
 * sends no more than the program receives, up to the limits of gRPC's flow control.
 *
 * The handle can be used from any thread and by both APIs, and may be freed after its client.
 */
typedef struct boxd_rpc_stream boxd_rpc_stream;

/** Cancels the RPC: pending operations on it end in BOXD_ERR_CANCELLED. Without effect on NULL and on a
 * stream that has ended. Does not wait. Any thread. */
BOXD_API void boxd_rpc_stream_cancel(boxd_rpc_stream *stream);

/** Frees the handle. A stream that has not ended is cancelled. NULL is allowed. */
BOXD_API void boxd_rpc_stream_free(boxd_rpc_stream *stream);

BOXD_END_DECLS

#endif
