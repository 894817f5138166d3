/*
 * names.c: checks of names. Called where requests are made, on the program's threads. Pure.
 */
#include "names.h"

#include "errors.h"

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

int ascii_hex_value(char c)
{
    const char lower = ascii_to_lower(c);
    return ascii_is_digit(c) ? c - '0' : lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
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
        text_printable(name, shown, sizeof shown));
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
    (void)snprintf(buffer, size, "%s \"%s\"", kind, text_printable(name, shown, sizeof shown));
    return buffer;
}
