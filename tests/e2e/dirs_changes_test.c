/* The changes that transfers of directories report, and dry runs, which report them without making them. */
#include "dirs_case.h"

#include <stdio.h>
#include <unistd.h>

/* The changes that were reported: "+path" or "-path". */
typedef struct changes {
    char *items[4096];
    size_t count;
    boxd_cancel_token *token;
} changes;

static void on_change(const boxd_dir_change *change, void *data)
{
    changes *c = data;
    ck_assert_uint_lt(c->count, COUNT(c->items));
    ck_assert_int_gt(asprintf(&c->items[c->count++], "%c%s", change->kind == BOXD_DIR_CHANGE_COPY ? '+' : '-',
                              change->path),
                     0);
    if (c->token)
        boxd_cancel_token_cancel(c->token);
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Checks that each change was reported once. */
static void sort(changes *c)
{
    qsort(c->items, c->count, sizeof *c->items, compare);
    for (size_t i = 1; i < c->count; i++)
        ck_assert_str_ne(c->items[i - 1], c->items[i]);
}

static void forget(changes *c)
{
    while (c->count > 0)
        free(c->items[--c->count]);
}

/* Checks the sorted changes, separated by spaces; and forgets them. */
static void expect_changes(changes *c, const char *expected)
{
    char all[1024] = "";
    sort(c);
    for (size_t i = 0; i < c->count; i++) {
        const size_t size = strlen(all);
        (void)snprintf(all + size, sizeof all - size, "%s%s", i ? " " : "", c->items[i]);
    }
    ck_assert_str_eq(all, expected);
    forget(c);
}

/* ---- transfers ---- */

/* Each transfer, with tar and without. */
START_TEST(changes_of_copies)
{
    static changes c;
    open_dirs(_i);
    local_run("mkdir -p from/d from/e && touch from/d/x from/skipped.o && ln -s x from/d/l");
    for (int row = 0; row < 2; row++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_box *box = row ? box_without_tar() : e2e_box();
        const boxd_dir_transfer_options options = {
            .size = sizeof options, .on_change = on_change, .change_data = &c, .exclude = BOXD_ARGV("*.o")};
        for (int twice = 0; twice < 2; twice++) { /* an upload does not know what the box has */
            e2e_ok(transfer_dir(box, true, "from", "to", &options, NULL, &error) == BOXD_OK, error);
            expect_changes(&c, "+ +d +d/l +d/x +e");
        }
        for (int twice = 0; twice < 2; twice++) {
            e2e_ok(transfer_dir(box, false, "to", "back", &options, NULL, &error) == BOXD_OK, error);
            expect_changes(&c, twice ? "+d/l +d/x" : "+ +d +d/l +d/x +e");
        }
        local_run("rm -r back");
        e2e_drop(box);
    }
    close_dirs(NULL);
}
END_TEST

/* The upload to a box without tar begins again: it reports nothing twice. */
START_TEST(changes_after_a_new_beginning)
{
    static changes c;
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = box_without_tar();
    const boxd_dir_transfer_options options = {
        .size = sizeof options, .on_change = on_change, .change_data = &c};
    local_run(
        "mkdir from && cd from && for i in 1 2 3 4 5 6; do mkdir d$i && head -c 600000 /dev/zero > d$i/x; "
        "done");
    e2e_ok(transfer_dir(box, true, "from", "to", &options, NULL, &error) == BOXD_OK, error);
    expect_changes(&c, "+ +d1 +d1/x +d2 +d2/x +d3 +d3/x +d4 +d4/x +d5 +d5/x +d6 +d6/x");
    close_dirs(box);
}
END_TEST

/* ---- dry runs ---- */

static const char SOURCE[] =
    "mkdir -p same kind new/deep sub && printf 1 > same/x && printf 12 > size && printf a > content && "
    "printf x > kind/f && printf y > kind2 && ln -s new link && printf n > new/deep/n && printf o > new/n.o "
    "&& "
    "printf b > \"$(printf 'odd\\n\\377')\" && touch -d '2001-01-01 UTC' same/x size content kind2 kind/f "
    "odd* "
    "new/n.o new/deep/n";
static const char TARGET[] =
    "mkdir -p same kind2/deep more/d keep/d/e locked && printf 1 > same/x && printf 1 > size && "
    "printf b > content && printf x > kind && printf z > kind2/deep/z && ln -s old link && "
    "printf m > more/d/m && printf k > keep/d/k.o && printf k > keep/d/k && ln -s / more/root && "
    "touch locked/x.o && touch -d '2001-01-01 UTC' same/x size content";

/* Makes the directory "s": here, or in the box. */
static void make(boxd_box *box, bool here, const char *line)
{
    char command[1024];
    (void)snprintf(command, sizeof command, "rm -rf s && mkdir s && cd s && %s", line);
    if (here)
        local_run(command);
    else
        e2e_do(box, command);
}

static const struct {
    bool by_content, deletes, skips_links;
    const char *include[2], *exclude[2];
    /* What is reported. */
    const char *changes;
} rows[] = {
    {.exclude = {"kin*"}, .changes = "+link +new +new/deep +new/deep/n +new/n.o +odd\n\377 +size +sub"},
    {.deletes = true,
     .changes = "+kind +kind/f +kind2 +link +new +new/deep +new/deep/n +new/n.o +odd\n\377 +size +sub -keep "
                "-keep/d -keep/d/e -keep/d/k -keep/d/k.o -kind -kind2 -kind2/deep -kind2/deep/z -locked "
                "-locked/x.o -more -more/d -more/d/m -more/root"},
    /* the directories of excluded entries stay */
    {.by_content = true,
     .deletes = true,
     .exclude = {"*.o"},
     .changes = "+content +kind +kind/f +kind2 +link +new +new/deep +new/deep/n +odd\n\377 +size +sub "
                "-keep/d/e -keep/d/k -kind -kind2 -kind2/deep -kind2/deep/z -more -more/d -more/d/m "
                "-more/root"},
    {.deletes = true,
     .exclude = {"kin*"},
     .skips_links = true,
     .changes = "+new +new/deep +new/deep/n +new/n.o +odd\n\377 +size +sub -keep -keep/d -keep/d/e -keep/d/k "
                "-keep/d/k.o -locked -locked/x.o -more/d -more/d/m"},
};

static void expect_same_counts(const boxd_dir_transfer *dry, const boxd_dir_transfer *done)
{
    ck_assert_int_eq((int)dry->method, (int)BOXD_TRANSFER_NONE);
    ck_assert_uint_eq(dry->files, done->files);
    ck_assert_uint_eq(dry->directories, done->directories);
    ck_assert_uint_eq(dry->links, done->links);
    ck_assert_uint_eq(dry->bytes, done->bytes);
    ck_assert_uint_eq(dry->unchanged, done->unchanged);
    ck_assert_uint_eq(dry->deleted, done->deleted);
    ck_assert_uint_eq(dry->skipped, done->skipped);
    ck_assert_uint_eq(dry->failed, done->failed);
}

/* What "s" contains. The caller frees it. */
static char *listing(boxd_box *box, bool here)
{
    char text[256];
    if (here) {
        listing_here("s", text, sizeof text);
        return strdup(text);
    }
    boxd_exec_result *result = e2e_run(box, "ls -lRA --time-style=full-iso s; cat s/size s/content");
    char *copy = strdup(result->out.data);
    boxd_exec_result_free(result);
    return copy;
}

/* A dry run changes nothing, and then the call does what the dry run has reported. */
static void expect_dry_run(boxd_box *box, size_t row, bool from_box, changes *c)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_dir_transfer *dry = NULL, *done = NULL;
    boxd_dir_transfer_options options = {.size = sizeof options,
                                         .on_change = on_change,
                                         .change_data = c,
                                         .include = rows[row].include,
                                         .exclude = rows[row].exclude,
                                         .links = rows[row].skips_links ? BOXD_LINKS_SKIP : BOXD_LINKS_KEEP,
                                         .from_box = from_box,
                                         .by_content = rows[row].by_content,
                                         .deletes = rows[row].deletes,
                                         .dry_run = true};
    const char *here = local_path("s");
    make(box, true, from_box ? TARGET : SOURCE);
    make(box, false, from_box ? SOURCE : TARGET);
    char *before = listing(box, from_box);
    on->box_sync_dir(box, here, "s", &options, &dry, &error);
    char *after = listing(box, from_box);
    ck_assert_str_eq(before, after);
    free(before);
    free(after);
    expect_changes(c, rows[row].changes);
    options.dry_run = false;
    on->box_sync_dir(box, here, "s", &options, &done, &error);
    expect_same_counts(dry, done);
    expect_changes(c, rows[row].changes);
    boxd_dir_transfer_free(dry);
    boxd_dir_transfer_free(done);
}

/* Each surface has another row. */
START_TEST(dry_runs)
{
    _Static_assert(COUNT(rows) <= SURFACE_COUNT, "each row has a surface");
    static changes c;
    open_dirs(_i);
    for (int tar = 1; tar >= 0; tar--) {
        boxd_box *box = tar ? e2e_box() : box_without_tar();
        for (int from_box = 0; from_box < 2; from_box++)
            expect_dry_run(box, (size_t)_i % COUNT(rows), from_box, &c);
        e2e_drop(box);
    }
    close_dirs(NULL);
}
END_TEST

/* Into nothing, from nothing, and with failures. */
START_TEST(dry_runs_that_fail)
{
    static changes c;
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    boxd_dir_transfer *t = NULL;
    const char *from = local_path("from"), *to = local_path("to");
    boxd_dir_transfer_options options = {
        .size = sizeof options, .on_change = on_change, .change_data = &c, .deletes = true, .dry_run = true};
    local_run("mkdir from && touch from/x && mkfifo from/pipe from/pipe2");
    ck_assert_int_eq((int)on->box_sync_dir(box, from, "new", &options, &t, &error), (int)BOXD_ERR_INCOMPLETE);
    e2e_expect(&error, BOXD_ERR_INCOMPLETE, "2 entries failed");
    ck_assert(t->files == 1 && t->directories == 1 && t->failed == 2);
    boxd_dir_transfer_free(t);
    expect_changes(&c, "+ +x");
    e2e_do(box, "test ! -e new && mkdir new && mkfifo new/pipe && echo 12345 > new/x");
    options.from_box = true;
    ck_assert_int_eq((int)on->box_sync_dir(box, to, "new", &options, &t, &error), (int)BOXD_ERR_INCOMPLETE);
    e2e_expect(&error, BOXD_ERR_INCOMPLETE, "1 entry failed, pipe: it is neither a file");
    ck_assert(t->files == 1 && t->bytes == 6);
    boxd_dir_transfer_free(t);
    expect_changes(&c, "+ +x");
    local_run("test ! -e to");
    options.max_bytes = 5;
    on->box_sync_dir(box, to, "new", &options, NULL, &error);
    e2e_expect(&error, BOXD_ERR_TOO_LARGE, "max_bytes (5)");
    forget(&c);
    on->box_sync_dir(box, to, "missing", &options, NULL, &error);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "missing");
    options.from_box = false;
    on->box_sync_dir(box, to, "new", &options, NULL, &error);
    e2e_expect(&error, BOXD_ERR_LOCAL_FILE, "No such file");
    ck_assert_uint_eq(c.count, 0);
    close_dirs(box);
}
END_TEST

/* More than twice the changes that may wait, because the first call takes all that are there; and a cancel by
 * the first one. */
START_TEST(many_changes)
{
    enum { FILES = 3500 };
    static changes c;
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    const char *from = local_path("from");
    boxd_dir_transfer_options options = {
        .size = sizeof options, .on_change = on_change, .change_data = &c, .dry_run = true};
    local_run("mkdir from && cd from && seq -f '%0220.0f' 3500 | xargs touch");
    e2e_ok(on->box_sync_dir(box, from, "to", &options, NULL, &error) == BOXD_OK, error);
    ck_assert_uint_eq(c.count, FILES + 1);
    sort(&c);
    forget(&c);
    c.token = options.call.cancel = boxd_cancel_token_new();
    on->box_sync_dir(box, from, "to", &options, NULL, &error);
    e2e_expect(&error, BOXD_ERR_CANCELLED, "cancel token");
    boxd_cancel_token_free(c.token);
    c.token = NULL;
    forget(&c);
    close_dirs(box);
}
END_TEST

/* What is known of deletions when the transfer ends after them, and when their shell is killed. */
START_TEST(deletions_that_end_early)
{
    static changes c;
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = box_without("bzip2");
    const char *from = local_path("from");
    boxd_dir_transfer *t = NULL;
    boxd_dir_transfer_options options = {
        .size = sizeof options, .on_change = on_change, .change_data = &c, .deletes = true};
    local_run("mkdir from && touch from/x");
    e2e_do(box, "mkdir to && touch to/old");
    c.token = options.call.cancel = boxd_cancel_token_new();
    on->box_sync_dir(box, from, "to", &options, NULL, &error);
    e2e_expect(&error, BOXD_ERR_CANCELLED, "cancel token");
    ck_assert(error.sent == BOXD_SENT_YES && !error.retryable);
    e2e_do(box, "test ! -e to/old && touch to/old");
    boxd_cancel_token_free(c.token);
    c.token = options.call.cancel = NULL;
    forget(&c);
    fake_utility(box, "rm", "kill -9 $PPID");
    on->box_sync_dir(box, from, "to", &options, &t, &error);
    e2e_expect(&error, BOXD_ERR_INCOMPLETE, "1 entry failed, the directory itself: in the box: Killed");
    ck_assert_uint_eq(t->deleted, 0);
    boxd_dir_transfer_free(t);
    e2e_do(box, "test -e to/old");
    for (size_t i = 0; i < c.count; i++)
        ck_assert_int_eq(c.items[i][0], '+');
    forget(&c);
    close_dirs(box);
}
END_TEST

/* A comparison that fails leaves no descriptor open. */
START_TEST(descriptors_of_failed_comparisons)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    const boxd_dir_transfer_options options = {.size = sizeof options, .from_box = true};
    char *target = NULL;
    ck_assert_int_gt(asprintf(&target, "%s", local_path("to")), 0);
    local_run("mkdir to");
    for (int i = 0; i < 3; i++) {
        on->box_sync_dir(box, target, "missing", &options, NULL, &error);
        e2e_expect(&error, BOXD_ERR_NOT_FOUND, "missing");
    }
    close_dirs(box); /* frees all requests */
    for (int fd = 0; fd < 1024; fd++) {
        char name[64], path[256];
        (void)snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        const ssize_t size = readlink(name, path, sizeof path - 1);
        ck_assert(size < 0 || strncmp(path, target, strlen(target)) != 0);
    }
    free(target);
}
END_TEST

static Suite *changes_suite(void)
{
    Suite *suite = suite_create("dirs_changes");
    e2e_add(suite, changes_of_copies);
    e2e_add_once(suite, changes_after_a_new_beginning);
    e2e_add(suite, dry_runs);
    e2e_add_once(suite, dry_runs_that_fail);
    e2e_add_manual(suite, many_changes);
    e2e_add_once(suite, deletions_that_end_early);
    e2e_add_once(suite, descriptors_of_failed_comparisons);
    return suite;
}

int main(int argc, char **argv)
{
    e2e_take_generation(argc, argv);
    return e2e_main(changes_suite(), (const char *const[]){"--generation", e2e_generation, NULL});
}
