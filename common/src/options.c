#include "options.h"

#include "errors.h"

#include <boxd/compute.h>
#include <boxd/types/api_key.h>
#include <boxd/types/box.h>
#include <boxd/types/checkpoint.h>
#include <boxd/types/exec.h>
#include <boxd/types/file.h>
#include <boxd/types/process.h>
#include <boxd/types/snapshot.h>
#include <boxd/types/template.h>
#include <drukbox/client.h>
#include <drukbox/types/host.h>
#include <drukbox/types/template.h>

#include <string.h>

/* No header of ours will ever add so much: such a size was never set. */
#define MAX_GROWTH 4096

boxd_status options_copy(void *to, size_t size, const void *from, const char *type, boxd_error *error)
{
    memset(to, 0, size);
    memcpy(to, &size, sizeof size);
    if (!from)
        return BOXD_OK;
    size_t given = 0;
    memcpy(&given, from, sizeof given);
    if (given < sizeof given || given > size + MAX_GROWTH)
        return error_set(
            error, BOXD_ERR_INVALID_ARGUMENT,
            "the size of a %s is not set; initialise it with BOXD_SIZED(%s) or BOXD_OPTIONS(%s, ...)", type,
            type, type);
    if (given > size)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "a %s has %zu bytes where this library, version %s, knows %zu: the program was "
                         "compiled with newer "
                         "headers; install the library that belongs to them",
                         type, given, boxd_version(), size);
    memcpy((char *)to + sizeof size, (const char *)from + sizeof size, given - sizeof size);
    return BOXD_OK;
}

boxd_status call_options_copy(boxd_call_options *to, const boxd_call_options *from, bool member,
                              boxd_error *error)
{
    boxd_call_options sized = BOXD_CALL_OPTIONS_INIT;
    if (from) {
        sized = *from;
        if (member && sized.size == 0)
            sized.size = sizeof sized;
    }
    boxd_status status = options_copy(to, sizeof *to, &sized, "boxd_call_options", error);
    if (status == BOXD_OK && to->timeout_ms < BOXD_NO_TIMEOUT)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "timeout_ms is %lld; give milliseconds, 0 for the default or BOXD_NO_TIMEOUT",
                         (long long)to->timeout_ms);
    return status;
}

boxd_status hooks_copy(boxd_hooks *to, const boxd_hooks *from, boxd_error *error)
{
    if (options_copy(to, sizeof *to, from, "boxd_hooks", error) != BOXD_OK)
        return error->status;
    const long level = (long)to->log_level;
    return level >= 0 && level <= BOXD_LOG_DEBUG
               ? BOXD_OK
               : error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                           "log_level is %ld; give one from BOXD_LOG_ERROR to BOXD_LOG_DEBUG, or 0", level);
}

boxd_status dispatch_check(boxd_dispatch_mode mode, boxd_error *error)
{
    return mode == BOXD_DISPATCH_CORE_THREAD || mode == BOXD_DISPATCH_MANUAL
               ? BOXD_OK
               : error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                           "dispatch is %ld; give BOXD_DISPATCH_CORE_THREAD or BOXD_DISPATCH_MANUAL",
                           (long)mode);
}

/* An option struct ends where its last member ends: padding there would be taken for a member of a newer
 * header. */
#define ENDS_WITH(type, last)                                                                                \
    _Static_assert(offsetof(type, last) + sizeof(((type *)0)->last) == sizeof(type),                         \
                   #type " has padding at its end")

/* NOLINTBEGIN(bugprone-sizeof-expression): of pointers, indeed */
ENDS_WITH(boxd_call_options, reserved_);
ENDS_WITH(boxd_compute_options, hooks);
ENDS_WITH(boxd_hooks, reserved_);
ENDS_WITH(boxd_counters, connections);
ENDS_WITH(boxd_box_create_options, reserved_);
ENDS_WITH(boxd_box_fork_options, reserved_);
ENDS_WITH(boxd_box_find_options, reserved_);
ENDS_WITH(boxd_box_wait_until_ready_options, interval_ms);
ENDS_WITH(boxd_checkpoint_wait_until_ready_options, interval_ms);
ENDS_WITH(boxd_box_update_labels_options, reserved_);
ENDS_WITH(boxd_box_set_delete_after_options, cron);
ENDS_WITH(boxd_box_config, reserved_);
ENDS_WITH(boxd_network_config, proxies);
ENDS_WITH(boxd_proxy_entry, reserved_);
ENDS_WITH(boxd_volume, reserved_);
ENDS_WITH(drukbox_secret, auth_prefix);
ENDS_WITH(boxd_exec_options, unread_ms);
ENDS_WITH(boxd_box_stream_logs_options, liveness_ms);
ENDS_WITH(boxd_terminal_options, reserved_);
ENDS_WITH(boxd_file_options, progress_data);
ENDS_WITH(boxd_api_key_create_options, kind);
ENDS_WITH(boxd_template_create_options, config);
ENDS_WITH(boxd_template_create_box_options, config);
ENDS_WITH(boxd_snapshot_create_options, org);
ENDS_WITH(boxd_snapshot_wait_until_ready_options, interval_ms);
ENDS_WITH(boxd_snapshot_create_box_options, reserved_);
ENDS_WITH(drukbox_client_options, hooks);
ENDS_WITH(drukbox_host_create_options, reserved_);
ENDS_WITH(drukbox_host_renew_options, expires_at_ms);
ENDS_WITH(drukbox_template_create_options, label);
/* NOLINTEND(bugprone-sizeof-expression) */
