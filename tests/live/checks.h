/*
 * checks.h: the child process of a run.
 */
#ifndef LIVE_CHECKS_H
#define LIVE_CHECKS_H

#include "results.h"

/* The exit status of the process if the first call to the service fails: no check has run. */
enum { CHECKS_NOT_BEGUN = 6 };

/* Runs the checks of `r` one after the other, and writes a report of each to `reports`. Returns the exit
 * status of the process. */
int checks_run(const results *r, const live_settings *settings, const live_product *product, journal *j,
               int reports);

#endif
