/*
 * core.c: composes the parts of a client (see core.h): start, references, dispatch, attach and close. Called
 * by the clients of both products on any thread, and by op.c. Each function takes the lock, calls parts,
 * drops the lock, and does what the parts returned.
 */
#include "core/core.h"

#include "errors.h"
#include "invariant.h"
#include "mem.h"

#include <stdint.h>
#include <unistd.h>

static void lock(core *c)
{
    mutex_lock(&c->synced_data.lock);
}

static void unlock(core *c)
{
    mutex_unlock(&c->synced_data.lock);
}

/* ---- references ---- */

void core_ref(core *c)
{
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
}

void core_unref(core *c)
{
    const unsigned before = atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel);
    BOXD_ASSERT(before > 0);
    if (before != 1)
        return;
    closing_destroy(&c->synced_data.closing);
    callback_queue_destroy(&c->synced_data.callbacks);
    pthread_cond_destroy(&c->synced_data.changed);
    mutex_destroy(&c->synced_data.lock);
    loop_destroy(&c->loop);
    c->hooks->destroy(c);
}

bool core_is_copy(const core *c)
{
    return c->process != getpid();
}

void core_copy_error(boxd_error *error)
{
    error_set(
        error, BOXD_ERR_FORKED,
        "this process is a child made by fork(), and the client belongs to its parent: the child does not "
        "have its threads and connections; fork before the first client is opened, or exec");
}

bool core_add_user(core *c)
{
    close_ticket *ticket = core_is_copy(c) ? NULL : mem_calloc(1, sizeof *ticket);
    if (!ticket)
        return false;
    core_ref(c);
    lock(c);
    closing_add_reference(&c->synced_data.closing, ticket);
    unlock(c);
    return true;
}

void core_count(const core *c, boxd_counters *counters)
{
    core *locked = (core *)(uintptr_t)c; /* a lock is the only change */
    lock(locked);
    counters->calls = c->synced_data.calls;
    counters->succeeded = c->synced_data.succeeded;
    counters->failed = c->synced_data.failed;
    counters->in_flight = c->synced_data.admission.in_flight;
    counters->waiting = admission_waiting(&c->synced_data.admission);
    counters->ready = callback_queue_count(&c->synced_data.callbacks);
    unlock(locked);
}

/* ---- start ---- */

static void thread_ended(void *arg);

boxd_status core_start(core *c, const core_settings *settings, loop_poller poller, const core_hooks *hooks,
                       boxd_error *error)
{
    boxd_error local = BOXD_ERROR_INIT;
    close_ticket *ticket = mem_calloc(1, sizeof *ticket);
    c->hooks = hooks;
    c->opener = settings->opener;
    c->detacher = settings->detacher;
    c->dispatch = settings->dispatch;
    c->synced_data.admission.limit = settings->max_in_flight;
    c->process = getpid();
    atomic_init(&c->refs, 2); /* the program's and the thread's */
    if (!ticket) {
        error_no_memory(&local, "opening a client");
        goto no_ticket;
    }
    if (callback_queue_init(&c->synced_data.callbacks, c->dispatch == BOXD_DISPATCH_MANUAL, &local) !=
        BOXD_OK)
        goto no_queue;
    closing_add_reference(&c->synced_data.closing, ticket);
    mutex_init(&c->synced_data.lock);
    pthread_cond_init(&c->synced_data.changed, NULL);
    if (loop_start(&c->loop, settings->thread_name, poller, thread_ended, c, &local) == BOXD_OK)
        return BOXD_OK;
    pthread_cond_destroy(&c->synced_data.changed);
    mutex_destroy(&c->synced_data.lock);
    callback_queue_destroy(&c->synced_data.callbacks);
no_queue:
    mem_free(ticket);
no_ticket:
    if (error)
        *error = local;
    return local.status;
}

/* ---- admission ---- */

static void run_admission(loop_task *task)
{
    core *c = CONTAINER_OF(task, core, admission_task);
    slot *s;
    do {
        lock(c);
        s = admission_next(&c->synced_data.admission);
        unlock(c);
        if (s)
            s->ready(s);
    } while (s);
}

/* Under the lock. */
static void post_admission_if(core *c, bool requested)
{
    BOXD_ASSERT(mutex_is_held(&c->synced_data.lock));
    if (requested)
        loop_post(&c->loop, &c->admission_task, run_admission);
}

core_entry core_enter(core *c, slot *s, boxd_error *error)
{
    admission *a = &c->synced_data.admission;
    const bool is_call = s->state != SLOT_NONE;
    core_entry entry = ENTRY_STARTS;
    lock(c);
    const client_state state = c->synced_data.closing.state;
    if (!closing_enter(&c->synced_data.closing))
        entry = ENTRY_NONE;
    else
        c->synced_data.calls += is_call;
    if (state == CLIENT_OPEN && error->status == BOXD_OK) {
        if (!admission_acquire(a, s))
            admission_refusal(a, error);
        else if (s->state == SLOT_QUEUED)
            entry = ENTRY_QUEUED;
    }
    unlock(c);
    if (state != CLIENT_OPEN && error->status == BOXD_OK)
        core_closed_error(c, error);
    return entry;
}

void core_leave_admission(core *c, slot *s)
{
    lock(c);
    post_admission_if(c, admission_leave(&c->synced_data.admission, s));
    unlock(c);
}

void core_watch_admission(core *c, slot *s)
{
    lock(c);
    post_admission_if(c, admission_watch(&c->synced_data.admission, s));
    unlock(c);
}

void core_complete(core *c, slot *s)
{
    lock(c);
    post_admission_if(c, admission_complete(&c->synced_data.admission, s));
    unlock(c);
}

void core_release(core *c, slot *s, bool success)
{
    lock(c);
    post_admission_if(c, admission_release(&c->synced_data.admission, s));
    c->synced_data.succeeded += success;
    c->synced_data.failed += !success;
    unlock(c);
}

/* ---- running operations ---- */

bool core_join(core *c, core_member *m, void (*stop)(core_member *m))
{
    BOXD_ASSERT(loop_is_current(&c->loop));
    m->stop = stop;
    m->list = &c->thread_data.running;
    list_append(m->list, &m->node);
    return !c->thread_data.closing;
}

void core_part(core *c, core_member *m)
{
    BOXD_ASSERT(loop_is_current(&c->loop));
    list_remove(m->list, &m->node);
}

/* A stop may end its operation and others: each leaves the list that it is in. */
static void run_close(loop_task *task)
{
    core *c = CONTAINER_OF(task, core, close_task);
    list_node *node;
    c->thread_data.closing = true;
    while ((node = list_pop(&c->thread_data.running))) {
        core_member *m = CONTAINER_OF(node, core_member, node);
        m->list = &c->thread_data.stopped;
        list_append(m->list, node);
        m->stop(m);
    }
}

static void run_idle(loop_task *task)
{
    core *c = CONTAINER_OF(task, core, idle_task);
    lock(c);
    const bool ends = closing_end_if_idle(&c->synced_data.closing);
    unlock(c);
    if (ends)
        loop_stop(&c->loop);
}

/* Under the lock, which keeps the loop from ending before this has posted. */
static void post_idle_check(core *c)
{
    BOXD_ASSERT(mutex_is_held(&c->synced_data.lock));
    if (closing_wants_idle_check(&c->synced_data.closing))
        loop_post(&c->loop, &c->idle_task, run_idle);
}

void core_leave(core *c, bool notified)
{
    lock(c);
    closing_leave(&c->synced_data.closing);
    if (notified)
        post_admission_if(c, admission_end_notification(&c->synced_data.admission));
    post_idle_check(c);
    unlock(c);
}

/* ---- dispatch ---- */

int core_event_fd(const core *c)
{
    return core_is_copy(c) ? -1 : c->synced_data.callbacks.waiting.fd;
}

bool core_queues_callbacks(const core *c, caller submitter)
{
    return c->dispatch == BOXD_DISPATCH_MANUAL && submitter == CALLER_PROGRAM;
}

void core_post_callback(core *c, caller submitter, loop_task *task, void (*run)(loop_task *))
{
    if (!core_queues_callbacks(c, submitter)) {
        loop_post(&c->loop, task, run);
        return;
    }
    task->run = run;
    lock(c);
    if (c->synced_data.callbacks.redirected)
        loop_post(&c->loop, task, run);
    else if (callback_queue_push(&c->synced_data.callbacks, task))
        pthread_cond_broadcast(&c->synced_data.changed);
    unlock(c);
}

/* Detaches the event loop of a client that has ended, once its last callback has run. */
static void detach_if_ended(core *c)
{
    lock(c);
    const bool ended =
        c->synced_data.closing.state == CLIENT_ENDED && callback_queue_count(&c->synced_data.callbacks) == 0;
    unlock(c);
    if (ended)
        core_detach(c);
}

static loop_task *next_callback(core *c, const callback_pass *pass)
{
    const int cancellation = cancellation_off(); /* it reads from a descriptor */
    lock(c);
    loop_task *task = callback_queue_pop(&c->synced_data.callbacks, pass);
    unlock(c);
    cancellation_restore(cancellation);
    return task;
}

static size_t run_pass(core *c, size_t max, bool with_close)
{
    core_ref(c); /* a callback may end the client */
    lock(c);
    const callback_pass pass = callback_queue_begin_pass(&c->synced_data.callbacks, max, with_close);
    unlock(c);
    size_t ran = 0;
    loop_task *task;
    while (ran < pass.limit && (task = next_callback(c, &pass))) {
        task->run(task);
        ran++;
        if (core_is_copy(c)) /* the callback forked, and this is the child */
            return ran;
    }
    lock(c);
    const bool cut = callback_queue_pass_was_cut(&c->synced_data.callbacks, &pass);
    unlock(c);
    if (!cut) /* otherwise the other event loop would not notice the end */
        detach_if_ended(c);
    core_unref(c);
    return ran;
}

size_t core_dispatch(core *c, size_t max)
{
    if (c->dispatch != BOXD_DISPATCH_MANUAL || thread_in_callback() || core_is_copy(c))
        return 0;
    return run_pass(c, max, true);
}

/* With manual dispatch: if the program has closed all its references without a callback that it waits for,
 * and no event loop is attached, the program may never dispatch again. Then the remaining callbacks run on
 * the loop thread, because every callback must run. Under the lock. */
static void redirect_if_unattended(core *c)
{
    callback_queue *callbacks = &c->synced_data.callbacks;
    if (c->dispatch != BOXD_DISPATCH_MANUAL || callbacks->redirected ||
        attachment_is_set(&c->synced_data.attached) || !closing_is_unattended(&c->synced_data.closing))
        return;
    linked_list tasks = callback_queue_redirect(callbacks);
    list_node *node;
    while ((node = list_pop(&tasks))) {
        loop_task *task = CONTAINER_OF(node, loop_task, node);
        loop_post(&c->loop, task, task->run);
    }
}

/* ---- an event loop of the program ---- */

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
    lock(c);
    const bool attached = attachment_set(&c->synced_data.attached, detach, data);
    if (attached)
        core_ref(c); /* keeps the descriptor open and the client valid for dispatch */
    unlock(c);
    return attached ? BOXD_OK
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
    lock(c);
    const loop_attachment taken = attachment_take(&c->synced_data.attached);
    if (attachment_is_set(&taken))
        callback_queue_end_passes(&c->synced_data.callbacks);
    unlock(c);
    if (!attachment_is_set(&taken))
        return;
    taken.detach(taken.data);
    lock(c);
    redirect_if_unattended(c);
    unlock(c);
    core_unref(c);
}

/* ---- close ---- */

boxd_status core_closed_error(const core *c, boxd_error *error)
{
    return error_set(error, BOXD_ERR_CLOSED, "the client is closed; open another one with %s()", c->opener);
}

/* Frees the ticket and gives back the reference that it belongs to. */
static void finish_close(core *c, close_ticket *ticket)
{
    closing_call(ticket->callback, ticket->user_data);
    mem_free(ticket);
    core_unref(c);
}

static void run_close_callbacks(loop_task *task)
{
    core *c = CONTAINER_OF(task, core, close_task);
    lock(c);
    linked_list tickets = closing_take_callbacks(&c->synced_data.closing);
    unlock(c);
    list_node *node;
    while ((node = list_pop(&tickets)))
        finish_close(c, CONTAINER_OF(node, close_ticket, node));
}

/* The last function of the loop's thread. A thread that closes and waits joins it; without one it detaches
 * itself. */
static void thread_ended(void *arg)
{
    core *c = arg;
    const bool manual = c->dispatch == BOXD_DISPATCH_MANUAL;
    c->hooks->wind_down(c);
    lock(c);
    const bool callbacks_wait = closing_end(&c->synced_data.closing);
    c->close_task.run = run_close_callbacks;
    if (manual && callbacks_wait)
        c->synced_data.callbacks.close_task = &c->close_task;
    unlock(c);
    if (!manual)
        run_close_callbacks(&c->close_task);
    lock(c);
    c->synced_data.closing.finished = true;
    callback_queue_end(&c->synced_data.callbacks);
    if (!c->synced_data.closing.joining)
        loop_detach(&c->loop);
    pthread_cond_broadcast(&c->synced_data.changed);
    unlock(c);
    core_unref(c);
}

/* Begins closing, if no close has, and takes the ticket of the caller's reference. NULL: the caller had no
 * reference; it then gets one of the library. Under the lock. */
static close_ticket *begin_close(core *c)
{
    bool first;
    close_ticket *ticket = closing_begin(&c->synced_data.closing, &first);
    if (!ticket)
        core_ref(c);
    if (first) {
        loop_post(&c->loop, &c->close_task, run_close);
        post_idle_check(c);
    }
    return ticket;
}

void core_close(core *c, boxd_done_cb callback, void *user_data)
{
    if (core_is_copy(c)) { /* the parent's client must not be touched */
        closing_call(callback, user_data);
        return;
    }
    close_ticket *extra = callback ? mem_calloc(1, sizeof *extra) : NULL;
    lock(c);
    close_ticket *ticket = begin_close(c);
    const bool unowned = !ticket;
    if (unowned) {
        ticket = extra;
        extra = NULL;
    }
    bool waits = false;
    if (ticket) {
        *ticket = (close_ticket){.callback = callback, .user_data = user_data, .unowned = unowned};
        waits = callback && closing_wait(&c->synced_data.closing, ticket);
    }
    redirect_if_unattended(c);
    unlock(c);
    mem_free(extra);
    if (waits)
        return;
    if (ticket) {
        finish_close(c, ticket);
    } else {
        closing_call(callback, user_data); /* no memory for a ticket: the callback runs early */
        core_unref(c);
    }
}

/* Runs callbacks until the loop's thread has finished. Under the lock, which it drops meanwhile. */
static void dispatch_until_finished(core *c)
{
    while (!c->synced_data.closing.finished) {
        if (!list_is_empty(&c->synced_data.callbacks.tasks)) {
            unlock(c);
            run_pass(c, 0, false);
            lock(c);
        } else {
            mutex_wait(&c->synced_data.lock, &c->synced_data.changed);
        }
    }
}

/* Waits until the loop's thread has ended, if a thread that closes joins it. Under the lock, which it drops
 * meanwhile. */
static void join_thread(core *c, bool joins)
{
    client_closing *cl = &c->synced_data.closing;
    if (joins) {
        unlock(c);
        loop_join(&c->loop);
        lock(c);
        cl->joined = true;
        pthread_cond_broadcast(&c->synced_data.changed);
    }
    while (cl->joining && !cl->joined)
        mutex_wait(&c->synced_data.lock, &c->synced_data.changed);
}

boxd_status core_close_and_wait(core *c)
{
    if (thread_in_callback()) {
        core_close(c, NULL, NULL);
        return BOXD_ERR_WOULD_DEADLOCK;
    }
    if (core_is_copy(c))
        return BOXD_OK;
    client_closing *cl = &c->synced_data.closing;
    lock(c);
    close_ticket *ticket = begin_close(c);
    const bool joins = !cl->finished && !cl->joining;
    cl->joining |= joins;
    cl->closing_threads++;
    dispatch_until_finished(c);
    join_thread(c, joins);
    cl->closing_threads--;
    /* All close callbacks that wait are from closes without a reference, inside callbacks that this one ran.
     */
    loop_task *unowned =
        closing_has_only_unowned(cl) ? callback_queue_take_close(&c->synced_data.callbacks) : NULL;
    unlock(c);
    mem_free(ticket);
    if (unowned)
        unowned->run(unowned);
    detach_if_ended(c);
    core_unref(c);
    return BOXD_OK;
}
