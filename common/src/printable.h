/*
 * printable.h: the one place that makes text from outside safe to show. Pure; any thread.
 */
#ifndef BOXD_PRINTABLE_H
#define BOXD_PRINTABLE_H

#include <stddef.h>

/* Writes `value` (NULL: "") as boxd_printable() does: for a message, a line of the log, a terminal. Text that
 * does not fit in `size` - 1 bytes ends in "...", never inside a character or an escape. Returns `buffer`. */
const char *text_printable(const char *value, char *buffer, size_t size);

/* The same in a buffer of `size` bytes that lives as long as its block: for text in the middle of a message.
 * A precision ("%.300s") would cut inside a character. */
#define PRINTABLE(value, size) text_printable((value), (char[size]){0}, (size))

#endif
