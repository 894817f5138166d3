/*
 * dir_call.c: what transfers of directories have in common. Called by upload_dir.c and download_dir.c: made
 * on the thread of the program, run on the core thread.
 */
#include "boxd/dirs/dir_call.h"

#include "boxd/client/box_names.h"
#include "errors.h"
#include "mem.h"
#include "options.h"

/* ---- the result ---- */

/* Before there is a dir_call: a failure has no result. */
static void call_without_result(any_callback callback, void *result, const boxd_error *error, void *user_data)
{
    (void)result;
    ((boxd_dir_transfer_cb)callback)(error ? error->status : BOXD_OK, NULL, error, user_data);
}

static const result_type RESULT_DIR_TRANSFER = {call_without_result, NULL};

/* The program gets the result besides an error, too. */
static void call_with_result(boxd_status status, const boxd_error *error, void *data)
{
    dir_call *d = data;
    boxd_dir_transfer *result = d->result;
    d->result = NULL;
    if (d->callback)
        d->callback(status, result, error, d->user_data);
    else
        boxd_dir_transfer_free(result);
}

/* ---- life cycle ---- */

static void copy_options(dir_call *d, const boxd_dir_transfer_options *opts, const char *local_path,
                         const char *path)
{
    boxd_error *error = request_error(&d->request);
    if (error->status != BOXD_OK)
        return;
    d->settings.links = opts->links;
    d->settings.all_modes = opts->all_modes;
    d->settings.new_times = opts->new_times;
    d->settings.dry_run = opts->dry_run;
    d->max_bytes = opts->max_bytes;
    d->sync_option = opts->from_box     ? "from_box"
                     : opts->by_content ? "by_content"
                     : opts->deletes    ? "deletes"
                     : opts->dry_run    ? "dry_run"
                                        : NULL;
    d->progress.callback = opts->on_progress;
    d->progress.user_data = opts->progress_data;
    d->local_path = mem_strdup(local_path);
    d->path = name_absolute_path(path);
    const bool copied = path_filter_init(&d->settings.filter, opts->include, opts->exclude);
    if (!d->local_path || !d->path || !copied)
        error_no_memory(error, "starting a transfer of a directory");
}

static void check_links(const boxd_dir_transfer_options *opts, boxd_error *error)
{
    if (error->status == BOXD_OK && (unsigned)opts->links > BOXD_LINKS_SKIP)
        error_set(error, BOXD_ERR_INVALID_ARGUMENT, "links is %d; use one of BOXD_LINKS_...",
                  (int)opts->links);
}

void *dir_call_new(size_t size, const request_kind *kind, boxd_box *box, const char *local_path,
                   const char *path, const boxd_dir_transfer_options *options, boxd_dir_transfer_cb callback,
                   void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_dir_transfer_options opts;
    options_copy(&opts, OPTION_TYPE_RESERVED(boxd_dir_transfer_options), options, &error);
    check_links(&opts, &error);
    if (error.status == BOXD_OK)
        name_check_path(local_path, "the local path", &error);
    if (error.status == BOXD_OK)
        name_check_path(path, "the path in the box", &error);
    dir_call *d = request_new(size, kind,
                              &(request_setup){.box = box,
                                               .call = &opts.call,
                                               .call_in_options = true,
                                               .fault = &error,
                                               .default_timeout_ms = BOXD_NO_TIMEOUT,
                                               .sink = SINK(RESULT_DIR_TRANSFER, callback, user_data)});
    if (!d)
        return NULL;
    d->request.frame.sink = SINK(RESULT_DONE, call_with_result, d);
    d->callback = callback;
    d->user_data = user_data;
    d->failure = d->disk_failure = (boxd_error)BOXD_ERROR_INIT;
    d->sent = BOXD_SENT_NO;
    change_queue_init(&d->changes, opts.on_change, opts.change_data);
    report_init(&d->report, opts.max_failures, &d->changes);
    atomic_init(&d->progress.entries, 0);
    atomic_init(&d->progress.bytes, 0);
    atomic_init(&d->progress.changed, false);
    copy_options(d, &opts, local_path, path);
    return d;
}

void dir_call_refuse_sync_options(dir_call *d)
{
    boxd_error *error = request_error(&d->request);
    if (error->status == BOXD_OK && d->sync_option)
        error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                  "%s is set, which is an option of boxd_box_sync_dir() only", d->sync_option);
}

void dir_call_destroy(request *r)
{
    dir_call *d = dir_call_of(r);
    boxd_process_free(d->process);
    boxd_exec_result_free(d->exit);
    boxd_cancel_token_free(d->file_calls_token);
    boxd_dir_transfer_free(d->result);
    path_filter_free(&d->settings.filter);
    report_free(&d->report);
    change_queue_free(&d->changes);
    mem_free(d->local_path);
    mem_free(d->path);
}

void dir_call_stop(request *r)
{
    dir_call_advance(dir_call_of(r));
}

static void note_sent(dir_call *d, boxd_sent sent)
{
    d->sent = sent_either(d->sent, sent);
}

void dir_call_answered(dir_call *d)
{
    note_sent(d, BOXD_SENT_YES);
}

static void judge_stop(dir_call *d)
{
    if (request_stopping(&d->request))
        request_stop_error(&d->request, "the transfer of a directory with", d->sent, &d->failure);
}

/* The transfer has had an effect if one of its steps has had one. */
static void judge_failure(dir_call *d)
{
    if (d->failure.status == BOXD_OK || d->failure.sent != BOXD_SENT_NO || d->sent == BOXD_SENT_NO)
        return;
    d->failure.sent = d->sent;
    d->failure.retryable = false;
}

/* A step that runs out of memory calls back before its submission returns, in the middle of advance(). */
void dir_call_advance(dir_call *d)
{
    d->events++;
    if (d->events > 1)
        return;
    for (unsigned seen = 0; seen != d->events && !d->ended;) {
        seen = d->events;
        d->advance(d);
    }
    d->events = 0;
}

/* ---- the disk thread ---- */

static void run_worked(loop_task *task);

static void run_work(loop_task *task)
{
    dir_call *d = CONTAINER_OF(task, dir_call, disk_task);
    d->work(d);
    loop_post(&d->request.compute->core.loop, task, run_worked);
}

static void begin_work(dir_call *d)
{
    d->disk_paused = false;
    request_ref(&d->request);
    loop_post(&d->request.compute->thread_data.disk.loop, &d->disk_task, run_work);
}

/* ---- callbacks before the last one ---- */

static void run_resume(loop_task *task)
{
    dir_call *d = CONTAINER_OF(task, dir_call, resume_task);
    if (d->disk_paused)
        begin_work(d);
    request_unref(&d->request);
}

/* Where callbacks run. */
static void call_program(void *data)
{
    dir_call *d = data;
    if (change_queue_call(&d->changes)) {
        request_ref(&d->request);
        loop_post(&d->request.compute->core.loop, &d->resume_task, run_resume);
    }
    if (atomic_exchange(&d->progress.changed, false)) {
        const boxd_dir_progress progress = {atomic_load(&d->progress.entries),
                                            atomic_load(&d->progress.bytes)};
        d->progress.callback(&progress, d->progress.user_data);
    }
}

static void report_changes(dir_call *d)
{
    if (change_queue_has_changes(&d->changes))
        op_notify(&d->request.frame.op, call_program, d);
}

void dir_call_progress(dir_call *d, uint64_t entries, uint64_t bytes)
{
    if (!d->progress.callback)
        return;
    /* a transfer that begins again reports nothing until it has come as far as before */
    if (entries > atomic_load(&d->progress.entries))
        atomic_store(&d->progress.entries, entries);
    if (bytes > atomic_load(&d->progress.bytes))
        atomic_store(&d->progress.bytes, bytes);
    atomic_store(&d->progress.changed, true);
    op_notify(&d->request.frame.op, call_program, d);
}

static void run_worked(loop_task *task)
{
    dir_call *d = CONTAINER_OF(task, dir_call, disk_task);
    d->disk_busy = false;
    report_changes(d);
    if (d->failure.status == BOXD_OK)
        d->failure = d->disk_failure;
    dir_call_advance(d);
    request_unref(&d->request);
}

bool dir_call_work(dir_call *d, void (*work)(dir_call *d))
{
    worker *disk = &d->request.compute->thread_data.disk;
    if (worker_start(disk, &d->failure) != BOXD_OK)
        return false;
    d->work = work;
    d->disk_busy = true;
    report_changes(d);
    d->disk_paused = !dir_call_is_ending(d) && change_queue_await(&d->changes);
    if (!d->disk_paused)
        begin_work(d);
    return true;
}

/* ---- the end ---- */

bool dir_call_is_idle(dir_call *d)
{
    if (dir_call_is_ending(d) && dir_call_has_step(d))
        boxd_cancel_token_cancel(d->request.step.token);
    if (dir_call_is_ending(d) && d->file_calls > 0)
        boxd_cancel_token_cancel(d->file_calls_token);
    if (dir_call_is_ending(d) && d->disk_paused)
        d->disk_busy = d->disk_paused = false;
    return !dir_call_has_step(d) && !d->disk_busy && d->file_calls == 0;
}

bool dir_call_end(dir_call *d)
{
    if (!dir_call_is_idle(d))
        return false;
    judge_stop(d);
    boxd_process_free(d->process);
    d->process = NULL;
    if (d->failure.status == BOXD_OK)
        report_error(&d->report, d->request.subject, &d->failure);
    report_changes(d);
    d->result = report_result(&d->report);
    if (!d->result && d->failure.status == BOXD_OK)
        error_no_memory(&d->failure, "making the result of a transfer");
    judge_failure(d);
    d->ended = true;
    request_finish(&d->request, d->failure.status == BOXD_OK ? NULL : &d->failure);
    return true;
}

/* ---- the command ---- */

static void on_process(boxd_process *process, const boxd_error *error, void *data)
{
    dir_call *d = data;
    step_over(&d->request);
    note_sent(d, process ? BOXD_SENT_UNKNOWN : error->sent); /* no answer is needed for a process */
    d->process = process;
    if (!process && d->failure.status == BOXD_OK)
        d->failure = *error;
    dir_call_advance(d);
}

void dir_call_run(dir_call *d, remote_command *c, const boxd_exec_options *options)
{
    boxd_exec_options opts = *options;
    opts.require_exit_confirmed = true; /* a list or an archive that was cut must not pass for a whole one */
    if (!c->failed && step_begin(&d->request, &opts.call)) {
        boxd_aio_box_exec_stream(d->request.box, (const char *const *)c->words, &opts, on_process, d);
        step_submitted(&d->request);
    } else {
        error_no_memory(&d->failure, "starting a command");
    }
    remote_command_free(c);
}

static void on_command_ended(boxd_exec_result *result, const boxd_error *error, void *data)
{
    dir_call *d = data;
    step_over(&d->request);
    d->exit = result;
    note_sent(d, result ? BOXD_SENT_YES : error->sent);
    if (!result && d->failure.status == BOXD_OK)
        d->failure = *error;
    dir_call_advance(d);
}

void dir_call_wait(dir_call *d)
{
    boxd_call_options call;
    if (!step_begin(&d->request, &call)) {
        error_no_memory(&d->failure, "waiting for a command");
        return;
    }
    boxd_aio_process_result(d->process, &call, on_command_ended, d);
    step_submitted(&d->request);
}

bool dir_call_command(dir_call *d, void (*make)(dir_call *d, remote_command *c), const text *input)
{
    remote_command command;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    if (dir_call_has_step(d) || d->exit)
        return d->exit != NULL;
    if (d->process) {
        dir_call_wait(d);
        return false;
    }
    options.in.mode = BOXD_INPUT_CLOSED;
    if (input)
        options.in = (boxd_input){.mode = BOXD_INPUT_BYTES, .data = input->data, .data_size = input->size};
    options.out.mode = BOXD_OUTPUT_KEEP;
    options.err = (boxd_output){.mode = BOXD_OUTPUT_HEAD, .keep_bytes = DIR_MAX_MESSAGE_BYTES};
    make(d, &command);
    dir_call_run(d, &command, &options);
    return false;
}

void dir_call_end_command(dir_call *d)
{
    boxd_process_free(d->process);
    d->process = NULL;
    boxd_exec_result_free(d->exit);
    d->exit = NULL;
}

/* ---- calls for single files ---- */

bool dir_call_begin_file(dir_call *d, boxd_call_options *call, call_scope *before)
{
    request_part_options(&d->request, call);
    if (!d->file_calls_token)
        d->file_calls_token = boxd_cancel_token_new();
    call->cancel = d->file_calls_token;
    if (!d->file_calls_token) {
        error_no_memory(&d->failure, "copying a file of a directory");
        return false;
    }
    d->file_calls++;
    *before = request_parts_begin(&d->request);
    return true;
}

void dir_call_submitted_file(call_scope before)
{
    request_parts_end(before);
}

/* Whether a failure concerns one file, and not the box or the connection. */
static bool concerns_file(boxd_status status)
{
    switch (status) {
    case BOXD_ERR_NOT_FOUND:
    case BOXD_ERR_PERMISSION_DENIED:
    case BOXD_ERR_ALREADY_EXISTS:
    case BOXD_ERR_INVALID_ARGUMENT:
    case BOXD_ERR_FAILED_PRECONDITION:
    case BOXD_ERR_QUOTA:
    case BOXD_ERR_INTERNAL:
    case BOXD_ERR_INCOMPLETE:
    case BOXD_ERR_TOO_LARGE:
    case BOXD_ERR_UNSUPPORTED:
    case BOXD_ERR_LOCAL_FILE:
    case BOXD_ERR_FAILED:
        return true;
    default:
        return false;
    }
}

void dir_call_over_file(dir_call *d, const boxd_error *error)
{
    d->file_calls--;
    note_sent(d, error ? error->sent : BOXD_SENT_YES);
}

void dir_call_fail_file(dir_call *d, const char *path, const boxd_error *error)
{
    if (dir_call_is_ending(d))
        return;
    if (concerns_file(error->status))
        report_failure(&d->report, path, error->status, "%s", error->message);
    else
        d->failure = *error;
}
