/*
 * lifecycle.c: StartVm, StopVm, RebootVm, SuspendVm, ResumeVm, HibernateVm, WakeVm, DestroyVm. Core thread
 * only.
 */
#include <stdlib.h>

#include "base/differ.h"
#include "service/service.h"

static void reply_to(void *data, int code, const char *why)
{
    call *c = data;
    call_complete(c, code ? call_error(c, code, "%s", why) : 0);
    call_unref(c);
}

int complete_after_change(call *c, machine *m, change_kind kind)
{
    call_ref(c);
    machine_change_start(m, kind, reply_to, c);
    return CALL_LATER;
}

static int change_vm(call *c, const char *vm, change_kind kind)
{
    machine *m = machine_find(c, vm);
    return m ? complete_after_change(c, m, kind) : GRPC_STATUS_NOT_FOUND;
}

static int start_vm(call *c, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
    (void)reply;
    return change_vm(c, ((const BoxdPb__StartVmRequest *)request)->vm_id, CHANGE_START);
}

static int stop_vm(call *c, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
    (void)reply;
    return change_vm(c, ((const BoxdPb__StopVmRequest *)request)->vm_id, CHANGE_STOP);
}

static int reboot_vm(call *c, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
    (void)reply;
    return change_vm(c, ((const BoxdPb__RebootVmRequest *)request)->vm_id, CHANGE_REBOOT);
}

/* ---- SuspendVm, ResumeVm: the reply carries the duration ---- */

typedef struct {
    call *c;
    int64_t started_us;
    /* In the reply. */
    uint64_t *duration_us;
} timed_change;

static void timed_reply(void *data, int code, const char *why)
{
    timed_change *t = data;
    *t->duration_us = (uint64_t)(now_us() - t->started_us) + 1;
    reply_to(t->c, code, why);
    free(t);
}

static int timed_change_vm(call *c, const char *vm, change_kind kind, timed_change change)
{
    machine *m = machine_find(c, vm);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    timed_change *t = xcalloc(1, sizeof *t);
    *t = change;
    call_ref(c);
    machine_change_start(m, kind, timed_reply, t);
    return CALL_LATER;
}

static int suspend_vm(call *c, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
    return timed_change_vm(c, ((const BoxdPb__SuspendVmRequest *)request)->vm_id, CHANGE_SUSPEND,
                           (timed_change){c, now_us(), &((BoxdPb__SuspendVmResponse *)reply)->suspend_us});
}

static int resume_vm(call *c, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
    return timed_change_vm(c, ((const BoxdPb__ResumeVmRequest *)request)->vm_id, CHANGE_RESUME,
                           (timed_change){c, now_us(), &((BoxdPb__ResumeVmResponse *)reply)->resume_us});
}

static int hibernate_vm(call *c, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
    (void)reply;
    return change_vm(c, ((const BoxdPb__HibernateVmRequest *)request)->vm_id, CHANGE_HIBERNATE);
}

static int wake_vm(call *c, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
    (void)reply;
    return change_vm(c, ((const BoxdPb__WakeVmRequest *)request)->vm_id, CHANGE_WAKE);
}

static int destroy_vm(call *c, const ProtobufCMessage *request, ProtobufCMessage *reply)
{
    (void)reply;
    if (differs(DIFFER_DESTROY_IGNORED))
        return 0;
    int code = change_vm(c, ((const BoxdPb__DestroyVmRequest *)request)->vm_id, CHANGE_DESTROY);
    return code == GRPC_STATUS_NOT_FOUND && differs(DIFFER_DESTROY_TWICE) ? 0 : code;
}

const rpc_handler lifecycle_rpcs[] = {
    {.rpc = "StartVm", .unary = start_vm},
    {.rpc = "StopVm", .unary = stop_vm},
    {.rpc = "RebootVm", .unary = reboot_vm},
    {.rpc = "DestroyVm", .unary = destroy_vm},
    {.rpc = "SuspendVm", .unary = suspend_vm},
    {.rpc = "HibernateVm", .unary = hibernate_vm},
    {.rpc = "WakeVm", .unary = wake_vm},
    {.rpc = "ResumeVm", .unary = resume_vm},
    {NULL, NULL, NULL},
};
