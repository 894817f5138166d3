/* printable.c: text from outside, made safe to show, for programs. Any thread. Pure. */
#include "printable.h"

#include <boxd/base.h>

const char *boxd_printable(const char *text, char *buffer, size_t size)
{
    return text_printable(text, buffer, size);
}
