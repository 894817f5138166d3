/*
 * download_dir.c: a directory of a box into a local one, as one archive. While the disk thread writes one
 * piece, the next one is read from the connection. The program calls it on any thread; everything after
 * begin() runs on the core thread.
 */
#include "boxd/dirs/download_dir.h"

#include "boxd/dirs/dir_call.h"
#include "boxd/dirs/dir_sync.h"
#include "boxd/dirs/download_files.h"
#include "boxd/dirs/remote_result.h"
#include "boxd/dirs/remote_tar.h"
#include "boxd/dirs/tar_reader.h"
#include "boxd/dirs/tree_writer.h"
#include "errors.h"

#include <boxd/aio/dir.h>

enum { READ_AHEAD_BYTES = 1024 * 1024 };

typedef enum phase {
    /* The disk thread looks at the local directory. */
    PHASE_OPENING,
    /* The directories are compared, if they are synchronized. */
    PHASE_COMPARING,
    PHASE_COPYING,
    /* The same, from a box without tar. */
    PHASE_COPYING_FILES,
    /* The disk thread sets the modes and times of the directories. */
    PHASE_CLOSING
} phase;

typedef struct download_dir {
    dir_call base;
    dir_sync sync;
    /* These belong to the disk thread while it works. */
    tree_writer tree;
    tar_reader archive;
    phase phase;
    /* The chunk that is being written, and the next one. */
    boxd_chunk *writing, *next;
    /* The box has sent a part of an archive. All output was read. */
    bool has_data, output_ended;
    /* The box has no tar. */
    bool by_files;
    download_files files;
} download_dir;

static download_dir *download_of(dir_call *d)
{
    return CONTAINER_OF(d, download_dir, base);
}

/* ---- writing, on the disk thread ---- */

static void on_entry(void *owner, const tree_entry *e)
{
    tree_writer_entry(owner, e);
}

static void on_data(void *owner, const char *bytes, size_t size)
{
    tree_writer_data(owner, bytes, size);
}

static void on_end(void *owner)
{
    tree_writer_end(owner);
}

/* Opens the local directory if it exists, before anything is sent. */
static void open_tree(dir_call *d)
{
    tree_writer_open(&download_of(d)->tree, d->local_path, false, &d->disk_failure);
}

static void write_chunk(dir_call *d)
{
    download_dir *x = download_of(d);
    if (tree_writer_open(&x->tree, d->local_path, true, &d->disk_failure) != BOXD_OK)
        return;
    if (tar_reader_feed(&x->archive, x->writing->data, x->writing->size, &d->disk_failure) &&
        x->tree.failure.status != BOXD_OK)
        d->disk_failure = x->tree.failure;
}

static void close_tree(dir_call *d)
{
    download_dir *x = download_of(d);
    download_files_drop(&x->files);
    tree_writer_close(&x->tree, false);
}

/* ---- reading ---- */

static void on_chunk(boxd_read_status outcome, boxd_chunk *chunk, const boxd_error *error, void *data)
{
    download_dir *x = data;
    step_over(&x->base.request);
    x->next = chunk;
    x->has_data |= chunk != NULL;
    x->output_ended = outcome == BOXD_READ_END;
    if (chunk)
        dir_call_answered(&x->base);
    if (outcome == BOXD_READ_ERROR && x->base.failure.status == BOXD_OK)
        x->base.failure = *error;
    dir_call_advance(&x->base);
}

static void read_chunk(download_dir *x)
{
    boxd_call_options call;
    if (!step_begin(&x->base.request, &call)) {
        error_no_memory(&x->base.failure, "reading a directory");
        return;
    }
    boxd_aio_process_read_stdout(x->base.process, &call, on_chunk, x);
    step_submitted(&x->base.request);
}

static void run(download_dir *x)
{
    remote_command command;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.in.mode = BOXD_INPUT_CLOSED;
    options.out.mode = BOXD_OUTPUT_PIPE;
    options.err = (boxd_output){.mode = BOXD_OUTPUT_HEAD, .keep_bytes = DIR_MAX_MESSAGE_BYTES};
    options.read_ahead_bytes = READ_AHEAD_BYTES;
    if (x->base.sync) {
        remote_create_listed(&command, &x->base.settings, x->base.path);
        options.in = (boxd_input){
            .mode = BOXD_INPUT_BYTES, .data = x->sync.wanted.data, .data_size = x->sync.wanted.size};
    } else {
        remote_create(&command, &x->base.settings, x->base.path);
    }
    dir_call_run(&x->base, &command, &options);
}

/* ---- the operation ---- */

/* The command has ended, and all that it wrote is stored. */
static void judge(download_dir *x)
{
    dir_call *d = &x->base;
    const boxd_buffer more = {.data = x->archive.rest.data, .size = x->archive.rest.size};
    if (remote_judge(d->exit, more, d->path, d->request.subject, &d->report, &d->failure) != BOXD_OK)
        return;
    d->report.counts.method = BOXD_TRANSFER_TAR;
    if (!tar_reader_is_complete(&x->archive))
        error_set_sent(&d->failure, BOXD_ERR_INCOMPLETE, BOXD_SENT_YES,
                       "%s: the archive of the directory ends early; copy the directory again",
                       d->request.subject);
}

/* Begins to store the chunk that was read. */
static void store(download_dir *x)
{
    dir_call *d = &x->base;
    if (x->writing) {
        boxd_chunk_free(x->writing);
        x->writing = NULL;
        dir_call_progress(d, dir_call_entries(&d->report.counts), d->report.counts.bytes);
    }
    if (x->next) {
        x->writing = x->next;
        x->next = NULL;
        dir_call_work(d, write_chunk);
    }
}

/* Begins the next step of the command. */
static void step(download_dir *x)
{
    if (!x->base.process)
        run(x);
    else if (!x->output_ended)
        read_chunk(x);
    else if (!x->base.exit)
        dir_call_wait(&x->base);
}

/* Returns whether nothing is left to copy. */
static bool copy(download_dir *x)
{
    dir_call *d = &x->base;
    if (!d->disk_busy)
        store(x);
    if (!dir_call_is_ending(d) && !dir_call_has_step(d) && !x->next)
        step(x);
    return dir_call_is_idle(d) && (dir_call_is_ending(d) || d->exit);
}

/* The box has no tar: begins again, file by file, with a list of the directory. */
static void begin_files(download_dir *x)
{
    dir_call *d = &x->base;
    dir_call_end_command(d);
    x->by_files = true;
    x->phase = PHASE_COMPARING;
    if (!d->sync)
        x->sync = (dir_sync){.phase = SYNC_LISTING, .from_box = true, .copies_all = true};
    d->sync = &x->sync;
    dir_call_advance(d);
}

static void close_copy(download_dir *x)
{
    x->phase = PHASE_CLOSING;
    dir_call_work(&x->base, close_tree);
}

static void end_archive(download_dir *x)
{
    dir_call *d = &x->base;
    if (!dir_call_is_ending(d) && !x->has_data && remote_has_no_tar(d->exit)) {
        begin_files(x);
        return;
    }
    if (!dir_call_is_ending(d))
        judge(x);
    close_copy(x);
}

static void end_comparison(download_dir *x)
{
    if (x->base.settings.dry_run) {
        close_copy(x);
        return;
    }
    x->phase = x->by_files ? PHASE_COPYING_FILES : PHASE_COPYING;
    if (x->by_files)
        download_files_begin(&x->files, &x->base, &x->sync.index, &x->tree);
}

static void advance(dir_call *d)
{
    download_dir *x = download_of(d);
    if (x->phase == PHASE_OPENING && !d->disk_busy)
        x->phase = dir_call_is_ending(d) ? PHASE_CLOSING : PHASE_COMPARING;
    if (x->phase == PHASE_COMPARING && dir_sync_advance(&x->sync, d))
        end_comparison(x);
    else if (x->phase == PHASE_COMPARING && dir_call_is_ending(d))
        x->phase = PHASE_CLOSING;
    if (x->phase == PHASE_COPYING && copy(x))
        end_archive(x);
    if (x->phase == PHASE_COPYING_FILES &&
        (download_files_advance(&x->files) || (dir_call_is_ending(d) && dir_call_is_idle(d))))
        close_copy(x);
    if (x->phase == PHASE_CLOSING)
        dir_call_end(d);
}

static void begin(request *r)
{
    dir_call *d = dir_call_of(r);
    if (!dir_call_work(d, open_tree))
        dir_call_end(d);
}

static void destroy(request *r)
{
    download_dir *x = download_of(dir_call_of(r));
    dir_sync_free(&x->sync);
    tar_reader_free(&x->archive);
    tree_writer_free(&x->tree);
    boxd_chunk_free(x->writing);
    boxd_chunk_free(x->next);
    dir_call_destroy(r);
}

void download_dir_start(boxd_box *box, const char *path, const char *local_path,
                        const boxd_dir_transfer_options *options, const dir_sync *sync,
                        boxd_dir_transfer_cb callback, void *user_data)
{
    static const request_kind kind = {begin, dir_call_stop, NULL, destroy};
    static const tar_events events = {on_entry, on_data, on_end};
    download_dir *x = dir_call_new(sizeof *x, &kind, box, local_path, path, options, callback, user_data);
    if (!x)
        return;
    x->base.advance = advance;
    tree_writer_init(&x->tree, &x->base.settings, &x->base.report, x->base.max_bytes);
    tar_reader_init(&x->archive, &events, &x->tree);
    if (!sync) {
        dir_call_refuse_sync_options(&x->base);
    } else {
        x->sync = *sync;
        x->base.sync = &x->sync;
    }
    request_submit(&x->base.request);
}

void boxd_aio_box_download_dir(boxd_box *box, const char *path, const char *local_path,
                               const boxd_dir_transfer_options *options, boxd_dir_transfer_cb callback,
                               void *user_data)
{
    download_dir_start(box, path, local_path, options, NULL, callback, user_data);
}
