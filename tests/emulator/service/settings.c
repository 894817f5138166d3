/*
 * settings.c: the RPCs that change an existing machine: idle limits, protection, networks, egress, sharing,
 * size and name. Core thread only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "service/service.h"

enum { MAX_EGRESS = 256, MAX_EGRESS_BYTES = 253 };

static int set_auto_suspend(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__SetAutoSuspendTimeoutRequest *request =
        (const BoxdPb__SetAutoSuspendTimeoutRequest *)message;
    (void)out;
    machine *m = machine_find(c, request->vm_id);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    m->auto_suspend_secs = request->timeout_secs;
    idle_changed(m);
    return 0;
}

static int set_auto_hibernate(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__SetAutoHibernateTimeoutRequest *request =
        (const BoxdPb__SetAutoHibernateTimeoutRequest *)message;
    (void)out;
    machine *m = machine_find(c, request->vm_id);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    m->auto_hibernate_secs = request->timeout_secs;
    idle_changed(m);
    return 0;
}

static int set_idle_ignore_outbound(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__SetIdleIgnoreOutboundRequest *request =
        (const BoxdPb__SetIdleIgnoreOutboundRequest *)message;
    (void)out;
    machine *m = machine_find(c, request->vm_id);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    m->idle_ignore_outbound = request->enabled; /* reported only: connections of a box never keep it awake */
    return 0;
}

static int set_bot_protection(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    static const char *const modes[] = {"on", "sleep_only", "off"};
    const BoxdPb__SetBotProtectionRequest *request = (const BoxdPb__SetBotProtectionRequest *)message;
    (void)out;
    machine *m = machine_find(c, request->vm_id);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    const char *mode = request->mode[0] ? request->mode : request->enabled ? "on" : "off";
    for (size_t i = 0; i < count_of(modes); i++) {
        if (strcmp(mode, modes[i]) == 0) {
            m->bot_protection = modes[i]; /* reported only: the proxies here do not filter */
            return 0;
        }
    }
    return call_error(c, GRPC_STATUS_INVALID_ARGUMENT,
                      "the mode must be on, sleep_only or off, not \"%.40s\"", mode);
}

/* ---- lists, which are replaced as a whole ---- */

static int set_vm_networks(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__SetVmNetworksRequest *request = (const BoxdPb__SetVmNetworksRequest *)message;
    BoxdPb__SetVmNetworksResponse *reply = (BoxdPb__SetVmNetworksResponse *)out;
    machine *m = machine_find(c, request->vm_id);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    int code = networks_check(c, request->n_networks, request->networks);
    if (code != 0)
        return code;
    strings_free(m->networks);
    m->networks = strings_copy(request->n_networks, request->networks);
    reply->networks = strings_to_reply(&c->memory, m->networks, &reply->n_networks);
    return 0;
}

static int check_egress(call *c, const BoxdPb__SetVmEgressAllowRequest *request)
{
    if (request->n_entries > MAX_EGRESS)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "egress: at most %d entries (got %zu)", MAX_EGRESS,
                          request->n_entries);
    for (size_t i = 0; i < request->n_entries; i++) {
        if (request->entries[i][0] == '\0' || strlen(request->entries[i]) > MAX_EGRESS_BYTES)
            return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "an entry of egress has 1 to %d bytes",
                              MAX_EGRESS_BYTES);
    }
    return 0;
}

static int set_vm_egress_allow(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__SetVmEgressAllowRequest *request = (const BoxdPb__SetVmEgressAllowRequest *)message;
    BoxdPb__SetVmEgressAllowResponse *reply = (BoxdPb__SetVmEgressAllowResponse *)out;
    machine *m = machine_find(c, request->vm);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    int code = check_egress(c, request);
    if (code != 0)
        return code;
    strings_free(m->egress_allow);
    m->egress_allow = strings_copy(request->n_entries, request->entries);
    reply->entries = strings_to_reply(&c->memory, m->egress_allow, &reply->n_entries);
    return 0;
}

/* ---- sharing ---- */

static int share(call *c, const char *vm, bool shared)
{
    machine *m = machine_find(c, vm);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    m->shared = shared;
    return 0;
}

static int share_vm(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    (void)out;
    return share(c, ((const BoxdPb__ShareVmRequest *)message)->vm_id, true);
}

static int unshare_vm(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    (void)out;
    return share(c, ((const BoxdPb__UnshareVmRequest *)message)->vm_id, false);
}

/* ---- size and name: a running machine reboots ---- */

static int resize_vm(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__ResizeVmRequest *request = (const BoxdPb__ResizeVmRequest *)message;
    BoxdPb__ResizeVmResponse *reply = (BoxdPb__ResizeVmResponse *)out;
    machine *m = machine_find(c, request->vm_id);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    const machine_size *size = size_find(request->vcpu, request->memory_bytes);
    if (size == NULL)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "invalid size: the sizes are " SIZE_NAMES);
    if (m->busy || (m->status != MACHINE_RUNNING && m->status != MACHINE_STOPPED))
        return call_error(c, GRPC_STATUS_FAILED_PRECONDITION, "VM is %s and cannot be resized",
                          machine_status_name(m->status));
    m->vcpu = reply->vcpu = size->vcpu;
    m->memory_bytes = reply->memory_bytes = size->memory_bytes;
    m->resized = true;
    reply->rebooted = m->status == MACHINE_RUNNING;
    return reply->rebooted ? complete_after_change(c, m, CHANGE_REBOOT) : 0;
}

static int rename_vm(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__RenameVmRequest *request = (const BoxdPb__RenameVmRequest *)message;
    machine *m = machine_find(c, request->vm_id);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    if (m->busy || m->status != MACHINE_RUNNING)
        return call_error(c, GRPC_STATUS_FAILED_PRECONDITION, "VM is %s and cannot be renamed",
                          m->busy ? "busy" : machine_status_name(m->status));
    int code = machine_set_name(c, m, request->new_name);
    if (code != 0)
        return code;
    proxies_renamed(m);
    ports_renamed(m);
    ((BoxdPb__RenameVmResponse *)out)->name = arena_strdup(&c->memory, m->name);
    return complete_after_change(c, m, CHANGE_RENAME);
}

static int suggest_vm_name(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    char name[64];
    (void)message;
    name_generate(name);
    ((BoxdPb__SuggestVmNameResponse *)out)->name = arena_strdup(&c->memory, name);
    return 0;
}

const rpc_handler setting_rpcs[] = {
    {.rpc = "SetAutoSuspendTimeout", .unary = set_auto_suspend},
    {.rpc = "SetAutoHibernateTimeout", .unary = set_auto_hibernate},
    {.rpc = "SetIdleIgnoreOutbound", .unary = set_idle_ignore_outbound},
    {.rpc = "SetBotProtection", .unary = set_bot_protection},
    {.rpc = "SetVmNetworks", .unary = set_vm_networks},
    {.rpc = "SetVmEgressAllow", .unary = set_vm_egress_allow},
    {.rpc = "ShareVm", .unary = share_vm},
    {.rpc = "UnshareVm", .unary = unshare_vm},
    {.rpc = "ResizeVm", .unary = resize_vm},
    {.rpc = "RenameVm", .unary = rename_vm},
    {.rpc = "SuggestVmName", .unary = suggest_vm_name},
    {NULL, NULL, NULL},
};
