/*
 * close.c: the states of a client, and the callbacks of its closes. Called by core.c, on any thread, under
 * the core's lock.
 */
#include "core/close.h"

#include "invariant.h"
#include "mem.h"
#include "thread.h"

static close_ticket *ticket_of(list_node *node)
{
    return node ? CONTAINER_OF(node, close_ticket, node) : NULL;
}

void closing_add_reference(client_closing *cl, close_ticket *ticket)
{
    list_append(&cl->spare, &ticket->node);
}

close_ticket *closing_begin(client_closing *cl, bool *first)
{
    *first = cl->state == CLIENT_OPEN;
    if (*first)
        cl->state = CLIENT_CLOSING;
    return ticket_of(list_pop(&cl->spare));
}

bool closing_wait(client_closing *cl, close_ticket *ticket)
{
    BOXD_ASSERT(cl->state != CLIENT_OPEN && ticket->callback);
    if (cl->state == CLIENT_ENDED)
        return false;
    list_append(&cl->waiting, &ticket->node);
    return true;
}

bool closing_enter(client_closing *cl)
{
    if (cl->state >= CLIENT_ENDING)
        return false;
    cl->live++;
    return true;
}

void closing_leave(client_closing *cl)
{
    BOXD_ASSERT(cl->live > 0);
    cl->live--;
}

bool closing_wants_idle_check(client_closing *cl)
{
    const bool idle = cl->live == 0 && cl->state == CLIENT_CLOSING && !cl->idle_posted;
    cl->idle_posted |= idle;
    return idle;
}

bool closing_end_if_idle(client_closing *cl)
{
    BOXD_ASSERT(cl->state == CLIENT_CLOSING);
    cl->idle_posted = false;
    if (cl->live > 0)
        return false;
    cl->state = CLIENT_ENDING;
    return true;
}

bool closing_end(client_closing *cl)
{
    BOXD_ASSERT(cl->state == CLIENT_ENDING && cl->live == 0);
    cl->state = CLIENT_ENDED;
    return !list_is_empty(&cl->waiting);
}

linked_list closing_take_callbacks(client_closing *cl)
{
    BOXD_ASSERT(cl->state == CLIENT_ENDED);
    return list_take_all(&cl->waiting);
}

bool closing_is_unattended(const client_closing *cl)
{
    return cl->state != CLIENT_OPEN && list_is_empty(&cl->spare) && list_is_empty(&cl->waiting) &&
           cl->closing_threads == 0;
}

bool closing_has_only_unowned(const client_closing *cl)
{
    bool unowned = list_is_empty(&cl->spare);
    for (list_node *node = cl->waiting.first; node; node = node->next)
        unowned &= ticket_of(node)->unowned;
    return unowned;
}

void closing_call(boxd_done_cb callback, void *user_data)
{
    if (!callback)
        return;
    thread_enter_callback();
    callback(BOXD_OK, NULL, user_data);
    thread_leave_callback();
}

void closing_destroy(client_closing *cl)
{
    list_node *node;
    while ((node = list_pop(&cl->spare)))
        mem_free(ticket_of(node));
}
