/*
 * terminal.c: raw mode, restored on every way out. Called by the program on any thread.
 *
 * A program that is killed cannot restore the terminal, so a guardian waits for its end: os/guardian.h.
 */
#include "boxd/process/terminal.h"

#include "core/loop.h"
#include "errors.h"
#include "linked_list.h"
#include "mem.h"
#include "options.h"
#include "os/descriptors.h"
#include "os/guardian.h"
#include "os/libc.h"
#include "signals.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

struct boxd_terminal {
    atomic_uint refs;
    /* Duplicates of the program's. */
    int in, out;
    struct termios before;
    dev_t device;
    /* In the list of raw terminals; needs raw_lock. */
    list_node node;
    /* The process that opened it. A child made by fork() leaves terminal and guardian alone. */
    pid_t process;
    pid_t guardian;
    /* A byte means that the terminal is restored; a close without one, that the guardian restores it. It is
     * a socket, so that writing to a guardian that was killed raises no SIGPIPE. */
    int guardian_pipe;
};

/* ---- the guardian ---- */

/* With all signals blocked in the child: none of the program's handlers runs there. */
static boxd_status start_guardian(boxd_terminal *t, boxd_error *error)
{
    int ends[2];
    sigset_t signals;
    if (descriptor_socket_pair(ends) != 0)
        return error_set(error, BOXD_ERR_FAILED, "no descriptors are left to guard the terminal (%s)",
                         ERRNO_TEXT(errno));
    signals_block_all(&signals);
    t->guardian = guardian_start(t->in, &t->before, ends[0]);
    const int failed = t->guardian < 0 ? errno : 0;
    signals_restore(&signals);
    close(ends[0]);
    t->guardian_pipe = ends[1];
    if (!failed)
        return BOXD_OK;
    close(ends[1]);
    return error_set(error, BOXD_ERR_FAILED, "the process that guards the terminal cannot be started (%s)",
                     ERRNO_TEXT(failed));
}

static void dismiss_guardian(boxd_terminal *t)
{
    while (descriptor_send(t->guardian_pipe, "", 1) < 0 && errno == EINTR)
        continue;
    close(t->guardian_pipe);
    guardian_wait(t->guardian);
}

/* ---- the terminal ---- */

/* The raw terminals. A second handle on the same one would restore the mode that the first one has set. */
static pthread_mutex_t raw_lock = PTHREAD_MUTEX_INITIALIZER;
static linked_list raw_terminals; /* raw_lock */

/* In a child made by fork() the list is the parent's, and a thread that holds the lock does not exist. */
static void forget_parents(void)
{
    static atomic_int process;
    const int now = getpid(), before = atomic_exchange(&process, now);
    if (before == now || before == 0)
        return;
    pthread_mutex_init(&raw_lock, NULL);
    raw_terminals = (linked_list){0};
}

static bool add_raw(boxd_terminal *t)
{
    forget_parents();
    pthread_mutex_lock(&raw_lock);
    const list_node *other = raw_terminals.first;
    while (other && CONTAINER_OF(other, const boxd_terminal, node)->device != t->device)
        other = other->next;
    if (!other)
        list_append(&raw_terminals, &t->node);
    pthread_mutex_unlock(&raw_lock);
    return !other;
}

static void remove_raw(boxd_terminal *t)
{
    pthread_mutex_lock(&raw_lock);
    list_remove(&raw_terminals, &t->node);
    pthread_mutex_unlock(&raw_lock);
}

static boxd_status set_no_raw_mode(boxd_error *error)
{
    return error_set(error, BOXD_ERR_FAILED, "the terminal cannot be put into raw mode (%s)",
                     ERRNO_TEXT(errno));
}

/* After add_raw(): the mode that is kept for the end is not the raw mode of another handle. */
static boxd_status make_raw(boxd_terminal *t, boxd_error *error)
{
    if (tcgetattr(t->in, &t->before) != 0)
        return set_no_raw_mode(error);
    if (start_guardian(t, error) != BOXD_OK)
        return error->status;
    struct termios raw = t->before;
    cfmakeraw(&raw);
    if (tcsetattr(t->in, TCSANOW, &raw) == 0)
        return BOXD_OK;
    set_no_raw_mode(error);
    dismiss_guardian(t);
    return error->status;
}

static boxd_status take(boxd_terminal *t, const boxd_terminal_options *options, boxd_error *error)
{
    const int in = options->fd ? options->fd : STDIN_FILENO, out = options->fd ? options->fd : STDOUT_FILENO;
    struct stat status;
    if (!isatty(in))
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "%s is not a terminal (descriptor %d: %s); run the command without one",
                         options->fd ? "the descriptor" : "standard input", in, ERRNO_TEXT(errno));
    t->in = fcntl(in, F_DUPFD_CLOEXEC, 3);
    t->out = fcntl(out, F_DUPFD_CLOEXEC, 3);
    if (t->in < 0 || t->out < 0 || fstat(t->in, &status) != 0)
        return error_set(error, BOXD_ERR_FAILED, "the terminal's descriptors cannot be duplicated (%s)",
                         ERRNO_TEXT(errno));
    t->device = status.st_rdev;
    if (!add_raw(t))
        return error_set(error, BOXD_ERR_FAILED_PRECONDITION,
                         "the terminal is in use by another boxd_terminal of this program; free that first");
    if (make_raw(t, error) != BOXD_OK)
        remove_raw(t);
    return error->status;
}

boxd_terminal *boxd_terminal_open(const boxd_terminal_options *options, boxd_error *error)
{
    boxd_error local = BOXD_ERROR_INIT;
    boxd_terminal_options opts;
    boxd_terminal *t = NULL;
    if (options_copy(&opts, OPTION_TYPE_RESERVED(boxd_terminal_options), options, &local) == BOXD_OK) {
        t = mem_calloc(1, sizeof *t);
        if (!t)
            error_no_memory(&local, "opening a terminal");
    }
    if (t) {
        atomic_init(&t->refs, 1);
        t->process = getpid();
        t->in = t->out = -1;
        if (take(t, &opts, &local) == BOXD_OK)
            return t;
        terminal_unref(t);
    }
    if (error)
        *error = local;
    return NULL;
}

void boxd_terminal_size(const boxd_terminal *terminal, uint32_t *cols, uint32_t *rows)
{
    struct winsize size = {0};
    if (terminal)
        (void)ioctl(terminal->in, TIOCGWINSZ, &size);
    if (cols)
        *cols = size.ws_col;
    if (rows)
        *rows = size.ws_row;
}

void boxd_terminal_free(boxd_terminal *terminal)
{
    if (!terminal)
        return;
    if (terminal->process == getpid()) {
        (void)tcsetattr(terminal->in, TCSANOW, &terminal->before);
        remove_raw(terminal);
        dismiss_guardian(terminal);
    } else {
        close(terminal->guardian_pipe);
    }
    terminal_unref(terminal);
}

boxd_terminal *terminal_ref(boxd_terminal *t)
{
    if (t)
        atomic_fetch_add_explicit(&t->refs, 1, memory_order_relaxed);
    return t;
}

void terminal_unref(boxd_terminal *t)
{
    if (!t || atomic_fetch_sub_explicit(&t->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (t->in >= 0)
        close(t->in);
    if (t->out >= 0)
        close(t->out);
    mem_free(t);
}

int terminal_in(const boxd_terminal *t)
{
    return t->in;
}

int terminal_out(const boxd_terminal *t)
{
    return t->out;
}
