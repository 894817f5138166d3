/*
 * watch.h: waits for descriptors. The watch thread calls epoll_wait and posts the ready descriptors to the
 * core thread; every function here is for the core thread. An armed watch fires once.
 */
#ifndef EMULATOR_BASE_WATCH_H
#define EMULATOR_BASE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

typedef struct watch {
    /* Set by watch_init. */
    int fd;
    /* private */
    uint32_t slot;
    bool added, armed;
    void (*ready)(struct watch *w);
} watch;

int watch_start(void); /* 0 or an errno value */
void watch_stop(void);

void watch_init(watch *w, int fd, void (*ready)(watch *w)); /* with a negative fd it never fires */
void watch_arm(watch *w, uint32_t epoll_events);            /* does nothing if armed already */
void watch_end(watch *w);                                   /* before the descriptor is closed; idempotent */

#endif
