/*
 * dirs_case.h: what the tests of directories have in common.
 */
#ifndef E2E_DIRS_CASE_H
#define E2E_DIRS_CASE_H

#include "e2e.h"

/* A directory for the test. */
extern char local[64];

/* Opens a client for the surface of index `i`, and makes the directory. */
void open_dirs(int i);

/* `box` or NULL. */
void close_dirs(boxd_box *box);

/* The path of `name` in the directory. It is valid for the next 15 calls. */
const char *local_path(const char *name);

/* Runs a line of the local shell in the directory; its exit code must be 0. */
void local_run(const char *line);

/* Copies the directory `from` to `to`: up, from the local directory into the box, or from the box. */
boxd_status transfer_dir(boxd_box *box, bool up, const char *from, const char *to,
                         const boxd_dir_transfer_options *options, boxd_dir_transfer **t, boxd_error *error);

/* A transfer with a box that does not answer ends at its deadline. On a slow machine the deadline is later.
 */
void expect_no_answer(boxd_box *box, bool up, const char *from, const char *to);

/* Replaces a utility of the box, such as tar, by a shell script. */
void fake_utility(boxd_box *box, const char *name, const char *script);

/* A box whose PATH has the usual utilities, but not those of `missing`, such as "tar find". */
boxd_box *box_without(const char *missing);

/* A box whose directories are copied file by file. */
boxd_box *box_without_tar(void);

/* A line of the shell that makes the directory "t" with everything that is copied: names of any bytes, long
 * names and paths, links of all kinds, modes, times before 1970 and with fractions, files around the sizes of
 * a block and a piece. */
extern const char TREE[];

/* What the directory `dir` below `local` contains, as text; and checks that `path` in the box has the same.
 */
void listing_here(const char *dir, char *out, size_t size);
void expect_same_in_box(boxd_box *box, const char *dir, const char *path);

/* Copies TREE into the box and back, each twice, and checks that nothing differs. */
void expect_round_trip(boxd_box *box, boxd_transfer_method method);

/* Checks that the result lists the failure of `path`, with a reason that contains `reason`. */
void expect_failure(const boxd_dir_transfer *t, const char *path, boxd_status status, const char *reason);

#endif
