/*
 * json.c: JSON of HTTP answers and requests. Pure; any thread.
 */
#include "http/json.h"

#include "iso_time.h"
#include "mem.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- reading ---- */

enum { ESCAPE_SIZE = 6 }; /* \uXXXX */

/* The code unit of the \u escape at `text`, which has `left` bytes; -1: not such an escape. */
static long code_unit(const char *text, size_t left)
{
    long unit = 0;
    if (left < ESCAPE_SIZE || text[0] != '\\' || text[1] != 'u')
        return -1;
    for (int i = 2; i < ESCAPE_SIZE; i++) {
        const char c = text[i];
        const int digit = c >= '0' && c <= '9'   ? c - '0'
                          : c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                 : -1;
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* Replaces escapes of NUL and of half a surrogate pair by an escape of the same length. */
static void replace_escapes(char *body, size_t size)
{
    size_t at = 0;
    while (at < size) {
        const char *escape = memchr(body + at, '\\', size - at);
        if (!escape)
            return;
        at = (size_t)(escape - body);
        const long unit = code_unit(body + at, size - at);
        const bool high = unit >= 0xD800 && unit < 0xDC00;
        const long low = high ? code_unit(body + at + ESCAPE_SIZE, size - at - ESCAPE_SIZE) : -1;
        if (low >= 0xDC00 && low < 0xE000) {
            at += 2 * (size_t)ESCAPE_SIZE;
        } else if (unit >= 0) {
            if (unit == 0 || (unit >= 0xD800 && unit < 0xE000))
                memcpy(body + at, "\\uFFFD", ESCAPE_SIZE);
            at += ESCAPE_SIZE;
        } else {
            at += 2; /* an escape of two characters, or not JSON */
        }
    }
}

json_t *json_read(char *body, size_t size, bool *no_memory)
{
    static const char mark[] = "\xEF\xBB\xBF";
    const size_t marked = size >= 3 && memcmp(body, mark, 3) == 0 ? 3 : 0;
    json_error_t error;
    replace_escapes(body + marked, size - marked);
    json_t *value = json_loadb(body + marked, size - marked, JSON_DECODE_ANY, &error);
    if (!value && json_error_code(&error) == json_error_numeric_overflow)
        value = json_loadb(body + marked, size - marked, JSON_DECODE_ANY | JSON_DECODE_INT_AS_REAL, &error);
    *no_memory = !value && json_error_code(&error) == json_error_out_of_memory;
    return value;
}

/* ---- writing ---- */

char *json_write(const json_t *value, size_t *size)
{
    const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
    *size = json_dumpb(value, NULL, 0, flags);
    char *text = *size ? mem_alloc(*size + 1) : NULL;
    if (!text)
        return NULL;
    text[*size] = '\0';
    if (json_dumpb(value, text, *size, flags) == *size)
        return text;
    mem_zero(text, *size); /* jansson ran out of memory */
    mem_free(text);
    return NULL;
}

bool json_is_text(const char *text)
{
    json_t *value = json_string(text);
    const bool good = value != NULL;
    json_free_secret(value);
    return good;
}

/* jansson has no function for this. Its own limit bounds the depth. */
static void zero_text(json_t *value) /* NOLINT(misc-no-recursion) */
{
    const char *key;
    json_t *member;
    size_t i;
    if (json_is_string(value))
        mem_zero((void *)(uintptr_t)json_string_value(value), json_string_length(value));
    json_object_foreach(value, key, member) zero_text(member);
    json_array_foreach(value, i, member) zero_text(member);
}

void json_free_secret(json_t *value)
{
    zero_text(value);
    json_decref(value);
}

/* ---- fields ---- */

const char *json_text(record *r, const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? record_value(r, text) : NULL;
}

const char *json_time(record *r, const json_t *object, const char *key, int64_t *ms)
{
    const char *text = json_text(r, object, key);
    if (!text || !iso_time_read(text, ms))
        *ms = 0;
    return text;
}

bool json_number(const json_t *object, const char *key, int64_t *number)
{
    const json_t *value = json_object_get(object, key);
    const double real = json_real_value(value);
    const bool whole = json_is_real(value) && fabs(real) < 9e15 && floor(real) == real;
    *number = json_is_integer(value) ? json_integer_value(value) : whole ? (int64_t)real : 0;
    return json_is_integer(value) || whole;
}

bool json_flag(const json_t *object, const char *key, bool *flag)
{
    const json_t *value = json_object_get(object, key);
    *flag = json_is_true(value);
    return json_is_boolean(value);
}
