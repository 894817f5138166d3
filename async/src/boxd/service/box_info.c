/* box_info.c: what the replies about boxes say, as records. Called by mappings, on the core thread. */
#include "boxd/service/box_info.h"

#include "boxd/service/pairs.h"

#include <boxd/types/box.h>

void box_info_created(record *r, void *to, const void *from)
{
    boxd_box_info *info = to;
    const BoxdPb__CreateVmResponse *vm = from;
    info->id = record_text(r, vm->vm_id);
    info->name = record_text(r, vm->name);
    info->image = record_text(r, vm->image);
    info->public_ip = record_text(r, vm->public_ip);
    info->status = record_text(r, vm->status);
    info->url = record_text(r, vm->url);
    info->boot_time_ms = record_duration(vm->boot_time_ms);
    info->has_boot_time_ms = vm->boot_time_ms != 0;
    info->paused_automations = vm->paused_automations;
}

void box_info_forked(record *r, void *to, const void *from)
{
    boxd_box_info *info = to;
    const BoxdPb__ForkVmResponse *vm = from;
    info->id = record_text(r, vm->vm_id);
    info->name = record_text(r, vm->name);
    info->image = record_text(r, vm->image);
    info->public_ip = record_text(r, vm->public_ip);
    info->status = record_text(r, vm->status);
    info->url = record_text(r, vm->url);
    info->forked_from = record_text(r, vm->forked_from);
    info->boot_time_ms = record_duration(vm->boot_time_ms);
    info->has_boot_time_ms = vm->boot_time_ms != 0;
    info->paused_automations = vm->paused_automations;
}

void box_info_from_template(record *r, void *to, const void *from)
{
    boxd_box_info *info = to;
    const BoxdPb__CreateVmFromTemplateResponse *vm = from;
    info->id = record_text(r, vm->vm_id);
    info->name = record_text(r, vm->name);
    info->public_ip = record_text(r, vm->public_ip);
    info->status = record_text(r, vm->status);
    info->url = record_text(r, vm->url);
    info->boot_time_ms = record_duration(vm->boot_time_ms);
    info->has_boot_time_ms = vm->boot_time_ms != 0;
}

/* ---- GetVmResponse ---- */

void domain_fill(record *r, void *to, const void *from)
{
    boxd_domain *domain = to;
    const BoxdPb__CustomDomainInfo *info = from;
    domain->domain = record_text(r, info->domain);
    domain->box_id = record_text(r, info->vm_id);
    domain->box_name = record_text(r, info->vm_name);
    domain->status = record_text(r, info->status);
    domain->last_error = record_text(r, info->last_error);
}

static void fill_requirement(record *r, void *to, const void *from)
{
    const BoxdPb__MachineRequirement *sent = from;
    *(boxd_machine_requirement *)to = (boxd_machine_requirement){.kind = record_text(r, sent->kind),
                                                                 .name = record_text(r, sent->name),
                                                                 .scope = record_text(r, sent->scope),
                                                                 .tag = record_text(r, sent->tag),
                                                                 .reason = record_text(r, sent->reason),
                                                                 .met = sent->met,
                                                                 .can_fix = sent->can_fix};
}

static void fill_package(record *r, void *to, const void *from)
{
    const BoxdPb__MachinePackage *sent = from;
    *(boxd_machine_package *)to =
        (boxd_machine_package){.command = record_text(r, sent->command),
                               .state = record_text(r, sent->state),
                               .output_tail = record_text(r, sent->output_tail),
                               .reason = record_text(r, sent->reason),
                               .exit_code = sent->exit_code_presence_case ? sent->exit_code : 0,
                               .has_exit_code = sent->exit_code_presence_case != 0,
                               .started_at_ms = sent->started_at_ms,
                               .finished_at_ms = sent->finished_at_ms};
}

static const boxd_machine_spec *read_spec(record *r, const BoxdPb__MachineSpec *from)
{
    boxd_machine_spec *spec = from ? record_array(r, 1, sizeof *spec) : NULL;
    if (!spec)
        return NULL;
    const BoxdPb__MachineSpecBase *base = from->base;
    spec->version = from->version;
    if (base && base->kind_case == BOXD_PB__MACHINE_SPEC_BASE__KIND_TEAM)
        spec->base_team = record_text(r, base->team);
    if (base && base->kind_case == BOXD_PB__MACHINE_SPEC_BASE__KIND_SNAPSHOT)
        spec->base_snapshot = record_text(r, base->snapshot);
    spec->size = record_text(r, from->size);
    spec->assign_to = record_text(r, from->assign_to);
    spec->isolated = from->isolated;
    spec->label_count = from->n_labels;
    spec->labels =
        pairs_read(r, &boxd_pb__machine_spec__labels_entry__descriptor, from->n_labels, from->labels);
    spec->env_count = from->n_env;
    spec->env = pairs_read(r, &boxd_pb__machine_spec__env_entry__descriptor, from->n_env, from->env);
    spec->connection_count = from->n_connections;
    spec->connections = pairs_read(r, &boxd_pb__machine_spec__connections_entry__descriptor,
                                   from->n_connections, from->connections);
    spec->network_count = from->n_networks;
    spec->networks = record_texts(r, from->n_networks, from->networks);
    spec->egress_count = from->n_egress;
    spec->egress = record_texts(r, from->n_egress, from->egress);
    spec->agent_count = from->n_agents;
    spec->agents = record_texts(r, from->n_agents, from->agents);
    spec->secret_count = from->n_secrets;
    spec->secrets = record_texts(r, from->n_secrets, from->secrets);
    spec->package_count = from->n_packages;
    spec->packages = record_texts(r, from->n_packages, from->packages);
    return spec;
}

static void fill_identity(record *r, boxd_box_info *info, const BoxdPb__GetVmResponse *vm)
{
    info->id = record_text(r, vm->vm_id);
    info->name = record_text(r, vm->name);
    info->image = record_text(r, vm->image_ref);
    info->public_ip = record_text(r, vm->public_ip);
    info->status = record_text(r, vm->status);
    info->restart_policy = record_text(r, vm->restart_policy);
    info->access_domain = record_text(r, vm->access_domain);
    info->org = record_text(r, vm->org);
    info->org_id = record_text(r, vm->org_id);
    info->billing_org = record_text(r, vm->billing_org);
    info->billing_org_id = record_text(r, vm->billing_org_id);
    info->created_by = record_text(r, vm->created_by);
    info->created_by_name = record_text(r, vm->created_by_name);
    info->source = record_text(r, vm->source);
    if (vm->source_info) {
        info->source_kind = record_text(r, vm->source_info->kind);
        info->source_name = record_text(r, vm->source_info->name);
        info->source_id = record_text(r, vm->source_info->id);
        info->source_version = vm->source_info->version;
    }
}

static void fill_numbers(boxd_box_info *info, const BoxdPb__GetVmResponse *vm)
{
    info->disk_bytes = vm->disk_bytes;
    info->has_disk_bytes = vm->disk_bytes != 0;
    info->auto_suspend_timeout_s = vm->auto_suspend_timeout_secs;
    info->auto_hibernate_timeout_s = vm->auto_hibernate_timeout_secs;
    info->auto_destroy_timeout_s = vm->auto_destroy_timeout_secs;
    info->boot_time_ms = vm->boot_time_ms > 0 ? vm->boot_time_ms : 0;
    info->has_boot_time_ms = vm->boot_time_ms > 0;
    info->vcpu = vm->vcpu;
    info->memory_bytes = vm->memory_bytes;
    info->ssh_port = vm->ssh_port;
    info->created_at_ms = record_ms(vm->created_at);
    info->hibernated_at_ms = vm->hibernated_at_ms;
    info->last_connected_at_ms = vm->last_connected_ms;
    info->delete_at_ms = vm->delete_at_ms;
}

static void fill_settings(record *r, boxd_box_info *info, const BoxdPb__GetVmResponse *vm)
{
    info->delete_after_cron = record_text(r, vm->delete_after_cron);
    info->isolated = vm->isolated;
    info->idle_ignore_outbound = vm->idle_ignore_outbound;
    info->bot_protection = vm->bot_protection;
    info->bot_protection_mode = record_text(r, vm->bot_protection_mode);
    info->label_count = vm->n_labels;
    info->labels =
        pairs_read(r, &boxd_pb__get_vm_response__labels_entry__descriptor, vm->n_labels, vm->labels);
    info->network_count = vm->n_networks;
    info->networks = record_texts(r, vm->n_networks, vm->networks);
    info->egress_count = vm->n_egress_allow;
    info->egress = record_texts(r, vm->n_egress_allow, vm->egress_allow);
    info->domain_count = vm->n_custom_domains;
    info->domains =
        record_items(r, vm->n_custom_domains, sizeof(boxd_domain), vm->custom_domains, domain_fill);
    info->requirement_count = vm->n_requirements;
    info->requirements = record_items(r, vm->n_requirements, sizeof(boxd_machine_requirement),
                                      vm->requirements, fill_requirement);
    info->package_count = vm->n_packages;
    info->packages =
        record_items(r, vm->n_packages, sizeof(boxd_machine_package), vm->packages, fill_package);
    info->spec = read_spec(r, vm->spec);
    info->created_spec = read_spec(r, vm->created_spec);
}

void box_info_listed(record *r, void *to, const void *from)
{
    boxd_box_info *info = to;
    const BoxdPb__GetVmResponse *vm = from;
    fill_identity(r, info, vm);
    fill_numbers(info, vm);
    fill_settings(r, info, vm);
    info->has_auto_suspend_timeout_s = vm->auto_suspend_timeout_secs != 0;
}

void box_info_got(record *r, void *to, const void *from)
{
    box_info_listed(r, to, from);
    ((boxd_box_info *)to)->has_auto_suspend_timeout_s = true;
}
