/*
 * private.h: functions that exist once in a process, in libboxd-common, because the other libraries of this
 * project share their state. Programs do not call them: they are in a version node of their own,
 * BOXD_PRIVATE_0, and may change in any release.
 */
#ifndef BOXD_PRIVATE_H
#define BOXD_PRIVATE_H

#include <boxd/base.h>

/* After a declaration with BOXD_API: exported as boxd_private_<name>, so that it cannot clash with a name of
 * a program. The build collects these names for the version script, from lines with PRIVATE_EXPORT(<name>);
 */
#define PRIVATE_EXPORT(name) __asm__("boxd_private_" #name)

#endif
