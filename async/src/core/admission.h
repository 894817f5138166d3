/*
 * admission.h: how many operations of a client may be in flight.
 *
 * A slot is a place among the operations in flight. An operation acquires one when it is submitted and
 * releases it just before its callback runs, so that the callback may submit the next operation. When all
 * slots are taken, an async call is refused, and a blocking call waits in a queue, first in, first out. A
 * released slot goes to the queue first. When a slot is free and nothing is queued, one watcher at a time is
 * notified.
 *
 *     SLOT_NEEDED -> HELD or refused
 *     SLOT_WAIT   -> HELD, or QUEUED -> GRANTED -> HELD
 *     HELD -> COMPLETED (ended, not yet dispatched) -> NONE
 *     NONE -> WATCHING -> NOTIFIED
 *
 * An operation that has completed still counts against async calls, so that a slow event loop is not flooded,
 * but not against blocking calls: the thread that would dispatch it may be the one that blocks.
 *
 * The unit is passive. Its owner calls every function under the owner's lock. A function that returns true
 * asks the owner to run a pass on its loop soon: to call admission_next() until it returns NULL, and without
 * the lock `ready` of each slot that was returned.
 */
#ifndef BOXD_ADMISSION_H
#define BOXD_ADMISSION_H

#include "linked_list.h"

#include <boxd/error.h>

typedef enum slot_state {
    /* Needs no slot, or has released it. */
    SLOT_NONE,
    /* Not submitted yet: is refused when all slots are taken. */
    SLOT_NEEDED,
    /* Not submitted yet: is queued when all slots are taken. */
    SLOT_WAIT,
    /* Waits for a slot. */
    SLOT_QUEUED,
    /* Has a slot; the next pass announces it. */
    SLOT_GRANTED,
    /* In flight. */
    SLOT_HELD,
    /* In flight, but ended: waits to be dispatched. */
    SLOT_COMPLETED,
    /* Waits for the notification that a slot is free. */
    SLOT_WATCHING,
    /* Has that notification; the next watcher gets its own after admission_end_notification(). */
    SLOT_NOTIFIED
} slot_state;

typedef struct slot {
    slot_state state;
    /* The operation has the slot that it waited for, or its notification. Called on the loop, without the
     * lock. */
    void (*ready)(struct slot *s);
    list_node node;
} slot;

/* Zeroed, but for `limit`, at first. */
typedef struct admission {
    /* 0: no limit. Immutable. */
    size_t limit;
    /* Slots in the states GRANTED, HELD and COMPLETED. */
    size_t in_flight;
    /* Slots in the state COMPLETED. */
    size_t completed;
    linked_list queued, granted, watching;
    /* A slot is in the state NOTIFIED. */
    bool notifying;
    bool pass_requested;
} admission;

/* Whether the operation may go on: it has a slot, needs none, or is queued. False: it is refused. */
bool admission_acquire(admission *a, slot *s);

/* Fills the error of a refused operation. */
void admission_refusal(const admission *a, boxd_error *error);

/* The operation has ended and waits to be dispatched. */
bool admission_complete(admission *a, slot *s);

/* Gives back the slot, if the operation has one. */
bool admission_release(admission *a, slot *s);

/* Removes a slot that is QUEUED, GRANTED or WATCHING: its operation stops waiting. */
bool admission_leave(admission *a, slot *s);

/* Asks for the notification that a slot is free. */
bool admission_watch(admission *a, slot *s);

/* The callback of the notified operation has returned. */
bool admission_end_notification(admission *a);

/* The next slot whose `ready` is to be called. NULL: the pass is over. */
slot *admission_next(admission *a);

/* Operations that wait for a slot. */
static inline size_t admission_waiting(const admission *a)
{
    return a->queued.count + a->granted.count;
}

#endif
