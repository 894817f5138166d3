/*
 * transfer.c: the program's descriptors in the place of a command's pipes, and its terminal: a piece at a
 * time, each moved by the descriptors' thread and handed on when the one before was taken.
 */
#include "boxd/process/process_steps.h"
#include "container_of.h"
#include "core/clock.h"
#include "errors.h"
#include "mem.h"

#include <errno.h>
#include <string.h>

#define PIECE_BYTES ((size_t)64 * 1024)
#define SIZE_LOOK_MS 200 /* between looks at the terminal's size: SIGWINCH is the program's */

/* ---- opening ---- */

static boxd_status open_fd(transfer *t, boxd_process *p, int fd, bool writes, const char *what,
                           boxd_error *error)
{
    t->process = p;
    const int failed = fd_transfer_open(&t->fd, fd, writes);
    if (!failed)
        return BOXD_OK;
    t->fd.fd = -1;
    return error_set(error, failed == EMFILE ? BOXD_ERR_FAILED : BOXD_ERR_INVALID_ARGUMENT,
                     "%s: descriptor %d cannot be %s (%s)", what, fd, writes ? "written" : "read",
                     strerrordesc_np(failed));
}

static boxd_status open_side(boxd_process *p, side_index where, transfer *t, int fd, const char *what,
                             boxd_error *error)
{
    if (p->thread_data.output.sides[where].mode != BOXD_OUTPUT_FD)
        return BOXD_OK;
    return open_fd(t, p, fd, true, what, error);
}

boxd_status transfers_open(boxd_process *p, const boxd_exec_options *options, boxd_error *error)
{
    const side *sides = p->thread_data.output.sides;
    if (p->thread_data.input.mode != BOXD_INPUT_FD && sides[SIDE_OUT].mode != BOXD_OUTPUT_FD &&
        sides[SIDE_ERR].mode != BOXD_OUTPUT_FD)
        return BOXD_OK;
    transfers *all = p->transfers = mem_calloc(1, sizeof *all);
    if (!all)
        return error_no_memory(error, "starting a command");
    all->in.fd.fd = all->out.fd.fd = all->err.fd.fd = -1;
    if (p->thread_data.input.mode == BOXD_INPUT_FD) {
        p->thread_data.input.bytes = mem_alloc(PIECE_BYTES);
        if (!p->thread_data.input.bytes)
            return error_no_memory(error, "starting a command");
        if (open_fd(&all->in, p, options->in.fd, false, "in", error) != BOXD_OK)
            return error->status;
    }
    if (open_side(p, SIDE_OUT, &all->out, options->out.fd, "out", error) != BOXD_OK)
        return error->status;
    return open_side(p, SIDE_ERR, &all->err, options->err.fd, "err", error);
}

void transfers_close(boxd_process *p)
{
    transfers *all = p->transfers;
    if (!all)
        return;
    fd_transfer_close(&all->in.fd);
    fd_transfer_close(&all->out.fd);
    fd_transfer_close(&all->err.fd);
    mem_free(all);
}

/* ---- moving ---- */

static transfer *transfer_of(fd_transfer *fd)
{
    return (transfer *)(void *)fd;
}

static void fail(boxd_process *p, const transfer *t)
{
    boxd_error *failure = process_failure(p);
    if (failure->status != BOXD_OK)
        return;
    error_set_sent(failure, BOXD_ERR_LOCAL_FILE, BOXD_SENT_YES,
                   "%s was ended: %s the descriptor given for its %s failed (%s)", p->stream.handle.subject,
                   t->fd.writes ? "writing to" : "reading from",
                   t == &p->transfers->in    ? "input"
                   : t == &p->transfers->out ? "output"
                                             : "error output",
                   strerrordesc_np(t->fd.error));
    process_fail(p);
}

/* The process is kept while a transfer of it runs. */
static bool start(transfer *t, char *data, size_t size)
{
    boxd_process *p = t->process;
    boxd_compute *compute = p->stream.handle.compute;
    t->fd.data = data;
    t->fd.size = size;
    if (fd_transfer_start(&t->fd, &compute->thread_data.fds, process_loop(p), process_failure(p)) ==
        BOXD_OK) {
        handle_ref(p);
        return true;
    }
    process_fail(p);
    return false;
}

static void moved(transfer *t)
{
    boxd_process *p = t->process;
    if (t->fd.error != 0 && t->fd.error != ECANCELED)
        fail(p, t);
    process_advance(p);
    process_settle(p);
    stream_unref(&p->stream);
}

static void on_written(fd_transfer *fd)
{
    transfer *t = transfer_of(fd);
    t->cut = fd->error != 0;
    boxd_chunk_free(&t->chunk->public);
    t->chunk = NULL;
    moved(t);
}

/* A terminal that hung up, or whose reading this process may not do, is at its end. */
static void on_read(fd_transfer *fd)
{
    transfer *t = transfer_of(fd);
    input *in = &t->process->thread_data.input;
    if (fd->error == EIO && fd->kind != FD_FILE) /* of a file it is what it says */
        fd->error = 0;
    in->sent = 0;
    in->size = fd->error == 0 ? fd->done : 0;
    in->ending = fd->error == 0 && fd->done == 0;
    moved(t);
}

static void advance_output(boxd_process *p, side_index where, transfer *t)
{
    if (t->fd.fd < 0 || t->fd.running || t->chunk || process_failure(p)->status != BOXD_OK)
        return;
    t->chunk = output_next(&p->thread_data.output, where);
    if (!t->chunk)
        return;
    union {
        const void *from;
        char *to; /* it is only read */
    } data = {t->chunk->public.data};
    t->fd.over = on_written;
    if (!start(t, data.to, t->chunk->public.size)) {
        boxd_chunk_free(&t->chunk->public);
        t->chunk = NULL;
    }
}

static void advance_input(boxd_process *p)
{
    input *in = &p->thread_data.input;
    transfer *t = &p->transfers->in;
    if (t->fd.fd < 0 || t->fd.running || in->sent < in->size || in->under_way || in->ending ||
        !p->thread_data.started || process_failure(p)->status != BOXD_OK)
        return;
    t->fd.over = on_read;
    start(t, in->bytes, PIECE_BYTES);
}

/* ---- the terminal's size ---- */

static void on_size_look(timer *t)
{
    boxd_process *p = CONTAINER_OF(t, boxd_process, thread_data.size);
    input *in = &p->thread_data.input;
    uint32_t cols = 0, rows = 0;
    boxd_terminal_size(p->terminal, &cols, &rows);
    if (cols && rows && (cols != in->cols || rows != in->rows)) {
        in->cols = cols;
        in->rows = rows;
        in->resized = true;
        process_advance(p);
    }
    loop_timer_set(process_loop(p), t, clock_after_ms(SIZE_LOOK_MS), on_size_look);
}

/* ---- all of them ---- */

void transfers_advance(boxd_process *p)
{
    if (!p->transfers || !p->stream.thread_data.run)
        return;
    advance_output(p, SIDE_OUT, &p->transfers->out);
    advance_output(p, SIDE_ERR, &p->transfers->err);
    if (!stream_is_open(&p->stream))
        return;
    advance_input(p);
    if (p->terminal && !p->thread_data.size.set)
        loop_timer_set(process_loop(p), &p->thread_data.size, clock_after_ms(SIZE_LOOK_MS), on_size_look);
}

void transfers_end(boxd_process *p, bool flush)
{
    if (!p->transfers)
        return;
    loop_timer_clear(process_loop(p), &p->thread_data.size);
    fd_transfer_stop(&p->transfers->in.fd);
    if (flush) {
        transfers_advance(p);
    } else {
        fd_transfer_stop(&p->transfers->out.fd);
        fd_transfer_stop(&p->transfers->err.fd);
    }
}

bool transfers_running(const boxd_process *p)
{
    const transfers *all = p->transfers;
    return all && (all->in.fd.running || all->out.fd.running || all->err.fd.running);
}

bool transfers_writing(const boxd_process *p)
{
    const transfers *all = p->transfers;
    return all && (all->out.fd.running || all->err.fd.running);
}

static bool is_flushed(const boxd_process *p, side_index where)
{
    const side *s = &p->thread_data.output.sides[where];
    return s->mode != BOXD_OUTPUT_FD || !s->first;
}

bool transfers_flushed(const boxd_process *p)
{
    const transfers *all = p->transfers;
    return !all || (!all->out.cut && !all->err.cut && is_flushed(p, SIDE_OUT) && is_flushed(p, SIDE_ERR));
}
