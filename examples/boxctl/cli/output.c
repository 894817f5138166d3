/* Prints the same values as JSON for scripts or as text for people, and notices output that is lost. */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cells.h"

/* ---- standard output that fails ---- */

static struct {
    /* no reader is an error: SIGPIPE was ignored when boxctl was started */
    bool reports_no_reader;
    bool was_closed;
    /* of the first write that failed, or 0 */
    int problem;
    /* the command has printed the problem itself */
    bool is_reported;
    /* the output is the result of an action, which was carried out */
    bool follows_action;
    /* "the name of the box is web": what was made, if the service or boxctl has chosen its name; "" */
    char made[256];
} out;

void output_closed_at_start(void)
{
    out.was_closed = true;
}

/* Opens a descriptor again if it is in non-blocking mode, which a shell or another program may have left
 * behind: a stream loses what a full pipe or terminal does not accept. Its mode stays: other programs share
 * it. Sockets and pipes of another user cannot be opened again. */
static void make_blocking(int fd)
{
    char path[32];
    struct stat status;
    const int mode = fcntl(fd, F_GETFL);
    if (mode < 0 || !(mode & O_NONBLOCK) || fstat(fd, &status) != 0 ||
        (!S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode)))
        return;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    const int own = open(path, (mode & O_ACCMODE) | O_NOCTTY | O_CLOEXEC);
    if (own < 0)
        return;
    (void)dup2(own, fd);
    close(own);
}

void output_begin(void)
{
    make_blocking(STDOUT_FILENO);
    make_blocking(STDERR_FILENO);
    struct sigaction now;
    out.reports_no_reader = sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_IGN;
    signal(SIGPIPE, SIG_IGN); /* a write reports EPIPE instead */
}

void output_after_action(void)
{
    out.follows_action = true;
}

void output_after_making(const char *what, const char *name)
{
    char shown[192];
    snprintf(out.made, sizeof out.made, ": %s is %s", what, boxd_printable(name, shown, sizeof shown));
    out.follows_action = true;
}

bool output_flush(void)
{
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return true;
    out.problem = out.problem ? out.problem : errno;
    return false;
}

int write_whole(int fd, const void *data, size_t size)
{
    const char *at = data;
    while (size > 0) {
        struct pollfd ready = {fd, POLLOUT, 0};
        const ssize_t written = write(fd, at, size);
        if (written < 0 && errno == EAGAIN)
            (void)poll(&ready, 1, -1);
        else if (written < 0 && errno != EINTR)
            return errno;
        at += written > 0 ? written : 0;
        size -= written > 0 ? (size_t)written : 0;
    }
    return 0;
}

const char *output_problem(void)
{
    out.is_reported = true;
    return strerror(out.problem ? out.problem : EIO);
}

bool output_was_closed(void)
{
    return out.was_closed;
}

bool output_is_usable(void)
{
    struct pollfd fd = {STDOUT_FILENO, POLLOUT, 0};
    const int mode = fcntl(STDOUT_FILENO, F_GETFL);
    if (out.was_closed || mode < 0 || (mode & O_ACCMODE) == O_RDONLY)
        return false;
    return poll(&fd, 1, 0) != 1 || !(fd.revents & (POLLERR | POLLNVAL));
}

int output_finish(int code, int own_failure)
{
    if (output_flush())
        return code;
    const bool has_left = out.problem == EPIPE && !out.reports_no_reader;
    if (!out.is_reported && (!has_left || *out.made))
        cli_error(0, "cannot write to standard output%s%s%s%s", out.problem ? ": " : "",
                  out.problem ? strerror(out.problem) : "",
                  out.follows_action ? "; the action itself was carried out" : "", out.made);
    if (has_left)
        return code == EXIT_OK || code == EXIT_FAILED ? EXIT_SIGNAL + SIGPIPE : code;
    return code == EXIT_OK ? own_failure : code;
}

bool is_output_closed(const boxd_error *error)
{
    struct pollfd fd = {STDOUT_FILENO, POLLOUT, 0};
    return error->status == BOXD_ERR_LOCAL_FILE && !out.reports_no_reader && poll(&fd, 1, 0) == 1 &&
           (fd.revents & POLLERR);
}

/* ---- text ---- */

void print_text(FILE *to, const char *format, va_list arguments)
{
    char *raw = NULL;
    if (vasprintf(&raw, format, arguments) < 0)
        return;
    char *text = printable(raw);
    if (text)
        fputs(text, to);
    free(text);
    free(raw);
}

static void print_arguments(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

static void print_arguments(const char *format, va_list arguments)
{
    print_text(stdout, format, arguments);
    putchar('\n');
}

void print_line(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_arguments(format, arguments);
    va_end(arguments);
}

/* ---- results ---- */

static void print_first_column(const json_t *rows, const column *columns)
{
    size_t i;
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        char *text = cell_text(row, &columns[0]);
        printf("%s\n", text ? text : "");
        free(text);
    }
}

int print_rows(const cli *c, json_t *rows, const column *columns)
{
    if (c->json)
        return print_json(rows, false);
    int code = EXIT_OK;
    if (c->quiet)
        print_first_column(rows, columns);
    else
        code = print_table(rows, columns);
    json_decref(rows);
    return code;
}

/* Prints `key: value`, or only the value if `key` is NULL. */
static void print_member(const char *key, const json_t *value)
{
    size_t length = 0;
    char *text = member_text(key, value, &length);
    if (key)
        printf("%.*s:%*s", (int)length, key, (int)(length < 26 ? 26 - length : 1), "");
    printf("%s\n", text ? text : "");
    free(text);
}

static bool is_empty(const json_t *value)
{
    return json_is_null(value) || (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0);
}

int print_object(const cli *c, json_t *object, const char *key)
{
    if (c->json)
        return print_json(object, false);
    const char *name;
    json_t *value;
    if (c->quiet)
        print_member(NULL, json_object_get(object, key));
    else
        json_object_foreach(object, name, value) if (!is_empty(value)) print_member(name, value);
    json_decref(object);
    return EXIT_OK;
}

void print_for_people(const cli *c, const char *format, ...)
{
    va_list arguments;
    if (c->json || c->quiet)
        return;
    va_start(arguments, format);
    print_arguments(format, arguments);
    va_end(arguments);
}

int print_if_json(const cli *c, json_t *value)
{
    if (c->json)
        return print_json(value, false);
    json_decref(value);
    return EXIT_OK;
}

int print_list(const cli *c, json_t *rows, int code)
{
    if (json_array_size(rows) > 0 || code == EXIT_OK)
        return print_if_json(c, rows);
    json_decref(rows);
    return EXIT_OK;
}

int print_list_of_box(const cli *c, const char *box, const char *key, const boxd_string_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        print_for_people(c, "%s", list->items[i]);
    return print_if_json(
        c, json_pack("{s:o, s:o}", "box", json_text(box), key, json_texts(list->items, list->count)));
}

int print_word(const cli *c, json_t *object, const char *word)
{
    if (!c->json)
        print_line("%s", word);
    return print_if_json(c, object);
}

int print_done(const cli *c, json_t *object, const char *format, ...)
{
    va_list arguments;
    output_after_action();
    if (!c->json && !c->quiet) {
        va_start(arguments, format);
        print_arguments(format, arguments);
        va_end(arguments);
    }
    return print_if_json(c, object);
}
