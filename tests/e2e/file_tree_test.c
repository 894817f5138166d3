/* The tree of files in a box: directories; renaming, deleting and copying; the entry of a path. Runs against
 * a server that has these RPCs and against one that does not. */
#include "e2e.h"

#include <stdio.h>

static boxd_box *box;

static void open_box(int i)
{
    e2e_open(i, NULL);
    box = e2e_box();
}

static void close_box(void)
{
    e2e_drop(box);
    e2e_close();
}

static void run(const char *line)
{
    boxd_exec_result *result = e2e_run(box, line);
    ck_assert_msg(result->success, "%s: %s", line, result->err.data);
    boxd_exec_result_free(result);
}

static const boxd_dir_entry *entry_of(const boxd_dir *dir, const char *name)
{
    for (size_t i = 0; i < dir->count; i++)
        if (strcmp(dir->items[i]->name, name) == 0)
            return dir->items[i];
    ck_abort_msg("no %s", name);
}

static void expect_file(const boxd_dir_entry *entry)
{
    ck_assert(!entry->is_dir);
    ck_assert_uint_eq(entry->size_bytes, 5);
    ck_assert_str_eq(entry->permissions, "-rw-r-----");
    ck_assert(entry->modified_at_ms == INT64_C(1000000000000));
    ck_assert(entry->added_at_ms > entry->modified_at_ms);
}

START_TEST(list)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_box(_i);
    run("mkdir -p d/sub && cd d && printf 12345 > file && chmod 640 file && touch -d @1000000000 file && "
        "touch .hidden 'a b' && ln -s nowhere link");
    boxd_dir *dir = on->box_list_dir(box, "d/", NULL, &error); /* relative: from /home/boxd */
    e2e_ok(dir, error);
    ck_assert_uint_eq(dir->count, 5);
    ck_assert(!dir->truncated);
    expect_file(entry_of(dir, "file"));
    ck_assert(entry_of(dir, "sub")->is_dir && entry_of(dir, "sub")->permissions[0] == 'd');
    ck_assert_uint_eq(entry_of(dir, "sub")->size_bytes, 0);
    ck_assert(entry_of(dir, "link")->permissions[0] == 'l');
    entry_of(dir, ".hidden");
    entry_of(dir, "a b");
    boxd_dir_free(dir);
    dir = on->box_list_dir(box, "/home/boxd/d/sub", NULL, &error);
    e2e_ok(dir, error);
    ck_assert_uint_eq(dir->count, 0);
    boxd_dir_free(dir);
    ck_assert_ptr_null(on->box_list_dir(box, "missing", NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "\"/home/boxd/missing\" in box \"");
    ck_assert_int_eq(error.grpc_code, 5);
    ck_assert_ptr_null(on->box_list_dir(box, "d/file", NULL, &error));
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "/home/boxd/d/file");
    close_box();
}
END_TEST

START_TEST(make)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_box(_i);
    e2e_ok(on->box_mkdir(box, "new", NULL, &error) == BOXD_OK, error);
    e2e_ok(on->box_mkdir(box, "/home/boxd/new/inner dir", NULL, &error) == BOXD_OK, error);
    run("test -d 'new/inner dir' && touch new/x");
    ck_assert_int_eq((int)on->box_mkdir(box, "new", NULL, &error), (int)BOXD_ERR_ALREADY_EXISTS);
    ck_assert_int_eq((int)on->box_mkdir(box, "no/parent", NULL, &error), (int)BOXD_ERR_NOT_FOUND);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "no/parent");
    close_box();
}
END_TEST

START_TEST(move_copy_delete)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_box(_i);
    run("mkdir -p tree/sub && echo x > tree/sub/file && echo old > old");
    e2e_ok(on->box_copy_path(box, "tree", "/tmp/copy", NULL, &error) == BOXD_OK, error);
    run("test \"$(cat tree/sub/file /tmp/copy/sub/file)\" = \"$(printf 'x\\nx')\"");
    e2e_ok(on->box_rename_path(box, "tree", "moved", NULL, &error) == BOXD_OK, error);
    run("test ! -e tree && test -f moved/sub/file");
    e2e_ok(on->box_rename_path(box, "moved/sub/file", "old", NULL, &error) == BOXD_OK, error);
    run("test $(cat old) = x");
    e2e_ok(on->box_delete_path(box, "/tmp/copy", NULL, &error) == BOXD_OK, error);
    e2e_ok(on->box_delete_path(box, "old", NULL, &error) == BOXD_OK, error);
    run("test ! -e /tmp/copy && test ! -e old");
    ck_assert_int_eq((int)on->box_delete_path(box, "gone", NULL, &error), (int)BOXD_ERR_NOT_FOUND);
    ck_assert_int_eq((int)on->box_rename_path(box, "gone", "x", NULL, &error), (int)BOXD_ERR_NOT_FOUND);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "\"/home/boxd/gone\" in box");
    ck_assert_int_eq((int)on->box_copy_path(box, "gone", "x", NULL, &error), (int)BOXD_ERR_NOT_FOUND);
    ck_assert_int_eq((int)on->box_copy_path(box, "moved", "moved/in", NULL, &error),
                     (int)BOXD_ERR_INVALID_ARGUMENT);
    close_box();
}
END_TEST

/* The entry of a path, for every spelling of the path. */
START_TEST(one_path)
{
    static const struct {
        const char *path, *name;
        bool is_dir;
    } cases[] = {{"d/file", "file", false},
                 {"/home/boxd/d/file", "file", false},
                 {"d//file", "file", false},
                 {"d/file/", "file", false},
                 {"./d/./file/.", "file", false},
                 {"d/link", "link", false},
                 {"d", "d", true},
                 {"/home/boxd/d///", "d", true},
                 {"d/../d/sub", "sub", true},
                 {"d/..", "..", true},
                 {"/home", "home", true},
                 {"/", "/", true},
                 {"///", "/", true},
                 {"/.", "/", true},
                 {".", "boxd", true},
                 {"d/sub/a b", "a b", false}};
    boxd_error error = BOXD_ERROR_INIT;
    open_box(_i);
    run("mkdir -p d/sub && cd d && printf 12345 > file && chmod 640 file && touch -d @1000000000 file && "
        "touch 'sub/a b' && ln -s nowhere link");
    for (size_t i = 0; i < COUNT(cases); i++) {
        boxd_dir_entry *entry = on->box_stat(box, cases[i].path, NULL, &error);
        ck_assert_msg(entry, "%s: %s", cases[i].path, error.message);
        ck_assert_str_eq(entry->name, cases[i].name);
        ck_assert_msg(entry->is_dir == cases[i].is_dir, "%s", cases[i].path);
        if (strcmp(entry->name, "file") == 0)
            expect_file(entry);
        boxd_dir_entry_free(entry);
        bool exists = false;
        e2e_ok(on->box_exists(box, cases[i].path, NULL, &exists, &error) == BOXD_OK, error);
        ck_assert_msg(exists, "%s", cases[i].path);
    }
    e2e_ok(on->box_exists(box, "d", NULL, NULL, &error) == BOXD_OK, error);
    close_box();
}
END_TEST

START_TEST(missing_path)
{
    static const char *const cases[] = {"gone",      "gone/",         "/gone",     "/no/parent/here",
                                        "no/parent", "/home/boxd/.g", "gone/../x", "no/../.."};
    boxd_error error = BOXD_ERROR_INIT;
    open_box(_i);
    for (size_t i = 0; i < COUNT(cases); i++) {
        bool exists = true;
        ck_assert_ptr_null(on->box_stat(box, cases[i], NULL, &error));
        e2e_expect(&error, BOXD_ERR_NOT_FOUND, boxd_box_name(box));
        e2e_ok(on->box_exists(box, cases[i], NULL, &exists, &error) == BOXD_OK, error);
        ck_assert_msg(!exists, "%s", cases[i]);
    }
    ck_assert_ptr_null(on->box_stat(box, "no/parent//", NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "there is no \"/home/boxd/no/parent\" in box \"");
    run("echo > file");
    bool exists = true;
    e2e_ok(on->box_exists(box, "file/x", NULL, &exists, &error) == BOXD_OK,
           error); /* below a path that is not a directory */
    ck_assert(!exists);
    ck_assert_ptr_null(on->box_stat(box, "file/x", NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "file/x");
    e2e_ok(on->box_stop(box, NULL, &error) == BOXD_OK, error); /* the box does not run: the call fails */
    ck_assert_int_eq((int)on->box_exists(box, "file", NULL, &exists, &error),
                     (int)BOXD_ERR_FAILED_PRECONDITION);
    /* the box does not exist: the call fails */
    e2e_ok(on->box_destroy(box, NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)on->box_exists(box, "gone", NULL, &exists, &error), (int)BOXD_ERR_NOT_FOUND);
    ck_assert_ptr_null(on->box_stat(box, "gone", NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, boxd_box_name(box));
    boxd_box_free(box);
    e2e_close();
}
END_TEST

/* A truncated list does not prove that a path is missing. */
START_TEST(truncated_list)
{
    enum { SENT = 10000, MORE = 20 };
    boxd_error error = BOXD_ERROR_INIT;
    open_box(_i);
    run("mkdir many && cd many && seq 1 10020 | xargs touch");
    boxd_dir *dir = on->box_list_dir(box, "many", NULL, &error);
    e2e_ok(dir, error);
    ck_assert(dir->truncated);
    ck_assert_uint_eq(dir->count, SENT);
    char listed[64];
    (void)snprintf(listed, sizeof listed, "many/%s", dir->items[SENT / 2]->name);
    bool sent[SENT + MORE + 1] = {false}, exists = false;
    for (size_t i = 0; i < dir->count; i++)
        sent[atoi(dir->items[i]->name)] = true;
    boxd_dir_free(dir);
    boxd_dir_entry *entry = on->box_stat(box, listed, NULL, &error);
    e2e_ok(entry, error);
    boxd_dir_entry_free(entry);
    e2e_ok(on->box_exists(box, listed, NULL, &exists, &error) == BOXD_OK && exists, error);
    int left_out = 1;
    while (sent[left_out])
        left_out++;
    (void)snprintf(listed, sizeof listed, "many/%d", left_out);
    ck_assert_ptr_null(on->box_stat(box, listed, NULL, &error));
    e2e_expect(&error, BOXD_ERR_INCOMPLETE, "boxd_box_exec()");
    e2e_expect(&error, BOXD_ERR_INCOMPLETE, listed);
    ck_assert_int_eq((int)on->box_exists(box, listed, NULL, &exists, &error), (int)BOXD_ERR_INCOMPLETE);
    close_box();
}
END_TEST

START_TEST(bad_arguments)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_box(_i);
    char *lengthy = calloc(1, 5000);
    memset(lengthy, 'x', 4999);
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    const char *const bad[] = {NULL, "", lengthy};
    for (size_t i = 0; i < COUNT(bad); i++) {
        ck_assert_ptr_null(on->box_list_dir(box, bad[i], NULL, &error));
        e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "the path in the box");
        ck_assert_ptr_null(on->box_stat(box, bad[i], NULL, &error));
        ck_assert_int_eq((int)error.status, (int)BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_int_eq((int)on->box_exists(box, bad[i], NULL, NULL, &error),
                         (int)BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_int_eq((int)on->box_mkdir(box, bad[i], NULL, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_int_eq((int)on->box_delete_path(box, bad[i], NULL, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_int_eq((int)on->box_copy_path(box, bad[i], "x", NULL, &error),
                         (int)BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_int_eq((int)on->box_rename_path(box, "x", bad[i], NULL, &error),
                         (int)BOXD_ERR_INVALID_ARGUMENT);
        e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "the new path in the box");
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    }
    free(lengthy);
    ck_assert_int_eq(emulator_count_calls(&emulator, "ListDir", 0), 0);
    ck_assert_int_eq(emulator_count_calls(&emulator, "RenamePath", 0), 0);
    close_box();
}
END_TEST

/* Service 0.1 has no such RPCs: each error names the alternative. */
START_TEST(old_server)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_box(_i);
    ck_assert_ptr_null(on->box_list_dir(box, "/", NULL, &error));
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "boxd_box_exec()");
    ck_assert_ptr_null(on->box_stat(box, "/etc", NULL, &error));
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "boxd_box_exec()");
    const boxd_status statuses[] = {
        on->box_exists(box, "/etc", NULL, NULL, &error), on->box_mkdir(box, "x", NULL, &error),
        on->box_delete_path(box, "x", NULL, &error), on->box_copy_path(box, "x", "y", NULL, &error),
        on->box_rename_path(box, "x", "y", NULL, &error)};
    for (size_t i = 0; i < COUNT(statuses); i++)
        ck_assert_int_eq((int)statuses[i], (int)BOXD_ERR_UNSUPPORTED);
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "boxd_box_exec()");
    close_box();
}
END_TEST

/* By utilities of the box, with any service: made with parents, permissions, and what a link leads to. */
START_TEST(commands_on_paths)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_box(_i);
    e2e_ok(on->box_mkdir_parents(box, "p/q\xff/r", NULL, &error) == BOXD_OK, error);
    e2e_ok(on->box_mkdir_parents(box, "p/q\xff/r", NULL, &error) == BOXD_OK, error);
    run("cd p && printf 12345 > file && touch -d @1000000000 file && ln -s file link && ln -s . dirlink && "
        "ln -s nowhere dangling");
    e2e_ok(on->box_chmod(box, "p/link", 0640, NULL, &error) == BOXD_OK, error);
    boxd_dir_entry *entry = on->box_stat_followed(box, "/home/boxd/p/link", NULL, &error);
    e2e_ok(entry, error);
    expect_file(entry);
    ck_assert_str_eq(entry->name, "link");
    boxd_dir_entry_free(entry);
    entry = on->box_stat_followed(box, "p/dirlink", NULL, &error);
    e2e_ok(entry, error);
    ck_assert(entry->is_dir && entry->size_bytes == 0);
    boxd_dir_entry_free(entry);

    on->box_mkdir_parents(box, "p/file/x", NULL, &error);
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "Not a directory");
    on->box_mkdir_parents(box, "p/file", NULL, &error);
    e2e_expect(&error, BOXD_ERR_ALREADY_EXISTS, "File exists");
    on->box_mkdir_parents(box, "/proc/x", NULL, &error);
    ck_assert(error.status == BOXD_ERR_NOT_FOUND || error.status == BOXD_ERR_PERMISSION_DENIED);
    on->box_chmod(box, "p/missing", 0644, NULL, &error);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "p/missing");
    on->box_chmod(box, "p/file", 010000, NULL, &error);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "mode is 010000");
    ck_assert_ptr_null(on->box_stat_followed(box, "p/dangling", NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "p/dangling");
    static const char *const bad[] = {"sh: warning\\n-rw-r--r-- 5 1 1\\n",
                                      "-rw-r--r-- 5 1\\n",
                                      "-rw-r--r-- 5 1 1 x\\n",
                                      "-rw-r--r-- x 1 1\\n",
                                      "-rw-r--r-- 99999999999999999999 1 1\\n",
                                      ""};
    for (size_t i = 0; i < COUNT(bad); i++) {
        char line[128];
        (void)snprintf(line, sizeof line,
                       "cd /usr/local/bin && echo \"printf -- '%s'\" > stat && chmod 755 stat", bad[i]);
        run(line);
        ck_assert_ptr_null(on->box_stat_followed(box, "p/file", NULL, &error));
        e2e_expect(&error, BOXD_ERR_PROTOCOL, "did not write");
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES);
    }
    ck_assert_ptr_null(on->box_stat_followed(box, "", NULL, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "path in the box");
    close_box();
}
END_TEST

int main(int argc, char **argv)
{
    Suite *suite = suite_create("file_tree");
    const char *old[] = {"--generation", "0.1", NULL};
    if (argc > 1 && strcmp(argv[1], "--old") == 0) {
        e2e_add(suite, old_server);
        e2e_add(suite, commands_on_paths);
        return e2e_main(suite, old);
    }
    e2e_add(suite, list);
    e2e_add(suite, make);
    e2e_add(suite, move_copy_delete);
    e2e_add(suite, one_path);
    e2e_add(suite, missing_path);
    e2e_add(suite, truncated_list);
    e2e_add(suite, bad_arguments);
    e2e_add_once(suite, commands_on_paths);
    return e2e_main(suite, NULL);
}
