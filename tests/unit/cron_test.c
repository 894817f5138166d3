/* cron_test.c: parsing of cron lines, and their next times. Times are unix seconds, UTC. */
#include "base/cron.h"

#include "unit_test.h"

#include <time.h>

static int64_t at(int year, int month, int day, int hour, int minute, int second)
{
    struct tm t = {.tm_year = year - 1900,
                   .tm_mon = month - 1,
                   .tm_mday = day,
                   .tm_hour = hour,
                   .tm_min = minute,
                   .tm_sec = second};
    return timegm(&t);
}

static int64_t next(const char *line, int64_t now)
{
    cron c;
    ck_assert_msg(cron_parse(line, &c), "\"%s\" is a cron line", line);
    return cron_next(&c, now);
}

START_TEST(lines)
{
    static const char *const good[] = {
        "* * * * *",       "0 0 1 1 0",         "59 23 31 12 7",        "*/5 * * * *",   "0-30/10 * * * *",
        "1,2,3-5 * * * *", "0 18 * * mon-FRI",  "0 0 * jan,Dec *",      " 0  0\t* * * ", "5/20 * * * *",
        "00 09 * * *",     "0 0 1-31 1-12 0-7", "*/15,7 */6 1 */3 sun",
    };
    static const char *const bad[] = {
        "",           "* * * *",     "* * * * * *", "60 * * * *",          "* 24 * * *",
        "* * 0 * *",  "* * 32 * *",  "* * * 13 *",  "* * * 0 *",           "* * * * 8",
        "a * * * *",  "mon * * * *", "5-1 * * * *", "*/0 * * * *",         "1, * * * *",
        ",1 * * * *", "1- * * * *",  "-1 * * * *",  "1/ * * * *",          "** * * * *",
        "1 2 3 4 5x", "@daily",      "1.5 * * * *", "99999999999 * * * *", "0 0 * * monday",
    };
    cron c;
    for (size_t i = 0; i < COUNT(good); i++)
        ck_assert_msg(cron_parse(good[i], &c), "\"%s\" is a cron line", good[i]);
    for (size_t i = 0; i < COUNT(bad); i++)
        ck_assert_msg(!cron_parse(bad[i], &c), "\"%s\" is not a cron line", bad[i]);
}
END_TEST

START_TEST(times)
{
    int64_t now = at(2026, 11, 21, 14, 30, 15); /* a Saturday */
    static const struct {
        const char *line;
        int date[5];
    } cases[] = {
        {"* * * * *", {2026, 11, 21, 14, 31}},    {"30 14 * * *", {2026, 11, 22, 14, 30}},
        {"31 14 * * *", {2026, 11, 21, 14, 31}},  {"0 18 * * *", {2026, 11, 21, 18, 0}},
        {"0 0 * * *", {2026, 11, 22, 0, 0}},      {"*/20 * * * *", {2026, 11, 21, 14, 40}},
        {"50/5 * * * *", {2026, 11, 21, 14, 50}}, {"0 9 * * mon-fri", {2026, 11, 23, 9, 0}},
        {"0 9 * * 0", {2026, 11, 22, 9, 0}},      {"0 9 * * 7", {2026, 11, 22, 9, 0}},
        {"0 0 1 * *", {2026, 12, 1, 0, 0}},       {"0 0 31 * *", {2026, 12, 31, 0, 0}},
        {"0 0 1 jan *", {2027, 1, 1, 0, 0}},      {"0 0 29 2 *", {2028, 2, 29, 0, 0}},
        {"0 0 25 * sun", {2026, 11, 22, 0, 0}},   {"0 0 22 * fri", {2026, 11, 22, 0, 0}},
        {"0 0 */2 * mon", {2026, 11, 23, 0, 0}},  {"15 14,15 21 11 *", {2026, 11, 21, 15, 15}},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const int *d = cases[i].date;
        ck_assert_msg(next(cases[i].line, now) == at(d[0], d[1], d[2], d[3], d[4], 0), "\"%s\": %lld",
                      cases[i].line, (long long)next(cases[i].line, now));
    }
}
END_TEST

START_TEST(edges)
{
    ck_assert_int_eq(next("0 0 30 2 *", at(2026, 1, 1, 0, 0, 0)), 0);
    ck_assert_int_eq(next("59 23 31 12 *", at(2026, 12, 31, 23, 58, 59)), at(2026, 12, 31, 23, 59, 0));
    ck_assert_int_eq(next("59 23 31 12 *", at(2026, 12, 31, 23, 59, 0)), at(2027, 12, 31, 23, 59, 0));
    ck_assert_int_eq(next("0 0 29 2 *", at(2096, 3, 1, 0, 0, 0)), at(2104, 2, 29, 0, 0, 0));
    ck_assert_int_eq(next("* * * * *", 0), 60);
    int64_t now = 0;
    for (int i = 0; i < 1000; i++) { /* the next time is always later, and a full minute */
        int64_t then = next("*/7 */5 * * 1-5", now);
        ck_assert_int_gt(then, now);
        ck_assert_int_eq(then % 60, 0);
        now = then;
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cron");
    unit_add(suite, lines);
    unit_add(suite, times);
    unit_add(suite, edges);
    return unit_run(suite);
}
