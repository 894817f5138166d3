/*
 * spec.c: the spec of a machine: its current value, merging, and applying it. Core thread only.
 */
#include "machine/spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *spec_snapshot(const json_t *spec)
{
    return json_string_value(json_object_get(json_object_get(spec, "base"), "snapshot"));
}

/* Sets a field, or removes it if the value is empty. */
static void put(json_t *spec, const char *name, json_t *value, size_t size)
{
    if (size > 0)
        (void)json_object_set_new(spec, name, value);
    else
        (void)json_object_del(spec, name);
    if (size == 0)
        json_decref(value);
}

json_t *spec_current(const machine *m)
{
    json_t *spec = m->spec ? json_copy(m->spec) : json_pack("{s: i}", "version", 1);
    put(spec, "labels", spec_map(m->labels), strings_count(m->labels));
    put(spec, "networks", spec_list(m->networks), strings_count(m->networks));
    put(spec, "egress", spec_list(m->egress_allow), strings_count(m->egress_allow));
    char size[SIZE_NAME_BYTES];
    size_name(m->vcpu, m->memory_bytes, size);
    if (json_object_get(spec, "size") != NULL || (m->spec != NULL && m->resized))
        (void)json_object_set_new(spec, "size", json_string(size));
    return spec;
}

void spec_record_created(machine *m)
{
    m->created_spec = m->spec ? spec_current(m) : NULL;
}

/* ---- merging: later map entries take precedence, lists are joined, other fields must not differ ---- */

static void join(json_t *first, const json_t *second)
{
    for (size_t i = 0; i < json_array_size(second); i++) {
        json_t *value = json_array_get(second, i);
        size_t at = 0;
        while (at < json_array_size(first) && !json_equal(json_array_get(first, at), value))
            at++;
        if (at == json_array_size(first))
            (void)json_array_append(first, value);
    }
}

json_t *spec_merge(call *c, const json_t *first, const json_t *second, int *code)
{
    const char *name;
    json_t *value, *merged = json_deep_copy(first);
    *code = 0;
    json_object_foreach((json_t *)second, name, value)
    {
        json_t *old = json_object_get(merged, name);
        bool is_base = strcmp(name, "base") == 0; /* the base of the snapshot itself no longer matters */
        if (old == NULL || is_base)
            (void)json_object_set(merged, name, value);
        else if (json_is_object(old))
            (void)json_object_update(old, value);
        else if (json_is_array(old))
            join(old, value);
        else if (!json_equal(old, value))
            *code = spec_error(c, GRPC_STATUS_INVALID_ARGUMENT, name, "differs from the snapshot");
    }
    if (*code == 0)
        *code = spec_check(c, merged); /* joined lists may be too long */
    if (*code == 0)
        return merged;
    json_decref(merged);
    return NULL;
}

/* ---- applying a spec ---- */

static bool names_variable(const json_t *env, const char *assignment)
{
    char *name = xstrndup(assignment, strcspn(assignment, "="));
    bool found = json_object_get(env, name) != NULL;
    free(name);
    return found;
}

/* Replaces the variables of the old spec and keeps those from elsewhere. */
static void apply_env(machine *m, const json_t *old, const json_t *env)
{
    const char *name;
    json_t *value;
    size_t count = 0;
    char **merged = xcalloc(strings_count(m->env) + json_object_size(env) + 1, sizeof *merged);
    for (char **now = m->env; now != NULL && *now != NULL; now++) {
        if (!names_variable(old, *now) && !names_variable(env, *now))
            merged[count++] = xstrdup(*now);
    }
    json_object_foreach((json_t *)env, name, value) merged[count++] =
        xprintf("%s=%s", name, json_string_value(value));
    strings_free(m->env);
    m->env = merged;
}

void spec_apply(machine *m, json_t *spec)
{
    const machine_size *size = NULL;
    apply_env(m, json_object_get(m->spec, "env"), json_object_get(spec, "env"));
    json_decref(m->spec);
    m->spec = spec;
    strings_free(m->labels);
    strings_free(m->networks);
    strings_free(m->egress_allow);
    m->labels = spec_pairs(json_object_get(spec, "labels"));
    m->networks = spec_strings(json_object_get(spec, "networks"));
    m->egress_allow = spec_strings(json_object_get(spec, "egress"));
    m->isolated = m->isolated || json_is_true(json_object_get(spec, "isolated"));
    const char *name = json_string_value(json_object_get(spec, "size"));
    if (name != NULL)
        size = size_parse(name);
    if (size != NULL) {
        m->vcpu = size->vcpu;
        m->memory_bytes = size->memory_bytes;
    }
    char **commands = spec_strings(json_object_get(spec, "packages"));
    packages_set(m, commands);
    strings_free(commands);
}

/* ---- GetVm ---- */

/* The emulator has no integrations, so every requirement is unmet. `reason` explains a requirement that
 * cannot be met at all.
 */
static BoxdPb__MachineRequirement *requirement(call *c, const machine *m, const char *kind, const char *name,
                                               const char *scope)
{
    BoxdPb__MachineRequirement *r = message_new(&c->memory, &boxd_pb__machine_requirement__descriptor);
    bool shared = strncmp(scope, "shared:", 7) == 0;
    r->kind = kind;
    r->name = arena_strdup(&c->memory, name);
    r->scope = shared ? "shared" : "personal";
    r->tag = shared ? arena_strdup(&c->memory, scope + 7) : "";
    if (m->isolated)
        r->reason = "an isolated machine gets no integrations";
    else if (m->shared && !shared)
        r->reason = "a shared machine gets no personal connection or login";
    r->can_fix = r->reason[0] == '\0';
    return r;
}

static void fill_requirements(call *c, const machine *m, BoxdPb__GetVmResponse *reply)
{
    const char *name;
    json_t *scope;
    json_t *connections = json_object_get(m->spec, "connections");
    const json_t *agents = json_object_get(m->spec, "agents");
    size_t count = json_object_size(connections) + json_array_size(agents);
    reply->requirements = arena_alloc(&c->memory, count * sizeof(void *));
    json_object_foreach(connections, name, scope) reply->requirements[reply->n_requirements++] =
        requirement(c, m, "connection", name, json_string_value(scope));
    for (size_t i = 0; i < json_array_size(agents); i++)
        reply->requirements[reply->n_requirements++] =
            requirement(c, m, "agent", json_string_value(json_array_get(agents, i)), "personal");
}

void spec_fill(call *c, const machine *m, BoxdPb__GetVmResponse *reply)
{
    if (m->spec == NULL)
        return;
    json_t *now = spec_current(m);
    reply->spec = spec_message(&c->memory, now);
    json_decref(now);
    reply->created_spec = spec_message(&c->memory, m->created_spec);
    fill_requirements(c, m, reply);
    packages_fill(c, m, reply);
}
