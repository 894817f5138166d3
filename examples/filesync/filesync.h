/*
 * File sync: makes a directory of a box like one here. What is missing there, of another size, or not older
 * here goes over; with --delete what is not here is deleted there. Regular files and directories.
 *
 *     filesync_sync [--delete] DIRECTORY BOX PATH
 *     filesync_async [--delete] DIRECTORY BOX PATH
 *
 * This is what the two share: the list of things to do, which grows with what listings tell. filesync_sync.c
 * works it off with a few threads; filesync_async.c hands the things to the client as long as that has room
 * for calls in flight. They need today's service, for its listings.
 */
#ifndef BOXD_EXAMPLES_FILESYNC_H
#define BOXD_EXAMPLES_FILESYNC_H

#include <boxd/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/file.h>

enum { FILESYNC_AT_A_TIME = 8 };

typedef enum filesync_verb { FILESYNC_LIST, FILESYNC_MKDIR, FILESYNC_UPLOAD, FILESYNC_DELETE } filesync_verb;

typedef struct filesync_item {
    filesync_verb verb;
    char *here, *there; /* paths */
    struct filesync_item *next;
} filesync_item;

typedef struct filesync {
    const char *box;
    bool delete_too;
    boxd_call_options call;  /* for each call */
    boxd_file_options files; /* for each upload */
    filesync_item *to_do, **tail;
    int taken; /* items that are being done */
    int uploaded, deleted, unchanged, failed;
} filesync;

/* Reads the command line. False: it makes no sense, and that was said. */
bool filesync_begin(filesync *f, int argc, char **argv, boxd_cancel_token *stop);

/* The next thing to do, or NULL: none now. While some are taken, more may come. */
filesync_item *filesync_next(filesync *f);

/* Everything is done. */
bool filesync_done(const filesync *f);

/* The outcome of an item, which it frees. `dir` is a listing's, which it may sort; `error` is NULL on
 * success. Like filesync_next(), from one thread at a time. */
void filesync_took(filesync *f, filesync_item *item, boxd_dir *dir, const boxd_error *error);

/* Prints the counts, frees everything, and returns the program's exit code. */
int filesync_end(filesync *f);

#endif
