/* The functions of the system, on Linux and by functions of POSIX only: the C library's, wake-ups, the
 * poller, descriptors, and the process that guards a terminal. */
#include "errors.h"
#include "os/descriptors.h"
#include "os/fd_poller.h"
#include "os/guardian.h"
#include "os/libc.h"
#include "os/wakeup.h"
#include "signals.h"

#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- the C library ---- */

START_TEST(errno_texts)
{
    char small[4] = "", buffer[ERRNO_TEXT_SIZE];
    errno = EINTR;
    ck_assert_str_eq(ERRNO_TEXT(ENOENT), "No such file or directory");
    ck_assert_str_eq(errno_text(EACCES, buffer, sizeof buffer), "Permission denied");
    ck_assert_ptr_nonnull(strstr(ERRNO_TEXT(123456), "123456"));
    ck_assert_ptr_nonnull(errno_text(ENOENT, small, sizeof small));
    ck_assert_int_eq(errno, EINTR);
}
END_TEST

START_TEST(memory)
{
    char bytes[32], zeros[32] = {0};
    memset(bytes, 'x', sizeof bytes);
    libc_zero(bytes, sizeof bytes);
    ck_assert_mem_eq(bytes, zeros, sizeof bytes);
    void *allocated = malloc(100);
    ck_assert_uint_ge(libc_allocation_size(allocated, 100), 100);
    free(allocated);
}
END_TEST

START_TEST(random_bytes)
{
    unsigned char a[32] = {0}, b[32] = {0};
    ck_assert(libc_random(a, sizeof a));
    ck_assert(libc_random(b, sizeof b));
    ck_assert_mem_ne(a, b, sizeof a);
}
END_TEST

START_TEST(files_are_read)
{
    FILE *file = libc_open_to_read("/dev/null");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fcntl(fileno(file), F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(fgetc(file), EOF);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_ptr_null(libc_open_to_read("/nonexistent"));
    ck_assert_int_eq(errno, ENOENT);
}
END_TEST

/* ---- wake-ups ---- */

static bool is_readable(int fd)
{
    struct pollfd polled = {.fd = fd, .events = POLLIN};
    return poll(&polled, 1, 0) == 1;
}

START_TEST(wakeups)
{
    wakeup w = WAKEUP_INIT;
    wakeup_close(&w);
    ck_assert_int_eq(wakeup_open(&w), 0);
    ck_assert_int_eq(fcntl(w.fd, F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(fcntl(w.raising_fd, F_GETFD), FD_CLOEXEC);
    wakeup_lower(&w);
    ck_assert(!is_readable(w.fd));
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 100000; i++) /* more than a pipe holds */
            wakeup_raise(&w);
        ck_assert(is_readable(w.fd));
        wakeup_lower(&w);
        ck_assert(!is_readable(w.fd));
    }
    wakeup_close(&w);
    ck_assert_int_eq(w.fd, -1);
}
END_TEST

/* ---- the poller ---- */

enum { PIPES = 40 };

START_TEST(poller_finds_all)
{
    int ends[PIPES][2];
    void *users[8];
    bool seen[PIPES] = {false};
    fd_poller *p = fd_poller_new();
    ck_assert_ptr_nonnull(p);
    ck_assert_uint_eq(fd_poller_wait(p, false, users, COUNT(users)), 0);
    for (size_t i = 0; i < PIPES; i++) {
        ck_assert_int_eq(descriptor_pipe(ends[i]), 0);
        ck_assert_int_eq(fd_poller_add(p, ends[i][0], false, ends[i]), 0);
    }
    ck_assert_uint_eq(fd_poller_wait(p, false, users, COUNT(users)), 0);
    for (size_t i = 0; i < PIPES; i++)
        ck_assert_int_eq(write(ends[i][1], "x", 1), 1);
    /* Each one has its turn, although none is read. */
    for (size_t found = 0; found < PIPES;) {
        const size_t count = fd_poller_wait(p, true, users, COUNT(users));
        ck_assert_uint_le(count, COUNT(users));
        for (size_t i = 0; i < count; i++) {
            const size_t at = (size_t)((int(*)[2])users[i] - ends);
            found += !seen[at];
            seen[at] = true;
        }
    }
    for (size_t i = 1; i < PIPES; i++)
        fd_poller_remove(p, ends[i][0]);
    fd_poller_remove(p, ends[1][0]);
    ck_assert_uint_eq(fd_poller_wait(p, true, users, COUNT(users)), 1);
    ck_assert_ptr_eq(users[0], ends[0]);
    fd_poller_free(p);
    fd_poller_free(NULL);
    for (size_t i = 0; i < PIPES; i++) {
        close(ends[i][0]);
        close(ends[i][1]);
    }
}
END_TEST

START_TEST(poller_directions)
{
    int ends[2];
    void *user = NULL;
    fd_poller *p = fd_poller_new();
    FILE *file = tmpfile();
    ck_assert_ptr_nonnull(p);
    ck_assert_int_eq(descriptor_socket_pair(ends), 0);
    ck_assert_int_eq(fd_poller_add(p, ends[0], true, ends), 0);
    ck_assert_uint_eq(fd_poller_wait(p, true, &user, 1), 1);
    fd_poller_remove(p, ends[0]);
    ck_assert_int_eq(fd_poller_add(p, ends[0], false, ends), 0);
    ck_assert_uint_eq(fd_poller_wait(p, false, &user, 1), 0);
    close(ends[1]); /* the reader finds the end */
    ck_assert_uint_eq(fd_poller_wait(p, true, &user, 1), 1);
    ck_assert_int_eq(fd_poller_add(p, fileno(file), true, file), EPERM);
    ck_assert_int_eq(fd_poller_add(p, ends[1], true, NULL), EBADF);
    (void)fclose(file);
    close(ends[0]);
    fd_poller_free(p);
}
END_TEST

static boxd_status use_poller(const void *context, boxd_error *error)
{
    const int *ends = context;
    fd_poller *p = fd_poller_new();
    const int failed = p ? fd_poller_add(p, ends[0], false, NULL) : errno;
    fd_poller_free(p);
    if (!failed)
        return BOXD_OK;
    ck_assert_int_eq(failed, ENOMEM);
    return error_no_memory(error, "adding a descriptor");
}

START_TEST(poller_without_memory)
{
    int ends[2];
    ck_assert_int_eq(descriptor_pipe(ends), 0);
    ck_assert_int_gt(unit_walk_allocations(use_poller, ends), 0);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

/* ---- descriptors ---- */

START_TEST(descriptors_close_on_exec)
{
    int ends[2];
    ck_assert_int_eq(descriptor_pipe(ends), 0);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(fcntl(ends[i], F_GETFD), FD_CLOEXEC);
        close(ends[i]);
    }
    ck_assert_int_eq(descriptor_socket_pair(ends), 0);
    ck_assert_int_eq(fcntl(ends[0], F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(fcntl(ends[1], F_GETFD), FD_CLOEXEC);
    close(ends[0]);
    errno = 0;
    ck_assert_int_eq(descriptor_send(ends[1], "x", 1), -1); /* no SIGPIPE */
    ck_assert_int_eq(errno, EPIPE);
    close(ends[1]);
    const int fd = descriptor_socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
    close(fd);
}
END_TEST

/* ---- the guardian ---- */

typedef struct guarded {
    int master, terminal, ends[2];
    struct termios before;
    pid_t guardian;
} guarded;

static guarded start_guardian(void)
{
    guarded g;
    struct termios raw;
    sigset_t signals;
    ck_assert_int_eq(openpty(&g.master, &g.terminal, NULL, NULL, NULL), 0);
    ck_assert_int_eq(tcgetattr(g.terminal, &g.before), 0);
    ck_assert_int_eq(descriptor_socket_pair(g.ends), 0);
    signals_block_all(&signals);
    g.guardian = guardian_start(g.terminal, &g.before, g.ends[0]);
    signals_restore(&signals);
    ck_assert_int_ge(g.guardian, 0);
    close(g.ends[0]);
    raw = g.before;
    cfmakeraw(&raw);
    ck_assert_int_eq(tcsetattr(g.terminal, TCSANOW, &raw), 0);
    return g;
}

/* Waits for the end of the guardian, which has the terminal open, and returns whether the terminal is raw. */
static bool is_raw_after(const guarded *g)
{
    char byte;
    struct termios now;
    close(g->ends[1]);
    guardian_wait(g->guardian);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG | __WALL), -1);
    ck_assert_int_eq(errno, ECHILD);
    close(g->terminal);
    ck_assert_int_eq(read(g->master, &byte, 1), -1);
    ck_assert_int_eq(errno, EIO); /* nothing has it open any more */
    ck_assert_int_eq(tcgetattr(g->master, &now), 0);
    close(g->master);
    return now.c_lflag != g->before.c_lflag;
}

START_TEST(guardian_restores)
{
    const guarded g = start_guardian();
    ck_assert(!is_raw_after(&g));
}
END_TEST

START_TEST(guardian_is_dismissed)
{
    const guarded g = start_guardian();
    ck_assert_int_eq(descriptor_send(g.ends[1], "", 1), 1);
    ck_assert(is_raw_after(&g));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("os");
    unit_add(suite, errno_texts);
    unit_add(suite, memory);
    unit_add(suite, random_bytes);
    unit_add(suite, files_are_read);
    unit_add(suite, wakeups);
    unit_add(suite, poller_finds_all);
    unit_add(suite, poller_directions);
    unit_add(suite, poller_without_memory);
    unit_add(suite, descriptors_close_on_exec);
    unit_add(suite, guardian_restores);
    unit_add(suite, guardian_is_dismissed);
    return unit_run(suite);
}
