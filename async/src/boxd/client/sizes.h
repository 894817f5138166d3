/*
 * sizes.h: "4G" and the like. Pure.
 */
#ifndef BOXD_SIZES_H
#define BOXD_SIZES_H

#include <boxd/error.h>

#include <stdint.h>

/* Reads digits, optional spaces, optional K M G T (any case), optional i, optional B; powers of 1024; NULL
 * and
 * "" are 0. Anything else, overflow too, is BOXD_ERR_INVALID_ARGUMENT with a message that names `what`
 * ("memory") and shows the value; *bytes is untouched then. */
boxd_status size_parse(const char *value, const char *what, uint64_t *bytes, boxd_error *error);

#endif
