/*
 * boxes.c: checks of making, reading and listing boxes.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "boxd_checks/fixture.h"

static const boxd_rpc_method CREATE_VM = RPC_WRITE("CreateVm", create_vm);
static const boxd_rpc_method LIST_VMS = RPC_READ("ListVms", list_vms);
static const boxd_rpc_method UPDATE_LABELS = RPC_WRITE("UpdateVmLabels", update_vm_labels);

static void create(live *l)
{
    if (need_box(l) != NULL)
        live_see(l, "%s", boxd_of(l)->create_status);
}

static void given_name(live *l)
{
    if (need_box(l) != NULL)
        live_see(l, "%s",
                 strcmp(boxd_of(l)->box_name, live_name(l, "box")) == 0 ? "as requested" : "another name");
}

static void first_exec(live *l)
{
    if (need_box(l) != NULL)
        live_see(l, "%s", boxd_of(l)->box_first_exec);
}

static void id_form(live *l)
{
    if (need_box(l) != NULL)
        live_see(l, "%s",
                 live_matches("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", boxd_of(l)->box_id)
                     ? "a UUID"
                     : "another form");
}

/* The name replaces itself, so that the text is the same in each run. */
static void url_form(live *l)
{
    if (need_box(l) == NULL)
        return;
    const char *url = boxd_of(l)->create_url, *scheme = strstr(url, "://");
    const char *host = scheme ? scheme + 3 : url;
    const size_t name = strlen(boxd_of(l)->box_name);
    if (url[0] == '\0')
        live_see(l, "empty");
    else
        live_see(l, "%s, %s",
                 strncmp(url, "https://", 8) == 0 ? "https"
                 : scheme                         ? "another scheme"
                                                  : "no scheme",
                 strncmp(host, boxd_of(l)->box_name, name) == 0 && host[name] == '.' ? "NAME.DOMAIN"
                                                                                     : "another host");
}

static void get_by_name(live *l)
{
    if (need_box(l) == NULL)
        return;
    BoxdPb__GetVmResponse *vm = get_vm(l, boxd_of(l)->box_name);
    if (vm != NULL)
        live_see(l, "%s", strcmp(vm->vm_id, boxd_of(l)->box_id) == 0 ? "found" : "another box");
    boxd_rpc_reply_free(vm ? &vm->base : NULL);
}

static void get_unknown(live *l)
{
    BoxdPb__GetVmResponse *vm = get_vm(l, "00000000-0000-4000-8000-000000000000");
    if (vm != NULL)
        live_see(l, "found");
    boxd_rpc_reply_free(vm ? &vm->base : NULL);
}

static void settings(live *l)
{
    BoxdPb__GetVmResponse *vm = need_box(l) ? get_vm(l, boxd_of(l)->box_id) : NULL;
    if (vm != NULL)
        live_see(l, "restart policy %s, auto-suspend %u s, auto-destroy %u s", vm->restart_policy,
                 vm->auto_suspend_timeout_secs, vm->auto_destroy_timeout_secs);
    boxd_rpc_reply_free(vm ? &vm->base : NULL);
}

static void size_class(live *l)
{
    BoxdPb__GetVmResponse *vm = need_box(l) ? get_vm(l, boxd_of(l)->box_id) : NULL;
    if (vm != NULL)
        live_see(l, "%u vCPU, %llu MiB", vm->vcpu, (unsigned long long)(vm->memory_bytes >> 20));
    boxd_rpc_reply_free(vm ? &vm->base : NULL);
}

static void disk_size(live *l)
{
    BoxdPb__GetVmResponse *vm = need_box(l) ? get_vm(l, boxd_of(l)->box_id) : NULL;
    if (vm != NULL)
        live_see(l, "%llu GiB", (unsigned long long)(vm->disk_bytes >> 30));
    boxd_rpc_reply_free(vm ? &vm->base : NULL);
}

/* ---- creates that are refused; if not, the box is destroyed at once ---- */

static void see_create(live *l, BoxdPb__CreateVmRequest request)
{
    BoxdPb__SrfConfig lifecycle = box_lifecycle();
    BoxdPb__VmConfig config = BOXD_PB__VM_CONFIG__INIT;
    if (request.config != NULL)
        config = *request.config;
    config.srf = &lifecycle;
    request.config = &config;
    see_refused_box(l, &CREATE_VM, &request.base, request.name);
}

static void name_taken(live *l)
{
    BoxdPb__CreateVmRequest request = BOXD_PB__CREATE_VM_REQUEST__INIT;
    if (need_box(l) == NULL)
        return;
    request.name = boxd_of(l)->box_name;
    see_create(l, request);
}

static void name_invalid(live *l)
{
    BoxdPb__CreateVmRequest request = BOXD_PB__CREATE_VM_REQUEST__INIT;
    request.name = live_name(l, "Bad_Name");
    see_create(l, request);
}

static void size_unknown(live *l)
{
    BoxdPb__VmConfig config = BOXD_PB__VM_CONFIG__INIT;
    BoxdPb__CreateVmRequest request = BOXD_PB__CREATE_VM_REQUEST__INIT;
    config.vcpu = 2;
    config.memory_bytes = UINT64_C(4) << 30;
    request.config = &config;
    request.name = live_name(l, "size");
    see_create(l, request);
}

static void image_unknown(live *l)
{
    BoxdPb__CreateVmRequest request = BOXD_PB__CREATE_VM_REQUEST__INIT;
    request.image_ref = "boxd-live-no-such-image";
    request.name = live_name(l, "image");
    see_create(l, request);
}

/* ---- lists ---- */

static ProtobufCMessage *list(live *l, const char *selector)
{
    boxd_error error;
    const char *selectors[] = {selector};
    BoxdPb__ListVmsRequest request = BOXD_PB__LIST_VMS_REQUEST__INIT;
    request.n_label_selector = selector != NULL;
    request.label_selector = selectors;
    ProtobufCMessage *reply = rpc(l, &LIST_VMS, &request.base, &error);
    (void)live_ok(l, reply != NULL, &error);
    return reply;
}

static const BoxdPb__GetVmResponse *find(const ProtobufCMessage *reply, const char *id, size_t *position)
{
    const BoxdPb__ListVmsResponse *vms = (const void *)reply;
    for (size_t i = 0; vms != NULL && i < vms->n_vms; i++) {
        if (strcmp(vms->vms[i]->vm_id, id) == 0) {
            *position = i;
            return vms->vms[i];
        }
    }
    return NULL;
}

static void list_row(live *l)
{
    size_t at;
    ProtobufCMessage *reply = need_box(l) ? list(l, NULL) : NULL;
    const BoxdPb__GetVmResponse *row = find(reply, boxd_of(l)->box_id, &at);
    if (reply != NULL && row == NULL)
        live_see(l, "the box is not listed");
    else if (row != NULL)
        live_see(l, "name %s, status %s, sizes %s, created_at %s", row->name[0] ? "set" : "empty",
                 row->status[0] ? "set" : "empty", row->vcpu && row->memory_bytes ? "set" : "0",
                 row->created_at ? "set" : "0");
    boxd_rpc_reply_free(reply);
}

static void list_order(live *l)
{
    size_t box = 0, fork = 0;
    if (need_fork(l) == NULL)
        return;
    ProtobufCMessage *reply = list(l, NULL);
    const bool both =
        find(reply, boxd_of(l)->box_id, &box) != NULL && find(reply, boxd_of(l)->fork_id, &fork) != NULL;
    if (reply != NULL)
        live_see(l, "%s",
                 !both        ? "not both are listed"
                 : box < fork ? "the oldest first"
                              : "the newest first");
    boxd_rpc_reply_free(reply);
}

static void labels(live *l)
{
    boxd_error error;
    size_t at;
    char selector[64];
    BoxdPb__UpdateVmLabelsRequest__SetEntry entry = BOXD_PB__UPDATE_VM_LABELS_REQUEST__SET_ENTRY__INIT;
    BoxdPb__UpdateVmLabelsRequest__SetEntry *entries[] = {&entry};
    BoxdPb__UpdateVmLabelsRequest request = BOXD_PB__UPDATE_VM_LABELS_REQUEST__INIT;
    if (need_box(l) == NULL)
        return;
    entry.key = "boxd-live";
    entry.value = l->settings->prefix;
    request.vm = boxd_of(l)->box_id;
    request.n_set = 1;
    request.set = entries;
    ProtobufCMessage *reply = rpc(l, &UPDATE_LABELS, &request.base, &error);
    if (live_ok(l, reply != NULL, &error)) {
        (void)snprintf(selector, sizeof selector, "boxd-live=%s", l->settings->prefix);
        ProtobufCMessage *rows = list(l, selector);
        live_see(l, "set, %s", find(rows, boxd_of(l)->box_id, &at) ? "found" : "not found");
        boxd_rpc_reply_free(rows);
    }
    boxd_rpc_reply_free(reply);
}

const live_check box_checks[] = {
    {"boxes.create", "Machines", "CreateVm may return \"pending\": scheduled.", "CreateVm of one vCPU",
     "pending|starting|creating|booting|running", "running", create},
    {"boxes.name", "What each 0.1.2 call sends", "CreateVm: name.", "CreateVm with a name", "as requested",
     NULL, given_name},
    {"boxes.first-exec", "Exec",
     "Right after create or fork, Exec may answer UNAVAILABLE or FAILED_PRECONDITION for seconds.",
     "Exec directly after CreateVm", "OK|UNAVAILABLE|FAILED_PRECONDITION", "OK", first_exec},
    {"boxes.id", "Machines", "Ids are UUIDs.", "CreateVm", "a UUID", NULL, id_form},
    {"boxes.url", "Machines", "The url of a create may come with or without scheme.", "CreateVm",
     "*, NAME.DOMAIN", "https, NAME.DOMAIN", url_form},
    {"boxes.get-by-name", "What each 0.1.2 call sends", "In service 0.2, GetVm takes a name or an id.",
     "GetVm with the name", "found|NOT_FOUND", NULL, get_by_name},
    {"boxes.get-unknown", "Errors -> classes", "An unknown box: NOT_FOUND.",
     "GetVm of an id that does not exist", "NOT_FOUND", NULL, get_unknown},
    {"boxes.settings", "What each 0.1.2 call sends",
     "restart_policy, and auto_suspend_timeout_secs with presence, also 0 (off).", "CreateVm, GetVm",
     "restart policy always, auto-suspend 0 s, auto-destroy 3600 s", NULL, settings},
    {"boxes.size", "Machines", "The sizes are 1/4, 2/8, 4/16, 8/32 GiB; one dimension picks the class.",
     "CreateVm with vcpu 1, GetVm", "1 vCPU, 4096 MiB", NULL, size_class},
    {"boxes.disk", "Machines", "How large is the default disk?", "GetVm", NULL, "100 GiB", disk_size},
    {"boxes.name-taken", "Machines", "A name that is taken: ALREADY_EXISTS.",
     "CreateVm with the name of a box", "ALREADY_EXISTS", NULL, name_taken},
    {"boxes.name-invalid", "Machines", "Names have lower-case letters, digits and hyphens.",
     "CreateVm with the name ...-Bad_Name", "INVALID_ARGUMENT", NULL, name_invalid},
    {"boxes.size-unknown", "Two generations of one service",
     "Is a size that is no class refused, and with which code?", "CreateVm with vcpu 2 and 4 GiB", NULL,
     "INVALID_ARGUMENT", size_unknown},
    {"boxes.image-unknown", "Machines", "Which code has an unknown image, and when?",
     "CreateVm with an image that does not exist", NULL, "NOT_FOUND", image_unknown},
    {"boxes.list-row", "Two generations of one service", "A row of ListVms has the fields of GetVm.",
     "ListVms", "name set, status set, sizes set, created_at set", NULL, list_row},
    {"boxes.list-order", "What each 0.1.2 call sends", "In which order does ListVms list boxes?",
     "ListVms of a box and its fork", NULL, "the oldest first", list_order},
    {"boxes.labels", "What each 0.1.2 call sends", "UpdateVmLabels, and ListVms with label_selector.",
     "UpdateVmLabels, ListVms with the label", "set, found|UNIMPLEMENTED", NULL, labels},
    {0},
};
