/*
 * Archives: what tar_header.c writes tar_reader.c reads, in pieces of any size; what is damaged is an error;
 * and what a hostile box may send never leaves the directory that tree_writer.c writes to.
 */
#include "boxd/dirs/tar_reader.h"
#include "boxd/dirs/tree_writer.h"
#include "errors.h"
#include "unit_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- what is read ---- */

static char seen[8192]; /* each entry as text */

static void note_entry(void *owner, const tree_entry *e)
{
    (void)owner;
    const size_t at = strlen(seen);
    (void)snprintf(seen + at, sizeof seen - at, "%d %.300s %.120s %o %llu %lld.%09u\n", (int)e->kind, e->path,
                   e->target, e->mode, (unsigned long long)e->size, (long long)e->mtime_s, e->mtime_ns);
}

static void note_data(void *owner, const char *bytes, size_t size)
{
    (void)owner;
    (void)snprintf(seen + strlen(seen), sizeof seen - strlen(seen), "%.*s", (int)size, bytes);
}

static void note_end(void *owner)
{
    (void)owner;
    (void)snprintf(seen + strlen(seen), sizeof seen - strlen(seen), ".\n");
}

static const tar_events events = {note_entry, note_data, note_end};

static bool read_in_pieces(const text *archive, size_t piece, boxd_error *error)
{
    tar_reader r;
    bool good = true;
    seen[0] = '\0';
    tar_reader_init(&r, &events, NULL);
    for (size_t at = 0; at < archive->size && good; at += piece) {
        /* a copy of the exact size, so that a sanitizer sees each read beyond it */
        const size_t size = archive->size - at < piece ? archive->size - at : piece;
        char *copy = malloc(size);
        memcpy(copy, archive->data + at, size);
        good = tar_reader_feed(&r, copy, size, error);
        free(copy);
    }
    good = good && tar_reader_is_complete(&r);
    tar_reader_free(&r);
    return good;
}

static void add_file(text *t, const char *path, const char *data)
{
    char zeros[TAR_BLOCK] = {0};
    tar_add_header(t, &(tree_entry){.path = path, .mode = 0644, .size = strlen(data)});
    text_add(t, data);
    text_add_bytes(t, zeros, tar_padding(strlen(data)));
}

START_TEST(written_and_read)
{
    char path[301], target[151];
    memset(path, 'p', 300);
    memset(target, 't', 150);
    path[300] = target[150] = '\0';
    const tree_entry entries[] = {
        {ENTRY_DIR, 0755, "", NULL, 0, 1, 0},
        {ENTRY_DIR, 07777, "d\xff\n", NULL, 0, -5, 750000000},
        {ENTRY_LINK, 0777, path, target, 0, 1700000000, 123456789},
        {ENTRY_LINK, 0777, "d/link", "/etc", 0, INT64_C(99999999999), 0},
        {ENTRY_FILE, 0600, path, NULL, 0, -100, 0},
    };
    char wanted[2048];
    (void)snprintf(wanted, sizeof wanted,
                   "1 ./  755 0 1.000000000\n.\n1 ./d\xff\n/  7777 0 -5.750000000\n.\n"
                   "2 ./%.298s %.120s 777 0 1700000000.123456789\n.\n2 ./d/link /etc 777 0 "
                   "99999999999.000000000\n.\n0 ./%.298s  600 0 -100.000000000\n.\n"
                   "0 ./f  644 5 0.000000000\nhello.\n",
                   path, target, path);
    text archive = TEXT_INIT;
    for (size_t i = 0; i < COUNT(entries); i++)
        tar_add_header(&archive, &entries[i]);
    add_file(&archive, "f", "hello");
    tar_add_end(&archive);
    static const size_t pieces[] = {512, 513, 100000, 1};
    for (size_t i = 0; i < COUNT(pieces); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert(read_in_pieces(&archive, pieces[i], &error));
        if (pieces[i] > 1)
            ck_assert_str_eq(seen, wanted);
    }
    text_free(&archive);
}
END_TEST

/* Bytes of an archive change at random: the reader accepts it or not, and does not read beyond it. */
START_TEST(damaged_at_random)
{
    text archive = TEXT_INIT;
    char path[300];
    memset(path, 'p', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    tar_add_header(&archive, &(tree_entry){ENTRY_LINK, 0777, path, path, 0, 12, 34});
    add_file(&archive, "f", "hello");
    tar_add_end(&archive);
    uint64_t random = 1;
    for (int i = 0; i < 20000; i++) {
        text copy = TEXT_INIT;
        text_add_bytes(&copy, archive.data, archive.size);
        for (int k = 0; k < 1 + i % 3; k++) {
            random = random * 6364136223846793005U + 1442695040888963407U;
            copy.data[(random >> 33) % copy.size] = (char)(random >> 25);
        }
        for (size_t b = 0; b + TAR_BLOCK <= copy.size && i % 4; b += TAR_BLOCK) /* past the checksum */
            (void)snprintf(copy.data + b + TAR_SUM_AT, TAR_SUM_SIZE, "%06o",
                           (unsigned)tar_checksum(copy.data + b));
        boxd_error error = BOXD_ERROR_INIT;
        read_in_pieces(&copy, 700, &error);
        text_free(&copy);
    }
    text_free(&archive);
}
END_TEST

static void set_sum(char *block)
{
    (void)snprintf(block + TAR_SUM_AT, TAR_SUM_SIZE, "%06o", (unsigned)tar_checksum(block));
}

static const struct {
    const char *pax;
    const char *part;
} malformed[] = {
    {"12 path=a/b\n", NULL},
    {"13 path=a/b\n", "pax header"},
    {"9999 path=a/b\n", "pax header"},
    {"path=a/b\n", "pax header"},
    {"0 path=a/b\n", "pax header"},
    {"99999999999999999999 path=a\n", "pax header"},
    {"7 path\n", "no ="},
    {"22 GNU.sparse.major=1\n", "sparse"},
    {"28 size=9999999999999999999\n", "impossible size"},
};

START_TEST(malformed_pax_headers)
{
    for (size_t i = 0; i < COUNT(malformed); i++) {
        text archive = TEXT_INIT;
        boxd_error error = BOXD_ERROR_INIT;
        add_file(&archive, "x", malformed[i].pax);
        archive.data[TAR_TYPE_AT] = 'x';
        set_sum(archive.data);
        add_file(&archive, "f", "");
        tar_add_end(&archive);
        ck_assert_int_eq(read_in_pieces(&archive, 512, &error), malformed[i].part == NULL);
        ck_assert_msg(!malformed[i].part || strstr(error.message, malformed[i].part), "%s", error.message);
        text_free(&archive);
    }
}
END_TEST

/* ---- what is written ---- */

static char root[64];

static void on_entry(void *w, const tree_entry *e)
{
    tree_writer_entry(w, e);
}

static void on_data(void *w, const char *bytes, size_t size)
{
    tree_writer_data(w, bytes, size);
}

static void on_end(void *w)
{
    tree_writer_end(w);
}

static const tree_settings settings = {.all_modes = true};

/* Writes entries, each file with the data "evil", to the directory `in` below `root`. */
static void write_entries(const tree_entry *entries, size_t count, transfer_report *report)
{
    static const tar_events to_tree = {on_entry, on_data, on_end};
    char in[96];
    tree_writer w;
    boxd_error error = BOXD_ERROR_INIT;
    (void)snprintf(in, sizeof in, "%s/in", root);
    report_init(report, 0, NULL);
    tree_writer_init(&w, &settings, report, 0);
    ck_assert_int_eq((int)tree_writer_open(&w, in, true, &error), (int)BOXD_OK);
    for (size_t i = 0; i < count; i++) {
        to_tree.entry(&w, &entries[i]);
        if (entries[i].kind == ENTRY_FILE)
            to_tree.data(&w, "evil", 4);
        to_tree.end(&w);
    }
    tree_writer_close(&w, true);
    tree_writer_free(&w);
    ck_assert_int_eq((int)w.failure.status, (int)BOXD_OK);
}

static int run(const char *line)
{
    char command[1024];
    (void)snprintf(command, sizeof command, "cd '%s' && { %s; }", root, line);
    return system(command);
}

#define FILE_AT(name)                                                                                        \
    {                                                                                                        \
        .kind = ENTRY_FILE, .path = (name), .mode = 0644, .size = 4                                          \
    }
#define LINK_AT(name, to)                                                                                    \
    {                                                                                                        \
        .kind = ENTRY_LINK, .path = (name), .target = (to), .mode = 0777                                     \
    }
#define DIR_AT(name)                                                                                         \
    {                                                                                                        \
        .kind = ENTRY_DIR, .path = (name), .mode = 0755                                                      \
    }
#define HARD_AT(name, to)                                                                                    \
    {                                                                                                        \
        .kind = ENTRY_HARD_LINK, .path = (name), .target = (to)                                              \
    }
#define OTHER_AT(name)                                                                                       \
    {                                                                                                        \
        .kind = ENTRY_OTHER, .path = (name)                                                                  \
    }

/* The attacks of a hostile archive. `failed`: entries that are refused. `out` is never changed. */
static const struct {
    const char *name;
    tree_entry entries[5];
    size_t count, failed;
    /* A command in `root` that succeeds afterwards. */
    const char *check;
} attacks[] = {
    {"absolute",
     {FILE_AT("/tmp/boxd-evil"), FILE_AT("good")},
     2,
     1,
     "test -f in/good -a ! -e /tmp/boxd-evil"},
    {"dots",
     {FILE_AT("../evil"), FILE_AT("a/../../evil"), FILE_AT("a/.."), FILE_AT("..")},
     4,
     4,
     "! ls evil"},
    {"a file through a link", {LINK_AT("l", "../out"), FILE_AT("l/evil")}, 2, 1, "test -L in/l"},
    {"a directory through a link",
     {LINK_AT("l", "../out"), DIR_AT("l"), FILE_AT("l/evil")},
     3,
     2,
     "test -L in/l"},
    {"a directory becomes a link",
     {DIR_AT("d"), FILE_AT("d/ok"), LINK_AT("d", "../out"), FILE_AT("d/evil")},
     4,
     1,
     "test -f in/d/evil"},
    {"a file in place of a link", {LINK_AT("l", "../out/kept"), FILE_AT("l")}, 2, 0, "test ! -L in/l"},
    {"a link to a link",
     {LINK_AT("a", ".."), LINK_AT("b", "a/out"), FILE_AT("b/evil"), DIR_AT("a/out/evil")},
     4,
     2,
     "test -L in/b"},
    {"a hard link to outside", {HARD_AT("h", "../out/kept"), HARD_AT("i", "/etc/passwd")}, 2, 2, "! ls in/h"},
    {"a hard link through a link", {LINK_AT("l", "../out"), HARD_AT("h", "l/kept")}, 2, 1, "! ls in/h"},
    {"a hard link to a link", {LINK_AT("l", "../out/kept"), HARD_AT("h", "l")}, 2, 1, "! ls in/h"},
    {"a hard link inside", {FILE_AT("f"), HARD_AT("d/h", "./f"), FILE_AT("f")}, 3, 0, "cmp in/f in/d/h"},
    {"a hard link twice",
     {FILE_AT("f"), HARD_AT("h", "f"), HARD_AT("h", "f"), HARD_AT("f", "h")},
     4,
     0,
     "cmp in/f in/h && test \"$(ls -A in)\" = \"$(printf 'f\\nh')\""},
    {"set-user-ID and set-group-ID",
     {{.kind = ENTRY_FILE, .path = "f", .mode = 06755, .size = 4},
      {.kind = ENTRY_DIR, .path = "d", .mode = 07755}},
     2,
     0,
     "test \"$(find in -mindepth 1 -printf '%P %m ' | tr -d '\\n')\" = 'f 755 d 1755 ' || test "
     "\"$(find in -mindepth 1 -printf '%P %m ')\" = 'd 1755 f 755 '"},
    {"a device", {OTHER_AT("null"), OTHER_AT("d/fifo")}, 2, 2, "test ! -e in/null"},
    {"the directory itself", {LINK_AT(".", "../out"), FILE_AT("./"), HARD_AT("", "f")}, 3, 3, "test -d in"},
    {"a file is a directory", {FILE_AT("f"), FILE_AT("f/evil"), DIR_AT("f/evil")}, 3, 2, "test -f in/f"},
    {"replaced by a file", {DIR_AT("d"), FILE_AT("d/x"), FILE_AT("d")}, 3, 1, "test -f in/d/x"},
};

START_TEST(hostile_entries)
{
    transfer_report report;
    (void)snprintf(root, sizeof root, "/tmp/boxd-tar-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    ck_assert_int_eq(run("mkdir out && echo kept > out/kept"), 0);
    write_entries(attacks[_i].entries, attacks[_i].count, &report);
    ck_assert_msg(report.counts.failed == attacks[_i].failed, "%s: %llu entries were refused: %s",
                  attacks[_i].name, (unsigned long long)report.counts.failed,
                  report.count ? report.failures[0].reason : "");
    ck_assert_msg(
        run("test \"$(ls -A out)\" = kept && test \"$(cat out/kept)\" = kept && test \"$(ls -A)\" = "
            "\"$(printf 'in\\nout')\"") == 0,
        "%s: something outside has changed", attacks[_i].name);
    ck_assert_msg(run(attacks[_i].check) == 0, "%s: %s", attacks[_i].name, attacks[_i].check);
    report_free(&report);
    ck_assert_int_eq(run("rm -rf \"$PWD\""), 0);
}
END_TEST

/* A path of more directories than the library opens at a time, and a name that is too long. */
START_TEST(deep_paths)
{
    transfer_report report;
    char deep[4000], name[400];
    for (size_t i = 0; i < sizeof deep - 1; i++)
        deep[i] = i % 2 ? '/' : 'd';
    deep[sizeof deep - 1] = '\0';
    memset(name, 'n', sizeof name - 1);
    memcpy(name + 300, "/x", 3);
    const tree_entry entries[] = {FILE_AT(deep), FILE_AT(name), FILE_AT("good")};
    (void)snprintf(root, sizeof root, "/tmp/boxd-tar-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    write_entries(entries, 3, &report);
    ck_assert_uint_eq(report.counts.failed, 2);
    ck_assert_uint_eq(report.counts.files, 1);
    report_free(&report);
    ck_assert_int_eq(run("rm -rf \"$PWD\""), 0);
}
END_TEST

/* The list of failures is bounded, whatever paths the box sends. */
START_TEST(long_paths)
{
    enum { PATH_BYTES = 200000, FAILURES = 6000 };
    transfer_report report;
    char *path = malloc(PATH_BYTES + 1);
    ck_assert_ptr_nonnull(path);
    memset(path, 'p', PATH_BYTES);
    for (size_t i = 100; i < PATH_BYTES; i += 101)
        path[i] = '/';
    path[PATH_BYTES] = '\0';
    const tree_entry entries[] = {FILE_AT(path), FILE_AT("good")};
    (void)snprintf(root, sizeof root, "/tmp/boxd-tar-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    write_entries(entries, 2, &report);
    ck_assert(report.counts.failed == 1 && report.counts.files == 1);
    ck_assert_uint_eq(strlen(report.failures[0].path), REPORT_MAX_PATH);
    ck_assert_ptr_nonnull(strstr(report.failures[0].reason, "too long"));
    ck_assert_int_eq(run("test \"$(ls in)\" = good && rm -rf \"$PWD\""), 0);
    for (int i = 0; i < FAILURES; i++)
        report_failure(&report, path, BOXD_ERR_FAILED, "failed");
    ck_assert_uint_eq(report.counts.failed, FAILURES + 1);
    ck_assert(report.count > 1000 && report.count * REPORT_MAX_PATH <= REPORT_MAX_BYTES);
    report_free(&report);
    free(path);
}
END_TEST

/* Why a directory cannot be made: the file system of /sys makes none. */
START_TEST(directory_not_made)
{
    const tree_entry file = FILE_AT("boxd-test/x");
    boxd_error error = BOXD_ERROR_INIT;
    transfer_report report;
    tree_writer w;
    if (access("/sys/kernel", F_OK) != 0)
        return;
    report_init(&report, 0, NULL);
    tree_writer_init(&w, &settings, &report, 0);
    ck_assert_int_eq((int)tree_writer_open(&w, "/sys", false, &error), (int)BOXD_OK);
    tree_writer_entry(&w, &file);
    tree_writer_close(&w, true);
    tree_writer_free(&w);
    ck_assert_uint_eq(report.count, 1);
    ck_assert_ptr_nonnull(strstr(report.failures[0].reason, "making the directory failed ("));
    ck_assert_ptr_null(strstr(report.failures[0].reason, "No such file"));
    report_free(&report);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tar");
    TCase *reading = tcase_create("reading"), *writing = tcase_create("writing");
    tcase_add_test(reading, written_and_read);
    tcase_add_test(reading, damaged_at_random);
    tcase_add_test(reading, malformed_pax_headers);
    tcase_add_loop_test(writing, hostile_entries, 0, (int)(COUNT(attacks)));
    tcase_add_test(writing, deep_paths);
    tcase_add_test(writing, long_paths);
    tcase_add_test(writing, directory_not_made);
    suite_add_tcase(suite, reading);
    suite_add_tcase(suite, writing);
    return unit_run(suite);
}
