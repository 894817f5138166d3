/*
 * text.h: growing text. A lack of memory is remembered: callers check once, at text_take().
 */
#ifndef BOXD_TEXT_H
#define BOXD_TEXT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct text {
    /* NUL-terminated once anything was added. */
    char *data;
    size_t size;
    size_t capacity;
    bool failed;
    /* The text holds a secret: memory of its that is freed here is zeroed first. */
    bool secret;
} text;

#define TEXT_INIT                                                                                            \
    {                                                                                                        \
        0                                                                                                    \
    }

void text_add(text *t, const char *words);
void text_add_bytes(text *t, const void *bytes, size_t size);
void text_printf(text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends `size` bytes, which the caller writes to the place that is returned. NULL: no memory. */
char *text_extend(text *t, size_t size);

/* Writes `value` as jansson does inside the quotes of a JSON string. Ends once `t` has `limit` bytes or more.
 */
void text_add_json(text *t, const char *value, size_t limit);

/* Writes the Base64 digits that these bytes alone determine, if the first one is byte `shift` of a group of
 * three. With shift 0 and a multiple of three bytes, these are all digits. */
void text_add_base64(text *t, const char *bytes, size_t size, size_t shift);

/* Allocates capacity for `size` bytes in all. */
void text_reserve(text *t, size_t size);

/* Returns the text, which the caller owns ("" when nothing was added), and empties `t`. NULL: no memory. */
char *text_take(text *t);

void text_free(text *t);

#endif
