/*
 * auth.h: the token that calls carry: given as it is, or exchanged for a key, or asked of the machine's
 * metadata service; one exchange at a time, ahead of expiry.
 *
 * All functions: core thread, but for init and destroy.
 */
#ifndef BOXD_AUTH_H
#define BOXD_AUTH_H

#include "boxd/client/config.h"
#include "core/loop.h"
#include "core/observe.h"
#include "http/client.h"

#include <grpc/slice.h>

/* Waits for a token. Embedded in what waits. */
typedef struct auth_waiter {
    void (*ready)(struct auth_waiter *waiter, const boxd_error *error); /* error NULL: `header` is good */
    struct auth_waiter *next, **link;                                   /* link NULL: not waiting */
} auth_waiter;

typedef struct auth {
    const config *settings;
    loop *loop;
    http_client *http; /* NULL with a token of the program's */
    char *url;         /* where tokens come from, once it is known */
    char *api_url;     /* the API's, as the metadata service told; or NULL */
    bool have_header, exchanging, waited_for_429;
    unsigned generation; /* counts tokens */
    grpc_slice header;   /* "Bearer ..." */
    int64_t expires_ns, refresh_ns;
    auth_waiter *waiters, **last_waiter;
    timer again;
    observer *observer;
    attempt attempt; /* the exchange under way */
    char *route;     /* "POST /api/v1/auth/token" */
} auth;

/* Before the loop starts. */
boxd_status auth_init(auth *a, const config *settings, loop *home, observer *o, boxd_error *error);

/* No waiter may be left. Ends an exchange under way. On the core thread once its loop ended, or before it
 * started. */
void auth_destroy(auth *a);

/* Calls waiter->ready when there is a token: within this call if there is one already. */
void auth_acquire(auth *a, auth_waiter *waiter);

/* Stops waiting; `ready` is not called. Not waiting: no effect. */
void auth_abandon(auth *a, auth_waiter *waiter);

/* The server refused the token of `generation`. True: a fresh one can be acquired. */
bool auth_reject(auth *a, unsigned generation);

#endif
