/* ISO 8601 times, read and written. */
#include "iso_time.h"

#include "unit_test.h"

#include <string.h>

static const struct {
    const char *text;
    int64_t ms;
} read_rows[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"1970-01-01T00:00:00z", 0},
    {"1970-01-01t00:00:00Z", 0},
    {"1970-01-01 00:00:00+00:00", 0},
    {"1970-01-01T00:00:00-00:00", 0},
    {"2030-01-01T00:00:00Z", 1893456000000},
    {"2026-11-21T06:03:37.474609Z", 1795241017474},
    {"2026-06-01T12:00:00+00:00", 1780315200000},
    {"2026-06-01T17:30:00+05:30", 1780315200000},
    {"2026-06-01T17:30:00+0530", 1780315200000},
    {"2026-06-01T02:00:00-10:00", 1780315200000},
    {"2026-06-02T11:59:00+23:59", 1780315200000},
    {"2026-06-01T12:00:00.1Z", 1780315200100},
    {"2026-06-01T12:00:00,25Z", 1780315200250},
    {"2026-06-01T12:00:00.0009Z", 1780315200000},
    {"2026-06-01T12:00:00.123456789012Z", 1780315200123},
    {"1969-12-31T23:59:59.999Z", -1},
    {"2000-02-29T00:00:00Z", 951782400000},
    {"2024-02-29T23:59:59Z", 1709251199000},
    {"2016-12-31T23:59:60Z", 1483228800000}, /* a leap second is the first second of the next day */
    {"0001-01-01T00:00:00Z", -62135596800000},
    {"9999-12-31T23:59:59.999Z", 253402300799999},
};

START_TEST(times_are_read)
{
    for (size_t i = 0; i < COUNT(read_rows); i++) {
        int64_t ms = 42;
        ck_assert_msg(iso_time_read(read_rows[i].text, &ms), "%s", read_rows[i].text);
        ck_assert_msg(ms == read_rows[i].ms, "%s is %lld", read_rows[i].text, (long long)ms);
    }
}
END_TEST

static const struct {
    const char *text;
    bool good;
    int64_t ms;
} unix_rows[] = {
    {"0", true, 0},
    {"1893456000", true, 1893456000000},
    {"+1893456000", true, 1893456000000},
    {"-1", true, -1000},
    {"1893456000.25", true, 1893456000250},
    {"-0.5", true, -500},
    {"1893456000.123456", true, 1893456000123},
    {"20000000000", true, 20000000000000},
    {"20000000001", true, 20000000001}, /* milliseconds */
    {"1893456000000", true, 1893456000000},
    {"253402300799999", true, 253402300799999},
    {"253402300800000", false, 0},
    {"99999999999999999999999999", false, 0},
    {"", false, 0},
    {"+", false, 0},
    {".5", false, 0},
    {"1.", false, 0},
    {"1e9", false, 0},
    {" 1", false, 0},
    {"1 ", false, 0},
    {"0x10", false, 0},
    {"2026-06-01", false, 0},
    {"inf", false, 0},
};

START_TEST(unix_times)
{
    for (size_t i = 0; i < COUNT(unix_rows); i++) {
        int64_t ms = 42;
        ck_assert_msg(iso_time_read_unix(unix_rows[i].text, strlen(unix_rows[i].text), &ms) ==
                          unix_rows[i].good,
                      "%s", unix_rows[i].text);
        ck_assert_msg(!unix_rows[i].good || ms == unix_rows[i].ms, "%s is %lld", unix_rows[i].text,
                      (long long)ms);
    }
}
END_TEST

START_TEST(invalid_times)
{
    static const char *const rows[] = {
        "",
        "2",
        "2026",
        "2026-06",
        "2026-06-01",
        "2026-06-01T",
        "2026-06-01T12",
        "2026-06-01T12:00",
        "2026-06-01T12:00Z",
        "2026-06-01T12:00:00", /* no offset: the time is ambiguous */
        "2026-06-01T12:00:00.",
        "2026-06-01T12:00:00.Z",
        "2026-06-01T12:00:00.5",
        "2026-06-01T12:00:00ZZ",
        "2026-06-01T12:00:00Z ",
        " 2026-06-01T12:00:00Z",
        "2026-06-01T12:00:00+",
        "2026-06-01T12:00:00+0",
        "2026-06-01T12:00:00+05",
        "2026-06-01T12:00:00+05:",
        "2026-06-01T12:00:00+05:3",
        "2026-06-01T12:00:00+05:300",
        "2026-06-01T12:00:00+24:00",
        "2026-06-01T12:00:00+05:60",
        "2026-06-01T24:00:00Z",
        "2026-06-01T12:60:00Z",
        "2026-06-01T12:00:61Z",
        "2026-13-01T12:00:00Z",
        "2026-00-01T12:00:00Z",
        "2026-06-31T12:00:00Z",
        "2026-06-00T12:00:00Z",
        "2025-02-29T12:00:00Z",
        "1900-02-29T12:00:00Z",
        "0000-01-01T00:00:00Z",
        "20260601T120000Z",
        "2026/06/01T12:00:00Z",
        "2026-6-1T12:00:00Z",
        "-026-06-01T12:00:00Z",
        "1780315200",
        "tomorrow",
        "\xD9\xA2\xD9\xA0-06-01T12:00:00Z",
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t ms;
        ck_assert_msg(!iso_time_read(rows[i], &ms), "\"%s\" was read", rows[i]);
    }
}
END_TEST

START_TEST(times_are_written)
{
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {
        {1780315200000, "2026-06-01T12:00:00+00:00"},
        {1780315200001, "2026-06-01T12:00:00.001000+00:00"},
        {1780315200120, "2026-06-01T12:00:00.120000+00:00"},
        {1, "1970-01-01T00:00:00.001000+00:00"},
        {-1, "1969-12-31T23:59:59.999000+00:00"},
        {951782400000, "2000-02-29T00:00:00+00:00"},
        {-62135596800000, "0001-01-01T00:00:00+00:00"},
        {253402300799999, "9999-12-31T23:59:59.999000+00:00"},
    };
    static const int64_t none[] = {-62135596800001, 253402300800000, INT64_MAX, INT64_MIN};
    char written[ISO_TIME_SIZE];
    for (size_t i = 0; i < COUNT(rows); i++) {
        ck_assert(iso_time_write(rows[i].ms, written));
        ck_assert_str_eq(written, rows[i].text);
    }
    for (size_t i = 0; i < COUNT(none); i++)
        ck_assert(!iso_time_write(none[i], written));
}
END_TEST

/* Each day of 800 years, which are two periods of the calendar, and more: written times are read again
 * unchanged. */
START_TEST(written_and_read_again)
{
    const int64_t day = 86400000, first = -62135596800000 / day;
    char written[ISO_TIME_SIZE];
    for (int64_t i = 0; i < 2 * 146097 + 1000; i++) {
        const int64_t ms = (first + i * 12) * day + (i * 7919) % day;
        int64_t back = 0;
        ck_assert(iso_time_write(ms, written));
        ck_assert_msg(iso_time_read(written, &back) && back == ms, "%s", written);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("iso_time");
    unit_add(suite, times_are_read);
    unit_add(suite, unix_times);
    unit_add(suite, invalid_times);
    unit_add(suite, times_are_written);
    unit_add(suite, written_and_read_again);
    return unit_run(suite);
}
