/* Reads a credential from a terminal without echo, or from standard input. The mode of the terminal is
 * restored, also after a signal. */
#include "cli/secret.h"

#include "cli/run.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { SECRET_SIZE = 16384, CTRL_C = 3, CTRL_D = 4, CTRL_U = 21, BACKSPACE = 8, DELETE = 127 };

static volatile sig_atomic_t signal_seen;

static void on_signal(int number)
{
    signal_seen = number;
}

/* Reads one byte. 0: the end, or a signal. */
static char read_byte(void)
{
    char byte = '\0';
    ssize_t got;
    do
        got = read(STDIN_FILENO, &byte, 1);
    while (got < 0 && errno == EINTR && !signal_seen);
    if (got != 1)
        byte = '\0';
    return byte;
}

/* Reads until the end of the line. Returns false for Ctrl-C and signals. */
static bool read_line(char *to, bool is_terminal)
{
    size_t used = 0;
    for (char byte; (byte = read_byte()) != '\0' && byte != '\n' && byte != '\r';) {
        if (is_terminal && byte == CTRL_C)
            signal_seen = SIGINT;
        if (signal_seen || (is_terminal && byte == CTRL_D))
            break;
        if (is_terminal && (byte == BACKSPACE || byte == DELETE))
            used -= used > 0;
        else if (is_terminal && byte == CTRL_U)
            used = 0;
        else if (used + 1 < SECRET_SIZE)
            to[used++] = byte;
    }
    to[used] = '\0';
    return !signal_seen;
}

/* The same on a terminal that shows nothing. */
static bool read_hidden(char *to, const char *what, const char *where)
{
    static const int SIGNALS[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct termios before, hidden;
    struct sigaction old[4];
    const struct sigaction action = {.sa_handler = on_signal};
    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return read_line(to, false);
    hidden = before;
    hidden.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
    hidden.c_cc[VMIN] = 1;
    hidden.c_cc[VTIME] = 0;
    for (size_t i = 0; i < 4; i++)
        sigaction(SIGNALS[i], &action, &old[i]);
    fprintf(stderr, "%s for %s: ", what, where);
    fflush(stderr);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    const bool done = read_line(to, true);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fputc('\n', stderr);
    for (size_t i = 0; i < 4; i++)
        sigaction(SIGNALS[i], &old[i], NULL);
    return done;
}

char *secret_read(const char *what, const char *where, int *code)
{
    char *line = calloc(1, SECRET_SIZE);
    if (!line) {
        *code = cli_error(EXIT_FAILED, "out of memory");
        return NULL;
    }
    const bool done = isatty(STDIN_FILENO) ? read_hidden(line, what, where) : read_line(line, false);
    size_t end = strlen(line), begin = 0;
    while (end > 0 && isspace((unsigned char)line[end - 1]))
        line[--end] = '\0';
    while (isspace((unsigned char)line[begin]))
        begin++;
    memmove(line, line + begin, end - (begin < end ? begin : end) + 1);
    if (!done)
        *code = cli_error(EXIT_SIGNAL + signal_seen, "interrupted");
    else if (!*line)
        *code = cli_error(EXIT_USAGE, "no credential was given on standard input");
    if (done && *line)
        return line;
    secret_free(line);
    return NULL;
}

void secret_free(char *secret)
{
    if (secret)
        explicit_bzero(secret, SECRET_SIZE);
    free(secret);
}
