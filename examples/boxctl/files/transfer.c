/* Transfers between this machine and a box with the functions of the library for files and directories. */
#include "files/copy.h"

#include <boxd/aio.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

/* ---- regular files, several at a time ---- */

enum { MAX_AT_A_TIME = 8, PRIVATE_UMASK = 0077 };

/* A transfer in flight. The callbacks run on the core thread of the client. */
typedef struct slot {
    copy *k;
    copy_item *item;
    /* reported so far */
    uint64_t bytes;
    boxd_error error;
    atomic_bool ended;
    sem_t *changed;
} slot;

static void on_progress(uint64_t done, uint64_t total, void *data)
{
    slot *s = data;
    (void)total;
    atomic_fetch_add(&s->k->progress.bytes, done - s->bytes);
    s->bytes = done;
}

static void on_done(boxd_status status, const boxd_error *error, void *data)
{
    slot *s = data;
    sem_t *changed = s->changed;
    (void)status;
    if (error)
        s->error = *error;
    atomic_store(&s->ended, true);
    sem_post(changed);
}

static void submit(slot *s, copy *k, copy_item *item)
{
    const boxd_file_options *options =
        BOXD_OPTIONS(boxd_file_options, .call = cli_call(k->c), .on_progress = on_progress,
                     .progress_data = s, .in_place = true);
    s->k = k;
    s->item = item;
    s->bytes = 0;
    s->error = (boxd_error)BOXD_ERROR_INIT;
    atomic_store(&s->ended, false);
    progress_name(&k->progress, item->path);
    if (k->target.box)
        boxd_aio_box_upload(k->target.box, item->path, item->to, options, on_done, s);
    else
        boxd_aio_box_download(item->from->box, item->path, item->to, options, on_done, s);
}

static void collect(slot *s)
{
    copy *k = s->k;
    if (s->error.status != BOXD_OK) {
        s->item->refused = true;
        report_copy_error(k, s->item, &s->error);
    } else {
        k->report.files++;
        k->report.bytes += s->bytes;
        atomic_fetch_add(&k->progress.files, 1);
        if (!k->target.box)
            set_attributes_here(k, s->item);
    }
    s->item = NULL;
}

static void wait_for(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0)
        ;
}

void transfer_files(copy *k, copy_item **items)
{
    slot slots[MAX_AT_A_TIME] = {0};
    sem_t changed;
    size_t running = 0, submitted = 0, waited = 0;
    sem_init(&changed, 0, 0);
    k->umask = umask(PRIVATE_UMASK);
    if (k->target.box)
        umask(k->umask);
    for (size_t i = 0; i < MAX_AT_A_TIME; i++)
        slots[i].changed = &changed;
    while ((*items && !k->report.stops) || running > 0) {
        for (size_t i = 0; i < MAX_AT_A_TIME && *items && !k->report.stops; i++)
            if (!slots[i].item) {
                submit(&slots[i], k, *items++);
                running++;
                submitted++;
            }
        wait_for(&changed);
        waited++;
        for (size_t i = 0; i < MAX_AT_A_TIME; i++)
            if (slots[i].item && atomic_load(&slots[i].ended)) {
                collect(&slots[i]);
                running--;
            }
    }
    for (; *items; items++)
        report_untried(&k->report, 1);
    for (; waited < submitted; waited++) /* a callback may still be about to post */
        wait_for(&changed);
    sem_destroy(&changed);
    umask(k->umask);
}

/* ---- a directory ---- */

/* `files` and `bytes` are those of the copies before this directory. */
typedef struct dir_progress {
    progress *progress;
    uint64_t files, bytes;
} dir_progress;

static void on_dir_progress(const boxd_dir_progress *done, void *data)
{
    dir_progress *p = data;
    atomic_store(&p->progress->files, p->files + done->entries);
    atomic_store(&p->progress->bytes, p->bytes + done->bytes);
}

static void report_transfer(copy *k, const copy_item *item, const boxd_dir_transfer *done)
{
    report *r = &k->report;
    const uint64_t failed = r->failed;
    char *target = target_shown(k, item);
    r->files += done->files;
    r->bytes += done->bytes;
    r->skipped += done->skipped;
    r->unchanged += done->unchanged;
    r->deleted += done->deleted;
    for (size_t i = 0; i < done->failure_count; i++) {
        const boxd_dir_failure *failure = done->failures[i];
        const char *side = fails_at_target(k, failure->status) ? target : item->shown;
        char *path = *failure->path ? join_path(side, failure->path) : NULL;
        report_fail(r, EXIT_FAILED, path ? path : side, "%s", failure->reason);
        free(path);
    }
    free(target);
    r->failed = failed + done->failed;
}

/* What the functions for directories have in common. */
static boxd_dir_transfer_options dir_options(const copy *k, dir_progress *shown)
{
    const copy_options *o = k->options;
    return (boxd_dir_transfer_options){
        .size = sizeof(boxd_dir_transfer_options),
        .call = cli_call(k->c),
        .on_progress = on_dir_progress,
        .progress_data = shown,
        .include = o->include.items,
        .exclude = o->exclude.items,
        .links = o->follow       ? BOXD_LINKS_FOLLOW
                 : o->skip_links ? BOXD_LINKS_SKIP
                                 : BOXD_LINKS_KEEP,
        .all_modes = o->preserve,
    };
}

/* Adds what was done, and the failure of the call with `add_error`. */
static void end_transfer(copy *k, copy_item *item, boxd_status status, boxd_dir_transfer *done,
                         const boxd_error *error, copy_error_cb add_error)
{
    if (done)
        report_transfer(k, item, done);
    if (status != BOXD_OK && !(status == BOXD_ERR_INCOMPLETE && done && done->failed > 0))
        add_error(k, item, error);
    item->refused = status != BOXD_OK;
    boxd_dir_transfer_free(done);
}

void transfer_dir(copy *k, copy_item *item)
{
    dir_progress shown = {&k->progress, atomic_load(&k->progress.files), atomic_load(&k->progress.bytes)};
    boxd_dir_transfer_options options = dir_options(k, &shown);
    boxd_dir_transfer *done = NULL;
    boxd_error error = BOXD_ERROR_INIT;
    options.new_times = !k->options->preserve;
    progress_name(&k->progress, item->path);
    const boxd_status status =
        k->target.box ? boxd_box_upload_dir(k->target.box, item->path, item->to, &options, &done, &error)
                      : boxd_box_download_dir(item->from->box, item->path, item->to, &options, &done, &error);
    end_transfer(k, item, status, done, &error, report_copy_error);
}

void transfer_differences(copy *k, copy_item *item, const differences *how)
{
    dir_progress shown = {.progress = &k->progress};
    boxd_dir_transfer_options options = dir_options(k, &shown);
    boxd_dir_transfer *done = NULL;
    boxd_error error = BOXD_ERROR_INIT;
    options.from_box = item->from->box != NULL;
    options.by_content = k->options->by_content;
    options.deletes = k->options->deletes;
    options.dry_run = k->options->dry_run;
    options.on_change = how->on_change;
    options.change_data = how->change_data;
    progress_name(&k->progress, item->path);
    const boxd_status status =
        options.from_box ? boxd_box_sync_dir(item->from->box, item->to, item->path, &options, &done, &error)
                         : boxd_box_sync_dir(k->target.box, item->path, item->to, &options, &done, &error);
    end_transfer(k, item, status, done, &error, how->add_error);
}
