/*
 * remote_command.h: the words of a command in a box. Pure.
 */
#ifndef BOXD_REMOTE_COMMAND_H
#define BOXD_REMOTE_COMMAND_H

#include "boxd/dirs/path_filter.h"

#include <stdbool.h>
#include <stddef.h>

/* The words of a command, which end with NULL. */
typedef struct remote_command {
    char **words;
    size_t count, capacity;
    /* Memory ran out. */
    bool failed;
} remote_command;

/* Exit codes of the scripts, which no utility has. */
enum { EXIT_NO_TAR = 101, EXIT_NO_DIR = 102, EXIT_MISSING = 103, EXIT_NO_STAT = 104 };

/* Adds the word `before` and `word` together. */
void remote_add_word(remote_command *c, const char *before, const char *word);

/* Adds words that end with NULL. */
void remote_add_words(remote_command *c, const char *const *words);

/* Adds an expression of find that matches the patterns, with the meaning of path_filter.h; and the part of an
 * expression that leaves out what is excluded. */
void remote_add_patterns(remote_command *c, char *const *patterns);
void remote_add_exclusion(remote_command *c, const path_filter *filter);

void remote_command_free(remote_command *c);

#endif
