/*
 * machine.h: the metadata service that a boxd machine's own programs get tokens from.
 */
#ifndef BOXD_MACHINE_H
#define BOXD_MACHINE_H

#include <boxd/error.h>

/* The URL of its tokens: below `base`, or at the default gateway when that is NULL. Allocated. NULL:
 * BOXD_ERR_AUTHENTICATION (there is no gateway, so this is no machine) or BOXD_ERR_NO_MEMORY. */
char *machine_token_url(const char *base, boxd_error *error);

#endif
