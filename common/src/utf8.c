/*
 * utf8.c: decodes UTF-8. Called for text of a service that goes into a record, a message or the log, on any
 * thread. Pure.
 */
#include "utf8.h"

#include "mem.h"

#include <string.h>

static const char REPLACEMENT[] = "\xEF\xBF\xBD";

enum { REPLACEMENT_SIZE = sizeof REPLACEMENT - 1 };

/* Well-formed sequences by their first byte: the range of the second byte, and the length. */
static const struct {
    unsigned char first, last;
    unsigned char second_min, second_max;
    unsigned char length;
} sequences[] = {
    {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
};

enum { SEQUENCES = sizeof sequences / sizeof sequences[0] };

utf8_piece utf8_next(const char *text, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)text;
    if (bytes[0] < 0x80)
        return (utf8_piece){1, true, bytes[0]};
    size_t i = 0;
    while (i < SEQUENCES && (bytes[0] < sequences[i].first || bytes[0] > sequences[i].last))
        i++;
    if (i == SEQUENCES || size < 2 || bytes[1] < sequences[i].second_min ||
        bytes[1] > sequences[i].second_max)
        return (utf8_piece){1, false, 0};
    const size_t length = sequences[i].length;
    uint32_t code = bytes[0] & (0xFFU >> (length + 1));
    size_t got = 1;
    while (got < length && got < size && (bytes[got] & 0xC0U) == 0x80U)
        code = code << 6 | (bytes[got++] & 0x3FU);
    return (utf8_piece){got, got == length, got == length ? code : 0};
}

bool utf8_is_valid(const char *text, size_t size)
{
    for (utf8_piece piece; size > 0; text += piece.size, size -= piece.size) {
        piece = utf8_next(text, size);
        if (!piece.valid)
            return false;
    }
    return true;
}

size_t utf8_repaired_size(const char *text, size_t size)
{
    size_t whole = 0;
    for (utf8_piece piece; size > 0; text += piece.size, size -= piece.size) {
        piece = utf8_next(text, size);
        whole += piece.valid && piece.code ? piece.size : REPLACEMENT_SIZE;
    }
    return whole;
}

char *utf8_repair(char *to, const char *text, size_t size)
{
    for (utf8_piece piece; size > 0; text += piece.size, size -= piece.size) {
        piece = utf8_next(text, size);
        const bool kept = piece.valid && piece.code;
        const size_t length = kept ? piece.size : REPLACEMENT_SIZE;
        memcpy(to, kept ? text : REPLACEMENT, length);
        to += length;
    }
    return to;
}

char *utf8_repaired(const char *text, size_t size)
{
    char *repaired = mem_alloc(utf8_repaired_size(text, size) + 1);
    if (repaired)
        *utf8_repair(repaired, text, size) = '\0';
    return repaired;
}
