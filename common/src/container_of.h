/*
 * container_of.h: from a pointer to an embedded member to the struct that contains it.
 */
#ifndef BOXD_CONTAINER_OF_H
#define BOXD_CONTAINER_OF_H

#include <stddef.h>

/* The `type` whose `member` is at `pointer`. The compiler warns when `pointer` has another type than the
 * member. */
#define CONTAINER_OF(pointer, type, member)                                                                  \
    ((type *)(void *)((char *)(1 ? (pointer) : &((type *)0)->member) - offsetof(type, member)))

#endif
