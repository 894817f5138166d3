/*
 * fault_case.h: one call against a server that misbehaves, and what it has to end in.
 */
#ifndef E2E_FAULT_CASE_H
#define E2E_FAULT_CASE_H

#include "bad_server.h"
#include "drukbox_case.h"

/* What a call ends in. */
typedef struct wanted {
    boxd_status status;
    const char *part; /* of the message; BOXD_OK: the whole name of the host, NULL when it has none */
    int http_status;
    boxd_sent sent;
    int64_t retry_after_ms;
} wanted;

/* An operation with arguments that are good. */
typedef struct tried {
    const char *name;
    boxd_status (*run)(boxd_error *error);
    const char *lacks; /* what the answer {} lacks, for messages; NULL: nothing */
    bool lists;        /* its answer is an array */
    bool needs_object; /* its answer is an object */
} tried;

extern const tried operations[];
extern const size_t operation_count;

/* Those that tables name. */
extern const tried *const GET, *const LIST, *const CREATE, *const DELETE, *const DOCTOR, *const ACCOUNT;

/* The name of the host that the last one of them brought; "": none. */
extern char host_name[64];

/* Runs the operation on `client`, and checks. `row` is what the failure message begins with. */
void fault_try(const char *row, const tried *is, const wanted *wants);

/* Starts a server for the act, and a client of it on the running test's surface, as `client`. */
bad_server *fault_open(const bad_act *act, int64_t timeout_ms);

/* The same for a server that is there. */
void fault_client(int port, int64_t timeout_ms);

/* Closes the client and stops the server. */
void fault_close(bad_server *server);

#endif
