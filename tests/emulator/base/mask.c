/*
 * mask.c: see mask.h.
 */
#include "base/mask.h"

#include <stddef.h>
#include <string.h>

#include "base/util.h"

static const char separators[] = " \t\n;&|()";

/* The length of the quoted text at `text`, with its quotes; without an end it is the rest of the line. */
static size_t quoted_length(const char *text)
{
    size_t i = 1;
    while (text[i] != '\0' && text[i] != text[0])
        i += text[0] == '"' && text[i] == '\\' && text[i + 1] != '\0' ? 2 : 1;
    return i + (text[i] != '\0');
}

/* The length of the rest of a word, with all its quoted parts. */
static size_t word_length(const char *text)
{
    size_t i = 0;
    while (text[i] != '\0' && strchr(separators, text[i]) == NULL) {
        if (text[i] == '\'' || text[i] == '"')
            i += quoted_length(text + i);
        else
            i += text[i] == '\\' && text[i + 1] != '\0' ? 2 : 1;
    }
    return i;
}

/* The value in a word: the text behind its first = that follows another character. NULL: no value. */
static const char *value_of(const char *word, size_t size)
{
    size_t leading = strspn(word, "=");
    const char *equals = leading < size ? memchr(word + leading, '=', size - leading) : NULL;
    return equals ? equals + 1 : NULL;
}

char *mask_values(const char *line)
{
    static const char stars[] = "***";
    /* At most one *** for each two bytes. */
    char *masked = xmalloc(strlen(line) * 3 + sizeof stars), *end = masked;
    while (*line != '\0') {
        size_t word = word_length(line);
        const char *value = value_of(line, word);
        end = mempcpy(end, line, value ? (size_t)(value - line) : word);
        if (value != NULL)
            end = stpcpy(end, stars);
        line += word;
        while (*line != '\0' && strchr(separators, *line) != NULL)
            *end++ = *line++;
    }
    *end = '\0';
    return masked;
}
