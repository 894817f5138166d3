/* The rules of box labels and of paths in a box. */
#include "boxd/client/box_names.h"

#include "unit_test.h"

#include <string.h>

#define TEN "abcdefghij"
#define SIXTY TEN TEN TEN TEN TEN TEN

START_TEST(labels)
{
    static const struct {
        const char *value;
        bool good;
    } rows[] = {
        {"a", true},
        {"web-1", true},
        {"x9", true},
        {"a--b", true},
        {SIXTY "abc", true},
        {NULL, false},
        {"", false},
        {"Web", false},
        {"weB", false},
        {"1web", true},
        {"3d", true},
        {"0", true},
        {"9" SIXTY "a9", true},
        {"-web", false},
        {"web-", false},
        {"-", false},
        {"we b", false},
        {"we.b", false},
        {"we_b", false},
        {"web\n", false},
        {"w\xC3\xA9"
         "b",
         false},
        {SIXTY "abcd", false},
        {"we/b", false},
        {" web", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_status expected = rows[i].good ? BOXD_OK : BOXD_ERR_INVALID_ARGUMENT;
        ck_assert_msg(name_check_label(rows[i].value, "name", &error) == expected, "\"%s\"", rows[i].value);
        ck_assert_int_eq(error.status, expected);
        if (!rows[i].good)
            ck_assert_int_eq(strncmp(error.message, "name \"", 6), 0);
    }
    boxd_error error = BOXD_ERROR_INIT;
    name_check_label("We\nb", "the fork's name", &error);
    ck_assert_ptr_nonnull(strstr(error.message, "the fork's name \"We\\x0A"
                                                "b\""));
    ck_assert_ptr_nonnull(strstr(error.message, "lower-case"));
    ck_assert_int_eq(name_check_label("X", "name", NULL), BOXD_ERR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(paths)
{
    char path[4098];
    memset(path, 'p', sizeof path);
    path[4096] = '\0';
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_int_eq(name_check_path(path, "path", &error), BOXD_OK);
    ck_assert_int_eq(name_check_path("/", "path", &error), BOXD_OK);
    ck_assert_int_eq(name_check_path("a\nb \xFF", "path", &error), BOXD_OK);
    ck_assert_int_eq(name_check_box_path("a\nb \xC3\xBC", "path", &error), BOXD_OK);
    ck_assert_int_eq(name_check_box_path("/a \xFF", "the path", &error), BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "the path \"/a \\xFF\" is not UTF-8 and cannot be sent"));
    ck_assert_int_eq(name_check_box_path("", "path", &error), BOXD_ERR_INVALID_ARGUMENT);
    path[4096] = 'p';
    path[4097] = '\0';
    ck_assert_int_eq(name_check_path(path, "the target", &error), BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "the target \"pppp"));
    ck_assert_ptr_nonnull(strstr(error.message, "4097"));
    ck_assert_ptr_nonnull(strstr(error.message, "4096"));
    ck_assert_uint_lt(strlen(error.message), 300);
    ck_assert_int_eq(name_check_path(NULL, "path", &error), BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_int_eq(name_check_path("", "path", &error), BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "path is empty"));
    ck_assert_int_eq(name_check_path("", "path", NULL), BOXD_ERR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(mount_paths)
{
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_int_eq(name_check_mount_path("/mnt/a b", "the mount path", &error), BOXD_OK);
    ck_assert_int_eq(name_check_mount_path("mnt\n", "the mount path", &error), BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "the mount path \"mnt\\x0A\" is not absolute; start it with /");
    ck_assert_int_eq(name_check_mount_path("", "the mount path", &error), BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "the mount path is empty"));
    ck_assert_int_eq(name_check_mount_path("x", "the mount path", NULL), BOXD_ERR_INVALID_ARGUMENT);
}
END_TEST

START_TEST(uuids)
{
    ck_assert(name_is_uuid("01234567-89ab-cdef-ABCD-EF0123456789"));
    ck_assert(!name_is_uuid("01234567-89ab-cdef-ABCD-EF012345678"));
    ck_assert(!name_is_uuid("01234567-89ab-cdef-ABCD-EF01234567890"));
    ck_assert(!name_is_uuid("01234567089ab-cdef-ABCD-EF0123456789"));
    ck_assert(!name_is_uuid("0123456g-89ab-cdef-ABCD-EF0123456789"));
    ck_assert(!name_is_uuid(""));
}
END_TEST

START_TEST(absolute_paths)
{
    static const char *const rows[][2] = {
        {"/", "/"},
        {"/etc/x", "/etc/x"},
        {"a", "/home/boxd/a"},
        {"a/b c", "/home/boxd/a/b c"},
        {"./a", "/home/boxd/./a"},
        {"../a", "/home/boxd/../a"},
        {"%s%n", "/home/boxd/%s%n"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *absolute = name_absolute_path(rows[i][0]);
        ck_assert_str_eq(absolute, rows[i][1]);
        mem_free(absolute);
    }
    mem_fail_after(0);
    ck_assert_ptr_null(name_absolute_path("/a"));
    ck_assert_ptr_null(name_absolute_path("a"));
    mem_fail_after(-1);
}
END_TEST

START_TEST(pairs)
{
    static const char *const good[] = {"a=", "a=b", "a=b=c", "\xC3\xA9 x=1"};
    static const char *const bad[] = {"", "a", "=b", "a=b\n", "a\r=b"};
    for (size_t i = 0; i < COUNT(good); i++)
        ck_assert_int_eq(name_check_pair(good[i], NULL), BOXD_OK);
    for (size_t i = 0; i < COUNT(bad); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_int_eq(name_check_pair(bad[i], &error), BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(error.message, "key=value"));
    }
    ck_assert_int_eq(name_check_pair(NULL, NULL), BOXD_ERR_INVALID_ARGUMENT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("box_names");
    unit_add(suite, labels);
    unit_add(suite, paths);
    unit_add(suite, mount_paths);
    unit_add(suite, uuids);
    unit_add(suite, absolute_paths);
    unit_add(suite, pairs);
    return unit_run(suite);
}
