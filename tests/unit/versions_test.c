/* Comparisons of version numbers. */
#include "boxd/client/versions.h"

#include "unit_test.h"

#include <string.h>

static int sign(int value)
{
    return (value > 0) - (value < 0);
}

/* Each version is lower than all that follow it. */
static const char *const ascending[] = {
    "0.0.0",
    "0.0.9",
    "0.0.10",
    "0.1.0",
    "0.1.1.4",
    "0.1.1-4.a",
    "0.1.1-5",
    "0.1.1-10",
    "0.1.1-RC1",
    "0.1.1-a",
    "0.1.1-a.1",
    "0.1.1-a.b",
    "0.1.1-alpha",
    "0.1.1-b",
    "0.1.1.dev",
    "0.1.1.dev4",
    "0.1.1-dev.4.1",
    "0.1.1.dev4a",
    "0.1.1dev10",
    "0.1.1rc1",
    "0.1.1rc2",
    "0.1.1rc10",
    "0.1.1",
    "0.1.2",
    "0.2.0-0",
    "0.2.0",
    "0.10.0",
    "1.0.0",
    "1.0.4294967296",
    "1.0.99999999999999999999",
    "1.0.100000000000000000000",
    "2.0.0",
    "10.0.0",
};

START_TEST(order_is_total)
{
    for (size_t a = 0; a < COUNT(ascending); a++)
        for (size_t b = 0; b < COUNT(ascending); b++) {
            int order = 99;
            ck_assert_msg(version_compare(ascending[a], ascending[b], &order), "%s %s", ascending[a],
                          ascending[b]);
            ck_assert_msg(sign(order) == (a > b) - (a < b), "%s %s: %d", ascending[a], ascending[b], order);
        }
}
END_TEST

START_TEST(spellings_are_equal)
{
    static const char *const pairs[][2] = {
        {"0.1.1.dev4", "0.1.1-dev.4"}, {"0.1.1dev4", "0.1.1-dev-4"}, {"01.002.3", "1.2.3"},
        {"0.1.1-a.00", "0.1.1-a.0"},   {"1.2.3rc01", "1.2.3-rc.1"},
    };
    for (size_t i = 0; i < COUNT(pairs); i++) {
        int order = 99;
        ck_assert(version_compare(pairs[i][0], pairs[i][1], &order));
        ck_assert_msg(order == 0, "%s %s: %d", pairs[i][0], pairs[i][1], order);
    }
}
END_TEST

START_TEST(unreadable_ones)
{
    static const char *const rows[] = {
        NULL,        "",        "1",       "1.2",    "1.2.",   "1..2",           "v1.2.3",       " 1.2.3",
        "1.2.3 ",    "1.2.3\n", "1.2.3+x", "1.2.3-", "1.2.3.", "1.2.3--a",       "1.2.3.-4",     "1.2.3-a..b",
        "1.2.3-a_b", "a.b.c",   "-1.2.3",  "1.-2.3", "1.2.x",  "1.2.3-\xC3\xA4", "\xD9\xA1.2.3", "1,2,3",
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int order = 99;
        ck_assert_msg(!version_compare(rows[i], "1.2.3", &order), "\"%s\"", rows[i]);
        ck_assert_msg(!version_compare("1.2.3", rows[i], &order), "\"%s\"", rows[i]);
    }
}
END_TEST

START_TEST(our_own_is_readable)
{
    int order = 99;
    ck_assert_str_eq(boxd_version(), BOXD_VERSION_STRING);
    ck_assert(version_compare(boxd_version(), boxd_version(), &order));
    ck_assert_int_eq(order, 0);
}
END_TEST

START_TEST(updates)
{
    static const struct {
        const char *offered, *ours;
        bool is_update;
    } rows[] = {
        {"0.2.0", "0.1.0", true},      {"0.1.0", "0.1.0", false},      {"0.0.9", "0.1.0", false},
        {"0.2.0-rc1", "0.1.0", false}, {"0.2.0.dev4", "0.1.0", false}, {"0.2.0-rc2", "0.2.0-rc1", true},
        {"0.2.0", "0.2.0-rc1", true},  {"", "0.1.0", false},           {"new", "0.1.0", false},
        {"9", "0.1.0", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        ck_assert_msg(version_is_update(rows[i].offered, rows[i].ours) == rows[i].is_update, "%s over %s",
                      rows[i].offered, rows[i].ours);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("version");
    unit_add(suite, order_is_total);
    unit_add(suite, spellings_are_equal);
    unit_add(suite, unreadable_ones);
    unit_add(suite, our_own_is_readable);
    unit_add(suite, updates);
    return unit_run(suite);
}
