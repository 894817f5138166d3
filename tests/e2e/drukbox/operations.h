/*
 * operations.h: a table with each operation, for tests that run all of them.
 */
#ifndef E2E_DRUKBOX_OPERATIONS_H
#define E2E_DRUKBOX_OPERATIONS_H

#include "drukbox_case.h"

typedef struct drukbox_operation {
    /* The name of the blocking function. */
    const char *function;
    /* The route, as hooks and faults name it. */
    const char *route;
    /* The first line of the request, without the HTTP version. */
    const char *request;
    /* The body of the request; NULL: no body. */
    const char *body;
    /* Calls the operation with OPERATION_ID and similar values, on the surface of the test. */
    boxd_status (*run)(boxd_error *error);
    /* Whether the operation can be repeated safely after a lost answer. */
    bool repeatable;
    /* The required member that is missing in the answer {}, for messages; NULL: none. */
    const char *missing;
} drukbox_operation;

extern const drukbox_operation drukbox_operations[];
extern const size_t drukbox_operation_count;

/* The operation of this name: "host_get". Aborts if there is none. */
const drukbox_operation *drukbox_operation_of(const char *name);

/* The name of the (first) host that the last run returned; "": none. */
extern char operation_host_name[64];

/* Unused ids. */
#define OPERATION_ID "01a20096-557e-7a00-9bfa-7735e192dc13"
#define OPERATION_SECRET "the-value-of-a-secret"

#endif
