/*
 * operations.h: each operation once, as data: for tests that hold for all of them.
 */
#ifndef E2E_DRUKBOX_OPERATIONS_H
#define E2E_DRUKBOX_OPERATIONS_H

#include "drukbox_case.h"

typedef struct drukbox_operation {
    const char *function;                  /* of the blocking surface */
    const char *route;                     /* as hooks and faults call it */
    const char *request;                   /* its first line on the wire, without the version */
    const char *body;                      /* what it sends; NULL: no body */
    boxd_status (*run)(boxd_error *error); /* with OPERATION_ID and the like, on the test's surface */
    bool repeatable;                       /* repeating it after a lost answer is safe */
    const char *lacks;                     /* what the answer {} lacks, for messages; NULL: nothing */
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
