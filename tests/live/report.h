/*
 * report.h: the report of a run, as Markdown for an issue and as JSON.
 */
#ifndef LIVE_REPORT_H
#define LIVE_REPORT_H

#include "clean.h"
#include "results.h"

typedef struct report {
    const live_product *product;
    const live_settings *settings;
    const results *results;
    const clean_log *cleaned;
} report;

/* Tries to open both files, before the run; false: errno says why. */
bool report_can_be_written(const live_settings *settings);
/* Writes both files; false: errno says why. */
bool report_write(const report *r);

#endif
