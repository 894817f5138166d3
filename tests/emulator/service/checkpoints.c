/*
 * checkpoints.c: CreateCheckpoint, ListCheckpoints, DeleteCheckpoint, RestoreCheckpoint. A checkpoint holds
 * the files of a machine at one moment. Restoring a checkpoint replaces the files of its machine and reboots
 * it. A checkpoint is deleted with its machine. Core thread only.
 */
#include <stdlib.h>
#include <string.h>

#include "service/service.h"

typedef struct checkpoint {
    /* First member: see machine_capture. NULL: pending or failed. */
    machine *image;
    /* The machine's list. */
    struct checkpoint *next;
    char id[37], *name;
    int64_t created_at_ms;
    bool pending;
    /* Freed when the capture has ended. */
    bool deleted;
} checkpoint;

static checkpoint **find(machine *m, const char *name)
{
    checkpoint **p = &m->checkpoints;
    while (*p != NULL && strcmp((*p)->name, name) != 0)
        p = &(*p)->next;
    return p;
}

static void free_if_deleted(checkpoint *p)
{
    if (!p->deleted || p->pending)
        return;
    if (p->image != NULL)
        machine_unref(p->image);
    free(p->name);
    free(p);
}

static void remove_at(checkpoint **place)
{
    checkpoint *p = *place;
    *place = p->next;
    p->deleted = true;
    free_if_deleted(p);
}

static void remove_all(machine *m)
{
    while (m->checkpoints != NULL)
        remove_at(&m->checkpoints);
}

static void captured(void *data, int code, const char *why)
{
    checkpoint *p = data;
    (void)code; /* without an image the status is "failed" */
    (void)why;
    p->pending = false;
    free_if_deleted(p);
}

static const char *status_of(const checkpoint *p)
{
    return p->pending ? "pending" : p->image != NULL ? "ready" : "failed";
}

static int create_checkpoint(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__CreateCheckpointRequest *request = (const BoxdPb__CreateCheckpointRequest *)message;
    BoxdPb__CreateCheckpointResponse *reply = (BoxdPb__CreateCheckpointResponse *)out;
    machine *m = machine_find(c, request->vm);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    if (!name_valid(request->name))
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "\"%.80s\" is not a valid checkpoint name",
                          request->name);
    checkpoint **place = find(m, request->name);
    if (*place != NULL)
        return call_error(c, GRPC_STATUS_ALREADY_EXISTS, "VM %s already has a checkpoint named \"%s\"",
                          m->name, request->name);
    if (m->status != MACHINE_RUNNING)
        return call_error(c, GRPC_STATUS_FAILED_PRECONDITION, "VM is %s: a checkpoint needs a running VM",
                          machine_status_name(m->status));
    checkpoint *p = *place = xcalloc(1, sizeof *p);
    random_uuid(p->id);
    p->name = xstrdup(request->name);
    p->created_at_ms = wall_ms();
    p->pending = true;
    reply->checkpoint_id = arena_strdup(&c->memory, p->id);
    reply->name = arena_strdup(&c->memory, p->name);
    reply->status = "pending";
    machine_capture(m, captured, &p->image);
    return 0;
}

static int list_checkpoints(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    BoxdPb__ListCheckpointsResponse *reply = (BoxdPb__ListCheckpointsResponse *)out;
    const machine *m = machine_find(c, ((const BoxdPb__ListCheckpointsRequest *)message)->vm);
    if (m == NULL)
        return GRPC_STATUS_NOT_FOUND;
    size_t count = 0;
    for (const checkpoint *p = m->checkpoints; p != NULL; p = p->next)
        count++;
    reply->checkpoints = arena_alloc(&c->memory, count * sizeof(void *));
    for (const checkpoint *p = m->checkpoints; p != NULL; p = p->next) {
        BoxdPb__CheckpointInfo *info = message_new(&c->memory, &boxd_pb__checkpoint_info__descriptor);
        info->checkpoint_id = arena_strdup(&c->memory, p->id);
        info->name = arena_strdup(&c->memory, p->name);
        info->status = status_of(p);
        info->created_at = p->created_at_ms;
        info->created_by = c->user_id;
        info->available = p->image != NULL;
        reply->checkpoints[reply->n_checkpoints++] = info;
    }
    return 0;
}

static checkpoint **find_checkpoint(call *c, machine *m, const char *name)
{
    checkpoint **place = find(m, name);
    if (*place == NULL)
        call_error(c, GRPC_STATUS_NOT_FOUND, "VM %s has no checkpoint named \"%.80s\"", m->name, name);
    return place;
}

static int delete_checkpoint(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__DeleteCheckpointRequest *request = (const BoxdPb__DeleteCheckpointRequest *)message;
    (void)out;
    machine *m = machine_find(c, request->vm);
    checkpoint **place = m ? find_checkpoint(c, m, request->name) : NULL;
    if (place == NULL || *place == NULL)
        return GRPC_STATUS_NOT_FOUND;
    remove_at(place);
    return 0;
}

typedef struct {
    call *c;
    machine *m;
} restoring;

static void restored(void *data, int code, const char *why)
{
    restoring *r = data;
    machine_unref(r->m->restore_from);
    r->m->restore_from = NULL;
    call_complete(r->c, code ? call_error(r->c, code, "%s", why) : 0);
    call_unref(r->c);
    machine_unref(r->m);
    free(r);
}

static int restore_checkpoint(call *c, const ProtobufCMessage *message, ProtobufCMessage *out)
{
    const BoxdPb__RestoreCheckpointRequest *request = (const BoxdPb__RestoreCheckpointRequest *)message;
    (void)out;
    machine *m = machine_find(c, request->vm);
    checkpoint **place = m ? find_checkpoint(c, m, request->name) : NULL;
    if (place == NULL || *place == NULL)
        return GRPC_STATUS_NOT_FOUND;
    if ((*place)->image == NULL || m->restore_from != NULL)
        return call_error(c, GRPC_STATUS_FAILED_PRECONDITION,
                          m->restore_from ? "VM %s is being restored" : "VM %s: the checkpoint is not ready",
                          m->name);
    restoring *r = xcalloc(1, sizeof *r);
    *r = (restoring){c, m};
    m->restore_from = (*place)->image;
    machine_ref(m->restore_from);
    machine_ref(m);
    call_ref(c);
    machine_change_start(m, CHANGE_RESTORE, restored, r);
    return CALL_LATER;
}

const rpc_handler checkpoint_rpcs[] = {
    {.rpc = "CreateCheckpoint", .unary = create_checkpoint},
    {.rpc = "ListCheckpoints", .unary = list_checkpoints},
    {.rpc = "DeleteCheckpoint", .unary = delete_checkpoint},
    {.rpc = "RestoreCheckpoint", .unary = restore_checkpoint},
    {NULL, NULL, NULL},
};

const machine_extension checkpoint_extension = {.unregistered = remove_all};
