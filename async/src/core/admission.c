/*
 * admission.c: which operation gets a slot. Called by core.c, on any thread, under the core's lock.
 */
#include "core/admission.h"

#include "errors.h"
#include "invariant.h"

static bool has_free_slot(const admission *a)
{
    return a->limit == 0 || a->in_flight < a->limit;
}

static bool has_free_slot_for_blocking_call(const admission *a)
{
    return a->limit == 0 || a->in_flight - a->completed < a->limit;
}

static bool can_notify(const admission *a)
{
    return !list_is_empty(&a->watching) && !a->notifying && has_free_slot(a);
}

static slot *slot_of(list_node *node)
{
    return node ? CONTAINER_OF(node, slot, node) : NULL;
}

static void set_queued(linked_list *list, slot *s, slot_state state)
{
    list_append(list, &s->node);
    s->state = state;
}

/* Grants free slots to the queue. True: the owner is to run a pass, which it was not asked for yet. */
static bool distribute(admission *a)
{
    while (!list_is_empty(&a->queued) && has_free_slot_for_blocking_call(a)) {
        set_queued(&a->granted, slot_of(list_pop(&a->queued)), SLOT_GRANTED);
        a->in_flight++;
    }
    const bool requested = a->pass_requested;
    a->pass_requested |= !list_is_empty(&a->granted) || can_notify(a);
    return a->pass_requested && !requested;
}

bool admission_acquire(admission *a, slot *s)
{
    const bool waits = s->state == SLOT_WAIT;
    BOXD_ASSERT(s->state <= SLOT_WAIT);
    if (s->state == SLOT_NONE)
        return true;
    if (waits ? has_free_slot_for_blocking_call(a) : has_free_slot(a)) {
        a->in_flight++;
        s->state = SLOT_HELD;
        return true;
    }
    if (waits)
        set_queued(&a->queued, s, SLOT_QUEUED);
    return waits;
}

void admission_refusal(const admission *a, boxd_error *error)
{
    error_set(error, BOXD_ERR_BUSY,
              "%zu call%s in flight, which is the client's max_calls_in_flight; submit this one again "
              "from the callback of boxd_aio_compute_wait_for_slot()",
              a->limit, a->limit == 1 ? " is" : "s are");
    error->retryable = true;
}

bool admission_complete(admission *a, slot *s)
{
    if (s->state != SLOT_HELD)
        return false;
    s->state = SLOT_COMPLETED;
    a->completed++;
    return distribute(a);
}

bool admission_release(admission *a, slot *s)
{
    if (s->state != SLOT_HELD && s->state != SLOT_COMPLETED)
        return false;
    BOXD_ASSERT(a->in_flight > 0 && a->completed >= (s->state == SLOT_COMPLETED));
    a->in_flight--;
    a->completed -= s->state == SLOT_COMPLETED;
    s->state = SLOT_NONE;
    return distribute(a);
}

bool admission_leave(admission *a, slot *s)
{
    const slot_state state = s->state;
    BOXD_ASSERT(state == SLOT_QUEUED || state == SLOT_GRANTED || state == SLOT_WATCHING);
    list_remove(state == SLOT_QUEUED    ? &a->queued
                : state == SLOT_GRANTED ? &a->granted
                                        : &a->watching,
                &s->node);
    s->state = SLOT_NONE;
    a->in_flight -= state == SLOT_GRANTED;
    return state == SLOT_GRANTED && distribute(a);
}

bool admission_watch(admission *a, slot *s)
{
    BOXD_ASSERT(s->state == SLOT_NONE);
    set_queued(&a->watching, s, SLOT_WATCHING);
    return distribute(a);
}

bool admission_end_notification(admission *a)
{
    BOXD_ASSERT(a->notifying);
    a->notifying = false;
    return distribute(a);
}

slot *admission_next(admission *a)
{
    slot *s = slot_of(list_pop(&a->granted));
    if (s) {
        s->state = SLOT_HELD;
        return s;
    }
    if (can_notify(a)) {
        s = slot_of(list_pop(&a->watching));
        s->state = SLOT_NOTIFIED;
        a->notifying = true;
        return s;
    }
    a->pass_requested = false;
    return NULL;
}
