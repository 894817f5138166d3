/* cp: what is to be copied, and how far it has come. */
#ifndef BOXCTL_COPY_H
#define BOXCTL_COPY_H

#include "boxctl.h"

/* One file or folder to copy. */
typedef struct copy_item {
    char *from, *to;
    uint64_t size;        /* bytes */
    bool is_dir, is_root; /* root: it was named on the command line */
} copy_item;

typedef struct copy_plan {
    const cli *c;
    boxd_box *box;
    bool upload;      /* else download */
    copy_item *items; /* folders before what is in them */
    size_t count, room;
    size_t sources, files, skipped, failed;
    uint64_t bytes;
} copy_plan;

/* Adds `from` and all that is in it to the plan. EXIT_GOOD, or the code of an error that was told; what in
 * it cannot be copied is told, and counted. */
int plan_upload(copy_plan *plan, const char *from, const char *to);
int plan_download(copy_plan *plan, const char *from, const char *to);
void plan_free(copy_plan *plan);

/* `folder/name`; NULL: no memory. Freed with free(). */
char *join_path(const char *folder, const char *name);

/* What stands at the end of a path, without slashes after it: "b/" of "a/b/" is "b". Freed with free(). */
char *last_part(const char *path);

/* Standard input into a file of the box; a file of the box to standard output. The exit code. */
int copy_from_input(cli *c, boxd_box *box, const char *to);
int copy_to_output(cli *c, boxd_box *box, const char *from);

/* ---- the bar, on standard error, if that is a terminal ---- */

typedef struct progress {
    bool shown;
    uint64_t total, before, now; /* bytes: of all files, of those that are done, of the one under way */
    const char *name;            /* of the one under way */
    int64_t drawn_at_ms, began_at_ms;
} progress;

void progress_begin(progress *p, const cli *c, uint64_t total);
void progress_file(progress *p, const char *name, uint64_t size);
void progress_on(uint64_t done, uint64_t total, void *p); /* boxd_progress_cb */
void progress_file_done(progress *p, uint64_t size);

/* Takes the bar away, so that a line can be printed; the next step draws it again. */
void progress_clear(progress *p);

#endif
