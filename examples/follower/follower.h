/*
 * Log follower: prints the logs of several boxes while they are written. Each line begins with the name of
 * its box. Ends when all boxes are gone, or on Ctrl-C.
 *
 *     follower_sync BOX...
 *     follower_async BOX...
 *
 * This part is shared by both programs: it joins chunks, which can be cut anywhere, to lines. follower_sync.c
 * has a thread for each box; the callbacks of follower_async.c run on the client's core thread.
 */
#ifndef BOXD_EXAMPLES_FOLLOWER_H
#define BOXD_EXAMPLES_FOLLOWER_H

#include <boxd/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/process.h>

typedef struct follower_source {
    const char *name;
    /* used by the driver only */
    boxd_logs *logs;
    /* "NAME | " and the beginning of a line; a longer line is printed as two lines */
    char line[4096];
    size_t prefix, used;
    bool failed;
} follower_source;

typedef struct follower {
    int count;
    follower_source *sources;
    /* for each log */
    boxd_box_stream_logs_options options;
} follower;

/* Reads the command line. False: it is wrong, or memory ran out; the error was printed. */
bool follower_init(follower *f, int argc, char **argv, boxd_cancel_token *stop);

/* Adds a chunk of a log and prints the lines that are complete now. */
void follower_add(follower_source *source, const boxd_chunk *chunk);

/* A log has ended; `error` is NULL if it ended normally. BOXD_ERR_CANCELLED is not a failure: the user
 * stopped it. */
void follower_set_ended(follower_source *source, const boxd_error *error);

/* Frees the sources and returns the exit code of the program. */
int follower_finish(follower *f);

#endif
