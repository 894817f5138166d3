/*
 * room.c: how many operations may be in flight. Whatever the program submits beyond the limit is refused, but
 * a blocking call waits: room that comes back is handed to the first of those at once, so that no other
 * submission overtakes them. What is left after them is told to those who ask, one at a time.
 */
#include "core/core_private.h"
#include "errors.h"

static void run_room(loop_task *task);

/* Under the core's lock, like all that say nothing else. */
static bool is_room(const core *c)
{
    return c->max_in_flight == 0 || c->synced_data.in_flight < c->max_in_flight;
}

/* What has ended is not in the way of a blocking call: the thread that is to dispatch it may be the one that
 * blocks. */
static bool is_room_to_block(const core *c)
{
    return c->max_in_flight == 0 || c->synced_data.in_flight - c->synced_data.landed < c->max_in_flight;
}

static void post(core *c)
{
    if (c->synced_data.room_posted)
        return;
    c->synced_data.room_posted = true;
    loop_post(&c->loop, &c->room_task, run_room);
}

/* There may be room, for those who wait first. */
static void hand_out(core *c)
{
    while (c->synced_data.waiting > c->synced_data.granted && is_room_to_block(c)) {
        c->synced_data.granted++;
        c->synced_data.in_flight++;
        post(c);
    }
    if (c->synced_data.asking > 0 && !c->synced_data.telling && is_room(c))
        post(c);
}

void room_take(op *o)
{
    core *c = o->core;
    if (o->room == ROOM_NONE)
        return;
    if (o->room == ROOM_PATIENT ? is_room_to_block(c) : is_room(c)) {
        c->synced_data.in_flight++;
        o->room = ROOM_TAKEN;
    } else if (o->room == ROOM_PATIENT) {
        c->synced_data.waiting++;
        o->room = ROOM_AWAITED;
    } else {
        error_set(&o->error, BOXD_ERR_BUSY,
                  "%zu call%s in flight, which is the client's max_calls_in_flight; submit this one again "
                  "from the callback of boxd_aio_compute_wait_for_slot()",
                  c->max_in_flight, c->max_in_flight == 1 ? " is" : "s are");
        o->error.retryable = true;
    }
}

void room_land(op *o)
{
    if (o->room != ROOM_TAKEN)
        return;
    o->room = ROOM_LANDED;
    o->core->synced_data.landed++;
    hand_out(o->core);
}

void room_give(op *o)
{
    core *c = o->core;
    if (o->room != ROOM_TAKEN && o->room != ROOM_LANDED)
        return;
    c->synced_data.in_flight--;
    c->synced_data.landed -= o->room == ROOM_LANDED;
    o->room = ROOM_NONE;
    hand_out(c);
}

void room_told(core *c)
{
    c->synced_data.telling = false;
    hand_out(c);
}

/* ---- on the loop, without the lock ---- */

static void append(op_list *list, op *o)
{
    o->thread_data.next_waiting = NULL;
    *list->last = o;
    list->last = &o->thread_data.next_waiting;
}

static op *take_first(op_list *list)
{
    op *o = list->first;
    list->first = o->thread_data.next_waiting;
    if (!list->first)
        list->last = &list->first;
    return o;
}

static void take_out(op_list *list, const op *o)
{
    op **place = &list->first;
    while (*place && *place != o)
        place = &(*place)->thread_data.next_waiting;
    if (!*place)
        return;
    *place = o->thread_data.next_waiting;
    if (!*place)
        list->last = place;
}

static bool take_grant(core *c)
{
    pthread_mutex_lock(&c->synced_data.lock);
    const bool granted = c->synced_data.granted > 0;
    if (granted) {
        c->synced_data.granted--;
        c->synced_data.waiting--;
    }
    pthread_mutex_unlock(&c->synced_data.lock);
    return granted;
}

/* A grant may come before its operation: it is not in the list until it starts. */
static void begin_waiting(core *c)
{
    while (c->thread_data.waiting.first && take_grant(c)) {
        op *o = take_first(&c->thread_data.waiting);
        o->room = ROOM_TAKEN;
        o->class->start(o);
    }
}

static void tell_first(core *c)
{
    pthread_mutex_lock(&c->synced_data.lock);
    const bool tell = c->synced_data.asking > 0 && !c->synced_data.telling && is_room(c);
    if (tell) {
        c->synced_data.telling = true;
        c->synced_data.asking--;
    }
    pthread_mutex_unlock(&c->synced_data.lock);
    if (!tell)
        return;
    op *o = take_first(&c->thread_data.asking);
    o->room = ROOM_TOLD;
    op_finish(o, NULL);
}

static void run_room(loop_task *task)
{
    core *c = (core *)(void *)((char *)task - offsetof(core, room_task));
    pthread_mutex_lock(&c->synced_data.lock);
    c->synced_data.room_posted = false;
    pthread_mutex_unlock(&c->synced_data.lock);
    begin_waiting(c);
    tell_first(c);
}

void room_wait(op *o)
{
    append(&o->core->thread_data.waiting, o);
    begin_waiting(o->core);
}

void room_leave(op *o)
{
    core *c = o->core;
    if (o->room != ROOM_AWAITED)
        return;
    take_out(&c->thread_data.waiting, o);
    o->room = ROOM_NONE;
    pthread_mutex_lock(&c->synced_data.lock);
    c->synced_data.waiting--;
    if (c->synced_data.granted > c->synced_data.waiting) { /* its own, and nobody is left to take it */
        c->synced_data.granted--;
        c->synced_data.in_flight--;
        hand_out(c);
    }
    pthread_mutex_unlock(&c->synced_data.lock);
}

void op_ask_for_room(op *o)
{
    core *c = o->core;
    append(&c->thread_data.asking, o);
    pthread_mutex_lock(&c->synced_data.lock);
    c->synced_data.asking++;
    pthread_mutex_unlock(&c->synced_data.lock);
    tell_first(c);
}

void op_stop_asking_for_room(op *o)
{
    core *c = o->core;
    take_out(&c->thread_data.asking, o);
    pthread_mutex_lock(&c->synced_data.lock);
    c->synced_data.asking--;
    pthread_mutex_unlock(&c->synced_data.lock);
}
