/* fs.h: what the commands of the group `fs` share. */
#ifndef BOXCTL_FS_H
#define BOXCTL_FS_H

#include "files/files.h"

/* One path in a box that a word leads to. */
typedef struct fs_entry {
    const operand *from;
    path_facts facts;
    /* "web:/home/boxd/a", for messages */
    char *shown;
    /* the command was run for it, without a failure */
    bool done;
} fs_entry;

/* One run of a command: the words, and what they lead to. */
typedef struct fs_run {
    cli *c;
    box_pool pool;
    operand *words;
    size_t word_count;
    fs_entry *entries;
    size_t count;
    report report;
} fs_run;

/* Reads the words, each BOX:PATH. Returns EXIT_OK, or an exit code after printing the error. */
int fs_begin(fs_run *f, cli *c, char **words, int count);

/* Prints the failures and ends the run, also after fs_begin() has failed. Returns the exit code. */
int fs_end(fs_run *f, int code);

/* Finds the entries that the words lead to. A word that leads to nothing is a failure. */
void fs_find(fs_run *f, const lookup *how);

void fs_clear(fs_entry *entry);

/* Adds an entry. */
void fs_add(fs_run *f, const operand *from, const path_facts *facts);

#endif
