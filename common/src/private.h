/*
 * private.h: functions of libboxd-common for the other libraries of this project: these functions and
 * their state exist once in a process. Programs must not call them: they are in a version node of the
 * release, BOXD_PRIVATE_<version>, and may change in any release.
 */
#ifndef BOXD_PRIVATE_H
#define BOXD_PRIVATE_H

#include <boxd/base.h>

/* After a declaration with BOXD_API: the function is exported as boxd_private_<name>, which no program uses.
 * The build collects these names for the version script, from lines that contain `PRIVATE_EXPORT(<name>);`.
 */
#define PRIVATE_EXPORT(name) __asm__("boxd_private_" #name)

#endif
