/*
 * terminal.h: a terminal of the program that a process uses. Any thread.
 */
#ifndef BOXD_TERMINAL_INTERNAL_H
#define BOXD_TERMINAL_INTERNAL_H

#include <boxd/terminal.h>

/* NULL for NULL. */
boxd_terminal *terminal_ref(boxd_terminal *t);
void terminal_unref(boxd_terminal *t);

/* The descriptors of the terminal: for input and for output. */
int terminal_in(const boxd_terminal *t);
int terminal_out(const boxd_terminal *t);

#endif
