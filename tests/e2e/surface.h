/*
 * surface.h: the ways to call the library, under one set of pointers, so that one table of cases runs on all
 * of them. Each pointer has the blocking function's shape; operations.h lists them.
 */
#ifndef E2E_SURFACE_H
#define E2E_SURFACE_H

#include "operations.h"

#define SURFACE_RESULT(type, name, parameters, arguments) type *(*name)parameters;
#define SURFACE_STATUS(name, parameters, arguments) boxd_status(*name) parameters;
#define SURFACE_OWN(result, name, parameters) result(*name) parameters;

typedef struct surface {
    const char *name;
    boxd_dispatch_mode dispatch;
    OPERATIONS(SURFACE_RESULT, SURFACE_STATUS, SURFACE_OWN)
    boxd_status (*close)(boxd_compute *);
} surface;

enum { SURFACE_COUNT = 3 };

/* Blocking; callbacks on the core thread; callbacks in boxd_aio_dispatch(), fed by poll(). */
extern const surface SURFACES[SURFACE_COUNT];

/* For the manual surface: the client whose descriptor is waited on while a call is under way. */
void surface_use(boxd_compute *compute);

/* Checks that every callback so far ran exactly once, and frees what counted them. After the client was
 * closed. */
void surface_check_callbacks(void);

#endif
