/*
 * mask.h: hides the values of variables in a shell line, for the request log. Pure; any thread.
 */
#ifndef EMULATOR_BASE_MASK_H
#define EMULATOR_BASE_MASK_H

/* A copy of the line in which *** stands behind the first = of each word, in place of the rest of the word.
 * Quoted text is a part of its word: so the shell lines that are arguments of sh -c lose all behind their
 * first
 * =. A = that begins a word hides nothing. The caller frees the copy. */
char *mask_values(const char *line);

#endif
