/*
 * machines.c: the registry of machines: by id, by name, in order of creation; the settings of a new machine.
 * Core thread only.
 */
#include "machine/machines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/spec.h"
#include "rpc/generation.h"

machine_options machine_settings = {
    .max_machines = 20000, .silent_death = true, .domain = "boxd.sh", .endpoint = ""};

/* The values of a machine whose request leaves them out. */
static const uint32_t default_auto_suspend_secs = 300;
static const uint64_t default_disk_bytes = (uint64_t)100 << 30;

enum { FIRST_SSH_PORT = 30000, SSH_PORTS = 30000 };

static strmap by_id, by_name;
static machine registry = {.next = &registry, .prev = &registry};
static size_t machine_count, image_count;
static uint32_t next_address;
static const machine_extension *const no_extensions[] = {NULL};
static const machine_extension *const *extensions = no_extensions;

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

void machines_set_extensions(const machine_extension *const *list)
{
    extensions = list;
}

const machine_extension *const *machines_extensions(void)
{
    return extensions;
}

void machines_destroy(void)
{
    for (const machine_extension *const *x = extensions; *x != NULL; x++) {
        if ((*x)->shutdown != NULL)
            (*x)->shutdown();
    }
    strmap_clear(&by_id);
    strmap_clear(&by_name);
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

machine *machine_peek(call *c, const char *id_or_name)
{
    machine *m = strmap_get(&by_id, id_or_name, strlen(id_or_name));
    if (m == NULL && generation_served != GENERATION_0_1)
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

machine *machine_find_id_or_name(call *c, const char *id_or_name)
{
    machine *m = strmap_get(&by_name, id_or_name, strlen(id_or_name));
    return machine_find(c, m ? m->id : id_or_name);
}

bool machine_is_fork(const machine *m)
{
    return m->source_kind != NULL && strcmp(m->source_kind, "fork") == 0;
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
    for (const machine_extension *const *x = extensions; *x != NULL; x++) {
        if ((*x)->freed != NULL)
            (*x)->freed(m);
    }
    packages_free(m);
    json_decref(m->spec);
    json_decref(m->created_spec);
    free(m->image_ref);
    free(m->restart_policy);
    free(m->url);
    free(m->source_name);
    free(m->delete_cron);
    strings_free(m->egress_allow);
    free(m->cmd);
    strings_free(m->env);
    strings_free(m->labels);
    strings_free(m->networks);
    free(m);
}

machine *machine_new_image(const machine *m)
{
    machine *image = xcalloc(1, sizeof *image);
    random_uuid(image->id);
    (void)snprintf(image->name, sizeof image->name, "%s", m->name);
    machine_copy_settings(image, m);
    image->labels = strings_duplicate(m->labels);
    image->egress_allow =
        m->spec ? strings_duplicate(m->egress_allow) : NULL; /* without a spec the image does not keep them */
    packages_inherit(image, m);
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
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT,
                          "\"%.80s\" is not a valid VM name: use 1 to 63 of a-z, 0-9 and -, not beginning or "
                          "ending with -",
                          name);
    if (strmap_get(&by_name, name, strlen(name)) != NULL)
        return call_error(c, GRPC_STATUS_ALREADY_EXISTS, "a VM named \"%s\" already exists", name);
    (void)snprintf(out, 64, "%s", name);
    return 0;
}

machine *machine_create(call *c, const char *name, int *code)
{
    char chosen[64];
    *code = check_name(c, name, chosen);
    if (*code == 0 && machine_count >= machine_settings.max_machines)
        *code = call_error(c, GRPC_STATUS_RESOURCE_EXHAUSTED,
                           "the quota of %llu VMs is used up: destroy a VM or raise the quota",
                           (unsigned long long)machine_settings.max_machines);
    if (*code != 0)
        return NULL;
    machine *m = xcalloc(1, sizeof *m);
    random_uuid(m->id);
    (void)snprintf(m->name, sizeof m->name, "%s", chosen);
    uint32_t address = next_address++;
    (void)snprintf(m->public_ip, sizeof m->public_ip, "10.%u.%u.%u", 64 + (address >> 16 & 63),
                   address >> 8 & 255, address & 255);
    m->url = xprintf("https://%s.%s", m->name, machine_settings.domain);
    m->status = MACHINE_RUNNING;
    m->created_at = wall_ms() / 1000;
    m->vcpu = MACHINE_DEFAULT_VCPU;
    m->memory_bytes = MACHINE_DEFAULT_MEMORY;
    m->disk_bytes = default_disk_bytes;
    m->auto_suspend_secs = default_auto_suspend_secs;
    m->bot_protection = "off";
    m->ssh_port = FIRST_SSH_PORT + address % SSH_PORTS;
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
    m->url = xprintf("https://%s.%s", m->name, machine_settings.domain);
    return 0;
}

void machine_unregister(machine *m)
{
    if (!m->registered)
        return;
    for (const machine_extension *const *x = extensions; *x != NULL; x++) {
        if ((*x)->unregistered != NULL)
            (*x)->unregistered(m);
    }
    idle_stop(m);
    m->registered = false;
    strmap_remove(&by_id, m->id);
    strmap_remove(&by_name, m->name);
    m->prev->next = m->next;
    m->next->prev = m->prev;
    machine_count--;
    machine_unref(m);
}

int machine_check_org(call *c, const char *org)
{
    if (org[0] == '\0' || strcmp(org, MACHINE_ORG) == 0 || strcmp(org, MACHINE_ORG_ID) == 0)
        return 0;
    return call_error(c, GRPC_STATUS_NOT_FOUND, "no organisation is named \"%.80s\"", org);
}
