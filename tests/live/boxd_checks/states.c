/*
 * states.c: checks of suspended and stopped boxes. Each check begins with a running box; need_box() makes the
 * box run again.
 */
#include <string.h>
#include <strings.h>

#include "boxd_checks/fixture.h"

static const boxd_rpc_method SUSPEND_VM = RPC_WRITE("SuspendVm", suspend_vm);
static const boxd_rpc_method RESUME_VM = RPC_WRITE("ResumeVm", resume_vm);
static const boxd_rpc_method HIBERNATE_VM = RPC_WRITE("HibernateVm", hibernate_vm);
static const boxd_rpc_method STOP_VM = RPC_WRITE("StopVm", stop_vm);
static const boxd_rpc_method START_VM = RPC_WRITE("StartVm", start_vm);

static void see_box_status(live *l)
{
    BoxdPb__GetVmResponse *vm = get_vm(l, boxd_of(l)->box_id);
    if (vm != NULL)
        live_see(l, "%s", vm->status);
    boxd_rpc_reply_free(vm ? &vm->base : NULL);
}

static ProtobufCMessage *suspend(live *l, boxd_error *error)
{
    BoxdPb__SuspendVmRequest request = BOXD_PB__SUSPEND_VM_REQUEST__INIT;
    request.vm_id = boxd_of(l)->box_id;
    mark_changed(l);
    return rpc(l, &SUSPEND_VM, &request.base, error);
}

static bool suspended(live *l)
{
    boxd_error error;
    ProtobufCMessage *reply = need_box(l) ? suspend(l, &error) : NULL;
    const bool good = reply != NULL;
    if (!good && l->skipped[0] == '\0') {
        live_see(l, "suspend: ");
        live_see_error(l, &error);
    }
    boxd_rpc_reply_free(reply);
    return good;
}

static void suspend_form(live *l)
{
    boxd_error error;
    if (need_box(l) == NULL)
        return;
    ProtobufCMessage *reply = suspend(l, &error);
    if (live_ok(l, reply != NULL, &error)) {
        const uint64_t us = ((const BoxdPb__SuspendVmResponse *)(const void *)reply)->suspend_us;
        live_see(l, "suspend_us %s, status ", us > 0 ? "set" : "0");
        see_box_status(l);
    }
    boxd_rpc_reply_free(reply);
}

static void suspend_again(live *l)
{
    boxd_error error;
    if (!suspended(l))
        return;
    ProtobufCMessage *reply = suspend(l, &error);
    see_status(l, reply ? BOXD_OK : BOXD_ERR_FAILED, &error);
    boxd_rpc_reply_free(reply);
}

static void resume_running(live *l)
{
    BoxdPb__ResumeVmRequest request = BOXD_PB__RESUME_VM_REQUEST__INIT;
    if (need_box(l) == NULL)
        return;
    request.vm_id = boxd_of(l)->box_id;
    see_rpc(l, &RESUME_VM, &request.base);
}

static void exec_wakes(live *l)
{
    if (!suspended(l))
        return;
    boxd_exec_result *r = run_line(l, boxd_of(l)->box, "echo awake");
    if (r != NULL) {
        see_output(l, r);
        live_see(l, ", status ");
        see_box_status(l);
    }
    boxd_exec_result_free(r);
}

static void exec_wakes_hibernated(live *l)
{
    boxd_error error;
    BoxdPb__HibernateVmRequest request = BOXD_PB__HIBERNATE_VM_REQUEST__INIT;
    if (need_box(l) == NULL)
        return;
    request.vm_id = boxd_of(l)->box_id;
    mark_changed(l);
    ProtobufCMessage *reply = rpc(l, &HIBERNATE_VM, &request.base, &error);
    if (live_ok(l, reply != NULL, &error)) {
        see_box_status(l);
        boxd_exec_result *r = run_line(l, boxd_of(l)->box, "echo awake");
        live_see(l, ", ");
        if (r != NULL)
            see_output(l, r);
        boxd_exec_result_free(r);
    }
    boxd_rpc_reply_free(reply);
}

static bool stopped(live *l)
{
    boxd_error error;
    BoxdPb__StopVmRequest request = BOXD_PB__STOP_VM_REQUEST__INIT;
    if (need_box(l) == NULL)
        return false;
    request.vm_id = boxd_of(l)->box_id;
    mark_changed(l);
    ProtobufCMessage *reply = rpc(l, &STOP_VM, &request.base, &error);
    if (reply == NULL) {
        live_see(l, "stop: ");
        live_see_error(l, &error);
    }
    boxd_rpc_reply_free(reply);
    return reply != NULL;
}

static void exec_stopped(live *l)
{
    if (!stopped(l))
        return;
    boxd_exec_result *r = run_line(l, boxd_of(l)->box, "echo up");
    if (r != NULL)
        see_output(l, r);
    boxd_exec_result_free(r);
}

/* The second file is written after the sync. */
static void stop_keeps_files(live *l)
{
    BoxdPb__StartVmRequest request = BOXD_PB__START_VM_REQUEST__INIT;
    boxd_exec_result *r =
        need_box(l) ? run_line(l, boxd_of(l)->box, "echo kept > kept.txt && sync; echo later > later.txt")
                    : NULL;
    const bool written = r != NULL;
    boxd_exec_result_free(r);
    if (!written || !stopped(l))
        return;
    see_box_status(l);
    request.vm_id = boxd_of(l)->box_id;
    live_see(l, ", start ");
    see_rpc(l, &START_VM, &request.base);
    if (need_box(l) == NULL)
        return;
    live_see(l, ", file ");
    r = run_line(l, boxd_of(l)->box, "cat kept.txt; [ -s later.txt ] && cat later.txt || echo lost");
    if (r != NULL)
        see_output(l, r);
    boxd_exec_result_free(r);
}

const live_check state_checks[] = {
    {"states.suspend", "Machines", "SuspendVm -> suspend_us; suspended and standby are the same state.",
     "SuspendVm, GetVm", "suspend_us set, status suspended|suspend_us set, status standby",
     "suspend_us set, status suspended", suspend_form},
    {"states.suspend-again", "Machines", "State conflicts: FAILED_PRECONDITION. suspend needs running.",
     "SuspendVm of a suspended box", "FAILED_PRECONDITION", NULL, suspend_again},
    {"states.resume-running", "Machines", "resume needs suspended.", "ResumeVm of a running box",
     "FAILED_PRECONDITION", NULL, resume_running},
    {"states.exec-wakes", "Exec", "Exec wakes a suspended machine.", "Exec in a suspended box, GetVm",
     "awake, status running", NULL, exec_wakes},
    {"states.exec-wakes-hibernated", "Exec", "Exec wakes a hibernated machine.", "HibernateVm, GetVm, Exec",
     "hibernated, awake|hibernating, awake|UNIMPLEMENTED", "hibernated, awake", exec_wakes_hibernated},
    {"states.exec-stopped", "Exec", "On a stopped machine: FAILED_PRECONDITION.", "Exec in a stopped box",
     "FAILED_PRECONDITION", NULL, exec_stopped},
    {"states.stop-keeps-files", "Files",
     "What was written may be lost by StopVm without a sync; what was synced is kept.",
     "Exec, StopVm, GetVm, StartVm, Exec",
     "stopped, start OK, file kept/later|stopped, start OK, file kept/lost",
     "stopped, start OK, file kept/later", stop_keeps_files},
    {0},
};
