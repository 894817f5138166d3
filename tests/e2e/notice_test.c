/*
 * The notice of a newer version of the library: one line per process on a terminal, the callback of the
 * program, or nothing. Each test has an emulator that announces a version.
 */
#include "e2e.h"

#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <unistd.h>

static emulator_process announcing;

static void announce(const char *version)
{
    emulator_start(&announcing, (const char *const[]){"--sdk-latest", version, NULL});
    emulator_export(&announcing);
    unsetenv("BOXD_NO_UPDATE_NOTICE");
}

/* Two clients with two answers each; one of the answers is a refusal. */
static void call_twice(const boxd_compute_options *options)
{
    for (int i = 0; i < 2; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_compute *c = boxd_compute_open(options, &error);
        e2e_ok(c, error);
        boxd_identity *who = boxd_compute_whoami(c, NULL, &error);
        e2e_ok(who, error);
        boxd_identity_free(who);
        ck_assert_ptr_null(boxd_box_get(c, "none-such", NULL, &error));
        boxd_compute_close(c);
    }
}

/* The text that `call_twice` writes to standard error, if that is `to`, whose other end is `from`. */
static void record(int to, int from, const boxd_compute_options *options, char *text, size_t size)
{
    int before = dup(STDERR_FILENO);
    dup2(to, STDERR_FILENO);
    call_twice(options);
    (void)write(STDERR_FILENO, "end", 3);
    dup2(before, STDERR_FILENO);
    close(before);
    size_t got = 0;
    while (got < size - 1 && (got < 3 || memcmp(text + got - 3, "end", 3) != 0)) {
        ssize_t more = read(from, text + got, size - 1 - got);
        ck_assert_int_gt(more, 0);
        got += (size_t)more;
    }
    text[got - 3] = '\0';
}

static void on_terminal(const boxd_compute_options *options, char *text, size_t size)
{
    int ours, theirs;
    ck_assert_int_eq(openpty(&ours, &theirs, NULL, NULL, NULL), 0);
    record(theirs, ours, options, text, size);
    close(ours);
    close(theirs);
}

START_TEST(one_line_on_a_terminal)
{
    char text[2048];
    announce("9.8.7");
    on_terminal(NULL, text, sizeof text);
    ck_assert_msg(strstr(text, "9.8.7") && strstr(text, boxd_version()) &&
                      strstr(text, "BOXD_NO_UPDATE_NOTICE"),
                  "%s", text);
    ck_assert_ptr_eq(strchr(text, '\n'), strrchr(text, '\n'));
    emulator_stop(&announcing);
}
END_TEST

START_TEST(no_terminal)
{
    int ends[2];
    char text[2048];
    ck_assert_int_eq(pipe(ends), 0);
    announce("9.8.7");
    record(ends[1], ends[0], NULL, text, sizeof text);
    ck_assert_str_eq(text, "");
    emulator_stop(&announcing);
}
END_TEST

static const char *const silent[] = {"9.8.7-rc1", "0.0.1", "nonsense", "1.2", BOXD_TEST_VERSION};

START_TEST(no_newer_version)
{
    char text[2048];
    announce(silent[_i]);
    on_terminal(NULL, text, sizeof text);
    ck_assert_str_eq(text, "");
    emulator_stop(&announcing);
}
END_TEST

START_TEST(switched_off)
{
    char text[2048];
    boxd_compute_options off = BOXD_COMPUTE_OPTIONS_INIT;
    announce("9.8.7");
    off.update_notice = BOXD_UPDATE_NOTICE_OFF;
    on_terminal(&off, text, sizeof text);
    ck_assert_str_eq(text, "");
    setenv("BOXD_NO_UPDATE_NOTICE", "1", 1);
    on_terminal(NULL, text, sizeof text);
    ck_assert_str_eq(text, "");
    emulator_stop(&announcing);
}
END_TEST

typedef struct notified {
    atomic_int times;
    bool right;
} notified;

static void on_update(const char *latest, const char *current, void *user)
{
    notified *t = user;
    t->right = strcmp(latest, "9.8.7") == 0 && strcmp(current, boxd_version()) == 0;
    callbacks_count(&t->times);
}

START_TEST(own_callback)
{
    char text[2048];
    notified t = {0};
    boxd_compute_options own = BOXD_COMPUTE_OPTIONS_INIT;
    own.on_update = on_update;
    own.update_data = &t;
    announce("9.8.7");
    on_terminal(&own, text, sizeof text);
    ck_assert_str_eq(text, "");
    ck_assert_int_eq(t.times, 2); /* once for each client */
    ck_assert(t.right);
    setenv("BOXD_NO_UPDATE_NOTICE", "1", 1);
    call_twice(&own);
    ck_assert_int_eq(t.times, 2);
    emulator_stop(&announcing);
}
END_TEST

/* The callback runs where all callbacks run: with manual dispatch, only during a dispatch. */
START_TEST(own_callback_dispatched)
{
    boxd_error error = BOXD_ERROR_INIT;
    notified t = {0};
    announce("9.8.7");
    e2e_open(_i, BOXD_OPTIONS(boxd_compute_options, .on_update = on_update, .update_data = &t));
    boxd_identity *who = boxd_compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
    if (on->dispatch == BOXD_DISPATCH_MANUAL)
        ck_assert_int_eq(t.times, 0);
    callbacks_wait(&t.times, 1);
    ck_assert(t.right);
    e2e_close();
    ck_assert_int_eq(t.times, 1);
    emulator_stop(&announcing);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("notice");
    e2e_add_once(suite, one_line_on_a_terminal);
    e2e_add_once(suite, no_terminal);
    TCase *tcase = tcase_create("no_newer_version");
    tcase_add_loop_test(tcase, no_newer_version, 0, (int)COUNT(silent));
    suite_add_tcase(suite, tcase);
    e2e_add_once(suite, switched_off);
    e2e_add_once(suite, own_callback);
    e2e_add(suite, own_callback_dispatched);
    return e2e_main(suite, NULL);
}
