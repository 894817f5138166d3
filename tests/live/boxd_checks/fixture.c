/*
 * fixture.c: see fixture.h. The box is made by a raw CreateVm, so that the reply is evidence as it was sent.
 * On the thread of the checks.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boxd_checks/fixture.h"
#include "evidence.h"

enum { AUTO_DESTROY_S = 3600, READY_MS = 120000 };

static const boxd_rpc_method CREATE_VM = RPC_WRITE("CreateVm", create_vm);
static const boxd_rpc_method FORK_VM = RPC_WRITE("ForkVm", fork_vm);
static const boxd_rpc_method GET_VM = RPC_READ("GetVm", get_vm);
static const boxd_rpc_method DESTROY_VM = RPC_WRITE("DestroyVm", destroy_vm);

boxd_state *boxd_of(live *l)
{
    return l->state;
}

boxd_compute *client(live *l)
{
    return boxd_of(l)->compute;
}

/* ---- RPCs ---- */

/* A create is not cancelled: see live.h. */
static bool makes_something(const boxd_rpc_method *method)
{
    return strncmp(method->name, "Create", 6) == 0 || strncmp(method->name, "Fork", 4) == 0;
}

ProtobufCMessage *rpc(live *l, const boxd_rpc_method *method, const ProtobufCMessage *request,
                      boxd_error *error)
{
    *error = (boxd_error)BOXD_ERROR_INIT;
    evidence_message(l->evidence, "sent", request);
    ProtobufCMessage *reply = boxd_rpc_call(client(l), method, request,
                                            makes_something(method) ? &l->create_call : &l->call, error);
    if (reply != NULL)
        evidence_message(l->evidence, "received", reply);
    return reply;
}

void see_rpc(live *l, const boxd_rpc_method *method, const ProtobufCMessage *request)
{
    boxd_error error;
    ProtobufCMessage *reply = rpc(l, method, request, &error);
    if (live_ok(l, reply != NULL, &error))
        live_see(l, "OK");
    boxd_rpc_reply_free(reply);
}

void see_status(live *l, boxd_status status, const boxd_error *error)
{
    if (live_ok(l, status == BOXD_OK, error))
        live_see(l, "OK");
}

BoxdPb__GetVmResponse *get_vm(live *l, const char *id_or_name)
{
    boxd_error error;
    BoxdPb__GetVmRequest request = BOXD_PB__GET_VM_REQUEST__INIT;
    request.vm_id = id_or_name;
    ProtobufCMessage *reply = rpc(l, &GET_VM, &request.base, &error);
    (void)live_ok(l, reply != NULL, &error);
    return (BoxdPb__GetVmResponse *)(void *)reply;
}

/* ---- creates ---- */

static const char *id_of(const ProtobufCMessage *created)
{
    return created->descriptor == &boxd_pb__fork_vm_response__descriptor
               ? ((const BoxdPb__ForkVmResponse *)(const void *)created)->vm_id
               : ((const BoxdPb__CreateVmResponse *)(const void *)created)->vm_id;
}

static void destroy_made(live *l, const ProtobufCMessage *created)
{
    boxd_error error;
    BoxdPb__DestroyVmRequest request = BOXD_PB__DESTROY_VM_REQUEST__INIT;
    request.vm_id = (char *)(uintptr_t)id_of(created);
    boxd_rpc_reply_free(rpc(l, &DESTROY_VM, &request.base, &error));
}

BoxdPb__SrfConfig box_lifecycle(void)
{
    BoxdPb__SrfConfig lifecycle = BOXD_PB__SRF_CONFIG__INIT;
    lifecycle.auto_destroy_timeout_secs = AUTO_DESTROY_S;
    return lifecycle;
}

ProtobufCMessage *make_box_by_rpc(live *l, const boxd_rpc_method *method, const ProtobufCMessage *request,
                                  const char *kind, const char *name, boxd_error *error)
{
    *error = (boxd_error)BOXD_ERROR_INIT;
    if (!live_take_box(l) || !live_intend(l, kind, name))
        return NULL;
    ProtobufCMessage *reply = rpc(l, method, request, error);
    live_answered(l, name, reply ? NULL : error);
    if (reply == NULL || live_made(l, "box-id", id_of(reply)))
        return reply;
    destroy_made(l, reply);
    boxd_rpc_reply_free(reply);
    return NULL;
}

void see_refused_box(live *l, const boxd_rpc_method *method, const ProtobufCMessage *request,
                     const char *name)
{
    boxd_error error;
    ProtobufCMessage *reply = make_box_by_rpc(l, method, request, "box", name, &error);
    if (reply != NULL) {
        live_see(l, "made");
        destroy_made(l, reply);
    } else if (l->skipped[0] == '\0') {
        live_see_error(l, &error);
        l->used.boxes--;
    }
    boxd_rpc_reply_free(reply);
}

/* ---- the box ---- */

static void exec_at_once(live *l, boxd_box *box, char outcome[64])
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_result *r =
        boxd_box_exec(box, BOXD_ARGV("true"), BOXD_OPTIONS(boxd_exec_options, .call = l->call), &error);
    (void)snprintf(outcome, 64, "%s", r ? "OK" : live_code_name(error.grpc_code));
    boxd_exec_result_free(r);
}

static const char *failure_of(const live *l, const boxd_error *error)
{
    return error->message[0] != '\0' ? error->message : l->skipped;
}

static bool make_box(live *l)
{
    boxd_state *s = boxd_of(l);
    boxd_error error;
    BoxdPb__SrfConfig lifecycle = box_lifecycle();
    BoxdPb__ProxyEntry early = BOXD_PB__PROXY_ENTRY__INIT, *proxies[] = {&early};
    BoxdPb__NetworkConfig network = BOXD_PB__NETWORK_CONFIG__INIT;
    BoxdPb__VmConfig config = BOXD_PB__VM_CONFIG__INIT;
    BoxdPb__CreateVmRequest request = BOXD_PB__CREATE_VM_REQUEST__INIT;
    lifecycle.auto_suspend_timeout_secs_presence_case =
        BOXD_PB__SRF_CONFIG__AUTO_SUSPEND_TIMEOUT_SECS_PRESENCE_AUTO_SUSPEND_TIMEOUT_SECS;
    config.vcpu = 1;
    config.srf = &lifecycle;
    early.name = "early";
    early.port = 3000;
    network.ssh = true;
    network.n_proxies = 1;
    network.proxies = proxies;
    config.network = &network;
    request.name = live_name(l, "box");
    request.restart_policy = "always";
    request.config = &config;
    ProtobufCMessage *reply = make_box_by_rpc(l, &CREATE_VM, &request.base, "box", request.name, &error);
    const BoxdPb__CreateVmResponse *made = (const void *)reply;
    if (made != NULL) {
        (void)snprintf(s->box_id, sizeof s->box_id, "%s", made->vm_id);
        (void)snprintf(s->box_name, sizeof s->box_name, "%s", made->name);
        (void)snprintf(s->create_status, sizeof s->create_status, "%s", made->status);
        (void)snprintf(s->create_url, sizeof s->create_url, "%s", made->url);
        s->box = boxd_box_from_name(s->compute, s->box_id, &error);
    }
    if (s->box == NULL)
        (void)snprintf(s->box_failure, sizeof s->box_failure, "%s", failure_of(l, &error));
    boxd_rpc_reply_free(reply);
    return s->box != NULL;
}

static bool wait_until_ready(live *l, boxd_box *box, char failure[BOXD_ERROR_MESSAGE_SIZE])
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box_wait_until_ready_options options = BOXD_BOX_WAIT_UNTIL_READY_OPTIONS_INIT;
    options.call = l->call;
    options.call.timeout_ms = READY_MS;
    options.interval_ms = 500;
    if (boxd_box_wait_until_ready(box, &options, &error) == BOXD_OK)
        return true;
    (void)snprintf(failure, BOXD_ERROR_MESSAGE_SIZE, "%s", error.message);
    return false;
}

/* Starts the box if it is stopped. A suspended box wakes up by the command of wait_until_ready(). */
static void run_again(live *l)
{
    boxd_state *s = boxd_of(l);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *now = boxd_box_get(s->compute, s->box_id, &l->call, &error);
    const boxd_box_state state = now ? boxd_box_get_info(now)->state : BOXD_BOX_UNKNOWN;
    if (state == BOXD_BOX_STOPPED)
        (void)boxd_box_start(s->box, &l->call, &error);
    else if (state == BOXD_BOX_SUSPENDED)
        (void)boxd_box_resume(s->box, &l->call, NULL, &error);
    boxd_box_free(now);
}

boxd_box *need_box(live *l)
{
    boxd_state *s = boxd_of(l);
    const bool is_new = s->box == NULL && s->box_failure[0] == '\0' && make_box(l);
    if (is_new)
        exec_at_once(l, s->box, s->box_first_exec);
    if (s->box != NULL && s->changed)
        run_again(l);
    if (s->box != NULL && (is_new || s->changed)) {
        s->changed = false;
        (void)wait_until_ready(l, s->box, s->box_failure);
    }
    if (s->box != NULL && s->box_failure[0] == '\0')
        return s->box;
    live_skip(l, "there is no box: %s", s->box_failure);
    return NULL;
}

void mark_changed(live *l)
{
    boxd_of(l)->changed = true;
}

/* ---- the fork ---- */

/* A file and a process, to see what a fork copies. */
static void prepare_source(live *l)
{
    boxd_exec_result_free(
        run_line(l, boxd_of(l)->box,
                 "setsid sh -c 'echo $$ > source.txt; exec sleep 600' </dev/null >/dev/null 2>&1 & "
                 "until [ -s source.txt ]; do sleep 0.1; done"));
}

static void make_fork(live *l)
{
    boxd_state *s = boxd_of(l);
    boxd_error error;
    BoxdPb__SrfConfig lifecycle = box_lifecycle();
    BoxdPb__VmConfig config = BOXD_PB__VM_CONFIG__INIT;
    BoxdPb__ForkVmRequest request = BOXD_PB__FORK_VM_REQUEST__INIT;
    config.srf = &lifecycle;
    request.config = &config;
    request.source_vm_id = s->box_id;
    /* Without a name: the service chooses one. */
    ProtobufCMessage *reply =
        make_box_by_rpc(l, &FORK_VM, &request.base, "fork", live_name(l, BOXD_FORK_WHAT), &error);
    const BoxdPb__ForkVmResponse *made = (const void *)reply;
    if (made != NULL) {
        (void)snprintf(s->fork_id, sizeof s->fork_id, "%s", made->vm_id);
        (void)snprintf(s->fork_name, sizeof s->fork_name, "%s", made->name);
        s->fork = boxd_box_from_name(s->compute, s->fork_id, &error);
    }
    if (s->fork == NULL)
        (void)snprintf(s->fork_failure, sizeof s->fork_failure, "%s", failure_of(l, &error));
    boxd_rpc_reply_free(reply);
}

boxd_box *need_fork(live *l)
{
    boxd_state *s = boxd_of(l);
    if (need_box(l) == NULL)
        return NULL;
    if (s->fork == NULL && s->fork_failure[0] == '\0') {
        prepare_source(l);
        make_fork(l);
        if (s->fork != NULL) {
            exec_at_once(l, s->fork, s->fork_first_exec);
            (void)wait_until_ready(l, s->fork, s->fork_failure);
        }
    }
    if (s->fork != NULL && s->fork_failure[0] == '\0')
        return s->fork;
    live_skip(l, "there is no fork: %s", s->fork_failure);
    return NULL;
}

/* ---- commands ---- */

boxd_exec_result *run_line(live *l, boxd_box *box, const char *line)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_result *result =
        boxd_box_exec_shell(box, line, BOXD_OPTIONS(boxd_exec_options, .call = l->call), &error);
    live_note(l, "command: %s", line);
    (void)live_ok(l, result != NULL, &error);
    return result;
}

void see_output(live *l, const boxd_exec_result *result)
{
    size_t size = result->out.size;
    char text[400];
    while (size > 0 && (result->out.data[size - 1] == '\n' || result->out.data[size - 1] == '\r'))
        size--;
    (void)snprintf(text, sizeof text, "%.*s", (int)(size < sizeof text ? size : sizeof text - 1),
                   result->out.data);
    for (char *c = text; *c != '\0'; c++) {
        if (*c == '\n' || *c == '\r')
            *c = '/';
    }
    char shown[500];
    live_see(l, "%s", boxd_printable(text, shown, sizeof shown));
}
