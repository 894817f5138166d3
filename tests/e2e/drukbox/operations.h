/*
 * operations.h: each operation once, as data: for tests that hold for all of them.
 */
#ifndef E2E_DRUKBOX_OPERATIONS_H
#define E2E_DRUKBOX_OPERATIONS_H

#include "drukbox_case.h"

typedef struct drukbox_operation {
    /* Of the blocking surface. */
    const char *function;
    /* As hooks and faults call it. */
    const char *route;
    /* Its first line on the wire, without the version. */
    const char *request;
    /* What it sends; NULL: no body. */
    const char *body;
    /* With OPERATION_ID and the like, on the test's surface. */
    boxd_status (*run)(boxd_error *error);
    /* Repeating it after a lost answer is safe. */
    bool repeatable;
    /* What the answer {} lacks, for messages; NULL: nothing. */
    const char *missing;
} drukbox_operation;

extern const drukbox_operation drukbox_operations[];
extern const size_t drukbox_operation_count;

/* The one of this name: "host_get". Aborts when there is none. */
const drukbox_operation *drukbox_operation_of(const char *name);

/* The name of the (first) host that the last run brought; "": none. */
extern char operation_host_name[64];

/* Ids of nothing. */
#define OPERATION_ID "01a20096-557e-7a00-9bfa-7735e192dc13"
#define OPERATION_SECRET "the-value-of-a-secret"

#endif
