/*
 * loop_kind.h: event loops under one set of pointers, so that one table of tests runs on all of them. The
 * files of this folder do not use the libraries of boxd: a test that loads these with dlopen() has them, too.
 */
#ifndef E2E_LOOP_KIND_H
#define E2E_LOOP_KIND_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct loop_kind {
    /* As in the names of the adapter. */
    const char *name;
    void *(*open)(void);
    /* The argument of the attach function. */
    void *(*handle)(void *loop);
    /* Handles the events that are ready; with `wait` waits for an event first. */
    void (*turn)(void *loop, bool wait);
    /* As the main function of the loop: returns when nothing is left on the loop, or, on loops that do not
     * end, after quit(). */
    void (*run)(void *loop);
    void (*quit)(void *loop);
    bool (*is_empty)(void *loop);
    /* When it is empty. */
    void (*close)(void *loop);
    /* The default loop, which the attach function uses for NULL. NULL: it refuses NULL. */
    void *(*open_default)(void);
    /* The function that the refusal of NULL names. */
    const char *maker;
    /* A thread has one loop: all loops that it opens are the same. */
    bool one_per_thread;
} loop_kind;

extern const loop_kind LOOP_LIBUV, LOOP_LIBEVENT, LOOP_GLIB, LOOP_LIBEV, LOOP_SDEVENT, LOOP_QT;

/* ROW(name, NAME) for each loop whose adapter is built: its names in boxd_libuv_attach() and LOOP_LIBUV. */
#ifdef LOOPS_HAVE_QT
#define LOOP_ADAPTERS(ROW) LOOP_ADAPTERS_IN_C(ROW) ROW(qt, QT)
#else
#define LOOP_ADAPTERS(ROW) LOOP_ADAPTERS_IN_C(ROW)
#endif
#define LOOP_ADAPTERS_IN_C(ROW)                                                                              \
    ROW(libuv, LIBUV) ROW(libevent, LIBEVENT) ROW(glib, GLIB) ROW(libev, LIBEV) ROW(sdevent, SDEVENT)

/* Destroys the object that the clients of a Qt loop are attached with. */
void loop_qt_destroy_context(void *loop);

/* Waits for events in a nested loop of Qt until a timer has fired. Returns how often the loop woke up. */
int loop_qt_run_nested(void);

/* For loops without a handle() and a quit() of their own. */
void *loop_itself(void *loop);
void loop_ends_by_itself(void *loop);

#ifdef __cplusplus
}
#endif

#endif
