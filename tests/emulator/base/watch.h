/*
 * watch.h: descriptors that are waited for. One thread sits in epoll_wait and tells the core thread what is
 * ready; everything here but that thread belongs to the core thread. A watch fires once per arming.
 */
#ifndef EMULATOR_BASE_WATCH_H
#define EMULATOR_BASE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

typedef struct watch {
    int fd;        /* set by watch_init */
    uint32_t slot; /* private from here */
    bool added, armed;
    void (*ready)(struct watch *w);
} watch;

int watch_start(void); /* 0 or an errno value */
void watch_stop(void);

void watch_init(watch *w, int fd, void (*ready)(watch *w)); /* a negative fd makes a watch that never fires */
void watch_arm(watch *w, uint32_t epoll_events);            /* does nothing while it is armed */
void watch_end(watch *w);                                   /* before the descriptor is closed; idempotent */

#endif
