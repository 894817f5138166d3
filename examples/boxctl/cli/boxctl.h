/*
 * boxctl.h: the framework, for the files with commands.
 *
 * A command is a row of data (`command`): its name, its arguments, a table of its options, and a function.
 * main.c finds the row and opens the client or the box that it needs, options.c reads the options, help.c
 * writes the help, the function makes a JSON value, and output.c prints this value as JSON (--json) or as a
 * table. Everything runs on the main thread, unless a comment says otherwise.
 */
#ifndef BOXCTL_H
#define BOXCTL_H

#include "cli/command.h"
#include "cli/output.h"
#include "cli/parse.h"
#include "cli/run.h"

#endif
