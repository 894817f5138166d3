#include "machines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "generation.h"
#include "services.h"

machine_settings machines_settings = {.max_machines = 20000, .silent_death = true, .domain = "boxd.sh"};

/* What a machine has whose creator did not say. */
static const uint32_t default_auto_suspend_secs = 300;
static const uint64_t default_disk_bytes = (uint64_t)100 << 30;

static strmap by_id, by_name;
static machine registry = {.next = &registry, .prev = &registry};
static size_t machine_count, image_count;
static uint32_t next_address;

static const char *const status_names[] = {
    [MACHINE_STARTING] = "starting",       [MACHINE_RUNNING] = "running",
    [MACHINE_STOPPING] = "stopping",       [MACHINE_STOPPED] = "stopped",
    [MACHINE_REBOOTING] = "rebooting",     [MACHINE_SUSPENDING] = "suspending",
    [MACHINE_SUSPENDED] = "suspended",     [MACHINE_RESUMING] = "resuming",
    [MACHINE_HIBERNATING] = "hibernating", [MACHINE_HIBERNATED] = "hibernated",
    [MACHINE_WAKING] = "waking",           [MACHINE_FAILED] = "failed",
    [MACHINE_DESTROYING] = "destroying",
};

const char *machine_status_name(machine_status status)
{
    return status_names[status];
}

size_t machines_count(void)
{
    return machine_count + image_count;
}

machine *machines_first(void)
{
    return registry.next != &registry ? registry.next : NULL;
}

machine *machine_next(const machine *m)
{
    return m->next != &registry ? m->next : NULL;
}

void machines_destroy(void)
{
    networks_destroy();
    domains_destroy();
    disks_destroy();
    templates_destroy();
    strmap_clear(&by_id);
    strmap_clear(&by_name);
}

char **copy_strings(size_t count, const char *const *strings)
{
    char **copy = xcalloc(count + 1, sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = xstrdup(strings[i]);
    return copy;
}

void free_strings(char **strings)
{
    for (char **s = strings; s != NULL && *s != NULL; s++)
        free(*s);
    free(strings);
}

/* All map entries of strings have one shape: key, then value. */
char **machine_labels(size_t count, const ProtobufCMessage *const *entries)
{
    char **labels = xcalloc(count * 2 + 1, sizeof *labels);
    for (size_t i = 0; i < count; i++) {
        const BoxdPb__GetVmResponse__LabelsEntry *entry =
            (const BoxdPb__GetVmResponse__LabelsEntry *)(const void *)entries[i];
        labels[2 * i] = xstrdup(entry->key);
        labels[2 * i + 1] = xstrdup(entry->value);
    }
    return labels;
}

/* ---- registry ---- */

machine *machine_find_id(call *c, const char *id)
{
    machine *m = strmap_get(&by_id, id, strlen(id));
    if (m != NULL)
        m->active_ms = now_ms();
    else
        call_error(c, GRPC_STATUS_NOT_FOUND, "no VM has the id \"%.80s\"", id);
    return m;
}

/* Without taking it for use: who only asks how a machine is does not keep it awake. */
static machine *machine_peek(call *c, const char *id_or_name)
{
    machine *m = strmap_get(&by_id, id_or_name, strlen(id_or_name));
    if (m == NULL && generation_served != GENERATION_0_1_2)
        m = strmap_get(&by_name, id_or_name, strlen(id_or_name));
    if (m == NULL)
        call_error(c, GRPC_STATUS_NOT_FOUND, "VM \"%.80s\" not found", id_or_name);
    return m;
}

machine *machine_find(call *c, const char *id_or_name)
{
    machine *m = machine_peek(c, id_or_name);
    if (m != NULL)
        m->active_ms = now_ms();
    return m;
}

machine *machine_find_any(call *c, const char *id_or_name)
{
    machine *m = strmap_get(&by_name, id_or_name, strlen(id_or_name));
    return machine_find(c, m ? m->id : id_or_name);
}

void machine_ref(machine *m)
{
    m->refs++;
}

void machine_unref(machine *m)
{
    if (--m->refs > 0)
        return;
    if (m->is_image)
        machine_release_image(m);
    else
        machine_free(m);
}

void machine_free(machine *m)
{
    if (m->is_image)
        image_count--;
    main_process_free(m);
    free(m->image_ref);
    free(m->restart_policy);
    free(m->url);
    free(m->source_name);
    free_strings(m->egress_allow);
    free(m->cmd);
    free_strings(m->env);
    free_strings(m->labels);
    free_strings(m->networks);
    free(m);
}

machine *machine_new_image(const machine *m)
{
    machine *image = xcalloc(1, sizeof *image);
    random_uuid(image->id);
    (void)snprintf(image->name, sizeof image->name, "%s", m->name);
    machine_copy_settings(image, m);
    image->is_image = true;
    image->refs = 1;
    image_count++;
    return image;
}

static int check_name(call *c, const char *name, char out[64])
{
    if (name[0] == '\0') {
        do {
            name_generate(out);
        } while (strmap_get(&by_name, out, strlen(out)) != NULL);
        return 0;
    }
    if (!name_valid(name))
        return call_error(
            c, GRPC_STATUS_INVALID_ARGUMENT,
            "\"%.80s\" is no valid VM name: 1 to 63 of a-z, 0-9 and -, a letter first, no - last", name);
    if (strmap_get(&by_name, name, strlen(name)) != NULL)
        return call_error(c, GRPC_STATUS_ALREADY_EXISTS, "a VM named \"%s\" exists already", name);
    (void)snprintf(out, 64, "%s", name);
    return 0;
}

machine *machine_create(call *c, const char *name, int *code)
{
    char chosen[64];
    *code = check_name(c, name, chosen);
    if (*code == 0 && machine_count >= machines_settings.max_machines)
        *code = call_error(c, GRPC_STATUS_RESOURCE_EXHAUSTED,
                           "your plan allows %llu VMs and all are in use: destroy one or raise the quota",
                           (unsigned long long)machines_settings.max_machines);
    if (*code != 0)
        return NULL;
    machine *m = xcalloc(1, sizeof *m);
    random_uuid(m->id);
    (void)snprintf(m->name, sizeof m->name, "%s", chosen);
    uint32_t address = next_address++;
    (void)snprintf(m->public_ip, sizeof m->public_ip, "10.%u.%u.%u", 64 + (address >> 16 & 63),
                   address >> 8 & 255, address & 255);
    m->url = xprintf("https://%s.%s", m->name, machines_settings.domain);
    m->status = MACHINE_RUNNING;
    m->created_at = wall_ms() / 1000;
    m->vcpu = MACHINE_DEFAULT_VCPU;
    m->memory_bytes = MACHINE_DEFAULT_MEMORY;
    m->disk_bytes = default_disk_bytes;
    m->auto_suspend_secs = default_auto_suspend_secs;
    m->refs = 1;
    m->registered = true;
    m->active_ms = now_ms();
    m->changes_end = &m->changes;
    m->prev = registry.prev;
    m->next = &registry;
    registry.prev->next = m;
    registry.prev = m;
    machine_count++;
    strmap_put(&by_id, m->id, m);
    strmap_put(&by_name, m->name, m);
    return m;
}

int machine_set_name(call *c, machine *m, const char *name)
{
    char chosen[64];
    int code = name[0] ? check_name(c, name, chosen)
                       : call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "the new name is empty");
    if (code != 0)
        return code;
    strmap_remove(&by_name, m->name);
    (void)snprintf(m->name, sizeof m->name, "%s", chosen);
    strmap_put(&by_name, m->name, m);
    free(m->url);
    m->url = xprintf("https://%s.%s", m->name, machines_settings.domain);
    return 0;
}

void machine_unregister(machine *m)
{
    domains_forget(m);
    proxies_forget(m);
    ports_forget(m);
    disks_forget(m);
    checkpoints_forget(m);
    idle_forget(m);
    m->registered = false;
    strmap_remove(&by_id, m->id);
    strmap_remove(&by_name, m->name);
    m->prev->next = m->next;
    m->next->prev = m->prev;
    machine_count--;
    machine_unref(m);
}

static void configure_lifecycle(machine *m, const BoxdPb__SrfConfig *srf)
{
    if (srf->auto_destroy_timeout_secs != 0)
        m->auto_destroy_secs = srf->auto_destroy_timeout_secs;
    if (srf->auto_suspend_timeout_secs_presence_case ==
        BOXD_PB__SRF_CONFIG__AUTO_SUSPEND_TIMEOUT_SECS_PRESENCE_AUTO_SUSPEND_TIMEOUT_SECS)
        m->auto_suspend_secs = srf->auto_suspend_timeout_secs;
}

int machine_configure(call *c, machine *m, const BoxdPb__VmConfig *config)
{
    if (config == NULL)
        return 0;
    if (config->vcpu != 0)
        m->vcpu = config->vcpu;
    if (config->memory_bytes != 0)
        m->memory_bytes = config->memory_bytes;
    if (config->disk_bytes != 0)
        m->disk_bytes = config->disk_bytes;
    const BoxdPb__SrfConfig *srf = config->srf;
    if (srf != NULL)
        configure_lifecycle(m, srf);
    return disks_reserve(c, m, config->n_volumes, config->volumes);
}

int machine_check_org(call *c, const char *org)
{
    if (org[0] == '\0' || strcmp(org, MACHINE_ORG) == 0 || strcmp(org, MACHINE_ORG_ID) == 0)
        return 0;
    return call_error(c, GRPC_STATUS_NOT_FOUND, "there is no organisation \"%.80s\"", org);
}

/* ---- CreateVm ---- */

/* One word of a command line as a POSIX shell needs it. */
static char *append_quoted(char *out, const char *word)
{
    *out++ = '\'';
    for (; *word != '\0'; word++) {
        if (*word == '\'') {
            out = stpcpy(out, "'\\''");
        } else {
            *out++ = *word;
        }
    }
    *out++ = '\'';
    *out++ = ' ';
    return out;
}

static char *command_line(size_t count, const char *const *words)
{
    if (count == 0)
        return NULL;
    size_t size = 8;
    for (size_t i = 0; i < count; i++)
        size += strlen(words[i]) * 4 + 3;
    char *line = xmalloc(size), *p = line;
    p = stpcpy(p, "exec ");
    for (size_t i = 0; i < count; i++)
        p = append_quoted(p, words[i]);
    p[-1] = '\0';
    return line;
}

static bool env_name_valid(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    return name[0] != '\0' && (name[0] < '0' || name[0] > '9') && strspn(name, letters) == strlen(name);
}

static int copy_env(call *c, const BoxdPb__CreateVmRequest *request, machine *m)
{
    m->env = xcalloc(request->n_env + 1, sizeof *m->env);
    for (size_t i = 0; i < request->n_env; i++) {
        const BoxdPb__EnvVar *var = request->env[i];
        if (!env_name_valid(var->key))
            return call_error(c, GRPC_STATUS_INVALID_ARGUMENT,
                              "\"%.80s\" is no valid name of an environment variable", var->key);
        m->env[i] = xprintf("%s=%s", var->key, var->value);
    }
    return 0;
}

void machine_fill_created(call *c, const machine *m)
{
    BoxdPb__CreateVmResponse *reply = (BoxdPb__CreateVmResponse *)c->reply;
    reply->vm_id = arena_strdup(&c->memory, m->id);
    reply->name = arena_strdup(&c->memory, m->name);
    reply->public_ip = arena_strdup(&c->memory, m->public_ip);
    reply->url = arena_strdup(&c->memory, m->url);
    reply->image = arena_strdup(&c->memory, m->image_ref);
    reply->status = status_names[m->status];
    reply->boot_time_ms = m->boot_time_ms;
}

static int create_vm(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__CreateVmRequest *request = (const BoxdPb__CreateVmRequest *)message;
    (void)out;
    int code;
    machine *m = machine_create(c, request->name, &code);
    if (m == NULL)
        return code;
    code = machine_check_org(c, request->org);
    if (code == 0)
        code = copy_env(c, request, m);
    m->shared = request->shared;
    m->image_ref = xstrdup(request->image_ref[0] ? request->image_ref : machines_settings.image);
    m->restart_policy = xstrdup(request->restart_policy[0] ? request->restart_policy : "always");
    m->cmd = command_line(request->n_cmd, request->cmd);
    m->networks = copy_strings(request->n_networks, request->networks);
    m->isolated = request->isolated;
    m->labels = machine_labels(request->n_labels, (const ProtobufCMessage *const *)request->labels);
    if (code == 0)
        code = machine_configure(c, m, request->config);
    return machine_launch(c, m, code, NULL, machine_fill_created);
}

/* ---- GetVm, ListVms ---- */

static void fill_labels(call *c, const machine *m, BoxdPb__GetVmResponse *reply)
{
    size_t count = 0;
    while (m->labels != NULL && m->labels[count] != NULL)
        count++;
    count /= 2;
    reply->labels = arena_alloc(&c->memory, count * sizeof(void *));
    for (size_t i = 0; i < count; i++) {
        BoxdPb__GetVmResponse__LabelsEntry *entry = arena_alloc(&c->memory, sizeof *entry);
        boxd_pb__get_vm_response__labels_entry__init(entry);
        entry->key = arena_strdup(&c->memory, m->labels[2 * i]);
        entry->value = arena_strdup(&c->memory, m->labels[2 * i + 1]);
        reply->labels[reply->n_labels++] = entry;
    }
}

/* The record is copied: a late answer must not point into a machine that is gone. */
void machine_fill(call *c, const machine *m, BoxdPb__GetVmResponse *reply)
{
    arena *a = &c->memory;
    reply->vm_id = arena_strdup(a, m->id);
    reply->name = arena_strdup(a, m->name);
    reply->image_ref = arena_strdup(a, m->image_ref);
    reply->public_ip = m->status == MACHINE_STOPPED ? "" : arena_strdup(a, m->public_ip);
    reply->status = status_names[m->status];
    reply->restart_policy = arena_strdup(a, m->restart_policy);
    reply->disk_bytes = m->disk_bytes;
    reply->auto_suspend_timeout_secs = m->auto_suspend_secs;
    reply->access_domain = machines_settings.domain;
    reply->auto_hibernate_timeout_secs = m->auto_hibernate_secs;
    reply->auto_destroy_timeout_secs = m->auto_destroy_secs;
    reply->vcpu = m->vcpu;
    reply->memory_bytes = m->memory_bytes;
    reply->created_at = m->created_at;
    reply->boot_time_ms = (int64_t)m->boot_time_ms;
    reply->last_connected_ms = m->last_connected_ms;
    reply->isolated = m->isolated;
    reply->bot_protection_mode = "off";
    reply->hibernated_at_ms = m->status == MACHINE_HIBERNATED ? m->hibernated_at_ms : 0;
    reply->delete_at_ms = m->delete_at_ms;
    reply->billing_org = MACHINE_ORG;
    reply->billing_org_id = MACHINE_ORG_ID;
    reply->org = m->shared ? MACHINE_ORG : "";
    reply->org_id = m->shared ? MACHINE_ORG_ID : "";
    reply->created_by = "usr_emulator";
    reply->created_by_name = "Emulator User";
    while (m->egress_allow != NULL && m->egress_allow[reply->n_egress_allow] != NULL)
        reply->n_egress_allow++;
    if (m->egress_allow != NULL && reply->n_egress_allow > 0) {
        reply->egress_allow = arena_alloc(a, reply->n_egress_allow * sizeof *reply->egress_allow);
        for (size_t i = 0; i < reply->n_egress_allow; i++)
            reply->egress_allow[i] = arena_strdup(a, m->egress_allow[i]);
    }
    while (m->networks != NULL && m->networks[reply->n_networks] != NULL)
        reply->n_networks++;
    if (m->networks != NULL && reply->n_networks > 0) {
        reply->networks = arena_alloc(a, reply->n_networks * sizeof *reply->networks);
        for (size_t i = 0; i < reply->n_networks; i++)
            reply->networks[i] = arena_strdup(a, m->networks[i]);
    }
    if (m->source_name != NULL) {
        reply->source_info = message_new(a, &boxd_pb__vm_source__descriptor);
        reply->source_info->kind = "snapshot";
        reply->source_info->name = arena_strdup(a, m->source_name);
        reply->source_info->id = arena_strdup(a, m->source_id);
        reply->source_info->version = m->source_version;
        reply->source = reply->source_info->name;
    }
    fill_labels(c, m, reply);
    domains_fill(c, m, reply);
}

static int get_vm(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const machine *m = machine_peek(c, ((const BoxdPb__GetVmRequest *)message)->vm_id);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    machine_fill(c, m, (BoxdPb__GetVmResponse *)out);
    return 0;
}

/* A selector is "key" or "key=value"; all must hold. */
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

static int list_vms(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    BoxdPb__ListVmsResponse *reply = (BoxdPb__ListVmsResponse *)out;
    int code = machine_check_org(c, ((const BoxdPb__ListVmsRequest *)message)->org);
    if (code != 0)
        return code;
    reply->vms = arena_alloc(&c->memory, machine_count * sizeof(void *));
    for (const machine *m = registry.next; m != &registry; m = m->next) {
        if (!selected(m, (const BoxdPb__ListVmsRequest *)message))
            continue;
        BoxdPb__GetVmResponse *row = arena_alloc(&c->memory, sizeof *row);
        boxd_pb__get_vm_response__init(row);
        machine_fill(c, m, row);
        reply->vms[reply->n_vms++] = row;
    }
    return 0;
}

const service_row machine_rows[] = {
    {.rpc = "CreateVm", .unary = create_vm},
    {.rpc = "GetVm", .unary = get_vm},
    {.rpc = "ListVms", .unary = list_vms},
    {NULL, NULL, NULL},
};
