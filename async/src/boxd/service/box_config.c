/* box_config.c: called by the functions that create a box or a template. Any thread. */
#include "boxd/service/box_config.h"
#include "boxd/client/box_names.h"

#include "boxd/client/number.h"
#include "boxd/client/sizes.h"
#include "errors.h"
#include "mem.h"
#include "names.h"
#include "options.h"

#include <stdio.h>
#include <string.h>

void box_config_name(const char *name, char *subject, size_t size, boxd_error *error)
{
    const bool named = name && *name;
    if (error->status == BOXD_OK && named)
        name_check_label(name, "the box's name", error);
    if (subject && named && error->status == BOXD_OK)
        (void)snprintf(subject, size, "box \"%s\"", name);
    else if (subject)
        (void)snprintf(subject, size, "a box");
}

/* `count` messages of `size` bytes and the list of pointers to them for protobuf-c. */
static boxd_status allocate(size_t count, size_t size, void *items, void *list, boxd_error *error)
{
    char *block = mem_calloc(count, size);
    void **pointers = mem_calloc(count, sizeof *pointers);
    memcpy(items, &block, sizeof block);
    memcpy(list, &pointers, sizeof pointers);
    if (!block || !pointers)
        return error_no_memory(error, "building a box's configuration");
    for (size_t i = 0; i < count; i++)
        pointers[i] = block + i * size;
    return BOXD_OK;
}

static boxd_status build_proxy(BoxdPb__ProxyEntry *message, const boxd_network_config *config, size_t i,
                               boxd_error *error)
{
    boxd_proxy_entry proxy;
    boxd_pb__proxy_entry__init(message);
    if (options_copy_item(&proxy, OPTION_TYPE_RESERVED(boxd_proxy_entry), config->proxies[i], "proxies", i,
                          error) != BOXD_OK ||
        name_check_label(proxy.name, "the proxy's name", error) != BOXD_OK)
        return error->status;
    char what[96];
    (void)snprintf(what, sizeof what, "the port of the proxy \"%s\"", proxy.name);
    if (number_check_port(proxy.port, what, error) != BOXD_OK)
        return error->status;
    message->name = proxy.name;
    message->port = proxy.port;
    return BOXD_OK;
}

static boxd_status build_network(config_message *m, const boxd_network_config *config, boxd_error *error)
{
    boxd_network_config opts;
    if (options_copy(&opts, OPTION_TYPE_RESERVED(boxd_network_config), config, error) != BOXD_OK)
        return error->status;
    if (options_check_list(opts.proxy_count, opts.proxies, "proxies", error) != BOXD_OK)
        return error->status;
    boxd_pb__network_config__init(&m->network);
    m->network.ssh = !opts.no_ssh;
    boxd_status status = allocate(opts.proxy_count, sizeof *m->proxies, &m->proxies, &m->proxy_list, error);
    for (size_t i = 0; status == BOXD_OK && i < opts.proxy_count; i++)
        status = build_proxy(&m->proxies[i], &opts, i, error);
    m->network.n_proxies = opts.proxy_count;
    m->network.proxies = m->proxy_list;
    m->vm.network = &m->network;
    return status;
}

static boxd_status build_volume(BoxdPb__VolumeMount *message, const boxd_box_config *config, size_t i,
                                boxd_error *error)
{
    boxd_volume volume;
    boxd_pb__volume_mount__init(message);
    if (options_copy_item(&volume, OPTION_TYPE_RESERVED(boxd_volume), config->volumes[i], "volumes", i,
                          error) != BOXD_OK ||
        name_check_mount_path(volume.mount_path, "a volume's mount path", error) != BOXD_OK)
        return error->status;
    if (!volume.disk_id || !*volume.disk_id)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "the volume for \"%s\" names no disk; set disk_id",
                         PRINTABLE(volume.mount_path, 200));
    message->disk_id = volume.disk_id;
    message->mount_path = volume.mount_path;
    message->read_only = volume.read_only;
    return BOXD_OK;
}

static boxd_status build_volumes(config_message *m, const boxd_box_config *config, boxd_error *error)
{
    if (options_check_list(config->volume_count, config->volumes, "volumes", error) != BOXD_OK)
        return error->status;
    boxd_status status =
        allocate(config->volume_count, sizeof *m->volumes, &m->volumes, &m->volume_list, error);
    for (size_t i = 0; status == BOXD_OK && i < config->volume_count; i++)
        status = build_volume(&m->volumes[i], config, i, error);
    m->vm.n_volumes = config->volume_count;
    m->vm.volumes = m->volume_list;
    return status;
}

static boxd_status build_lifecycle(config_message *m, const boxd_box_config *config, boxd_error *error)
{
    const int64_t suspend = config->auto_suspend_timeout_s, destroy = config->auto_destroy_timeout_s;
    const uint32_t suspend_s = number_timeout_s(suspend, "auto_suspend_timeout_s", error);
    if (error->status != BOXD_OK)
        return error->status;
    const uint32_t destroy_s = number_timeout_s(destroy, "auto_destroy_timeout_s", error);
    if (error->status != BOXD_OK || (suspend == 0 && destroy == 0))
        return error->status;
    boxd_pb__srf_config__init(&m->lifecycle);
    if (suspend != 0) {
        m->lifecycle.auto_suspend_timeout_secs_presence_case =
            BOXD_PB__SRF_CONFIG__AUTO_SUSPEND_TIMEOUT_SECS_PRESENCE_AUTO_SUSPEND_TIMEOUT_SECS;
        m->lifecycle.auto_suspend_timeout_secs = suspend_s;
    }
    m->lifecycle.auto_destroy_timeout_secs = destroy_s;
    m->vm.srf = &m->lifecycle;
    return BOXD_OK;
}

static boxd_status check_policy(const char *policy, boxd_error *error)
{
    char shown[64];
    if (!policy || !*policy || strcmp(policy, "always") == 0 || strcmp(policy, "never") == 0)
        return BOXD_OK;
    return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                     "restart_policy is \"%s\"; give \"always\" or \"never\"",
                     text_printable(policy, shown, sizeof shown));
}

static boxd_status build_switches(config_message *m, const boxd_box_config *config, boxd_error *error)
{
    switch (config->idle_ignore_outbound) {
    case BOXD_TRISTATE_DEFAULT:
        return BOXD_OK;
    case BOXD_TRISTATE_ON:
    case BOXD_TRISTATE_OFF:
        m->vm.idle_ignore_outbound_presence_case =
            BOXD_PB__VM_CONFIG__IDLE_IGNORE_OUTBOUND_PRESENCE_IDLE_IGNORE_OUTBOUND;
        m->vm.idle_ignore_outbound = config->idle_ignore_outbound == BOXD_TRISTATE_ON;
        return BOXD_OK;
    }
    return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                     "idle_ignore_outbound is %d; give a BOXD_TRISTATE_... constant",
                     (int)config->idle_ignore_outbound);
}

/* The fields that the configurations of all requests have. */
static boxd_status build_vm(config_message *m, const boxd_box_config *opts, boxd_error *error)
{
    boxd_pb__vm_config__init(&m->vm);
    m->vm.vcpu = opts->vcpu;
    if (size_parse(opts->memory, "memory", &m->vm.memory_bytes, error) != BOXD_OK ||
        size_parse(opts->disk, "disk", &m->vm.disk_bytes, error) != BOXD_OK ||
        build_switches(m, opts, error) != BOXD_OK || build_lifecycle(m, opts, error) != BOXD_OK ||
        build_volumes(m, opts, error) != BOXD_OK ||
        (opts->network && build_network(m, opts->network, error) != BOXD_OK))
        return error->status;
    return BOXD_OK;
}

boxd_status box_config_build(config_message *m, const boxd_box_config *config,
                             BoxdPb__CreateVmRequest *message, boxd_error *error)
{
    boxd_box_config opts;
    if (!config)
        return BOXD_OK;
    if (options_copy(&opts, OPTION_TYPE_RESERVED(boxd_box_config), config, error) != BOXD_OK ||
        check_policy(opts.restart_policy, error) != BOXD_OK ||
        pairs_build(&m->env, &boxd_pb__env_var__descriptor, opts.env, name_check_env, error) != BOXD_OK ||
        build_vm(m, &opts, error) != BOXD_OK)
        return error->status;
    message->n_env = m->env.count;
    message->env = m->env.list;
    message->restart_policy = opts.restart_policy && *opts.restart_policy ? opts.restart_policy : "always";
    message->n_cmd = words_count(opts.cmd);
    message->cmd = (const char **)(uintptr_t)opts.cmd; /* protobuf-c does not write through it */
    message->config = &m->vm;
    return BOXD_OK;
}

boxd_status box_config_build_vm(config_message *m, const boxd_box_config *config, BoxdPb__VmConfig **out,
                                boxd_error *error)
{
    boxd_box_config opts;
    if (!config)
        return BOXD_OK;
    if (options_copy(&opts, OPTION_TYPE_RESERVED(boxd_box_config), config, error) != BOXD_OK)
        return error->status;
    if (opts.env || opts.cmd || (opts.restart_policy && *opts.restart_policy))
        return error_set(
            error, BOXD_ERR_INVALID_ARGUMENT,
            "env, cmd and restart_policy cannot be given here: a copy keeps those of its source, and a "
            "template has none; remove them from the configuration");
    if (build_vm(m, &opts, error) == BOXD_OK)
        *out = &m->vm;
    return error->status;
}

void box_config_labels(config_message *m, const ProtobufCMessageDescriptor *entry, const char *const *labels,
                       boxd_error *error)
{
    if (error->status == BOXD_OK)
        pairs_build(&m->labels, entry, labels, name_check_pair, error);
}

void box_config_free(config_message *m)
{
    pairs_free(&m->labels);
    pairs_free(&m->env);
    mem_free(m->proxies);
    mem_free(m->proxy_list);
    mem_free(m->volumes);
    mem_free(m->volume_list);
}
