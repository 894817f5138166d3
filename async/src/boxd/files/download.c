/*
 * download.c: files out of a box. The stream RPC, one message asked for when the one before is stored; where
 * a server lacks it, the unary RPC. What comes goes into memory, or through the disk thread into a file
 * beside the wanted one, which replaces it once all has arrived.
 */
#include "boxd/client/box.h"
#include "boxd/client/box_names.h"
#include "boxd/client/call.h"
#include "boxd/files/progress.h"
#include "container_of.h"
#include "core/clock.h"
#include "errors.h"
#include "grpc/wire.h"
#include "mem.h"
#include "options.h"
#include "text.h"

#include <boxd/aio/file.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_RESERVED_BYTES                                                                                   \
    ((uint64_t)64 * 1024 * 1024) /* believed of an announced size before anything came */

typedef struct download {
    request request;
    api_call call;
    char *path;
    uint64_t total, received;
    progress progress;
    bool unary;
    text content; /* to memory */
    /* To a file: */
    char *local_path, *temporary; /* the second is the disk thread's from its making to the end */
    int fd;
    bool call_over;
    bool storing; /* the disk thread has temporary, fd, data and failure meanwhile; the core thread leaves
                     them alone */
    loop_task disk_task;
    ProtobufCMessage *chunk; /* what is being stored */
    ProtobufCBinaryData data;
    boxd_error failure, outcome;
} download;

static download *download_of(request *r)
{
    return (download *)(void *)r;
}

static loop *home_of(download *d)
{
    return &d->request.compute->core.loop;
}

/* ---- the result ---- */

typedef struct file_data {
    boxd_file_data public;
    char *bytes;
} file_data;

void boxd_file_data_free(boxd_file_data *data)
{
    file_data *own = (file_data *)(void *)data;
    if (!own)
        return;
    mem_free(own->bytes);
    mem_free(own);
}

static void free_data(void *result)
{
    boxd_file_data_free(result);
}

RESULT_TYPE(RESULT_DATA, boxd_file_data_cb, free_data);

static void make_result(download *d)
{
    file_data *result = mem_calloc(1, sizeof *result);
    size_t size = d->content.size;
    char *bytes = text_take(&d->content);
    if (!result || !bytes) {
        mem_free(result);
        mem_free(bytes);
        error_no_memory(&d->outcome, "keeping a file's contents");
        return;
    }
    result->bytes = bytes;
    result->public.content = (boxd_buffer){.data = bytes, .size = size};
    request_set_result(&d->request, result);
}

/* ---- the disk thread ---- */

static void on_disk(download *d, void (*run)(loop_task *))
{
    d->storing = true;
    request_ref(&d->request);
    loop_post(&d->request.compute->thread_data.disk.loop, &d->disk_task, run);
}

static download *download_of_disk(loop_task *task)
{
    return CONTAINER_OF(task, download, disk_task);
}

static void disk_failure(download *d, const char *what)
{
    error_set(&d->failure, BOXD_ERR_LOCAL_FILE, "%s %.300s failed (%s)", what, d->local_path,
              strerrordesc_np(errno));
}

/* What is to be replaced: the file that a link leads to, and with the permissions it has. Devices, pipes and
 * directories are not replaced: they are no files of ours. */
static boxd_status find_target(download *d, mode_t *mode)
{
    struct stat status;
    *mode = 0;
    if (lstat(d->local_path, &status) != 0)
        return BOXD_OK; /* nothing is there, or making the file beside it will tell why not */
    if (stat(d->local_path, &status) != 0 || !S_ISREG(status.st_mode))
        return error_set(
            &d->failure, BOXD_ERR_LOCAL_FILE,
            "%.300s is there and no regular file; name another one, or read the file into memory",
            d->local_path);
    *mode = status.st_mode & 07777;
    char *real = realpath(d->local_path, NULL);
    char *copy = mem_strdup(real);
    free(real);
    if (!copy)
        return error_no_memory(&d->failure, "opening a local file");
    mem_free(d->local_path);
    d->local_path = copy;
    return BOXD_OK;
}

/* A new file beside the wanted one, with the permissions of that, or those that a new file gets. */
static void open_temporary(download *d)
{
    mode_t mode;
    if (find_target(d, &mode) != BOXD_OK)
        return;
    for (int tries = 0; tries < 100 && d->fd < 0; tries++) {
        mem_free(d->temporary);
        d->temporary =
            mem_printf("%s.boxd-%08x", d->local_path, (unsigned)clock_now() ^ (unsigned)(uintptr_t)d);
        if (!d->temporary) {
            error_no_memory(&d->failure, "opening a local file");
            return;
        }
        d->fd = open(d->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (d->fd < 0 && errno != EEXIST)
            break;
    }
    if (d->fd < 0) {
        disk_failure(d, "making a file beside");
        mem_free(d->temporary);
        d->temporary = NULL;
    } else if (mode != 0) {
        (void)fchmod(d->fd, mode);
    }
}

static void run_store_done(loop_task *task);

static void run_store(loop_task *task)
{
    download *d = download_of_disk(task);
    if (d->fd < 0)
        open_temporary(d);
    for (size_t done = 0; d->failure.status == BOXD_OK && done < d->data.len;) {
        ssize_t wrote = write(d->fd, d->data.data + done, d->data.len - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0)
            disk_failure(d, "writing a file beside");
        else
            done += (size_t)wrote;
    }
    loop_post(home_of(d), task, run_store_done);
}

static void run_close_done(loop_task *task);

/* The end: the file takes its place, or goes. */
static void run_close(loop_task *task)
{
    download *d = download_of_disk(task);
    bool good = d->failure.status == BOXD_OK && d->outcome.status == BOXD_OK;
    if (good && d->fd < 0)
        open_temporary(d);
    if (d->fd >= 0 && close(d->fd) != 0 && good)
        disk_failure(d, "closing a file beside");
    d->fd = -1;
    good = good && d->failure.status == BOXD_OK;
    if (good && rename(d->temporary, d->local_path) != 0) {
        disk_failure(d, "replacing");
        good = false;
    }
    if (!good && d->temporary)
        (void)unlink(d->temporary);
    loop_post(home_of(d), task, run_close_done);
}

/* ---- the end ---- */

static void finish(download *d)
{
    if (!request_outcome(&d->request, &d->failure, &d->outcome) && !d->local_path)
        make_result(d);
    const boxd_error *error = request_outcome(&d->request, &d->failure, &d->outcome);
    if (!error)
        progress_end(&d->progress, d->received);
    request_finish(&d->request, error);
}

static void run_close_done(loop_task *task)
{
    download *d = download_of_disk(task);
    d->storing = false;
    finish(d);
    request_unref(&d->request);
}

static void check_size(download *d)
{
    if (d->outcome.status == BOXD_OK && d->failure.status == BOXD_OK && d->total != 0 &&
        d->received != d->total)
        error_set_sent(&d->outcome, BOXD_ERR_INCOMPLETE, BOXD_SENT_YES,
                       "%s in %s: the server announced %llu bytes and sent %llu; read it again", d->path,
                       d->request.subject, (unsigned long long)d->total, (unsigned long long)d->received);
}

/* The call is over and the disk thread is back. */
static void end(download *d)
{
    check_size(d);
    if (d->local_path && !request_outcome(&d->request, &d->failure, &d->outcome))
        worker_start(&d->request.compute->thread_data.disk,
                     &d->failure); /* an empty file has not needed it so far */
    if (d->local_path && d->request.compute->thread_data.disk.started)
        on_disk(d, run_close);
    else
        finish(d);
}

/* ---- what comes ---- */

/* Keeps `data`; true when it is kept already, false when the disk thread tells later, or it failed. */
static bool store(download *d, const ProtobufCBinaryData *data)
{
    d->received += data->len;
    if (d->local_path) {
        if (worker_start(&d->request.compute->thread_data.disk, &d->failure) != BOXD_OK)
            return false;
        d->data = *data;
        on_disk(d, run_store);
        return false;
    }
    if (d->content.size == 0 && d->total > 0)
        text_reserve(&d->content, (size_t)(d->total < MAX_RESERVED_BYTES ? d->total : MAX_RESERVED_BYTES));
    text_add_bytes(&d->content, data->data, data->len);
    if (d->content.failed)
        error_no_memory(&d->failure, "keeping a file's contents");
    return !d->content.failed;
}

static void start_unary(download *d);

static void on_done(api_call *c, const boxd_error *error)
{
    download *d = download_of(c->owner);
    if (error && error->status == BOXD_ERR_UNSUPPORTED && !d->unary && !c->rpc.received) {
        compute_mark_missing(d->request.compute, FEATURE_DOWNLOAD_STREAM, "DownloadFileStream");
        call_clear(c);
        start_unary(d);
        return;
    }
    d->call_over = true;
    d->outcome = error ? *error : (boxd_error)BOXD_ERROR_INIT;
    if (!error && d->unary) {
        d->chunk = wire_unpack(&boxd_pb__download_file_response__descriptor, c->rpc.reply, &d->outcome);
        if (d->chunk)
            store(d, &((const BoxdPb__DownloadFileResponse *)(const void *)d->chunk)->data);
    }
    if (!d->storing)
        end(d);
}

/* What came is stored, or not: asks for more, or gives up. */
static void go_on(download *d)
{
    if (d->failure.status != BOXD_OK) {
        call_stop(&d->call);
        return;
    }
    progress_at(&d->progress, d->received, d->total);
    rpc_read(&d->call.rpc);
}

static void run_store_done(loop_task *task)
{
    download *d = download_of_disk(task);
    d->storing = false;
    wire_free(d->chunk);
    d->chunk = NULL;
    if (d->call_over)
        end(d);
    else
        go_on(d);
    request_unref(&d->request);
}

static void on_message(rpc *r, grpc_byte_buffer *message)
{
    api_call *c = CONTAINER_OF(r, api_call, rpc);
    download *d = download_of(c->owner);
    if (!message)
        return;
    d->chunk = wire_unpack(&boxd_pb__download_file_chunk__descriptor, message, &d->failure);
    grpc_byte_buffer_destroy(message);
    const BoxdPb__DownloadFileChunk *chunk = (const void *)d->chunk;
    if (chunk && chunk->total_size > 0)
        d->total = chunk->total_size;
    bool stored = chunk && store(d, &chunk->data);
    if (d->storing)
        return;
    if (stored || d->failure.status != BOXD_OK) {
        wire_free(d->chunk);
        d->chunk = NULL;
        go_on(d);
    }
}

/* ---- the operation ---- */

static bool pack_request(const download *d, grpc_slice *out)
{
    BoxdPb__DownloadFileRequest message = BOXD_PB__DOWNLOAD_FILE_REQUEST__INIT;
    message.vm_id = boxd_box_id(d->request.box);
    message.path = d->path;
    return wire_pack(&message.base, out);
}

static void on_opened(api_call *c)
{
    download *d = download_of(c->owner);
    grpc_slice message;
    if (!pack_request(d, &message)) {
        error_no_memory(&d->failure, "reading a file");
        call_stop(c);
        return;
    }
    rpc_write(&c->rpc, message, true);
    grpc_slice_unref(message);
    rpc_read(&c->rpc);
}

static void on_written(rpc *r, bool ok)
{
    api_call *c = CONTAINER_OF(r, api_call, rpc);
    (void)c;
    (void)ok; /* the stream's status tells */
}

static void start_unary(download *d)
{
    static const method method_unary = {
        .name = "DownloadFile", .path = METHOD_PATH("DownloadFile"), .harmless = true};
    static const call_events events = {.done = on_done};
    grpc_slice message;
    d->unary = true;
    if (!pack_request(d, &message)) {
        error_no_memory(&d->failure, "reading a file");
        end(d);
        return;
    }
    call_set_message(&d->call, message);
    call_start_unary(&d->call, &d->request, &method_unary, &events);
}

static void begin(request *r)
{
    static const method stream = {.name = "DownloadFileStream",
                                  .path = METHOD_PATH("DownloadFileStream"),
                                  .stream = true,
                                  .harmless = true};
    static const call_events events = {on_opened, on_message, on_written, on_done};
    download *d = download_of(r);
    if (d->request.compute->thread_data.missing_features[FEATURE_DOWNLOAD_STREAM])
        start_unary(d);
    else
        call_start_stream(&d->call, &d->request, &stream, &events);
}

static void stop(request *r)
{
    call_stop(&download_of(r)->call);
}

static void destroy(request *r)
{
    download *d = download_of(r);
    call_clear(&d->call);
    wire_free(d->chunk);
    text_free(&d->content);
    mem_free(d->path);
    mem_free(d->local_path);
    mem_free(d->temporary);
}

static const request_kind download_kind = {begin, stop, NULL, destroy};

static download *new_download(boxd_box *box, const char *path, const boxd_file_options *options, sink s)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_file_options known;
    options_copy(&known, sizeof known, options, "boxd_file_options", &error);
    if (error.status == BOXD_OK)
        name_check_path(path, "the path in the box", &error);
    download *d = request_new(sizeof *d, &download_kind,
                              &(request_setup){.box = box,
                                               .call = &known.call,
                                               .call_in_options = true,
                                               .fault = &error,
                                               .default_timeout_ms = BOXD_NO_TIMEOUT,
                                               .sink = s});
    if (!d)
        return NULL;
    d->fd = -1;
    progress_init(&d->progress, &d->request, &known);
    d->failure = d->outcome = (boxd_error)BOXD_ERROR_INIT;
    d->path = error.status == BOXD_OK ? name_absolute_path(path) : NULL;
    if (error.status == BOXD_OK && !d->path)
        error_no_memory(request_error(&d->request), "starting a download");
    return d;
}

void boxd_aio_box_read_file(boxd_box *box, const char *path, const boxd_file_options *options,
                            boxd_file_data_cb callback, void *user_data)
{
    download *d = new_download(box, path, options, SINK(RESULT_DATA, callback, user_data));
    if (d)
        request_submit(&d->request);
}

void boxd_aio_box_download(boxd_box *box, const char *path, const char *local_path,
                           const boxd_file_options *options, boxd_done_cb callback, void *user_data)
{
    download *d = new_download(box, path, options, SINK(RESULT_DONE, callback, user_data));
    if (!d)
        return;
    boxd_error *error = request_error(&d->request);
    if (error->status == BOXD_OK && name_check_path(local_path, "the local path", error) == BOXD_OK) {
        d->local_path = mem_strdup(local_path);
        if (!d->local_path)
            error_no_memory(error, "starting a download");
    }
    request_submit(&d->request);
}
