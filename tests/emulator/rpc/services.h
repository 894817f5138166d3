/*
 * services.h: the table of RPCs. A service file exports rows; services.c lists the files' tables. A new
 * service is one file with rows and one line in services.c.
 */
#ifndef EMULATOR_RPC_SERVICES_H
#define EMULATOR_RPC_SERVICES_H

#include "rpc/call.h"

typedef int unary_handler(call *c, const ProtobufCMessage *request, ProtobufCMessage *reply);
typedef void stream_handler(call *c);

/* A row has one of the two handlers. Tables end with a row without a name. */
typedef struct {
    const char *rpc;
    unary_handler *unary;
    stream_handler *stream;
} service_row;

typedef struct service_method {
    char *path;                             /* "/boxd.api.v1.BoxdApi/GetVm" */
    const char *name;                       /* "GetVm" */
    const ProtobufCMethodDescriptor *types; /* NULL: not of BoxdApi */
    const service_row *row;                 /* NULL: in the contract, not in this emulator */
    const char *lacks;                      /* not in the served generation: why */
    bool open;                              /* needs no token (reflection) */
} service_method;

extern const service_row create_rows[], record_rows[], lifecycle_rows[], fork_rows[], exec_rows[],
    file_rows[], file_stream_rows[], directory_rows[], identity_rows[], log_rows[], reflection_rows[],
    network_rows[], domain_rows[], proxy_rows[], port_rows[], disk_rows[], template_rows[], snapshot_rows[],
    checkpoint_rows[], setting_rows[], label_rows[], expiry_rows[], spec_rows[], ssh_key_rows[],
    api_key_rows[];

void services_init(void); /* after generation_served is set */
void services_destroy(void);

/* Any thread, between init and destroy: the table does not change. */
const service_method *services_find(const char *path, size_t length);
bool services_have(const char *rpc); /* a name of BoxdApi */

#endif
