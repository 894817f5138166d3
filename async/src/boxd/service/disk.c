/* disk.c: disks: storage that outlives boxes. Called on any thread; replies are mapped on the core thread. */
#include "boxd/client/box.h"
#include "boxd/client/box_names.h"
#include "boxd/client/sizes.h"
#include "boxd/client/unary.h"
#include "errors.h"
#include "names.h"

#include <boxd/aio/disk.h>

#include <string.h>

struct boxd_disk {
    handle handle;
    boxd_disk_info info;
};

RESULT_TYPE(RESULT_DISK, boxd_disk_cb, handle_free);
RESULT_TYPE(RESULT_DISKS, boxd_disks_cb, handles_free);

/* ---- the handle ---- */

boxd_disk *boxd_disk_from_id(boxd_compute *compute, const char *id, boxd_error *error)
{
    boxd_disk *disk = handle_of_id(compute, sizeof *disk, "disk", id, error);
    if (disk)
        disk->info.id = disk->handle.id;
    return disk;
}

const boxd_disk_info *boxd_disk_get_info(const boxd_disk *disk)
{
    return disk ? &disk->info : NULL;
}

const char *boxd_disk_id(const boxd_disk *disk)
{
    return disk ? disk->info.id : NULL;
}

boxd_disk *boxd_disk_ref(boxd_disk *disk)
{
    return handle_ref(disk);
}

void boxd_disk_free(boxd_disk *disk)
{
    handle_free(disk);
}

void boxd_disks_free(boxd_disks *disks)
{
    handles_free(disks);
}

/* ---- mappings ---- */

static void fill_created(record *r, void *to, const void *from)
{
    boxd_disk *disk = to;
    const BoxdPb__CreateDiskResponse *reply = from;
    disk->handle.id = disk->info.id = record_text(r, reply->disk_id);
    disk->handle.name = disk->info.name = record_text(r, reply->name);
    disk->info.size_bytes = reply->size_bytes;
    disk->info.status = record_text(r, reply->status);
}

static void fill_attachment(record *r, void *to, const void *from)
{
    const BoxdPb__DiskAttachment *row = from;
    *(boxd_disk_attachment *)to =
        (boxd_disk_attachment){.box_id = record_text(r, row->vm_id),
                               .box_name = record_text(r, row->vm_name),
                               .mount_path = *row->mount_path ? record_raw(r, row->mount_path) : NULL,
                               .read_only = strcmp(row->mount_mode, "ro") == 0};
}

static void fill_listed(record *r, void *to, const void *from)
{
    boxd_disk *disk = to;
    const BoxdPb__DiskInfo *row = from;
    disk->handle.id = disk->info.id = record_text(r, row->disk_id);
    disk->handle.name = disk->info.name = record_text(r, row->name);
    disk->info.size_bytes = row->size_bytes;
    disk->info.status = record_text(r, row->status);
    disk->info.created_at_ms = row->created_at;
    disk->info.attachment_count = row->n_attachments;
    disk->info.attachments =
        record_items(r, row->n_attachments, sizeof(boxd_disk_attachment), row->attachments, fill_attachment);
}

/* The service has no RPC for one disk: it is looked for in the list. */
static void *map_got(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    const BoxdPb__ListDisksResponse *list = (const void *)reply;
    const handle_source from = unary_handle_source(u, "disk", sizeof(boxd_disk));
    for (size_t i = 0; i < list->n_disks; i++) {
        const BoxdPb__DiskInfo *row = list->disks[i];
        const bool named = strcmp(row->name, u->key) == 0 && strcmp(row->status, "destroyed") != 0;
        if (named || strcmp(row->disk_id, u->key) == 0)
            return handle_new(&from, row, error);
    }
    error_set_sent(error, BOXD_ERR_NOT_FOUND, BOXD_SENT_YES,
                   "there is no %s; boxd_disk_list() shows all disks", u->request.subject);
    return NULL;
}

/* ---- the operations ---- */

static const unary_operation CREATE = {OPERATION_METHOD("CreateDisk", false),
                                       .makes = "disk",
                                       .shown_by = "boxd_disk_list()",
                                       OPERATION_MESSAGES(create_disk),
                                       .handle = "disk",
                                       .record_size = sizeof(boxd_disk),
                                       .fill = fill_created};
static const unary_operation LIST = {OPERATION_METHOD("ListDisks", true), OPERATION_MESSAGES(list_disks),
                                     .handle = "disk", .item_size = sizeof(boxd_disk), .fill = fill_listed};
static const unary_operation GET = {OPERATION_METHOD("ListDisks", true), OPERATION_MESSAGES(list_disks),
                                    .map = map_got, .fill = fill_listed};
static const unary_operation ATTACH = {OPERATION_METHOD("AttachDisk", false), OPERATION_MESSAGES(attach_disk),
                                       .box_id = 2};
static const unary_operation DETACH = {OPERATION_METHOD("DetachDisk", false), OPERATION_MESSAGES(detach_disk),
                                       .box_id = 2};
static const unary_operation DESTROY = {OPERATION_METHOD("DestroyDisk", false),
                                        OPERATION_MESSAGES(destroy_disk)};

void boxd_aio_disk_create(boxd_compute *compute, const char *name, const char *size,
                          const boxd_call_options *call, boxd_disk_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__CreateDiskRequest message = BOXD_PB__CREATE_DISK_REQUEST__INIT;
    message.name = wire_text(name);
    if (name_check_given(name, "the disk's name", "give one", &error) == BOXD_OK &&
        size_parse(size, "the disk's size", &message.size_bytes, &error) == BOXD_OK &&
        message.size_bytes == 0)
        error_set(&error, BOXD_ERR_INVALID_ARGUMENT, "the disk's size is missing; give one, e.g. \"10G\"");
    unary_submit(&CREATE,
                 &(request_setup){.compute = compute,
                                  .kind = "disk",
                                  .name = name,
                                  .call = call,
                                  .fault = &error,
                                  .sink = SINK(RESULT_DISK, callback, user_data)},
                 NULL, &message.base);
}

void boxd_aio_disk_get(boxd_compute *compute, const char *name_or_id, const boxd_call_options *call,
                       boxd_disk_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    name_check_given(name_or_id, "the disk's name or id", "give one", &error);
    unary_submit(&GET,
                 &(request_setup){.compute = compute,
                                  .kind = "disk",
                                  .name = name_or_id,
                                  .call = call,
                                  .fault = &error,
                                  .sink = SINK(RESULT_DISK, callback, user_data)},
                 wire_text(name_or_id), NULL);
}

void boxd_aio_disk_list(boxd_compute *compute, const boxd_call_options *call, boxd_disks_cb callback,
                        void *user_data)
{
    unary_submit_empty(&LIST, compute, NULL, call, SINK(RESULT_DISKS, callback, user_data));
}

/* Submits an operation on a disk, and on a box too if `kind` has a field for its id. */
static void submit(const unary_operation *kind, boxd_disk *disk, boxd_box *box,
                   const ProtobufCMessage *message, const boxd_call_options *call, boxd_error *fault,
                   const sink *s)
{
    if (!disk && fault->status == BOXD_OK)
        error_set(fault, BOXD_ERR_INVALID_ARGUMENT,
                  "the disk is NULL; check what the call that made it returned");
    if (disk && box && box_compute(box) != disk->handle.compute && fault->status == BOXD_OK)
        error_set(fault, BOXD_ERR_INVALID_ARGUMENT,
                  "the disk and the box belong to different clients; use handles of one client");
    unary_submit(kind,
                 &(request_setup){.compute = handle_compute(disk),
                                  .box = box,
                                  .subject = handle_subject(disk),
                                  .link = " on ",
                                  .other = box_subject(box),
                                  .call = call,
                                  .fault = fault,
                                  .sink = *s},
                 NULL, message);
}

void boxd_aio_disk_attach(boxd_disk *disk, boxd_box *box, const char *mount_path, bool read_only,
                          const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__AttachDiskRequest message = BOXD_PB__ATTACH_DISK_REQUEST__INIT;
    name_check_mount_path(mount_path, "the mount path", &error);
    message.disk_id = wire_text(boxd_disk_id(disk));
    message.mount_path = wire_text(mount_path);
    message.read_only = read_only;
    submit(&ATTACH, disk, box, &message.base, call, &error, &SINK(RESULT_DONE, callback, user_data));
}

void boxd_aio_disk_detach(boxd_disk *disk, boxd_box *box, const boxd_call_options *call,
                          boxd_done_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__DetachDiskRequest message = BOXD_PB__DETACH_DISK_REQUEST__INIT;
    message.disk_id = wire_text(boxd_disk_id(disk));
    submit(&DETACH, disk, box, &message.base, call, &error, &SINK(RESULT_DONE, callback, user_data));
}

void boxd_aio_disk_destroy(boxd_disk *disk, const boxd_call_options *call, boxd_done_cb callback,
                           void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__DestroyDiskRequest message = BOXD_PB__DESTROY_DISK_REQUEST__INIT;
    message.disk_id = wire_text(boxd_disk_id(disk));
    submit(&DESTROY, disk, NULL, &message.base, call, &error, &SINK(RESULT_DONE, callback, user_data));
}
