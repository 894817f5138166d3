/*
 * exec_case.h: shared by the tests of the guarantees of exec.
 */
#ifndef E2E_EXEC_CASE_H
#define E2E_EXEC_CASE_H

#include "e2e.h"

boxd_process *exec_start(boxd_box *box, const char *line, const boxd_exec_options *options);

/* The output that was read, for each side. */
typedef struct everything {
    /* Indexed by BOXD_STDOUT, BOXD_STDERR; NULL: no output. */
    char *data[3];
    size_t size[3], capacity[3];
    size_t chunks;
} everything;

/* Reads until the end, or until an error. */
boxd_read_status exec_read_all(boxd_process *p, everything *all, boxd_error *error);
void exec_release(everything *all);

/* Injects a fault for the next Exec. */
void exec_inject(const char *fields);

/* Runs `line` in new commands until one of them prints `wanted`. */
void exec_wait_until(boxd_box *box, const char *line, const char *wanted);

#endif
