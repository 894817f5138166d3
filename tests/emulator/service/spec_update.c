/*
 * spec_update.c: UpdateMachineSpec: applies a JSON merge patch to a machine's spec and reports the
 * differences. Core thread only.
 */
#include <stdlib.h>
#include <string.h>

#include "machine/spec.h"
#include "service/service.h"

typedef struct {
    call *c;
    const machine *m;
    const json_t *before, *after;
    BoxdPb__UpdateMachineSpecResponse *reply;
    bool retry;
} update;

typedef struct {
    const char *apply, *note;
} apply_note;

static const apply_note notes[] = {
    {"live", "It takes effect now."},
    {"reboot_recommended", "New shells and commands get it now, running processes when they restart."},
    {"reboot", "The machine reboots to get it."},
    {"refused", "It cannot be changed on this machine as it is."},
};

/* ---- the patch ---- */

static json_t *parse_object(const char *text)
{
    json_t *value = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(value))
        return value;
    json_decref(value);
    return NULL;
}

static void merge_member(json_t *object, const char *key, json_t *value)
{
    if (json_is_null(value))
        (void)json_object_del(object, key);
    else
        (void)json_object_set(object, key, value);
}

/* RFC 7396. A spec is at most two levels deep. */
static json_t *patched(const json_t *spec, json_t *patch)
{
    const char *name, *key;
    json_t *value, *entry, *result = json_deep_copy(spec);
    json_object_foreach(patch, name, value)
    {
        if (!json_is_object(value)) {
            merge_member(result, name, value);
            continue;
        }
        if (!json_is_object(json_object_get(result, name)))
            (void)json_object_set_new(result, name, json_object());
        json_object_foreach(value, key, entry) merge_member(json_object_get(result, name), key, entry);
    }
    return result;
}

/* ---- the differences ---- */

static void push(const char **list, size_t *count, arena *memory, const char *text)
{
    list[(*count)++] = arena_strdup(memory, text);
}

static BoxdPb__MachineSpecChange *new_change(const update *u, const char *field, size_t max_entries)
{
    arena *memory = &u->c->memory;
    BoxdPb__MachineSpecChange *change = message_new(memory, &boxd_pb__machine_spec_change__descriptor);
    const char ***lists[] = {&change->added,    &change->removed, &change->changed,
                             &change->warnings, &change->skipped, &change->unskipped};
    for (size_t i = 0; i < count_of(lists); i++)
        *lists[i] = arena_alloc(memory, (max_entries + 1) * sizeof(char *));
    change->field = field;
    return change;
}

static void compare_maps(const update *u, BoxdPb__MachineSpecChange *change, json_t *before, json_t *after)
{
    const char *key;
    json_t *value;
    json_object_foreach(after, key, value)
    {
        const json_t *old = json_object_get(before, key);
        if (old == NULL)
            push(change->added, &change->n_added, &u->c->memory, key);
        else if (!json_equal(old, value))
            push(change->changed, &change->n_changed, &u->c->memory, key);
    }
    json_object_foreach(before, key, value)
    {
        if (json_object_get(after, key) == NULL)
            push(change->removed, &change->n_removed, &u->c->memory, key);
    }
}

/* Adds the strings of `list` that are not in `other`. */
static void compare_lists(const update *u, const json_t *list, const json_t *other, const char **out,
                          size_t *count)
{
    char **others = spec_strings(other);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (!strings_contain(others, text))
            push(out, count, &u->c->memory, text);
    }
    strings_free(others);
}

static const char *scalar_text(arena *memory, const json_t *value)
{
    if (value == NULL)
        return "";
    if (json_is_string(value))
        return arena_strdup(memory, json_string_value(value));
    char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    const char *copy = arena_strdup(memory, text);
    free(text);
    return copy;
}

static void warn(const update *u, BoxdPb__MachineSpecChange *change, const char *warning)
{
    push(change->warnings, &change->n_warnings, &u->c->memory, warning);
}

/* Adds the removed packages that are skipped, and returns true if a removed one is running. */
static bool compare_removed_packages(const update *u, BoxdPb__MachineSpecChange *change)
{
    bool running = false;
    for (size_t i = 0; i < change->n_removed; i++) {
        const char *state = packages_state(u->m, change->removed[i]);
        running = running || strcmp(state, "running") == 0;
        if (strcmp(state, "done") == 0)
            warn(u, change, "What a removed command did is not undone.");
        else
            push(change->skipped, &change->n_skipped, &u->c->memory, change->removed[i]);
    }
    return running;
}

/* Adds the packages that a retry runs: the first failed one and all after it. */
static void compare_failed_packages(const update *u, BoxdPb__MachineSpecChange *change)
{
    const json_t *listed = json_object_get(u->after, "packages");
    bool failed = false;
    for (size_t i = 0; i < json_array_size(listed); i++) {
        const char *command = json_string_value(json_array_get(listed, i));
        const char *state = packages_state(u->m, command);
        failed = failed || strcmp(state, "failed") == 0;
        if (failed && u->retry && state[0] != '\0')
            push(change->changed, &change->n_changed, &u->c->memory, command);
    }
    if (failed && !u->retry && change->n_added > 0)
        warn(u, change, "Commands after a failed one do not run until it is retried.");
}

/* Returns how the change of the packages is applied to the machine. */
static const char *compare_packages(const update *u, BoxdPb__MachineSpecChange *change)
{
    const bool running = compare_removed_packages(u, change);
    for (size_t i = 0; i < change->n_added; i++) {
        if (strcmp(packages_state(u->m, change->added[i]), "skipped") == 0)
            push(change->unskipped, &change->n_unskipped, &u->c->memory, change->added[i]);
    }
    compare_failed_packages(u, change);
    const bool runs = change->n_added > 0 || change->n_changed > 0;
    return running || (runs && machine_is_fork(u->m)) ? "refused" : "live";
}

static const char *size_apply(const machine *m)
{
    if (m->status == MACHINE_RUNNING)
        return "reboot";
    return m->status == MACHINE_STOPPED ? "live" : "refused";
}

/* Fills the differences, and returns how the change is applied. */
static const char *compare_values(const update *u, const spec_field *f, BoxdPb__MachineSpecChange *change,
                                  json_t *before, json_t *after)
{
    switch (f->kind) {
    case SPEC_MAP:
        compare_maps(u, change, before, after);
        return f->apply;
    case SPEC_LIST:
        compare_lists(u, after, before, change->added, &change->n_added);
        compare_lists(u, before, after, change->removed, &change->n_removed);
        return strcmp(f->name, "packages") == 0 ? compare_packages(u, change) : f->apply;
    default:
        change->before = scalar_text(&u->c->memory, before);
        change->after = scalar_text(&u->c->memory, after);
        return strcmp(f->name, "size") == 0 ? size_apply(u->m) : f->apply;
    }
}

/* NULL: the field does not change. */
static BoxdPb__MachineSpecChange *compare(const update *u, const spec_field *f)
{
    json_t *before = json_object_get(u->before, f->name), *after = json_object_get(u->after, f->name);
    const bool same = before == after || json_equal(before, after);
    if (same && (strcmp(f->name, "packages") != 0 || !u->retry))
        return NULL;
    size_t entries =
        json_object_size(before) + json_object_size(after) + json_array_size(before) + json_array_size(after);
    BoxdPb__MachineSpecChange *change = new_change(u, f->name, entries);
    change->apply = compare_values(u, f, change, before, after);
    if (same && change->n_changed == 0)
        return NULL; /* no package to retry */
    for (size_t i = 0; i < count_of(notes); i++) {
        if (strcmp(notes[i].apply, change->apply) == 0)
            change->note = notes[i].note;
    }
    return change;
}

/* The first refused change, or NULL. */
static const BoxdPb__MachineSpecChange *compare_all(const update *u)
{
    const BoxdPb__MachineSpecChange *refused = NULL;
    BoxdPb__UpdateMachineSpecResponse *reply = u->reply;
    reply->changes = arena_alloc(&u->c->memory, SPEC_FIELDS * sizeof(void *));
    for (size_t i = 0; i < SPEC_FIELDS; i++) {
        BoxdPb__MachineSpecChange *change = compare(u, &spec_fields[i]);
        if (change == NULL)
            continue;
        reply->changes[reply->n_changes++] = change;
        reply->reboot_required = reply->reboot_required || strcmp(change->apply, "reboot") == 0;
        reply->reboot_recommended =
            reply->reboot_recommended || strcmp(change->apply, "reboot_recommended") == 0;
        if (refused == NULL && strcmp(change->apply, "refused") == 0)
            refused = change;
    }
    return refused;
}

/* ---- the change ---- */

/* The rest of the spec is applied by now, also if the reboot failed. */
static void rebooted(void *data, int code, const char *why)
{
    call *c = data;
    BoxdPb__UpdateMachineSpecResponse *reply = (BoxdPb__UpdateMachineSpecResponse *)c->reply;
    reply->rebooted = code == 0;
    reply->resize_error = code ? arena_strdup(&c->memory, why) : "";
    call_complete(c, 0);
    call_unref(c);
}

static int apply(call *c, machine *m, const update *u, bool may_reboot)
{
    if (u->reply->reboot_required && !may_reboot)
        return spec_error(c, GRPC_STATUS_FAILED_PRECONDITION, "size",
                          "the change needs a reboot, which the update does not allow");
    spec_apply(m, json_deep_copy(u->after));
    if (u->retry)
        packages_retry(m);
    packages_start(m);
    u->reply->applied = true;
    if (!u->reply->reboot_required)
        return 0;
    call_ref(c);
    machine_change_start(m, CHANGE_REBOOT, rebooted, c);
    return CALL_LATER;
}

static int update_spec(call *c, machine *m, const json_t *before, json_t *patch)
{
    const BoxdPb__UpdateMachineSpecRequest *request = (const BoxdPb__UpdateMachineSpecRequest *)c->request;
    json_t *after = patched(before, patch);
    int code = spec_check(c, after);
    if (code == 0) {
        update u = {
            c, m, before, after, (BoxdPb__UpdateMachineSpecResponse *)c->reply, request->retry_packages};
        const BoxdPb__MachineSpecChange *refused = compare_all(&u);
        u.reply->spec = spec_message(&c->memory, after);
        if (refused != NULL && !request->dry_run)
            code = spec_error(c, GRPC_STATUS_FAILED_PRECONDITION, refused->field, "%s", refused->note);
        else if (!request->dry_run)
            code = apply(c, m, &u, request->reboot);
    }
    json_decref(after);
    return code;
}

static int check_expected(call *c, const char *text, json_t *now)
{
    json_t *expected = NULL;
    if (text[0] == '\0')
        expected = json_incref(now);
    else if (strlen(text) <= SPEC_MAX_BYTES)
        expected = parse_object(text);
    int code = 0;
    if (expected == NULL)
        code = call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "the expected spec is not a JSON object");
    else if (!json_equal(expected, now))
        code = call_error(c, GRPC_STATUS_ABORTED, "the spec has changed meanwhile: read it and try again");
    json_decref(expected);
    return code;
}

static int update_machine_spec(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__UpdateMachineSpecRequest *request = (const BoxdPb__UpdateMachineSpecRequest *)message;
    (void)out;
    machine *m = machine_find(c, request->vm);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    if (m->spec == NULL)
        return call_error(c, GRPC_STATUS_FAILED_PRECONDITION, "VM %s was not created from a spec", m->name);
    json_t *patch = strlen(request->patch) <= SPEC_MAX_BYTES ? parse_object(request->patch) : NULL;
    if (patch == NULL)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT,
                          "the patch is not a JSON object of at most %d bytes", SPEC_MAX_BYTES);
    json_t *now = spec_current(m);
    int code = check_expected(c, request->expected_spec, now);
    if (code == 0)
        code = update_spec(c, m, now, patch);
    json_decref(now);
    json_decref(patch);
    return code;
}

const rpc_handler spec_rpcs[] = {
    {.rpc = "UpdateMachineSpec", .unary = update_machine_spec},
    {NULL, NULL, NULL},
};
