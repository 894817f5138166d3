/* download_files.c: downloads a directory file by file. Called by download_dir.c on the core thread; entries
 * are made on the disk thread. */
#include "boxd/dirs/download_files.h"

#include "boxd/files/download.h"
#include "errors.h"
#include "mem.h"
#include "utf8.h"

#include <boxd/aio/exec.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Entries that the disk thread makes without a break. */
enum { ENTRIES_AT_ONCE = 256 };

/* ---- on the disk thread ---- */

static void make_entry(download_files *x, index_entry *entry, file_download *f)
{
    const bool follows = x->base->settings.links == BOXD_LINKS_FOLLOW;
    const uint64_t made = x->base->report.counts.directories;
    if (entry->is.kind == ENTRY_LINK && follows) {
        report_failure(&x->base->report, entry->is.path, BOXD_ERR_FAILED, "the link leads nowhere");
        return;
    }
    if (entry->is.kind == ENTRY_FILE) {
        x->begun_bytes += entry->is.size;
        if (!report_check_bytes(x->begun_bytes, x->base->max_bytes, &x->base->disk_failure))
            return;
    }
    tree_writer_entry(x->tree, &entry->is);
    if (entry->is.kind == ENTRY_DIR) {
        entry->wanted = x->base->report.counts.directories > made;
        entry->made = x->tree->made_dir;
    } else if (tree_writer_take(x->tree, &f->file)) {
        f->state = DOWNLOAD_READY;
        f->entry = entry;
    }
}

/* Counts the bytes of a file that was downloaded. */
static void count_file(download_files *x, file_download *f)
{
    struct stat status;
    transfer_report *report = &x->base->report;
    const uint64_t size = fstat(f->file.fd, &status) == 0 ? (uint64_t)status.st_size : 0;
    if (f->by_command && size < f->entry->is.size) {
        f->failed = true;
        report_failure(report, f->entry->is.path, BOXD_ERR_INCOMPLETE,
                       "the file became shorter while it was read");
        return;
    }
    report->counts.bytes += size;
}

static void end_file(download_files *x, file_download *f)
{
    if (!f->failed)
        count_file(x, f);
    tree_writer_end_taken(x->tree, &f->file, !f->failed);
    f->state = DOWNLOAD_FREE;
}

static file_download *free_download(download_files *x)
{
    for (size_t i = 0; i < MAX_DOWNLOADS; i++)
        if (x->files[i].state == DOWNLOAD_FREE)
            return &x->files[i];
    return NULL;
}

/* Sets the modes and times of directories, each one after those below it. */
static void end_dirs(download_files *x)
{
    for (; x->next_dir > 0; x->next_dir--) {
        const index_entry *entry = &x->index->entries[x->next_dir - 1];
        if (entry->wanted && entry->is.kind == ENTRY_DIR)
            tree_writer_end_dir(x->tree, &entry->is, entry->made);
    }
    x->complete = true;
}

static bool has_files(const download_files *x)
{
    for (size_t i = 0; i < MAX_DOWNLOADS; i++)
        if (x->files[i].state != DOWNLOAD_FREE)
            return true;
    return false;
}

static void make_entries(dir_call *d)
{
    download_files *x = d->download_files;
    file_download *f = NULL;
    if (tree_writer_open(x->tree, d->local_path, true, &d->disk_failure) != BOXD_OK)
        return;
    for (size_t i = 0; i < MAX_DOWNLOADS; i++)
        if (x->files[i].state == DOWNLOAD_DONE)
            end_file(x, &x->files[i]);
    for (int i = 0; i < ENTRIES_AT_ONCE && x->next < x->index->count && (f = free_download(x)) != NULL; i++) {
        index_entry *entry = &x->index->entries[x->next++];
        if (entry->wanted && d->disk_failure.status == BOXD_OK)
            make_entry(x, entry, f);
    }
    if (x->next == x->index->count && !has_files(x))
        end_dirs(x);
    if (x->tree->failure.status != BOXD_OK)
        d->disk_failure = x->tree->failure;
}

void download_files_drop(download_files *x)
{
    for (size_t i = 0; i < MAX_DOWNLOADS; i++)
        if (x->files[i].state != DOWNLOAD_FREE) {
            x->files[i].failed = true;
            end_file(x, &x->files[i]);
        }
}

/* ---- downloads ---- */

/* The bytes that have arrived, of all files. */
static uint64_t received_bytes(const download_files *x)
{
    uint64_t bytes = x->bytes_done;
    for (size_t i = 0; i < MAX_DOWNLOADS; i++)
        bytes += x->files[i].received;
    return bytes;
}

static void report_progress(download_files *x)
{
    dir_call_progress(x->base, x->entries_done, received_bytes(x));
}

static void on_received(uint64_t done, uint64_t total, void *data)
{
    file_download *f = data;
    (void)total;
    f->received = done;
    report_progress(f->owner);
}

static void end_download(file_download *f, const boxd_error *error)
{
    dir_call *d = f->owner->base;
    f->error = error ? *error : (boxd_error)BOXD_ERROR_INIT;
    f->over = true;
    dir_call_over_file(d, error);
    dir_call_advance(d);
}

static void on_downloaded(boxd_status status, const boxd_error *error, void *data)
{
    end_download(data, status == BOXD_OK ? NULL : error);
}

/* The end of `head`, which replaces the RPC for paths that are not UTF-8. */
static void on_head_ended(boxd_exec_result *result, const boxd_error *error, void *data)
{
    file_download *f = data;
    boxd_error own = BOXD_ERROR_INIT;
    if (result && result->out_dropped_bytes > 0)
        error_set_sent(&own, BOXD_ERR_FAILED, BOXD_SENT_YES,
                       "in the box: head wrote more bytes than the file has");
    else if (result && !result->success)
        error_set_sent(&own, BOXD_ERR_FAILED, BOXD_SENT_YES, "in the box: %s",
                       result->err.size > 0 ? result->err.data : "the file cannot be read");
    boxd_exec_result_free(result);
    if (own.status == BOXD_OK && error)
        own = *error;
    if (own.status != BOXD_OK)
        f->owner->allowance.left += f->entry->is.size;
    end_download(f, own.status != BOXD_OK ? &own : NULL);
}

/* `head` writes no more than the list says, so it takes that from the allowance. */
static bool take_listed(file_download *f)
{
    download_allowance *allowance = &f->owner->allowance;
    dir_call *d = f->owner->base;
    if (f->entry->is.size > allowance->left) {
        report_too_large(d->max_bytes, &d->failure);
        return false;
    }
    allowance->left -= f->entry->is.size;
    return true;
}

static void run_head(file_download *f, const char *path, const boxd_call_options *call)
{
    char size[32];
    const size_t most = f->entry->is.size < SIZE_MAX ? (size_t)f->entry->is.size : SIZE_MAX;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    (void)snprintf(size, sizeof size, "%llu", (unsigned long long)f->entry->is.size);
    options.call = *call;
    options.in.mode = BOXD_INPUT_CLOSED;
    options.out.mode = BOXD_OUTPUT_DISCARD;
    if (most > 0)
        options.out = (boxd_output){.mode = BOXD_OUTPUT_FD, .fd = f->file.fd, .keep_bytes = most};
    options.err = (boxd_output){.mode = BOXD_OUTPUT_HEAD, .keep_bytes = BOXD_ERROR_MESSAGE_SIZE};
    options.require_exit_confirmed = true;
    boxd_aio_box_exec(f->owner->base->request.box, BOXD_ARGV("head", "-c", size, "--", path), &options,
                      on_head_ended, f);
}

static void download(file_download *f)
{
    dir_call *d = f->owner->base;
    boxd_file_options options = BOXD_FILE_OPTIONS_INIT;
    call_scope before;
    char *path = mem_printf("%s/%s", d->path, f->entry->is.path);
    f->by_command = path && !utf8_is_valid(path, strlen(path));
    if (!path)
        error_no_memory(&d->failure, "downloading a file of a directory");
    else if ((!f->by_command || take_listed(f)) && dir_call_begin_file(d, &options.call, &before)) {
        f->state = DOWNLOAD_RUNNING;
        f->failed = false;
        options.on_progress = d->progress.callback ? on_received : NULL;
        options.progress_data = f;
        if (f->by_command)
            run_head(f, path, &options.call);
        else
            download_to_fd(d->request.box, path, f->file.fd, &options, &f->owner->allowance, on_downloaded,
                           f);
        dir_call_submitted_file(before);
    }
    mem_free(path);
}

/* ---- the transfer ---- */

void download_files_begin(download_files *x, dir_call *base, dir_index *index, tree_writer *tree)
{
    *x = (download_files){.base = base, .index = index, .tree = tree, .next_dir = index->count};
    x->allowance.left = base->max_bytes > 0 ? base->max_bytes : UINT64_MAX;
    for (size_t i = 0; i < MAX_DOWNLOADS; i++)
        x->files[i] = (file_download){.owner = x, .file = {.fd = -1, .dir = -1}};
    base->download_files = x;
    tree->defers_dirs = true;
    dir_call_work(base, make_entries);
}

/* The disk thread does not work: takes up the calls that are over, and what the disk thread has completed. */
static void take_up(download_files *x)
{
    for (size_t i = 0; i < MAX_DOWNLOADS; i++) {
        file_download *f = &x->files[i];
        if (f->state != DOWNLOAD_RUNNING)
            f->received = 0; /* the bytes are in the report */
        if (!f->over)
            continue;
        f->over = false;
        f->state = DOWNLOAD_DONE;
        f->failed = f->error.status != BOXD_OK;
        if (x->allowance.exceeded && f->error.status == BOXD_ERR_TOO_LARGE)
            report_too_large(x->base->max_bytes, &x->base->failure);
        else if (f->failed)
            dir_call_fail_file(x->base, f->entry->is.path, &f->error);
    }
    x->entries_done = dir_call_entries(&x->base->report.counts);
    x->bytes_done = x->base->report.counts.bytes;
}

/* Whether the disk thread has something to do. */
static bool has_work(download_files *x)
{
    for (size_t i = 0; i < MAX_DOWNLOADS; i++)
        if (x->files[i].state == DOWNLOAD_DONE)
            return true;
    return x->base->file_calls == 0 || (x->next < x->index->count && free_download(x));
}

bool download_files_advance(download_files *x)
{
    dir_call *d = x->base;
    if (d->disk_busy)
        return false;
    take_up(x);
    report_progress(x);
    for (size_t i = 0; i < MAX_DOWNLOADS && !dir_call_is_ending(d); i++)
        if (x->files[i].state == DOWNLOAD_READY)
            download(&x->files[i]);
    if (dir_call_is_ending(d))
        return false;
    if (x->complete) {
        d->report.counts.method = BOXD_TRANSFER_FILES;
        return true;
    }
    if (has_work(x))
        dir_call_work(d, make_entries);
    return false;
}
