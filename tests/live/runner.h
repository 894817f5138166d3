/*
 * runner.h: runs the checks in a child process, so that a crash of a check, or of the library, neither loses
 * the results nor leaves anything behind.
 */
#ifndef LIVE_RUNNER_H
#define LIVE_RUNNER_H

#include "results.h"

/* Runs the checks of `r` and waits for their end. False: no check has run, because the service does not
 * accept the credentials or does not respond; the reason was printed. SIGINT, SIGTERM and SIGHUP end the
 * checks early: they must be blocked. No client may have been opened in this process before. */
bool runner_run(results *r, const live_settings *settings, const live_product *product, journal *j);

#endif
