/*
 * printable.c: text from outside as people may see it. Called for every message, every line of the log, and
 * by programs (boxd_printable()), on any thread. Pure.
 */
#include "printable.h"

#include "utf8.h"

#include <stdio.h>
#include <string.h>

/* Whether a character has no place in a line that a person reads: it controls a terminal, ends a line,
 * changes the direction of the text around it, or is invisible. The joiners U+200C and U+200D, which scripts
 * and emoji need, are not among them. */
static bool is_unsafe(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x0000, 0x001F},   /* C0 */
        {0x007F, 0x009F},   /* DEL, C1 */
        {0x00AD, 0x00AD},   /* soft hyphen */
        {0x061C, 0x061C},   /* Arabic letter mark */
        {0x180E, 0x180E},   /* Mongolian vowel separator */
        {0x200B, 0x200B},   /* zero width space */
        {0x200E, 0x200F},   /* left-to-right and right-to-left mark */
        {0x2028, 0x202E},   /* line and paragraph separator, embeddings and overrides of direction */
        {0x2060, 0x206F},   /* word joiner, invisible operators, isolates, deprecated formats */
        {0xFEFF, 0xFEFF},   /* byte order mark */
        {0xFFF9, 0xFFFB},   /* interlinear annotations */
        {0xE0000, 0xE007F}, /* tags */
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

enum { ESCAPE_SIZE = sizeof "\\U0010FFFF" };

/* Writes the escape of a piece that is not shown as it is; of a piece that is not UTF-8, of its first byte.
 * Returns the size. */
static size_t write_escape(char escape[ESCAPE_SIZE], utf8_piece piece, unsigned char byte)
{
    if (!piece.valid || piece.code < 0x80)
        return (size_t)snprintf(escape, ESCAPE_SIZE, "\\x%02X", (unsigned)byte);
    if (piece.code < 0x10000)
        return (size_t)snprintf(escape, ESCAPE_SIZE, "\\u%04X", (unsigned)piece.code);
    return (size_t)snprintf(escape, ESCAPE_SIZE, "\\U%08X", (unsigned)piece.code);
}

const char *text_printable(const char *value, char *buffer, size_t size)
{
    static const char dots[] = "...";
    if (size == 0)
        return buffer;
    const char *next = value ? value : "";
    const char *end = next + strlen(next);
    size_t space = size - 1;
    size_t used = 0;
    /* The position at which "..." still fits. */
    size_t cut = 0;
    while (next < end) {
        char escape[ESCAPE_SIZE];
        const utf8_piece piece = utf8_next(next, (size_t)(end - next));
        const bool shown = piece.valid && !is_unsafe(piece.code);
        const char *text = shown ? next : escape;
        const size_t length = shown ? piece.size : write_escape(escape, piece, (unsigned char)*next);
        next += piece.valid ? piece.size : 1;
        if (length > space - used) {
            size_t dots_length = space < strlen(dots) ? space : strlen(dots);
            memcpy(buffer + cut, dots, dots_length);
            used = cut + dots_length;
            break;
        }
        memcpy(buffer + used, text, length);
        used += length;
        if (used + strlen(dots) <= space)
            cut = used;
    }
    buffer[used] = '\0';
    return buffer;
}
