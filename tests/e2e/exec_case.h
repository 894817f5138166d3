/*
 * exec_case.h: what the tests of exec's contract have in common.
 */
#ifndef E2E_EXEC_CASE_H
#define E2E_EXEC_CASE_H

#include "e2e.h"

boxd_process *exec_start(boxd_box *box, const char *line, const boxd_exec_options *options);

/* What reading to the end brought, on each side. */
typedef struct everything {
    /* Of BOXD_STDOUT, BOXD_STDERR; NULL: nothing. */
    char *data[3];
    size_t size[3], capacity[3];
    size_t chunks;
} everything;

/* Until the end, or the error it ends in. */
boxd_read_status exec_read_all(boxd_process *p, everything *all, boxd_error *error);
void exec_release(everything *all);

/* A fault for the next Exec. */
void exec_inject(const char *fields);

/* Runs `line` in other commands until one prints `wanted`. */
void exec_wait_until(boxd_box *box, const char *line, const char *wanted);

#endif
