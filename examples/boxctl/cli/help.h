/* help.h: the help of the commands, and what help.c and man.c have in common. */
#ifndef BOXCTL_HELP_H
#define BOXCTL_HELP_H

#include "cli/command.h"

void help_all(FILE *to);
void help_command(const command *k);
void help_group(FILE *to, const char *word);

/* Prints the help of a topic: "environment", "exit-codes". False: there is no such topic. */
bool help_topic(const char *word);

typedef struct help_row {
    /* NULL ends a table */
    const char *left, *text;
} help_row;

extern const help_row HELP_VARIABLES[], HELP_EXIT_CODES[];

/* What boxctl is; what BOX means. */
extern const char HELP_PURPOSE[], HELP_ENDING[];

/* Prints the manual page of a command, or of boxctl for NULL, in man format. */
void man_page(FILE *to, const command *k);

/* Prints the manual page of a group of commands. */
void man_group_page(FILE *to, const char *word);

#endif
