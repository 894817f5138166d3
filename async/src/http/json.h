/*
 * json.h: writes the JSON of requests, and copies fields of answers into records. json_document.h reads JSON.
 */
#ifndef BOXD_JSON_H
#define BOXD_JSON_H

#include "http/json_document.h"
#include "record.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* Writes compact JSON into memory of mem_alloc(). NULL: out of memory. */
char *json_write(const json_t *value, size_t *size);

/* Zeroes all text in `value` and drops the reference, which must be the last one. NULL is allowed. */
void json_free_secret(json_t *value);

/* Compact JSON for a message, cut off after some 2,000 bytes. Allocated; NULL: out of memory. */
char *json_shown(const json_node *node);

/* Fields of `object`, copied into `r`. NULL or false: the field is missing, null, of another type, or a
 * number that int64_t cannot hold. The caller reads the other fields. */
const char *json_text(record *r, const json_node *object, const char *key);
/* ISO 8601 with an offset, or unix seconds as a text or a number; a number is returned as ISO 8601. */
const char *json_time(record *r, const json_node *object, const char *key, int64_t *ms);
bool json_number(const json_node *object, const char *key, int64_t *number);
bool json_flag(const json_node *object, const char *key, bool *flag);

#endif
