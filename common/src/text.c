/*
 * text.c: growing text. Any thread. Pure.
 */
#include "text.h"

#include "mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void free_data(text *t)
{
    if (t->secret)
        mem_zero(t->data, t->size);
    mem_free(t->data);
}

/* As mem_realloc(). */
static char *move_data(text *t, size_t capacity)
{
    if (!t->secret)
        return mem_realloc(t->data, capacity);
    char *data = mem_alloc(capacity);
    if (data && t->size > 0)
        memcpy(data, t->data, t->size);
    if (data)
        free_data(t);
    return data;
}

void text_reserve(text *t, size_t size)
{
    if (t->failed || size < t->capacity)
        return;
    size_t capacity = size + 1;
    char *data = move_data(t, capacity);
    if (!data) {
        t->failed = true;
        return;
    }
    data[t->size] = '\0';
    t->data = data;
    t->capacity = capacity;
}

char *text_extend(text *t, size_t size)
{
    if (t->size + size >= t->capacity) {
        size_t doubled = t->capacity * 2;
        text_reserve(t, t->size + size > doubled ? t->size + size : doubled);
    }
    if (t->failed)
        return NULL;
    char *place = t->data + t->size;
    t->size += size;
    t->data[t->size] = '\0';
    return place;
}

void text_add_bytes(text *t, const void *bytes, size_t size)
{
    char *place = text_extend(t, size);
    if (place && size)
        memcpy(place, bytes, size);
}

void text_add(text *t, const char *words)
{
    text_add_bytes(t, words, strlen(words));
}

void text_printf(text *t, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    const int size = vsnprintf(NULL, 0, format, args);
    char *place = size < 0 ? NULL : text_extend(t, (size_t)size);
    if (place)
        (void)vsnprintf(place, (size_t)size + 1, format, again);
    t->failed |= !place;
    va_end(again);
    va_end(args);
}

void text_add_json(text *t, const char *value, size_t limit)
{
    static const char named[] = "\"\\\b\f\n\r\t", names[] = "\"\\bfnrt";
    for (const char *c = value; *c && t->size < limit; c++) {
        char escape[8] = {'\\'};
        const char *found = strchr(named, *c);
        if (found)
            escape[1] = names[found - named];
        else if ((unsigned char)*c < ' ')
            (void)snprintf(escape, sizeof escape, "\\u%04X", (unsigned)(unsigned char)*c);
        else
            escape[0] = *c;
        text_add(t, escape);
    }
}

void text_add_base64(text *t, const char *bytes, size_t size, size_t shift)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t bit = shift % 3 * 8 % 6 ? 6 - shift % 3 * 8 % 6 : 0; bit + 6 <= size * 8; bit += 6) {
        const unsigned first = (unsigned char)bytes[bit / 8];
        const unsigned second = bit / 8 + 1 < size ? (unsigned char)bytes[bit / 8 + 1] : 0;
        text_add_bytes(t, &digits[(first << 8 | second) >> (10 - bit % 8) & 63U], 1);
    }
}

char *text_take(text *t)
{
    text_add_bytes(t, "", 0);
    char *data = t->failed ? NULL : t->data;
    if (t->failed)
        free_data(t);
    *t = (text)TEXT_INIT;
    return data;
}

void text_free(text *t)
{
    free_data(t);
    *t = (text)TEXT_INIT;
}
