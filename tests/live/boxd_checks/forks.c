/*
 * forks.c: checks of forks, and of the end of a box. The last checks destroy the fork.
 */
#include <stdio.h>
#include <string.h>

#include "boxd_checks/fixture.h"

static const boxd_rpc_method FORK_VM = RPC_WRITE("ForkVm", fork_vm);
static const boxd_rpc_method DESTROY_VM = RPC_WRITE("DestroyVm", destroy_vm);
static const boxd_rpc_method LIST_VMS = RPC_READ("ListVms", list_vms);

/* "<source>-fork": the suffix. */
static void name(live *l)
{
    const boxd_state *s = boxd_of(l);
    if (need_fork(l) == NULL)
        return;
    const size_t length = strlen(s->box_name);
    live_see(l, strncmp(s->fork_name, s->box_name, length) == 0 ? "<source>%s" : "%s",
             strncmp(s->fork_name, s->box_name, length) == 0 ? s->fork_name + length : s->fork_name);
}

static void first_exec(live *l)
{
    if (need_fork(l) != NULL)
        live_see(l, "%s", boxd_of(l)->fork_first_exec);
}

static void host_name(live *l)
{
    boxd_box *fork = need_fork(l);
    boxd_exec_result *r = fork ? run_line(l, fork, "hostname") : NULL;
    if (r != NULL)
        live_see(l, "%s", strstr(r->out.data, boxd_of(l)->fork_name) ? "its own" : "another one");
    boxd_exec_result_free(r);
}

/* See prepare_source(). */
static void state(live *l)
{
    boxd_box *fork = need_fork(l);
    boxd_exec_result *r =
        fork ? run_line(l, fork,
                        "if [ -s source.txt ]; then echo file copied; else echo no file; fi; "
                        "if kill -0 $(cat source.txt) 2>/dev/null; then echo process runs; else echo no "
                        "process; fi")
             : NULL;
    if (r != NULL)
        see_output(l, r);
    boxd_exec_result_free(r);
}

static void source_by_name(live *l)
{
    BoxdPb__SrfConfig lifecycle = box_lifecycle();
    BoxdPb__VmConfig config = BOXD_PB__VM_CONFIG__INIT;
    BoxdPb__ForkVmRequest request = BOXD_PB__FORK_VM_REQUEST__INIT;
    if (need_box(l) == NULL)
        return;
    config.srf = &lifecycle;
    request.config = &config;
    request.name = live_name(l, "byname");
    request.source_vm_id = boxd_of(l)->box_name;
    see_refused_box(l, &FORK_VM, &request.base, request.name);
}

static bool destroyed(live *l, boxd_error *error)
{
    BoxdPb__DestroyVmRequest request = BOXD_PB__DESTROY_VM_REQUEST__INIT;
    request.vm_id = boxd_of(l)->fork_id;
    ProtobufCMessage *reply = rpc(l, &DESTROY_VM, &request.base, error);
    boxd_rpc_reply_free(reply);
    return reply != NULL;
}

static void destroy(live *l)
{
    boxd_error error;
    if (need_fork(l) != NULL && live_ok(l, destroyed(l, &error), &error))
        live_see(l, "OK");
}

/* The following checks make sure that the fork is gone. */
static bool need_destroyed_fork(live *l)
{
    boxd_error error;
    if (need_fork(l) == NULL)
        return false;
    (void)destroyed(l, &error);
    return true;
}

static void get_destroyed(live *l)
{
    BoxdPb__GetVmResponse *vm = need_destroyed_fork(l) ? get_vm(l, boxd_of(l)->fork_id) : NULL;
    if (vm != NULL)
        live_see(l, "status %s", vm->status);
    boxd_rpc_reply_free(vm ? &vm->base : NULL);
}

static void destroy_again(live *l)
{
    boxd_error error;
    if (need_destroyed_fork(l))
        see_status(l, destroyed(l, &error) ? BOXD_OK : BOXD_ERR_FAILED, &error);
}

static void list_destroyed(live *l)
{
    boxd_error error;
    BoxdPb__ListVmsRequest request = BOXD_PB__LIST_VMS_REQUEST__INIT;
    ProtobufCMessage *reply = need_destroyed_fork(l) ? rpc(l, &LIST_VMS, &request.base, &error) : NULL;
    const BoxdPb__ListVmsResponse *vms = (const void *)reply;
    const char *status = "not listed";
    for (size_t i = 0; vms != NULL && i < vms->n_vms; i++)
        if (strcmp(vms->vms[i]->vm_id, boxd_of(l)->fork_id) == 0)
            status = vms->vms[i]->status;
    if (reply != NULL)
        live_see(l, "%s", status);
    else if (l->skipped[0] == '\0')
        live_see_error(l, &error);
    boxd_rpc_reply_free(reply);
}

const live_check fork_checks[] = {
    {"forks.name", "Machines", "Fork without a name: <source>-fork.", "ForkVm without a name",
     "<source>-fork", NULL, name},
    {"forks.first-exec", "Exec",
     "Right after create or fork, Exec may answer UNAVAILABLE or FAILED_PRECONDITION for seconds.",
     "Exec directly after ForkVm", "OK|UNAVAILABLE|FAILED_PRECONDITION", "OK", first_exec},
    {"forks.host-name", "Machines", "Does a fork have its own host name?", "Exec in the fork: hostname", NULL,
     "its own", host_name},
    {"forks.state", "Machines",
     "A fork has the files of its source. Do the processes of the source run in it?",
     "ForkVm, Exec in the fork", "file copied/process runs|file copied/no process", "file copied/no process",
     state},
    {"forks.source-by-name", "Machines", "ForkVm's source must be an id.",
     "ForkVm with the name of the source", "NOT_FOUND|INVALID_ARGUMENT", "NOT_FOUND", source_by_name},
    {"forks.destroy", "What each 0.1.2 call sends", "DestroyVm {vm_id}.", "DestroyVm of the fork", "OK", NULL,
     destroy},
    {"forks.get-destroyed", "Machines", "A destroyed box: NOT_FOUND.", "GetVm after DestroyVm",
     "NOT_FOUND|status destroy*", "NOT_FOUND", get_destroyed},
    {"forks.destroy-again", "Machines", "DestroyVm of a gone one: NOT_FOUND.", "DestroyVm, twice",
     "NOT_FOUND", NULL, destroy_again},
    {"forks.list-destroyed", "Machines", "Destroyed ones may be listed as tombstones for a while.",
     "ListVms after DestroyVm", "not listed|destroy*", "not listed", list_destroyed},
    {0},
};
