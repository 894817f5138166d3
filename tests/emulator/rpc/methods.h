/*
 * methods.h: the table of RPCs. A service is one file that exports an array of handlers; service/table.c
 * lists the arrays.
 */
#ifndef EMULATOR_RPC_METHODS_H
#define EMULATOR_RPC_METHODS_H

#include "rpc/call.h"

typedef int unary_handler(call *c, const ProtobufCMessage *request, ProtobufCMessage *reply);
typedef void stream_handler(call *c);

/* One of the two handlers is set. An array ends with an element without a name. */
typedef struct {
    const char *rpc;
    unary_handler *unary;
    stream_handler *stream;
} rpc_handler;

typedef struct rpc_method {
    /* "/boxd.api.v1.BoxdApi/GetVm" */
    char *path;
    /* "GetVm" */
    const char *name;
    /* NULL: not a method of BoxdApi. */
    const ProtobufCMethodDescriptor *types;
    /* NULL: in the contract, but not implemented by this emulator. */
    const rpc_handler *handler;
    /* Why the served generation does not have it; NULL: it has it. */
    const char *unsupported;
    /* Needs no token (reflection). */
    bool is_public;
} rpc_method;

extern const rpc_handler reflection_rpcs[];

/* `tables` is NULL-terminated. Call it after generation_served is set. */
void methods_init(const rpc_handler *const *tables);
void methods_destroy(void);

/* Any thread, between init and destroy: the table does not change. */
const rpc_method *methods_find(const char *path, size_t length);
bool methods_contain(const char *rpc); /* a name of BoxdApi */

#endif
