/*
 * invariant.h: assertions on what must always hold, in debug and sanitizer builds only. A release checks
 * nothing.
 */
#ifndef BOXD_INVARIANT_H
#define BOXD_INVARIANT_H

/* BOXD_ASSERTIONS=1 is defined by the build types with sanitizers (cmake/sanitizers.cmake). */
#if !defined BOXD_ASSERTIONS
#if defined NDEBUG
#define BOXD_ASSERTIONS 0
#else
#define BOXD_ASSERTIONS 1
#endif
#endif

#if BOXD_ASSERTIONS

#include <stdio.h>
#include <stdlib.h>

/* Ends the process when `condition` is false. */
#define BOXD_ASSERT(condition)                                                                               \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            (void)fprintf(stderr, "%s:%d: %s: broken invariant: %s\n", __FILE__, __LINE__, __func__,         \
                          #condition);                                                                       \
            abort();                                                                                         \
        }                                                                                                    \
    } while (0)

#else

/* Compiled, never evaluated. */
#define BOXD_ASSERT(condition) ((void)(0 && (condition)))

#endif

#endif
