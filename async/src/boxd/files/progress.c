/*
 * progress.c: reports of a transfer's progress. Called by upload.c and download.c on the core thread; the
 * program is called where its callbacks run.
 */
#include "boxd/files/progress.h"

void progress_init(progress *p, request *owner, const boxd_file_options *options)
{
    *p = (progress){.owner = owner, .callback = options->on_progress, .user_data = options->progress_data};
    atomic_init(&p->done, 0);
    atomic_init(&p->total, 0);
}

/* Where callbacks run. Values that were set while the previous call ran may have been reported by that call.
 */
static void report(void *data)
{
    progress *p = data;
    const uint64_t done = atomic_load(&p->done), total = atomic_load(&p->total);
    if (p->reported.any && p->reported.done == done && p->reported.total == total)
        return;
    p->reported.any = true;
    p->reported.done = done;
    p->reported.total = total;
    p->callback(done, total, p->user_data);
}

static void set(progress *p, uint64_t done, uint64_t total)
{
    p->any = true;
    atomic_store(&p->total, total);
    atomic_store(&p->done, done);
    op_notify(&p->owner->frame.op, report, p);
}

void progress_at(progress *p, uint64_t done, uint64_t total)
{
    if (total != 0 && done > total)
        done = total; /* the announced size was wrong, which the end reports */
    if (p->callback && (!p->any || done > atomic_load(&p->done)))
        set(p, done, total);
}

void progress_end(progress *p, uint64_t size)
{
    if (p->callback)
        set(p, size, size);
}
