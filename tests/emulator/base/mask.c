/*
 * mask.c: see mask.h.
 */
#include "base/mask.h"

#include <stdbool.h>
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

/* The length of NAME= at the start of a word, with a quote before it if there is one; 0: another word. */
static size_t assignment_length(const char *word)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    size_t quote = word[0] == '\'' || word[0] == '"';
    size_t name = strspn(word + quote, letters);
    if (name == 0 || word[quote + name] != '=' || (word[quote] >= '0' && word[quote] <= '9'))
        return 0;
    return quote + name + 1;
}

char *mask_values(const char *line)
{
    static const char stars[] = "***";
    /* At most one *** for each two bytes. */
    char *masked = xmalloc(strlen(line) * 3 + sizeof stars), *end = masked;
    while (*line != '\0') {
        size_t word = word_length(line), kept = assignment_length(line);
        end = mempcpy(end, line, kept ? kept : word);
        if (kept > 0)
            end = stpcpy(end, stars);
        line += word;
        while (*line != '\0' && strchr(separators, *line) != NULL)
            *end++ = *line++;
    }
    *end = '\0';
    return masked;
}
