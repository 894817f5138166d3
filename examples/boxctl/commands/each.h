/* each.h: one call for each of several arguments. */
#ifndef BOXCTL_EACH_H
#define BOXCTL_EACH_H

#include "cli/boxctl.h"

/* A call for the argument `word`. */
typedef boxd_status each_call(const cli *c, const char *word, const boxd_call_options *call,
                              boxd_error *error);

/*
 * Makes a call for each word, one after the other, and prints the words whose call succeeded: as lines, or
 * with
 * --json as an array of {KEY: word, "action": done}. A failed call is printed, and the others are made,
 * unless the failure is the same for all. Returns the exit code of the first failure.
 */
int run_each(const cli *c, char **words, int count, const char *key, const char *done, each_call *each);

/* Whether the failure of one call is that of the next calls, too: the service cannot be reached, the
 * credential is not valid, Ctrl-C. */
bool is_common_failure(const boxd_error *error);

#endif
