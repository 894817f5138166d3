/* base64url.c: decodes the parts of a token for token.c, on the core thread. */
#include "boxd/service/base64url.h"

#include <stdint.h>
#include <string.h>

bool base64url_decode(const char *text, size_t size, char *out, size_t *length)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t bits = 0;
    unsigned count = 0; /* bits that do not fill a byte yet */
    *length = 0;
    for (size_t i = 0; i < size; i++) {
        const char *found = text[i] ? strchr(alphabet, text[i]) : NULL;
        if (!found)
            return false;
        bits = bits << 6 | (uint32_t)(found - alphabet);
        count += 6;
        if (count < 8)
            continue;
        count -= 8;
        out[(*length)++] = (char)(unsigned char)(bits >> count & 0xFF);
    }
    return true;
}
