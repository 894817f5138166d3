/*
 * dispatch.c: where callbacks run, and in which order: on the loop thread, or queued for whoever dispatches.
 */
#include "core/core_private.h"
#include "errors.h"

#include <sys/eventfd.h>

void dispatch_call(op *o)
{
    thread_enter_callback();
    o->class->deliver(o);
    thread_leave_callback();
}

/* It is not in flight any more when its callback runs, so that this may submit the next one. */
static void deliver(op *o)
{
    core *c = o->core;
    const bool told = o->room == ROOM_TOLD;
    if (o->counted) { /* steps and parts have no room */
        pthread_mutex_lock(&c->synced_data.lock);
        room_give(o);
        (*(o->error.status == BOXD_OK || o->wanted ? &c->synced_data.succeeded : &c->synced_data.failed))++;
        pthread_mutex_unlock(&c->synced_data.lock);
    }
    dispatch_call(o);
    if (core_is_copy(c)) /* the callback forked, and this is the child */
        return;
    op_unref(o);
    pthread_mutex_lock(&c->synced_data.lock);
    c->synced_data.live--;
    if (told)
        room_told(c);
    core_post_if_idle(c);
    pthread_mutex_unlock(&c->synced_data.lock);
}

static void run_deliver(loop_task *task)
{
    deliver(op_of_task(task));
}

/* ---- what is due ---- */

/* Queues `task` for manual dispatch; the descriptor becomes readable on the edge from empty. */
static void queue_due(core *c, loop_task *task)
{
    task->next = NULL;
    pthread_mutex_lock(&c->synced_data.lock);
    if (c->synced_data.abandoned) {
        loop_post(&c->loop, task, task->run);
    } else {
        const bool was_empty = c->synced_data.due == NULL;
        *c->synced_data.due_last = task;
        c->synced_data.due_last = &task->next;
        c->synced_data.due_count++;
        if (was_empty) {
            eventfd_write(c->event_fd, 1);
            pthread_cond_broadcast(&c->synced_data.changed);
        }
    }
    pthread_mutex_unlock(&c->synced_data.lock);
}

static bool is_queued(const op *o)
{
    return o->core->dispatch == BOXD_DISPATCH_MANUAL && o->caller == CALLER_PROGRAM;
}

/* Lets `task` run where the operation's callbacks do. */
static void post_callback(const op *o, loop_task *task, void (*run)(loop_task *))
{
    if (!is_queued(o)) {
        loop_post(&o->core->loop, task, run);
        return;
    }
    task->run = run;
    queue_due(o->core, task);
}

/* What one pass runs: not what becomes due meanwhile, and nothing any more once a callback has detached the
 * client, which may be on another loop by then. */
typedef struct pass {
    size_t limit;
    unsigned detached;
    bool close; /* the close callbacks too */
} pass;

static pass begin_pass(core *c, size_t max, bool close)
{
    pthread_mutex_lock(&c->synced_data.lock);
    const pass p = {max ? max : c->synced_data.due_count + c->synced_data.close_due, c->synced_data.detached,
                    close};
    pthread_mutex_unlock(&c->synced_data.lock);
    return p;
}

/* Under the lock. */
static bool is_over(const core *c, const pass *p)
{
    return p->detached != c->synced_data.detached;
}

/* The next callback that is due, or NULL; the last one taken makes the descriptor unreadable. */
static loop_task *take_due(core *c, const pass *p)
{
    const int cancellation = cancellation_off(); /* it reads from a descriptor */
    pthread_mutex_lock(&c->synced_data.lock);
    loop_task *task = c->synced_data.due;
    if (is_over(c, p)) {
        task = NULL;
    } else if (task) {
        c->synced_data.due = task->next;
        c->synced_data.due_count--;
        if (!task->next) {
            eventfd_t count;
            c->synced_data.due_last = &c->synced_data.due;
            if (!c->synced_data.finished)
                eventfd_read(c->event_fd, &count);
        }
    } else if (p->close && core_take_close(c)) {
        task = &c->close_task;
    }
    pthread_mutex_unlock(&c->synced_data.lock);
    cancellation_restore(cancellation);
    return task;
}

size_t dispatch_run(core *c, size_t max, bool close)
{
    core_ref(c); /* a callback may be the one that ends the client */
    const pass p = begin_pass(c, max, close);
    size_t ran = 0;
    loop_task *task;
    while (ran < p.limit && (task = take_due(c, &p))) {
        task->run(task);
        ran++;
        if (core_is_copy(c)) /* the callback forked, and this is the child */
            return ran;
    }
    pthread_mutex_lock(&c->synced_data.lock);
    const bool over = is_over(c, &p);
    pthread_mutex_unlock(&c->synced_data.lock);
    if (!over) /* else it is for the other loop to notice */
        core_detach_if_ended(c);
    core_unref(c);
    return ran;
}

size_t core_dispatch(core *c, size_t max)
{
    if (c->dispatch != BOXD_DISPATCH_MANUAL || thread_in_callback() || core_is_copy(c))
        return 0;
    return dispatch_run(c, max, true);
}

/* ---- news, and the last callback after it ---- */

/* What op_news.state says. */
enum {
    NEWS = 1,    /* there is something to tell */
    TELLING = 2, /* news.task waits or runs; whoever runs it goes on with what came meanwhile */
    ENDED = 4    /* op_finish() was called, so that no more news comes */
};

/* Lets an operation that has ended wait for its turn. */
static void land(op *o)
{
    if (o->counted) {
        pthread_mutex_lock(&o->core->synced_data.lock);
        room_land(o);
        pthread_mutex_unlock(&o->core->synced_data.lock);
    }
    post_callback(o, &o->task, run_deliver);
}

static void run_tell(loop_task *task)
{
    op *o = (op *)(void *)((char *)task - offsetof(op, news.task));
    unsigned state = TELLING;
    atomic_fetch_and(&o->news.state, ~(unsigned)NEWS);
    thread_enter_callback();
    o->news.tell(o->news.data);
    thread_leave_callback();
    if (core_is_copy(o->core))
        return;
    /* Once it is not TELLING any more, or is posted, another thread may free it. */
    if (atomic_compare_exchange_strong(&o->news.state, &state, 0))
        return;
    if (state & NEWS)
        post_callback(o, task, run_tell);
    else
        land(o);
}

void op_tell(op *o, void (*tell)(void *data), void *data)
{
    if (atomic_fetch_or(&o->news.state, NEWS | TELLING) & TELLING)
        return;
    o->news.tell = tell;
    o->news.data = data;
    post_callback(o, &o->news.task, run_tell);
}

void dispatch_ended(loop_task *task)
{
    op *o = op_of_task(task);
    if (atomic_fetch_or(&o->news.state, ENDED) & TELLING)
        return; /* run_tell() goes on with it */
    if (is_queued(o))
        land(o);
    else
        deliver(o);
}

/* ---- an attached loop ---- */

static boxd_status attach(core *c, void (*detach)(void *data), void *data, boxd_error *error)
{
    if (!c || !detach)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "the %s is NULL",
                         c ? "function that detaches" : "client");
    if (core_is_copy(c)) {
        core_copy_error(error);
        return error->status;
    }
    if (c->dispatch != BOXD_DISPATCH_MANUAL)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "the client's callbacks run on its own thread; open it with dispatch = "
                         "BOXD_DISPATCH_MANUAL to run them on a loop");
    pthread_mutex_lock(&c->synced_data.lock);
    const bool is_free = !c->synced_data.detach;
    if (is_free) {
        c->synced_data.detach = detach;
        c->synced_data.attached = data;
        core_ref(c); /* the descriptor stays open, and the client there to be dispatched */
    }
    pthread_mutex_unlock(&c->synced_data.lock);
    return is_free ? BOXD_OK
                   : error_set(error, BOXD_ERR_FAILED_PRECONDITION,
                               "the client is attached to a loop; call %s() first", c->detacher);
}

boxd_status core_attach(core *c, void (*detach)(void *data), void *data, boxd_error *error)
{
    boxd_error local = BOXD_ERROR_INIT;
    attach(c, detach, data, &local);
    if (local.status != BOXD_OK && error)
        *error = local;
    return local.status;
}

void core_detach(core *c)
{
    if (core_is_copy(c))
        return;
    pthread_mutex_lock(&c->synced_data.lock);
    void (*detach)(void *) = c->synced_data.detach;
    void *data = c->synced_data.attached;
    c->synced_data.detach = NULL;
    c->synced_data.detached += detach != NULL;
    pthread_mutex_unlock(&c->synced_data.lock);
    if (!detach)
        return;
    detach(data);
    core_detached(c);
    core_unref(c);
}
