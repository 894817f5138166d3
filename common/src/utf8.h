/*
 * utf8.h: reads and repairs UTF-8 (RFC 3629). Pure; any thread.
 */
#ifndef BOXD_UTF8_H
#define BOXD_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One step through text: a character, or the bytes that do not form a character. */
typedef struct utf8_piece {
    /* In bytes; at least 1. */
    size_t size;
    /* False: these bytes are not UTF-8: the longest beginning of a character, or one byte. */
    bool valid;
    /* The code point, if valid. */
    uint32_t code;
} utf8_piece;

/* The piece at `text`, of which `size` bytes, at least 1, exist. */
utf8_piece utf8_next(const char *text, size_t size);

/* Whether all of `text` is UTF-8. */
bool utf8_is_valid(const char *text, size_t size);

/* How many bytes at the beginning are UTF-8 without NUL: these stay as they are when `text` is repaired. */
size_t utf8_kept_size(const char *text, size_t size);

/* The size of `text` with U+FFFD in place of each NUL and each piece that is not UTF-8: as Python decodes
 * with errors="replace". */
size_t utf8_repaired_size(const char *text, size_t size);

/* Writes that text to `to`, without a NUL at its end. Returns the position behind it. */
char *utf8_repair(char *to, const char *text, size_t size);

/* That text in memory of mem_alloc(), with a NUL at its end. NULL: out of memory. */
char *utf8_repaired(const char *text, size_t size);

#endif
