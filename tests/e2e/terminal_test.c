/* The terminal of the program, used by a command: keys, sizes, and the mode, which is restored in every
 * case. */
#include "exec_case.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* A terminal of the test: `keyboard` is the side of the user, who types and reads the screen. */
static int keyboard, screen;
static struct termios before;

static void open_pty(void)
{
    const struct winsize size = {.ws_row = 30, .ws_col = 100};
    ck_assert_int_eq(openpty(&keyboard, &screen, NULL, NULL, &size), 0);
    ck_assert_int_eq(tcgetattr(screen, &before), 0);
}

static void close_pty(void)
{
    close(keyboard);
    close(screen);
}

static bool is_raw(void)
{
    struct termios now;
    ck_assert_int_eq(tcgetattr(screen, &now), 0);
    return !(now.c_lflag & ICANON) && !(now.c_lflag & ECHO) && !(now.c_lflag & ISIG);
}

static bool is_as_before(void)
{
    struct termios now;
    ck_assert_int_eq(tcgetattr(screen, &now), 0);
    return now.c_lflag == before.c_lflag && now.c_iflag == before.c_iflag && now.c_oflag == before.c_oflag &&
           now.c_cflag == before.c_cflag;
}

static boxd_terminal *open_terminal(void)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_terminal *terminal = boxd_terminal_open(BOXD_OPTIONS(boxd_terminal_options, .fd = screen), &error);
    e2e_ok(terminal, error);
    return terminal;
}

/* Reads until the screen has shown `wanted`. */
static void look_for(const char *wanted)
{
    static char seen[65536];
    size_t size = 0;
    while (size + 1 < sizeof seen) {
        const ssize_t got = read(keyboard, seen + size, sizeof seen - 1 - size);
        ck_assert_msg(got > 0, "no \"%s\" in: %s", wanted, seen);
        size += (size_t)got;
        seen[size] = '\0';
        if (strstr(seen, wanted))
            return;
    }
    ck_abort_msg("no \"%s\"", wanted);
}

static void type(const char *keys)
{
    ck_assert_int_eq((int)write(keyboard, keys, strlen(keys)), (int)strlen(keys));
}

START_TEST(raw_and_back)
{
    uint32_t cols = 0, rows = 0;
    open_pty();
    boxd_terminal *terminal = open_terminal();
    ck_assert(is_raw());
    boxd_terminal_size(terminal, &cols, &rows);
    ck_assert_uint_eq(cols, 100);
    ck_assert_uint_eq(rows, 30);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* the watching process is not a child of the program */
    ck_assert_int_eq(errno, ECHILD);
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_ptr_null(boxd_terminal_open(BOXD_OPTIONS(boxd_terminal_options, .fd = screen), &error));
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "in use");
    boxd_terminal_free(terminal);
    ck_assert(is_as_before());
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG | __WALL), -1); /* and the process is gone */
    ck_assert_int_eq(errno, ECHILD);
    boxd_terminal_free(NULL);
    boxd_terminal_size(NULL, &cols, &rows);
    ck_assert_uint_eq(cols + rows, 0);
    close_pty();
}
END_TEST

START_TEST(no_terminal)
{
    int ends[2];
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_ptr_null(boxd_terminal_open(BOXD_OPTIONS(boxd_terminal_options, .fd = ends[0]), &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "is not a terminal");
    close(ends[0]);
    close(ends[1]);
}
END_TEST

/* ---- every way out ---- */

static void leave_by_exit(void)
{
    exit(0);
}

static void leave_at_once(void)
{
    _exit(0);
}

static void leave_killed(void)
{
    raise(SIGKILL);
}

static void leave_crashed(void)
{
    signal(SIGABRT, SIG_DFL);
    abort();
}

static void leave_for_another_program(void)
{
    execl("/bin/true", "true", (char *)NULL);
}

START_TEST(every_way_out)
{
    void (*const ways[])(void) = {leave_by_exit, leave_at_once, leave_killed, leave_crashed,
                                  leave_for_another_program};
    int started[2];
    char byte;
    open_pty();
    ck_assert_int_eq(pipe(started), 0);
    const pid_t child = fork();
    if (child == 0) {
        static boxd_terminal *volatile kept; /* not freed: the test is about that */
        kept = open_terminal();
        ck_assert_ptr_nonnull(kept);
        ck_assert_int_eq((int)write(started[1], "", 1), 1);
        ways[_i]();
    }
    ck_assert_int_eq((int)read(started[0], &byte, 1), 1); /* the terminal was raw from here on */
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    while (!is_as_before()) /* the watching process restores it and sends no event */
        poll(NULL, 0, 1);
    close_pty();
}
END_TEST

/* ---- a command on it ---- */

/* The user at the keyboard. */
static void *type_and_look(void *unused)
{
    const struct winsize larger = {.ws_row = 40, .ws_col = 120};
    (void)unused;
    look_for("30 100");
    type("x\x03"); /* Ctrl-C is a key: it goes to the command */
    look_for("interrupted");
    ck_assert_int_eq(ioctl(keyboard, TIOCSWINSZ, &larger), 0);
    look_for("40 120");
    type("end\r");
    look_for("said end");
    return NULL;
}

static const char SESSION[] = "trap 'echo interrupted' INT; trap 'stty size' WINCH; stty size; "
                              "until read -r line; do :; done; echo said \"$line\"; exit 9";

START_TEST(session)
{
    pthread_t person;
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    open_pty();
    for (int streams = 0; streams < 2; streams++) {
        boxd_terminal *terminal = open_terminal();
        const boxd_exec_options options = {.size = sizeof options, .terminal = terminal};
        const struct winsize size = {.ws_row = 30, .ws_col = 100};
        ck_assert_int_eq(ioctl(keyboard, TIOCSWINSZ, &size), 0);
        pthread_create(&person, NULL, type_and_look, NULL);
        boxd_process *p = streams ? on->box_exec_shell_stream(box, SESSION, &options, &error) : NULL;
        if (streams)
            e2e_ok(p, error);
        boxd_exec_result *result = streams ? on->process_result(p, NULL, &error)
                                           : on->box_exec_shell(box, SESSION, &options, &error);
        e2e_ok(result, error);
        pthread_join(person, NULL);
        ck_assert_int_eq(result->exit_code, 9);
        ck_assert_uint_gt(result->out_bytes, 0);
        boxd_exec_result_free(result);
        ck_assert(is_raw());
        boxd_terminal_free(terminal);
        boxd_process_free(p);
        ck_assert(is_as_before());
    }
    close_pty();
    e2e_drop(box);
    e2e_close();
}
END_TEST

static void *kill_when_shown(void *server)
{
    look_for("here");
    emulator_kill(server);
    return NULL;
}

/* The server ends during the call: the call ends, and the mode is restored. */
START_TEST(server_gone)
{
    emulator_process own;
    pthread_t killer;
    boxd_error error = BOXD_ERROR_INIT;
    compute = e2e_open_own(_i, &own, NULL);
    boxd_box *box = e2e_box();
    open_pty();
    boxd_terminal *terminal = open_terminal();
    pthread_create(&killer, NULL, kill_when_shown, &own);
    ck_assert_ptr_null(on->box_exec_shell(box, "echo here; sleep 600",
                                          BOXD_OPTIONS(boxd_exec_options, .terminal = terminal), &error));
    pthread_join(killer, NULL);
    e2e_expect(&error, BOXD_ERR_CONNECTION, "connection");
    ck_assert(is_raw());
    boxd_terminal_free(terminal);
    ck_assert(is_as_before());
    close_pty();
    boxd_box_free(box);
    e2e_close();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("terminal");
    e2e_add_once(suite, raw_and_back);
    e2e_add_once(suite, no_terminal);
    TCase *ways = tcase_create("every_way_out");
    tcase_add_loop_test(ways, every_way_out, 0, 5);
    suite_add_tcase(suite, ways);
    e2e_add(suite, session);
    e2e_add(suite, server_gone);
    return e2e_main(suite, NULL);
}
