/**
 * @file boxd/thread.h
 * Settings of the calling thread, for programs that build blocking calls on the async API. They hold for all
 * clients.
 *
 * @since 0.1.0
 */
#ifndef BOXD_THREAD_H
#define BOXD_THREAD_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/**
 * Sets whether the calling thread is a blocking caller: a thread that submits a call and then blocks until
 * the call has ended, as the blocking library does. While the setting is on, a call that the thread submits
 * waits for a slot (max_calls_in_flight) instead of ending in BOXD_ERR_BUSY, and its callback runs on the
 * core thread in either dispatch mode, so that the thread can sleep until then. The callback should do no
 * more than wake the thread.
 *
 * @param on the new setting
 * @return the former setting
 */
BOXD_API bool boxd_aio_set_blocking_caller(bool on);

/** Whether the calling thread is inside a callback of this library, where blocking functions are refused. */
BOXD_API bool boxd_aio_in_callback(void);

BOXD_END_DECLS

#endif
