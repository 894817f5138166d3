/**
 * @file thread.h
 * What the calling thread does, for those who build on the async surface: the same for all clients.
 */
#ifndef BOXD_THREAD_H
#define BOXD_THREAD_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/**
 * For those who build a blocking call on an async one, as the blocking library does: while this is on, calls
 * that the calling thread submits wait for room (max_calls_in_flight) instead of being refused, and call back
 * on the core thread in either dispatch mode, so that the thread may sleep until then. The callback should do
 * no more than wake it.
 *
 * @param on whether the calling thread's submissions are so from now on
 * @return what it was before
 */
BOXD_API bool boxd_aio_set_blocking_caller(bool on);

/** Whether the calling thread is inside a callback of this library, where blocking functions are refused. */
BOXD_API bool boxd_aio_in_callback(void);

BOXD_END_DECLS

#endif
