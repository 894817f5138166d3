#include "record.h"

#include "mem.h"

#include <string.h>

size_t record_text_size(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

record record_new(size_t size, size_t text_size)
{
    char *data = mem_calloc(1, size + text_size);
    return (record){data, data ? data + size : NULL};
}

const char *record_text(record *r, const char *text)
{
    if (!text || !*text)
        return NULL;
    size_t size = strlen(text) + 1;
    const char *copy = memcpy(r->text, text, size);
    r->text += size;
    return copy;
}
