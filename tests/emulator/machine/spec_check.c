/*
 * spec_check.c: the rules for machine specs. Core thread only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auth.h"
#include "machine/spec.h"

enum { MAX_ENV_BYTES = 64 * 1024 };

const spec_field spec_fields[SPEC_FIELDS] = {
    {"version", SPEC_NUMBER, 0, 0, "refused"},
    {"base", SPEC_BASE, 0, 0, "refused"},
    {"size", SPEC_TEXT, 0, 0, "reboot"},
    {"assignTo", SPEC_TEXT, 0, 0, "refused"},
    {"labels", SPEC_MAP, 64, 256, "live"},
    {"networks", SPEC_LIST, 16, 63, "live"},
    {"isolated", SPEC_FLAG, 0, 0, "refused"},
    {"egress", SPEC_LIST, 256, 253, "live"},
    {"env", SPEC_MAP, 128, 32768, "reboot_recommended"},
    {"secrets", SPEC_LIST, 64, 256, "reboot_recommended"},
    {"connections", SPEC_MAP, 64, 256, "live"},
    {"agents", SPEC_LIST, 64, 256, "live"},
    {"packages", SPEC_LIST, 50, 4096, "live"},
};

int spec_error(call *c, int code, const char *field, const char *format, ...)
{
    char why[400];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(why, sizeof why, format, args);
    va_end(args);
    return call_error(c, code, "spec.%.40s: %s", field, why);
}

/* ---- syntax: the same for all fields of a kind ---- */

static int check_string(call *c, const spec_field *f, const json_t *value)
{
    if (!json_is_string(value))
        return spec_error(c, GRPC_STATUS_INVALID_ARGUMENT, f->name, "must contain only strings");
    if (json_string_length(value) > f->max_bytes)
        return spec_error(c, GRPC_STATUS_INVALID_ARGUMENT, f->name, "at most %zu bytes each (got %zu)",
                          f->max_bytes, json_string_length(value));
    return 0;
}

static int check_count(call *c, const spec_field *f, size_t count, size_t max)
{
    if (count <= max)
        return 0;
    return spec_error(c, GRPC_STATUS_INVALID_ARGUMENT, f->name, "at most %zu entries (got %zu)", max, count);
}

static int check_map(call *c, const spec_field *f, json_t *map)
{
    const char *key;
    json_t *value;
    int code = check_count(c, f, json_object_size(map), f->max_entries);
    json_object_foreach(map, key, value)
    {
        if (code == 0)
            code = check_string(c, f, value);
    }
    return code;
}

/* Removes duplicates, of which the number is limited too. */
static int check_list(call *c, const spec_field *f, json_t *list)
{
    int too_long = check_count(c, f, json_array_size(list), 4 * f->max_entries);
    if (too_long != 0)
        return too_long;
    for (size_t i = 0; i < json_array_size(list);) {
        const json_t *value = json_array_get(list, i);
        int code = check_string(c, f, value);
        if (code != 0)
            return code;
        if (json_string_length(value) == 0)
            return spec_error(c, GRPC_STATUS_INVALID_ARGUMENT, f->name, "an entry is empty");
        size_t first = 0;
        while (!json_equal(json_array_get(list, first), value))
            first++;
        if (first < i)
            json_array_remove(list, i);
        else
            i++;
    }
    return check_count(c, f, json_array_size(list), f->max_entries);
}

static bool has_kind(const spec_field *f, const json_t *value)
{
    switch (f->kind) {
    case SPEC_NUMBER:
        return json_is_integer(value);
    case SPEC_TEXT:
        return json_is_string(value);
    case SPEC_FLAG:
        return json_is_boolean(value);
    case SPEC_LIST:
        return json_is_array(value);
    default:
        return json_is_object(value);
    }
}

static bool is_empty(const json_t *value)
{
    return json_is_null(value) || json_is_false(value) ||
           (json_is_string(value) && json_string_length(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0) ||
           (json_is_array(value) && json_array_size(value) == 0);
}

static int check_syntax(call *c, const spec_field *f, json_t *spec)
{
    json_t *value = json_object_get(spec, f->name);
    if (value == NULL || is_empty(value)) {
        (void)json_object_del(spec, f->name);
        return 0;
    }
    if (!has_kind(f, value))
        return spec_error(c, GRPC_STATUS_INVALID_ARGUMENT, f->name, "the value has the wrong type");
    if (f->kind == SPEC_MAP)
        return check_map(c, f, value);
    return f->kind == SPEC_LIST ? check_list(c, f, value) : 0;
}

static int check_names(call *c, json_t *spec)
{
    const char *key;
    json_t *value;
    json_object_foreach(spec, key, value)
    {
        size_t i = 0;
        while (i < SPEC_FIELDS && strcmp(spec_fields[i].name, key) != 0)
            i++;
        if (i == SPEC_FIELDS)
            return spec_error(c, GRPC_STATUS_INVALID_ARGUMENT, key, "unknown field");
    }
    return 0;
}

/* ---- semantics ---- */

static int check_version(call *c, json_t *spec)
{
    json_int_t version = json_integer_value(json_object_get(spec, "version"));
    if (version > 1 || version < 0)
        return spec_error(c, GRPC_STATUS_INVALID_ARGUMENT, "version", "only version 1 is supported");
    return json_object_set_new(spec, "version", json_integer(1));
}

static int check_base(call *c, json_t *spec)
{
    const json_t *base = json_object_get(spec, "base");
    const json_t *team = json_object_get(base, "team"), *snapshot = json_object_get(base, "snapshot");
    if (base == NULL)
        return 0;
    if (json_object_size(base) != 1 || !json_is_string(team ? team : snapshot))
        return spec_error(c, GRPC_STATUS_INVALID_ARGUMENT, "base", "must be either a team or a snapshot");
    if (team != NULL)
        return spec_error(c, GRPC_STATUS_INVALID_ARGUMENT, "base", "no team is named \"%.80s\"",
                          json_string_value(team));
    return 0;
}

static int check_size(call *c, json_t *spec)
{
    const char *name = json_string_value(json_object_get(spec, "size"));
    const machine_size *size = name ? size_parse(name) : NULL;
    if (name == NULL)
        return 0;
    if (size == NULL)
        return spec_error(c, GRPC_STATUS_INVALID_ARGUMENT, "size", "invalid size: the sizes are " SIZE_NAMES);
    char canonical[SIZE_NAME_BYTES];
    size_name(size->vcpu, size->memory_bytes, canonical);
    return json_object_set_new(spec, "size", json_string(canonical));
}

/* The emulator has one user, whose own id has no effect. */
static int check_assign_to(call *c, json_t *spec)
{
    const char *user = json_string_value(json_object_get(spec, "assignTo"));
    if (user != NULL && strcmp(user, AUTH_USER_ID) != 0)
        return spec_error(c, GRPC_STATUS_INVALID_ARGUMENT, "assignTo",
                          "\"%.80s\" is not a member of the organisation", user);
    (void)json_object_del(spec, "assignTo");
    return 0;
}

static int check_labels(call *c, json_t *spec)
{
    char **labels = spec_pairs(json_object_get(spec, "labels"));
    int code = labels_check(c, labels);
    strings_free(labels);
    if (code == 0)
        return 0;
    char why[sizeof c->error];
    (void)snprintf(why, sizeof why, "%s", c->error);
    return spec_error(c, code, "labels", "%s", why);
}

static int check_env(call *c, json_t *spec)
{
    const char *key;
    json_t *value;
    size_t size = 0;
    json_object_foreach(json_object_get(spec, "env"), key, value)
    {
        size += json_string_length(value);
        if (!env_name_valid(key))
            return spec_error(c, GRPC_STATUS_INVALID_ARGUMENT, "env",
                              "\"%.80s\" is not a valid variable name", key);
    }
    if (size > MAX_ENV_BYTES)
        return spec_error(c, GRPC_STATUS_INVALID_ARGUMENT, "env", "at most %d bytes in all (got %zu)",
                          MAX_ENV_BYTES, size);
    return 0;
}

/* The emulator has no secrets, so every name is unknown. */
static int check_secrets(call *c, json_t *spec)
{
    const char *name = json_string_value(json_array_get(json_object_get(spec, "secrets"), 0));
    if (name == NULL)
        return 0;
    if (json_object_get(json_object_get(spec, "env"), name) != NULL)
        return spec_error(c, GRPC_STATUS_INVALID_ARGUMENT, "secrets", "\"%.80s\" is also in env", name);
    return spec_error(c, GRPC_STATUS_INVALID_ARGUMENT, "secrets", "no secret is named \"%.80s\"", name);
}

static int check_connections(call *c, json_t *spec)
{
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(spec, "connections"), key, value)
    {
        const char *scope = json_string_value(value);
        bool shared = strncmp(scope, "shared:", 7) == 0 && scope[7] != '\0';
        if (!shared && strcmp(scope, "personal") != 0)
            return spec_error(c, GRPC_STATUS_INVALID_ARGUMENT, "connections",
                              "%.80s must be \"personal\" or \"shared:TAG\"", key);
    }
    return 0;
}

int spec_check(call *c, json_t *spec)
{
    static int (*const semantic_checks[])(call *, json_t *) = {check_version,   check_base,       check_size,
                                                               check_assign_to, check_labels,     check_env,
                                                               check_secrets,   check_connections};
    if (json_dumpb(spec, NULL, 0, JSON_COMPACT) > SPEC_MAX_BYTES)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "spec: at most %d bytes of JSON", SPEC_MAX_BYTES);
    int code = check_names(c, spec);
    for (size_t i = 0; i < SPEC_FIELDS && code == 0; i++)
        code = check_syntax(c, &spec_fields[i], spec);
    for (size_t i = 0; i < count_of(semantic_checks) && code == 0; i++)
        code = semantic_checks[i](c, spec);
    return code;
}

int spec_request(call *c, const BoxdPb__MachineSpec *message, const spec_other_fields *other, json_t **out)
{
    const BoxdPb__VmConfig *config = other->config;
    if (other->image || other->env || other->networks || other->isolated || other->labels ||
        (config != NULL && (config->vcpu != 0 || config->memory_bytes != 0)))
        return call_error(
            c, GRPC_STATUS_INVALID_ARGUMENT,
            "a request with a spec must not set image, env, networks, isolated, labels or size");
    if (protobuf_c_message_get_packed_size(&message->message) >
        (size_t)2 * SPEC_MAX_BYTES) /* before it is copied */
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "spec: at most %d bytes of JSON", SPEC_MAX_BYTES);
    json_t *spec = spec_read(message);
    int code = spec ? spec_check(c, spec) : call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "spec: not UTF-8");
    if (code == 0)
        *out = spec;
    else
        json_decref(spec);
    return code;
}
