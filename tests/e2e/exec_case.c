/* Helpers of the tests that run commands: starting, reading all output, waiting for files in the box. */
#include "exec_case.h"

#include <stdio.h>

boxd_process *exec_start(boxd_box *box, const char *line, const boxd_exec_options *options)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_process *p = on->box_exec_shell_stream(box, line, options, &error);
    e2e_ok(p, error);
    return p;
}

static void keep(everything *all, const boxd_chunk *chunk)
{
    char **data = &all->data[chunk->stream];
    size_t *size = &all->size[chunk->stream], *capacity = &all->capacity[chunk->stream];
    if (*size + chunk->size + 1 > *capacity) {
        *capacity = 2 * (*size + chunk->size + 1);
        *data = realloc(*data, *capacity);
        ck_assert_ptr_nonnull(*data);
    }
    memcpy(*data + *size, chunk->data, chunk->size);
    *size += chunk->size;
    (*data)[*size] = '\0';
    all->chunks++;
}

boxd_read_status exec_read_all(boxd_process *p, everything *all, boxd_error *error)
{
    boxd_chunk *chunk = NULL;
    boxd_read_status outcome;
    *all = (everything){0};
    while ((outcome = on->process_read(p, NULL, &chunk, error)) == BOXD_READ_DATA) {
        keep(all, chunk);
        boxd_chunk_free(chunk);
    }
    return outcome;
}

void exec_release(everything *all)
{
    free(all->data[BOXD_STDOUT]);
    free(all->data[BOXD_STDERR]);
}

void exec_inject(const char *fields)
{
    char json[256];
    (void)snprintf(json, sizeof json, "{\"rpc\":\"Exec\",%s,\"count\":1}", fields);
    emulator_fault(&emulator, json);
}

void exec_wait_until(boxd_box *box, const char *line, const char *wanted)
{
    for (;;) {
        boxd_exec_result *result = e2e_run(box, line);
        const bool there = strcmp(result->out.data, wanted) == 0;
        boxd_exec_result_free(result);
        if (there)
            return;
    }
}
