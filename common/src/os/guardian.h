/*
 * guardian.h: a process that restores the mode of a terminal when the program ends without doing so. It is in
 * a session of its own, which no signal of the terminal reaches.
 */
#ifndef BOXD_OS_GUARDIAN_H
#define BOXD_OS_GUARDIAN_H

#include <sys/types.h>
#include <termios.h>

/* Starts it. It ends once `pipe` has a byte, and then leaves the terminal alone; once the other end of `pipe`
 * is closed without a byte, or the program has ended, it sets the mode `before` and ends. It keeps no other
 * descriptor open. The calling thread must block all signals: none of the program's handlers runs in the
 * process. Returns its id, or 0 if it is not a child of the program; -1 and errno. Any thread. */
pid_t guardian_start(int terminal, const struct termios *before, int pipe);

/* Waits for the end of a child, after a byte was sent or the pipe was closed. Any thread. */
void guardian_wait(pid_t guardian);

#endif
