/*
 * mask.h: hides the values of variables in a shell line, for the request log. Pure; any thread.
 */
#ifndef EMULATOR_BASE_MASK_H
#define EMULATOR_BASE_MASK_H

/* A copy of the line in which each word NAME=value, quoted or not, is NAME=***: assignments in front of a
 * command, and arguments of export or env. The caller frees it. */
char *mask_values(const char *line);

#endif
