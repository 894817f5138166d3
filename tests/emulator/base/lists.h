/*
 * lists.h: what a machine keeps as lists of strings (networks) and as maps (labels: key, value, key, value,
 * ...), both NULL-terminated and on the heap, and how they come from requests and go into answers. NULL is an
 * empty list.
 */
#ifndef EMULATOR_BASE_LISTS_H
#define EMULATOR_BASE_LISTS_H

#include "base/util.h"

size_t strings_count(char *const *strings);
bool strings_have(char *const *strings, const char *wanted);
char **strings_of(size_t count, const char *const *strings); /* a request's; of copies */
char **strings_duplicate(char *const *strings);
void strings_free(char **strings);
const char **strings_answer(arena *memory, char *const *strings, size_t *count);

/* All map entries of strings have one shape, whatever message they belong to: key, then value. */
char **pairs_of(size_t count, const void *entries);
void *pairs_answer(arena *memory, const ProtobufCMessageDescriptor *entry, char *const *pairs, size_t *count);
const char *pairs_get(char *const *pairs, const char *key); /* NULL: no such key */
/* `first`, whose entries win, and behind it those of `second` that it lacks. Takes `first`. */
char **pairs_merge(char **first, char *const *second);

#endif
