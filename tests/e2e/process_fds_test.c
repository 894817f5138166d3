/* File descriptors of the program in place of a command's pipes: of every kind and in both directions;
 * unusable ones; and full ones, which block the command but not the library. */
#include "process_case.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/* ---- both ends of a kind of descriptor ---- */

typedef struct ends {
    /* Data that is written to `out` is read from `in`. */
    int in, out;
} ends;

static ends open_pipe(void)
{
    int fds[2];
    ck_assert_int_eq(pipe(fds), 0);
    return (ends){fds[0], fds[1]};
}

static ends open_socket(void)
{
    int fds[2];
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    return (ends){fds[0], fds[1]};
}

static ends open_file(void)
{
    char path[] = "/tmp/boxd-e2e-fds-XXXXXX";
    ends e = {.out = mkstemp(path)};
    e.in = open(path, O_RDONLY | O_CLOEXEC);
    unlink(path);
    ck_assert(e.in >= 0 && e.out >= 0);
    return e;
}

/* A terminal without processing: the slave reads the data that its master writes, and the reverse. */
static ends open_terminal(bool master_writes)
{
    int master, slave;
    struct termios raw;
    ck_assert_int_eq(openpty(&master, &slave, NULL, NULL, NULL), 0);
    tcgetattr(slave, &raw);
    cfmakeraw(&raw);
    tcsetattr(slave, TCSANOW, &raw);
    return master_writes ? (ends){slave, master} : (ends){master, slave};
}

static ends open_slave_reads(void)
{
    return open_terminal(true);
}

static ends open_master_reads(void)
{
    return open_terminal(false);
}

static ends open_nonblocking(void)
{
    ends e = open_pipe();
    fcntl(e.in, F_SETFL, O_NONBLOCK);
    fcntl(e.out, F_SETFL, O_NONBLOCK);
    return e;
}

static const struct {
    const char *name;
    ends (*open)(void);
    /* Closing one end ends reading at the other end. */
    bool ends;
} kinds[] = {{"a pipe", open_pipe, true},
             {"a socket", open_socket, true},
             {"a file", open_file, true},
             {"a pipe that does not block", open_nonblocking, true},
             {"a terminal's slave", open_slave_reads, false},
             {"a terminal's master", open_master_reads, false}};

static void close_ends(ends e)
{
    if (e.in >= 0)
        close(e.in);
    if (e.out >= 0)
        close(e.out);
}

/* Reads `wanted`, and waits for it. */
static void expect_bytes(int fd, const char *wanted, const char *name)
{
    size_t size = strlen(wanted), got = 0;
    char text[256];
    while (got < size) {
        struct pollfd readable = {.fd = fd, .events = POLLIN};
        poll(&readable, 1, -1);
        const ssize_t some = read(fd, text + got, size - got);
        ck_assert_msg(some > 0, "%s: %zd after %zu bytes", name, some, got);
        got += (size_t)some;
    }
    ck_assert_msg(memcmp(text, wanted, size) == 0, "%s: %.*s", name, (int)size, text);
}

static int count_descriptors(void)
{
    DIR *all = opendir("/proc/self/fd");
    int count = 0;
    while (readdir(all))
        count++;
    closedir(all);
    return count;
}

/* Checks that there is nothing to read. */
static void expect_exit(boxd_process *p, int code)
{
    boxd_error error = BOXD_ERROR_INIT;
    int exit_code = -1;
    e2e_ok(on->process_wait(p, NULL, &exit_code, NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq(exit_code, code);
}

/* ---- each kind ---- */

START_TEST(output_to_each_kind)
{
    process_open_box(_i);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
        const ends out = kinds[i].open(), err = kinds[i].open();
        const int flags = fcntl(out.out, F_GETFL);
        options.out = (boxd_output){BOXD_OUTPUT_FD, .fd = out.out};
        options.err = (boxd_output){BOXD_OUTPUT_FD, .fd = err.out};
        boxd_exec_result *result =
            on->box_exec_shell(process_box, "printf some; printf other >&2; exit 3", &options, &error);
        ck_assert_msg(result, "%s: %s", kinds[i].name, error.message);
        ck_assert(result->exit_code == 3 && result->out_bytes == 4 && result->err_bytes == 5);
        ck_assert(result->out_dropped_bytes == 0 && result->out.size == 0);
        boxd_exec_result_free(result);
        expect_bytes(out.in, "some", kinds[i].name);
        expect_bytes(err.in, "other", kinds[i].name);

        boxd_process *p = process_start("cat; printf more >&2", &options);
        process_send(p, "now");
        if (kinds[i].open != open_file) /* while it runs */
            expect_bytes(out.in, "now", kinds[i].name);
        process_send_eof(p);
        expect_exit(p, 0);
        if (kinds[i].open == open_file)
            expect_bytes(out.in, "now", kinds[i].name);
        expect_bytes(err.in, "more", kinds[i].name);
        ck_assert_int_eq(fcntl(out.out, F_GETFL), flags);
        boxd_process_free(p);
        close_ends(out);
        close_ends(err);
    }
    process_close_box();
}
END_TEST

START_TEST(input_from_each_kind)
{
    process_open_box(_i);
    for (size_t i = 0; i < COUNT(kinds); i++) {
        boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
        ends in = kinds[i].open();
        options.in = (boxd_input){BOXD_INPUT_FD, .fd = in.in};
        ck_assert_int_eq((int)write(in.out, "first", 5), 5);
        const int flags = fcntl(in.in, F_GETFL);
        boxd_process *p =
            process_start(kinds[i].ends ? "cat; exit 2" : "dd bs=1 count=9 2>/dev/null; exit 2", &options);
        process_expect(p, on->process_read, "first");
        if (kinds[i].open != open_file) { /* the descriptor was at its end */
            ck_assert_int_eq((int)write(in.out, "next", 4), 4);
            if (kinds[i].ends) {
                close(in.out);
                in.out = -1;
            }
            process_expect(p, on->process_read, "next");
        }
        process_expect_exit(p, 2);
        ck_assert_int_eq(fcntl(in.in, F_GETFL), flags);
        boxd_process_free(p);
        close_ends(in);
    }
    process_close_box();
}
END_TEST

START_TEST(no_source_and_no_destination)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    process_open_box(_i);
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    options.in = (boxd_input){BOXD_INPUT_FD, .fd = null};
    options.out = (boxd_output){BOXD_OUTPUT_FD, .fd = null};
    options.err = (boxd_output){BOXD_OUTPUT_FD, .fd = null};
    boxd_exec_result *result =
        on->box_exec_shell(process_box, "cat; seq 100000; echo err >&2", &options, &error);
    e2e_ok(result, error);
    ck_assert(result->success && result->out_bytes == 588895 && result->err_bytes == 4);
    boxd_exec_result_free(result);
    close(null);
    process_close_box();
}
END_TEST

/* From the program's position in the file to the end; and the position moves. */
START_TEST(offsets_in_files)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    process_open_box(_i);
    const ends from = open_file(), to = open_file();
    ck_assert_int_eq((int)write(from.out, "0123456789", 10), 10);
    ck_assert_int_eq((int)write(to.out, "begin ", 6), 6);
    ck_assert_int_eq((int)lseek(from.in, 4, SEEK_SET), 4);
    options.in = (boxd_input){BOXD_INPUT_FD, .fd = from.in};
    options.out = (boxd_output){BOXD_OUTPUT_FD, .fd = to.out};
    options.err.mode = BOXD_OUTPUT_MERGE;
    boxd_exec_result *result = on->box_exec(process_box, BOXD_ARGV("cat"), &options, &error);
    e2e_ok(result, error);
    ck_assert_uint_eq(result->out_bytes, 6);
    boxd_exec_result_free(result);
    ck_assert_int_eq((int)lseek(from.in, 0, SEEK_CUR), 10);
    ck_assert_int_eq((int)lseek(to.out, 0, SEEK_CUR), 12);
    expect_bytes(to.in, "begin 456789", "a file");
    close_ends(from);
    close_ends(to);
    process_close_box();
}
END_TEST

/* Both sides into one descriptor; and descriptors that the program closes at once. */
START_TEST(duplicates)
{
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    process_open_box(_i);
    e2e_do(process_box, "true");
    for (int i = 0; i < 3; i++) {
        const ends out = open_pipe(), in = open_pipe();
        options.in = (boxd_input){BOXD_INPUT_FD, .fd = in.in};
        options.out = (boxd_output){BOXD_OUTPUT_FD, .fd = out.out};
        options.err = (boxd_output){BOXD_OUTPUT_FD, .fd = out.out};
        boxd_process *p = process_start("read x; printf $x; read y; printf $y >&2", &options);
        close(in.in);
        close(out.out);
        ck_assert_int_eq((int)write(in.out, "one\n", 4), 4);
        expect_bytes(out.in, "one", "stdout");
        ck_assert_int_eq((int)write(in.out, "two\n", 4), 4);
        expect_bytes(out.in, "two", "stderr");
        expect_exit(p, 0);
        boxd_process_free(p);
        char end;
        ck_assert_int_eq((int)read(out.in, &end, 1), 0); /* the library's descriptors are closed as well */
        close(in.out);
        close(out.in);
    }
    process_close_box();
}
END_TEST

/* ---- descriptors that cannot be used ---- */

START_TEST(refused)
{
    process_open_box(_i);
    const ends e = open_pipe(), gone = open_pipe();
    close_ends(gone);
    const struct {
        const boxd_exec_options *options;
        const char *says;
    } cases[] = {
        {BOXD_OPTIONS(boxd_exec_options, .in = {BOXD_INPUT_FD, .fd = gone.in}), "in: descriptor "},
        {BOXD_OPTIONS(boxd_exec_options, .in = {BOXD_INPUT_FD, .fd = e.out}), "cannot be read"},
        {BOXD_OPTIONS(boxd_exec_options, .out = {BOXD_OUTPUT_FD, .fd = gone.out}), "out: descriptor "},
        {BOXD_OPTIONS(boxd_exec_options, .out = {BOXD_OUTPUT_FD, .fd = e.in}), "cannot be written"},
        {BOXD_OPTIONS(boxd_exec_options, .err = {BOXD_OUTPUT_FD, .fd = gone.out}), "err: descriptor "},
    };
    const int before = count_descriptors();
    for (size_t i = 0; i < COUNT(cases); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_ptr_null(on->box_exec_stream(process_box, BOXD_ARGV("true"), cases[i].options, &error));
        e2e_refused(error.status, &error, cases[i].says);
        ck_assert_ptr_null(on->box_exec(process_box, BOXD_ARGV("true"), cases[i].options, &error));
        e2e_refused(error.status, &error, "(Bad file descriptor)");
    }
    ck_assert_int_eq(count_descriptors(), before);
    close_ends(e);
    process_close_box();
}
END_TEST

/* A descriptor that fails while it is used ends the command: the error names it, and no SIGPIPE is raised.
 */
START_TEST(closed_readers)
{
    static const size_t sockets_and_pipes[] = {0, 1, 3};
    process_open_box(_i);
    for (size_t i = 0; i < COUNT(sockets_and_pipes); i++) {
        for (int side = 0; side < 2; side++) {
            boxd_error error = BOXD_ERROR_INIT;
            boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
            const ends e = kinds[sockets_and_pipes[i]].open();
            boxd_output *given = side ? &options.err : &options.out;
            *given = (boxd_output){BOXD_OUTPUT_FD, .fd = e.out};
            boxd_process *p = process_start(side ? "read x; yes >&2" : "read x; yes", &options);
            close(e.in);
            process_send(p, "\n");
            ck_assert_int_eq((int)on->process_wait(p, NULL, NULL, NULL, &error), (int)BOXD_ERR_LOCAL_FILE);
            e2e_expect(&error, BOXD_ERR_LOCAL_FILE,
                       side ? "given for its error output" : "given for its output");
            e2e_expect(&error, BOXD_ERR_LOCAL_FILE, "Broken pipe");
            ck_assert(error.command == BOXD_COMMAND_KILLED && error.sent == BOXD_SENT_YES);
            boxd_process_free(p);

            p = process_start("printf all; printf all >&2; exit 9", &options); /* it may have ended */
            ck_assert_int_eq((int)on->process_wait(p, NULL, NULL, NULL, &error), (int)BOXD_ERR_LOCAL_FILE);
            ck_assert(error.command == BOXD_COMMAND_KILLED ||
                      (error.command == BOXD_COMMAND_ENDED && error.has_exit_code && error.exit_code == 9));
            boxd_process_free(p);
            close(e.out);
        }
    }
    const int directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.in = (boxd_input){BOXD_INPUT_FD, .fd = directory};
    boxd_process *p = process_start("cat", &options);
    process_expect_failure(p, BOXD_ERR_LOCAL_FILE,
                           "reading from the descriptor given for its input failed (Is a",
                           BOXD_COMMAND_KILLED);
    boxd_process_free(p);

    boxd_error error = BOXD_ERROR_INIT;
    emulator_fault(&emulator, "{\"rpc\":\"Exec\",\"hang\":true,\"count\":1}"); /* before any answer */
    p = process_start("cat", &options);
    ck_assert_int_eq((int)on->process_wait(p, NULL, NULL, NULL, &error), (int)BOXD_ERR_LOCAL_FILE);
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_UNKNOWN);
    emulator_clear_faults(&emulator);
    close(directory);
    process_finish(p);
}
END_TEST

/* ---- full descriptors ---- */

typedef enum { BY_DEADLINE, BY_TOKEN, BY_CLOSE, BY_FREE, BY_CLIENT, STOPS } stop;

/* Ends the command in one of several ways while the wait is in progress. */
static boxd_status stop_it(stop how, boxd_process **p, boxd_cancel_token *token, pending *wait)
{
    boxd_error error = BOXD_ERROR_INIT;
    if (how == BY_TOKEN)
        boxd_cancel_token_cancel(token);
    else if (how == BY_CLOSE)
        e2e_ok(on->process_close(*p, NULL, &error) == BOXD_OK, error);
    else if (how == BY_CLIENT)
        e2e_close();
    else if (how == BY_FREE) {
        boxd_process_free(*p);
        *p = NULL;
    }
    if (how == BY_CLIENT)
        return wait->error.status;
    return pending_settle(wait);
}

static void fill(int fd)
{
    const int flags = fcntl(fd, F_GETFL);
    char page[4096] = {0};
    fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    while (write(fd, page, sizeof page) > 0)
        continue;
    while (write(fd, page, 1) > 0)
        continue;
    fcntl(fd, F_SETFL, flags);
}

/* The command continues, or it has ended and only its output is left to be written. */
START_TEST(full_descriptors)
{
    static const boxd_status wanted[STOPS] = {BOXD_ERR_TIMEOUT, BOXD_ERR_CANCELLED, BOXD_ERR_CANCELLED,
                                              BOXD_ERR_CANCELLED, BOXD_ERR_CLOSED};
    for (size_t i = 0; i < COUNT(kinds); i++) {
        for (int k = 0; k < STOPS * 2 && kinds[i].open != open_file; k++) {
            const stop how = (stop)(k / 2);
            boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
            process_open_box(_i);
            const ends e = kinds[i].open();
            fill(e.out);
            boxd_cancel_token *token = boxd_cancel_token_new();
            options.call = how == BY_DEADLINE ? process_soon(100) : process_until(token);
            options.out = (boxd_output){BOXD_OUTPUT_FD, .fd = e.out};
            boxd_process *p = process_start(
                k % 2 ? "printf go >&2; yes" : "head -c 200000 /dev/zero; printf go >&2", &options);
            if (how != BY_DEADLINE)
                process_expect(p, on->process_read, "go");
            if (how != BY_DEADLINE && k % 2 == 0)
                ck_assert_int_ge(emulator_count_calls(&emulator, "Exec", 1), 1);
            pending wait = PENDING_INIT;
            boxd_aio_process_wait(p, NULL, pending_exit, &wait);
            const boxd_status status = stop_it(how, &p, token, &wait);
            ck_assert_msg(status == wanted[how], "%s, %d: %s", kinds[i].name, k, wait.error.message);
            ck_assert_int_eq(wait.calls, 1);
            ck_assert_msg(wait.error.command != BOXD_COMMAND_ENDED ||
                              strstr(wait.error.message, "it had ended") || how == BY_CLIENT,
                          "%s", wait.error.message);
            boxd_process_free(p);
            boxd_cancel_token_free(token);
            close_ends(e);
            if (how == BY_CLIENT)
                boxd_box_free(process_box);
            else
                process_close_box();
        }
    }
}
END_TEST

/* A slow reader slows the command down, and no data is lost. Output that such a reader delays does not count
 * as unread output. */
START_TEST(a_slow_reader)
{
    enum { MUCH = 2000000 };
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    process_open_box(_i);
    const ends e = open_pipe();
    options.out = (boxd_output){BOXD_OUTPUT_FD, .fd = e.out};
    options.read_ahead_bytes = 10000;
    options.unread_ms = 50;
    boxd_process *p = process_start("printf err >&2; head -c 2000000 /dev/zero", &options);
    const boxd_call_options soon = process_soon(300);
    ck_assert_int_eq((int)on->process_wait(p, &soon, NULL, NULL, &error), (int)BOXD_ERR_TIMEOUT);
    ck_assert_uint_lt(error.out_bytes, MUCH);
    static char data[65536];
    size_t got = 0;
    while (got < MUCH) {
        const ssize_t some = read(e.in, data, sizeof data);
        ck_assert_int_gt((int)some, 0);
        got += (size_t)some;
    }
    process_expect(p, on->process_read, "err");
    process_expect_exit(p, 0);
    close_ends(e);
    process_finish(p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("process_fds");
    e2e_add(suite, output_to_each_kind);
    e2e_add(suite, input_from_each_kind);
    e2e_add(suite, no_source_and_no_destination);
    e2e_add(suite, offsets_in_files);
    e2e_add(suite, duplicates);
    e2e_add(suite, refused);
    e2e_add(suite, closed_readers);
    e2e_add(suite, full_descriptors);
    e2e_add(suite, a_slow_reader);
    return e2e_main(suite, NULL);
}
