#include "boxd/files/progress.h"

void progress_init(progress *p, request *owner, const boxd_file_options *options)
{
    *p = (progress){.owner = owner, .callback = options->on_progress, .user_data = options->progress_data};
    atomic_init(&p->done, 0);
    atomic_init(&p->total, 0);
}

/* Where callbacks run. News may have been told already, by the call before that it came beside. */
static void tell(void *data)
{
    progress *p = data;
    const uint64_t done = atomic_load(&p->done), total = atomic_load(&p->total);
    if (p->told.any && p->told.done == done && p->told.total == total)
        return;
    p->told.any = true;
    p->told.done = done;
    p->told.total = total;
    p->callback(done, total, p->user_data);
}

static void set(progress *p, uint64_t done, uint64_t total)
{
    p->any = true;
    atomic_store(&p->total, total);
    atomic_store(&p->done, done);
    op_notify(&p->owner->frame.op, tell, p);
}

void progress_at(progress *p, uint64_t done, uint64_t total)
{
    if (total != 0 && done > total)
        done = total; /* of what was announced; the end tells that it was wrong */
    if (p->callback && (!p->any || done > atomic_load(&p->done)))
        set(p, done, total);
}

void progress_end(progress *p, uint64_t size)
{
    if (p->callback)
        set(p, size, size);
}
