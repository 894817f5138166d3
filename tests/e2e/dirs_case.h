/*
 * dirs_case.h: what the tests of directories have in common.
 */
#ifndef E2E_DIRS_CASE_H
#define E2E_DIRS_CASE_H

#include "e2e.h"

/* A directory for the test. */
extern char local[64];

/* Opens a client for the surface of index `i`, and makes the directory. */
void open_dirs(int i);
void close_dirs(boxd_box *box);

/* Runs a line of the local shell in the directory. */
int local_run(const char *line);

/* Replaces a utility of the box, such as tar, by a shell script. */
void fake_utility(boxd_box *box, const char *name, const char *script);

#endif
