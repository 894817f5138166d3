/*
 * json.h: reads JSON as leniently as Python does, writes it, and copies fields into records.
 */
#ifndef BOXD_JSON_H
#define BOXD_JSON_H

#include "record.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Reads `size` bytes at `body`, and may change them: skips a byte order mark, and replaces characters that C
 * strings or UTF-8 cannot hold (NUL, half a surrogate pair) by U+FFFD, so that such a character in one field
 * does not lose the others. NULL: not JSON, or out of memory. */
json_t *json_read(char *body, size_t size, bool *no_memory);

/* Writes compact JSON into memory of mem_alloc(). NULL: out of memory. */
char *json_write(const json_t *value, size_t *size);

/* Zeroes all text in `value` and drops the reference, which must be the last one. NULL is allowed. */
void json_free_secret(json_t *value);

/* Whether `text` is valid UTF-8, as JSON requires. */
bool json_is_text(const char *text);

/* Fields of `object`, copied into `r`. NULL or false: the field is missing, null or of another type. */
const char *json_text(record *r, const json_t *object, const char *key);
const char *json_time(record *r, const json_t *object, const char *key, int64_t *ms);
bool json_number(const json_t *object, const char *key, int64_t *number);
bool json_flag(const json_t *object, const char *key, bool *flag);

#endif
