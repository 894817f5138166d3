/* copy.h: one run of cp, sync or `fs mv`. plan.c makes the list of copies, copy.c runs it with transfer.c,
 * stream.c and attributes.c. */
#ifndef BOXCTL_COPY_H
#define BOXCTL_COPY_H

#include "files/files.h"

#include <sys/stat.h>

/* One source, and the path of its copy. */
typedef struct copy_item {
    const operand *from;
    /* "web:/home/boxd/a" or a local path, for messages */
    char *shown;
    /* of the source: in the box, or local */
    char *path;
    path_facts facts;
    /* of the copy: in the box, or local */
    char *to;
    path_facts to_facts;
    /* it cannot be copied, or was not: the report says why */
    bool refused;
} copy_item;

typedef struct copy_options {
    string_list include, exclude;
    bool preserve, follow, skip_links;
    /* of sync; `lists`: the changes are in the result */
    bool deletes, by_content, dry_run, lists;
} copy_options;

typedef struct copy {
    cli *c;
    const copy_options *options;
    /* `fs mv`: links that are named are not followed, and directories are not merged */
    bool moves;
    /* `fs cat`: all sources go to one stream */
    bool concatenates;
    box_pool pool;
    operand *sources;
    size_t source_count;
    operand target;
    path_facts target_facts;
    copy_item *items;
    size_t count;
    /* what is in the plan was begun */
    bool acted;
    report report;
    progress progress;
    /* the umask of the user: transfers to local files run with another one */
    mode_t umask;
} copy;

/* Whether the source and the copy are in the same box. */
bool is_in_one_box(const copy *k, const copy_item *item);

/* The steps of a command. */
typedef struct copy_steps {
    /* after the words were read; or NULL. Returns EXIT_OK, or an exit code after printing the error */
    int (*check)(const copy *k);
    /* as plan_make() */
    int (*plan)(copy *k);
    /* does what is in the plan */
    void (*act)(copy *k);
    /* prints the result, after the failures; or NULL. Returns the exit code of printing */
    int (*print)(copy *k);
} copy_steps;

/* Runs a command whose words are the sources and then the target. Returns the exit code. */
int copy_command(copy *k, const copy_steps *steps, char **words, int count);

/* Whether a failure with this status is one of the target, when one of the two sides is local. */
bool fails_at_target(const copy *k, boxd_status status);

/* The path of a copy for messages: "web:/home/boxd/a" or a local path. Freed with free(). */
char *target_shown(const copy *k, const copy_item *item);

/* Adds the error of a call that copies `item`. */
typedef void (*copy_error_cb)(copy *k, const copy_item *item, const boxd_error *error);

/* Adds the error with the path of the side that failed. */
void report_copy_error(copy *k, const copy_item *item, const boxd_error *error);

/* "12 files, 3.4 MiB" */
void format_amount(char *to, size_t size, const report *r);

/* The result as JSON, for the path `to`. */
json_t *result_json(const report *r, const char *to);

/* Copies what is in the plan. */
void copy_run(copy *k);

/* Makes the plan: looks up the sources and the target, and decides the path of each copy. Sources that cannot
 * be copied are in the report. Returns EXIT_OK; EXIT_USAGE after printing why the words are wrong; or
 * PLAN_REPORTED if nothing can be copied, which the report says. */
enum { PLAN_REPORTED = -1 };
int plan_make(copy *k);
void plan_free(copy *k);

/* Whether the target must be a directory that exists. The words decide, not the number of files that they
 * lead to: a target must not become a new name because only one of the sources exists. */
bool needs_directory(const copy *k);

/* Sets the facts of the target. Returns whether it can take the sources: it exists, or its parent does. */
bool plan_target(copy *k);

/* Local regular files into a box, or regular files of a box to local ones: several at a time. `items` end
 * with NULL. A new local file can only be read by its user until it has the mode of its source. */
void transfer_files(copy *k, copy_item **items);

/* A directory into a box or out of it. */
void transfer_dir(copy *k, copy_item *item);

/* What a directory differs in. `on_change` may be NULL. */
typedef struct differences {
    boxd_dir_change_cb on_change;
    void *change_data;
    copy_error_cb add_error;
} differences;

void transfer_differences(copy *k, copy_item *item, const differences *how);

/* One file, as a stream of bytes; and a directory from one box to another, as an archive. */
void stream_file(copy *k, copy_item *item);
void stream_dir(copy *k, copy_item *item);

/* A file or directory from one path of a box to another. */
void copy_in_box(copy *k, copy_item *item);

/* Gives files that were copied into a box the modes of their sources, and with --preserve the times. `items`
 * end with NULL. */
void set_attributes_in_box(copy *k, copy_item **items);
void set_attributes_here(copy *k, const copy_item *item);

/* Finds how much will be copied, for the progress, while the copy runs. */
void begin_counting(copy *k);
void end_counting(void);

#endif
