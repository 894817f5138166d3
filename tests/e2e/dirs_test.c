/* Whole directories into a box and out of it: names, links, modes, times, failures, patterns, hostile boxes.
 */
#include "e2e.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static char local[64]; /* a directory for the test */

/* Runs a line of the local shell in `local`. */
static int local_run(const char *line)
{
    char *command = NULL;
    ck_assert_int_gt(asprintf(&command, "cd '%s' && { %s\n}", local, line), 0);
    const int status = system(command);
    free(command);
    return status;
}

static void open_dirs(int i)
{
    e2e_open(i, NULL);
    (void)snprintf(local, sizeof local, "/tmp/boxd-dirs-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(local));
}

static void close_dirs(boxd_box *box)
{
    ck_assert_int_eq(local_run("chmod -R u+rwx . && rm -rf \"$PWD\""), 0);
    e2e_drop(box);
    e2e_close();
}

/* What a directory contains, by name: kind, mode, time, size, target; and its contents. The names are bytes,
 * with a NUL behind each. */
static const char LISTING[] = "find . -printf '%P|%y|%m|%T@|%l|' \\( -type f -printf '%s' -o -true \\) "
                              "-printf '\\0' | sort -z | sha256sum; "
                              "find . -type f -print0 | sort -z | xargs -0 -r sha256sum | sha256sum";

static void listing_here(const char *dir, char *out, size_t size)
{
    char command[512];
    (void)snprintf(command, sizeof command, "cd '%s/%s' && LC_ALL=C; export LC_ALL; %s", local, dir, LISTING);
    FILE *pipe = popen(command, "r");
    ck_assert_ptr_nonnull(pipe);
    out[fread(out, 1, size - 1, pipe)] = '\0';
    ck_assert_int_eq(pclose(pipe), 0);
}

static void expect_same_in_box(boxd_box *box, const char *dir, const char *path)
{
    char here[256], command[512];
    listing_here(dir, here, sizeof here);
    (void)snprintf(command, sizeof command, "cd '%s' && LC_ALL=C; export LC_ALL; %s", path, LISTING);
    boxd_exec_result *result = e2e_run(box, command);
    ck_assert_str_eq(result->out.data, here);
    boxd_exec_result_free(result);
}

/* A tree with everything that is copied: names of any bytes, long names and paths, links of all kinds, modes,
 * times before 1970 and with fractions, files around the sizes of a block and a piece. */
static const char TREE[] =
    "mkdir -p t/empty t/sub/deeper && cd t && printf '#!/bin/sh\\n' > run && chmod 755 run && : > nothing && "
    "long=$(printf '%0255d' 7) && printf long > $long && "
    "mkdir -p $long/ 2>/dev/null; mkdir -p p$(printf '%0200d' 1)/q$(printf '%0200d' 2) && "
    "printf deep > p$(printf '%0200d' 1)/q$(printf '%0200d' 2)/r$(printf '%0200d' 3) && "
    "printf odd > \"$(printf 'a\\nb')\" && printf odd > \"$(printf 'x\\377\\001y')\" && printf odd > "
    "'back\\slash' && "
    "printf odd > ' sp\"ace'\\''s ' && printf dash > ./-rf && printf colon > 'a: Cannot open: b' && "
    "printf utf > 'gr\303\274n' && "
    "ln -s run link && ln -s /etc/passwd absolute && ln -s ../../.. up && ln -s nowhere dangling && "
    "ln -s $(printf '%0150d' 3) longlink && ln -s sub dirlink && "
    "for n in 511 512 513 10240 524287 524288 524289 1700000; do head -c $n /dev/urandom > sub/$n; done && "
    "chmod 400 sub/511 && chmod 666 sub/512 && printf x > sub/deeper/x && "
    "touch -d '1969-12-31 23:59:58.25 UTC' sub/513 && touch -d '2001-02-03 04:05:06.123456789 UTC' run && "
    "touch -hd '2002-03-04 05:06:07.5 UTC' link && touch -d '2100-01-01 UTC' nothing && "
    "touch -d '2003-04-05 06:07:08.9 UTC' sub empty sub/deeper && chmod 700 empty && chmod 555 sub/deeper";

START_TEST(upload_tree)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    ck_assert_int_eq(local_run(TREE), 0);
    char from[96];
    (void)snprintf(from, sizeof from, "%s/t", local);
    boxd_dir_transfer *transfer = NULL;
    e2e_ok(on->box_upload_dir(box, from, "made/by parents",
                              BOXD_OPTIONS(boxd_dir_transfer_options, .all_modes = true), &transfer,
                              &error) == BOXD_OK,
           error);
    ck_assert_ptr_nonnull(transfer);
    ck_assert_int_eq((int)transfer->method, (int)BOXD_TRANSFER_TAR);
    ck_assert_uint_eq(transfer->failed, 0);
    ck_assert_uint_eq(transfer->failure_count, 0);
    ck_assert_uint_eq(transfer->links, 6);
    ck_assert_uint_eq(transfer->skipped, 0);
    boxd_dir_transfer_free(transfer);
    expect_same_in_box(box, "t", "made/by parents");
    /* again, over what is there; tar does not change the mode of a directory before its files */
    boxd_exec_result_free(e2e_run(box, "chmod u+w 'made/by parents/sub/deeper'"));
    e2e_ok(on->box_upload_dir(box, from, "/home/boxd/made/by parents",
                              BOXD_OPTIONS(boxd_dir_transfer_options, .all_modes = true), NULL,
                              &error) == BOXD_OK,
           error);
    expect_same_in_box(box, "t", "made/by parents");
    close_dirs(box);
}
END_TEST

START_TEST(round_trip)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    ck_assert_int_eq(local_run(TREE), 0);
    const boxd_dir_transfer_options options = {.size = sizeof options, .all_modes = true};
    char from[96], to[96], before[256], after[256];
    (void)snprintf(from, sizeof from, "%s/t", local);
    (void)snprintf(to, sizeof to, "%s/back", local);
    e2e_ok(on->box_upload_dir(box, from, "tree", &options, NULL, &error) == BOXD_OK, error);
    boxd_dir_transfer *transfer = NULL;
    for (int twice = 0; twice < 2; twice++) { /* the second time over what is there */
        e2e_ok(on->box_download_dir(box, "tree", to, &options, &transfer, &error) == BOXD_OK, error);
        ck_assert_int_eq((int)transfer->method, (int)BOXD_TRANSFER_TAR);
        ck_assert_uint_eq(transfer->failed, 0);
        ck_assert_uint_eq(transfer->links, 6);
        boxd_dir_transfer_free(transfer);
        listing_here("t", before, sizeof before);
        listing_here("back", after, sizeof after);
        ck_assert_str_eq(before, after);
        ck_assert_int_eq(local_run("diff -r --no-dereference t back"), 0);
        ck_assert_int_eq(local_run("chmod u+w back/sub/deeper"), 0);
    }
    close_dirs(box);
}
END_TEST

static Suite *dirs_suite(void)
{
    Suite *suite = suite_create("dirs");
    e2e_add(suite, upload_tree);
    e2e_add(suite, round_trip);
    return suite;
}

int main(void)
{
    return e2e_main(dirs_suite(), NULL);
}
