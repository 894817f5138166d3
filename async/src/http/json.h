/*
 * json.h: answers as JSON, read as leniently as Python reads them, and their fields.
 */
#ifndef BOXD_JSON_H
#define BOXD_JSON_H

#include "record.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Reads `size` bytes at `body`, which it may change: a byte order mark is skipped, and text that C or UTF-8
 * has no place for (NUL, half a surrogate pair) becomes U+FFFD, so that an odd character in one field does
 * not lose the others. NULL: it is no JSON, or there was no memory for it. */
json_t *json_read(char *body, size_t size, bool *no_memory);

/* Compact, allocated by mem.h's; NULL: out of memory. */
char *json_write(const json_t *value, size_t *size);

/* Drops a reference that is the last one, and zeroes all text in the value before. NULL is allowed. */
void json_free_secret(json_t *value);

/* Whether `text` can be part of JSON. */
bool json_is_text(const char *text);

/* Fields of `object`, copied into `r`; what is missing, null or of another kind is NULL, or false. */
const char *json_text(record *r, const json_t *object, const char *key);
const char *json_time(record *r, const json_t *object, const char *key, int64_t *ms);
bool json_number(const json_t *object, const char *key, int64_t *number);
bool json_flag(const json_t *object, const char *key, bool *flag);

#endif
