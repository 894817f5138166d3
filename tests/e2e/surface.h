/*
 * surface.h: the ways to call the library, under one set of pointers, so that one table of tests runs on
 * all of them. Each pointer has the type of the blocking function. surface_operations.py derives them
 * from the headers.
 */
#ifndef E2E_SURFACE_H
#define E2E_SURFACE_H

#include "callbacks.h"
#include "surface_operations.h"

#define SURFACE_RESULT(type, name, parameters, arguments) type *(*name)parameters;
#define SURFACE_STATUS(name, parameters, arguments) boxd_status(*name) parameters;
#define SURFACE_OWN(result, name, parameters) result(*name) parameters;

typedef struct surface {
    const char *name;
    boxd_dispatch_mode dispatch;
    callbacks_on callbacks;
    OPERATIONS(SURFACE_RESULT, SURFACE_STATUS, SURFACE_OWN)
    boxd_status (*close)(boxd_compute *);
} surface;

enum { SURFACE_SYNC, SURFACE_CALLBACKS, SURFACE_EPOLL, SURFACE_LIBUV, SURFACE_COUNT };

/* Blocking; callbacks on the core thread; callbacks in boxd_aio_compute_dispatch(), fed by epoll; callbacks
 * in uv_run(). */
extern const surface SURFACES[SURFACE_COUNT];

/* Checks that every callback so far ran exactly once, and frees the counters. After the client was closed.
 */
void surface_check_callbacks(void);

#endif
