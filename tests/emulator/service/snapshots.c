/*
 * snapshots.c: CreateSnapshot, ListSnapshots, GetSnapshot, DeleteSnapshot, CreateVmFromSnapshot. A snapshot
 * holds the settings and files of a machine under a name. Creating it again makes a new version; the previous
 * version is used until the new one is ready. Core thread only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/records.h"
#include "machine/spec.h"
#include "service/service.h"

typedef struct {
    /* First member. */
    record record;
    uint64_t version, next_version, failed_version, use_count;
    int64_t created_at_ms, updated_at_ms;
    /* Of `version`; NULL: no version is ready. */
    machine *image;
    unsigned pending;
    /* Freed when the last capture has ended. */
    bool deleted;
    char failure[200];
} snapshot;

typedef struct {
    /* First member: see machine_capture. */
    machine *image;
    snapshot *s;
    uint64_t version;
} capture;

/* core thread only */
static records snapshots;

static snapshot *find(const char *name_or_id)
{
    return (snapshot *)records_by_id_or_name(&snapshots, name_or_id);
}

static int not_found(call *c, const char *name)
{
    return call_error(c, GRPC_STATUS_NOT_FOUND, "no snapshot is named \"%.80s\"", name);
}

static void free_if_deleted(snapshot *s)
{
    if (s->deleted && s->pending == 0)
        free(s);
}

static void remove_snapshot(snapshot *s)
{
    records_remove(&snapshots, &s->record);
    if (s->image != NULL)
        machine_unref(s->image);
    s->image = NULL;
    s->deleted = true;
    free_if_deleted(s);
}

void snapshots_release(void)
{
    while (snapshots.first != NULL)
        remove_snapshot((snapshot *)snapshots.first);
    records_end(&snapshots);
}

static const char *status_of(const snapshot *s)
{
    return s->pending > 0 ? "pending" : s->image != NULL ? "ready" : "failed";
}

/* ---- CreateSnapshot ---- */

static void captured(void *data, int code, const char *why)
{
    capture *t = data;
    snapshot *s = t->s;
    s->pending--;
    if (code != 0) {
        s->failed_version = t->version;
        (void)snprintf(s->failure, sizeof s->failure, "%s", why);
    } else if (s->deleted || t->version < s->version) {
        machine_unref(t->image);
    } else {
        if (s->image != NULL)
            machine_unref(s->image);
        s->image = t->image;
        s->version = t->version;
        s->updated_at_ms = wall_ms();
    }
    free_if_deleted(s);
    free(t);
}

static snapshot *add(const char *name)
{
    snapshot *s = xcalloc(1, sizeof *s);
    records_add(&snapshots, &s->record, name);
    s->created_at_ms = s->updated_at_ms = wall_ms();
    return s;
}

static int create_snapshot(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__CreateSnapshotRequest *request = (const BoxdPb__CreateSnapshotRequest *)message;
    BoxdPb__CreateSnapshotResponse *reply = (BoxdPb__CreateSnapshotResponse *)out;
    machine *m = machine_find(c, request->vm);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    if (!name_valid(request->name))
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "\"%.80s\" is not a valid snapshot name",
                          request->name);
    if (m->status != MACHINE_RUNNING)
        return call_error(c, GRPC_STATUS_FAILED_PRECONDITION, "VM is %s: a snapshot needs a running VM",
                          machine_status_name(m->status));
    snapshot *s = find(request->name);
    if (s == NULL)
        s = add(request->name);
    capture *t = xcalloc(1, sizeof *t);
    t->s = s;
    t->version = ++s->next_version;
    s->pending++;
    reply->snapshot_id = arena_strdup(&c->memory, s->record.id);
    reply->name = arena_strdup(&c->memory, s->record.name);
    reply->version = t->version;
    reply->status = "pending";
    machine_capture(m, captured, &t->image);
    return 0;
}

/* ---- ListSnapshots, GetSnapshot, DeleteSnapshot ---- */

static BoxdPb__SnapshotInfo *snapshot_info(call *c, const snapshot *s)
{
    BoxdPb__SnapshotInfo *info = message_new(&c->memory, &boxd_pb__snapshot_info__descriptor);
    info->snapshot_id = arena_strdup(&c->memory, s->record.id);
    info->name = arena_strdup(&c->memory, s->record.name);
    info->version = s->version;
    info->status = status_of(s);
    info->created_at = s->created_at_ms;
    info->updated_at = s->updated_at_ms;
    info->use_count = s->use_count;
    info->failed_version = s->failed_version;
    info->failure_reason = arena_strdup(&c->memory, s->failure);
    if (s->image != NULL) {
        info->vcpu = s->image->vcpu;
        info->memory_bytes = s->image->memory_bytes;
    }
    return info;
}

static int list_snapshots(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    BoxdPb__ListSnapshotsResponse *reply = (BoxdPb__ListSnapshotsResponse *)out;
    int code = machine_check_org(c, ((const BoxdPb__ListSnapshotsRequest *)message)->org);
    if (code != 0)
        return code;
    reply->snapshots = arena_alloc(&c->memory, snapshots.count * sizeof(void *));
    for (const record *r = snapshots.first; r != NULL; r = r->next)
        reply->snapshots[reply->n_snapshots++] = snapshot_info(c, (const snapshot *)r);
    return 0;
}

static int get_snapshot(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__GetSnapshotRequest *request = (const BoxdPb__GetSnapshotRequest *)message;
    const snapshot *s = find(request->name);
    int code = machine_check_org(c, request->org);
    if (code != 0 || s == NULL)
        return code ? code : not_found(c, request->name);
    ((BoxdPb__GetSnapshotResponse *)out)->snapshot = snapshot_info(c, s);
    return 0;
}

static int delete_snapshot(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__DeleteSnapshotRequest *request = (const BoxdPb__DeleteSnapshotRequest *)message;
    snapshot *s = find(request->name);
    int code = machine_check_org(c, request->org);
    (void)out;
    if (code != 0 || s == NULL)
        return code ? code : not_found(c, request->name);
    remove_snapshot(s);
    return 0;
}

/* ---- CreateVmFromSnapshot ---- */

static int check_spec(call *c, const snapshot *s, const json_t *spec)
{
    const char *base = spec_snapshot(spec), *name = json_string_value(json_object_get(spec, "size"));
    if (base != NULL && strcmp(base, s->record.name) != 0 && strcmp(base, s->record.id) != 0)
        return spec_error(c, GRPC_STATUS_INVALID_ARGUMENT, "base", "differs from the snapshot, which is %s",
                          s->record.name);
    if (name != NULL && size_parse(name)->vcpu != s->image->vcpu)
        return spec_error(c, GRPC_STATUS_INVALID_ARGUMENT, "size", "differs from the size of the snapshot");
    return 0;
}

/* The labels and the spec of the request take precedence over those of the snapshot. */
static int restore_settings(call *c, machine *m, const snapshot *s, const snapshot_restore *r)
{
    int code = 0;
    machine_copy_settings(m, s->image);
    packages_inherit(m, s->image);
    m->isolated = m->isolated || r->isolated;
    m->shared = r->shared;
    m->source_kind = "snapshot";
    m->source_name = xstrdup(s->record.name);
    (void)snprintf(m->source_id, sizeof m->source_id, "%s", s->record.id);
    m->source_version = s->version;
    json_t *spec = m->spec ? json_deep_copy(m->spec) : NULL;
    if (r->spec != NULL) {
        json_t *first = spec_current(s->image);
        json_decref(spec);
        code = check_spec(c, s, r->spec);
        spec = code ? NULL : spec_merge(c, first, r->spec, &code);
        json_decref(first);
    }
    if (spec != NULL)
        spec_apply(m, spec);
    else
        m->labels = strings_duplicate(s->image->labels);
    char **labels = pairs_merge(pairs_copy(r->n_labels, r->labels), m->labels);
    strings_free(m->labels);
    m->labels = labels;
    return code ? code : machine_configure(c, m, r->config);
}

int snapshots_restore(call *c, const snapshot_restore *r)
{
    snapshot *s = find(r->snapshot);
    if (s == NULL)
        return not_found(c, r->snapshot);
    if (s->image == NULL)
        return call_error(c, GRPC_STATUS_FAILED_PRECONDITION, "snapshot %s is %s", s->record.name,
                          status_of(s));
    int code;
    machine *m = machine_create(c, r->name, &code);
    if (m == NULL)
        return code;
    code = restore_settings(c, m, s, r);
    s->use_count += code == 0;
    return machine_launch(c, m, code, s->image, machine_fill_created);
}

static int create_vm_from_snapshot(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__CreateVmFromSnapshotRequest *request = (const BoxdPb__CreateVmFromSnapshotRequest *)message;
    (void)out;
    const spec_other_fields beside = {
        .isolated = request->isolated, .labels = request->n_labels > 0, .config = request->config};
    json_t *spec = NULL;
    int code = machine_check_org(c, request->org);
    if (code == 0 && request->spec != NULL)
        code = spec_request(c, request->spec, &beside, &spec);
    if (code == 0)
        code = snapshots_restore(c, &(snapshot_restore){.snapshot = request->snapshot,
                                                        .name = request->name,
                                                        .config = request->config,
                                                        .n_labels = request->n_labels,
                                                        .labels = request->labels,
                                                        .spec = spec,
                                                        .isolated = request->isolated});
    json_decref(spec);
    return code;
}

const rpc_handler snapshot_rpcs[] = {
    {.rpc = "CreateSnapshot", .unary = create_snapshot},
    {.rpc = "ListSnapshots", .unary = list_snapshots},
    {.rpc = "GetSnapshot", .unary = get_snapshot},
    {.rpc = "DeleteSnapshot", .unary = delete_snapshot},
    {.rpc = "CreateVmFromSnapshot", .unary = create_vm_from_snapshot},
    {NULL, NULL, NULL},
};
