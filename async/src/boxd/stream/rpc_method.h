/*
 * rpc_method.h: an RPC that the program specifies: checked and copied. Any thread.
 */
#ifndef BOXD_RPC_METHOD_H
#define BOXD_RPC_METHOD_H

#include "boxd/client/call.h"
#include "grpc/wire.h"

#include <boxd/types/rpc.h>

typedef struct rpc_method {
    method method;
    const ProtobufCMessageDescriptor *request, *reply;
    /* The strings of `method`; owned. */
    char *path;
} rpc_method;

/* `stream`: whether it has to be a streaming or a unary RPC. On failure there is nothing to free. */
boxd_status rpc_method_init(rpc_method *m, const boxd_rpc_method *from, bool stream, boxd_error *error);
void rpc_method_free(rpc_method *m);

/* Packs a message that must be a request of `m`. The slice is the caller's. */
boxd_status rpc_method_pack(const rpc_method *m, const ProtobufCMessage *message, grpc_slice *out,
                            boxd_error *error);

#endif
