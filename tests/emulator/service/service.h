/*
 * service.h: functions and tables that services share with each other and with main(). A service is a file
 * that exports its handlers and, if it keeps state for machines, a machine_extension. Core thread only.
 */
#ifndef EMULATOR_SERVICE_SERVICE_H
#define EMULATOR_SERVICE_SERVICE_H

#include "machine/machines.h"
#include "rpc/methods.h"

extern const rpc_handler create_rpcs[], record_rpcs[], lifecycle_rpcs[], fork_rpcs[], identity_rpcs[],
    network_rpcs[], domain_rpcs[], proxy_rpcs[], port_rpcs[], disk_rpcs[], template_rpcs[], snapshot_rpcs[],
    checkpoint_rpcs[], setting_rpcs[], label_rpcs[], expiry_rpcs[], spec_rpcs[], ssh_key_rpcs[],
    api_key_rpcs[];

extern const machine_extension domain_extension, proxy_extension, port_extension, disk_extension,
    checkpoint_extension, expiry_extension, network_extension, ssh_key_extension, template_extension;

/* table.c: all RPCs and all extensions, also those of the other folders; NULL-terminated. */
extern const rpc_handler *const service_rpcs[];
extern const machine_extension *const service_extensions[];

/* lifecycle.c: starts the change, and completes the call when it is over. Returns CALL_LATER. */
int complete_after_change(call *c, machine *m, change_kind kind);

/* Parts of replies, and settings of a fork, that a service provides for other services. */
void domains_fill(call *c, const machine *m, BoxdPb__GetVmResponse *reply);
void ssh_keys_fill(call *c, BoxdPb__WhoamiResponse *reply);
void expiry_inherit(machine *to, const machine *from); /* the time counts from now */

/* The machine's name has changed. */
void proxies_renamed(machine *m);
void ports_renamed(machine *m);

typedef struct {
    const char *snapshot, *name;
    const BoxdPb__VmConfig *config;
    size_t n_labels;
    const void *labels;
    /* NULL: only the snapshot's spec. */
    struct json_t *spec;
    bool isolated, shared;
} snapshot_restore;
int snapshots_restore(call *c, const snapshot_restore *r); /* ends CreateVm and CreateVmFromSnapshot */
/* Call it when the emulator begins to end: the emulator waits until the images were freed. */
void snapshots_release(void);

#endif
