/*
 * lines.h: prints a log: as it is, or line by line for the options --tail, --since and --json. A log is used
 * by one thread; several may print at the same time.
 */
#ifndef BOXCTL_RUN_LINES_H
#define BOXCTL_RUN_LINES_H

#include "cli/boxctl.h"

typedef struct line {
    char *data;
    size_t size;
} line;

typedef struct lines {
    FILE *to;
    /* each line is printed as JSON */
    bool json;
    /* the name of the log in the JSON, or NULL */
    const char *stream;
    /* the lines from this time on, as they begin with a time; 0: all */
    int64_t since_ms;
    /* only so many of the last lines before lines_end_tail(); negative: all */
    int64_t tail;

    /* The rest is private. The beginning of a line whose end did not come yet. */
    line partial;
    size_t capacity;
    /* `tail` lines in a ring: the next one is stored at `next` */
    line *ring;
    size_t next;
    /* whether the last line with a time is printed; before the first: false */
    bool passes;
    /* lines before the first one with a time; SIZE_MAX: there was one */
    size_t undated;
    bool failed;
} lines;

/* Prepares a log whose public members are set. False: out of memory. lines_end() prints this. */
bool lines_begin(lines *l);

/* Prints bytes of the log. False: they cannot be printed, and nothing more should be read. */
bool lines_add(lines *l, const void *data, size_t size);

/* Prints the last lines of what was added. What is added from now on is printed at once. */
bool lines_end_tail(lines *l);

/* Prints what is left, and frees the memory. Returns the exit code. */
int lines_end(lines *l);

/* Bytes as JSON: puts `key` and, as "utf-8" or "base64", `key`_encoding or `encoding_key` into `object`. */
void json_put_bytes(json_t *object, const char *key, const char *encoding_key, const void *data, size_t size);

/* Reads the value of --since: a duration before now, or a time of RFC 3339, whose parts from the right may be
 * left out; without a zone it is a time of this machine. False: neither. */
bool lines_parse_since(const char *text, int64_t *unix_ms);

#endif
