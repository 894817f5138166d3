/*
 * upload.c: files into a box, as an operation. It connects a source (memory or a local file) with the
 * stream RPC, or with the unary RPC on servers without the stream RPC: each piece is fetched when the
 * previous one was sent. The program calls it on any thread; everything after begin() runs on the core
 * thread.
 */
#include "boxd/files/upload.h"

#include "boxd/client/box.h"
#include "boxd/client/box_names.h"
#include "boxd/client/failure.h"
#include "boxd/files/file_source.h"
#include "boxd/files/progress.h"
#include "boxd/files/upload_stream.h"
#include "boxd/files/upload_unary.h"
#include "container_of.h"
#include "errors.h"
#include "grpc/wire.h"
#include "mem.h"
#include "options.h"

#include <boxd/aio/file.h>

#include <string.h>
#include <unistd.h>

typedef struct upload {
    request request;
    char *path;
    progress progress;
    file_source source;
    /* Whether the unary RPC is used, and whether the RPC is over. */
    bool unary, call_over;
    upload_stream stream;
    api_call unary_call;
    /* Bytes that were passed to the RPC. */
    uint64_t sent;
    /* The source is reading a piece that is no longer needed: when the read is over, start again with the
     * first piece. */
    bool again;
    /* The failure on this side, and the outcome of the RPC. */
    boxd_error failure, outcome;
} upload;

static upload *upload_of(request *r)
{
    return CONTAINER_OF(r, upload, request);
}

/* ---- the end ---- */

/* While a read is pending the disk thread needs the operation: on_fetched() finishes it. */
static void finish(upload *u)
{
    u->call_over = true;
    if (u->source.read_pending)
        return;
    const boxd_error *error = request_outcome(&u->request, &u->failure, &u->outcome);
    if (!error)
        progress_end(&u->progress, u->source.size);
    request_finish(&u->request, error);
}

/* Ends it for the reason in `failure`. */
static void fail(upload *u)
{
    api_call *c = u->unary ? &u->unary_call : &u->stream.io.call;
    if (c->running)
        call_stop(c);
    else
        finish(u);
}

/* Compares the number of bytes that the server wrote with the number sent. */
static void check_reply(upload *u, grpc_byte_buffer *bytes)
{
    ProtobufCMessage *reply = wire_unpack(&boxd_pb__upload_file_response__descriptor, bytes, 0, &u->outcome);
    if (!reply)
        return;
    uint64_t written = ((const BoxdPb__UploadFileResponse *)(const void *)reply)->bytes_written;
    if (written == 0)
        written = u->sent; /* an old server confirms nothing */
    if (written != u->source.size)
        error_set_sent(
            &u->outcome, BOXD_ERR_INCOMPLETE, BOXD_SENT_YES,
            "%s in %s: %llu bytes were sent, but the server wrote %llu; the file is damaged, write it again",
            u->path, u->request.subject, (unsigned long long)u->source.size, (unsigned long long)written);
    wire_free(reply);
}

static void finish_call(upload *u, grpc_byte_buffer *reply, const boxd_error *error)
{
    if (error)
        u->outcome = *error;
    else
        check_reply(u, reply);
    finish(u);
}

/* ---- sending ---- */

static void on_unary_done(api_call *c, const boxd_error *error)
{
    finish_call(CONTAINER_OF(c, upload, unary_call), c->rpc.reply, error);
}

static size_t next_size(const upload *u)
{
    const uint64_t left = u->source.size - u->sent;
    return (size_t)(u->unary || left < UPLOAD_PIECE_BYTES ? left : UPLOAD_PIECE_BYTES);
}

/* Of a failure on this side: pieces may have arrived. */
static boxd_sent sent_before(const upload *u)
{
    return u->sent > 0 ? BOXD_SENT_UNKNOWN : BOXD_SENT_NO;
}

static void send_piece(upload *u)
{
    static const call_events unary_events = {.done = on_unary_done};
    const stream_io *io = &u->stream.io;
    const size_t size = next_size(u);
    if (!u->unary && (io->call.stopped || !stream_io_is_open(io)))
        return; /* the RPC is ending */
    const bool good = u->unary ? upload_unary_start(&u->unary_call, &u->request, &u->source, &unary_events)
                               : upload_stream_send(&u->stream, &u->source, size);
    file_source_drop(&u->source);
    if (good) {
        u->sent += size;
    } else {
        error_set_sent(&u->failure, BOXD_ERR_NO_MEMORY, sent_before(u), "out of memory: writing %s in %s",
                       u->path, u->request.subject);
        fail(u);
    }
}

static void fetch(upload *u);

static void take_source_failure(upload *u)
{
    u->failure = u->source.failure;
    if (u->failure.status != BOXD_OK)
        u->failure.sent = sent_before(u);
}

/* A piece was fetched, or the read of a piece that is no longer needed is over. */
static void on_fetched(file_source *s)
{
    upload *u = CONTAINER_OF(s, upload, source);
    const bool again = u->again;
    u->again = false;
    if (u->failure.status == BOXD_OK)
        take_source_failure(u);
    if (u->call_over)
        finish(u);
    else if (again)
        fetch(u);
    else if (u->failure.status != BOXD_OK)
        fail(u);
    else
        send_piece(u);
}

static void fetch(upload *u)
{
    if (file_source_fetch(&u->source, u->sent, next_size(u)))
        on_fetched(&u->source);
}

static void fetch_first(upload *u)
{
    u->sent = 0;
    if (u->source.read_pending)
        u->again = true;
    else
        fetch(u);
}

static void start_unary(upload *u)
{
    u->unary = true;
    if (upload_unary_fits(&u->source, &u->failure))
        fetch_first(u);
    else
        finish(u);
}

/* ---- the stream's events ---- */

static upload *upload_of_io(stream_io *io)
{
    return CONTAINER_OF(io, upload, stream.io);
}

static void on_opened(stream_io *io)
{
    stream_io_read(io);
    fetch_first(upload_of_io(io));
}

static void on_message(stream_io *io, grpc_byte_buffer *message)
{
    upload *u = upload_of_io(io);
    if (upload_stream_keep(&u->stream, message))
        return;
    error_set_sent(&u->failure, BOXD_ERR_PROTOCOL, BOXD_SENT_YES,
                   "%s in %s: the server answered more than once; read the file to find out whether it was "
                   "written",
                   u->path, u->request.subject);
    fail(u);
}

static void on_written(stream_io *io, const outgoing *o)
{
    upload *u = upload_of_io(io);
    if (!o)
        return;
    progress_at(&u->progress, u->sent, u->source.size);
    if (u->sent < u->source.size && !io->call.stopped)
        fetch(u);
}

static void on_ended(stream_io *io, const boxd_error *error)
{
    upload *u = upload_of_io(io);
    if (error && error->status == BOXD_ERR_UNSUPPORTED && !io->call.rpc.received) {
        compute_mark_missing(u->request.compute, FEATURE_UPLOAD_STREAM, "UploadFileStream");
        upload_stream_clear(&u->stream);
        start_unary(u);
    } else {
        finish_call(u, u->stream.reply, error);
    }
}

/* ---- the operation ---- */

static void begin(request *r)
{
    static const stream_events events = {on_opened, on_message, on_written, on_ended};
    upload *u = upload_of(r);
    if (u->request.compute->thread_data.missing_features[FEATURE_UPLOAD_STREAM])
        start_unary(u);
    else
        upload_stream_start(&u->stream, r, &events);
}

static void stop(request *r)
{
    upload *u = upload_of(r);
    if (!u->unary) {
        stream_io_stop(&u->stream.io);
    } else if (u->unary_call.running) {
        call_stop(&u->unary_call);
    } else if (u->source.read_pending) { /* nothing was sent yet */
        u->call_over = true;
        failure_stopped(&u->outcome, r, &UPLOAD_UNARY, BOXD_SENT_NO);
    }
}

static void delivering(request *r)
{
    file_source_close(&upload_of(r)->source);
}

static void destroy(request *r)
{
    upload *u = upload_of(r);
    file_source_close(&u->source);
    file_source_drop(&u->source);
    upload_stream_clear(&u->stream);
    call_clear(&u->unary_call);
    mem_free(u->path);
}

static upload *upload_new(boxd_box *box, const char *path, const boxd_file_options *options,
                          boxd_done_cb callback, void *user_data)
{
    static const request_kind kind = {begin, stop, delivering, destroy};
    boxd_error error = BOXD_ERROR_INIT;
    boxd_file_options opts;
    options_copy(&opts, OPTION_TYPE_RESERVED(boxd_file_options), options, &error);
    if (error.status == BOXD_OK)
        name_check_box_path(path, "the path in the box", &error);
    upload *u = request_new(sizeof *u, &kind,
                            &(request_setup){.box = box,
                                             .call = &opts.call,
                                             .call_in_options = true,
                                             .fault = &error,
                                             .default_timeout_ms = BOXD_NO_TIMEOUT,
                                             .sink = SINK(RESULT_DONE, callback, user_data)});
    if (!u)
        return NULL;
    u->path = error.status == BOXD_OK ? name_absolute_path(path) : NULL;
    if (error.status == BOXD_OK && !u->path)
        error_no_memory(request_error(&u->request), "starting an upload");
    progress_init(&u->progress, &u->request, &opts);
    file_source_init(&u->source, &u->request, u->path, on_fetched);
    u->failure = u->outcome = (boxd_error)BOXD_ERROR_INIT;
    return u;
}

void boxd_aio_box_write_file_nocopy(boxd_box *box, const char *path, const void *data, size_t size,
                                    boxd_release_cb release, void *release_data,
                                    const boxd_file_options *options, boxd_done_cb callback, void *user_data)
{
    upload *u = upload_new(box, path, options, callback, user_data);
    if (!u) {
        if (release)
            release(release_data);
        return;
    }
    u->source.release = release;
    u->source.release_data = release_data;
    file_source_set(&u->source, data, size, false, request_error(&u->request));
    request_submit(&u->request);
}

void boxd_aio_box_write_file(boxd_box *box, const char *path, const void *data, size_t size,
                             const boxd_file_options *options, boxd_done_cb callback, void *user_data)
{
    upload *u = upload_new(box, path, options, callback, user_data);
    if (!u)
        return;
    file_source_set(&u->source, data, size, true, request_error(&u->request));
    request_submit(&u->request);
}

void boxd_aio_box_write_text(boxd_box *box, const char *path, const char *text,
                             const boxd_file_options *options, boxd_done_cb callback, void *user_data)
{
    boxd_aio_box_write_file(box, path, text, text ? strlen(text) : 1, options, callback,
                            user_data); /* NULL is refused */
}

void boxd_aio_box_upload(boxd_box *box, const char *local_path, const char *path,
                         const boxd_file_options *options, boxd_done_cb callback, void *user_data)
{
    upload *u = upload_new(box, path, options, callback, user_data);
    if (!u)
        return;
    file_source_open(&u->source, local_path, request_error(&u->request));
    request_submit(&u->request);
}

void upload_from_fd(boxd_box *box, int fd, uint64_t size, const char *path, const boxd_file_options *options,
                    boxd_done_cb callback, void *user_data)
{
    upload *u = upload_new(box, path, options, callback, user_data);
    if (!u) {
        close(fd);
        return;
    }
    file_source_take(&u->source, fd, size);
    request_submit(&u->request);
}
