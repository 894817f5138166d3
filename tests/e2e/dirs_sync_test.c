/* Directories that are synchronized: what differs is copied, what is missing in the source is deleted. */
#include "dirs_case.h"

#include <stdio.h>
#include <unistd.h>

/* A source, and a target that differs: by size, time or contents alone, kind, link, and with more entries. */
static const char SOURCE[] =
    "mkdir -p same/d kind sub && printf 1 > same/d/x && printf 12 > size && printf a > time && printf a > "
    "content && "
    "printf x > kind/f && printf y > kind2 && ln -s new link && ln -s l same/link && printf s > sub/new && "
    "printf b > \"$(printf 'odd\\n\\377')\" && touch -d '2001-01-01 UTC' same/d/x size time content kind2 "
    "kind/f odd* "
    "sub/new";
static const char TARGET[] =
    "mkdir -p same/d kind2/deep more/d keep/d && printf 1 > same/d/x && printf 1 > size && printf a > time "
    "&& "
    "printf b > content && printf x > kind && printf z > kind2/deep/z && ln -s old link && ln -s l same/link "
    "&& "
    "printf m > more/d/m && printf k > keep/d/k.log && printf k > keep/d/k && ln -s / more/root && "
    "printf b > \"$(printf 'odd\\n\\377')\" && touch -d '2001-01-01 UTC' same/d/x size content odd* && "
    "touch -d '2002-01-01 UTC' time";

static void make_in_box(boxd_box *box, const char *dir, const char *line)
{
    char command[1024];
    (void)snprintf(command, sizeof command, "rm -rf %s && mkdir %s && cd %s && %s", dir, dir, dir, line);
    e2e_do(box, command);
}

static void make_here(const char *dir, const char *line)
{
    char command[1024];
    (void)snprintf(command, sizeof command, "rm -rf %s && mkdir %s && cd %s && %s", dir, dir, dir, line);
    local_run(command);
}

/* As make_in_box(). */
static void make_local(boxd_box *box, const char *dir, const char *line)
{
    (void)box;
    make_here(dir, line);
}

/* What the target has afterwards, besides what the source has. */
static const struct {
    bool by_content, deletes;
    const char *exclude[2];
    uint64_t files, links, unchanged, deleted;
    /* The result of SYNCED, see there. */
    const char *synced;
} syncs[] = {
    /* same, the odd name and the wrong content are unchanged */
    {false, true, {NULL}, 5, 1, 4, 12, "1 12 a b x y new s gone gone"},
    {true, true, {NULL}, 5, 1, 4, 12, "1 12 a a x y new s gone gone"},
    {false, true, {"*.log"}, 5, 1, 4, 9, "1 12 a b x y new s gone k"},
};

static const char SYNCED[] =
    "echo $(cat same/d/x) $(cat size) $(cat time) $(cat content) $(cat kind/f) $(cat kind2) $(readlink link) "
    "$(cat sub/new) $(cat more/d/m 2>/dev/null || echo gone) $(cat keep/d/k.log 2>/dev/null || echo gone)";

static void expect_synced(const boxd_dir_transfer *t, size_t row)
{
    ck_assert_msg(t->failed == 0, "%s: %s", t->failure_count ? t->failures[0]->path : "",
                  t->failure_count ? t->failures[0]->reason : "");
    ck_assert_uint_eq(t->files, syncs[row].files);
    ck_assert_uint_eq(t->links, syncs[row].links);
    ck_assert_uint_eq(t->unchanged, syncs[row].unchanged);
    ck_assert_uint_eq(t->deleted, syncs[row].deleted);
}

static void expect_all_synced(boxd_box *box, boxd_transfer_method method)
{
    boxd_error error = BOXD_ERROR_INIT;
    char command[1024];
    const char *here = local_path("s");
    for (size_t i = 0; i < 2 * COUNT(syncs); i++) {
        const size_t row = i / 2;
        boxd_dir_transfer *t = NULL;
        const boxd_dir_transfer_options options = {.size = sizeof options,
                                                   .exclude = syncs[row].exclude,
                                                   .from_box = i % 2,
                                                   .by_content = syncs[row].by_content,
                                                   .deletes = syncs[row].deletes};
        make_here("s", options.from_box ? TARGET : SOURCE);
        make_in_box(box, "s", options.from_box ? SOURCE : TARGET);
        e2e_ok(on->box_sync_dir(box, here, "s", &options, &t, &error) == BOXD_OK, error);
        expect_synced(t, row);
        ck_assert_int_eq((int)t->method, (int)method);
        boxd_dir_transfer_free(t);
        (void)snprintf(command, sizeof command, "cd s && test \"$(%s)\" = '%s' || { %s; false; }", SYNCED,
                       syncs[row].synced, SYNCED);
        if (options.from_box)
            local_run(command);
        else
            e2e_do(box, command);
        /* again: there is nothing to do */
        e2e_ok(on->box_sync_dir(box, here, "s", &options, &t, &error) == BOXD_OK, error);
        ck_assert(t->files == 0 && t->links == 0 && t->deleted == 0 && t->failed == 0 && t->unchanged == 10);
        boxd_dir_transfer_free(t);
    }
}

START_TEST(synchronized)
{
    open_dirs(_i);
    boxd_box *box = e2e_box();
    expect_all_synced(box, BOXD_TRANSFER_TAR);
    e2e_drop(box);
    box = box_without_tar();
    expect_all_synced(box, BOXD_TRANSFER_FILES);
    close_dirs(box);
}
END_TEST

/* The utilities of BusyBox are no GNU ones: its tar cannot read a list, and its stat has no fractions. */
START_TEST(synchronized_with_busybox)
{
    if (access("/usr/bin/busybox", X_OK) != 0)
        return;
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = box_without("tar find xargs stat");
    const char *from = local_path("from"), *to = local_path("to");
    e2e_do(box, "for u in tar find stat; do ln -s /usr/bin/busybox bin/$u; done; mkdir new");
    make_here("from", SOURCE);
    boxd_dir_transfer *t = NULL;
    boxd_dir_transfer_options options = {.size = sizeof options, .deletes = true};
    e2e_ok(on->box_sync_dir(box, from, "new", &options, &t, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)t->method, (int)BOXD_TRANSFER_TAR);
    boxd_dir_transfer_free(t);
    e2e_do(box, "rm new/kind2 && mkdir new/extra && touch new/extra/x");
    e2e_ok(on->box_sync_dir(box, from, "new", &options, &t, &error) == BOXD_OK, error);
    ck_assert(t->files == 1 && t->links == 0 && t->unchanged == 9 && t->deleted == 2);
    boxd_dir_transfer_free(t);
    for (int by_content = 0; by_content < 2; by_content++) {
        options.from_box = true;
        options.by_content = by_content;
        e2e_ok(on->box_sync_dir(box, to, "new", &options, &t, &error) == BOXD_OK, error);
        ck_assert_int_eq((int)t->method, (int)BOXD_TRANSFER_FILES);
        ck_assert_uint_eq(t->unchanged, by_content ? 10 : 0);
        boxd_dir_transfer_free(t);
        local_run("diff -r --no-dereference from to");
    }
    close_dirs(box);
}
END_TEST

/* Into nothing, from nothing, and without the utilities. */
START_TEST(synchronized_with_nothing)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    const char *from = local_path("from"), *to = local_path("to");
    make_here("from", SOURCE);
    const boxd_dir_transfer_options down = {.size = sizeof down, .from_box = true, .deletes = true};
    e2e_ok(on->box_sync_dir(box, from, "new", NULL, NULL, &error) == BOXD_OK, error);
    e2e_ok(on->box_sync_dir(box, to, "new", &down, NULL, &error) == BOXD_OK, error);
    local_run("diff -r --no-dereference from to");
    on->box_sync_dir(box, to, "missing", &down, NULL, &error);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "missing");
    local_run("diff -r --no-dereference from to && mv to gone");
    on->box_sync_dir(box, to, "new", NULL, NULL, &error);
    e2e_expect(&error, BOXD_ERR_LOCAL_FILE, "No such file");
    e2e_drop(box);
    box = box_without("find stat");
    on->box_sync_dir(box, from, "new", NULL, NULL, &error);
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "neither GNU find nor stat");
    close_dirs(box);
}
END_TEST

/* A list that is not complete deletes nothing. */
START_TEST(incomplete_lists)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    const char *here = local_path("s");
    make_here("s", "mkdir locked && touch locked/x y");
    make_in_box(box, "s", "mkdir locked && touch locked/x && chmod 0 locked");
    boxd_dir_transfer *t = NULL;
    const boxd_dir_transfer_options down = {.size = sizeof down, .from_box = true, .deletes = true};
    ck_assert_int_eq((int)on->box_sync_dir(box, here, "s", &down, &t, &error), (int)BOXD_ERR_INCOMPLETE);
    ck_assert_uint_eq(t->deleted, 0);
    ck_assert_str_eq(t->failures[0]->path, "locked");
    boxd_dir_transfer_free(t);
    local_run("test -f s/y");
    e2e_do(box, "chmod 755 s/locked");
    e2e_ok(on->box_sync_dir(box, here, "s", &down, &t, &error) == BOXD_OK, error);
    ck_assert_uint_eq(t->deleted, 1);
    boxd_dir_transfer_free(t);
    close_dirs(box);
}
END_TEST

/* Links of the target are entries, also if those of the source are followed: what they lead to lies outside
 * of the target, is not deleted, and is not compared. */
static void expect_target_links_kept(boxd_box *box, bool from_box)
{
    static const char with_file[] = "mkdir data && printf x > data/x && touch -d '2001-01-01 UTC' data/x";
    static const char with_link[] = "ln -s ../outside data && touch f";
    static const char deleted[] = "test ! -L s/data -a ! -e s/data -a -f s/f -a -f outside/x";
    static const char copied[] = "test -d s/data -a ! -L s/data -a -f s/data/x -a -f outside/x";
    static const char outside[] = "printf x > x && touch -d '2001-01-01 UTC' x";
    const boxd_dir_transfer_options options = {
        .size = sizeof options, .links = BOXD_LINKS_FOLLOW, .from_box = from_box, .deletes = true};
    void (*const make_target)(boxd_box *, const char *, const char *) = from_box ? make_local : make_in_box;
    void (*const make_source)(boxd_box *, const char *, const char *) = from_box ? make_in_box : make_local;
    const char *here = local_path("s");
    for (int copies = 0; copies < 2; copies++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_dir_transfer *t = NULL;
        make_target(box, "outside", outside);
        make_target(box, "s", with_link);
        make_source(box, "s", copies ? with_file : "touch f");
        e2e_ok(on->box_sync_dir(box, here, "s", &options, &t, &error) == BOXD_OK, error);
        ck_assert_uint_eq(t->deleted, 1U + (unsigned)copies); /* the link; the file f */
        ck_assert(!copies || (t->unchanged == 0 && t->files == 1));
        boxd_dir_transfer_free(t);
        if (from_box)
            local_run(copies ? copied : deleted);
        else
            e2e_do(box, copies ? copied : deleted);
    }
}

START_TEST(links_of_the_target)
{
    open_dirs(_i);
    boxd_box *box = e2e_box();
    expect_target_links_kept(box, false);
    expect_target_links_kept(box, true);
    e2e_drop(box);
    box = box_without_tar();
    expect_target_links_kept(box, false);
    expect_target_links_kept(box, true);
    close_dirs(box);
}
END_TEST

/* Deletions in the box that fail: each with its own path, whatever the name is; the others are counted. The
 * box has no tar, so that the copy does not fail, too. */
START_TEST(failed_deletions)
{
    static const char make[] = "mkdir -p 'locked/in: Directory not empty' 'locked/d' kept/k && touch a "
                               "locked/x 'locked/y: z' kept/k/l.log && "
                               "touch 'locked/: Directory not empty' && chmod 555 locked";
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = box_without_tar();
    const char *here = local_path("s");
    make_here("s", "mkdir locked && chmod 555 locked");
    make_in_box(box, "s", make);
    boxd_dir_transfer *t = NULL;
    const boxd_dir_transfer_options options = {
        .size = sizeof options, .exclude = BOXD_ARGV("*.log"), .deletes = true};
    ck_assert_int_eq((int)on->box_sync_dir(box, here, "s", &options, &t, &error), (int)BOXD_ERR_INCOMPLETE);
    ck_assert_uint_eq(t->failed, 5);
    ck_assert_uint_eq(t->deleted, 1); /* a; kept and kept/k are not empty */
    expect_failure(t, "locked/x", BOXD_ERR_FAILED, "Permission denied");
    expect_failure(t, "locked/y: z", BOXD_ERR_FAILED, "Permission denied");
    expect_failure(t, "locked/d", BOXD_ERR_FAILED, "Permission denied");
    expect_failure(t, "locked/in: Directory not empty", BOXD_ERR_FAILED, "Permission denied");
    expect_failure(t, "locked/: Directory not empty", BOXD_ERR_FAILED, "Permission denied");
    boxd_dir_transfer_free(t);
    e2e_do(box, "test -f s/kept/k/l.log -a ! -e s/a && chmod 755 s/locked");
    close_dirs(box);
}
END_TEST

/* A failure counts whatever the name is, also one with the words of a harmless message. */
START_TEST(names_like_messages)
{
    static const char name[] = "file changed as we read it";
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    const char *here = local_path("s");
    make_here("s", "touch extra");
    make_in_box(box, "s", "touch 'file changed as we read it' && chmod 0 file*");
    boxd_dir_transfer *t = NULL;
    const boxd_dir_transfer_options options = {
        .size = sizeof options, .from_box = true, .by_content = true, .deletes = true};
    ck_assert_int_eq((int)on->box_sync_dir(box, here, "s", &options, &t, &error), (int)BOXD_ERR_INCOMPLETE);
    ck_assert(t->failed == 2 && t->deleted == 0); /* of cksum and of tar */
    ck_assert_str_eq(t->failures[0]->path, name);
    ck_assert_str_eq(t->failures[1]->path, name);
    boxd_dir_transfer_free(t);
    close_dirs(box);
}
END_TEST

/* What cannot be deleted here is a failure. */
START_TEST(failed_local_deletions)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    const char *here = local_path("s");
    make_here("s", "mkdir -p deep kept/k empty && touch kept/k/l.log x && cd deep && i=0 && "
                   "while [ $i -lt 300 ]; do mkdir d && cd -P d && i=$((i + 1)); done");
    make_in_box(box, "s", "touch f");
    boxd_dir_transfer *t = NULL;
    const boxd_dir_transfer_options options = {
        .size = sizeof options, .exclude = BOXD_ARGV("*.log"), .from_box = true, .deletes = true};
    ck_assert_int_eq((int)on->box_sync_dir(box, here, "s", &options, &t, &error), (int)BOXD_ERR_INCOMPLETE);
    ck_assert_uint_eq(t->failed, 1);
    ck_assert_str_eq(t->failures[0]->reason, "it is more than 256 directories deep");
    ck_assert_int_eq(strncmp(t->failures[0]->path, "deep/d/d", 8), 0);
    ck_assert_uint_eq(t->deleted, 2); /* empty and x */
    boxd_dir_transfer_free(t);
    close_dirs(box);
}
END_TEST

static Suite *sync_suite(void)
{
    Suite *suite = suite_create("dirs_sync");
    e2e_add_once(suite, synchronized);
    e2e_add_once(suite, synchronized_with_busybox);
    e2e_add(suite, synchronized_with_nothing);
    e2e_add_once(suite, incomplete_lists);
    e2e_add_once(suite, links_of_the_target);
    e2e_add_once(suite, failed_deletions);
    e2e_add_once(suite, failed_local_deletions);
    e2e_add_once(suite, names_like_messages);
    return suite;
}

int main(int argc, char **argv)
{
    e2e_take_generation(argc, argv);
    return e2e_main(sync_suite(), (const char *const[]){"--generation", e2e_generation, NULL});
}
