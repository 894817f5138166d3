/*
 * download.c: files out of a box, as an operation. It connects the stream RPC, or the unary RPC on
 * servers without the stream RPC, with a destination: memory or a local file. The program calls it on any
 * thread; everything after begin() runs on the core thread.
 */
#include "boxd/files/download.h"

#include "boxd/client/box_names.h"
#include "boxd/client/failure.h"
#include "boxd/files/download_stream.h"
#include "boxd/files/download_unary.h"
#include "boxd/files/file_data.h"
#include "boxd/files/file_target.h"
#include "boxd/files/progress.h"
#include "container_of.h"
#include "errors.h"
#include "grpc/payload.h"
#include "mem.h"
#include "options.h"

#include <boxd/aio/file.h>

#include <stdio.h>

/* How much of the announced size is reserved before any data arrives. */
#define MAX_RESERVED_BYTES ((uint64_t)64 * 1024 * 1024)

/* While a block of the file is being written, messages are requested until the next block has this size. */
#define BLOCK_BYTES ((size_t)512 * 1024)

/* The largest file that is read into memory, if the options do not say. */
#define DEFAULT_MAX_BYTES ((uint64_t)64 * 1024 * 1024)

typedef struct download {
    request request;
    char *path;
    progress progress;
    /* Whether the unary RPC is used, and whether the RPC is over. */
    bool unary, call_over;
    stream_io io;
    api_call unary_call;
    /* Bytes of the file: announced (0: unknown), and received. */
    uint64_t total, received;
    /* The limit of this download, and its allowance, unless it shares one. */
    uint64_t max_bytes;
    download_allowance own_allowance, *allowance;
    /* The file grew while it was read: the announced size was received, and the rest is not wanted. */
    bool has_grown;
    /* The destination: the local file if it is set, else memory. */
    file_target target;
    text content;
    /* The bytes that are being written to the file, and those that have come meanwhile. The memory is used
     * again. */
    text block, next_block;
    /* The failure on this side, and the outcome of the RPC. */
    boxd_error failure, outcome;
} download;

static download *download_of(request *r)
{
    return CONTAINER_OF(r, download, request);
}

/* ---- the end ---- */

static void set_no_memory(const download *d, boxd_error *error)
{
    error_set_sent(error, BOXD_ERR_NO_MEMORY, BOXD_SENT_YES, "out of memory: reading %s in %s", d->path,
                   d->request.subject);
}

/* Of a failure of the target: data is written, and the file is closed, after an answer only. */
static void set_target_failure(download *d)
{
    d->failure = d->target.failure;
    if (d->call_over || d->received > 0)
        d->failure.sent = BOXD_SENT_YES;
}

/* If the call has failed, the target failed because it was stopped. */
static void take_target_failure(download *d)
{
    if (d->failure.status == BOXD_OK && d->outcome.status == BOXD_OK && d->target.failure.status != BOXD_OK)
        set_target_failure(d);
}

static void finish(download *d)
{
    take_target_failure(d);
    if (d->failure.status != BOXD_OK && d->outcome.status == BOXD_OK && request_stopping(&d->request))
        failure_stopped(&d->outcome, &d->request, &DOWNLOAD_STREAM, BOXD_SENT_YES);
    if (!file_target_is_set(&d->target) && !request_outcome(&d->request, &d->failure, &d->outcome)) {
        boxd_file_data *result = file_data_new(&d->content);
        request_set_result(&d->request, result);
        if (!result)
            set_no_memory(d, &d->outcome);
    }
    const boxd_error *error = request_outcome(&d->request, &d->failure, &d->outcome);
    if (error)
        d->allowance->left += d->received;
    else
        progress_end(&d->progress, d->received);
    request_finish(&d->request, error);
}

static void on_closed(file_target *t)
{
    finish(CONTAINER_OF(t, download, target));
}

static void set_incomplete(const download *d, boxd_error *error)
{
    error_set_sent(error, BOXD_ERR_INCOMPLETE, BOXD_SENT_YES,
                   "%s in %s: the server announced %llu bytes and sent %llu; read it again", d->path,
                   d->request.subject, (unsigned long long)d->total, (unsigned long long)d->received);
}

/* The call is over, and nothing is being stored. */
static void end(download *d)
{
    const bool well = d->outcome.status == BOXD_OK && d->failure.status == BOXD_OK;
    if (well && d->total != 0 && d->received != d->total)
        set_incomplete(d, &d->outcome);
    if (!file_target_is_set(&d->target) ||
        !file_target_close(&d->target, well && d->outcome.status == BOXD_OK))
        finish(d);
}

static void finish_call(download *d, const boxd_error *error)
{
    d->call_over = true;
    if (error)
        d->outcome = *error;
    if (error || d->failure.status != BOXD_OK)
        file_target_stop(&d->target);
    if (!d->target.busy)
        end(d);
}

/* ---- new output ---- */

/* Appends `size` bytes of a message. False: `failure` is set. */
static bool append(download *d, text *to, const payload *message, size_t size)
{
    const bool appended = payload_append(message, 0, size, to);
    if (!appended)
        set_no_memory(d, &d->failure);
    return appended;
}

static void keep_in_memory(download *d, const payload *message, size_t size)
{
    if (d->content.size == 0 && d->total > 0)
        text_reserve(&d->content, (size_t)(d->total < MAX_RESERVED_BYTES ? d->total : MAX_RESERVED_BYTES));
    append(d, &d->content, message, size);
}

/* Writes the next block, unless a block is being written, or there are no bytes or a failure. */
static void write_next_block(download *d)
{
    if (d->target.busy || d->next_block.size == 0 || d->failure.status != BOXD_OK)
        return;
    const text written = d->block;
    d->block = d->next_block;
    d->next_block = written;
    d->next_block.size = 0;
    if (!file_target_store(&d->target, d->block.data, d->block.size))
        set_target_failure(d);
}

static void write_to_file(download *d, const payload *message, size_t size)
{
    if (append(d, &d->next_block, message, size))
        write_next_block(d);
}

static void set_too_large(download *d)
{
    d->allowance->exceeded = true;
    char size[48] = "more";
    if (d->total > 0)
        (void)snprintf(size, sizeof size, "%llu bytes, more", (unsigned long long)d->total);
    error_set_sent(
        &d->failure, BOXD_ERR_TOO_LARGE, BOXD_SENT_YES,
        "%s in %s has %s than max_bytes (%llu); raise max_bytes%s", d->path, d->request.subject, size,
        (unsigned long long)d->max_bytes,
        file_target_is_set(&d->target) ? "" : ", or copy the file to the disk with boxd_box_download()");
}

/* Counts the bytes of a message, before they are stored: of a file that grows, those up to the announced
 * size. `announced` is the size of the file; 0: not in this message. False: `failure` is set. */
static bool count(download *d, uint64_t announced, size_t *size)
{
    if (announced != 0 && d->total != 0 && announced != d->total) {
        error_set_sent(&d->failure, BOXD_ERR_PROTOCOL, BOXD_SENT_YES,
                       "%s in %s: the server announced %llu bytes and then %llu; read it again", d->path,
                       d->request.subject, (unsigned long long)d->total, (unsigned long long)announced);
        return false;
    }
    if (announced != 0)
        d->total = announced;
    d->has_grown = d->total != 0 && d->received <= d->total && *size > d->total - d->received;
    if (d->has_grown)
        *size = (size_t)(d->total - d->received);
    const uint64_t to_come = d->total > d->received ? d->total - d->received : *size;
    if (to_come > d->allowance->left) {
        set_too_large(d);
        return false;
    }
    d->received += *size;
    d->allowance->left -= *size;
    if (d->total != 0 && d->received > d->total)
        set_incomplete(d, &d->failure);
    return d->failure.status == BOXD_OK;
}

/* Stores the bytes of a message, or begins to: on_stored() follows while the target is busy. */
static void store(download *d, uint64_t announced, const payload *message)
{
    size_t size = message->size;
    if (!count(d, announced, &size))
        return;
    if (file_target_is_set(&d->target))
        write_to_file(d, message, size);
    else
        keep_in_memory(d, message, size);
}

static uint64_t stored_bytes(const download *d)
{
    return d->received - d->next_block.size - (d->target.busy ? d->block.size : 0);
}

/* Requests the next message if there is space for it, or ends the call: because of `failure`, or because no
 * further bytes are wanted. */
static void read_next(download *d)
{
    if (d->failure.status != BOXD_OK || d->has_grown) {
        stream_io_stop(&d->io);
        return;
    }
    progress_at(&d->progress, stored_bytes(d), d->total);
    if (d->next_block.size < BLOCK_BYTES)
        stream_io_read(&d->io);
}

static void on_stored(file_target *t)
{
    download *d = CONTAINER_OF(t, download, target);
    take_target_failure(d);
    if (!d->call_over || d->outcome.status == BOXD_OK)
        write_next_block(d);
    if (!d->call_over)
        read_next(d);
    else if (!d->target.busy)
        end(d);
}

static void on_unary_done(api_call *c, const boxd_error *error)
{
    static const payload_type response = {"DownloadFileResponse", 1, {0}};
    download *d = CONTAINER_OF(c, download, unary_call);
    payload message;
    if (!error && payload_read(&response, c->rpc.reply, &message, &d->outcome) == BOXD_OK)
        store(d, 0, &message);
    finish_call(d, error);
}

static void start_unary(download *d)
{
    static const call_events events = {.done = on_unary_done};
    d->unary = true;
    if (download_unary_start(&d->unary_call, &d->request, d->path, &events))
        return;
    error_no_memory(&d->failure, "reading a file");
    end(d);
}

/* ---- the stream's events ---- */

static download *download_of_io(stream_io *io)
{
    return CONTAINER_OF(io, download, io);
}

static void on_opened(stream_io *io)
{
    download *d = download_of_io(io);
    if (download_stream_request(io, d->path))
        return;
    error_no_memory(&d->failure, "reading a file");
    stream_io_stop(io);
}

static void on_message(stream_io *io, grpc_byte_buffer *bytes)
{
    enum { TOTAL_SIZE };
    static const payload_type chunk = {"DownloadFileChunk", 2, {[TOTAL_SIZE] = 1}};
    download *d = download_of_io(io);
    payload message;
    if (payload_read(&chunk, bytes, &message, &d->failure) == BOXD_OK)
        store(d, message.numbers[TOTAL_SIZE], &message);
    grpc_byte_buffer_destroy(bytes);
    read_next(d);
}

/* If a write failed, the end of the stream has the reason. */
static void on_written(stream_io *io, const outgoing *o)
{
    (void)io;
    (void)o;
}

static void on_ended(stream_io *io, const boxd_error *error)
{
    download *d = download_of_io(io);
    if (error && error->status == BOXD_ERR_UNSUPPORTED && !io->call.rpc.received) {
        compute_mark_missing(d->request.compute, FEATURE_DOWNLOAD_STREAM, "DownloadFileStream");
        stream_io_clear(io);
        start_unary(d);
    } else {
        finish_call(d, d->has_grown && !request_stopping(&d->request) ? NULL : error);
    }
}

/* ---- the operation ---- */

static void start_call(download *d)
{
    static const stream_events events = {on_opened, on_message, on_written, on_ended};
    if (d->request.compute->thread_data.missing_features[FEATURE_DOWNLOAD_STREAM])
        start_unary(d);
    else
        download_stream_start(&d->io, &d->request, &events);
}

/* The target can be written, or `failure` of the target says why not. */
static void on_target_opened(file_target *t)
{
    download *d = CONTAINER_OF(t, download, target);
    if (request_stopping(&d->request))
        failure_stopped(&d->outcome, &d->request, &DOWNLOAD_STREAM, BOXD_SENT_NO);
    d->failure = t->failure;
    if (d->outcome.status == BOXD_OK && d->failure.status == BOXD_OK)
        start_call(d);
    else
        end(d);
}

static void begin(request *r)
{
    download *d = download_of(r);
    if (!d->target.path)
        start_call(d);
    else if (!file_target_open(&d->target))
        end(d);
}

static void stop(request *r)
{
    download *d = download_of(r);
    file_target_stop(&d->target);
    call_stop(d->unary ? &d->unary_call : &d->io.call);
}

static void destroy(request *r)
{
    download *d = download_of(r);
    stream_io_clear(&d->io);
    call_clear(&d->unary_call);
    text_free(&d->block);
    text_free(&d->next_block);
    text_free(&d->content);
    file_target_clear(&d->target);
    mem_free(d->path);
}

/* `max_bytes`: the limit if the options have none. */
static download *download_new(boxd_box *box, const char *path, const boxd_file_options *options,
                              uint64_t max_bytes, sink s)
{
    static const request_kind kind = {begin, stop, NULL, destroy};
    boxd_error error = BOXD_ERROR_INIT;
    boxd_file_options opts;
    options_copy(&opts, OPTION_TYPE_RESERVED(boxd_file_options), options, &error);
    if (error.status == BOXD_OK)
        name_check_box_path(path, "the path in the box", &error);
    download *d = request_new(sizeof *d, &kind,
                              &(request_setup){.box = box,
                                               .call = &opts.call,
                                               .call_in_options = true,
                                               .fault = &error,
                                               .default_timeout_ms = BOXD_NO_TIMEOUT,
                                               .sink = s});
    if (!d)
        return NULL;
    d->path = error.status == BOXD_OK ? name_absolute_path(path) : NULL;
    if (error.status == BOXD_OK && !d->path)
        error_no_memory(request_error(&d->request), "starting a download");
    d->max_bytes = opts.max_bytes ? opts.max_bytes : max_bytes;
    d->own_allowance.left = d->max_bytes;
    d->allowance = &d->own_allowance;
    progress_init(&d->progress, &d->request, &opts);
    file_target_init(&d->target, &d->request);
    d->target.opened = on_target_opened;
    d->target.stored = on_stored;
    d->target.closed = on_closed;
    d->target.in_place = opts.in_place;
    d->failure = d->outcome = (boxd_error)BOXD_ERROR_INIT;
    return d;
}

void boxd_aio_box_read_file(boxd_box *box, const char *path, const boxd_file_options *options,
                            boxd_file_data_cb callback, void *user_data)
{
    download *d =
        download_new(box, path, options, DEFAULT_MAX_BYTES, SINK(RESULT_FILE_DATA, callback, user_data));
    if (d)
        request_submit(&d->request);
}

void boxd_aio_box_download(boxd_box *box, const char *path, const char *local_path,
                           const boxd_file_options *options, boxd_done_cb callback, void *user_data)
{
    download *d = download_new(box, path, options, UINT64_MAX, SINK(RESULT_DONE, callback, user_data));
    if (!d)
        return;
    file_target_set_path(&d->target, local_path, request_error(&d->request));
    request_submit(&d->request);
}

void download_to_fd(boxd_box *box, const char *path, int fd, const boxd_file_options *options,
                    download_allowance *allowance, boxd_done_cb callback, void *user_data)
{
    download *d = download_new(box, path, options, UINT64_MAX, SINK(RESULT_DONE, callback, user_data));
    if (!d)
        return;
    file_target_set_fd(&d->target, fd);
    d->allowance = allowance;
    request_submit(&d->request);
}
