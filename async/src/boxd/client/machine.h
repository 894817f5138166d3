/*
 * machine.h: finds the metadata service of a boxd machine, which issues tokens to programs inside the
 * machine.
 */
#ifndef BOXD_MACHINE_H
#define BOXD_MACHINE_H

#include <boxd/error.h>

/* The URL of the metadata service's tokens: below `base`, or at the default gateway when that is NULL.
 * Allocated. NULL: BOXD_ERR_AUTHENTICATION (without a gateway this is not a boxd machine) or
 * BOXD_ERR_NO_MEMORY. */
char *machine_token_url(const char *base, boxd_error *error);

#endif
