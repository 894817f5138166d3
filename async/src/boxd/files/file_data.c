/* file_data.c: the result of a file that is read into memory. Made on the core thread, freed on any. */
#include "boxd/files/file_data.h"

#include "mem.h"

#include <boxd/aio/file.h>

typedef struct file_data {
    boxd_file_data public;
    char *bytes;
} file_data;

void boxd_file_data_free(boxd_file_data *data)
{
    file_data *own = (file_data *)(void *)data;
    if (!own)
        return;
    mem_free(own->bytes);
    mem_free(own);
}

static void call_file_data(any_callback callback, void *result, const boxd_error *error, void *user_data)
{
    ((boxd_file_data_cb)callback)(result, error, user_data);
}

static void free_file_data(void *result)
{
    boxd_file_data_free(result);
}

const result_type RESULT_FILE_DATA = {call_file_data, free_file_data};

boxd_file_data *file_data_new(text *content)
{
    file_data *own = mem_calloc(1, sizeof *own);
    const size_t size = content->size;
    char *bytes = text_take(content);
    if (!own || !bytes) {
        mem_free(own);
        mem_free(bytes);
        return NULL;
    }
    own->bytes = bytes;
    own->public.content = (boxd_buffer){.data = bytes, .size = size};
    return &own->public;
}
