/*
 * background.c: see background.h. Core thread only, except `spawn`, which runs on a worker.
 */
#include "machine/background.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static void clear_watches(background *b)
{
    watch_init(&b->out[0], -1, NULL);
    watch_init(&b->out[1], -1, NULL);
    watch_init(&b->exit_watch, -1, NULL);
}

void background_init(background *b, machine *m,
                     void (*output)(background *b, const unsigned char *data, size_t size),
                     void (*ended)(background *b, int exit_code, const char *why))
{
    b->m = m;
    b->output = output;
    b->ended = ended;
    clear_watches(b);
}

bool background_runs(const background *b)
{
    return b->starting || b->process != NULL;
}

/* The machine and the owner may be freed afterwards. */
static void end(background *b, int exit_code, const char *why, bool used_sandbox)
{
    machine *m = b->m;
    free(b->command);
    strings_free(b->env);
    b->command = NULL;
    b->env = NULL;
    b->starting = false;
    b->ended(b, exit_code, why);
    if (used_sandbox)
        machine_release(m);
    machine_unref(m);
}

/* ---- output ---- */

/* False at the end of the output. */
static bool read_some(background *b, const watch *w)
{
    unsigned char buffer[16 * 1024];
    for (int i = 0; i < 16; i++) { /* bounded, so that the core thread serves others too */
        ssize_t n = read(w->fd, buffer, sizeof buffer);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        if (n == 0)
            return false;
        b->output(b, buffer, (size_t)n);
    }
    return true;
}

static void output_ready(background *b, watch *w)
{
    if (read_some(b, w))
        watch_arm(w, EPOLLIN);
    else
        watch_end(w);
}

static void out_ready(watch *w)
{
    output_ready(container_of(w, background, out[0]), w);
}

static void err_ready(watch *w)
{
    output_ready(container_of(w, background, out[1]), w);
}

/* ---- the process ---- */

static void exited(watch *w)
{
    background *b = container_of(w, background, exit_watch);
    int code;
    if (!sandbox_process_ended(b->process, &code)) {
        watch_arm(w, EPOLLIN);
        return;
    }
    for (int i = 0; i < 2; i++) {
        if (b->out[i].fd >= 0)
            (void)read_some(b, &b->out[i]);
        watch_end(&b->out[i]);
    }
    watch_end(&b->exit_watch);
    sandbox_process_free(b->process);
    b->process = NULL;
    end(b, code, "", true);
}

static void spawned(job *j)
{
    background *b = container_of(j, background, job);
    if (b->process == NULL) {
        end(b, BACKGROUND_NOT_STARTED, b->why, true);
        return;
    }
    b->starting = false;
    watch_init(&b->out[0], sandbox_process_stdout(b->process), out_ready);
    watch_init(&b->out[1], sandbox_process_stderr(b->process), err_ready);
    watch_init(&b->exit_watch, sandbox_process_exit_fd(b->process), exited);
    (void)sandbox_process_close_stdin(b->process);
    if (b->interrupted)
        sandbox_process_kill(b->process, 0);
    watch_arm(&b->out[0], EPOLLIN);
    watch_arm(&b->out[1], EPOLLIN);
    watch_arm(&b->exit_watch, EPOLLIN);
}

static void spawn(job *j)
{
    background *b = container_of(j, background, job);
    sandbox_spawn_options options = {.command = b->command, .env = (const char *const *)b->env};
    if (sandbox_spawn(b->m->sandbox, &options, &b->process, b->why, sizeof b->why) != 0)
        b->process = NULL;
}

static void sandbox_ready(void *data, int code, const char *why)
{
    background *b = data;
    (void)why;
    if (code != 0) {
        end(b, BACKGROUND_NOT_STARTED, "", false);
        return;
    }
    b->interrupted = false;
    b->why[0] = '\0';
    b->job.work = spawn;
    b->job.done = spawned;
    workers_submit(&b->job);
}

void background_start(background *b, const char *command, char *const *more)
{
    size_t own = strings_count(b->m->env), all = own + strings_count(more);
    b->command = xstrdup(command);
    b->env = xcalloc(all + 1, sizeof *b->env);
    for (size_t i = 0; i < all; i++)
        b->env[i] = xstrdup(i < own ? b->m->env[i] : more[i - own]);
    b->starting = true;
    machine_ref(b->m);
    machine_acquire(b->m, sandbox_ready, b);
}

void background_interrupt(background *b)
{
    b->interrupted = true;
}
