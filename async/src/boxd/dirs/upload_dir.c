/*
 * upload_dir.c: a local directory into a box, as one archive. The disk thread writes one piece of the archive
 * while the connection sends the other one. The program calls it on any thread; everything after begin()
 * runs on the core thread.
 */
#include "boxd/dirs/upload_dir.h"

#include "boxd/dirs/dir_call.h"
#include "boxd/dirs/dir_sync.h"
#include "boxd/dirs/remote_result.h"
#include "boxd/dirs/remote_tar.h"
#include "boxd/dirs/tree_reader.h"
#include "boxd/dirs/upload_files.h"
#include "errors.h"
#include "mem.h"

#include <boxd/aio/dir.h>

#include <unistd.h>

enum { PIECE_BYTES = 512 * 1024, PIECES = 2 };

/* Entries that a dry run reads without a break. */
enum { PREVIEW_ENTRIES = 256 };

/* A part of the archive. */
typedef struct piece {
    char *bytes;
    size_t size;
    /* What the archive contains up to its end. */
    uint64_t entries, file_bytes;
} piece;

typedef struct upload_dir {
    dir_call base;
    dir_sync sync;
    tree_reader tree;
    bool opened;
    /* The piece after those that were read belongs to the disk thread while it reads. */
    piece pieces[PIECES];
    bool reading;
    /* Pieces that were read, and pieces that were passed to the connection: the difference is ready. */
    unsigned read, sent;
    /* The last piece was read; or the dry run is complete, which the disk thread sets. The end of the input
     * was sent. */
    bool complete, closed;
    /* A write failed: the exit of the command shows why. */
    boxd_error write_failure;
    /* The report before the copy; and the copy to a box without tar. */
    transfer_report before;
    bool by_files;
    upload_files files;
} upload_dir;

static upload_dir *upload_of(dir_call *d)
{
    return CONTAINER_OF(d, upload_dir, base);
}

/* ---- reading, on the disk thread ---- */

static void read_piece(dir_call *d)
{
    upload_dir *u = upload_of(d);
    piece *p = &u->pieces[u->read % PIECES];
    p->size = 0;
    if (!p->bytes)
        p->bytes = mem_alloc(PIECE_BYTES);
    if (!p->bytes)
        error_no_memory(&d->disk_failure, "reading a local directory");
    else if (!u->opened)
        u->opened = tree_reader_open(&u->tree, d->local_path, &d->disk_failure) == BOXD_OK;
    if (d->disk_failure.status == BOXD_OK)
        p->size = tree_reader_read(&u->tree, p->bytes, PIECE_BYTES, &d->disk_failure);
    p->entries = dir_call_entries(&d->report.counts);
    p->file_bytes = d->report.counts.bytes;
}

static void begin_reading(upload_dir *u)
{
    const bool wanted = !u->complete && u->read - u->sent < PIECES && u->write_failure.status == BOXD_OK;
    if (wanted && !u->base.disk_busy)
        u->reading = dir_call_work(&u->base, read_piece);
}

static void end_reading(upload_dir *u)
{
    if (!u->reading || u->base.disk_busy)
        return;
    u->reading = false;
    u->complete = u->pieces[u->read % PIECES].size < PIECE_BYTES;
    u->read++;
}

/* ---- a dry run, on the disk thread ---- */

/* Counts an entry as a copy would. */
static void on_previewed(void *owner, const tree_entry *e, int fd)
{
    transfer_report *report = owner;
    if (fd < 0)
        return;
    report->counts.files++;
    report->counts.bytes += e->size;
    close(fd);
}

static void preview_entries(dir_call *d)
{
    upload_dir *u = upload_of(d);
    if (!u->opened)
        u->opened = tree_reader_open(&u->tree, d->local_path, &d->disk_failure) == BOXD_OK;
    for (int i = 0; i < PREVIEW_ENTRIES && u->opened && !u->complete; i++)
        u->complete = !tree_walk_next(&u->tree.walk);
    if (tree_walk_failed(&u->tree.walk))
        error_no_memory(&d->disk_failure, "reading a local directory");
}

/* Returns whether the dry run has ended, unless it has failed. */
static bool preview(upload_dir *u)
{
    if (u->base.disk_busy)
        return false;
    if (u->complete)
        return true;
    dir_call_work(&u->base, preview_entries);
    return false;
}

/* ---- sending ---- */

static void on_written(boxd_status status, const boxd_error *error, void *data)
{
    upload_dir *u = data;
    const piece *p = &u->pieces[u->sent % PIECES];
    step_over(&u->base.request);
    u->sent++;
    if (status == BOXD_OK)
        dir_call_progress(&u->base, p->entries, p->file_bytes);
    else
        u->write_failure = *error;
    dir_call_advance(&u->base);
}

static void on_closed(boxd_status status, const boxd_error *error, void *data)
{
    upload_dir *u = data;
    step_over(&u->base.request);
    u->closed = true;
    if (status != BOXD_OK)
        u->write_failure = *error;
    dir_call_advance(&u->base);
}

static void send_piece(upload_dir *u)
{
    boxd_call_options call;
    const piece *p = &u->pieces[u->sent % PIECES];
    if (!step_begin(&u->base.request, &call)) {
        error_no_memory(&u->base.failure, "sending a directory");
        return;
    }
    if (u->sent < u->read)
        boxd_aio_process_write_nocopy(u->base.process, p->bytes, p->size, NULL, NULL, &call, on_written, u);
    else
        boxd_aio_process_write_eof(u->base.process, &call, on_closed, u);
    step_submitted(&u->base.request);
}

static void run(upload_dir *u)
{
    remote_command command;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.in.mode = BOXD_INPUT_PIPE;
    options.out = (boxd_output){.mode = BOXD_OUTPUT_HEAD, .keep_bytes = DIR_MAX_MESSAGE_BYTES};
    options.err.mode = BOXD_OUTPUT_MERGE;
    remote_extract(&command, &u->base.settings, u->base.path);
    dir_call_run(&u->base, &command, &options);
}

/* ---- the operation ---- */

/* The command has ended. If it ended before it had read the archive, and did not say why, the write says it.
 */
static void judge(upload_dir *u)
{
    dir_call *d = &u->base;
    remote_judge(d->exit, d->exit->out, d->path, d->request.subject, &d->report, &d->failure);
    if (d->failure.status == BOXD_OK && u->write_failure.status != BOXD_OK && d->report.counts.failed == 0)
        d->failure = u->write_failure;
    if (d->failure.status == BOXD_OK)
        d->report.counts.method = BOXD_TRANSFER_TAR;
}

static void step(upload_dir *u)
{
    dir_call *d = &u->base;
    if (dir_call_has_step(d))
        return;
    if (!d->process && u->read > 0)
        run(u);
    else if (d->process && (u->write_failure.status != BOXD_OK || u->closed))
        dir_call_wait(d);
    else if (d->process && (u->sent < u->read || u->complete))
        send_piece(u);
}

/* The box has no tar, and nothing was changed there: begins again, file by file. */
static void begin_files(upload_dir *u)
{
    dir_call_end_command(&u->base);
    report_rewind(&u->base.report, &u->before);
    u->by_files = true;
    upload_files_begin(&u->files);
}

/* Returns whether the copy has ended, unless it has failed. */
static bool copy_archive(upload_dir *u)
{
    dir_call *d = &u->base;
    end_reading(u);
    if (d->exit && d->disk_busy)
        return false;
    if (d->exit && remote_has_no_tar(d->exit)) {
        begin_files(u);
        return false;
    }
    if (d->exit) {
        judge(u);
        return true;
    }
    if (u->read == 0 && !d->disk_busy)
        u->before = d->report;
    begin_reading(u);
    if (!dir_call_is_ending(d))
        step(u);
    return false;
}

static void advance(dir_call *d)
{
    upload_dir *u = upload_of(d);
    bool ended = false;
    if (dir_sync_advance(&u->sync, d) && !u->by_files)
        ended = d->settings.dry_run ? preview(u) : copy_archive(u);
    if (u->by_files)
        ended = upload_files_advance(&u->files);
    if (ended || dir_call_is_ending(d))
        dir_call_end(d);
}

static void begin(request *r)
{
    dir_call_advance(dir_call_of(r));
}

static void destroy(request *r)
{
    upload_dir *u = upload_of(dir_call_of(r));
    dir_sync_free(&u->sync);
    tree_reader_free(&u->tree);
    upload_files_free(&u->files);
    for (size_t i = 0; i < PIECES; i++)
        mem_free(u->pieces[i].bytes);
    dir_call_destroy(r);
}

void upload_dir_start(boxd_box *box, const char *local_path, const char *path,
                      const boxd_dir_transfer_options *options, const dir_sync *sync,
                      boxd_dir_transfer_cb callback, void *user_data)
{
    static const request_kind kind = {begin, dir_call_stop, NULL, destroy};
    upload_dir *u = dir_call_new(sizeof *u, &kind, box, local_path, path, options, callback, user_data);
    if (!u)
        return;
    u->base.advance = advance;
    u->write_failure = (boxd_error)BOXD_ERROR_INIT;
    tree_reader_init(&u->tree, &u->base.settings, &u->base.report);
    upload_files_init(&u->files, &u->base);
    if (!sync) {
        dir_call_refuse_sync_options(&u->base);
    } else {
        u->sync = *sync;
        u->base.sync = &u->sync;
        u->tree.walk.index = u->files.walk.index = &u->sync.index;
        u->tree.walk.by_content = u->files.walk.by_content = sync->by_content;
    }
    if (u->base.settings.dry_run) {
        u->tree.walk.found = on_previewed;
        u->tree.walk.owner = &u->base.report;
    }
    request_submit(&u->base.request);
}

void boxd_aio_box_upload_dir(boxd_box *box, const char *local_path, const char *path,
                             const boxd_dir_transfer_options *options, boxd_dir_transfer_cb callback,
                             void *user_data)
{
    upload_dir_start(box, local_path, path, options, NULL, callback, user_data);
}
