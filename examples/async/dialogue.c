/* Exchanges lines with a command while it runs: writes a line to its standard input, then reads the line that
 * the command prints. The same program with blocking calls is ../sync/dialogue.c. */
#include <boxd/aio.h>

#include <semaphore.h>
#include <stdio.h>
#include <string.h>

static const char *const lines[] = {"one\n", "two\n", "three\n"};
enum { LINES = sizeof lines / sizeof *lines };

struct job {
    boxd_compute *c;
    boxd_box *box;
    boxd_process *process;
    /* how many lines were written */
    int written;
    int code;
    /* posted by the last callback */
    sem_t closed;
};

static void on_closed(boxd_status status, const boxd_error *err, void *user)
{
    (void)status, (void)err;
    sem_post(&((struct job *)user)->closed);
}

static void on_destroyed(boxd_status status, const boxd_error *err, void *user)
{
    (void)status, (void)err;
    boxd_aio_compute_close(((struct job *)user)->c, on_closed, user);
}

static void finish(struct job *j, const boxd_error *err)
{
    if (err)
        boxd_error_print(err, NULL);
    boxd_process_free(j->process);
    if (j->box)
        boxd_aio_box_destroy(j->box, NULL, on_destroyed, j);
    else
        boxd_aio_compute_close(j->c, on_closed, j);
}

static void on_exit_code(boxd_status status, int code, bool confirmed, const boxd_error *err, void *user)
{
    (void)confirmed;
    struct job *j = user;
    if (status == BOXD_OK)
        j->code = code;
    finish(j, err);
}

static void on_chunk(boxd_read_status read, boxd_chunk *chunk, const boxd_error *err, void *user);

static void on_written(boxd_status status, const boxd_error *err, void *user)
{
    struct job *j = user;
    if (status == BOXD_OK)
        boxd_aio_process_read(j->process, NULL, on_chunk, j);
    else
        finish(j, err);
}

static void write_next(struct job *j)
{
    if (j->written < LINES) {
        const char *line = lines[j->written++];
        boxd_aio_process_write(j->process, line, strlen(line), NULL, on_written, j);
    } else {
        boxd_aio_process_write_eof(j->process, NULL, on_written, j);
    }
}

static void on_chunk(boxd_read_status read, boxd_chunk *chunk, const boxd_error *err, void *user)
{
    struct job *j = user;
    if (read == BOXD_READ_DATA) {
        bool ended = memchr(chunk->data, '\n', chunk->size);
        fwrite(chunk->data, 1, chunk->size, chunk->stream == BOXD_STDERR ? stderr : stdout);
        boxd_chunk_free(chunk);
        if (ended)
            write_next(j);
        else
            boxd_aio_process_read(j->process, NULL, on_chunk, j);
    } else if (read == BOXD_READ_END) {
        boxd_aio_process_wait(j->process, NULL, on_exit_code, j);
    } else {
        finish(j, err);
    }
}

static void on_process(boxd_process *process, const boxd_error *err, void *user)
{
    struct job *j = user;
    j->process = process;
    if (process)
        write_next(j);
    else
        finish(j, err);
}

static void on_box(boxd_box *box, const boxd_error *err, void *user)
{
    struct job *j = user;
    j->box = box;
    if (box)
        boxd_aio_box_exec_stream(box, BOXD_ARGV("sed", "-u", "s/.*/you said: &/"), NULL, on_process, j);
    else
        finish(j, err);
}

int main(void)
{
    struct job j = {.code = 1};
    boxd_error err = BOXD_ERROR_INIT;
    sem_init(&j.closed, 0, 0);
    j.c = boxd_compute_open(NULL, &err); /* credential: BOXD_API_KEY */
    if (!j.c) {
        boxd_error_print(&err, NULL);
        return 1;
    }
    boxd_aio_box_create(j.c, NULL, on_box, &j);
    while (sem_wait(&j.closed) != 0)
        continue;
    boxd_box_free(j.box);
    return j.code;
}
