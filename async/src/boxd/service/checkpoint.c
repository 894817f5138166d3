/* checkpoint.c: checkpoints: the files of one box at one moment, kept by the service. Called on any thread;
 * replies are mapped on the core thread. */
#include "boxd/client/box.h"
#include "boxd/client/polling.h"
#include "boxd/client/unary.h"
#include "errors.h"
#include "names.h"
#include "options.h"

#include <boxd/aio/checkpoint.h>

#include <string.h>

#define READY_TIMEOUT_MS 600000

RESULT_TYPE(RESULT_CHECKPOINT, boxd_checkpoint_cb, record_free);
RESULT_TYPE(RESULT_CHECKPOINTS, boxd_checkpoints_cb, record_free);

void boxd_checkpoint_free(boxd_checkpoint *checkpoint)
{
    record_free(checkpoint);
}

void boxd_checkpoints_free(boxd_checkpoints *checkpoints)
{
    record_free(checkpoints);
}

static void fill_created(record *r, void *to, const void *from)
{
    const BoxdPb__CreateCheckpointResponse *reply = from;
    *(boxd_checkpoint *)to = (boxd_checkpoint){.id = record_text(r, reply->checkpoint_id),
                                               .name = record_text(r, reply->name),
                                               .status = record_text(r, reply->status)};
}

static void fill_listed(record *r, void *to, const void *from)
{
    const BoxdPb__CheckpointInfo *row = from;
    *(boxd_checkpoint *)to = (boxd_checkpoint){.id = record_text(r, row->checkpoint_id),
                                               .name = record_text(r, row->name),
                                               .status = record_text(r, row->status),
                                               .size_bytes = row->size_bytes,
                                               .created_at_ms = row->created_at,
                                               .created_by = record_text(r, row->created_by),
                                               .available = row->available};
}

static const unary_operation CREATE = {OPERATION_METHOD("CreateCheckpoint", false),
                                       .makes = "checkpoint",
                                       .shown_by = "boxd_checkpoint_list()",
                                       OPERATION_MESSAGES(create_checkpoint),
                                       .box_id = 1,
                                       .record_size = sizeof(boxd_checkpoint),
                                       .fill = fill_created};
static const unary_operation LIST = {OPERATION_METHOD("ListCheckpoints", true),
                                     OPERATION_MESSAGES(list_checkpoints), .box_id = 1,
                                     .item_size = sizeof(boxd_checkpoint), .fill = fill_listed};
static const unary_operation RESTORE = {OPERATION_METHOD("RestoreCheckpoint", false),
                                        OPERATION_MESSAGES(restore_checkpoint), .box_id = 1};
static const unary_operation DELETE = {OPERATION_METHOD("DeleteCheckpoint", false),
                                       OPERATION_MESSAGES(delete_checkpoint), .box_id = 1};

/* Submits an operation on the checkpoint `name` of a box. */
static void submit(const unary_operation *kind, boxd_box *box, const char *name,
                   const ProtobufCMessage *message, const boxd_call_options *call, const sink *s)
{
    boxd_error error = BOXD_ERROR_INIT;
    name_check_given(name, "the checkpoint's name", "give one", &error);
    unary_submit(kind,
                 &(request_setup){.box = box,
                                  .kind = "checkpoint",
                                  .name = name,
                                  .link = " of ",
                                  .other = box_subject(box),
                                  .call = call,
                                  .fault = &error,
                                  .sink = *s},
                 NULL, message);
}

void boxd_aio_checkpoint_create(boxd_box *box, const char *name, const boxd_call_options *call,
                                boxd_checkpoint_cb callback, void *user_data)
{
    BoxdPb__CreateCheckpointRequest message = BOXD_PB__CREATE_CHECKPOINT_REQUEST__INIT;
    message.name = wire_text(name);
    submit(&CREATE, box, name, &message.base, call, &SINK(RESULT_CHECKPOINT, callback, user_data));
}

void boxd_aio_checkpoint_list(boxd_box *box, const boxd_call_options *call, boxd_checkpoints_cb callback,
                              void *user_data)
{
    unary_submit_empty(&LIST, NULL, box, call, SINK(RESULT_CHECKPOINTS, callback, user_data));
}

void boxd_aio_checkpoint_restore(boxd_box *box, const char *name, const boxd_call_options *call,
                                 boxd_done_cb callback, void *user_data)
{
    BoxdPb__RestoreCheckpointRequest message = BOXD_PB__RESTORE_CHECKPOINT_REQUEST__INIT;
    message.name = wire_text(name);
    submit(&RESTORE, box, name, &message.base, call, &SINK(RESULT_DONE, callback, user_data));
}

void boxd_aio_checkpoint_delete(boxd_box *box, const char *name, const boxd_call_options *call,
                                boxd_done_cb callback, void *user_data)
{
    BoxdPb__DeleteCheckpointRequest message = BOXD_PB__DELETE_CHECKPOINT_REQUEST__INIT;
    message.name = wire_text(name);
    submit(&DELETE, box, name, &message.base, call, &SINK(RESULT_DONE, callback, user_data));
}

/* ---- waiting until it is ready ---- */

/* NULL: the box has no checkpoint `name`. */
static const boxd_checkpoint *find(const boxd_checkpoints *all, const char *name)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->items[i]->name && strcmp(all->items[i]->name, name) == 0)
            return all->items[i];
    return NULL;
}

static void check_status(polling *p, const boxd_checkpoint *now)
{
    const char *status = now && now->status ? now->status : "unknown";
    boxd_error own;
    if (!now) {
        error_set(&own, BOXD_ERR_NOT_FOUND, "there is no %s; boxd_checkpoint_list() shows all checkpoints",
                  p->request.subject);
        polling_finish(p, &own);
    } else if (strcmp(status, "ready") == 0 && now->available) {
        polling_finish(p, NULL);
    } else if (strcmp(status, "failed") == 0) {
        error_set(&own, BOXD_ERR_FAILED_PRECONDITION,
                  "%s failed and does not become ready; delete it and create it again", p->request.subject);
        polling_finish(p, &own);
    } else {
        error_set(&own, BOXD_ERR_FAILED_PRECONDITION, "it is %s%s", status,
                  now->available ? "" : ", and not available");
        polling_later(p, &own);
    }
}

static void on_listed(boxd_checkpoints *all, const boxd_error *error, void *data)
{
    polling *p = data;
    polling_step_over(p, error);
    if (all)
        check_status(p, find(all, p->name));
    else
        polling_later(p, error);
    boxd_checkpoints_free(all);
}

static void ask(polling *p)
{
    boxd_call_options call;
    if (!polling_step(p, &call))
        return;
    boxd_aio_checkpoint_list(p->request.box, &call, on_listed, p);
    step_submitted(&p->request);
}

void boxd_aio_checkpoint_wait_until_ready(boxd_box *box, const char *name,
                                          const boxd_checkpoint_wait_until_ready_options *options,
                                          boxd_done_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_checkpoint_wait_until_ready_options opts;
    if (options_copy(&opts, OPTION_TYPE(boxd_checkpoint_wait_until_ready_options), options, &error) ==
        BOXD_OK)
        name_check_given(name, "the checkpoint's name", "give one", &error);
    polling_submit(&(request_setup){.box = box,
                                    .kind = "checkpoint",
                                    .name = name,
                                    .link = " of ",
                                    .other = box_subject(box),
                                    .call = &opts.call,
                                    .default_timeout_ms = READY_TIMEOUT_MS,
                                    .sink = SINK(RESULT_DONE, callback, user_data)},
                   ask, NULL, name, opts.interval_ms, &error);
}
