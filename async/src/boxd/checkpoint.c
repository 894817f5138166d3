/* checkpoint.c: the files of one box at one moment, kept beside it. */
#include "box.h"
#include "names.h"
#include "unary.h"

#include <boxd/aio/checkpoint.h>

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

static const operation CREATE = {OPERATION_METHOD("CreateCheckpoint", false),
                                 OPERATION_MESSAGES(create_checkpoint), .box_id = 1,
                                 .record_size = sizeof(boxd_checkpoint), .fill = fill_created};
static const operation LIST = {OPERATION_METHOD("ListCheckpoints", true),
                               OPERATION_MESSAGES(list_checkpoints), .box_id = 1,
                               .item_size = sizeof(boxd_checkpoint), .fill = fill_listed};
static const operation RESTORE = {OPERATION_METHOD("RestoreCheckpoint", false),
                                  OPERATION_MESSAGES(restore_checkpoint), .box_id = 1};
static const operation DELETE = {OPERATION_METHOD("DeleteCheckpoint", false),
                                 OPERATION_MESSAGES(delete_checkpoint), .box_id = 1};

/* The checkpoint `name` of a box. */
static void submit(const operation *kind, boxd_box *box, const char *name, const ProtobufCMessage *message,
                   const boxd_call_options *call, const sink *s)
{
    boxd_error error = BOXD_ERROR_INIT;
    char own[160], subject[320];
    name_check_given(name, "the checkpoint's name", "give one", &error);
    name_subject("checkpoint", name, own, sizeof own);
    unary_submit(
        kind,
        &(request_setup){.box = box,
                         .subject = request_subject(own, " of ", box_subject(box), subject, sizeof subject),
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
    unary_submit(
        &LIST,
        &(request_setup){.box = box, .call = call, .sink = SINK(RESULT_CHECKPOINTS, callback, user_data)},
        NULL, NULL);
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
