/* signals.h: blocks signals in the threads of the libraries. */
#ifndef BOXD_SIGNALS_H
#define BOXD_SIGNALS_H

#include <signal.h>

/* Blocks the signals of the calling thread that come from outside, and so of the threads that it creates: the
 * program's handlers for them run on the program's threads only. A signal of a fault stays unblocked, or
 * becomes so: the program's handler has to run on the thread that has the fault. signals_restore() undoes
 * it. */
void signals_block(sigset_t *before);

/* Blocks all signals: for a process that must not run the program's handlers. */
void signals_block_all(sigset_t *before);
void signals_restore(const sigset_t *before);

#endif
