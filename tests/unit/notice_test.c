/* When the notice of a newer version is posted. */
#include "boxd/client/notice.h"

#include "unit_test.h"

#include <boxd/base.h>
#include <string.h>

static unsigned posted;
static char last[NOTICE_VERSION_SIZE];

static void post(void *owner, const char *latest)
{
    ck_assert_ptr_eq(owner, &posted);
    posted++;
    (void)strncpy(last, latest, sizeof last - 1);
}

static notice new_notice(void)
{
    posted = 0;
    return (notice){.post = post, .owner = &posted};
}

START_TEST(a_newer_version_is_posted_once)
{
    notice n = new_notice();
    notice_receive(&n, "9.8.7");
    ck_assert_uint_eq(posted, 1);
    ck_assert_str_eq(last, "9.8.7");
    notice_receive(&n, "9.8.7");
    notice_receive(&n, "10.0.0");
    ck_assert_uint_eq(posted, 1);
}
END_TEST

START_TEST(other_versions_are_not_posted)
{
    static const char *const versions[] = {"", "soon", "0.0.1", "9.8.7-rc1", "9.8", "9.8.7\x1b[31m"};
    notice n = new_notice();
    for (size_t i = 0; i < COUNT(versions); i++)
        notice_receive(&n, versions[i]);
    notice_receive(&n, boxd_version());
    ck_assert_uint_eq(posted, 0);
    notice_receive(&n, "9.8.7");
    ck_assert_uint_eq(posted, 1);
}
END_TEST

START_TEST(a_notice_can_be_switched_off)
{
    notice n = new_notice();
    n.done = true;
    notice_receive(&n, "9.8.7");
    ck_assert_uint_eq(posted, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("notice");
    unit_add(suite, a_newer_version_is_posted_once);
    unit_add(suite, other_versions_are_not_posted);
    unit_add(suite, a_notice_can_be_switched_off);
    return unit_run(suite);
}
