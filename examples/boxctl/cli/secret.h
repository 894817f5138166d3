/* secret.h: reads a credential from the user. */
#ifndef BOXCTL_SECRET_H
#define BOXCTL_SECRET_H

/* Reads a line from standard input. On a terminal it prints "WHAT for WHERE: " to standard error and shows no
 * letters. Returns the line without blanks at its ends, freed with secret_free(). NULL: the error was
 * printed, and
 * `*code` is the exit code. */
char *secret_read(const char *what, const char *where, int *code);

/* Overwrites and frees the secret. NULL is allowed. */
void secret_free(char *secret);

#endif
