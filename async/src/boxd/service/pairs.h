/*
 * pairs.h: "KEY=value" words as the key and value messages that requests carry: environments and labels.
 */
#ifndef BOXD_PAIRS_H
#define BOXD_PAIRS_H

#include "grpc/wire.h"
#include "record.h"

#include <boxd/types/box.h>

/* Zero it, build, pack what points to it, free. */
typedef struct pairs {
    size_t count;
    void *list; /* pointers to the messages, as protobuf-c wants them */
    char *messages;
    char **keys;
} pairs;

/* From NULL-terminated `words` (or NULL), each accepted by `check`; `entry` describes the message, of which
 * field 1 is the key and field 2 the value. Values are borrowed. */
boxd_status pairs_build(pairs *p, const ProtobufCMessageDescriptor *entry, const char *const *words,
                        boxd_status (*check)(const char *word, boxd_error *error), boxd_error *error);
void pairs_free(pairs *p);

/* How many words there are before the NULL. */
size_t words_count(const char *const *words);

/* The same for what comes back: `entries` is an array of pointers to such messages. */
const boxd_pair *const *pairs_read(record *r, const ProtobufCMessageDescriptor *entry, size_t count,
                                   const void *entries);

#endif
