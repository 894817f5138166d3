/* complete.h: candidates for the last word of a command line. */
#ifndef BOXCTL_COMPLETE_H
#define BOXCTL_COMPLETE_H

#include "cli/command.h"

/* Prints the candidates; `is_bash`: the words are as they were typed. Returns the exit code. */
int complete(cli *c, bool is_bash, char **words, int count);

/* Prints a candidate if it begins with `prefix`. `end` follows it; `description` may be NULL. */
void offer(const char *prefix, const char *word, const char *end, const char *description);

/* ---- complete_names.c ---- */

/* Opens the client without any message. NULL: nothing can be offered. */
boxd_compute *open_quietly(cli *c);

void offer_boxes(cli *c, const char *prefix, const char *end);
void offer_disks(cli *c, const char *prefix);
void offer_snapshots(cli *c, const char *prefix);

/* Files of a box; `path` is what was typed of BOX:PATH. */
void offer_remote_files(cli *c, const char *box_name, const char *path);

/* What the argument `index` of some commands stands for; `box` is the first argument, or NULL. */
void offer_by_command(cli *c, const command *k, const char *box, int index, const char *prefix);

#endif
