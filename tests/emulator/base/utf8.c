/*
 * utf8.c: see utf8.h.
 */
#include "base/utf8.h"

#include <string.h>

/* Well-formed UTF-8 (RFC 3629) by its first byte: the range of the second byte, and the length. */
static const struct {
    uint8_t first, last, second_min, second_max, length;
} sequences[] = {
    {0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

/* The length of the character at `text`; 0: there is no character. */
static size_t character_length(const uint8_t *text, size_t size)
{
    size_t i = 0;
    while (i < count_of(sequences) && (text[0] < sequences[i].first || text[0] > sequences[i].last))
        i++;
    if (i == count_of(sequences) || sequences[i].length > size)
        return 0;
    if (sequences[i].length > 1 && (text[1] < sequences[i].second_min || text[1] > sequences[i].second_max))
        return 0;
    for (size_t k = 2; k < sequences[i].length; k++) {
        if ((text[k] & 0xc0) != 0x80)
            return 0;
    }
    return sequences[i].length;
}

bool utf8_is_valid(const void *bytes, size_t size)
{
    const uint8_t *text = bytes;
    for (size_t i = 0, length; i < size; i += length) {
        length = character_length(text + i, size - i);
        if (length == 0)
            return false;
    }
    return true;
}

char *utf8_repaired(arena *memory, const char *text, size_t size)
{
    static const char replacement[] = "\xef\xbf\xbd";
    char *repaired = arena_alloc(memory, size * (sizeof replacement - 1) + 1), *end = repaired;
    for (size_t i = 0; i < size;) {
        size_t length = text[i] ? character_length((const uint8_t *)text + i, size - i) : 0;
        if (length > 0)
            end = mempcpy(end, text + i, length);
        else
            end = stpcpy(end, replacement);
        i += length ? length : 1;
    }
    return repaired;
}
