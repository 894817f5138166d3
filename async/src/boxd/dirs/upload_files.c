/* upload_files.c: uploads a directory file by file. Called by upload_dir.c on the core thread. */
#include "boxd/dirs/upload_files.h"

#include "boxd/dirs/remote_result.h"
#include "boxd/dirs/remote_shell.h"
#include "boxd/files/upload.h"
#include "core/unique_name.h"
#include "errors.h"
#include "mem.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Uploads at a time; and bytes of their files, beyond which only one more begins, since service 0.1 takes a
 * file as one message. */
enum { MAX_UPLOADS = 8, MAX_BYTES_IN_FLIGHT = 64 * 1024 * 1024 };
enum { READ_AHEAD_BYTES = 2 * 1024 * 1024 };

/* ---- the batch ---- */

static void clear_batch(upload_files *u)
{
    for (size_t i = 0; i < u->count; i++) {
        batch_entry *b = &u->entries[i];
        mem_free((char *)(uintptr_t)b->is.path);
        mem_free((char *)(uintptr_t)b->is.target);
        if (b->fd >= 0)
            close(b->fd);
    }
    u->count = u->files = u->next = 0;
}

/* Disk thread. One step of the walk finds at most as many entries as directories are open. */
static void on_found(void *owner, const tree_entry *e, int fd)
{
    upload_files *u = owner;
    batch_entry *b = &u->entries[u->count++];
    *b = (batch_entry){.owner = u, .is = *e, .ends_dir = u->walk.leaving, .fd = fd};
    b->is.path = mem_strdup(e->path);
    b->is.target = e->kind == ENTRY_LINK ? mem_strdup(e->target) : NULL;
    u->files += fd >= 0;
    if (!b->is.path || (e->kind == ENTRY_LINK && !b->is.target))
        u->walk.report->no_memory = true;
}

static void read_batch(dir_call *d)
{
    upload_files *u = d->upload_files;
    if (!u->opened)
        u->opened = tree_walk_open(&u->walk, d->local_path, &d->disk_failure) == BOXD_OK;
    while (d->disk_failure.status == BOXD_OK && u->files < UPLOAD_BATCH_FILES &&
           u->count + TREE_MAX_DEPTH < UPLOAD_BATCH_ENTRIES && !u->walk_ended)
        u->walk_ended = !tree_walk_next(&u->walk);
    if (tree_walk_failed(&u->walk))
        error_no_memory(&d->disk_failure, "reading a local directory");
}

/* ---- uploads ---- */

static void report_progress(upload_files *u)
{
    uint64_t bytes = u->base->report.counts.bytes;
    for (size_t i = 0; i < u->next; i++)
        bytes += u->entries[i].sent;
    dir_call_progress(u->base, dir_call_entries(&u->base->report.counts), bytes);
}

static void on_sent(uint64_t done, uint64_t total, void *data)
{
    batch_entry *b = data;
    (void)total;
    b->sent = done;
    report_progress(b->owner);
}

static void on_uploaded(boxd_status status, const boxd_error *error, void *data)
{
    batch_entry *b = data;
    upload_files *u = b->owner;
    transfer_report *report = &u->base->report;
    u->bytes_in_flight -= b->is.size;
    b->sent = 0;
    b->failed = status != BOXD_OK;
    dir_call_over_file(u->base, error);
    if (b->failed) {
        dir_call_fail_file(u->base, b->is.path, error);
    } else {
        report->counts.files++;
        report->counts.bytes += b->is.size;
        report_progress(u);
    }
    dir_call_advance(u->base);
}

static void upload(upload_files *u, batch_entry *b)
{
    boxd_file_options options = BOXD_FILE_OPTIONS_INIT;
    call_scope before;
    char *path = mem_printf("%s/%zu", u->temporary, (size_t)(b - u->entries));
    if (!path)
        error_no_memory(&u->base->failure, "uploading a file of a directory");
    else if (dir_call_begin_file(u->base, &options.call, &before)) {
        const int fd = b->fd;
        options.on_progress = u->base->progress.callback ? on_sent : NULL;
        options.progress_data = b;
        b->fd = -1;
        u->bytes_in_flight += b->is.size;
        upload_from_fd(u->base->request.box, fd, b->is.size, path, &options, on_uploaded, b);
        dir_call_submitted_file(before);
    }
    mem_free(path);
}

/* Begins further uploads. Returns whether all have ended. */
static bool upload_batch(upload_files *u)
{
    while (u->next < u->count && !dir_call_is_ending(u->base)) {
        batch_entry *b = &u->entries[u->next];
        const unsigned calls = u->base->file_calls;
        if (b->fd >= 0 && calls > 0 &&
            (calls >= MAX_UPLOADS || u->bytes_in_flight + b->is.size > MAX_BYTES_IN_FLIGHT))
            return false;
        u->next++;
        if (b->fd >= 0)
            upload(u, b);
    }
    return u->base->file_calls == 0;
}

/* ---- the shell ---- */

/* The input for the batch: its entries in their order, except for files that were not uploaded. */
static void write_lines(upload_files *u)
{
    const tree_settings *settings = &u->base->settings;
    const uint32_t mask = settings->all_modes ? 07777 : ~u->umask & 0777;
    for (size_t i = 0; i < u->count; i++) {
        batch_entry *b = &u->entries[i];
        b->is.mode &= mask;
        if (b->is.kind == ENTRY_LINK)
            remote_shell_make_link(&u->input, i, &b->is, !settings->new_times);
        else if (b->is.kind == ENTRY_FILE && !b->failed)
            remote_shell_place_file(&u->input, i, &b->is, !settings->new_times);
        else if (b->is.kind == ENTRY_DIR && b->ends_dir)
            remote_shell_end_dir(&u->input, i, &b->is, !settings->new_times);
        else if (b->is.kind == ENTRY_DIR)
            remote_shell_make_dir(&u->input, i, &b->is);
    }
    remote_shell_sync(&u->input);
}

/* A record of the shell, see remote_shell.h. */
static void take_record(upload_files *u, const char *record)
{
    char *reason = NULL;
    const size_t number = strtoul(record, &reason, 10);
    const bool ready = strncmp(record, SHELL_READY, sizeof SHELL_READY - 1) == 0;
    if (ready)
        u->umask = (uint32_t)strtoul(record + sizeof SHELL_READY - 1, NULL, 8);
    else if (*record && reason > record && *reason == ' ' && number < u->count)
        report_failure(&u->base->report, u->entries[number].is.path, BOXD_ERR_FAILED, "in the box: %s",
                       reason + 1);
    else if (*record)
        report_failure(&u->base->report, "", BOXD_ERR_FAILED, "in the box: %s", record);
    u->answered |= ready || !*record;
}

static void take_records(upload_files *u)
{
    size_t at = 0;
    for (const char *end = NULL;
         u->output.size > at && (end = memchr(u->output.data + at, 0, u->output.size - at)) != NULL;
         at = (size_t)(end + 1 - u->output.data))
        take_record(u, u->output.data + at);
    if (at == 0)
        return;
    u->output.size -= at;
    memmove(u->output.data, u->output.data + at, u->output.size + 1);
}

static void on_output(boxd_read_status outcome, boxd_chunk *chunk, const boxd_error *error, void *data)
{
    upload_files *u = data;
    dir_call *d = u->base;
    step_over(&d->request);
    u->shell_ended |= outcome == BOXD_READ_END;
    if (outcome == BOXD_READ_ERROR && d->failure.status == BOXD_OK)
        d->failure = *error;
    if (chunk) {
        dir_call_answered(d);
        text_add_bytes(&u->output, chunk->data, chunk->size);
    }
    boxd_chunk_free(chunk);
    take_records(u);
    if (u->output.failed)
        error_no_memory(&d->failure, "reading the output of a shell");
    else if (u->output.size > DIR_MAX_MESSAGE_BYTES)
        error_set_sent(&d->failure, BOXD_ERR_PROTOCOL, BOXD_SENT_YES,
                       "the shell of %s wrote something else than its answer", d->request.subject);
    dir_call_advance(d);
}

static void on_written(boxd_status status, const boxd_error *error, void *data)
{
    upload_files *u = data;
    (void)error;
    step_over(&u->base->request);
    u->written = true;
    u->shell_ended |= status != BOXD_OK;
    dir_call_advance(u->base);
}

static void on_closed(boxd_status status, const boxd_error *error, void *data)
{
    upload_files *u = data;
    (void)status;
    (void)error;
    step_over(&u->base->request);
    u->closed = true;
    dir_call_advance(u->base);
}

static void run_shell(upload_files *u)
{
    remote_command command;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.in.mode = BOXD_INPUT_PIPE;
    options.out.mode = BOXD_OUTPUT_PIPE;
    options.err.mode = BOXD_OUTPUT_MERGE;
    options.read_ahead_bytes = READ_AHEAD_BYTES;
    remote_shell(&command, u->base->path, u->temporary);
    dir_call_run(u->base, &command, &options);
}

/* Begins the next step of the shell: writing its input, reading its answer, or its end. */
static void step_shell(upload_files *u)
{
    dir_call *d = u->base;
    boxd_call_options call;
    const bool ends = u->phase == UPLOAD_ENDING || u->shell_ended;
    if (ends && (u->closed || u->shell_ended)) {
        dir_call_wait(d);
        return;
    }
    if (u->input.failed || !step_begin(&d->request, &call)) {
        error_no_memory(&d->failure, "writing to a shell");
        return;
    }
    if (ends)
        boxd_aio_process_write_eof(d->process, &call, on_closed, u);
    else if (!u->written)
        boxd_aio_process_write_nocopy(d->process, u->input.data, u->input.size, NULL, NULL, &call, on_written,
                                      u);
    else
        boxd_aio_process_read_stdout(d->process, &call, on_output, u);
    step_submitted(&d->request);
}

/* The shell is to read `input`. */
static void talk(upload_files *u)
{
    u->phase = UPLOAD_SHELL;
    u->written = u->answered = false;
}

/* The shell has ended. */
static void judge(upload_files *u)
{
    dir_call *d = u->base;
    const boxd_buffer messages = {.data = u->output.data ? u->output.data : "", .size = u->output.size};
    if (remote_judge(d->exit, messages, d->path, d->request.subject, &d->report, &d->failure) != BOXD_OK)
        return;
    d->report.counts.method = BOXD_TRANSFER_FILES;
    if (u->phase != UPLOAD_ENDING)
        error_set_sent(&d->failure, BOXD_ERR_INCOMPLETE, BOXD_SENT_YES,
                       "%s: the shell that made the entries ended early; copy the directory again",
                       d->request.subject);
}

/* ---- the transfer ---- */

void upload_files_init(upload_files *u, dir_call *base)
{
    u->base = base;
    base->upload_files = u;
    tree_walk_init(&u->walk, &base->settings, &base->report, on_found, u);
}

void upload_files_begin(upload_files *u)
{
    dir_call *d = u->base;
    const char *in = utf8_is_valid(d->path, strlen(d->path)) ? d->path : "/tmp";
    char name[TEMPORARY_NAME_SIZE];
    temporary_name(name);
    u->temporary = mem_printf("%s/%s", in, name);
    if (!u->temporary)
        error_no_memory(&d->failure, "starting a transfer of a directory");
    u->phase = UPLOAD_SHELL;
    u->written = true; /* the shell answers when it begins */
}

/* The shell has answered. */
static void begin_batch(upload_files *u)
{
    clear_batch(u);
    u->input.size = 0;
    u->phase = u->walk_ended ? UPLOAD_ENDING : UPLOAD_READING;
    if (!u->walk_ended)
        dir_call_work(u->base, read_batch);
}

static void advance(upload_files *u)
{
    dir_call *d = u->base;
    if (u->phase == UPLOAD_READING && !d->disk_busy)
        u->phase = UPLOAD_SENDING;
    if (u->phase == UPLOAD_SENDING && upload_batch(u) && !dir_call_is_ending(d)) {
        write_lines(u);
        talk(u);
    }
    if (u->phase == UPLOAD_SHELL && u->answered)
        begin_batch(u);
    if (dir_call_is_ending(d) || (u->phase != UPLOAD_SHELL && u->phase != UPLOAD_ENDING))
        return;
    if (d->process)
        step_shell(u);
    else
        run_shell(u);
}

bool upload_files_advance(upload_files *u)
{
    dir_call *d = u->base;
    if (dir_call_is_ending(d) || dir_call_has_step(d))
        return false;
    if (!d->exit) {
        advance(u);
        return false;
    }
    judge(u);
    return true;
}

void upload_files_free(upload_files *u)
{
    clear_batch(u);
    tree_walk_free(&u->walk);
    text_free(&u->input);
    text_free(&u->output);
    mem_free(u->temporary);
}
