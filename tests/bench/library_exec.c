/* Commands with the library: short ones, output in each mode, many streams at once, and streams that stay
 * open. */
#include "library.h"

#include "gate.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static const boxd_exec_options read_options = {.size = sizeof read_options,
                                               .in = {.mode = BOXD_INPUT_CLOSED}};

void library_exec(const load *l, tally *t)
{
    char line[64];
    boxd_box *box = library_box();
    load_command(l, line, sizeof line);
    for (; !load_is_over(l, t->operations); t->operations++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_exec_result *result = boxd_box_exec_shell(box, line, NULL, &error);
        if (!result)
            library_fail("a command", &error);
        boxd_exec_result_free(result);
    }
}

/* ---- one stream ---- */

static boxd_process *start(const load *l, const boxd_exec_options *options)
{
    char line[64];
    boxd_error error = BOXD_ERROR_INIT;
    load_command(l, line, sizeof line);
    boxd_process *p = boxd_box_exec_shell_stream(library_box(), line, options, &error);
    if (!p)
        library_fail("a command", &error);
    return p;
}

/* A chunk holds one message or several. */
static void count_messages(const load *l, tally *t)
{
    t->operations = (long)t->bytes / l->message_bytes;
}

void library_exec_read(const load *l, tally *t)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_read_status status;
    boxd_chunk *chunk;
    boxd_process *p = start(l, &read_options);
    while ((status = boxd_process_read(p, NULL, &chunk, &error)) == BOXD_READ_DATA) {
        touch(chunk->data, chunk->size);
        t->bytes += (double)chunk->size;
        boxd_chunk_free(chunk);
    }
    count_messages(l, t);
    if (status == BOXD_READ_ERROR)
        library_fail("reading a command", &error);
    boxd_process_free(p);
}

static void run_to_end(const load *l, tally *t, const boxd_exec_options *options)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_process *p = start(l, options);
    boxd_exec_result *result = boxd_process_result(p, NULL, &error);
    if (!result)
        library_fail("a command", &error);
    t->bytes = (double)result->out_bytes;
    count_messages(l, t);
    boxd_exec_result_free(result);
    boxd_process_free(p);
}

void library_exec_fd(const load *l, tally *t)
{
    const int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
    boxd_exec_options options = read_options;
    options.out = (boxd_output){.mode = BOXD_OUTPUT_FD, .fd = fd};
    run_to_end(l, t, &options);
    close(fd);
}

void library_exec_discard(const load *l, tally *t)
{
    boxd_exec_options options = read_options;
    options.out.mode = BOXD_OUTPUT_DISCARD;
    run_to_end(l, t, &options);
}

/* ---- streams with callbacks ---- */

/* Used on the core thread, and before the first callback. */
typedef struct reading {
    tally *tally;
    long left;
    gate done;
} reading;

/* A stream of a reading. */
typedef struct reader {
    reading *all;
    boxd_process *process;
} reader;

static void finish(reading *r)
{
    if (--r->left == 0)
        gate_open(&r->done);
}

static void on_chunk(boxd_read_status status, boxd_chunk *chunk, const boxd_error *error, void *data)
{
    reader *r = data;
    if (status == BOXD_READ_ERROR)
        library_fail("reading a command", error);
    if (status == BOXD_READ_END) {
        boxd_process_free(r->process);
        finish(r->all);
        return;
    }
    touch(chunk->data, chunk->size);
    r->all->tally->bytes += (double)chunk->size;
    boxd_chunk_free(chunk);
    boxd_aio_process_read(r->process, NULL, on_chunk, r);
}

static void on_started(boxd_process *process, const boxd_error *error, void *data)
{
    reader *r = data;
    if (!process)
        library_fail("a command", error);
    r->process = process;
    boxd_aio_process_read(process, NULL, on_chunk, r);
}

void library_exec_async(const load *l, tally *t)
{
    char line[64];
    reading all = {.tally = t, .left = l->streams};
    reader *readers = allocate((size_t)l->streams, sizeof *readers);
    gate_init(&all.done);
    load_command(l, line, sizeof line);
    for (long i = 0; i < l->streams; i++) {
        readers[i].all = &all;
        boxd_aio_box_exec_shell_stream(library_box(), line, &read_options, on_started, &readers[i]);
    }
    gate_wait(&all.done);
    count_messages(l, t);
    free(readers);
}

/* ---- streams that stay open ---- */

static reader *held;
static long held_count;

static void on_first_chunk(boxd_read_status status, boxd_chunk *chunk, const boxd_error *error, void *data)
{
    reader *r = data;
    if (status != BOXD_READ_DATA)
        library_fail("a command that stays open", error);
    boxd_chunk_free(chunk);
    r->all->tally->operations++;
    finish(r->all);
}

static void on_held(boxd_process *process, const boxd_error *error, void *data)
{
    reader *r = data;
    if (!process)
        library_fail("a command that stays open", error);
    r->process = process;
    boxd_aio_process_read(process, NULL, on_first_chunk, r);
}

void library_open_streams(const load *l, tally *t)
{
    reading all = {.tally = t, .left = l->streams};
    boxd_exec_options options = read_options;
    options.liveness_ms = -1; /* no requests for the status of silent boxes: they would add memory */
    held = allocate((size_t)l->streams, sizeof *held);
    held_count = l->streams;
    gate_init(&all.done);
    for (long i = 0; i < held_count; i++) {
        held[i].all = &all;
        boxd_aio_box_exec_shell_stream(library_box(), "hold", &options, on_held, &held[i]);
    }
    gate_wait(&all.done);
}

void library_close_streams(const load *l, tally *t)
{
    (void)l;
    for (long i = 0; i < held_count; i++)
        boxd_process_free(held[i].process);
    t->operations = held_count;
    free(held);
    held = NULL;
}
