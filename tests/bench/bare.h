/*
 * bare.h: the workloads of the contestants that use the gRPC C core directly.
 */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include "contestant.h"

/* Whoami: a pluck loop on each thread; `in_flight` calls on one queue. */
void bare_blocking(const load *l, tally *t);
void bare_in_flight(const load *l, tally *t);

/* Whoami on `threads` threads over one background thread that has the completion queue. Calls are started by
 * the background thread, or by the thread that makes the call. */
void core_thread_blocking(const load *l, tally *t);
void core_thread_direct(const load *l, tally *t);

/* Commands: `streams` streams that are read, or written to /dev/null; the round trip of a short command. */
void bare_exec_read(const load *l, tally *t);
void bare_exec_fd(const load *l, tally *t);
void bare_exec(const load *l, tally *t);

/* One file, to the path BENCH_DOWNLOAD, and from the path BENCH_UPLOAD. */
void bare_download(const load *l, tally *t);
void bare_upload(const load *l, tally *t);

/* Opens commands that run until they are closed, and closes them. */
void bare_open_streams(const load *l, tally *t);
void bare_close_streams(const load *l, tally *t);

#endif
