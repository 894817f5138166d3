/*
 * config.c: VmConfig: what the service refuses in it, and the machine that gets it. Core thread only.
 */
#include <string.h>

#include "machine/machines.h"
#include "rpc/generation.h"

/* The largest size, which is the quota of the account too, and the smallest memory of service 0.1. */
enum { MAX_VCPU = 8 };
static const uint64_t max_memory = (uint64_t)32 << 30, min_memory = (uint64_t)128 << 20;

/* ---- what is refused ---- */

int disk_size_check(call *c, uint64_t size_bytes)
{
    static const uint64_t min = (uint64_t)1 << 20, max = (uint64_t)16 << 40;
    if (size_bytes >= min && size_bytes <= max)
        return 0;
    return call_error(c, GRPC_STATUS_INVALID_ARGUMENT,
                      "invalid disk size of %llu bytes: use 1 MiB to 16 TiB (sizes are in bytes)",
                      (unsigned long long)size_bytes);
}

/* The documents of service 0.1 combine any number of vCPUs with any memory; those of service 0.2 name four
 * sizes. */
static int check_size(call *c, const BoxdPb__VmConfig *config)
{
    if (config->vcpu == 0 && config->memory_bytes == 0)
        return 0;
    bool good = size_find(config->vcpu, config->memory_bytes) != NULL;
    if (generation_served == GENERATION_0_1)
        good = config->vcpu <= MAX_VCPU &&
               (config->memory_bytes == 0 ||
                (config->memory_bytes >= min_memory && config->memory_bytes <= max_memory));
    if (good)
        return 0;
    char vcpu[32] = "", memory[48] = "";
    if (config->vcpu != 0)
        (void)snprintf(vcpu, sizeof vcpu, "%u vCPUs", config->vcpu);
    if (config->memory_bytes != 0)
        (void)snprintf(memory, sizeof memory, "%s%llu bytes of memory", config->vcpu != 0 ? ", " : "",
                       (unsigned long long)config->memory_bytes);
    return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "invalid size (%s%s): the sizes are %s", vcpu, memory,
                      generation_served == GENERATION_0_1 ? "1 to 8 vCPUs and 128 MiB to 32 GiB"
                                                          : SIZE_NAMES);
}

/* Port 0: the service finds the port. */
static int check_proxies(call *c, const BoxdPb__NetworkConfig *network)
{
    for (size_t i = 0; network != NULL && i < network->n_proxies; i++) {
        const BoxdPb__ProxyEntry *proxy = network->proxies[i];
        if (!name_valid(proxy->name) || proxy->port > UINT16_MAX)
            return call_error(
                c, GRPC_STATUS_INVALID_ARGUMENT,
                "the proxy \"%.80s\" with port %u is not valid: use a name of a-z, 0-9 and -, and a "
                "port up to 65535",
                proxy->name, proxy->port);
    }
    return 0;
}

int machine_check_config(call *c, const BoxdPb__VmConfig *config)
{
    int code = config ? check_size(c, config) : 0;
    if (code == 0 && config != NULL && config->disk_bytes != 0)
        code = disk_size_check(c, config->disk_bytes);
    return code == 0 && config != NULL ? check_proxies(c, config->network) : code;
}

/* ---- a machine ---- */

static void configure_lifecycle(machine *m, const BoxdPb__SrfConfig *srf)
{
    if (srf->auto_destroy_timeout_secs != 0)
        m->auto_destroy_secs = srf->auto_destroy_timeout_secs;
    if (srf->auto_suspend_timeout_secs_presence_case ==
        BOXD_PB__SRF_CONFIG__AUTO_SUSPEND_TIMEOUT_SECS_PRESENCE_AUTO_SUSPEND_TIMEOUT_SECS)
        m->auto_suspend_secs = srf->auto_suspend_timeout_secs;
}

/* A field that is left out keeps its value; the four sizes follow from either value. */
static void configure_size(machine *m, const BoxdPb__VmConfig *config)
{
    const machine_size *size = size_find(config->vcpu, config->memory_bytes);
    if (generation_served != GENERATION_0_1 && size != NULL) {
        m->vcpu = size->vcpu;
        m->memory_bytes = size->memory_bytes;
        return;
    }
    m->vcpu = config->vcpu ? config->vcpu : m->vcpu;
    m->memory_bytes = config->memory_bytes ? config->memory_bytes : m->memory_bytes;
}

int machine_configure(call *c, machine *m, const BoxdPb__VmConfig *config)
{
    int code = machine_check_config(c, config);
    if (code != 0 || config == NULL)
        return code;
    if (config->disk_bytes != 0)
        m->disk_bytes = config->disk_bytes;
    if (config->srf != NULL)
        configure_lifecycle(m, config->srf);
    if (config->network != NULL && !config->network->ssh)
        m->ssh_port = 0;
    if (config->idle_ignore_outbound_presence_case ==
        BOXD_PB__VM_CONFIG__IDLE_IGNORE_OUTBOUND_PRESENCE_IDLE_IGNORE_OUTBOUND)
        m->idle_ignore_outbound = config->idle_ignore_outbound;
    configure_size(m, config);
    for (const machine_extension *const *x = machines_extensions(); *x != NULL && code == 0; x++) {
        if ((*x)->configure != NULL)
            code = (*x)->configure(c, m, config);
    }
    return code;
}
