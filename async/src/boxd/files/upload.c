/*
 * upload.c: files into a box. The stream RPC in pieces of 1 MiB, each sent when the one before was accepted;
 * where a server lacks it, the unary RPC with the whole file in one message. What is sent comes from memory,
 * or from a local file that the disk thread reads.
 */
#include "boxd/client/box.h"
#include "boxd/client/box_names.h"
#include "boxd/client/call.h"
#include "boxd/client/failure.h"
#include "boxd/files/progress.h"
#include "container_of.h"
#include "errors.h"
#include "grpc/wire.h"
#include "mem.h"
#include "options.h"

#include <boxd/aio/file.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE_BYTES ((size_t)1024 * 1024)
#define MAX_UNARY_BYTES                                                                                      \
    ((size_t)64 * 1024 * 1024 - (size_t)64 * 1024) /* what fits a message beside the path */

typedef struct upload {
    request request;
    api_call call;
    char *path;
    uint64_t size, offset; /* of the whole; of what was sent or read */
    progress progress;
    /* One of: bytes of the program's or a copy, or a file. */
    const char *data;
    char *copy;
    boxd_release_cb release;
    void *release_data;
    int fd;            /* -1: none */
    bool unary;        /* the stream RPC is lacking */
    loop_task reading; /* to the disk thread and back */
    bool call_over;
    bool read_pending; /* the disk thread has piece, piece_size and failure meanwhile; the core thread leaves
                          them alone */
    bool again, unary_next;  /* what to do once the disk thread is back: open the stream anew, or go unary */
    grpc_byte_buffer *reply; /* of the stream RPC, until it is over */
    char *piece;             /* what was read, until it is sent */
    size_t piece_size, wanted;
    boxd_error failure; /* found on our side */
    boxd_error outcome; /* of the call, once it is over */
} upload;

static upload *upload_of(request *r)
{
    return (upload *)(void *)r;
}

/* ---- the end ---- */

static void finish(upload *u)
{
    if (u->read_pending) /* the disk thread still has the operation */
        return;
    const boxd_error *error = request_outcome(&u->request, &u->failure, &u->outcome);
    if (!error)
        progress_end(&u->progress, u->size);
    request_finish(&u->request, error);
}

static void start_unary(upload *u);

/* Compares what the server wrote with what was sent. */
static void check_reply(upload *u)
{
    ProtobufCMessage *reply =
        wire_unpack(&boxd_pb__upload_file_response__descriptor, u->call.rpc.reply, &u->outcome);
    if (!reply)
        return;
    uint64_t written = ((const BoxdPb__UploadFileResponse *)(const void *)reply)->bytes_written;
    if (written == 0)
        written = u->offset; /* an old server confirms nothing: what it took is what was sent */
    if (written != u->size)
        error_set_sent(
            &u->outcome, BOXD_ERR_INCOMPLETE, BOXD_SENT_YES,
            "%s in %s: %llu bytes were sent, but the server wrote %llu; the file is damaged, write it again",
            u->path, u->request.subject, (unsigned long long)u->size, (unsigned long long)written);
    wire_free(reply);
}

static void on_done(api_call *c, const boxd_error *error)
{
    upload *u = upload_of(c->owner);
    if (error && error->status == BOXD_ERR_UNSUPPORTED && !u->unary) {
        compute_mark_missing(u->request.compute, FEATURE_UPLOAD_STREAM, "UploadFileStream");
        call_clear(c);
        if (u->read_pending)
            u->unary_next = true;
        else
            start_unary(u);
        return;
    }
    u->call_over = true;
    u->outcome = error ? *error : (boxd_error)BOXD_ERROR_INIT;
    if (!error)
        check_reply(u);
    finish(u);
}

static void fail(upload *u)
{
    if (u->call.running)
        call_stop(&u->call);
    else
        finish(u);
}

/* ---- reading the source ---- */

static void send_piece(upload *u);
static void send_first(upload *u);

static void run_read_done(loop_task *task)
{
    upload *u = CONTAINER_OF(task, upload, reading);
    bool again = u->again, unary_next = u->unary_next;
    u->read_pending = u->again = u->unary_next = false;
    if (u->call_over)
        finish(u);
    else if (unary_next)
        start_unary(u);
    else if (again)
        send_first(u);
    else if (u->failure.status != BOXD_OK)
        fail(u);
    else
        send_piece(u);
    request_unref(&u->request);
}

/* Disk thread: reads exactly what is wanted; the operation is its alone meanwhile. */
static void run_read(loop_task *task)
{
    upload *u = CONTAINER_OF(task, upload, reading);
    u->piece_size = 0;
    while (u->piece_size < u->wanted) {
        ssize_t got = pread(u->fd, u->piece + u->piece_size, u->wanted - u->piece_size,
                            (off_t)(u->offset + u->piece_size));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            if (got < 0)
                error_set(&u->failure, BOXD_ERR_LOCAL_FILE, "reading the local file for %s failed (%s)",
                          u->path, strerrordesc_np(errno));
            else
                error_set(&u->failure, BOXD_ERR_INCOMPLETE,
                          "the local file for %s became shorter while it was read; write it again", u->path);
            break;
        }
        u->piece_size += (size_t)got;
    }
    loop_post(&u->request.compute->core.loop, task, run_read_done);
}

/* Gets the next `wanted` bytes: from memory at once, from a file by the disk thread; send_piece() follows. */
static void fetch(upload *u, size_t wanted)
{
    if (u->fd < 0) {
        send_piece(u);
        return;
    }
    u->wanted = wanted;
    mem_free(u->piece); /* of an attempt that was given up */
    u->piece = mem_alloc(wanted);
    if (!u->piece)
        error_no_memory(&u->failure, "reading a local file");
    else
        worker_start(&u->request.compute->thread_data.disk, &u->failure);
    if (u->failure.status != BOXD_OK) {
        fail(u);
        return;
    }
    u->read_pending = true;
    request_ref(&u->request);
    loop_post(&u->request.compute->thread_data.disk.loop, &u->reading, run_read);
}

/* ---- sending ---- */

static size_t next_size(const upload *u)
{
    uint64_t left = u->size - u->offset;
    if (u->unary)
        return (size_t)left;
    return left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
}

static bool pack_piece(upload *u, size_t size, grpc_slice *out)
{
    const char *bytes = u->fd < 0 ? u->data + u->offset : u->piece;
    const ProtobufCBinaryData data = {.len = size, .data = (uint8_t *)(uintptr_t)bytes}; /* only read */
    bool packed;
    if (u->unary) {
        BoxdPb__UploadFileRequest message = BOXD_PB__UPLOAD_FILE_REQUEST__INIT;
        message.vm_id = boxd_box_id(u->request.box);
        message.path = u->path;
        message.data = data;
        packed = wire_pack(&message.base, out);
    } else {
        BoxdPb__UploadFileChunk message = BOXD_PB__UPLOAD_FILE_CHUNK__INIT;
        message.vm_id = u->offset == 0 ? boxd_box_id(u->request.box) : "";
        message.path = u->offset == 0 ? u->path : "";
        message.total_size = u->offset == 0 ? u->size : 0;
        message.data = data;
        packed = wire_pack(&message.base, out);
    }
    mem_free(u->piece);
    u->piece = NULL;
    return packed;
}

static const call_events unary_events = {.done = on_done};
static const method UPLOAD = {.name = "UploadFile", .path = METHOD_PATH("UploadFile")};

static void send_piece(upload *u)
{
    size_t size = next_size(u);
    grpc_slice message;
    if (!u->unary && (u->call.stopped || !u->call.rpc.call))
        return; /* it is ending */
    if (!pack_piece(u, size, &message)) {
        error_no_memory(&u->failure, "sending a file");
        fail(u);
        return;
    }
    u->offset += size;
    if (u->unary) {
        call_set_message(&u->call, message);
        call_start_unary(&u->call, &u->request, &UPLOAD, &unary_events);
    } else {
        rpc_write(&u->call.rpc, message, u->offset == u->size);
        grpc_slice_unref(message);
    }
}

static void send_first(upload *u)
{
    u->offset = 0;
    fetch(u, next_size(u));
}

static void on_opened(api_call *c)
{
    upload *u = upload_of(c->owner);
    rpc_read(&c->rpc);
    if (u->read_pending)
        u->again = true;
    else
        send_first(u);
}

static void on_written(rpc *r, bool ok)
{
    api_call *c = CONTAINER_OF(r, api_call, rpc);
    upload *u = upload_of(c->owner);
    if (ok)
        progress_at(&u->progress, u->offset, u->size);
    if (ok && u->offset < u->size && !c->stopped)
        fetch(u, next_size(u));
}

/* The reply of a client stream: once nothing follows it, kept where a unary call has it. */
static void on_message(rpc *r, grpc_byte_buffer *message)
{
    api_call *c = CONTAINER_OF(r, api_call, rpc);
    upload *u = upload_of(c->owner);
    if (message && u->reply)
        grpc_byte_buffer_destroy(u->reply);
    if (message) {
        u->reply = message;
        rpc_read(&c->rpc);
    } else {
        c->rpc.reply = u->reply;
        u->reply = NULL;
    }
}

static void start_unary(upload *u)
{
    u->unary = true;
    u->offset = 0;
    if (u->size > MAX_UNARY_BYTES) {
        error_set(&u->failure, BOXD_ERR_UNSUPPORTED,
                  "this server has no UploadFileStream, and %llu bytes are more than one message holds "
                  "(%zu); split the file",
                  (unsigned long long)u->size, MAX_UNARY_BYTES);
        finish(u);
        return;
    }
    fetch(u, (size_t)u->size);
}

/* ---- the operation ---- */

static void begin(request *r)
{
    static const method stream = {
        .name = "UploadFileStream", .path = METHOD_PATH("UploadFileStream"), .stream = true};
    static const call_events events = {on_opened, on_message, on_written, on_done};
    upload *u = upload_of(r);
    if (u->request.compute->thread_data.missing_features[FEATURE_UPLOAD_STREAM])
        start_unary(u);
    else
        call_start_stream(&u->call, &u->request, &stream, &events);
}

static void stop(request *r)
{
    upload *u = upload_of(r);
    if (!u->call.running && u->read_pending) { /* unary: nothing was sent yet */
        u->call_over = true;
        failure_stopped(&u->outcome, &u->request, &UPLOAD, BOXD_SENT_NO);
    }
    call_stop(&u->call);
}

static void release_source(upload *u)
{
    if (u->fd >= 0)
        close(u->fd);
    u->fd = -1;
    if (u->release)
        u->release(u->release_data);
    u->release = NULL;
    mem_free(u->copy);
    u->copy = NULL;
}

static void delivering(request *r)
{
    release_source(upload_of(r));
}

static void destroy(request *r)
{
    upload *u = upload_of(r);
    release_source(u);
    if (u->reply)
        grpc_byte_buffer_destroy(u->reply);
    call_clear(&u->call);
    mem_free(u->piece);
    mem_free(u->path);
}

static const request_kind upload_kind = {begin, stop, delivering, destroy};

static upload *new_upload(boxd_box *box, const char *path, const boxd_file_options *options,
                          boxd_done_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_file_options known;
    options_copy(&known, sizeof known, options, "boxd_file_options", &error);
    if (error.status == BOXD_OK)
        name_check_path(path, "the path in the box", &error);
    upload *u = request_new(sizeof *u, &upload_kind,
                            &(request_setup){.box = box,
                                             .call = &known.call,
                                             .call_in_options = true,
                                             .fault = &error,
                                             .default_timeout_ms = BOXD_NO_TIMEOUT,
                                             .sink = SINK(RESULT_DONE, callback, user_data)});
    if (!u)
        return NULL;
    u->fd = -1;
    progress_init(&u->progress, &u->request, &known);
    u->failure = u->outcome = (boxd_error)BOXD_ERROR_INIT;
    u->path = error.status == BOXD_OK ? name_absolute_path(path) : NULL;
    if (error.status == BOXD_OK && !u->path)
        error_no_memory(request_error(&u->request), "starting an upload");
    return u;
}

static void set_data(upload *u, const void *data, size_t size)
{
    u->data = data ? data : "";
    u->size = size;
    if (size > 0 && !data && request_error(&u->request)->status == BOXD_OK)
        error_set(request_error(&u->request), BOXD_ERR_INVALID_ARGUMENT,
                  "the contents are NULL, but their size is %zu; pass what to write", size);
}

void boxd_aio_box_write_file_nocopy(boxd_box *box, const char *path, const void *data, size_t size,
                                    boxd_release_cb release, void *release_data,
                                    const boxd_file_options *options, boxd_done_cb callback, void *user_data)
{
    upload *u = new_upload(box, path, options, callback, user_data);
    if (!u) {
        if (release)
            release(release_data);
        return;
    }
    u->release = release;
    u->release_data = release_data;
    set_data(u, data, size);
    request_submit(&u->request);
}

void boxd_aio_box_write_file(boxd_box *box, const char *path, const void *data, size_t size,
                             const boxd_file_options *options, boxd_done_cb callback, void *user_data)
{
    upload *u = new_upload(box, path, options, callback, user_data);
    if (!u)
        return;
    set_data(u, data, size);
    if (request_error(&u->request)->status == BOXD_OK && data && size > 0) {
        u->data = u->copy = mem_alloc(size);
        if (u->copy)
            memcpy(u->copy, data, size);
        else
            error_no_memory(request_error(&u->request), "copying a file's contents");
    }
    request_submit(&u->request);
}

void boxd_aio_box_write_text(boxd_box *box, const char *path, const char *text,
                             const boxd_file_options *options, boxd_done_cb callback, void *user_data)
{
    boxd_aio_box_write_file(box, path, text, text ? strlen(text) : 1, options, callback,
                            user_data); /* NULL is refused */
}

/* Opens a local file; devices and pipes are refused, since their size is not known. */
static void open_source(upload *u, const char *local_path)
{
    struct stat status;
    boxd_error *error = request_error(&u->request);
    if (error->status != BOXD_OK || name_check_path(local_path, "the local path", error) != BOXD_OK)
        return;
    u->fd = open(local_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (u->fd < 0)
        error_set(error, BOXD_ERR_LOCAL_FILE, "the local file %.300s cannot be opened (%s)", local_path,
                  strerrordesc_np(errno));
    else if (fstat(u->fd, &status) != 0 || !S_ISREG(status.st_mode))
        error_set(error, BOXD_ERR_LOCAL_FILE, "%.300s is not a regular file", local_path);
    else
        u->size = (uint64_t)status.st_size;
}

void boxd_aio_box_upload(boxd_box *box, const char *local_path, const char *path,
                         const boxd_file_options *options, boxd_done_cb callback, void *user_data)
{
    upload *u = new_upload(box, path, options, callback, user_data);
    if (!u)
        return;
    open_source(u, local_path);
    request_submit(&u->request);
}
