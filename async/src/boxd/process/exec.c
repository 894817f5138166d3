/*
 * exec.c: starting a command, as a process or for its result. A command that is run for its result is a
 * process without a handle, and one step that waits for its end. Called by the program on any thread.
 */
#include "boxd/client/box.h"
#include "boxd/client/command.h"
#include "boxd/process/exec_result.h"
#include "boxd/process/process.h"
#include "errors.h"
#include "mem.h"
#include "options.h"

#include <boxd/aio/process.h>

#include <string.h>

static const process_kind EXEC = {.method = {.name = "Exec", .path = METHOD_PATH("Exec")},
                                  .noun = "the command in ",
                                  .box_field = 5,
                                  .is_command = true};

/* ---- options ---- */

/* A terminal replaces the pipes, and sets the size. */
static void apply_terminal(boxd_exec_options *o, boxd_error *error)
{
    if (!o->terminal)
        return;
    if (o->in.mode != BOXD_INPUT_DEFAULT || o->out.mode != BOXD_OUTPUT_DEFAULT) {
        error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                  "terminal and %s.mode are both set; leave out one of the two",
                  o->in.mode != BOXD_INPUT_DEFAULT ? "in" : "out");
        return;
    }
    o->pty = true;
    o->in = (boxd_input){.mode = BOXD_INPUT_FD, .fd = terminal_in(o->terminal)};
    o->out = (boxd_output){.mode = BOXD_OUTPUT_FD, .fd = terminal_out(o->terminal)};
    if (o->err.mode == BOXD_OUTPUT_DEFAULT)
        o->err.mode = BOXD_OUTPUT_MERGE;
    uint32_t cols = 0, rows = 0;
    boxd_terminal_size(o->terminal, &cols, &rows);
    o->cols = cols ? cols : o->cols;
    o->rows = rows ? rows : o->rows;
}

static void check_output(const boxd_output *o, const char *name, bool err, bool streams, boxd_error *error)
{
    if (o->mode < BOXD_OUTPUT_DEFAULT || o->mode > BOXD_OUTPUT_MERGE)
        error_set(error, BOXD_ERR_INVALID_ARGUMENT, "%s.mode is %d; see boxd_output_mode", name,
                  (int)o->mode);
    else if (o->mode == BOXD_OUTPUT_MERGE && !err)
        error_set(
            error, BOXD_ERR_INVALID_ARGUMENT,
            "out.mode is BOXD_OUTPUT_MERGE, which is for err only: it sends stderr to where stdout goes");
    else if (o->mode == BOXD_OUTPUT_PIPE && !streams)
        error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                  "%s.mode is BOXD_OUTPUT_PIPE, but this call returns no process to read from; use "
                  "boxd_box_exec_stream(), or BOXD_OUTPUT_KEEP",
                  name);
    else if (o->fd != 0 && o->mode != BOXD_OUTPUT_FD)
        error_set(error, BOXD_ERR_INVALID_ARGUMENT, "%s.fd is set, but %s.mode is not BOXD_OUTPUT_FD", name,
                  name);
    else if (o->keep_bytes != 0 && o->mode != BOXD_OUTPUT_HEAD && o->mode != BOXD_OUTPUT_TAIL &&
             o->mode != BOXD_OUTPUT_FD)
        error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                  "%s.keep_bytes is set, but %s.mode is neither BOXD_OUTPUT_HEAD nor _TAIL nor _FD", name,
                  name);
}

/* Checks the reserved members of embedded structs. */
static void check_reserved(const boxd_exec_options *o, boxd_error *error)
{
    if (options_check_reserved(o->in.reserved_, sizeof o->in.reserved_, "boxd_input", error) == BOXD_OK &&
        options_check_reserved(o->out.reserved_, sizeof o->out.reserved_, "boxd_output", error) == BOXD_OK)
        options_check_reserved(o->err.reserved_, sizeof o->err.reserved_, "boxd_output", error);
}

static void check_options(const boxd_exec_options *o, bool streams, boxd_error *error)
{
    check_output(&o->out, "out", false, streams, error);
    check_output(&o->err, "err", true, streams, error);
}

/* ---- starting ---- */

/* The command of a call. */
typedef struct command {
    /* The arguments; or, if `argv` is NULL, the line of a shell. */
    const char *const *argv;
    const char *shell_line;
} command;

static char *make_line(const command *c, const boxd_exec_options *o, boxd_error *error)
{
    char *line = NULL;
    if (c->shell_line)
        command_from_line(c->shell_line, o->env, o->cwd, &line, error);
    else
        command_from_words(c->argv, o->env, o->cwd, o->pty || o->interactive, &line, error);
    return line;
}

static base_stream *make_process(boxd_box *box, const command *c, const boxd_exec_options *o, bool streams,
                                 boxd_error *error)
{
    BoxdPb__ExecChunk first = BOXD_PB__EXEC_CHUNK__INIT;
    char *line = error->status == BOXD_OK ? make_line(c, o, error) : NULL;
    check_options(o, streams, error);
    boxd_process *p = NULL;
    if (line && error->status == BOXD_OK) {
        first.command = line;
        first.tty = o->pty || o->interactive;
        first.cols = o->cols;
        first.rows = o->rows;
        p = process_new(&(process_setup){box, &EXEC, o, streams, &first.base, strlen(line)}, error);
    }
    mem_free_secret(line);
    return p ? &p->stream : NULL;
}

/* Makes the process of the first step, and starts both. */
static void start(stream_step *step, boxd_box *box, const command *c, const boxd_exec_options *options,
                  bool streams)
{
    boxd_exec_options opts = BOXD_EXEC_OPTIONS_INIT;
    if (!step)
        return;
    boxd_error *error = request_error(&step->request);
    if (error->status == BOXD_OK &&
        options_copy(&opts, OPTION_TYPE_RESERVED(boxd_exec_options), options, error) == BOXD_OK) {
        check_reserved(&opts, error);
        apply_terminal(&opts, error);
        step->stream = make_process(box, c, &opts, streams, error);
    }
    if (error->status != BOXD_OK)
        error->command = BOXD_COMMAND_NOT_STARTED;
    stream_start(step, &(request_setup){.box = box, .call = &opts.call, .call_in_options = true});
}

void boxd_aio_box_exec(boxd_box *box, const char *const *argv, const boxd_exec_options *options,
                       boxd_exec_result_cb callback, void *user_data)
{
    start(process_result_new(box, SINK(RESULT_EXEC, callback, user_data)), box, &(command){.argv = argv},
          options, false);
}

void boxd_aio_box_exec_shell(boxd_box *box, const char *line, const boxd_exec_options *options,
                             boxd_exec_result_cb callback, void *user_data)
{
    start(process_result_new(box, SINK(RESULT_EXEC, callback, user_data)), box,
          &(command){.shell_line = line ? line : ""}, options, false);
}

static void free_process(void *process)
{
    boxd_process_free(process);
}

RESULT_TYPE(RESULT_PROCESS, boxd_process_cb, free_process);

void boxd_aio_box_exec_stream(boxd_box *box, const char *const *argv, const boxd_exec_options *options,
                              boxd_process_cb callback, void *user_data)
{
    start(process_opening_new(box, SINK(RESULT_PROCESS, callback, user_data)), box, &(command){.argv = argv},
          options, true);
}

void boxd_aio_box_exec_shell_stream(boxd_box *box, const char *line, const boxd_exec_options *options,
                                    boxd_process_cb callback, void *user_data)
{
    start(process_opening_new(box, SINK(RESULT_PROCESS, callback, user_data)), box,
          &(command){.shell_line = line ? line : ""}, options, true);
}
