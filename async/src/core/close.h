/*
 * close.h: the end of a client: the program's references to it, its state, the operations that are still
 * live, and the close callbacks.
 *
 *     CLIENT_OPEN
 *      | close
 *     CLIENT_CLOSING
 *      | no live operation is left
 *     CLIENT_ENDING
 *      | the loop has ended
 *     CLIENT_ENDED
 *
 * Each reference of the program is made with a ticket, which the close of that reference uses, so that
 * closing allocates nothing and cannot fail. A program may close more often than it has references, as long
 * as the client still exists: such a close has no ticket. One with a callback allocates a ticket, which is
 * unowned.
 *
 * The unit is passive. Its owner calls every function under the owner's lock, unless the function says
 * otherwise.
 */
#ifndef BOXD_CLOSE_H
#define BOXD_CLOSE_H

#include "linked_list.h"

#include <boxd/dispatch.h>
#include <boxd/error.h>

typedef enum client_state {
    CLIENT_OPEN,
    /* Operations are being ended. */
    CLIENT_CLOSING,
    /* No operation is left: the loop ends. */
    CLIENT_ENDING,
    /* The loop has ended: only close callbacks may still run. */
    CLIENT_ENDED
} client_state;

typedef struct close_ticket {
    list_node node;
    /* Runs when the client has ended. */
    boxd_done_cb callback;
    void *user_data;
    /* Allocated by a close that had no reference of the program. */
    bool unowned;
} close_ticket;

/* Zero-initialised. */
typedef struct client_closing {
    client_state state;
    /* Operations that were submitted and are not delivered. */
    size_t live;
    /* One ticket for each reference of the program that is not closed. */
    linked_list spare;
    /* Tickets whose callbacks wait for the end. */
    linked_list waiting;
    /* closing_end_if_idle() is posted. */
    bool idle_posted;
    /* Threads that wait for the end, and dispatch meanwhile. */
    unsigned closing_threads;
    /* A thread joins the loop's thread; it has. */
    bool joining, joined;
    /* The loop's thread runs no more code of ours. */
    bool finished;
} client_closing;

/* A new reference of the program. */
void closing_add_reference(client_closing *cl, close_ticket *ticket);

/* Begins to close, if no close has, and takes the ticket of the caller's reference; NULL: no ticket is left.
 * *first: this is the first close; the owner stops all operations. */
close_ticket *closing_begin(client_closing *cl, bool *first);

/* Lets the callback of `ticket` wait for the end of the client. False: the client has ended; the owner runs
 * the callback. */
bool closing_wait(client_closing *cl, close_ticket *ticket);

/* One more live operation. False: no loop is left to run it. */
bool closing_enter(client_closing *cl);

/* An operation was delivered. */
void closing_leave(client_closing *cl);

/* Whether the owner is to post closing_end_if_idle(): once, when the client closes and no operation is live.
 */
bool closing_wants_idle_check(client_closing *cl);

/* On the loop: moves on to CLIENT_ENDING, unless an operation was submitted meanwhile. True: the loop is to
 * end. */
bool closing_end_if_idle(client_closing *cl);

/* The loop has ended. True: close callbacks wait. */
bool closing_end(client_closing *cl);

/* Removes and returns the tickets whose callbacks wait. */
linked_list closing_take_callbacks(client_closing *cl);

/* Whether the program has closed all its references and waits for none of the close callbacks, so that it
 * need not dispatch any more. */
bool closing_is_unattended(const client_closing *cl);

/* Whether all close callbacks that wait are those of unowned tickets, so that the program need not dispatch
 * them. */
bool closing_has_only_unowned(const client_closing *cl);

/* Calls `callback`, unless it is NULL. Without the lock. */
void closing_call(boxd_done_cb callback, void *user_data);

/* Frees the tickets that were never used. Without the lock: the last reference is gone. */
void closing_destroy(client_closing *cl);

#endif
