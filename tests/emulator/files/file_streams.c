/*
 * file_streams.c: UploadFileStream and DownloadFileStream. File system work runs on a worker, one chunk at a
 * time. An upload receives the next message when the previous chunk is written; a download reads the next
 * chunk when gRPC has accepted the previous message.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/differ.h"
#include "files/files.h"
#include "machine/machines.h"
#include "rpc/generation.h"

enum { DOWNLOAD_CHUNK_BYTES = 1024 * 1024 };

/* ---- streams: one step on a worker at a time ---- */

typedef struct transfer {
    job job;
    call *c;
    machine *m;
    /* On a worker. 0 or a gRPC code. */
    int (*step)(struct transfer *t);
    /* On the core thread, after a step without an error. */
    void (*after)(struct transfer *t);
    int code;
    /* The call has ended. */
    bool ended;
    /* upload */
    upload_file file;
    uint64_t total;
    BoxdPb__UploadFileChunk *chunk;
    bool keep;
    /* download */
    int fd;
    const char *path;
    uint64_t size, sent;
    grpc_byte_buffer *packed;
    bool started, at_end;
} transfer;

static void free_transfer(transfer *t)
{
    if (t->chunk != NULL)
        protobuf_c_message_free_unpacked(&t->chunk->base, NULL);
    if (t->packed != NULL)
        grpc_byte_buffer_destroy(t->packed);
    if (t->fd >= 0)
        close(t->fd);
    file_upload_free(&t->file);
    t->c->stream = NULL;
    t->c->closed = NULL;
    call_unref(t->c);
    machine_unref(t->m);
    free(t);
}

static void step_work(job *j)
{
    transfer *t = container_of(j, transfer, job);
    t->code = t->step(t);
}

static void fail(transfer *t);

static void step_done(job *j)
{
    transfer *t = container_of(j, transfer, job);
    machine_release(t->m);
    if (t->code != 0 || t->ended)
        fail(t);
    else
        t->after(t);
}

static void step_ready(void *data, int code, const char *why)
{
    transfer *t = data;
    if (code != 0) {
        t->code = call_error(t->c, code, "%s", why);
        fail(t);
        return;
    }
    t->job.work = step_work;
    t->job.done = step_done;
    workers_submit(&t->job);
}

static void run_step(transfer *t, int (*step)(transfer *), void (*after)(transfer *))
{
    t->step = step;
    t->after = after;
    machine_acquire(t->m, step_ready, t);
}

static int remove_file_step(transfer *t)
{
    char why[FILE_WHY_BYTES];
    (void)file_upload_close(t->m->sandbox, &t->file, false, why);
    return 0;
}

static void file_removed(transfer *t)
{
    free_transfer(t);
}

static void fail(transfer *t)
{
    call_finish(t->c, t->ended ? GRPC_STATUS_CANCELLED : t->code, t->ended ? "cancelled" : t->c->error, NULL);
    t->ended = false;
    if (t->file.temporary == NULL || t->m->status == MACHINE_DESTROYING) {
        free_transfer(t); /* no temporary file exists, or the file is removed with its machine */
        return;
    }
    /* Not by machine_acquire: removes the file from a stopped machine too, and wakes no machine. */
    t->step = remove_file_step;
    t->after = file_removed;
    t->m->users++;
    step_ready(t, 0, "");
}

/* ---- UploadFileStream ---- */

static void upload_next(transfer *t);

static int upload_step(transfer *t)
{
    char why[FILE_WHY_BYTES] = "";
    int error = 0;
    if (t->file.target == NULL)
        error = file_upload_open(t->m->sandbox, t->path, &t->file, why);
    if (error == 0)
        error = file_upload_write(&t->file, t->chunk->data.data, t->chunk->data.len, why);
    return error ? call_error(t->c, file_code(error), "%s", why) : 0;
}

static int upload_end_step(transfer *t)
{
    char why[FILE_WHY_BYTES] = "";
    t->sent = t->file.written;
    int error = file_upload_close(t->m->sandbox, &t->file, true, why);
    return error ? call_error(t->c, file_code(error), "%s", why) : 0;
}

static void upload_ended(transfer *t)
{
    BoxdPb__UploadFileResponse reply = BOXD_PB__UPLOAD_FILE_RESPONSE__INIT;
    reply.bytes_written = file_reported_bytes(t->c, t->sent);
    generation_trim(&reply.base);
    call_finish(t->c, 0, NULL, &reply.base);
    free_transfer(t);
}

static void chunk_written(transfer *t)
{
    protobuf_c_message_free_unpacked(&t->chunk->base, NULL);
    t->chunk = NULL;
    upload_next(t);
}

static void got_chunk(call *c, grpc_byte_buffer *packed)
{
    transfer *t = c->stream;
    if (t == NULL) {
        if (packed != NULL)
            grpc_byte_buffer_destroy(packed);
        return;
    }
    bool half_closed = packed == NULL && !t->ended && !c->closed_seen;
    t->code = 0;
    if (packed != NULL) {
        ProtobufCMessage *message;
        t->code = call_unpack(c, &boxd_pb__upload_file_chunk__descriptor, packed, NULL, &message);
        t->chunk = (BoxdPb__UploadFileChunk *)message;
        if (t->code == 0 && t->file.written + t->chunk->data.len > t->total)
            t->code = call_error(c, GRPC_STATUS_INVALID_ARGUMENT,
                                 "the upload is longer than its total_size of %llu bytes",
                                 (unsigned long long)t->total);
    } else if (half_closed && t->file.written != t->total) {
        t->code = call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "the upload ended after %llu of %llu bytes",
                             (unsigned long long)t->file.written, (unsigned long long)t->total);
    } else if (!half_closed) {
        t->ended = true;
    }
    if (t->code != 0 || t->ended)
        fail(t);
    else if (packed != NULL)
        run_step(t, upload_step, chunk_written);
    else
        run_step(t, upload_end_step, upload_ended);
}

static void upload_next(transfer *t)
{
    call_receive(t->c, got_chunk);
}

/* A step or a receive is always under way and checks `ended` when it completes. */
static void transfer_closed(call *c, bool cancelled)
{
    transfer *t = c->stream;
    if (t != NULL && cancelled)
        t->ended = true;
}

static transfer *new_transfer(call *c, const char *vm, const char *path)
{
    machine *m = machine_find(c, vm);
    if (m == NULL) {
        call_finish(c, GRPC_STATUS_NOT_FOUND, c->error, NULL);
        return NULL;
    }
    path = file_path(c, path);
    if (path == NULL) {
        call_finish(c, GRPC_STATUS_INVALID_ARGUMENT, c->error, NULL);
        return NULL;
    }
    transfer *t = xcalloc(1, sizeof *t);
    if (!call_watch(c, t, transfer_closed)) {
        free(t);
        return NULL;
    }
    t->c = c;
    t->m = m;
    t->path = arena_strdup(&c->memory, path);
    t->fd = t->file.fd = -1;
    call_ref(c);
    machine_ref(m);
    return t;
}

static void got_first_chunk(call *c, grpc_byte_buffer *packed)
{
    if (packed == NULL) {
        call_finish(c, GRPC_STATUS_INVALID_ARGUMENT, "the first message must name a VM and a path", NULL);
        return;
    }
    ProtobufCMessage *message;
    int refused = call_unpack(c, &boxd_pb__upload_file_chunk__descriptor, packed, NULL, &message);
    if (refused != 0) {
        call_finish(c, refused, c->error, NULL);
        return;
    }
    BoxdPb__UploadFileChunk *chunk = (BoxdPb__UploadFileChunk *)message;
    transfer *t = new_transfer(c, chunk->vm_id, chunk->path);
    if (t == NULL) {
        protobuf_c_message_free_unpacked(message, NULL);
        return;
    }
    t->total = chunk->total_size;
    t->chunk = chunk;
    if (chunk->data.len > t->total) {
        t->code = call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "the upload is longer than its total_size");
        fail(t);
        return;
    }
    run_step(t, upload_step, chunk_written);
}

static void upload_stream(call *c)
{
    call_receive(c, got_first_chunk);
}

/* ---- DownloadFileStream ---- */

static void chunk_sent(call *c, bool ok);

/* The most data that the next message may carry, which a fault may limit. */
static size_t download_limit(const transfer *t)
{
    const rpc_fault *f = &t->c->fault;
    if (!f->active || f->after_bytes < 0)
        return DOWNLOAD_CHUNK_BYTES;
    uint64_t left = (uint64_t)f->after_bytes > t->sent ? (uint64_t)f->after_bytes - t->sent : 0;
    return left < DOWNLOAD_CHUNK_BYTES ? (size_t)left : DOWNLOAD_CHUNK_BYTES;
}

static int download_step(transfer *t)
{
    if (t->fd < 0) {
        int code = file_open_to_read(t->c, t->m->sandbox, t->path, &t->fd, &t->size);
        if (code != 0)
            return code;
    }
    size_t limit = download_limit(t);
    uint8_t *buffer = xmalloc(limit);
    ssize_t n = file_read_full(t->fd, buffer, limit);
    int code = 0;
    if (n < 0) {
        code = call_error(t->c, GRPC_STATUS_INTERNAL, "cannot read %s: %s", t->path, error_text(errno));
    } else {
        BoxdPb__DownloadFileChunk chunk = BOXD_PB__DOWNLOAD_FILE_CHUNK__INIT;
        chunk.total_size = t->started || differs(DIFFER_TOTAL_SIZE) ? 0 : t->size;
        chunk.data = (ProtobufCBinaryData){(size_t)n, buffer};
        t->at_end = (size_t)n < DOWNLOAD_CHUNK_BYTES;
        if (n > 0 || !t->started)
            t->packed = message_pack(&chunk.base);
        t->sent += (uint64_t)n;
        t->started = true;
    }
    free(buffer);
    return code;
}

static void download_ended(transfer *t)
{
    const rpc_fault *f = &t->c->fault;
    bool cut = f->active && f->after_bytes >= 0 && t->sent >= (uint64_t)f->after_bytes && t->sent < t->size;
    if (cut && f->close) {
        call_drop_connection(t->c);
        call_finish(t->c, GRPC_STATUS_UNAVAILABLE, f->message, NULL);
    } else {
        call_finish(t->c, cut && !f->truncate ? f->code : 0, f->message, NULL);
    }
    free_transfer(t);
}

static void download_ready(transfer *t)
{
    grpc_byte_buffer *packed = t->packed;
    t->packed = NULL;
    if (packed != NULL)
        call_send_buffer(t->c, packed, chunk_sent);
    else
        download_ended(t);
}

static void chunk_sent(call *c, bool ok)
{
    transfer *t = c->stream;
    if (t == NULL)
        return;
    if (!ok || t->ended) {
        t->ended = true;
        fail(t);
    } else if (t->at_end) {
        download_ended(t);
    } else {
        run_step(t, download_step, download_ready);
    }
}

static void got_download_request(call *c, grpc_byte_buffer *packed)
{
    ProtobufCMessage *message;
    int refused = call_unpack(c, &boxd_pb__download_file_request__descriptor, packed, &c->memory, &message);
    if (refused != 0) {
        call_finish(c, refused, c->error, NULL);
        return;
    }
    const BoxdPb__DownloadFileRequest *request = (const BoxdPb__DownloadFileRequest *)message;
    transfer *t = new_transfer(c, request->vm_id, request->path);
    if (t != NULL)
        run_step(t, download_step, download_ready);
}

static void download_stream(call *c)
{
    call_receive(c, got_download_request);
}

const rpc_handler file_stream_rpcs[] = {
    {.rpc = "UploadFileStream", .stream = upload_stream},
    {.rpc = "DownloadFileStream", .stream = download_stream},
    {NULL, NULL, NULL},
};
