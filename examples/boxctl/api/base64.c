/* Encodes and decodes base64. Used by api_message.c, on any thread. */
#include "api/base64.h"

#include <stdlib.h>
#include <string.h>

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";

char *base64_encode(const uint8_t *bytes, size_t size)
{
    char *text = malloc((size + 2) / 3 * 4 + 1), *to = text;
    for (size_t i = 0; text && i < size; i += 3) {
        const size_t left = size - i;
        const uint32_t group = (uint32_t)bytes[i] << 16 | (uint32_t)(left > 1 ? bytes[i + 1] : 0) << 8 |
                               (uint32_t)(left > 2 ? bytes[i + 2] : 0);
        for (size_t k = 0; k < 4; k++)
            *to++ = ALPHABET[k <= left ? group >> (18 - 6 * k) & 63 : 64];
    }
    if (text)
        *to = '\0';
    return text;
}

static int digit_of(char c)
{
    if (c == '-')
        return 62;
    if (c == '_')
        return 63;
    const char *at = c ? strchr(ALPHABET, c) : NULL;
    return at && c != '=' ? (int)(at - ALPHABET) : -1;
}

bool base64_decode(const char *text, uint8_t **bytes, size_t *size)
{
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == '=')
        length--;
    *size = length * 3 / 4;
    *bytes = NULL;
    if (length % 4 == 1)
        return false;
    uint8_t *to = *size ? malloc(*size + 2) : NULL;
    if (*size && !to)
        return false;
    uint32_t group = 0;
    size_t written = 0;
    for (size_t i = 0; i < length; i++) {
        const int digit = digit_of(text[i]);
        if (digit < 0) {
            free(to);
            return false;
        }
        group = group << 6 | (uint32_t)digit;
        if (i % 4 != 0 && to)
            to[written++] = (uint8_t)(group >> (6 - 2 * (i % 4)) & 0xFF);
    }
    *bytes = to;
    return true;
}
