/*
 * private.h: functions that exist once in a process, in libboxd-common, for the other libraries of this
 * project and for nobody else: what they keep is one for all of them.
 */
#ifndef BOXD_PRIVATE_H
#define BOXD_PRIVATE_H

#include <boxd/base.h>

/* After a declaration with BOXD_API: exported as boxd_private_<name>, so that no program's own name is met.
 */
#define PRIVATE_EXPORT(name) __asm__("boxd_private_" #name)

#endif
