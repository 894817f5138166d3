/* Exchanges lines with a command while it runs: writes a line to its standard input, then reads the line that
 * the command prints. The same program with callbacks is ../async/dialogue.c. */
#include <boxd/boxd.h>

#include <stdio.h>
#include <string.h>

static const char *const lines[] = {"one\n", "two\n", "three\n"};
enum { LINES = sizeof lines / sizeof *lines };

/* Prints the output of the command up to the end of a line, or up to its end with `to_the_end`. */
static boxd_read_status print_output(boxd_process *process, bool to_the_end, boxd_error *err)
{
    boxd_chunk *chunk = NULL;
    boxd_read_status read;
    bool ended = false;
    while (!ended && (read = boxd_process_read(process, NULL, &chunk, err)) == BOXD_READ_DATA) {
        fwrite(chunk->data, 1, chunk->size, chunk->stream == BOXD_STDERR ? stderr : stdout);
        ended = !to_the_end && memchr(chunk->data, '\n', chunk->size);
        boxd_chunk_free(chunk);
    }
    return read;
}

static boxd_status exchange_lines(boxd_process *process, int *code, boxd_error *err)
{
    for (int i = 0; i < LINES; i++) {
        boxd_status status = boxd_process_write(process, lines[i], strlen(lines[i]), NULL, err);
        if (status != BOXD_OK)
            return status;
        if (print_output(process, false, err) == BOXD_READ_ERROR)
            return err->status;
    }
    if (boxd_process_write_eof(process, NULL, err) != BOXD_OK ||
        print_output(process, true, err) == BOXD_READ_ERROR)
        return err->status;
    return boxd_process_wait(process, NULL, code, NULL, err);
}

int main(void)
{
    boxd_error err = BOXD_ERROR_INIT;
    int code = 1;
    boxd_compute *c = boxd_compute_open(NULL, &err); /* credential: BOXD_API_KEY */
    boxd_box *box = c ? boxd_box_create(c, NULL, &err) : NULL;
    boxd_process *process =
        box ? boxd_box_exec_stream(box, BOXD_ARGV("sed", "-u", "s/.*/you said: &/"), NULL, &err) : NULL;
    if (!process || exchange_lines(process, &code, &err) != BOXD_OK)
        boxd_error_print(&err, NULL);
    boxd_process_free(process);
    if (box)
        boxd_box_destroy(box, NULL, NULL);
    boxd_box_free(box);
    boxd_compute_close(c);
    return code;
}
