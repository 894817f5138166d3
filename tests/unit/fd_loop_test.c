/* The thread that moves bytes from and to descriptors: each kind of descriptor, transfers that are stopped,
 * and missing readers. The home of the transfers is a loop without a poller of its own. */
#include "core/fd_loop.h"

#include "core/worker.h"
#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

/* ---- transfers of the test's thread ---- */

static worker home;
static fd_loop fds;

typedef struct moved {
    /* The first member. */
    fd_transfer fd;
    loop_task start, stop;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int overs;
} moved;

static moved *moved_of(loop_task *task, size_t offset)
{
    return (moved *)(void *)((char *)task - offset);
}

static void on_over(fd_transfer *fd)
{
    moved *m = (moved *)(void *)fd;
    pthread_mutex_lock(&m->lock);
    m->overs++;
    pthread_cond_signal(&m->changed);
    pthread_mutex_unlock(&m->lock);
}

static void run_start(loop_task *task)
{
    boxd_error error = BOXD_ERROR_INIT;
    moved *m = moved_of(task, offsetof(moved, start));
    ck_assert_int_eq((int)fd_transfer_start(&m->fd, &fds, &home.loop, &error), (int)BOXD_OK);
}

static void run_stop(loop_task *task)
{
    fd_transfer_stop(&moved_of(task, offsetof(moved, stop))->fd);
}

static void open_both(moved *m, int fd, bool writes)
{
    *m = (moved){.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    ck_assert_int_eq(fd_transfer_open(&m->fd, fd, writes), 0);
    m->fd.over = on_over;
}

static void start(moved *m, char *data, size_t size)
{
    m->overs = 0;
    m->fd.data = data;
    m->fd.size = size;
    loop_post(&home.loop, &m->start, run_start);
}

static void await(moved *m)
{
    pthread_mutex_lock(&m->lock);
    while (m->overs == 0)
        pthread_cond_wait(&m->changed, &m->lock);
    pthread_mutex_unlock(&m->lock);
    ck_assert_int_eq(m->overs, 1);
}

static void open_loops(void)
{
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_int_eq((int)worker_start(&home, &error), (int)BOXD_OK);
}

static void close_loops(void)
{
    worker_stop(&home);
    fd_loop_stop(&fds);
}

/* ---- kinds of descriptors: what is written to `out` comes from `in` ---- */

typedef struct ends {
    int in, out;
} ends;

static ends open_pipe(void)
{
    int both[2];
    ck_assert_int_eq(pipe(both), 0);
    return (ends){both[0], both[1]};
}

static ends open_socket(void)
{
    int both[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, both), 0);
    return (ends){both[0], both[1]};
}

static ends open_terminal(void)
{
    int master, slave;
    struct termios raw;
    ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, NULL), 0);
    tcgetattr(slave, &raw);
    cfmakeraw(&raw);
    tcsetattr(slave, TCSANOW, &raw);
    return (ends){master, slave};
}

static ends open_master(void)
{
    const ends e = open_terminal();
    return (ends){e.out, e.in};
}

static ends open_file(void)
{
    char path[] = "/tmp/boxd-unit-fds-XXXXXX";
    ends e = {.out = mkstemp(path)};
    e.in = open(path, O_RDONLY | O_CLOEXEC);
    unlink(path);
    ck_assert(e.in >= 0 && e.out >= 0);
    return e;
}

static const struct {
    const char *name;
    ends (*open)(void);
    bool waits;
} kinds[] = {{"pipe", open_pipe, true},
             {"socket", open_socket, true},
             {"terminal", open_terminal, true},
             {"master", open_master, true},
             {"file", open_file, false}};

static void close_ends(ends e)
{
    close(e.in);
    close(e.out);
}

/* ---- the tests ---- */

START_TEST(each_kind)
{
    open_loops();
    for (size_t i = 0; i < COUNT(kinds); i++) {
        const ends e = kinds[i].open();
        moved in, out;
        char got[16] = "";
        open_both(&in, e.in, false);
        open_both(&out, e.out, true);
        for (int round = 0; round < 3; round++) {
            if (kinds[i].waits)
                start(&in, got, sizeof got);
            start(&out, (char[]){"word"}, 4);
            await(&out);
            ck_assert_msg(out.fd.error == 0 && out.fd.done == 4, "%s: %s", kinds[i].name,
                          strerror(out.fd.error));
            if (!kinds[i].waits)
                start(&in, got, sizeof got);
            await(&in);
            ck_assert_msg(in.fd.error == 0 && in.fd.done > 0 && memcmp(got, "word", in.fd.done) == 0,
                          "%s: %s", kinds[i].name, strerror(in.fd.error));
            for (size_t more = in.fd.done; more < 4; more += in.fd.done) { /* a terminal may split the data */
                start(&in, got, sizeof got);
                await(&in);
            }
        }
        fd_transfer_close(&in.fd);
        fd_transfer_close(&out.fd);
        close_ends(e);
    }
    close_loops();
}
END_TEST

/* More data than fits, with a late reader; in pieces for descriptors whose writes might block. A terminal
 * holds 12 kB, and may take one byte at a time. */
START_TEST(much)
{
    enum { MUCH = 300000, MUCH_FOR_A_TERMINAL = 20000 };
    static char data[MUCH];
    for (size_t i = 0; i < MUCH; i++)
        data[i] = (char)(i * 7 % 251);
    open_loops();
    for (size_t i = 0; i < COUNT(kinds); i++) {
        const ends e = kinds[i].open();
        moved out;
        open_both(&out, e.out, true);
        const size_t size = isatty(e.out) ? MUCH_FOR_A_TERMINAL : MUCH;
        start(&out, data, size);
        for (size_t got = 0; got < size && kinds[i].waits;) {
            char piece[4096];
            const ssize_t some = read(e.in, piece, sizeof piece);
            ck_assert_int_gt((int)some, 0);
            ck_assert_msg(memcmp(piece, data + got, (size_t)some) == 0, "%s: after %zu", kinds[i].name, got);
            got += (size_t)some;
        }
        await(&out);
        ck_assert_msg(out.fd.error == 0 && out.fd.done == size, "%s", kinds[i].name);
        fd_transfer_close(&out.fd);
        close_ends(e);
    }
    close_loops();
}
END_TEST

/* A transfer that is stopped while it waits, at once after its start, and after its end. */
START_TEST(stopped)
{
    enum { MUCH = 300000 };
    static char data[MUCH];
    open_loops();
    for (size_t i = 0; i < COUNT(kinds) && kinds[i].waits; i++) {
        for (int writes = 0; writes < 2; writes++) {
            for (int round = 0; round < 20; round++) {
                const ends e = kinds[i].open();
                moved m;
                open_both(&m, writes ? e.out : e.in, writes);
                start(&m, data, writes ? MUCH : 1);
                if (writes && round % 2) /* the transfer has begun */
                    ck_assert_int_eq((int)poll(&(struct pollfd){.fd = e.in, .events = POLLIN}, 1, -1), 1);
                loop_post(&home.loop, &m.stop, run_stop);
                await(&m);
                ck_assert_msg(m.fd.error == ECANCELED, "%s: %s", kinds[i].name, strerror(m.fd.error));
                if (!writes) { /* no data was lost */
                    ck_assert_int_eq((int)write(e.out, "x", 1), 1);
                    start(&m, data, 1);
                    await(&m);
                    ck_assert(m.fd.error == 0 && m.fd.done == 1 && data[0] == 'x');
                    data[0] = 0;
                }
                loop_post(&home.loop, &m.stop, run_stop); /* the transfer is over: no effect */
                worker_stop(&home);
                open_loops();
                ck_assert_int_eq(m.overs, 1);
                fd_transfer_close(&m.fd);
                close_ends(e);
            }
        }
    }
    close_loops();
}
END_TEST

START_TEST(closed_ends)
{
    char byte = 0;
    open_loops();
    for (size_t i = 0; i < 2; i++) { /* a pipe, a socket */
        for (int before = 0; before < 2; before++) {
            ends e = kinds[i].open();
            moved m;
            if (before && i == 0)
                close(e.in); /* such a descriptor cannot be opened again then */
            open_both(&m, e.out, true);
            if (!before || i != 0)
                close(e.in);
            start(&m, &byte, 1);
            await(&m);
            ck_assert_msg(m.fd.error == EPIPE, "%s: %s", kinds[i].name, strerror(m.fd.error));
            fd_transfer_close(&m.fd);
            close(e.out);

            e = kinds[i].open();
            open_both(&m, e.in, false);
            start(&m, &byte, 1);
            close(e.out);
            await(&m);
            ck_assert_msg(m.fd.error == 0 && m.fd.done == 0, "%s: %s", kinds[i].name, strerror(m.fd.error));
            fd_transfer_close(&m.fd);
            close(e.in);
        }
    }
    close_loops();
}
END_TEST

START_TEST(refused)
{
    const ends e = open_pipe();
    fd_transfer t = {0};
    const int closed = dup(e.in);
    close(closed);
    ck_assert_int_eq(fd_transfer_open(&t, closed, false), EBADF);
    ck_assert_int_eq(fd_transfer_open(&t, -1, true), EBADF);
    ck_assert_int_eq(fd_transfer_open(&t, e.in, true), EBADF);
    ck_assert_int_eq(fd_transfer_open(&t, e.out, false), EBADF);
    close_ends(e);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fd_loop");
    unit_add(suite, each_kind);
    unit_add(suite, much);
    unit_add(suite, stopped);
    unit_add(suite, closed_ends);
    unit_add(suite, refused);
    return unit_run(suite);
}
