/* pairs.c: called by the functions that submit operations, and by mappings of replies. Any thread. */
#include "boxd/service/pairs.h"

#include "errors.h"
#include "mem.h"

#include <string.h>

size_t words_count(const char *const *words)
{
    size_t count = 0;
    while (words && words[count])
        count++;
    return count;
}

/* The place of a field's string in a message. */
static const char **field_of(const ProtobufCMessageDescriptor *entry, char *message, unsigned number)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(entry, number);
    return (const char **)(void *)(message + field->offset);
}

boxd_status pairs_build(pairs *p, const ProtobufCMessageDescriptor *entry, const char *const *words,
                        boxd_status (*check)(const char *word, boxd_error *error), boxd_error *error)
{
    const size_t count = words_count(words);
    p->messages = mem_calloc(count, entry->sizeof_message);
    p->keys = mem_calloc(count, sizeof *p->keys);
    char **list = mem_calloc(count, sizeof *list);
    p->list = list;
    if (!p->messages || !p->keys || !list)
        return error_no_memory(error, "building a request");
    for (; p->count < count; p->count++) {
        const char *word = words[p->count];
        if (check(word, error) != BOXD_OK)
            return BOXD_ERR_INVALID_ARGUMENT;
        const char *equals = strchr(word, '=');
        char *message = list[p->count] = p->messages + p->count * entry->sizeof_message;
        char *key = p->keys[p->count] = mem_strndup(word, (size_t)(equals - word));
        if (!key)
            return error_no_memory(error, "building a request");
        protobuf_c_message_init(entry, message);
        *field_of(entry, message, 1) = key;
        *field_of(entry, message, 2) = equals + 1;
    }
    return BOXD_OK;
}

void pairs_free(pairs *p)
{
    for (size_t i = 0; i < p->count; i++)
        mem_free(p->keys[i]);
    mem_free(p->keys);
    mem_free(p->messages);
    mem_free(p->list);
}

const boxd_pair *const *pairs_read(record *r, const ProtobufCMessageDescriptor *entry, size_t count,
                                   const void *entries)
{
    void *made = record_pointers(r, count, sizeof(boxd_pair));
    for (size_t i = 0; made && i < count; i++) {
        boxd_pair *pair = record_item(made, i);
        char *message = record_item(entries, i);
        pair->key = record_value(r, *field_of(entry, message, 1));
        pair->value = record_value(r, *field_of(entry, message, 2));
    }
    return made;
}
