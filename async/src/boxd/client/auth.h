/*
 * auth.h: the token that calls carry. It is the program's own, exchanged for an API key, or issued by the
 * machine's metadata service; a token for a key may come from the cache. auth.c describes its states.
 *
 * All functions: core thread, but for auth_init() and auth_destroy().
 */
#ifndef BOXD_AUTH_H
#define BOXD_AUTH_H

#include "boxd/client/config.h"
#include "boxd/client/token_transport.h"
#include "boxd/token_cache/token_cache.h"
#include "core/loop.h"
#include "core/observe.h"
#include "grpc/rpc.h"
#include "linked_list.h"

/* Waits for a token. Embedded in the object that waits. */
typedef struct auth_waiter {
    /* `error` NULL: auth's `header` holds a valid token. */
    void (*ready)(struct auth_waiter *waiter, const boxd_error *error);
    list_node node;
    /* The list that contains the waiter; NULL: not waiting. */
    linked_list *list;
} auth_waiter;

typedef enum auth_state {
    /* No exchange is under way. */
    AUTH_IDLE,
    /* A look at the cache is under way. */
    AUTH_LOOK,
    /* An exchange is under way. */
    AUTH_FIRST_TRY,
    /* The exchange answered 429; retry_timer runs. */
    AUTH_RATE_LIMITED,
    /* The exchange after that pause is under way. */
    AUTH_SECOND_TRY
} auth_state;

typedef struct auth {
    const config *settings;
    loop *loop;
    observer *observer;
    /* Without functions if the program gave a token. */
    token_transport transport;
    token_cache cache;
    /* The issuer of tokens: set by the first exchange. */
    char *url;
    /* The exchange as hooks see it: "POST /api/v1/auth/token". */
    char *route;
    /* The API's URL, from the metadata service; or NULL. */
    char *api_url;

    /* "Bearer ..." and a NUL that does not count; valid once `generation` is not 0. */
    grpc_slice header;
    /* The header before that one, which calls may still carry; valid once `generation` is above 1. */
    grpc_slice replaced;
    /* The header's token was not rejected by the server. */
    bool has_token;
    /* Counts tokens. */
    unsigned generation;
    int64_t expires_ns;
    /* When the token is to be refreshed, before it expires. */
    int64_t refresh_ns;

    auth_state state;
    /* Why the last exchange failed, and until when calls that need a token fail for this reason, too. */
    boxd_error refusal;
    int64_t refused_until_ns;
    /* The end of the Retry-After of that exchange. */
    int64_t asked_until_ns;
    /* Exchanges in a row that failed. */
    unsigned failures;
    /* Tokens that the server has rejected since it last accepted one, and until when a further one stays in
     * use. */
    unsigned rejections;
    int64_t kept_until_ns;
    uint64_t jitter;
    attempt attempt;
    timer retry_timer;
    /* Runs while calls wait for the exchange of a token that is due. */
    timer due_timer;
    linked_list waiters;
} auth;

/* `transport` is opened and becomes auth's, also on failure; it is zeroed if the program gave a token.
 * The cache works on `disk`. Before the loop starts. */
boxd_status auth_init(auth *a, const config *settings, token_transport transport, loop *home, worker *disk,
                      observer *o, boxd_error *error);

/* Ends an exchange in progress. Nothing may wait for a token. On the core thread once its loop and the disk
 * thread have ended, or before the loop started. */
void auth_destroy(auth *a);

/* Calls waiter->ready once: inside this function if there is a valid token already, or if an exchange has
 * failed a short time ago; otherwise when there is a token, or when the exchange has failed. */
void auth_acquire(auth *a, auth_waiter *waiter);

/* Stops waiting: `ready` is not called. No effect when it does not wait. */
void auth_abandon(auth_waiter *waiter);

/* Covers the key, the tokens and the proxies' passwords of the client in text that the server, or a library,
 * has sent. */
void auth_cover_secrets(const auth *a, char *shown);

/* The server accepted the token of `generation` for a call. */
void auth_accept(auth *a, unsigned generation);

/* The server rejected the token of `generation`. True: auth_acquire() gets another one. False: the token is
 * the program's own, or it replaced a rejected one a short time ago and was never accepted. */
bool auth_reject(auth *a, unsigned generation);

#endif
