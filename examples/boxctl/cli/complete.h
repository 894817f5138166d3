/* complete.h: candidates for the last word of a command line. */
#ifndef BOXCTL_COMPLETE_H
#define BOXCTL_COMPLETE_H

#include "cli/run.h"

/* Prints the candidates. Returns the exit code. */
int complete(cli *c, char **words, int count);

#endif
