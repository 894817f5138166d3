/*
 * names.c: checks of names, and how messages show them. Called where requests are made, on the program's
 * threads. Pure.
 */
#include "names.h"

#include "errors.h"
#include "mem.h"

#include <stdio.h>
#include <string.h>

enum { SHOWN_SIZE = 128 };

bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool ascii_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool ascii_is_alnum(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c);
}

char ascii_to_lower(char c)
{
    if (c >= 'A' && c <= 'Z')
        return "abcdefghijklmnopqrstuvwxyz"[c - 'A'];
    return c;
}

bool ascii_equal(const char *text, size_t size, const char *word)
{
    if (strlen(word) != size)
        return false;
    for (size_t i = 0; i < size; i++)
        if (ascii_to_lower(text[i]) != word[i])
            return false;
    return true;
}

/* Well-formed UTF-8 (RFC 3629) by its first byte: the range of the second, and the length. Below U+00A0 are
 * control characters, some of which terminals obey; hence 0xA0 in the first row. */
static const struct {
    unsigned char first, last;
    unsigned char second_min, second_max;
    unsigned char length;
} sequences[] = {
    {0xC2, 0xC2, 0xA0, 0xBF, 2}, {0xC3, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
    {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

/* The length of the printable character at `value`; 0: there is no such character. */
static size_t character_length(const char *value)
{
    const unsigned char *bytes = (const unsigned char *)value;
    if (bytes[0] < 0x80)
        return bytes[0] >= ' ' && bytes[0] != 0x7F;
    for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
        if (bytes[0] < sequences[i].first || bytes[0] > sequences[i].last)
            continue;
        if (bytes[1] < sequences[i].second_min || bytes[1] > sequences[i].second_max)
            return 0;
        for (size_t k = 2; k < sequences[i].length; k++)
            if (bytes[k] < 0x80 || bytes[k] > 0xBF)
                return 0;
        return sequences[i].length;
    }
    return 0;
}

const char *name_printable(const char *value, char *buffer, size_t size)
{
    static const char dots[] = "...";
    if (size == 0)
        return buffer;
    size_t space = size - 1;
    size_t used = 0;
    /* The position at which "..." still fits. */
    size_t cut = 0;
    for (const char *next = value ? value : ""; *next;) {
        char escape[5];
        const char *piece = next;
        size_t length = character_length(next);
        next += length ? length : 1;
        if (length == 0) {
            length = (size_t)snprintf(escape, sizeof escape, "\\x%02X", (unsigned)(unsigned char)*piece);
            piece = escape;
        }
        if (length > space - used) {
            size_t dots_length = space < strlen(dots) ? space : strlen(dots);
            memcpy(buffer + cut, dots, dots_length);
            used = cut + dots_length;
            break;
        }
        memcpy(buffer + used, piece, length);
        used += length;
        if (used + strlen(dots) <= space)
            cut = used;
    }
    buffer[used] = '\0';
    return buffer;
}

static bool is_env_name(const char *name, size_t size)
{
    if (size == 0 || ascii_is_digit(name[0]))
        return false;
    for (size_t i = 0; i < size; i++)
        if (name[i] != '_' && !ascii_is_alnum(name[i]))
            return false;
    return true;
}

boxd_status name_check_env(const char *word, boxd_error *error)
{
    const char *equals = word ? strchr(word, '=') : NULL;
    if (!equals)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "an environment entry has no \"=\"; give NAME=value");
    size_t size = (size_t)(equals - word);
    if (is_env_name(word, size))
        return BOXD_OK;
    char name[2 * SHOWN_SIZE];
    char shown[SHOWN_SIZE];
    (void)snprintf(name, sizeof name, "%.*s", size < sizeof name ? (int)size : (int)sizeof name, word);
    return error_set(
        error, BOXD_ERR_INVALID_ARGUMENT,
        "the environment name \"%s\" is malformed; use letters, digits and underscores, and no digit "
        "first",
        name_printable(name, shown, sizeof shown));
}

boxd_status name_check_given(const char *value, const char *what, const char *next, boxd_error *error)
{
    if (value && *value)
        return BOXD_OK;
    return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "%s is empty; %s", what, next);
}

const char *name_subject(const char *kind, const char *name, char *buffer, size_t size)
{
    char shown[SHOWN_SIZE];
    (void)snprintf(buffer, size, "%s \"%s\"", kind, name_printable(name, shown, sizeof shown));
    return buffer;
}
