/*
 * File sync: copies a local directory into a box. A file is uploaded if the box has no such file, or if its
 * size differs, or if the local file is not older. With --delete, files of the box that do not exist locally
 * are deleted. Handles regular files and directories.
 *
 *     filesync_sync [--delete] DIRECTORY BOX PATH
 *     filesync_async [--delete] DIRECTORY BOX PATH
 *
 * This part is shared by both programs: the queue of things to do, which grows with each listing. In
 * filesync_sync.c a few threads work on the queue. filesync_async.c submits the next call whenever the client
 * has a free slot. Both need service 0.2, which can list directories.
 */
#ifndef BOXD_EXAMPLES_FILESYNC_H
#define BOXD_EXAMPLES_FILESYNC_H

#include <boxd/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/file.h>

enum { FILESYNC_MAX_PARALLEL = 8 };

typedef enum filesync_verb { FILESYNC_LIST, FILESYNC_MKDIR, FILESYNC_UPLOAD, FILESYNC_DELETE } filesync_verb;

typedef struct filesync_item {
    filesync_verb verb;
    /* paths; `remote` is in the box */
    char *local, *remote;
    struct filesync_item *next;
} filesync_item;

typedef struct filesync {
    const char *box;
    /* --delete was given */
    bool deletes;
    /* for each call but uploads */
    boxd_call_options call;
    /* for each upload */
    boxd_file_options files;
    filesync_item *queue, **tail;
    /* items that filesync_next() returned and that are not complete */
    int in_progress;
    int uploaded, deleted, unchanged, failed;
} filesync;

/* Reads the command line. False: it is wrong; the error was printed. */
bool filesync_init(filesync *f, int argc, char **argv, boxd_cancel_token *stop);

/* The next thing to do. NULL: the queue is empty now; items in progress may add more. One thread at a time.
 */
filesync_item *filesync_next(filesync *f);

/* Whether everything is done. */
bool filesync_is_done(const filesync *f);

/* Handles the result of an item and frees the item. `dir` is the result of a listing.
 * `error` is NULL on success. One thread at a time. */
void filesync_complete(filesync *f, filesync_item *item, boxd_dir *dir, const boxd_error *error);

/* Prints the counts, frees everything, and returns the exit code of the program. */
int filesync_finish(filesync *f);

#endif
