/*
 * library.h: the workloads of the library, on both surfaces.
 */
#ifndef BENCH_LIBRARY_H
#define BENCH_LIBRARY_H

#include "contestant.h"

#include <boxd/aio.h>
#include <boxd/boxd.h>

/* The client of the process, with callbacks on the core thread or dispatched; opened by the first call. */
boxd_compute *library_client(void);
boxd_compute *library_manual_client(void);

/* A box of that client. */
boxd_box *library_box(void);

/* Ends the program with the message of a failed call. */
_Noreturn void library_fail(const char *what, const boxd_error *error);

/* Opens a client of its own, makes one call, and leaves the client open. */
void library_first_answer(const load *l, tally *t);

/* Whoami: blocking, with callbacks on the core thread, and with callbacks that this thread dispatches. */
void library_blocking(const load *l, tally *t);
void library_in_flight(const load *l, tally *t);
void library_manual(const load *l, tally *t);

/* Commands: the round trip of a short one; one stream that is read by blocking calls, written to /dev/null,
 * or discarded; `streams` streams that are read with callbacks. */
void library_exec(const load *l, tally *t);
void library_exec_read(const load *l, tally *t);
void library_exec_fd(const load *l, tally *t);
void library_exec_discard(const load *l, tally *t);
void library_exec_async(const load *l, tally *t);

/* One file, to the path BENCH_DOWNLOAD, and from the path BENCH_UPLOAD. */
void library_download(const load *l, tally *t);
void library_upload(const load *l, tally *t);

/* Opens commands that run until they are closed, and closes them. */
void library_open_streams(const load *l, tally *t);
void library_close_streams(const load *l, tally *t);

#endif
