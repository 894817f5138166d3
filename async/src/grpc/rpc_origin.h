/*
 * rpc_origin.h: what the end of a call proves: who made its status, and whether its request was sent.
 *
 * gRPC makes a status itself when a stream is reset, a connection breaks, a limit is exceeded or a proxy
 * answers, and uses codes for that with which a service refuses a call. Only a status of RPC_FROM_SERVICE is
 * an answer of the service; every conclusion from a status asks for it.
 *
 * Pure: of ended calls. Core thread.
 */
#ifndef BOXD_RPC_ORIGIN_H
#define BOXD_RPC_ORIGIN_H

#include "grpc/rpc.h"

#include <boxd/error.h>

typedef enum rpc_origin {
    /* gRPC made the status for another reason, or it is not known who made it. */
    RPC_FROM_UNKNOWN,
    RPC_FROM_SERVICE,
    /* The client has cancelled the call, or its deadline has passed. */
    RPC_CANCELLED,
    RPC_LATE,
    /* There is no connection, it broke, or the stream was reset. */
    RPC_CONNECTION_FAILED,
    /* A proxy or another server answered with an HTTP status: rpc_http_status(). */
    RPC_FROM_HTTP,
    /* The request, or the response, exceeds a limit. */
    RPC_REQUEST_TOO_LARGE,
    RPC_RESPONSE_TOO_LARGE,
    /* The metadata of a response exceed a limit: of this call, or of another one on the connection, since
     * gRPC may end all of them. */
    RPC_METADATA_TOO_LARGE,
    /* The response cannot be read, or is not that of a unary call. */
    RPC_MALFORMED,
    /* More arrived over the connection, for this call or another, than the memory for it allows. */
    RPC_BUFFERS_FULL
} rpc_origin;

rpc_origin rpc_find_origin(const rpc *r);

/* Whether the service itself has sent the status. */
static inline bool rpc_is_from_service(const rpc *r)
{
    return rpc_find_origin(r) == RPC_FROM_SERVICE;
}

/* Whether the status of a stream came so soon that it is about the request: less than 1 s after the headers
 * of the response, less than 2 s after the request was sent, and less than 5 s after the start of the call,
 * so that a core thread that was held up does not shorten these times much. A later status may be about what
 * the request has begun. */
bool rpc_ended_at_once(const rpc *r);

/* The HTTP status of RPC_FROM_HTTP; else 0. */
int rpc_http_status(const rpc *r);

/* Whether the request has reached the server. For a stream the request is its first message. */
boxd_sent rpc_sent(const rpc *r);

#endif
