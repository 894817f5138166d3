/*
 * fake_client.h: a client without threads and network. The test steps its loop and sets its clock;
 * fake_call.h plays the service.
 */
#ifndef FAKE_CLIENT_H
#define FAKE_CLIENT_H

#include "boxd/client/compute.h"

#include <boxd/types/box.h>

boxd_compute *fake_client_open(void);

/* Runs tasks and timers until nothing is left to do now. */
void fake_client_run(boxd_compute *compute);

/* The same `ms` later. */
void fake_client_wait(boxd_compute *compute, int64_t ms);

/* Closes it as the program would. Then play the end of calls that are stopped, and run it. */
void fake_client_close(boxd_compute *compute);

/* Whether its loop has ended. The memory lives until the last handle is freed. */
bool fake_client_closed(void);

/* A box whose id is known. */
boxd_box *fake_client_box(boxd_compute *compute);

#endif
