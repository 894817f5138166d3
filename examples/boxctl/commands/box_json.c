/* Converts a box to JSON. Keys end in the unit of the value, as in the library. */
#include "cli/boxctl.h"

#include <string.h>

json_t *labels_json(const boxd_pair *const *items, size_t count)
{
    json_t *object = json_object();
    for (size_t i = 0; i < count; i++)
        json_put(object, items[i]->key, json_text(items[i]->value));
    return object;
}

static json_t *domains(const boxd_domain *const *items, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_text(items[i]->domain));
    return array;
}

/* null for 0: the service did not send this number. */
static json_t *number_or_null(uint64_t number)
{
    return number ? json_number(number) : json_null();
}

json_t *box_json(const boxd_box *box)
{
    const boxd_box_info *info = boxd_box_get_info(box);
    json_t *object = json_object();
    json_put(object, "name", json_text(info->name));
    json_put(object, "id", json_text(info->id));
    json_put(object, "status", json_text(info->status));
    json_put(object, "url", json_text(info->url));
    json_put(object, "image", json_text(info->image));
    json_put(object, "public_ip", json_text(info->public_ip));
    json_put(object, "vcpu", number_or_null(info->vcpu));
    json_put(object, "memory_bytes", number_or_null(info->memory_bytes));
    json_put(object, "disk_bytes", info->has_disk_bytes ? json_number(info->disk_bytes) : json_null());
    json_put(object, "ssh_port", number_or_null(info->ssh_port));
    json_put(object, "created_at_ms", json_time(info->created_at_ms));
    json_put(object, "last_connected_at_ms", json_time(info->last_connected_at_ms));
    json_put(object, "delete_at_ms", json_time(info->delete_at_ms));
    json_put(object, "boot_time_ms",
             info->has_boot_time_ms ? json_number((uint64_t)info->boot_time_ms) : json_null());
    json_put(object, "restart_policy", json_text(info->restart_policy));
    json_put(object, "auto_suspend_timeout_s",
             info->has_auto_suspend_timeout_s ? json_number((uint64_t)info->auto_suspend_timeout_s)
                                              : json_null());
    json_put(object, "auto_hibernate_timeout_s", json_number((uint64_t)info->auto_hibernate_timeout_s));
    json_put(object, "auto_destroy_timeout_s", json_number((uint64_t)info->auto_destroy_timeout_s));
    json_put(object, "forked_from", json_text(info->forked_from));
    json_put(object, "source", json_text(info->source));
    json_put(object, "org", json_text(info->org));
    json_put(object, "created_by",
             json_text(info->created_by_name ? info->created_by_name : info->created_by));
    json_put(object, "isolated", json_boolean(info->isolated));
    json_put(object, "labels", labels_json(info->labels, info->label_count));
    json_put(object, "networks", json_texts(info->networks, info->network_count));
    json_put(object, "egress", json_texts(info->egress, info->egress_count));
    json_put(object, "domains", domains(info->domains, info->domain_count));
    return object;
}

const char *box_label(const boxd_box *box)
{
    const char *name = boxd_box_name(box);
    return name ? name : boxd_box_id(box);
}
