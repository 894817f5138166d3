/*
 * files.h: declarations that the commands for files share: cp, sync and fs.
 *
 * A copy runs in steps: operands are read (operand.c), what they lead to is looked up here and in the boxes
 * (facts.c, box_facts.c), each source gets the path of its copy (plan.c), and copy.c moves what is in the
 * plan. Nothing is copied before the whole plan was checked. All of it runs on the main thread, except
 * callbacks and the thread that draws the progress.
 */
#ifndef BOXCTL_FILES_H
#define BOXCTL_FILES_H

#include "cli/boxctl.h"

#include <pthread.h>
#include <stdatomic.h>

/* ---- memory and paths (paths.c) ---- */

/* Returns `pointer`. Ends the program if it is NULL: the allocation that returned it failed. */
void *must(void *pointer);

/* Memory for one more item behind `count` items: `items`, or a larger array in its place. */
void *must_grow(void *items, size_t count, size_t item_size);

/* Formatted text; freed with free(). */
char *format_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* `directory/name`. Freed with free(). */
char *join_path(const char *directory, const char *name);

/* The length of a path without the slashes at its end; 1 for "/". */
size_t length_without_slashes(const char *path);

/* The last component of a path without trailing slashes: "b" for "a/b/". Freed with free(). */
char *last_part(const char *path);

/* Whether a copy can have this name: it is not empty, ".", ".." or "/". */
bool is_file_name(const char *name);

/* The directory that must exist for a new entry `path`. Freed with free(). */
char *parent_of(const char *path);

/* The path without slashes at its end: what stands there, also if it is no directory. Freed with free(). */
char *without_slashes(const char *path);

/* Whether a path is text. Requests for files carry text; commands take any bytes. */
bool is_utf8(const char *path);

/* Sets a member to a name or a path. JSON is text: a path that is not UTF-8 has U+FFFD in place of each wrong
 * byte, and its bytes are in the member KEY_base64, which is set only then. */
void json_put_path(json_t *object, const char *key, const char *path);

/* The path that json_put_path() has set. Freed with free(). */
char *json_get_path(const json_t *object, const char *key);

/* The descriptor that a path names, such as /dev/stdin or /proc/self/fd/3; or -1. */
int local_descriptor(const char *path);

/* ---- operands (operand.c) ---- */

/* A word of the command line: BOX:PATH, a local path, or "-". */
typedef struct operand {
    const char *word;
    /* NULL: local. Owned by the box_pool. */
    boxd_box *box;
    /* of a box: absolute; freed with free() */
    char *path;
    /* "-" */
    bool is_stream;
} operand;

/* The handles of the boxes that the command line names. */
typedef struct box_pool {
    cli *c;
    struct pool_item {
        char *name;
        boxd_box *box;
    } * items;
    size_t count;
} box_pool;

/* An absolute path: PATH below /home/boxd, which "~" stands for as well. The empty path is the contents of
 * /home/boxd: it ends in "/.". Freed with free(). */
char *absolute_in_box(const char *path);

/* Reads a word. Returns EXIT_OK, or an exit code after printing the error. */
int operand_read(box_pool *pool, const char *word, operand *o);
void operand_free(operand *o);
void pool_free(box_pool *pool);

/* ---- what a path leads to (box_facts.c) ---- */

typedef enum path_kind { PATH_MISSING, PATH_FILE, PATH_DIR, PATH_LINK, PATH_SPECIAL } path_kind;

typedef struct path_facts {
    char *path;
    path_kind kind;
    /* with the type of the file */
    uint32_t mode;
    uint64_t size;
    int64_t modified_s;
    int32_t modified_ns;
    /* device and inode */
    char id[48];
    /* of a path in a box: it is a link, also if the other facts are those of what it leads to */
    bool is_link;
    /* PATH_MISSING: it may exist, in a directory that the user of the box may not search */
    bool is_hidden;
    /* of a path in a box */
    char user[32], group[32];
    /* of a link, if links are not followed; or NULL */
    char *target;
    /* the index of the path that was asked for */
    size_t asked;
} path_facts;

typedef struct facts_list {
    size_t count;
    path_facts *items;
} facts_list;

typedef struct facts_request {
    /* absolute */
    const char *const *paths;
    size_t count;
    /* * ? and [] in paths are patterns, unless a file has this name */
    bool expands;
    /* of a link: the facts of what it leads to */
    bool follows;
} facts_request;

path_facts facts_here(const char *path);

/* The facts of each path, in their order. A path that does not exist, and a pattern that matches nothing, has
 * PATH_MISSING. False: the request failed. */
bool facts_in_box(const cli *c, boxd_box *box, const facts_request *request, facts_list *list,
                  boxd_error *error);
void facts_free(facts_list *list);

/* The exit code of scripts in a box without the utilities that they need. */
enum { EXIT_NO_UTILITY = 127 };

/* Runs a script with words that a command line could not hold: they are passed on standard input and become
 * its arguments, by `xargs`. `variable` is "NAME=value" for its environment, or NULL. NULL: the call failed.
 */
boxd_exec_result *run_script(const cli *c, boxd_box *box, const char *script, const char *variable,
                             const char *const *words, size_t count, boxd_error *error);

/* ---- the result of a command (report.c) ---- */

/* What was done, and what was not. Failures are printed at the end, each once. */
typedef struct report {
    const cli *c;
    uint64_t files, bytes, skipped, unchanged, deleted, failed;
    /* of `failed`: not listed, because nothing more was tried */
    uint64_t untried;
    /* the exit code: that of the failures if they agree, else EXIT_FAILED */
    int code;
    /* after a failure that the next call would have as well: nothing more is tried */
    bool stops;
    /* that call was sent, or may have been: it may have had an effect */
    bool was_sent;
    json_t *failures;
} report;

void report_init(report *r, const cli *c);
void report_free(report *r);

/* Adds a failure: a word or a path, and the reason. */
void report_fail(report *r, int code, const char *path, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Adds a failure whose message names the object. */
void report_error(report *r, const char *path, const boxd_error *error);

/* Adds a failure: why a local path cannot be used, an errno value. */
void report_errno(report *r, const char *path, int problem);

/* Whether the message of a command in a box says that a path does not exist. */
bool says_missing(const char *message, size_t length);

/* Adds a failure: the message of a command in a box. */
void report_message(report *r, const char *path, const char *message, size_t length);

/* Adds a failure: `word` needs a directory at `path`, where something else is, or nothing (PATH_MISSING). */
void report_no_directory(report *r, const char *word, const char *path, path_kind kind, bool in_box);

/* Prints the failures. */
void report_print_failures(report *r);

/* Prints the number of the failures, if there are several. */
void report_print_number(const report *r);

/* Adds failures of sources that were not tried after an error that ends the command. */
void report_untried(report *r, uint64_t count);

/* What makes a directory that a message misses, to be added to the message. */
#define MKDIR_HINT "; `boxctl fs mkdir -p` makes it"

/* Adds the error of a call on the box of `o`. If a local path has this name, it may be meant. */
void report_box(report *r, const operand *o, const boxd_error *error);

/* ---- what operands lead to (lookup.c) ---- */

/* "web:/home/boxd/a": a path in the box of `o` as a word of a command line. Freed with free(). */
char *with_box(const operand *o, const char *path);

/* How many operands at the beginning are of one box; 1 for a local one. */
size_t operands_of_one_box(const operand *operands, size_t count);

typedef struct lookup {
    bool expands, follows;
    /* an operand that leads to nothing is no failure */
    bool may_miss;
    /* called for each path that exists; `facts` are borrowed */
    void (*found)(void *data, const operand *from, const path_facts *facts);
} lookup;

/* Finds what operands of one box lead to, with one command in the box. */
void look_up(report *r, const operand *operands, size_t count, const lookup *how, void *data);

/* ---- progress (progress.c), on standard error if that is a terminal ---- */

/* A sample for each line that is drawn: 3 seconds. */
enum { RATE_SAMPLES = 16 };

typedef struct progress {
    bool shown;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* under the lock */
    bool ends;
    char name[64];
    /* what is counted besides bytes: "files" */
    const char *unit;
    /* totals: 0 if they are not known */
    atomic_uint_fast64_t bytes, files, total_bytes, total_files;
    /* of the thread: the bytes at earlier times */
    struct rate_sample {
        int64_t at_ms;
        uint64_t bytes;
    } samples[RATE_SAMPLES];
    size_t sample_count;
    /* of the thread: when a byte or a file was added, as far as it has seen, and the numbers then */
    int64_t moved_at_ms;
    uint64_t moved_bytes, moved_files;
    int64_t began_at_ms;
    bool drawn;
} progress;

/* `hidden`: the terminal shows something else, too. */
void progress_begin(progress *p, const cli *c, bool hidden);
void progress_name(progress *p, const char *name);
/* What is counted: "files", or another static word. */
void progress_unit(progress *p, const char *unit);
/* Removes the line. */
void progress_end(progress *p);

#endif
