/*
 * A command in a box on the terminal of boxctl, with an escape character as in ssh. A thread reads the keys
 * and writes them to a pipe, from which the library reads the input: the library may have to wait for the
 * network, and the escape must work then, too.
 */
#include "run/session.h"

#include <boxd/aio/process.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* MAX_WAITING: how many keys may wait for the network until no more are read. */
enum { KEYS = 4096, SIZE_CHECK_MS = 200, MAX_WAITING = 16 * 1024 * 1024 };

typedef struct session {
    boxd_process *process;
    boxd_terminal *terminal;
    uint32_t cols, rows;
    /* the write end of the pipe, which does not block, or -1; a byte in `stop` ends the thread */
    int keys, stop[2];
    /* keys that the pipe has not taken */
    char *waiting;
    size_t waiting_size;
    /* there are no more keys */
    bool ended;
    char escape;
    /* the next key is the first one of a line; the last key was the escape character there */
    bool line_begins, escaped;
    bool disconnected;
} session;

/* ---- the size of the terminal ---- */

static void on_resized(boxd_status status, const boxd_error *error, void *data)
{
    (void)status;
    (void)error;
    (void)data;
}

static void pass_size(session *s)
{
    uint32_t cols, rows;
    boxd_terminal_size(s->terminal, &cols, &rows);
    if (cols == 0 || rows == 0 || (cols == s->cols && rows == s->rows))
        return;
    s->cols = cols;
    s->rows = rows;
    boxd_aio_process_resize(s->process, cols, rows, NULL, on_resized, NULL);
}

/* ---- escapes ---- */

static void print_help(const session *s)
{
    fprintf(stderr,
            "\r\nEscapes, at the beginning of a line:\r\n"
            "  %c.   end the session and its command\r\n"
            "  %c^Z  suspend boxctl\r\n"
            "  %c?   this help\r\n"
            "  %c%c   type the escape character\r\n",
            s->escape, s->escape, s->escape, s->escape, s->escape);
}

/* Ends the command, also if the network is lost: this takes a second at most. */
static void disconnect(session *s)
{
    boxd_error error = BOXD_ERROR_INIT;
    s->disconnected = true;
    (void)boxd_process_close(s->process, NULL, &error);
}

/* Stops boxctl, with the terminal in its former mode, until it is continued. */
static void suspend(session *s)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_terminal_free(s->terminal);
    fputs("\n", stderr);
    kill(0, SIGTSTP);
    s->terminal = boxd_terminal_open(NULL, &error);
    if (!s->terminal)
        disconnect(s);
}

/* Handles the key behind an escape character. Returns how many bytes it wrote to `to`: what is sent. */
static size_t take_escape(session *s, char key, char *to)
{
    enum { CTRL_Z = 26 };
    size_t size = 0;
    s->escaped = false;
    if (key == '.') {
        disconnect(s);
    } else if (key == CTRL_Z) {
        suspend(s);
    } else if (key == '?') {
        print_help(s);
    } else {
        to[size++] = s->escape;
        if (key != s->escape)
            to[size++] = key;
        s->line_begins = key == '\r' || key == '\n';
    }
    return size;
}

/* Handles the escapes in keys. Returns how many bytes are sent: they are in `to`, which has space for one
 * byte more than there are keys. */
static size_t filter(session *s, const char *keys, size_t count, char *to)
{
    size_t size = 0;
    for (size_t i = 0; i < count && !s->disconnected; i++) {
        if (s->escaped) {
            size += take_escape(s, keys[i], to + size);
        } else if (s->escape && s->line_begins && keys[i] == s->escape) {
            s->escaped = true;
        } else {
            to[size++] = keys[i];
            s->line_begins = keys[i] == '\r' || keys[i] == '\n';
        }
    }
    return size;
}

/* ---- the keys ---- */

static void close_keys(session *s)
{
    close(s->keys);
    s->keys = -1;
}

/* Writes what the pipe takes. A command that reads no more gets nothing. */
static void write_keys(session *s)
{
    if (s->keys >= 0 && s->waiting_size > 0) {
        const ssize_t written = write(s->keys, s->waiting, s->waiting_size);
        if (written >= 0) {
            s->waiting_size -= (size_t)written;
            memmove(s->waiting, s->waiting + written, s->waiting_size);
        } else if (errno != EINTR && errno != EAGAIN) {
            close_keys(s);
        }
    }
    if (s->keys < 0)
        s->waiting_size = 0;
    else if (s->ended && s->waiting_size == 0)
        close_keys(s);
}

/* Reads keys: those that are sent wait for the pipe. */
static void take_keys(session *s)
{
    char keys[KEYS];
    const ssize_t count = read(STDIN_FILENO, keys, sizeof keys);
    if (count < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    char *grown = count > 0 ? realloc(s->waiting, s->waiting_size + KEYS + 1) : NULL;
    if (grown) {
        s->waiting = grown;
        s->waiting_size += filter(s, keys, (size_t)count, grown + s->waiting_size);
    }
    s->ended = !grown;
}

/* The pipe may be full for long, if the network is lost: escapes work then, too. */
static void *read_keys(void *data)
{
    session *s = data;
    while (!s->disconnected) {
        const bool takes = !s->ended && s->waiting_size < MAX_WAITING;
        struct pollfd fds[] = {{s->stop[0], POLLIN, 0},
                               {takes ? STDIN_FILENO : -1, POLLIN, 0},
                               {s->waiting_size > 0 ? s->keys : -1, POLLOUT, 0}};
        const int ready = poll(fds, 3, SIZE_CHECK_MS);
        if (ready > 0 && fds[0].revents)
            return NULL;
        if (ready > 0 && fds[1].revents)
            take_keys(s);
        if (!s->disconnected) {
            write_keys(s);
            pass_size(s);
        }
    }
    return NULL;
}

/* ---- the session ---- */

static boxd_status fail(boxd_error *error, const char *what)
{
    error->status = BOXD_ERR_FAILED;
    error->grpc_code = -1;
    snprintf(error->message, sizeof error->message, "%s: %s", what, strerror(errno));
    return error->status;
}

static boxd_process *start_process(session *s, boxd_box *box, boxd_exec_options options, int input,
                                   session_starter *start, const void *data, boxd_error *error)
{
    options.pty = true;
    boxd_terminal_size(s->terminal, &s->cols, &s->rows);
    options.cols = s->rows > 0 ? s->cols : 0;
    options.rows = s->cols > 0 ? s->rows : 0;
    options.in = (boxd_input){.mode = BOXD_INPUT_FD, .fd = input};
    options.out = (boxd_output){.mode = BOXD_OUTPUT_FD, .fd = STDOUT_FILENO};
    return start(box, &options, data, error);
}

/* Runs the process to its end. */
static boxd_exec_result *run_process(session *s, boxd_error *error)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, read_keys, s) != 0) {
        fail(error, "a thread cannot be started");
        return NULL;
    }
    boxd_exec_result *result = boxd_process_result(s->process, NULL, error);
    (void)!write(s->stop[1], "", 1);
    pthread_join(thread, NULL);
    return result;
}

session_end session_run(boxd_box *box, const boxd_exec_options *options, char escape, session_starter *start,
                        const void *data, boxd_exec_result **result, boxd_error *error)
{
    int input[2];
    session s = {.escape = escape, .line_begins = true, .keys = -1};
    *result = NULL;
    if (pipe2(input, O_CLOEXEC) != 0 || pipe2(s.stop, O_CLOEXEC) != 0)
        return fail(error, "a pipe cannot be opened"), SESSION_FAILED;
    (void)fcntl(input[1], F_SETFL, O_NONBLOCK);
    s.keys = input[1];
    s.terminal = boxd_terminal_open(NULL, error);
    if (s.terminal)
        s.process = start_process(&s, box, *options, input[0], start, data, error);
    close(input[0]);
    if (s.process)
        *result = run_process(&s, error);
    boxd_process_free(s.process);
    boxd_terminal_free(s.terminal);
    if (s.keys >= 0)
        close_keys(&s);
    free(s.waiting);
    close(s.stop[0]);
    close(s.stop[1]);
    return *result ? SESSION_EXITED : s.disconnected ? SESSION_DISCONNECTED : SESSION_FAILED;
}

bool session_parse_escape(const char *text, char *escape)
{
    const size_t size = strlen(text);
    *escape = 0;
    if (strcmp(text, "none") == 0)
        return true;
    if (size == 1 && *text > ' ' && *text < 127)
        *escape = *text;
    else if (size == 2 && *text == '^' && text[1] >= '@' && text[1] <= '_')
        *escape = (char)(text[1] - '@');
    return *escape != 0;
}
