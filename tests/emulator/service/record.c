/*
 * record.c: GetVm and ListVms. Core thread only.
 */
#include <string.h>

#include "base/differ.h"
#include "machine/spec.h"
#include "service/service.h"

/* created_by stays empty: it names a user who created the machine for its owner, and the emulator has only
 * one user.
 *
 * The reply is a copy: a delayed reply must not point into a machine that was freed. */
static void fill(call *c, const machine *m, BoxdPb__GetVmResponse *reply)
{
    arena *a = &c->memory;
    reply->vm_id = arena_strdup(a, m->id);
    reply->name = arena_strdup(a, m->name);
    reply->image_ref = arena_strdup(a, m->image_ref);
    reply->public_ip = m->status == MACHINE_STOPPED ? "" : arena_strdup(a, m->public_ip);
    reply->status = machine_status_name(m->status);
    reply->restart_policy = arena_strdup(a, m->restart_policy);
    reply->disk_bytes = m->disk_bytes;
    reply->auto_suspend_timeout_secs = m->auto_suspend_secs;
    reply->access_domain = machine_settings.domain;
    reply->auto_hibernate_timeout_secs = m->auto_hibernate_secs;
    reply->auto_destroy_timeout_secs = m->auto_destroy_secs;
    reply->vcpu = m->vcpu;
    reply->memory_bytes = differs(DIFFER_SIZE_CLASS) ? m->memory_bytes / 2 : m->memory_bytes;
    reply->created_at = m->created_at;
    reply->boot_time_ms = (int64_t)m->boot_time_ms;
    reply->last_connected_ms = m->last_connected_ms;
    reply->isolated = m->isolated;
    reply->ssh_port = m->ssh_port;
    reply->bot_protection = strcmp(m->bot_protection, "off") != 0;
    reply->bot_protection_mode = m->bot_protection;
    reply->idle_ignore_outbound = m->idle_ignore_outbound;
    reply->hibernated_at_ms = m->status == MACHINE_HIBERNATED ? m->hibernated_at_ms : 0;
    reply->delete_at_ms = m->delete_at_ms;
    reply->delete_after_cron = m->delete_cron ? arena_strdup(a, m->delete_cron) : "";
    reply->billing_org = MACHINE_ORG;
    reply->billing_org_id = MACHINE_ORG_ID;
    reply->org = m->shared ? MACHINE_ORG : "";
    reply->org_id = m->shared ? MACHINE_ORG_ID : "";
    reply->egress_allow = strings_to_reply(a, m->egress_allow, &reply->n_egress_allow);
    reply->networks = strings_to_reply(a, m->networks, &reply->n_networks);
    if (m->source_kind != NULL) {
        reply->source_info = message_new(a, &boxd_pb__vm_source__descriptor);
        reply->source_info->kind = m->source_kind;
        reply->source_info->name = arena_strdup(a, m->source_name);
        reply->source_info->id = arena_strdup(a, m->source_id);
        reply->source_info->version = m->source_version;
        reply->source = reply->source_info->name;
    }
    reply->labels =
        pairs_to_reply(a, &boxd_pb__get_vm_response__labels_entry__descriptor, m->labels, &reply->n_labels);
    domains_fill(c, m, reply);
    spec_fill(c, m, reply);
}

static int get_vm(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const machine *m = machine_peek(c, ((const BoxdPb__GetVmRequest *)message)->vm_id);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    fill(c, m, (BoxdPb__GetVmResponse *)out);
    return 0;
}

/* A selector is "key" or "key=value"; a machine must match all selectors. */
static bool selected(const machine *m, const BoxdPb__ListVmsRequest *request)
{
    for (size_t i = 0; i < request->n_label_selector; i++) {
        const char *selector = request->label_selector[i];
        size_t key = strcspn(selector, "=");
        bool found = false;
        for (char **label = m->labels; label != NULL && *label != NULL && !found; label += 2)
            found = strlen(label[0]) == key && memcmp(label[0], selector, key) == 0 &&
                    (selector[key] == '\0' || strcmp(label[1], selector + key + 1) == 0);
        if (!found)
            return false;
    }
    return true;
}

/* --differ. */
static void differ_in_list(BoxdPb__ListVmsResponse *reply)
{
    const size_t count = reply->n_vms;
    for (size_t i = 0; differs(DIFFER_LIST_FIELDS) && i < count; i++)
        reply->vms[i]->memory_bytes = reply->vms[i]->vcpu = 0;
    for (size_t i = 0; differs(DIFFER_LIST_ORDER) && i < count / 2; i++) {
        BoxdPb__GetVmResponse *row = reply->vms[i];
        reply->vms[i] = reply->vms[count - 1 - i];
        reply->vms[count - 1 - i] = row;
    }
}

static int list_vms(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    BoxdPb__ListVmsResponse *reply = (BoxdPb__ListVmsResponse *)out;
    int code = machine_check_org(c, ((const BoxdPb__ListVmsRequest *)message)->org);
    if (code != 0)
        return code;
    reply->vms = arena_alloc(&c->memory, machines_count() * sizeof(void *));
    for (const machine *m = machines_first(); m != NULL; m = machine_next(m)) {
        if (!selected(m, (const BoxdPb__ListVmsRequest *)message))
            continue;
        BoxdPb__GetVmResponse *row = arena_alloc(&c->memory, sizeof *row);
        boxd_pb__get_vm_response__init(row);
        fill(c, m, row);
        for (size_t i = 0; i < row->n_packages; i++)
            row->packages[i]->output_tail = ""; /* in GetVm only: the list stays small */
        reply->vms[reply->n_vms++] = row;
    }
    differ_in_list(reply);
    return 0;
}

const rpc_handler record_rpcs[] = {
    {.rpc = "GetVm", .unary = get_vm},
    {.rpc = "ListVms", .unary = list_vms},
    {NULL, NULL, NULL},
};
