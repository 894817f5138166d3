/*
 * sizes.h: reads sizes such as "4G". Pure.
 */
#ifndef BOXD_SIZES_H
#define BOXD_SIZES_H

#include <boxd/error.h>

#include <stdint.h>

/* Reads digits, optional spaces, an optional K, M, G or T (any case), an optional i, an optional B; powers of
 * 1024. NULL and "" are 0. Anything else, and a size of 2^64 bytes or more, is BOXD_ERR_INVALID_ARGUMENT with
 * a message that names `what` ("memory") and shows the value; *bytes is unchanged then. */
boxd_status size_parse(const char *value, const char *what, uint64_t *bytes, boxd_error *error);

#endif
