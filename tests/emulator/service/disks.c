/*
 * disks.c: CreateDisk, ListDisks, AttachDisk, DetachDisk, DestroyDisk, and the volumes of a VmConfig. A disk
 * is a directory of this host that is mounted into the box it is attached to. Its size is reported, but not
 * enforced. Core thread only, except the *_work functions.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/records.h"
#include "files/files.h"
#include "service/service.h"

enum { MAX_MOUNT_PATH = 1024 };

typedef struct {
    /* First member. */
    record record;
    uint64_t size_bytes;
    int64_t created_at_ms;
    struct attachment *attachment;
    /* A worker creates, mounts, unmounts or removes it. */
    bool busy;
} disk;

typedef struct attachment {
    /* The machine's list. */
    struct attachment *next;
    disk *d;
    machine *m;
    char *path;
    bool read_only;
} attachment;

/* core thread only, except that a worker reads the attachments of its machine (see mount_attachments) */
static records disks;

static disk *find_disk(call *c, const char *id)
{
    disk *d = (disk *)records_by_id(&disks, id);
    if (d == NULL)
        call_error(c, GRPC_STATUS_NOT_FOUND, "no disk has the id \"%.80s\"", id);
    return d;
}

static void free_disk(disk *d)
{
    records_remove(&disks, &d->record);
    free(d);
}

static void destroy_all(void)
{
    while (disks.first != NULL)
        free_disk((disk *)disks.first);
    records_end(&disks);
}

/* ---- attachments ---- */

static void detach(attachment *a)
{
    attachment **place = &a->m->attachments;
    while (*place != a)
        place = &(*place)->next;
    *place = a->next;
    a->d->attachment = NULL;
    free(a->path);
    free(a);
}

static void detach_all(machine *m)
{
    while (m->attachments != NULL)
        detach(m->attachments);
}

static bool is_below(const char *path, const char *directory)
{
    size_t length = strlen(directory);
    return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static bool is_mount_path(const char *path)
{
    if (path[0] != '/' || path[strspn(path, "/")] == '\0' || strlen(path) > MAX_MOUNT_PATH)
        return false;
    for (const char *part = path; (part = strstr(part, "/..")) != NULL; part += 3) {
        if (part[3] == '/' || part[3] == '\0')
            return false;
    }
    return !is_below(path, "/proc") && !is_below(path, "/sys") && !is_below(path, "/dev");
}

static int check_attach(call *c, const machine *m, const disk *d, const char *path)
{
    if (!is_mount_path(path))
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "\"%.200s\" is not a valid mount path", path);
    if (!sandbox_volumes_possible())
        return call_error(
            c, GRPC_STATUS_FAILED_PRECONDITION,
            "this emulator runs without isolation (see its start output) and cannot mount disks");
    if (d->attachment != NULL)
        return call_error(c, GRPC_STATUS_FAILED_PRECONDITION, "disk %s is attached to VM %s", d->record.name,
                          d->attachment->m->name);
    if (d->busy)
        return call_error(c, GRPC_STATUS_FAILED_PRECONDITION, "disk %s is busy: try again", d->record.name);
    for (const attachment *a = m->attachments; a != NULL; a = a->next) {
        if (strcmp(a->path, path) == 0)
            return call_error(c, GRPC_STATUS_FAILED_PRECONDITION, "VM %s has disk %s at %s", m->name,
                              a->d->record.name, path);
    }
    return 0;
}

static void attach(machine *m, disk *d, const char *path, bool read_only)
{
    attachment *a = xcalloc(1, sizeof *a), **end = &m->attachments;
    a->d = d;
    a->m = m;
    a->path = xstrdup(path);
    a->read_only = read_only;
    while (*end != NULL)
        end = &(*end)->next;
    *end = a;
    d->attachment = a;
}

static int attach_configured(call *c, machine *m, const BoxdPb__VmConfig *config)
{
    for (size_t i = 0; i < config->n_volumes; i++) {
        const BoxdPb__VolumeMount *volume = config->volumes[i];
        disk *d = find_disk(c, volume->disk_id);
        int code = d ? check_attach(c, m, d, volume->mount_path) : GRPC_STATUS_NOT_FOUND;
        if (code != 0)
            return code;
        attach(m, d, volume->mount_path, volume->read_only);
    }
    return 0;
}

/* On a worker. Meanwhile the machine is busy with a change, and no disk is attached or detached. */
static int mount_attachments(const machine *m, char *why, size_t why_size)
{
    int error = 0;
    for (const attachment *a = m->attachments; a != NULL && error == 0; a = a->next)
        error = sandbox_mount(m->sandbox, a->d->record.id, a->path, a->read_only, why, why_size);
    return error;
}

/* ---- work on a worker ---- */

typedef struct disk_job {
    job job;
    call *c;
    /* NULL: no machine takes part. */
    machine *m;
    disk *d;
    int error;
    char why[FILE_WHY_BYTES];
} disk_job;

static disk_job *new_job(call *c, machine *m, disk *d, void (*work)(job *), void (*done)(job *))
{
    disk_job *j = xcalloc(1, sizeof *j);
    j->c = c;
    j->m = m;
    j->d = d;
    j->job.work = work;
    j->job.done = done;
    d->busy = true;
    call_ref(c);
    if (m != NULL)
        machine_ref(m);
    return j;
}

static void end_job(disk_job *j, int code)
{
    call_complete(j->c, code ? call_error(j->c, code, "%s", j->why) : 0);
    call_unref(j->c);
    if (j->m != NULL)
        machine_unref(j->m);
    free(j);
}

/* ---- CreateDisk, ListDisks, DestroyDisk ---- */

static void create_work(job *item)
{
    disk_job *j = container_of(item, disk_job, job);
    j->error = sandbox_volume_create(j->d->record.id, j->why, sizeof j->why);
}

static void create_done(job *item)
{
    disk_job *j = container_of(item, disk_job, job);
    j->d->busy = false;
    if (j->error != 0)
        free_disk(j->d);
    end_job(j, j->error ? file_code(j->error) : 0);
}

static int create_disk(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__CreateDiskRequest *request = (const BoxdPb__CreateDiskRequest *)message;
    if (!name_valid(request->name))
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "\"%.80s\" is not a valid disk name",
                          request->name);
    if (records_by_name(&disks, request->name) != NULL)
        return call_error(c, GRPC_STATUS_ALREADY_EXISTS, "a disk named \"%s\" already exists", request->name);
    int code = disk_size_check(c, request->size_bytes);
    if (code != 0)
        return code;
    disk *d = xcalloc(1, sizeof *d);
    records_add(&disks, &d->record, request->name);
    d->size_bytes = request->size_bytes;
    d->created_at_ms = wall_ms();
    BoxdPb__CreateDiskResponse *reply = (BoxdPb__CreateDiskResponse *)out;
    reply->disk_id = arena_strdup(&c->memory, d->record.id);
    reply->name = arena_strdup(&c->memory, d->record.name);
    reply->size_bytes = d->size_bytes;
    reply->status = "ready";
    workers_submit(&new_job(c, NULL, d, create_work, create_done)->job);
    return CALL_LATER;
}

static BoxdPb__DiskInfo *disk_info(call *c, const disk *d)
{
    BoxdPb__DiskInfo *info = message_new(&c->memory, &boxd_pb__disk_info__descriptor);
    info->disk_id = arena_strdup(&c->memory, d->record.id);
    info->name = arena_strdup(&c->memory, d->record.name);
    info->size_bytes = d->size_bytes;
    info->status = "ready";
    info->worker_id = "emulator";
    info->created_at = d->created_at_ms;
    const attachment *a = d->attachment;
    if (a == NULL)
        return info;
    BoxdPb__DiskAttachment *row = message_new(&c->memory, &boxd_pb__disk_attachment__descriptor);
    row->vm_id = arena_strdup(&c->memory, a->m->id);
    row->vm_name = arena_strdup(&c->memory, a->m->name);
    row->mount_path = arena_strdup(&c->memory, a->path);
    row->mount_mode = a->read_only ? "ro" : "rw";
    info->attachments = arena_alloc(&c->memory, sizeof(void *));
    info->attachments[info->n_attachments++] = row;
    return info;
}

static int list_disks(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    BoxdPb__ListDisksResponse *reply = (BoxdPb__ListDisksResponse *)out;
    (void)message;
    reply->disks = arena_alloc(&c->memory, disks.count * sizeof(void *));
    for (const record *r = disks.first; r != NULL; r = r->next)
        reply->disks[reply->n_disks++] = disk_info(c, (const disk *)r);
    return 0;
}

static void destroy_work(job *item)
{
    disk_job *j = container_of(item, disk_job, job);
    j->error = sandbox_volume_destroy(j->d->record.id, j->why, sizeof j->why);
}

static void destroy_done(job *item)
{
    disk_job *j = container_of(item, disk_job, job);
    free_disk(j->d); /* also after an error: the emulator removes the files when it ends */
    end_job(j, j->error ? file_code(j->error) : 0);
}

static int destroy_disk(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    disk *d = find_disk(c, ((const BoxdPb__DestroyDiskRequest *)message)->disk_id);
    (void)out;
    if (d == NULL)
        return GRPC_STATUS_NOT_FOUND;
    if (d->attachment != NULL)
        return call_error(c, GRPC_STATUS_FAILED_PRECONDITION, "disk %s is attached to VM %s: detach it first",
                          d->record.name, d->attachment->m->name);
    if (d->busy)
        return call_error(c, GRPC_STATUS_FAILED_PRECONDITION, "disk %s is busy: try again", d->record.name);
    workers_submit(&new_job(c, NULL, d, destroy_work, destroy_done)->job);
    return CALL_LATER;
}

/* ---- AttachDisk, DetachDisk ---- */

/* The sandbox is ready, or an error occurred. */
static void sandbox_ready(void *data, int code, const char *why)
{
    disk_job *j = data;
    if (code == 0) {
        workers_submit(&j->job);
        return;
    }
    (void)snprintf(j->why, sizeof j->why, "%s", why);
    j->d->busy = false;
    end_job(j, code);
}

static const BoxdPb__AttachDiskRequest *attach_request(const disk_job *j)
{
    return (const BoxdPb__AttachDiskRequest *)j->c->request;
}

static void attach_work(job *item)
{
    disk_job *j = container_of(item, disk_job, job);
    const BoxdPb__AttachDiskRequest *request = attach_request(j);
    j->error = sandbox_mount(j->m->sandbox, j->d->record.id, request->mount_path, request->read_only, j->why,
                             sizeof j->why);
}

static void attach_done(job *item)
{
    disk_job *j = container_of(item, disk_job, job);
    const BoxdPb__AttachDiskRequest *request = attach_request(j);
    j->d->busy = false;
    if (j->error == 0)
        attach(j->m, j->d, request->mount_path, request->read_only);
    machine_release(j->m);
    end_job(j, j->error ? file_code(j->error) : 0);
}

static int attach_disk(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__AttachDiskRequest *request = (const BoxdPb__AttachDiskRequest *)message;
    (void)out;
    disk *d = find_disk(c, request->disk_id);
    machine *m = d ? machine_find(c, request->vm_id) : NULL;
    int code = m ? check_attach(c, m, d, request->mount_path) : GRPC_STATUS_NOT_FOUND;
    if (code != 0)
        return code;
    machine_acquire_any_state(m, sandbox_ready, new_job(c, m, d, attach_work, attach_done));
    return CALL_LATER;
}

static void detach_work(job *item)
{
    disk_job *j = container_of(item, disk_job, job);
    j->error = sandbox_unmount(j->m->sandbox, j->d->record.id, j->why, sizeof j->why);
}

static void detach_done(job *item)
{
    disk_job *j = container_of(item, disk_job, job);
    j->d->busy = false;
    if (j->error == 0 && j->d->attachment != NULL)
        detach(j->d->attachment);
    machine_release(j->m);
    end_job(j, j->error ? file_code(j->error) : 0);
}

static int detach_disk(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__DetachDiskRequest *request = (const BoxdPb__DetachDiskRequest *)message;
    (void)out;
    disk *d = find_disk(c, request->disk_id);
    machine *m = d ? machine_find(c, request->vm_id) : NULL;
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    if (d->attachment == NULL || d->attachment->m != m || d->busy)
        return call_error(c, GRPC_STATUS_FAILED_PRECONDITION, "disk %s is not attached to VM %s%s",
                          d->record.name, m->name, d->busy ? " yet: try again" : "");
    machine_acquire_any_state(m, sandbox_ready, new_job(c, m, d, detach_work, detach_done));
    return CALL_LATER;
}

const rpc_handler disk_rpcs[] = {
    {.rpc = "CreateDisk", .unary = create_disk},   {.rpc = "ListDisks", .unary = list_disks},
    {.rpc = "DestroyDisk", .unary = destroy_disk}, {.rpc = "AttachDisk", .unary = attach_disk},
    {.rpc = "DetachDisk", .unary = detach_disk},   {NULL, NULL, NULL},
};

const machine_extension disk_extension = {.configure = attach_configured,
                                          .mount = mount_attachments,
                                          .unregistered = detach_all,
                                          .shutdown = destroy_all};
