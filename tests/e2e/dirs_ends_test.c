/* Transfers of directories that end early: the service dies, a token is cancelled at any moment, a disk is
 * full. With tar and file by file. */
#include "dirs_case.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

/* The size of files, in bytes; and a size whose transfer lasts longer than any callback waits. */
#define SIZE "2000000"
#define LARGE "300000000"

/* Makes the directory "from" on both sides. */
static boxd_box *open_case(bool with_tar, const char *file_size)
{
    char make[200];
    (void)snprintf(make, sizeof make,
                   "mkdir from && cd from && for i in 1 2 3 4 5 6 7 8 9 10 11 12; do truncate -s %s $i; "
                   "mkdir d$i; : > d$i/empty; done",
                   file_size);
    boxd_box *box = with_tar ? e2e_box() : box_without_tar();
    local_run(make);
    e2e_do(box, make);
    return box;
}

/* Only complete files are here, and no temporary ones. */
static void expect_complete_files(const char *file_size)
{
    char check[200];
    (void)snprintf(check, sizeof check,
                   "mkdir -p to && test -z \"$(find to -type f ! -size 0 ! -size %sc)\" && test -z "
                   "\"$(find to -name '.boxd*')\" && rm -r to",
                   file_size);
    local_run(check);
}

static pid_t victim;

static void kill_service(const boxd_dir_progress *progress, void *data)
{
    (void)data;
    if (progress->bytes > 0 && victim > 0)
        kill(victim, SIGKILL);
}

START_TEST(service_dies)
{
    for (int row = 0; row < 4; row++) {
        emulator_process own;
        boxd_error error = BOXD_ERROR_INIT;
        open_dirs(_i);
        on->close(compute);
        compute = e2e_open_own(_i, &own, NULL);
        boxd_box *box = open_case(row % 2, LARGE);
        victim = own.pid;
        const boxd_dir_transfer_options options = {.size = sizeof options, .on_progress = kill_service};
        ck_assert_int_ne((int)transfer_dir(box, row / 2, "from", "to", &options, NULL, &error), (int)BOXD_OK);
        e2e_expect(&error, BOXD_ERR_CONNECTION, "");
        expect_complete_files(LARGE);
        emulator_kill(&own);
        boxd_box_free(box);
        local_run("rm -rf \"$PWD\"");
        e2e_close();
    }
}
END_TEST

typedef struct shot {
    boxd_cancel_token *token;
    unsigned delay_us;
} shot;

static void *shoot(void *data)
{
    const shot *s = data;
    usleep(s->delay_us);
    boxd_cancel_token_cancel(s->token);
    return NULL;
}

/* A transfer that is cancelled at any moment either ends in success or in BOXD_ERR_CANCELLED. */
START_TEST(cancelled_at_any_moment)
{
    enum { SHOTS = 6, STEP_US = 7000 };
    open_dirs(_i);
    for (int row = 0; row < 4; row++) {
        boxd_box *box = open_case(row % 2, SIZE);
        for (unsigned i = 0; i < SHOTS; i++) {
            boxd_error error = BOXD_ERROR_INIT;
            pthread_t shooter;
            shot s = {boxd_cancel_token_new(), i * STEP_US};
            const boxd_dir_transfer_options options = {.size = sizeof options, .call.cancel = s.token};
            ck_assert_int_eq(pthread_create(&shooter, NULL, shoot, &s), 0);
            const boxd_status status = transfer_dir(box, row / 2, "from", "to", &options, NULL, &error);
            ck_assert_msg(status == BOXD_OK || status == BOXD_ERR_CANCELLED, "%s", error.message);
            pthread_join(shooter, NULL);
            boxd_cancel_token_free(s.token);
            expect_complete_files(SIZE);
        }
        local_run("rm -r from");
        e2e_drop(box);
    }
    local_run("rm -rf \"$PWD\"");
    e2e_close();
}
END_TEST

/* A command was sent, and the service has not answered: nothing shows that it was received. */
START_TEST(unanswered)
{
    open_dirs(_i);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = open_case(true, SIZE);
    emulator_fault(&emulator, "{\"rpc\":\"Exec\",\"hang\":true,\"count\":-1}");
    for (int download = 0; download < 2; download++) {
        const boxd_dir_transfer_options options = {.size = sizeof options, .call.timeout_ms = 200};
        transfer_dir(box, download, "from", "to", &options, NULL, &error);
        e2e_expect(&error, BOXD_ERR_TIMEOUT, "ended early");
        ck_assert_int_ne((int)error.sent, (int)BOXD_SENT_YES);
    }
    emulator_clear_faults(&emulator);
    local_run("rm -rf \"$PWD\"");
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* The limit for the size of files takes the place of a full disk: each file that does not fit is a failure.
 */
START_TEST(full_disk)
{
    boxd_error error = BOXD_ERROR_INIT;
    const struct rlimit most = {RLIM_INFINITY, RLIM_INFINITY}, least = {100000, RLIM_INFINITY};
    open_dirs(_i);
    (void)signal(SIGXFSZ, SIG_IGN);
    for (int with_tar = 0; with_tar < 2; with_tar++) {
        boxd_box *box = open_case(with_tar, SIZE);
        boxd_dir_transfer *t = NULL;
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &least), 0);
        transfer_dir(box, false, "from", "to", NULL, &t, &error);
        ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &most), 0);
        e2e_expect(&error, BOXD_ERR_INCOMPLETE, "12 entries failed");
        ck_assert(t->files == 12 && t->directories == 13);
        expect_failure(t, "7", BOXD_ERR_LOCAL_FILE, "File too large");
        boxd_dir_transfer_free(t);
        local_run("test -f to/d3/empty -a ! -e to/3");
        expect_complete_files(SIZE);
        if (with_tar) {
            fake_utility(box, "tar", "trap '' XFSZ; ulimit -f 100; PATH=/usr/bin:/bin; exec tar \"$@\"");
            transfer_dir(box, true, "from", "to", NULL, &t, &error);
            e2e_expect(&error, BOXD_ERR_INCOMPLETE, "12 entries failed");
            expect_failure(t, "7", BOXD_ERR_FAILED, "Wrote only");
            boxd_dir_transfer_free(t);
        }
        local_run("rm -r from");
        e2e_drop(box);
    }
    local_run("rm -rf \"$PWD\"");
    e2e_close();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dirs_ends");
    e2e_add_once(suite, service_dies);
    e2e_add(suite, cancelled_at_any_moment);
    e2e_add_once(suite, unanswered);
    e2e_add_once(suite, full_disk);
    return e2e_main(suite, NULL);
}
