/*
 * results.h: what the checks have found.
 */
#ifndef LIVE_RESULTS_H
#define LIVE_RESULTS_H

#include <jansson.h>

#include "live.h"

typedef enum {
    /* The program ended before the check. */
    RESULT_NOT_RUN,
    /* The check could not run: `why`. */
    RESULT_SKIPPED,
    RESULT_AGREES,
    /* From the contract. */
    RESULT_DIFFERS,
    /* The contract allows what the service does, or has no statement; the emulator does something else. */
    RESULT_DIFFERS_FROM_EMULATOR,
    /* An open question; the emulator does the same or has no answer. */
    RESULT_OPEN,
} outcome;

typedef struct result {
    const live_check *check;
    outcome outcome;
    /* Covered, as `why` and `evidence`. */
    char seen[1200], why[400];
    /* An array of lines. */
    json_t *evidence;
    int64_t duration_ms;
} result;

typedef struct results {
    result *items;
    size_t count;
    /* What ended the checks early, or "". */
    char ended[256];
    live_budget used;
} results;

/* The checks that `only` selects; all if it is NULL. */
void results_init(results *r, const live_product *product, const char *only);
void results_free(results *r);
result *results_find(results *r, const char *id);
/* Takes the report of a check: {"id", "seen", "skipped", "evidence", "ms"}. */
result *results_take(results *r, const json_t *report);
size_t results_count(const results *r, outcome which);
const char *outcome_name(outcome which);

#endif
