/* Sizes of memory and disks, read and refused. */
#include "boxd/client/sizes.h"

#include "unit_test.h"

#include <string.h>

START_TEST(sizes_are_read)
{
    static const struct {
        const char *value;
        uint64_t bytes;
    } rows[] = {
        {NULL, 0},
        {"", 0},
        {"0", 0},
        {"0T", 0},
        {"7", 7},
        {"007", 7},
        {"512B", 512},
        {"512b", 512},
        {"1K", UINT64_C(1) << 10},
        {"1k", UINT64_C(1) << 10},
        {"3M", UINT64_C(3) << 20},
        {"4G", UINT64_C(4) << 30},
        {"4g", UINT64_C(4) << 30},
        {"2T", UINT64_C(2) << 40},
        {"2t", UINT64_C(2) << 40},
        {"4GB", UINT64_C(4) << 30},
        {"4Gb", UINT64_C(4) << 30},
        {"4Gi", UINT64_C(4) << 30},
        {"4GiB", UINT64_C(4) << 30},
        {"4gIb", UINT64_C(4) << 30},
        {"4 G", UINT64_C(4) << 30},
        {"4   GiB", UINT64_C(4) << 30},
        {"18446744073709551615", UINT64_MAX},
        {"18014398509481983K", UINT64_C(18014398509481983) << 10},
        {"16777215T", UINT64_C(16777215) << 40},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t bytes = 99;
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_msg(size_parse(rows[i].value, "memory", &bytes, &error) == BOXD_OK, "%s: %s", rows[i].value,
                      error.message);
        ck_assert_uint_eq(bytes, rows[i].bytes);
        ck_assert_int_eq(error.status, BOXD_OK);
    }
}
END_TEST

START_TEST(anything_else_is_refused)
{
    static const char *const rows[] = {
        " ",
        "G",
        "B",
        "1.5G",
        "1,5G",
        "-1G",
        "+1G",
        "0x4",
        "4P",
        "4E",
        "4GG",
        "4GBi",
        "4Gib ",
        " 4G",
        "4G\n",
        "4\tG",
        "4iK",
        "1e3",
        "four",
        "4G 4G",
        "4\xC2\xA0G",
        "\xD9\xA4G",
        "4bb",
        "18446744073709551616",
        "18446744073709551620",
        "99999999999999999999999999",
        "18014398509481984K",
        "16777216T",
        "18446744073709551615M",
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t bytes = 99;
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_msg(size_parse(rows[i], "disk", &bytes, &error) == BOXD_ERR_INVALID_ARGUMENT, "\"%s\"",
                      rows[i]);
        ck_assert_uint_eq(bytes, 99);
        ck_assert_int_eq(error.status, BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_int_eq(strncmp(error.message, "disk \"", 6), 0);
    }
}
END_TEST

START_TEST(the_message_shows_the_value)
{
    uint64_t bytes = 0;
    boxd_error error = BOXD_ERROR_INIT;
    size_parse("1.5G", "memory", &bytes, &error);
    ck_assert_ptr_nonnull(strstr(error.message, "memory \"1.5G\""));
    size_parse("4\x1B[2J", "memory", &bytes, &error);
    ck_assert_ptr_nonnull(strstr(error.message, "4\\x1B[2J"));
    ck_assert_int_eq(size_parse("x", "memory", &bytes, NULL), BOXD_ERR_INVALID_ARGUMENT);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sizes");
    unit_add(suite, sizes_are_read);
    unit_add(suite, anything_else_is_refused);
    unit_add(suite, the_message_shows_the_value);
    return unit_run(suite);
}
