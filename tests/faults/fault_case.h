/*
 * fault_case.h: shared by the test programs of this folder: the hostile server, a client of one of its ports,
 * a box.
 */
#ifndef FAULTS_FAULT_CASE_H
#define FAULTS_FAULT_CASE_H

#include "e2e.h"
#include "fault_process.h"

/* Of each client; no message shows it. */
#define FAULT_TOKEN "secret-token-of-the-client"
#define FAULT_BOX_ID "11111111-1111-4111-8111-111111111111"

extern fault_process fault_server;
extern boxd_box *fault_box;

/* Opens `compute` for a port of the server and the surface `on`, and makes `fault_box`. On the port "plain"
 * the id of the box is known; elsewhere the first call looks the box up. */
void fault_open(const char *port);
void fault_open_at(const fault_process *server, const char *port);
void fault_close(void);

/* The options of a call that asks for a behaviour. Valid until the next call of this function. */
const boxd_call_options *fault_call(const char *behaviour, int64_t timeout_ms, boxd_cancel_token *cancel);

/* Waits until `count` calls have asked for the behaviour in all, and until the client has ended `count` of
 * them. */
void fault_wait_started(const char *behaviour, int count);
void fault_wait_cancelled(const char *behaviour, int count);

/* How many calls with this behaviour the server has received, and how many of them it has seen end. Without
 * waiting. */
int fault_started(const char *behaviour);
int fault_cancelled(const char *behaviour);

/* Lets the calls of the behaviour go on that wait for it. */
void fault_release(const char *behaviour);

/* Starts the server, runs the suite, and returns the exit status of the program. */
int fault_main(Suite *suite);

#endif
