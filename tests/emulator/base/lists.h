/*
 * lists.h: lists of strings (networks) and of pairs (labels: key, value, key, value, ...), both
 * NULL-terminated and on the heap, with conversions from requests and to replies. NULL is an empty list.
 */
#ifndef EMULATOR_BASE_LISTS_H
#define EMULATOR_BASE_LISTS_H

#include "base/util.h"

size_t strings_count(char *const *strings);
bool strings_contain(char *const *strings, const char *wanted);
char **strings_copy(size_t count, const char *const *strings); /* from a request */
char **strings_duplicate(char *const *strings);
void strings_free(char **strings);
const char **strings_to_reply(arena *memory, char *const *strings, size_t *count);

/* `entries` are map entries of strings of any message: all have the same layout. */
char **pairs_copy(size_t count, const void *entries);
void *pairs_to_reply(arena *memory, const ProtobufCMessageDescriptor *entry, char *const *pairs,
                     size_t *count);
const char *pairs_get(char *const *pairs, const char *key); /* NULL: not found */
/* Appends the entries of `second` whose keys `first` does not have. Takes ownership of `first`. */
char **pairs_merge(char **first, char *const *second);

#endif
