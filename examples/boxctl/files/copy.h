/* copy.h: declarations of the command cp: the list of files to copy, and the progress bar. */
#ifndef BOXCTL_COPY_H
#define BOXCTL_COPY_H

#include "cli/boxctl.h"

/* One file or directory to copy. */
typedef struct copy_item {
    char *from, *to;
    /* bytes */
    uint64_t size;
    /* is_root: it was named on the command line */
    bool is_dir, is_root;
} copy_item;

typedef struct copy_plan {
    const cli *c;
    boxd_box *box;
    /* else download */
    bool upload;
    /* a directory comes before its entries */
    copy_item *items;
    size_t count, capacity;
    size_t sources, files, skipped, failed;
    uint64_t bytes;
} copy_plan;

/* Adds `from` and everything below it to the plan. Entries that cannot be copied are printed and counted.
 * Returns EXIT_OK, or an exit code after printing the error. */
int plan_upload(copy_plan *plan, const char *from, const char *to);
int plan_download(copy_plan *plan, const char *from, const char *to);
void plan_free(copy_plan *plan);

/* `directory/name`. NULL: out of memory. Freed with free(). */
char *join_path(const char *directory, const char *name);

/* The last component of a path without trailing slashes: "b" for "a/b/". Freed with free(). */
char *last_part(const char *path);

/* Copy standard input to a file in the box; copy a file in the box to standard output. Return the exit code.
 */
int copy_from_input(cli *c, boxd_box *box, const char *to);
int copy_to_output(cli *c, boxd_box *box, const char *from);

/* ---- the progress bar, on standard error if that is a terminal ---- */

typedef struct progress {
    bool shown;
    /* bytes: of all files; of the files that are complete; of the current file so far */
    uint64_t total, before, now;
    /* of the current file */
    const char *name;
    int64_t drawn_at_ms, began_at_ms;
} progress;

void progress_begin(progress *p, const cli *c, uint64_t total);
void progress_file(progress *p, const char *name, uint64_t size);
/* a boxd_progress_cb */
void progress_update(uint64_t done, uint64_t total, void *p);
void progress_file_done(progress *p, uint64_t size);

/* Removes the bar so that a line can be printed. The next update draws it again. */
void progress_clear(progress *p);

#endif
