/* Options of any size: defaults, unknown members. */
#include "options.h"

#include "unit_test.h"

#include <stdio.h>
#include <string.h>

typedef struct {
    size_t size;
    int64_t first;
    int64_t second;
} sample_options;

START_TEST(null_is_all_defaults)
{
    sample_options to;
    memset(&to, 0x55, sizeof to);
    ck_assert_int_eq(options_copy(&to, OPTION_TYPE(sample_options), NULL, NULL), BOXD_OK);
    ck_assert_uint_eq(to.size, sizeof to);
    ck_assert_int_eq(to.first, 0);
    ck_assert_int_eq(to.second, 0);
}
END_TEST

/* The struct of a program with another header. */
typedef struct {
    sample_options known;
    char tail[16];
} longer_options;

START_TEST(size_decides)
{
    static const struct {
        size_t given;
        /* The bytes after the known members. */
        char tail[16];
        boxd_status status;
        /* The struct after the copy. */
        int64_t first, second;
        const char *says;
    } rows[] = {
        {sizeof(sample_options), "", BOXD_OK, 11, 22, NULL},
        {sizeof(sample_options), "beyond its size", BOXD_OK, 11, 22, NULL},
        {offsetof(sample_options, second), "", BOXD_OK, 11, 0, NULL}, /* an older header */
        {offsetof(sample_options, first), "", BOXD_OK, 0, 0, NULL},
        {sizeof(longer_options), "", BOXD_OK, 11, 22, NULL}, /* a newer header, and nothing new is used */
        {sizeof(sample_options) + 1, {[1] = 'x'}, BOXD_OK, 11, 22, NULL},
        {sizeof(sample_options) + 1, "x", BOXD_ERR_INVALID_ARGUMENT, 0, 0, "newer headers"},
        {sizeof(longer_options), {[15] = 'x'}, BOXD_ERR_INVALID_ARGUMENT, 0, 0, "newer headers"},
        {0, "", BOXD_ERR_INVALID_ARGUMENT, 0, 0, "BOXD_SIZED(sample_options)"},
        {sizeof(size_t) - 1, "", BOXD_ERR_INVALID_ARGUMENT, 0, 0, "BOXD_SIZED(sample_options)"},
        {SIZE_MAX, "", BOXD_ERR_INVALID_ARGUMENT, 0, 0, "BOXD_SIZED(sample_options)"} /* garbage */,
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        longer_options from = {{rows[i].given, 11, 22}, {0}};
        sample_options to;
        boxd_error error = BOXD_ERROR_INIT;
        memcpy(from.tail, rows[i].tail, sizeof from.tail);
        memset(&to, 0x55, sizeof to);
        ck_assert_int_eq(options_copy(&to, OPTION_TYPE(sample_options), &from, &error), rows[i].status);
        ck_assert_uint_eq(to.size, sizeof to);
        ck_assert_int_eq(to.first, rows[i].first);
        ck_assert_int_eq(to.second, rows[i].second);
        ck_assert_int_eq(error.status, rows[i].status);
        if (rows[i].says) {
            ck_assert_ptr_nonnull(strstr(error.message, rows[i].says));
            ck_assert_ptr_nonnull(strstr(error.message, "sample_options"));
        }
    }
}
END_TEST

START_TEST(the_newer_header_is_explained)
{
    const longer_options from = {{sizeof from, 1, 2}, "new"};
    sample_options to;
    boxd_error error = BOXD_ERROR_INIT;
    char sizes[2][32];
    options_copy(&to, OPTION_TYPE(sample_options), &from, &error);
    (void)snprintf(sizes[0], sizeof sizes[0], "%zu bytes", sizeof from);
    (void)snprintf(sizes[1], sizeof sizes[1], "%zu bytes", sizeof to);
    const char *const says[] = {"sample_options", sizes[0], sizes[1], boxd_version(), "install the library"};
    for (size_t i = 0; i < COUNT(says); i++)
        ck_assert_msg(strstr(error.message, says[i]), "%s", error.message);
}
END_TEST

START_TEST(reserved_members)
{
    void *reserved[2] = {NULL, NULL};
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_int_eq(options_check_reserved(reserved, sizeof reserved, "sample", &error), BOXD_OK);
    reserved[1] = &error;
    ck_assert_int_eq(options_check_reserved(reserved, sizeof reserved, "sample", &error),
                     BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "reserved members of a sample"));
    boxd_call_options to, from = BOXD_CALL_OPTIONS_INIT;
    from.reserved_[2] = &error;
    ck_assert_int_eq(call_options_copy(&to, &from, true, &error), BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "boxd_call_options"));
}
END_TEST

/* An option struct with reserved bytes in its middle: a newer header uses them. */
typedef struct {
    size_t size;
    char first;
    char reserved_[7];
    int64_t second;
} reserving_options;

START_TEST(reserved_bytes_of_options)
{
    reserving_options to, from = {.size = sizeof from, .first = 1, .second = 2};
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_int_eq(options_copy(&to, OPTION_TYPE_RESERVED(reserving_options), &from, &error), BOXD_OK);
    ck_assert(to.first == 1 && to.second == 2);
    for (size_t i = 0; i < sizeof from.reserved_; i++) {
        from.reserved_[i] = 1;
        ck_assert_int_eq(options_copy(&to, OPTION_TYPE_RESERVED(reserving_options), &from, &error),
                         BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(error.message, "reserved members of a reserving_options"));
        from.reserved_[i] = 0;
    }
    from = (reserving_options){.size = offsetof(reserving_options, reserved_), .reserved_ = "beyond"};
    ck_assert_int_eq(options_copy(&to, OPTION_TYPE_RESERVED(reserving_options), &from, &error), BOXD_OK);
}
END_TEST

START_TEST(lists)
{
    const sample_options one = {sizeof one, 1, 2};
    const sample_options *const items[] = {&one, NULL};
    sample_options to;
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_int_eq(options_check_list(0, NULL, "things", &error), BOXD_OK);
    ck_assert_int_eq(options_check_list(2, items, "things", &error), BOXD_OK);
    ck_assert_int_eq(options_check_list(0, items, "things", &error), BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "things is set, but its count is 0"));
    ck_assert_int_eq(options_check_list(2, NULL, "things", &error), BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "things is NULL, but its count is 2"));
    ck_assert_int_eq(options_copy_item(&to, OPTION_TYPE(sample_options), items[0], "things", 0, &error),
                     BOXD_OK);
    ck_assert_int_eq(options_copy_item(&to, OPTION_TYPE(sample_options), items[1], "things", 1, &error),
                     BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_str_eq(error.message, "things[1] is NULL");
}
END_TEST

START_TEST(call_options)
{
    static const struct {
        size_t size;
        int64_t timeout_ms;
        bool member;
        boxd_status status;
    } rows[] = {
        {sizeof(boxd_call_options), 0, false, BOXD_OK},
        {sizeof(boxd_call_options), 1, true, BOXD_OK},
        {sizeof(boxd_call_options), BOXD_NO_TIMEOUT, false, BOXD_OK},
        {sizeof(boxd_call_options), INT64_MAX, false, BOXD_OK},
        {sizeof(boxd_call_options), -2, false, BOXD_ERR_INVALID_ARGUMENT},
        {sizeof(boxd_call_options), INT64_MIN, true, BOXD_ERR_INVALID_ARGUMENT},
        {0, 5, true, BOXD_OK},
        {0, -2, true, BOXD_ERR_INVALID_ARGUMENT},
        {0, 5, false, BOXD_ERR_INVALID_ARGUMENT},
        {sizeof(boxd_call_options) + 1, 5, true, BOXD_ERR_INVALID_ARGUMENT},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        boxd_call_options from = {.size = rows[i].size, .timeout_ms = rows[i].timeout_ms};
        boxd_call_options to;
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_int_eq(call_options_copy(&to, &from, rows[i].member, &error), rows[i].status);
        ck_assert_int_eq(error.status, rows[i].status);
        ck_assert_uint_eq(from.size, rows[i].size);
        if (rows[i].status != BOXD_OK)
            continue;
        ck_assert_uint_eq(to.size, sizeof to);
        ck_assert_int_eq(to.timeout_ms, rows[i].timeout_ms);
    }
}
END_TEST

START_TEST(call_options_null)
{
    boxd_call_options to;
    memset(&to, 0x55, sizeof to);
    ck_assert_int_eq(call_options_copy(&to, NULL, false, NULL), BOXD_OK);
    ck_assert_uint_eq(to.size, sizeof to);
    ck_assert_int_eq(to.timeout_ms, 0);
    ck_assert_ptr_null(to.cancel);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options");
    unit_add(suite, null_is_all_defaults);
    unit_add(suite, size_decides);
    unit_add(suite, the_newer_header_is_explained);
    unit_add(suite, reserved_members);
    unit_add(suite, reserved_bytes_of_options);
    unit_add(suite, lists);
    unit_add(suite, call_options);
    unit_add(suite, call_options_null);
    return unit_run(suite);
}
