/* snapshot.c: snapshots: the files and settings of a box under a name, to create boxes from. Called on any
 * thread; replies are mapped on the core thread. */
#include "boxd/client/box.h"
#include "boxd/client/box_names.h"
#include "boxd/client/polling.h"
#include "boxd/service/box_config.h"
#include "boxd/service/box_info.h"
#include "boxd/service/boxes.h"
#include "boxd/service/pairs.h"
#include "errors.h"
#include "names.h"
#include "options.h"

#include <boxd/aio/snapshot.h>

#include <string.h>

#define READY_TIMEOUT_MS 600000

struct boxd_snapshot {
    handle handle;
    boxd_snapshot_info info;
};

RESULT_TYPE(RESULT_SNAPSHOT, boxd_snapshot_cb, handle_free);
RESULT_TYPE(RESULT_SNAPSHOTS, boxd_snapshots_cb, handles_free);

/* ---- the handle ---- */

boxd_snapshot *boxd_snapshot_from_name(boxd_compute *compute, const char *name_or_id, boxd_error *error)
{
    boxd_snapshot *made = handle_of_id(compute, sizeof *made, "snapshot", name_or_id, error);
    if (made)
        handle_split_key(made, &made->info.id, &made->info.name);
    return made;
}

const boxd_snapshot_info *boxd_snapshot_get_info(const boxd_snapshot *snapshot)
{
    return snapshot ? &snapshot->info : NULL;
}

const char *boxd_snapshot_id(const boxd_snapshot *snapshot)
{
    return snapshot ? snapshot->info.id : NULL;
}

boxd_snapshot *boxd_snapshot_ref(boxd_snapshot *snapshot)
{
    return handle_ref(snapshot);
}

void boxd_snapshot_free(boxd_snapshot *snapshot)
{
    handle_free(snapshot);
}

void boxd_snapshots_free(boxd_snapshots *snapshots)
{
    handles_free(snapshots);
}

/* The name of the snapshot in requests. */
static const char *snapshot_key(const boxd_snapshot *snapshot)
{
    return snapshot ? snapshot->handle.id : "";
}

/* ---- mappings ---- */

static void fill_created(record *r, void *to, const void *from)
{
    boxd_snapshot *made = to;
    const BoxdPb__CreateSnapshotResponse *reply = from;
    made->handle.id = made->info.id = record_text(r, reply->snapshot_id);
    made->handle.name = made->info.name = record_text(r, reply->name);
    made->info.status = record_text(r, reply->status);
    made->info.version = reply->version;
    made->info.paused_automations = reply->paused_automations;
}

static void fill_listed(record *r, void *to, const void *from)
{
    boxd_snapshot *made = to;
    const BoxdPb__SnapshotInfo *row = from;
    made->handle.id = record_text(r, row->snapshot_id);
    made->handle.name = record_text(r, row->name);
    made->info = (boxd_snapshot_info){.id = made->handle.id,
                                      .name = made->handle.name,
                                      .status = record_text(r, row->status),
                                      .version = row->version,
                                      .size_bytes = row->size_bytes,
                                      .created_at_ms = row->created_at,
                                      .updated_at_ms = row->updated_at,
                                      .vcpu = row->vcpu,
                                      .memory_bytes = row->memory_bytes,
                                      .use_count = row->use_count,
                                      .failed_version = row->failed_version,
                                      .failure_reason = record_text(r, row->failure_reason),
                                      .archived = row->archived,
                                      .storage = record_text(r, row->storage)};
}

/* Later calls on an org's snapshot need the org's name, so the handle keeps it. */
typedef struct org_source {
    handle_source source;
    const char *org;
} org_source;

static org_source source_of(const unary *u)
{
    return (org_source){unary_handle_source(u, "snapshot", sizeof(boxd_snapshot)), u->key};
}

static void *make_of_org(const handle_source *from, const void *message, boxd_error *error)
{
    record r;
    boxd_snapshot *made = handle_begin(&r, from->size, from->compute, from->limit);
    if (made) {
        from->fill(&r, made, message);
        made->info.org = record_text(&r, ((const org_source *)(const void *)from)->org);
    }
    return handle_end_named(&r, from->kind, from->rpc, error);
}

static void *map_list(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    const BoxdPb__ListSnapshotsResponse *list = (const void *)reply;
    const org_source from = source_of(u);
    return handle_list(&from.source, make_of_org, list->n_snapshots, list->snapshots, handle_free, error);
}

static void *map_got(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    const BoxdPb__GetSnapshotResponse *got = (const void *)reply;
    const org_source from = source_of(u);
    if (got->snapshot)
        return make_of_org(&from.source, got->snapshot, error);
    error_set_sent(error, BOXD_ERR_NOT_FOUND, BOXD_SENT_YES,
                   "GetSnapshot: there is no %s; boxd_snapshot_list() shows all snapshots",
                   u->request.subject);
    return NULL;
}

/* ---- the operations ---- */

static const unary_operation CREATE = {OPERATION_METHOD("CreateSnapshot", false),
                                       .makes = "snapshot",
                                       .shown_by = "boxd_snapshot_list()",
                                       .method.instead = "boxd_box_fork()",
                                       OPERATION_MESSAGES(create_snapshot),
                                       .box_id = 1,
                                       .handle = "snapshot",
                                       .record_size = sizeof(boxd_snapshot),
                                       .fill = fill_created};
static const unary_operation LIST = {OPERATION_METHOD("ListSnapshots", true),
                                     OPERATION_MESSAGES(list_snapshots), .map = map_list,
                                     .fill = fill_listed};
static const unary_operation GET = {OPERATION_METHOD("GetSnapshot", true), OPERATION_MESSAGES(get_snapshot),
                                    .map = map_got, .fill = fill_listed};
static const unary_operation DELETE = {OPERATION_METHOD("DeleteSnapshot", false),
                                       OPERATION_MESSAGES(delete_snapshot)};
static const unary_operation CREATE_BOX = {OPERATION_METHOD("CreateVmFromSnapshot", false),
                                           MAKES_BOX,
                                           .request = &boxd_pb__create_vm_from_snapshot_request__descriptor,
                                           .reply = &boxd_pb__create_vm_response__descriptor,
                                           .map = box_of_reply,
                                           .fill = box_info_created};

void boxd_aio_snapshot_create(boxd_box *box, const char *name, const boxd_call_options *call,
                              boxd_snapshot_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__CreateSnapshotRequest message = BOXD_PB__CREATE_SNAPSHOT_REQUEST__INIT;
    name_check_given(name, "the snapshot's name", "give one", &error);
    message.name = wire_text(name);
    unary_submit(&CREATE,
                 &(request_setup){.box = box,
                                  .kind = "snapshot",
                                  .name = name,
                                  .link = " of ",
                                  .other = box_subject(box),
                                  .call = call,
                                  .fault = &error,
                                  .sink = SINK(RESULT_SNAPSHOT, callback, user_data)},
                 NULL, &message.base);
}

void boxd_aio_snapshot_list(boxd_compute *compute, const boxd_snapshot_list_options *options,
                            boxd_snapshots_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_snapshot_list_options opts;
    BoxdPb__ListSnapshotsRequest message = BOXD_PB__LIST_SNAPSHOTS_REQUEST__INIT;
    options_copy(&opts, OPTION_TYPE(boxd_snapshot_list_options), options, &error);
    message.org = wire_text(opts.org);
    unary_submit(&LIST,
                 &(request_setup){.compute = compute,
                                  .call = &opts.call,
                                  .call_in_options = true,
                                  .fault = &error,
                                  .sink = SINK(RESULT_SNAPSHOTS, callback, user_data)},
                 message.org, &message.base);
}

void boxd_aio_snapshot_get(boxd_compute *compute, const char *name_or_id,
                           const boxd_snapshot_list_options *options, boxd_snapshot_cb callback,
                           void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_snapshot_list_options opts;
    BoxdPb__GetSnapshotRequest message = BOXD_PB__GET_SNAPSHOT_REQUEST__INIT;
    if (options_copy(&opts, OPTION_TYPE(boxd_snapshot_list_options), options, &error) == BOXD_OK)
        name_check_given(name_or_id, "the snapshot's name or id", "give one", &error);
    message.name = wire_text(name_or_id);
    message.org = wire_text(opts.org);
    unary_submit(&GET,
                 &(request_setup){.compute = compute,
                                  .kind = "snapshot",
                                  .name = name_or_id,
                                  .call = &opts.call,
                                  .call_in_options = true,
                                  .fault = &error,
                                  .sink = SINK(RESULT_SNAPSHOT, callback, user_data)},
                 message.org, &message.base);
}

void boxd_aio_snapshot_delete(boxd_snapshot *snapshot, const boxd_call_options *call, boxd_done_cb callback,
                              void *user_data)
{
    BoxdPb__DeleteSnapshotRequest message = BOXD_PB__DELETE_SNAPSHOT_REQUEST__INIT;
    message.name = snapshot_key(snapshot);
    message.org = wire_text(snapshot ? snapshot->info.org : NULL);
    unary_submit(&DELETE,
                 &(request_setup){.compute = handle_compute(snapshot),
                                  .subject = handle_subject(snapshot),
                                  .call = call,
                                  .sink = SINK(RESULT_DONE, callback, user_data)},
                 NULL, &message.base);
}

void boxd_aio_snapshot_create_box(boxd_snapshot *snapshot, const boxd_snapshot_create_box_options *options,
                                  boxd_box_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_snapshot_create_box_options opts;
    BoxdPb__CreateVmFromSnapshotRequest message = BOXD_PB__CREATE_VM_FROM_SNAPSHOT_REQUEST__INIT;
    config_message parts = {0};
    char made[NAME_SUBJECT_SIZE];
    options_copy(&opts, OPTION_TYPE_RESERVED(boxd_snapshot_create_box_options), options, &error);
    box_config_name(opts.name, made, sizeof made, &error);
    if (error.status == BOXD_OK)
        box_config_build_vm(&parts, opts.config, &message.config, &error);
    box_config_labels(&parts, &boxd_pb__create_vm_from_snapshot_request__labels_entry__descriptor,
                      opts.labels, &error);
    message.snapshot = snapshot_key(snapshot);
    message.name = wire_text(opts.name);
    message.org = wire_text(opts.org);
    message.isolated = opts.isolated;
    message.n_labels = parts.labels.count;
    message.labels = parts.labels.list;
    unary_submit(&CREATE_BOX,
                 &(request_setup){.compute = handle_compute(snapshot),
                                  .subject = made,
                                  .link = " from ",
                                  .other = handle_subject(snapshot),
                                  .call = &opts.call,
                                  .call_in_options = true,
                                  .fault = &error,
                                  .sink = SINK(RESULT_BOX, callback, user_data)},
                 NULL, &message.base);
    box_config_free(&parts);
}

/* ---- waiting until it is ready ---- */

/* Whether the version of the handle is ready; with `wanted` 0, the newest one. */
static bool is_ready(const boxd_snapshot_info *now, uint64_t wanted)
{
    return now->status && strcmp(now->status, "ready") == 0 && (now->version == 0 || now->version >= wanted);
}

static bool has_failed(const boxd_snapshot_info *now, uint64_t wanted)
{
    if (wanted > 0 && now->failed_version >= wanted && now->version < wanted)
        return true; /* the status is "ready" when an older version is */
    return now->status && strcmp(now->status, "failed") == 0;
}

static void on_got(boxd_snapshot *got, const boxd_error *error, void *data)
{
    polling *p = data;
    const boxd_snapshot *waited_for = p->object;
    const uint64_t wanted = waited_for->info.version;
    const boxd_snapshot_info *now = boxd_snapshot_get_info(got);
    boxd_error own;
    polling_step_over(p, error);
    if (!now) {
        polling_later(p, error);
    } else if (is_ready(now, wanted)) {
        polling_finish(p, NULL);
    } else if (has_failed(now, wanted)) {
        error_set(&own, BOXD_ERR_FAILED_PRECONDITION,
                  "%s failed%s%s and does not become ready; boxd_snapshot_create() creates it again",
                  p->request.subject, now->failure_reason ? ": " : "", PRINTABLE(now->failure_reason, 300));
        polling_finish(p, &own);
    } else {
        error_set(&own, BOXD_ERR_FAILED_PRECONDITION, "it is %s", now->status ? now->status : "unknown");
        polling_later(p, &own);
    }
    boxd_snapshot_free(got);
}

static void ask(polling *p)
{
    const boxd_snapshot *snapshot = p->object;
    boxd_snapshot_list_options options = BOXD_SNAPSHOT_LIST_OPTIONS_INIT;
    options.org = snapshot->info.org;
    if (!polling_step(p, &options.call))
        return;
    boxd_aio_snapshot_get(p->request.compute, snapshot_key(snapshot), &options, on_got, p);
    step_submitted(&p->request);
}

void boxd_aio_snapshot_wait_until_ready(boxd_snapshot *snapshot,
                                        const boxd_snapshot_wait_until_ready_options *options,
                                        boxd_done_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_snapshot_wait_until_ready_options opts;
    options_copy(&opts, OPTION_TYPE(boxd_snapshot_wait_until_ready_options), options, &error);
    polling_submit(&(request_setup){.compute = handle_compute(snapshot),
                                    .subject = handle_subject(snapshot),
                                    .call = &opts.call,
                                    .default_timeout_ms = READY_TIMEOUT_MS,
                                    .sink = SINK(RESULT_DONE, callback, user_data)},
                   ask, snapshot, NULL, opts.interval_ms, &error);
}
