/*
 * lists.c: see lists.h. Any thread, one thread at a time per list.
 */
#include "base/lists.h"

#include <stdlib.h>
#include <string.h>

/* The common start of all generated map entries of strings. */
typedef struct {
    ProtobufCMessage base;
    const char *key, *value;
} entry_shape;

size_t strings_count(char *const *strings)
{
    size_t count = 0;
    while (strings != NULL && strings[count] != NULL)
        count++;
    return count;
}

bool strings_contain(char *const *strings, const char *wanted)
{
    for (; strings != NULL && *strings != NULL; strings++) {
        if (strcmp(*strings, wanted) == 0)
            return true;
    }
    return false;
}

char **strings_copy(size_t count, const char *const *strings)
{
    char **copy = xcalloc(count + 1, sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = xstrdup(strings[i]);
    return copy;
}

char **strings_duplicate(char *const *strings)
{
    return strings_copy(strings_count(strings), (const char *const *)strings);
}

void strings_free(char **strings)
{
    for (char **s = strings; s != NULL && *s != NULL; s++)
        free(*s);
    free(strings);
}

const char **strings_to_reply(arena *memory, char *const *strings, size_t *count)
{
    *count = strings_count(strings);
    const char **copy = arena_alloc(memory, *count * sizeof *copy);
    for (size_t i = 0; i < *count; i++)
        copy[i] = arena_strdup(memory, strings[i]);
    return copy;
}

char **pairs_copy(size_t count, const void *entries)
{
    const entry_shape *const *list = entries;
    char **pairs = xcalloc(count * 2 + 1, sizeof *pairs);
    for (size_t i = 0; i < count; i++) {
        pairs[2 * i] = xstrdup(list[i]->key);
        pairs[2 * i + 1] = xstrdup(list[i]->value);
    }
    return pairs;
}

void *pairs_to_reply(arena *memory, const ProtobufCMessageDescriptor *entry, char *const *pairs,
                     size_t *count)
{
    *count = strings_count(pairs) / 2;
    entry_shape **list = arena_alloc(memory, *count * sizeof(void *));
    for (size_t i = 0; i < *count; i++) {
        list[i] = arena_alloc(memory, entry->sizeof_message);
        protobuf_c_message_init(entry, list[i]);
        list[i]->key = arena_strdup(memory, pairs[2 * i]);
        list[i]->value = arena_strdup(memory, pairs[2 * i + 1]);
    }
    return list;
}

const char *pairs_get(char *const *pairs, const char *key)
{
    for (; pairs != NULL && *pairs != NULL; pairs += 2) {
        if (strcmp(pairs[0], key) == 0)
            return pairs[1];
    }
    return NULL;
}

char **pairs_merge(char **first, char *const *second)
{
    size_t count = strings_count(first), more = strings_count(second);
    first = xrealloc(first, (count + more + 1) * sizeof *first);
    first[count] = NULL;
    for (size_t i = 0; i < more; i += 2) {
        if (pairs_get(first, second[i]) != NULL)
            continue;
        first[count++] = xstrdup(second[i]);
        first[count++] = xstrdup(second[i + 1]);
        first[count] = NULL;
    }
    return first;
}
