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

/* The row of `sequences` for a first byte; SEQUENCES: no sequence begins with it. */
static size_t find_sequence(unsigned char first)
{
    if (first < sequences[0].first || first > sequences[SEQUENCES - 1].last)
        return SEQUENCES;
    size_t i = 0;
    while (first > sequences[i].last)
        i++;
    return i;
}

utf8_piece utf8_next(const char *text, size_t size)
{
    const unsigned char *bytes = (const unsigned char *)text;
    if (bytes[0] < 0x80)
        return (utf8_piece){1, true, bytes[0]};
    const size_t i = find_sequence(bytes[0]);
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

/* Whether eight bytes are ASCII other than NUL; for bytes below 0x02 maybe false. */
static bool are_ascii(const char *text)
{
    static const uint64_t ones = UINT64_C(0x0101010101010101), tops = UINT64_C(0x8080808080808080);
    uint64_t word;
    memcpy(&word, text, sizeof word);
    return ((word | (word - ones)) & tops) == 0;
}

/* How many bytes at the beginning are ASCII other than NUL; maybe a few of them less. Texts may be as large
 * as a message, and most are ASCII: piece by piece, 60 MB of it took 0.3 s. */
static size_t skip_ascii(const char *text, size_t size)
{
    enum { WORD = sizeof(uint64_t) };
    size_t at = 0;
    while (size - at >= WORD && are_ascii(text + at))
        at += WORD;
    const bool is_rest = at > 0 && size - at < WORD;
    return is_rest && are_ascii(text + size - WORD) ? size : at;
}

/* The next piece, or a run of ASCII as one piece. */
static utf8_piece next_run(const char *text, size_t size)
{
    const size_t ascii = skip_ascii(text, size);
    return ascii > 0 ? (utf8_piece){ascii, true, 'a'} : utf8_next(text, size);
}

static bool is_kept(utf8_piece piece)
{
    return piece.valid && piece.code;
}

bool utf8_is_valid(const char *text, size_t size)
{
    utf8_piece piece = {0, true, 0};
    for (size_t at = 0; piece.valid && at < size; at += piece.size)
        piece = next_run(text + at, size - at);
    return piece.valid;
}

size_t utf8_kept_size(const char *text, size_t size)
{
    size_t at = 0;
    while (at < size) {
        const utf8_piece piece = next_run(text + at, size - at);
        if (!is_kept(piece))
            break;
        at += piece.size;
    }
    return at;
}

size_t utf8_repaired_size(const char *text, size_t size)
{
    size_t whole = 0;
    for (utf8_piece piece; size > 0; text += piece.size, size -= piece.size) {
        piece = next_run(text, size);
        whole += is_kept(piece) ? piece.size : REPLACEMENT_SIZE;
    }
    return whole;
}

char *utf8_repair(char *to, const char *text, size_t size)
{
    for (utf8_piece piece; size > 0; text += piece.size, size -= piece.size) {
        piece = next_run(text, size);
        const size_t length = is_kept(piece) ? piece.size : REPLACEMENT_SIZE;
        memcpy(to, is_kept(piece) ? text : REPLACEMENT, length);
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
