/*
 * dir_call.h: the base of a transfer of a directory: a request with a command in the box, and work of the
 * disk thread. Both go on at the same time; the transfer ends when both are over.
 *
 * Core thread, unless a function says otherwise.
 */
#ifndef BOXD_DIR_CALL_H
#define BOXD_DIR_CALL_H

#include "boxd/client/request.h"
#include "boxd/dirs/change_queue.h"
#include "boxd/dirs/remote_command.h"
#include "boxd/dirs/transfer_report.h"
#include "boxd/dirs/tree_walk.h"

#include <boxd/aio/dir.h>
#include <boxd/aio/process.h>

/* How much the library keeps of the messages of a command. */
enum { DIR_MAX_MESSAGE_BYTES = 8 * 1024 * 1024 };

typedef struct dir_call dir_call;

struct dir_call {
    request request;
    /* Goes on after an event: begins the next steps, or ends the transfer. */
    void (*advance)(dir_call *d);
    /* Events since advance() was called: see dir_call_advance(). */
    unsigned events;
    /* The request is finished. */
    bool ended;
    boxd_dir_transfer_cb callback;
    void *user_data;
    tree_settings settings;
    uint64_t max_bytes;
    /* An option is set that only a synchronization has: its name; or NULL. */
    const char *sync_option;
    /* NULL: everything is copied. */
    struct dir_sync *sync;
    /* One of them, if the box has no tar; else NULL. */
    struct upload_files *upload_files;
    struct download_files *download_files;
    /* The local directory, and the absolute path in the box. */
    char *local_path, *path;
    /* The command in the box; NULL: not running. */
    boxd_process *process;
    boxd_exec_result *exit;
    /* Calls for single files that are in progress, and the token that ends them. */
    unsigned file_calls;
    boxd_cancel_token *file_calls_token;
    /* Belongs to the disk thread while `disk_busy`. */
    transfer_report report;
    /* The disk thread works, or, with `disk_paused`, the work begins when the program was called with the
     * changes that wait. */
    bool disk_busy, disk_paused;
    loop_task disk_task;
    /* What the disk thread does; sets disk_failure, which the core thread reads when the work is over. */
    void (*work)(dir_call *d);
    boxd_error disk_failure;
    /* The first failure that ends the transfer; BOXD_OK: none. */
    boxd_error failure;
    /* Whether a command or a call for a file has reached the box: of all of them, what is most. */
    boxd_sent sent;
    /* The result of the program. */
    boxd_dir_transfer *result;
    struct {
        boxd_dir_progress_cb callback;
        void *user_data;
        /* Written on the core thread, read where callbacks run; so is `changed`: there is something to
         * report. */
        atomic_uint_fast64_t entries, bytes;
        atomic_bool changed;
    } progress;
    change_queue changes;
    /* Posted where callbacks run: the program was called with changes. */
    loop_task resume_task;
};

/* Allocates `size` zeroed bytes that start with a dir_call. A failure is in the request; NULL: the callback
 * was called. Any thread. */
void *dir_call_new(size_t size, const request_kind *kind, boxd_box *box, const char *local_path,
                   const char *path, const boxd_dir_transfer_options *options, boxd_dir_transfer_cb callback,
                   void *user_data);

/* Refuses the options that only a synchronization has. Any thread, before the call is submitted. */
void dir_call_refuse_sync_options(dir_call *d);

/* As request_kind.destroy. Any thread. */
void dir_call_destroy(request *r);

/* As request_kind.stop: no step is in progress. */
void dir_call_stop(request *r);

/* To be called after each event: calls advance(), never inside of itself. */
void dir_call_advance(dir_call *d);

/* Runs `work` on the disk thread, then advance(). The work is delayed while too many changes wait for the
 * program. False: `failure` is set. */
bool dir_call_work(dir_call *d, void (*work)(dir_call *d));

/* The box has answered: the command has sent output. */
void dir_call_answered(dir_call *d);

/* Begins the command, and frees its words: then advance(), with `process` set or `failure`. */
void dir_call_run(dir_call *d, remote_command *c, const boxd_exec_options *options);

/* Waits for the end of the command: then advance(), with `exit` set or `failure`. */
void dir_call_wait(dir_call *d);

/* Runs the command with the input `input`, NULL: none, and keeps its output: to be called after each event
 * until it returns true. Then `exit` is set, and dir_call_end_command() forgets the command. */
bool dir_call_command(dir_call *d, void (*make)(dir_call *d, remote_command *c), const text *input);
void dir_call_end_command(dir_call *d);

/* Submits calls for single files, besides the steps. Between dir_call_begin_file() and
 * dir_call_submitted_file() the caller calls one function with `call`. Its callback runs on the core thread,
 * begins with dir_call_over_file() and ends with dir_call_advance(). False: `failure` is set. */
bool dir_call_begin_file(dir_call *d, boxd_call_options *call, call_scope *before);
void dir_call_submitted_file(call_scope before);
void dir_call_over_file(dir_call *d, const boxd_error *error);

/* Notes the failure of such a call. A failure that concerns another thing than the entry at `path` ends the
 * transfer. While the disk thread does not work. */
void dir_call_fail_file(dir_call *d, const char *path, const boxd_error *error);

/* Whether a step of the command is in progress. */
static inline bool dir_call_has_step(const dir_call *d)
{
    return d->request.step.token != NULL;
}

/* Whether the transfer is to end: it failed, or it is stopped. */
static inline bool dir_call_is_ending(const dir_call *d)
{
    return d->failure.status != BOXD_OK || request_stopping(&d->request);
}

/* Whether nothing is in progress. What is in progress is cancelled if the transfer is to end. */
bool dir_call_is_idle(dir_call *d);

/* Ends the transfer as soon as nothing is in progress. To be called until it returns true. */
bool dir_call_end(dir_call *d);

/* Reports progress. */
void dir_call_progress(dir_call *d, uint64_t entries, uint64_t bytes);

static inline dir_call *dir_call_of(request *r)
{
    return CONTAINER_OF(r, dir_call, request);
}

/* The number of entries that were copied. */
static inline uint64_t dir_call_entries(const boxd_dir_transfer *t)
{
    return t->files + t->directories + t->links;
}

#endif
