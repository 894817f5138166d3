/*
 * Log follower: prints the logs of several boxes as they come, each line behind the name of its box, until
 * all boxes are gone or Ctrl-C.
 *
 *     follower_sync BOX...
 *     follower_async BOX...
 *
 * This is what the two share: lines are put together from chunks, which may be cut anywhere. follower_sync.c
 * has a thread for each box; follower_async.c has none of its own, its callbacks run on the client's.
 */
#ifndef BOXD_EXAMPLES_FOLLOWER_H
#define BOXD_EXAMPLES_FOLLOWER_H

#include <boxd/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/process.h>

typedef struct follower_source {
    const char *name;
    boxd_logs *logs; /* the driver's */
    char line[4096]; /* "NAME | " and what came of a line; one that is longer is printed as two */
    size_t prefix, used;
    bool failed;
} follower_source;

typedef struct follower {
    int count;
    follower_source *sources;
    boxd_box_stream_logs_options options; /* for each log */
} follower;

/* Reads the command line. False: it makes no sense, or memory ran out, and that was said. */
bool follower_begin(follower *f, int argc, char **argv, boxd_cancel_token *stop);

/* More of a log: prints the lines that are complete now. */
void follower_add(follower_source *source, const boxd_chunk *chunk);

/* The end of a log; NULL for a good one. That it was cancelled is no failure: it was told to end. */
void follower_ended(follower_source *source, const boxd_error *error);

/* Frees the sources and returns the program's exit code. */
int follower_end(follower *f);

#endif
