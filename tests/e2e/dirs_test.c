/* Whole directories into a box and out of it: names, links, modes, times, failures, patterns, hostile boxes.
 */
#include "dirs_case.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST(round_trip)
{
    open_dirs(_i);
    boxd_box *box = e2e_box();
    expect_round_trip(box, BOXD_TRANSFER_TAR);
    close_dirs(box);
}
END_TEST

/* Makes `count` entries in the directory "many": files in 100 directories, every 50th with another mode or an
 * odd name, and a link for each 20 files. */
static void make_many(int count)
{
    char path[160], target[32];
    local_run("mkdir many && cd many && mkdir $(seq -f d%g 0 99)");
    for (int i = 0; i < count; i++) {
        (void)snprintf(path, sizeof path, "%s/many/d%d/%s%d", local, i % 100,
                       i % 50 ? "file " : "o\xff\nd'd ", i);
        const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, i % 50 ? 0644 : 0751);
        const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {1000000000 + i, i * 1000L}};
        ck_assert(fd >= 0 && dprintf(fd, "%*d", i % 3000, i) > 0 && futimens(fd, times) == 0);
        close(fd);
        (void)snprintf(path, sizeof path, "%s/many/d%d/link%d", local, i % 100, i);
        (void)snprintf(target, sizeof target, "file %d", i);
        ck_assert(i % 20 || symlink(target, path) == 0);
    }
}

/* Many files go there and back, and nothing differs. */
static int many_files = 2000;

START_TEST(many)
{
    static const char same[] = "diff -r --no-dereference many back && "
                               "for d in many back; do (cd $d && find . -printf '%P|%y|%m|%T@|%l|' \\( -type "
                               "f -printf '%s' -o -true \\) -printf '\\0' | sort -z > ../list-$d); "
                               "done && cmp list-many list-back";
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    const char *from = local_path("many"), *to = local_path("back");
    make_many(many_files);
    boxd_dir_transfer *t = NULL;
    e2e_ok(on->box_upload_dir(box, from, "many", NULL, &t, &error) == BOXD_OK, error);
    ck_assert(t->files == (uint64_t)many_files && t->links == (uint64_t)many_files / 20 &&
              t->directories == 101);
    boxd_dir_transfer_free(t);
    e2e_ok(on->box_download_dir(box, "many", to, NULL, NULL, &error) == BOXD_OK, error);
    local_run(same);
    close_dirs(box);
}
END_TEST

/* ---- what is chosen ---- */

static const char CHOICE[] =
    "mkdir -p c/src/gen c/build/tmp c/none && cd c && touch a.c b.o src/x.c src/x.o src/gen/y.c build/z.c "
    "build/tmp/t.c && ln -s a.c link.c && ln -s src dirlink && ln -s ../../etc/passwd out && ln -s . loop";

/* The paths of the files and links that a transfer of CHOICE makes, sorted. */
static const struct {
    const char *include[4], *exclude[4];
    boxd_links_mode links;
    const char *made;
    uint64_t skipped, failed;
} choices[] = {
    {{NULL},
     {NULL},
     BOXD_LINKS_SKIP,
     "a.c b.o build build/tmp build/tmp/t.c build/z.c none src src/gen "
     "src/gen/y.c src/x.c src/x.o ",
     4,
     0},
    {{NULL}, {"*.o", "build/tmp", "gen"}, BOXD_LINKS_SKIP, "a.c build build/z.c none src src/x.c ", 8, 0},
    {{"*.o", NULL}, {"src/*"}, BOXD_LINKS_KEEP, "b.o ", UINT64_MAX, 0},
    {{"*/x.?", "link*"}, {NULL}, BOXD_LINKS_KEEP, "link.c src src/x.c src/x.o ", UINT64_MAX, 0},
    {{"build/*"}, {"*/t.c"}, BOXD_LINKS_KEEP, "build build/z.c ", UINT64_MAX, 0},
};

/* `find` of a directory here or in the box, as one line. */
static const char MADE[] = "find . -mindepth 1 -printf '%P\\n' | LC_ALL=C sort | tr '\\n' ' '";

static void expect_made(const char *dir, const char *made)
{
    char command[512];
    (void)snprintf(command, sizeof command, "cd %s && test \"$(%s)\" = \"%s\" || { %s; false; }", dir, MADE,
                   made, MADE);
    local_run(command);
}

static void expect_made_in_box(boxd_box *box, const char *dir, const char *made)
{
    char command[256];
    (void)snprintf(command, sizeof command, "cd %s && %s", dir, MADE);
    boxd_exec_result *result = e2e_run(box, command);
    ck_assert_str_eq(result->out.data, made);
    boxd_exec_result_free(result);
}

START_TEST(chosen_entries)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    local_run(CHOICE);
    char name[32];
    const char *from = local_path("c");
    e2e_ok(on->box_upload_dir(box, from, "all", NULL, NULL, &error) == BOXD_OK, error);
    for (size_t i = 0; i < COUNT(choices); i++) {
        const boxd_dir_transfer_options options = {.size = sizeof options,
                                                   .include = choices[i].include,
                                                   .exclude = choices[i].exclude,
                                                   .links = choices[i].links};
        boxd_dir_transfer *transfer = NULL;
        (void)snprintf(name, sizeof name, "chosen%zu", i);
        const char *to = local_path(name);
        e2e_ok(on->box_upload_dir(box, from, name, &options, &transfer, &error) == BOXD_OK, error);
        expect_made_in_box(box, name, choices[i].made);
        if (choices[i].skipped != UINT64_MAX)
            ck_assert_uint_eq(transfer->skipped, choices[i].skipped);
        boxd_dir_transfer_free(transfer);
        e2e_ok(on->box_download_dir(box, "all", to, &options, &transfer, &error) == BOXD_OK, error);
        expect_made(name, choices[i].made);
        /* the box does not send what is excluded */
        ck_assert_uint_eq(transfer->skipped, choices[i].links == BOXD_LINKS_SKIP ? 4 : 0);
        boxd_dir_transfer_free(transfer);
    }
    close_dirs(box);
}
END_TEST

/* Links are followed inside of the directory only; the others are failures, and all else is copied. */
START_TEST(followed_links)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    local_run(CHOICE);
    local_run("cd c && ln -s \"$PWD/a.c\" absolute && ln -s nowhere dangling");
    const char *from = local_path("c");
    boxd_dir_transfer *t = NULL;
    const boxd_dir_transfer_options options = {.size = sizeof options, .links = BOXD_LINKS_FOLLOW};
    ck_assert_int_eq((int)on->box_upload_dir(box, from, "f", &options, &t, &error), (int)BOXD_ERR_INCOMPLETE);
    e2e_expect(&error, BOXD_ERR_INCOMPLETE, "4 entries failed");
    ck_assert_uint_eq(t->failed, 4);
    expect_failure(t, "out", BOXD_ERR_LOCAL_FILE, "leads out of the directory");
    expect_failure(t, "absolute", BOXD_ERR_LOCAL_FILE, "absolute");
    expect_failure(t, "loop", BOXD_ERR_LOCAL_FILE, "contains it");
    expect_failure(t, "dangling", BOXD_ERR_LOCAL_FILE, "No such file");
    boxd_dir_transfer_free(t);
    e2e_do(box, "cd f && test -f link.c -a ! -L link.c -a -d dirlink -a ! -L dirlink "
                "&& cmp dirlink/gen/y.c src/gen/y.c && ! ls out absolute dangling");
    close_dirs(box);
}
END_TEST

/* ---- failures ---- */

/* Of both sides: each is listed, and the other entries are copied. */
START_TEST(failures_of_an_upload)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    local_run("mkdir -p u/d && cd u && mkfifo pipe && touch \"$(printf 'a\\nb: c')\" d/good z");
    e2e_do(box, "mkdir -p \"to/$(printf 'a\\nb: c')/full\" to/z/full; touch to/d");
    const char *from = local_path("u");
    boxd_dir_transfer *t = NULL;
    ck_assert_int_eq((int)on->box_upload_dir(box, from, "to", NULL, &t, &error), (int)BOXD_ERR_INCOMPLETE);
    ck_assert_uint_eq(t->failed, 3);
    expect_failure(t, "pipe", BOXD_ERR_LOCAL_FILE, "neither a file");
    expect_failure(t, "a\nb: c", BOXD_ERR_FAILED, "Cannot open: ");
    expect_failure(t, "z", BOXD_ERR_FAILED, "Cannot open: ");
    boxd_dir_transfer_free(t);
    e2e_do(box, "test -f to/d/good"); /* tar replaced the file by the directory */

    /* a list with a limit, and no result */
    const boxd_dir_transfer_options one = {.size = sizeof one, .max_failures = 1};
    ck_assert_int_eq((int)on->box_upload_dir(box, from, "to", &one, &t, &error), (int)BOXD_ERR_INCOMPLETE);
    ck_assert(t->failed == 3 && t->failure_count == 1);
    boxd_dir_transfer_free(t);
    ck_assert_int_eq((int)on->box_upload_dir(box, from, "to", NULL, NULL, &error), (int)BOXD_ERR_INCOMPLETE);
    close_dirs(box);
}
END_TEST

START_TEST(failures_of_a_download)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    e2e_do(box, "mkdir -p from/d from/s && cd from && touch good d/file s/file z && "
                "mkfifo pipe && mkdir locked && touch locked/x && chmod 0 locked");
    /* a directory, a file and a link of other kinds than in the box; the link leads out of the target */
    local_run("mkdir -p to/z out && touch to/d && ln -s ../out to/s");
    const char *to = local_path("to");
    boxd_dir_transfer *t = NULL;
    ck_assert_int_eq((int)on->box_download_dir(box, "from", to, NULL, &t, &error), (int)BOXD_ERR_INCOMPLETE);
    expect_failure(t, "z", BOXD_ERR_LOCAL_FILE, "directory");
    expect_failure(t, "d/file", BOXD_ERR_LOCAL_FILE, "has the name of a directory");
    expect_failure(t, "s/file", BOXD_ERR_LOCAL_FILE, "has the name of a directory");
    expect_failure(t, "pipe", BOXD_ERR_PROTOCOL, "neither a file");
    expect_failure(t, "locked", BOXD_ERR_FAILED, "Permission denied");
    boxd_dir_transfer_free(t);
    local_run("test -f to/good && test -L to/s && test -z \"$(ls out)\"");
    close_dirs(box);
}
END_TEST

/* Calls that end before anything is copied. */
START_TEST(refused)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    const char *here = local_path("here");
    const char *missing = local_path("no/where"), *file = local_path("file");
    local_run("mkdir here && touch file");
    e2e_do(box, "touch file && mkdir dir");
    const struct {
        const char *local, *path, *part;
        boxd_status status;
        bool up;
    } rows[] = {
        {missing, "x", "No such file", BOXD_ERR_LOCAL_FILE, true},
        {file, "x", "Not a directory", BOXD_ERR_LOCAL_FILE, true},
        {here, "file/x", "file/x", BOXD_ERR_FAILED_PRECONDITION, true},
        {here, "", "path in the box", BOXD_ERR_INVALID_ARGUMENT, true},
        {"", "x", "local path", BOXD_ERR_INVALID_ARGUMENT, true},
        {here, "missing", "there is no /home/boxd/missing", BOXD_ERR_NOT_FOUND, false},
        {here, "file", "file", BOXD_ERR_FAILED_PRECONDITION, false},
        {file, "dir", "Not a directory", BOXD_ERR_LOCAL_FILE, false},
        {missing, "dir", "cannot be made", BOXD_ERR_LOCAL_FILE, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        error = (boxd_error)BOXD_ERROR_INIT;
        if (rows[i].up)
            on->box_upload_dir(box, rows[i].local, rows[i].path, NULL, NULL, &error);
        else
            on->box_download_dir(box, rows[i].path, rows[i].local, NULL, NULL, &error);
        e2e_expect(&error, rows[i].status, rows[i].part);
    }
    const boxd_dir_transfer_options links = {.size = sizeof links, .links = (boxd_links_mode)3};
    on->box_upload_dir(box, here, "x", &links, NULL, &error);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "links is 3");
    const boxd_dir_transfer_options sync_only[] = {{.size = sizeof links, .from_box = true},
                                                   {.size = sizeof links, .by_content = true},
                                                   {.size = sizeof links, .deletes = true},
                                                   {.size = sizeof links, .dry_run = true}};
    for (size_t i = 0; i < 2 * COUNT(sync_only); i++) {
        error = (boxd_error)BOXD_ERROR_INIT;
        if (i % 2)
            on->box_upload_dir(box, here, "x", &sync_only[i / 2], NULL, &error);
        else
            on->box_download_dir(box, "dir", here, &sync_only[i / 2], NULL, &error);
        e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "is an option of boxd_box_sync_dir() only");
    }
    e2e_do(box, "test ! -e x");
    close_dirs(box);
}
END_TEST

/* ---- other boxes ---- */

/* An archive of the box that ends early, is none, or is larger than allowed. */
START_TEST(bad_archives)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    const char *to = local_path("to");
    e2e_do(box, "mkdir from && head -c 3000000 /dev/zero > from/big && cd from && "
                "tar cf ../whole.tar . && head -c 2000000 ../whole.tar > ../cut.tar");
    const boxd_dir_transfer_options small = {.size = sizeof small, .max_bytes = 1000000};
    on->box_download_dir(box, "from", to, &small, NULL, &error);
    e2e_expect(&error, BOXD_ERR_TOO_LARGE, "max_bytes (1000000)");
    fake_utility(box, "tar", "cat /home/boxd/cut.tar");
    on->box_download_dir(box, "from", to, NULL, NULL, &error);
    e2e_expect(&error, BOXD_ERR_INCOMPLETE, "ends early");
    fake_utility(box, "tar", "head -c 5000 /dev/urandom");
    on->box_download_dir(box, "from", to, NULL, NULL, &error);
    e2e_expect(&error, BOXD_ERR_PROTOCOL, "damaged");
    fake_utility(box, "tar", "cat /home/boxd/whole.tar; exit 2");
    on->box_download_dir(box, "from", to, NULL, NULL, &error);
    e2e_expect(&error, BOXD_ERR_INCOMPLETE, "exit code 2");
    local_run("test $(stat -c %s to/big) = 3000000 && test \"$(ls -A to)\" = big");
    fake_utility(box, "tar", "exit 2");
    on->box_upload_dir(box, to, "again", NULL, NULL, &error);
    e2e_expect(&error, BOXD_ERR_INCOMPLETE, "exit code 2");
    close_dirs(box);
}
END_TEST

/* The tar of BusyBox: times are whole seconds, links and the directory itself have other ones, and the owner
 * can write to each directory. */
START_TEST(busybox)
{
    static const char list[] = "find . -mindepth 1 ! -type l -printf '%P %y %m %T@ %s\\n' | sort";
    if (access("/usr/bin/busybox", X_OK) != 0 && access("/bin/busybox", X_OK) != 0)
        return;
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    fake_utility(box, "tar", "exec busybox tar \"$@\"");
    local_run(TREE);
    local_run("find t -exec touch -hd '2003-04-05 06:07:08 UTC' {} + && chmod 600 t/sub/512 "
              "&& chmod 755 t/sub/deeper");
    char command[512];
    const char *from = local_path("t"), *to = local_path("back");
    e2e_ok(on->box_upload_dir(box, from, "tree", NULL, NULL, &error) == BOXD_OK, error);
    e2e_ok(on->box_download_dir(box, "tree", to, NULL, NULL, &error) == BOXD_OK, error);
    (void)snprintf(
        command, sizeof command,
        "diff -r --no-dereference t back && (cd t && %s) > list && (cd back && %s) | diff -a list -", list,
        list);
    local_run(command);
    close_dirs(box);
}
END_TEST

/* ---- the call ---- */

static boxd_cancel_token *token;
static boxd_dir_progress reported;

static void cancel_at_progress(const boxd_dir_progress *progress, void *data)
{
    (void)data;
    reported = *progress;
    boxd_cancel_token_cancel(token);
}

START_TEST(cancelled)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    local_run(
        "mkdir from && truncate -s 4G from/big"); /* its transfer lasts longer than any callback waits */
    e2e_do(box, "mkdir from && truncate -s 4G from/big");
    for (int up = 0; up < 2; up++) {
        boxd_dir_transfer *t = NULL;
        token = boxd_cancel_token_new();
        const boxd_dir_transfer_options options = {
            .size = sizeof options, .call.cancel = token, .on_progress = cancel_at_progress};
        transfer_dir(box, up, "from", "to", &options, &t, &error);
        e2e_expect(&error, BOXD_ERR_CANCELLED, "cancel token");
        ck_assert_ptr_nonnull(t);
        boxd_dir_transfer_free(t);
        boxd_cancel_token_free(token);
    }
    local_run("test -d to && ! test -e to/big"); /* no incomplete file stays */
    fake_utility(box, "tar", "exec sleep 1000");
    expect_no_answer(box, true, "from", "to");
    expect_no_answer(box, false, "from", "to");
    close_dirs(box);
}
END_TEST

/* Reads a few pieces, which is progress, and waits. */
static const char WAITING_TAR[] =
    "[ \"$1\" != --version ] || exec /usr/bin/tar \"$@\"; "
    "{ head -c 4000000; until [ -e /home/boxd/go ]; do sleep 0.02; done; cat; } | /usr/bin/tar \"$@\"";

/* Changes the files once, and lets tar in the box go on. */
static void change_files(const boxd_dir_progress *progress, void *data)
{
    boxd_box **box = data;
    (void)progress;
    if (!*box)
        return;
    local_run("truncate -s 1000 from/shrinks && echo more >> from/grows");
    boxd_aio_box_write_text(*box, "go", "", NULL, NULL, NULL);
    *box = NULL;
}

/* Of a file that grows, what was there when it was opened is sent; one that becomes shorter is a failure. */
START_TEST(changing_files)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box(), *changes = box;
    const char *from = local_path("from");
    boxd_dir_transfer *t = NULL;
    const boxd_dir_transfer_options options = {
        .size = sizeof options, .on_progress = change_files, .progress_data = &changes};
    fake_utility(box, "tar", WAITING_TAR);
    local_run("mkdir from && truncate -s 30M from/shrinks");
    ck_assert_int_eq((int)on->box_upload_dir(box, from, "to", &options, &t, &error),
                     (int)BOXD_ERR_INCOMPLETE);
    ck_assert_uint_eq(t->failed, 1);
    expect_failure(t, "shrinks", BOXD_ERR_INCOMPLETE, "became shorter");
    boxd_dir_transfer_free(t);
    local_run("rm from/* && truncate -s 30M from/grows from/shrinks && rm from/shrinks");
    e2e_do(box, "rm go");
    changes = box;
    e2e_ok(on->box_upload_dir(box, from, "to", &options, NULL, &error) == BOXD_OK, error);
    e2e_do(box, "test $(stat -c %s to/grows) = $((30 << 20))");
    close_dirs(box);
}
END_TEST

START_TEST(progress)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    const char *from = local_path("from"), *to = local_path("to");
    local_run("mkdir -p from/d && head -c 2000000 /dev/zero > from/big && touch from/d/x");
    const boxd_dir_transfer_options options = {.size = sizeof options, .on_progress = cancel_at_progress};
    token = NULL;
    e2e_ok(on->box_upload_dir(box, from, "to", &options, NULL, &error) == BOXD_OK, error);
    ck_assert(reported.entries == 4 && reported.bytes == 2000000);
    reported = (boxd_dir_progress){0};
    e2e_ok(on->box_download_dir(box, "to", to, &options, NULL, &error) == BOXD_OK, error);
    ck_assert(reported.entries == 4 && reported.bytes == 2000000);
    close_dirs(box);
}
END_TEST

/* What differs with service 0.1: messages of the box come in its standard output. */
static Suite *old_suite(void)
{
    Suite *suite = suite_create("dirs_old");
    e2e_add_once(suite, round_trip);
    e2e_add_once(suite, failures_of_an_upload);
    e2e_add_once(suite, failures_of_a_download);
    e2e_add_once(suite, bad_archives);
    return suite;
}

static Suite *dirs_suite(void)
{
    Suite *suite = suite_create("dirs");
    e2e_add(suite, round_trip);
    e2e_add_once(suite, chosen_entries);
    e2e_add_once(suite, followed_links);
    e2e_add(suite, failures_of_an_upload);
    e2e_add(suite, failures_of_a_download);
    e2e_add(suite, refused);
    e2e_add_once(suite, bad_archives);
    e2e_add_once(suite, busybox);
    e2e_add(suite, cancelled);
    e2e_add(suite, progress);
    e2e_add_once(suite, changing_files);
    e2e_add_once(suite, many);
    return suite;
}

static Suite *large_suite(void)
{
    Suite *suite = suite_create("dirs_large");
    many_files = 20000;
    e2e_add(suite, many);
    return suite;
}

int main(int argc, char **argv)
{
    e2e_take_generation(argc, argv);
    if (argc > 1 && strcmp(argv[1], "--large") == 0)
        return e2e_main(large_suite(), NULL);
    return e2e_main(strcmp(e2e_generation, "0.1") == 0 ? old_suite() : dirs_suite(),
                    (const char *const[]){"--generation", e2e_generation, NULL});
}
