/*
 * fake_client.h: a client without threads and network. The test steps its loop and sets its clock, and
 * makes the events of the service (fake_call.h).
 */
#ifndef FAKE_CLIENT_H
#define FAKE_CLIENT_H

#include "boxd/client/compute.h"

#include <boxd/types/box.h>

boxd_compute *fake_client_open(void);

/* Runs tasks and timers until nothing is left to do now. */
void fake_client_run(boxd_compute *compute);

/* The same after `ms` milliseconds. */
void fake_client_wait(boxd_compute *compute, int64_t ms);

/* Closes the client as the program would. The test then ends the calls that are stopped, and runs the loop.
 */
void fake_client_close(boxd_compute *compute);

/* Whether the loop of the client has ended. The memory lives until the last handle is freed. */
bool fake_client_closed(void);

/* A box whose id is known. */
boxd_box *fake_client_box(boxd_compute *compute);

#endif
