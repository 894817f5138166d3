/*
 * spec_wire.c: converts machine specs between messages and JSON. Core thread only.
 */
#include <string.h>

#include "machine/spec.h"

json_t *spec_map(char *const *pairs)
{
    json_t *map = json_object();
    for (; pairs != NULL && *pairs != NULL; pairs += 2) {
        if (json_object_set_new(map, pairs[0], json_string(pairs[1])) != 0) {
            json_decref(map);
            return NULL;
        }
    }
    return map;
}

json_t *spec_list(char *const *strings)
{
    json_t *list = json_array();
    for (; strings != NULL && *strings != NULL; strings++) {
        if (json_array_append_new(list, json_string(*strings)) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

char **spec_pairs(const json_t *map)
{
    const char *key;
    json_t *value;
    size_t count = 0;
    char **pairs = xcalloc(2 * json_object_size(map) + 1, sizeof *pairs);
    json_object_foreach((json_t *)map, key, value)
    {
        pairs[count++] = xstrdup(key);
        pairs[count++] = xstrdup(json_string_value(value));
    }
    return pairs;
}

char **spec_strings(const json_t *list)
{
    size_t count = json_array_size(list);
    char **strings = xcalloc(count + 1, sizeof *strings);
    for (size_t i = 0; i < count; i++)
        strings[i] = xstrdup(json_string_value(json_array_get(list, i)));
    return strings;
}

/* ---- from the message ---- */

static json_t *read_map(size_t count, const void *entries)
{
    char **pairs = pairs_copy(count, entries);
    json_t *map = spec_map(pairs);
    strings_free(pairs);
    return map;
}

static json_t *read_list(size_t count, const char *const *strings)
{
    char **copy = strings_copy(count, strings);
    json_t *list = spec_list(copy);
    strings_free(copy);
    return list;
}

static json_t *read_base(const BoxdPb__MachineSpecBase *base)
{
    if (base == NULL || base->kind_case == BOXD_PB__MACHINE_SPEC_BASE__KIND__NOT_SET)
        return json_null();
    bool team = base->kind_case == BOXD_PB__MACHINE_SPEC_BASE__KIND_TEAM;
    const char *name = team ? base->team : base->snapshot;
    return json_pack("{s: s}", team ? "team" : "snapshot", name);
}

json_t *spec_read(const BoxdPb__MachineSpec *m)
{
    json_t *spec = json_object();
    int bad = json_object_set_new(spec, "version", json_integer(m->version));
    bad |= json_object_set_new(spec, "base", read_base(m->base));
    bad |= json_object_set_new(spec, "size", json_string(m->size));
    bad |= json_object_set_new(spec, "assignTo", json_string(m->assign_to));
    bad |= json_object_set_new(spec, "labels", read_map(m->n_labels, m->labels));
    bad |= json_object_set_new(spec, "networks", read_list(m->n_networks, m->networks));
    bad |= json_object_set_new(spec, "isolated", json_boolean(m->isolated));
    bad |= json_object_set_new(spec, "egress", read_list(m->n_egress, m->egress));
    bad |= json_object_set_new(spec, "env", read_map(m->n_env, m->env));
    bad |= json_object_set_new(spec, "secrets", read_list(m->n_secrets, m->secrets));
    bad |= json_object_set_new(spec, "connections", read_map(m->n_connections, m->connections));
    bad |= json_object_set_new(spec, "agents", read_list(m->n_agents, m->agents));
    bad |= json_object_set_new(spec, "packages", read_list(m->n_packages, m->packages));
    if (bad == 0)
        return spec;
    json_decref(spec);
    return NULL;
}

/* ---- to the message ---- */

static const char *text(arena *memory, const json_t *spec, const char *name)
{
    const char *value = json_string_value(json_object_get(spec, name));
    return value ? arena_strdup(memory, value) : "";
}

static void *map(arena *memory, const json_t *spec, const char *name, const ProtobufCMessageDescriptor *entry,
                 size_t *count)
{
    char **pairs = spec_pairs(json_object_get(spec, name));
    void *entries = pairs_to_reply(memory, entry, pairs, count);
    strings_free(pairs);
    return entries;
}

static const char **list(arena *memory, const json_t *spec, const char *name, size_t *count)
{
    char **strings = spec_strings(json_object_get(spec, name));
    const char **copy = strings_to_reply(memory, strings, count);
    strings_free(strings);
    return copy;
}

static BoxdPb__MachineSpecBase *base_of(arena *memory, const json_t *base)
{
    if (json_object_size(base) == 0)
        return NULL;
    BoxdPb__MachineSpecBase *out = message_new(memory, &boxd_pb__machine_spec_base__descriptor);
    bool team = json_object_get(base, "team") != NULL;
    out->kind_case = team ? BOXD_PB__MACHINE_SPEC_BASE__KIND_TEAM : BOXD_PB__MACHINE_SPEC_BASE__KIND_SNAPSHOT;
    if (team)
        out->team = text(memory, base, "team");
    else
        out->snapshot = text(memory, base, "snapshot");
    return out;
}

BoxdPb__MachineSpec *spec_message(arena *a, const json_t *spec)
{
    BoxdPb__MachineSpec *m = message_new(a, &boxd_pb__machine_spec__descriptor);
    m->version = (uint32_t)json_integer_value(json_object_get(spec, "version"));
    m->base = base_of(a, json_object_get(spec, "base"));
    m->size = text(a, spec, "size");
    m->assign_to = text(a, spec, "assignTo");
    m->labels = map(a, spec, "labels", &boxd_pb__machine_spec__labels_entry__descriptor, &m->n_labels);
    m->networks = list(a, spec, "networks", &m->n_networks);
    m->isolated = json_is_true(json_object_get(spec, "isolated"));
    m->egress = list(a, spec, "egress", &m->n_egress);
    m->env = map(a, spec, "env", &boxd_pb__machine_spec__env_entry__descriptor, &m->n_env);
    m->secrets = list(a, spec, "secrets", &m->n_secrets);
    m->connections =
        map(a, spec, "connections", &boxd_pb__machine_spec__connections_entry__descriptor, &m->n_connections);
    m->agents = list(a, spec, "agents", &m->n_agents);
    m->packages = list(a, spec, "packages", &m->n_packages);
    return m;
}
