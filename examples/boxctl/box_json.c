/* A box as JSON. Points in time keep their unit in their name, as in the library. */
#include "boxctl.h"

#include <string.h>

static json_t *pairs(const boxd_pair *const *items, size_t count)
{
    json_t *object = json_object();
    for (size_t i = 0; i < count; i++)
        put(object, items[i]->key, json_text(items[i]->value));
    return object;
}

static json_t *strings(const char *const *items, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_text(items[i]));
    return array;
}

static json_t *domains(const boxd_domain *const *items, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_text(items[i]->domain));
    return array;
}

/* A number that is 0 where it was not sent. */
static json_t *sent(uint64_t number)
{
    return number ? json_number(number) : json_null();
}

json_t *box_json(const boxd_box *box)
{
    const boxd_box_info *info = boxd_box_get_info(box);
    json_t *object = json_object();
    put(object, "name", json_text(info->name));
    put(object, "id", json_text(info->id));
    put(object, "status", json_text(info->status));
    put(object, "url", json_text(info->url));
    put(object, "image", json_text(info->image));
    put(object, "public_ip", json_text(info->public_ip));
    put(object, "vcpu", sent(info->vcpu));
    put(object, "memory_bytes", sent(info->memory_bytes));
    put(object, "disk_bytes", info->has_disk_bytes ? json_number(info->disk_bytes) : json_null());
    put(object, "ssh_port", sent(info->ssh_port));
    put(object, "created_at_ms", json_time(info->created_at_ms));
    put(object, "last_connected_at_ms", json_time(info->last_connected_at_ms));
    put(object, "delete_at_ms", json_time(info->delete_at_ms));
    put(object, "boot_time_ms",
        info->has_boot_time_ms ? json_number((uint64_t)info->boot_time_ms) : json_null());
    put(object, "restart_policy", json_text(info->restart_policy));
    put(object, "auto_suspend_timeout_s",
        info->has_auto_suspend_timeout_s ? json_number((uint64_t)info->auto_suspend_timeout_s) : json_null());
    put(object, "auto_hibernate_timeout_s", json_number((uint64_t)info->auto_hibernate_timeout_s));
    put(object, "auto_destroy_timeout_s", json_number((uint64_t)info->auto_destroy_timeout_s));
    put(object, "forked_from", json_text(info->forked_from));
    put(object, "source", json_text(info->source));
    put(object, "org", json_text(info->org));
    put(object, "created_by", json_text(info->created_by_name ? info->created_by_name : info->created_by));
    put(object, "isolated", json_boolean(info->isolated));
    put(object, "labels", pairs(info->labels, info->label_count));
    put(object, "networks", strings(info->networks, info->network_count));
    put(object, "egress", strings(info->egress, info->egress_count));
    put(object, "domains", domains(info->domains, info->domain_count));
    return object;
}

const char *box_label(const boxd_box *box)
{
    const char *name = boxd_box_name(box);
    return name ? name : boxd_box_id(box);
}
