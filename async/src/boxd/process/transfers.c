/*
 * transfers.c: which descriptor of a command transfers its next piece, and the meaning of a finished
 * piece. Called by the process on the core thread; the thread of the descriptors moves the bytes.
 */
#include "boxd/process/transfers.h"

#include "container_of.h"
#include "errors.h"
#include "mem.h"
#include "os/libc.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define PIECE_BYTES ((size_t)64 * 1024)

static boxd_status open_fd(transfer *t, int fd, bool writes, const char *option, boxd_error *error)
{
    const int failed = fd_transfer_open(&t->fd, fd, writes);
    if (!failed)
        return BOXD_OK;
    t->fd.fd = -1;
    const boxd_status status = failed == EBADF    ? BOXD_ERR_INVALID_ARGUMENT
                               : failed == ENOMEM ? BOXD_ERR_NO_MEMORY
                                                  : BOXD_ERR_FAILED; /* no descriptors are left */
    return error_set(error, status, "%s: descriptor %d cannot be %s (%s)", option, fd,
                     writes ? "written" : "read", ERRNO_TEXT(failed));
}

boxd_status transfers_open(transfers **all, void *owner, const input *in, const output *o,
                           const boxd_exec_options *options, boxd_error *error)
{
    const bool reads = in->mode == BOXD_INPUT_FD;
    const bool out = o->sides[SIDE_OUT].mode == BOXD_OUTPUT_FD,
               err = o->sides[SIDE_ERR].mode == BOXD_OUTPUT_FD;
    *all = NULL;
    if (!reads && !out && !err)
        return BOXD_OK;
    transfers *t = *all = mem_calloc(1, sizeof *t);
    if (!t)
        return error_no_memory(error, "starting a command");
    t->in = (transfer){.fd.fd = -1, .owner = owner, .name = "input"};
    t->out = (transfer){.fd.fd = -1, .owner = owner, .name = "output"};
    t->err = (transfer){.fd.fd = -1, .owner = owner, .name = "error output"};
    if (reads) {
        t->buffer = mem_alloc(PIECE_BYTES);
        if (!t->buffer)
            return error_no_memory(error, "starting a command");
        if (open_fd(&t->in, options->in.fd, false, "in", error) != BOXD_OK)
            return error->status;
    }
    if (out && open_fd(&t->out, options->out.fd, true, "out", error) != BOXD_OK)
        return error->status;
    if (err)
        open_fd(&t->err, options->err.fd, true, "err", error);
    return error->status;
}

void transfers_close(transfers *all)
{
    if (!all)
        return;
    fd_transfer_close(&all->in.fd);
    fd_transfer_close(&all->out.fd);
    fd_transfer_close(&all->err.fd);
    mem_free(all->buffer);
    mem_free(all);
}

/* ---- the next piece ---- */

static bool is_idle(const transfer *t)
{
    return t->fd.fd >= 0 && !t->fd.running;
}

static bool take_chunk(transfer *t, output *o, side_index where)
{
    if (!is_idle(t) || t->chunk)
        return false;
    t->chunk = output_next(o, where);
    if (!t->chunk)
        return false;
    t->fd.data = (char *)(uintptr_t)t->chunk->public.data; /* only read */
    t->fd.size = t->chunk->public.size;
    return true;
}

transfer *transfers_next(transfers *all, output *o, bool reads)
{
    if (!all)
        return NULL;
    if (take_chunk(&all->out, o, SIDE_OUT))
        return &all->out;
    if (take_chunk(&all->err, o, SIDE_ERR))
        return &all->err;
    if (!reads || !is_idle(&all->in))
        return NULL;
    all->in.fd.data = all->buffer;
    all->in.fd.size = PIECE_BYTES;
    return &all->in;
}

void transfer_abandon(transfer *t)
{
    if (t->chunk)
        boxd_chunk_free(&t->chunk->public);
    t->chunk = NULL;
}

/* A terminal that hung up, or that this process may not read, is at its end: EIO. Of a file EIO is a failure.
 */
transfer_result transfer_finish(transfer *t)
{
    const bool hung_up = !t->fd.writes && t->fd.error == EIO && t->fd.kind != FD_FILE;
    const int error = hung_up ? 0 : t->fd.error;
    if (t->fd.writes) {
        t->incomplete = error != 0;
        transfer_abandon(t);
    }
    if (error == ECANCELED)
        return TRANSFER_STOPPED;
    if (error != 0)
        return TRANSFER_FAILED;
    if (t->fd.writes)
        return TRANSFER_WRITTEN;
    return t->fd.done > 0 ? TRANSFER_READ : TRANSFER_READ_END;
}

void transfer_error(const transfer *t, const char *subject, boxd_sent sent, boxd_error *error)
{
    error_set_sent(error, BOXD_ERR_LOCAL_FILE, sent,
                   "%s was ended: %s the descriptor given for its %s failed (%s)", subject,
                   t->fd.writes ? "writing to" : "reading from", t->name, ERRNO_TEXT(t->fd.error));
}

/* ---- all of them ---- */

void transfers_stop(transfers *all, bool flush)
{
    if (!all)
        return;
    fd_transfer_stop(&all->in.fd);
    if (flush)
        return;
    fd_transfer_stop(&all->out.fd);
    fd_transfer_stop(&all->err.fd);
}

bool transfers_running(const transfers *all)
{
    return all && (all->in.fd.running || all->out.fd.running || all->err.fd.running);
}

bool transfers_writing(const transfers *all)
{
    return all && (all->out.fd.running || all->err.fd.running);
}

static bool is_flushed(const output *o, side_index where)
{
    const side *s = &o->sides[where];
    return s->mode != BOXD_OUTPUT_FD || list_is_empty(&s->chunks);
}

bool transfers_flushed(const transfers *all, const output *o)
{
    return !all || (!all->out.incomplete && !all->err.incomplete && is_flushed(o, SIDE_OUT) &&
                    is_flushed(o, SIDE_ERR));
}
