/*
 * pairs.h: environments and labels: "KEY=value" words and the messages of a key and a value that carry them.
 * Any thread.
 */
#ifndef BOXD_PAIRS_H
#define BOXD_PAIRS_H

#include "grpc/wire.h"
#include "record.h"

#include <boxd/types/box.h>

/* Zero it, build, pack the request that points to it, free. */
typedef struct pairs {
    size_t count;
    /* Pointers to the messages, for protobuf-c. */
    void *list;
    char *messages;
    char **keys;
} pairs;

/* Builds messages from NULL-terminated `words` (or NULL), each accepted by `check`. `entry` describes the
 * message: field 1 is the key, field 2 the value. Values are borrowed. */
boxd_status pairs_build(pairs *p, const ProtobufCMessageDescriptor *entry, const char *const *words,
                        boxd_status (*check)(const char *word, boxd_error *error), boxd_error *error);
void pairs_free(pairs *p);

/* The number of words before the NULL. */
size_t words_count(const char *const *words);

/* Copies keys and values of messages into a record: `entries` is an array of pointers to such messages. */
const boxd_pair *const *pairs_read(record *r, const ProtobufCMessageDescriptor *entry, size_t count,
                                   const void *entries);

#endif
