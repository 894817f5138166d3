/*
 * fault_case.h: one call against a misbehaving server, and its expected outcome.
 */
#ifndef E2E_FAULT_CASE_H
#define E2E_FAULT_CASE_H

#include "bad_server.h"
#include "operations.h"

/* The expected outcome of a call. */
typedef struct wanted {
    boxd_status status;
    /* A part of the message; with BOXD_OK: the name of the host, NULL if the host has no name. */
    const char *part;
    int http_status;
    boxd_sent sent;
    int64_t retry_after_ms;
} wanted;

/* Runs the operation ("host_get") on `client` and checks the outcome. Failure messages of the test begin
 * with `row`. */
void fault_try(const char *row, const char *operation, const wanted *wants);

/* Checks the outcome of the operation that has ended in `status` and `error`. */
void fault_judge(const char *row, const char *operation, boxd_status status, const boxd_error *error,
                 const wanted *wants);

/* Starts a server with the act, and `client`, a client of that server on the surface of the running test. */
bad_server *fault_open(const bad_act *act, int64_t timeout_ms);

/* The same for an existing server. */
void fault_client(int port, int64_t timeout_ms);

/* Closes the client and stops the server. */
void fault_close(bad_server *server);

#endif
