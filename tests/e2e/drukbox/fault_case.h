/*
 * fault_case.h: one call against a server that misbehaves, and what it has to end in.
 */
#ifndef E2E_FAULT_CASE_H
#define E2E_FAULT_CASE_H

#include "bad_server.h"
#include "operations.h"

/* What a call ends in. */
typedef struct wanted {
    boxd_status status;
    /* Of the message; BOXD_OK: the whole name of the host, NULL when it has none. */
    const char *part;
    int http_status;
    boxd_sent sent;
    int64_t retry_after_ms;
} wanted;

/* Runs the operation ("host_get") on `client`, and checks. `row` is what the failure message begins with. */
void fault_try(const char *row, const char *operation, const wanted *wants);

/* Starts a server for the act, and a client of it on the running test's surface, as `client`. */
bad_server *fault_open(const bad_act *act, int64_t timeout_ms);

/* The same for a server that is there. */
void fault_client(int port, int64_t timeout_ms);

/* Closes the client and stops the server. */
void fault_close(bad_server *server);

#endif
