/*
 * exec.c: checks of commands, with the functions of the library.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boxd_checks/fixture.h"

static void see_line(live *l, const char *line)
{
    boxd_exec_result *r = need_box(l) ? run_line(l, boxd_of(l)->box, line) : NULL;
    if (r != NULL)
        see_output(l, r);
    boxd_exec_result_free(r);
}

static void see_code(live *l, const char *line)
{
    boxd_exec_result *r = need_box(l) ? run_line(l, boxd_of(l)->box, line) : NULL;
    if (r != NULL)
        live_see(l, "%d", r->exit_code);
    boxd_exec_result_free(r);
}

static void output(live *l)
{
    boxd_exec_result *r = need_box(l) ? run_line(l, boxd_of(l)->box, "echo out; echo err >&2") : NULL;
    if (r != NULL)
        live_see(l, "stdout %zu bytes, stderr %zu bytes", r->out.size, r->err.size);
    boxd_exec_result_free(r);
}

static void exit_code(live *l)
{
    see_code(l, "exit 7");
}

static void signal_code(live *l)
{
    see_code(l, "sh -c 'kill -9 $$'");
}

/* The shell of the command itself. */
static void signal_of_shell(live *l)
{
    see_code(l, "kill -9 $$");
}

static void unknown_command(live *l)
{
    see_code(l, "boxd-live-no-such-command");
}

static void account(live *l)
{
    see_line(l, "id -un; pwd; echo $HOME");
}

static void shell(live *l)
{
    see_line(l, "if [ -n \"$BASH_VERSION\" ]; then echo bash; else echo no bash; fi");
}

static void arguments(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    if (need_box(l) == NULL)
        return;
    boxd_exec_result *r =
        boxd_box_exec(boxd_of(l)->box, BOXD_ARGV("printf", "<%s>", "a b", "", "$HOME", "it's", "*", "x\ny"),
                      BOXD_OPTIONS(boxd_exec_options, .call = l->call), &error);
    if (live_ok(l, r != NULL, &error))
        see_output(l, r);
    boxd_exec_result_free(r);
}

static void input(live *l)
{
    enum { SIZE = 1 << 20 };
    boxd_error error = BOXD_ERROR_INIT;
    char *data = calloc(1, SIZE);
    if (data == NULL || need_box(l) == NULL) {
        free(data);
        return;
    }
    boxd_exec_result *r =
        boxd_box_exec(boxd_of(l)->box, BOXD_ARGV("wc", "-c"),
                      BOXD_OPTIONS(boxd_exec_options, .call = l->call,
                                   .in = {.mode = BOXD_INPUT_BYTES, .data = data, .data_size = SIZE}),
                      &error);
    if (live_ok(l, r != NULL, &error))
        see_output(l, r);
    boxd_exec_result_free(r);
    free(data);
}

static void bytes(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    unsigned char data[256];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (unsigned char)i;
    if (need_box(l) == NULL)
        return;
    boxd_exec_result *r =
        boxd_box_exec(boxd_of(l)->box, BOXD_ARGV("cat"),
                      BOXD_OPTIONS(boxd_exec_options, .call = l->call,
                                   .in = {.mode = BOXD_INPUT_BYTES, .data = data, .data_size = sizeof data}),
                      &error);
    if (live_ok(l, r != NULL, &error))
        live_see(l, "%s",
                 r->out.size == sizeof data && memcmp(r->out.data, data, sizeof data) == 0 ? "unchanged"
                                                                                           : "changed");
    boxd_exec_result_free(r);
}

static void unknown_box(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *none = boxd_box_from_name(client(l), "00000000-0000-4000-8000-000000000000", &error);
    boxd_exec_result *r = none ? run_line(l, none, "true") : NULL;
    if (r != NULL)
        live_see(l, "%d", r->exit_code);
    boxd_exec_result_free(r);
    boxd_box_free(none);
}

/* ---- terminals ---- */

static void pty_output(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    if (need_box(l) == NULL)
        return;
    boxd_exec_result *r =
        boxd_box_exec_shell(boxd_of(l)->box, "tty >/dev/null && echo terminal; echo err >&2",
                            BOXD_OPTIONS(boxd_exec_options, .call = l->call, .pty = true), &error);
    if (live_ok(l, r != NULL, &error)) {
        see_output(l, r);
        live_see(l, ", stderr %zu bytes", r->err.size);
    }
    boxd_exec_result_free(r);
}

/* The command prints its size when it has read a line: after the resize, which comes before the line. */
static void resize(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    if (need_box(l) == NULL)
        return;
    boxd_process *p =
        boxd_box_exec_shell_stream(boxd_of(l)->box, "stty -echo; read line; stty size",
                                   BOXD_OPTIONS(boxd_exec_options, .call = l->call, .pty = true, .cols = 90,
                                                .rows = 30, .out = {.mode = BOXD_OUTPUT_KEEP}),
                                   &error);
    boxd_exec_result *r = NULL;
    if (p != NULL && boxd_process_resize(p, 100, 40, &l->call, &error) == BOXD_OK &&
        boxd_process_write(p, "go\n", 3, &l->call, &error) == BOXD_OK)
        r = boxd_process_result(p, &l->call, &error);
    if (live_ok(l, r != NULL, &error))
        live_see(l, "%s", strstr(r->out.data, "40 100") ? "40 100" : r->out.data);
    boxd_exec_result_free(r);
    boxd_process_free(p);
}

/* ---- the end of a call ends the command ---- */

static bool read_pid(live *l, boxd_process *p, long *pid)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_chunk *chunk = NULL;
    char text[32] = "";
    if (!live_ok(l, boxd_process_read(p, &l->call, &chunk, &error) == BOXD_READ_DATA, &error))
        return false;
    (void)snprintf(text, sizeof text, "%.*s", (int)(chunk->size < 20 ? chunk->size : 20),
                   (const char *)chunk->data);
    *pid = strtol(text, NULL, 10);
    boxd_chunk_free(chunk);
    return *pid > 0;
}

static void cancel_kills(live *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    char line[160];
    long pid = 0;
    if (need_box(l) == NULL)
        return;
    boxd_process *p = boxd_box_exec_shell_stream(boxd_of(l)->box, "echo $$; exec sleep 300",
                                                 BOXD_OPTIONS(boxd_exec_options, .call = l->call), &error);
    const bool started = live_ok(l, p != NULL, &error) && read_pid(l, p, &pid);
    if (started)
        (void)boxd_process_close(p, &l->call, &error);
    boxd_process_free(p);
    if (!started)
        return;
    (void)snprintf(
        line, sizeof line,
        "for i in $(seq 100); do kill -0 %ld 2>/dev/null || { echo ended; exit; }; sleep 0.1; done; "
        "echo runs",
        pid);
    see_line(l, line);
}

const live_check exec_checks[] = {
    {"exec.output", "Exec", "Data with is_stderr is standard error.", "Exec: echo out; echo err >&2",
     "stdout 4 bytes, stderr 4 bytes", NULL, output},
    {"exec.exit-code", "Exec", "The last message's exit_code is the code of the command.", "Exec: exit 7",
     "7", NULL, exit_code},
    {"exec.signal", "Exec", "Which exit code has a line whose child was ended by a signal?",
     "Exec: sh -c 'kill -9 $$'", NULL, "137", signal_code},
    {"exec.signal-of-shell", "Exec", "Which exit code has a command whose own shell is killed by a signal?",
     "Exec: kill -9 $$", NULL, "137", signal_of_shell},
    {"exec.unknown-command", "Exec", "The line is run by sh: 127 for a command that does not exist.",
     "Exec of a command that does not exist", "127", NULL, unknown_command},
    {"exec.account", "Exec", "The command runs as user boxd in /home/boxd.", "Exec: id -un; pwd; echo $HOME",
     "boxd//home/boxd//home/boxd", "boxd//home/boxd//home/boxd", account},
    {"exec.shell", "Exec", "The machine runs the line with sh (dash).", "Exec of a line that asks for bash",
     "no bash", NULL, shell},
    {"exec.arguments", "Exec", "Words that are quoted as POSIX shells need it arrive unchanged.",
     "Exec: printf '<%s>' with special words", "<a b><><$HOME><it's><*><x/y>", NULL, arguments},
    {"exec.input", "Exec", "{stdin, data} is the input; the half-close is its end.", "Exec: wc -c with 1 MiB",
     "1048576", NULL, input},
    {"exec.bytes", "Exec", "Output is bytes.", "Exec: cat with all byte values", "unchanged", NULL, bytes},
    {"exec.unknown-box", "Errors -> classes", "An unknown box: NOT_FOUND.",
     "Exec in a box that does not exist", "NOT_FOUND", NULL, unknown_box},
    {"exec.pty", "Exec", "A PTY merges stderr into stdout.", "Exec with tty", "terminal/*err, stderr 0 bytes",
     NULL, pty_output},
    {"exec.resize", "Exec", "{window_change, cols, rows} changes the size of the terminal.",
     "Exec with tty 90x30, window_change to 100x40, stty size", "40 100", NULL, resize},
    {"exec.cancel-kills", "Exec", "Cancelling the call kills the command's process group.",
     "Exec: sleep, cancelled; Exec: kill -0", "ended", NULL, cancel_kills},
    {0},
};
