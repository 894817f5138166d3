/*
 * text.c: growing text. Any thread. Pure.
 */
#include "text.h"

#include "mem.h"

#include <string.h>

void text_reserve(text *t, size_t size)
{
    if (t->failed || size < t->capacity)
        return;
    size_t capacity = size + 1;
    char *data = mem_realloc(t->data, capacity);
    if (!data) {
        t->failed = true;
        return;
    }
    data[t->size] = '\0';
    t->data = data;
    t->capacity = capacity;
}

void text_add_bytes(text *t, const void *bytes, size_t size)
{
    if (t->size + size >= t->capacity) {
        size_t doubled = t->capacity * 2;
        text_reserve(t, t->size + size > doubled ? t->size + size : doubled);
    }
    if (t->failed)
        return;
    if (size)
        memcpy(t->data + t->size, bytes, size);
    t->size += size;
    t->data[t->size] = '\0';
}

void text_add(text *t, const char *words)
{
    text_add_bytes(t, words, strlen(words));
}

char *text_take(text *t)
{
    text_add_bytes(t, "", 0);
    char *data = t->failed ? NULL : t->data;
    if (t->failed)
        mem_free(t->data);
    *t = (text)TEXT_INIT;
    return data;
}

void text_free(text *t)
{
    mem_free(t->data);
    *t = (text)TEXT_INIT;
}
