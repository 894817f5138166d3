/*
 * path_command.c: operations on a path for which the service has no RPC: a utility of the box does the work.
 * Called by the program on any thread; the rest runs on the core thread.
 */
#include "boxd/client/box_names.h"
#include "boxd/client/request.h"
#include "errors.h"
#include "mem.h"
#include "printable.h"
#include "record.h"

#include <boxd/aio/exec.h>
#include <boxd/aio/file.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct path_command path_command;

struct path_command {
    request request;
    /* The utility, its arguments and the path. */
    const char *words[6];
    char mode[8];
    char *path;
    /* Makes the result from the output; or NULL. */
    void *(*map)(const path_command *c, const boxd_buffer *out, boxd_error *error);
};

static path_command *command_of(request *r)
{
    return CONTAINER_OF(r, path_command, request);
}

/* ---- failures ---- */

/* The status for the reason at the end of a message of a utility, "mkdir: cannot create ...: File exists". */
static boxd_status status_of(const char *message)
{
    static const struct {
        const char *reason;
        boxd_status status;
    } reasons[] = {
        {"No such file or directory", BOXD_ERR_NOT_FOUND},
        {"Permission denied", BOXD_ERR_PERMISSION_DENIED},
        {"Operation not permitted", BOXD_ERR_PERMISSION_DENIED},
        {"File exists", BOXD_ERR_ALREADY_EXISTS},
    };
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (strstr(message, reasons[i].reason))
            return reasons[i].status;
    return BOXD_ERR_FAILED_PRECONDITION;
}

static void set_failure(const path_command *c, const boxd_exec_result *result, boxd_error *error)
{
    const char *message = result->out.data; /* with standard error: service 0.1 does not separate them */
    if (result->exit_code == 127)
        error_set_sent(error, BOXD_ERR_UNSUPPORTED, BOXD_SENT_YES, "%s has no %s", c->request.subject,
                       c->words[0]);
    else
        error_set_sent(error, status_of(message), BOXD_SENT_YES, "%s: %s", c->request.subject,
                       *message ? message : "the command failed without a message");
}

/* ---- the command ---- */

static void on_result(boxd_exec_result *result, const boxd_error *error, void *data)
{
    path_command *c = data;
    boxd_error own = BOXD_ERROR_INIT;
    step_over(&c->request);
    if (!result && request_stopping(&c->request))
        request_stop_error(&c->request, c->words[0], error->sent, &own);
    else if (!result)
        own = *error;
    else if (!result->success)
        set_failure(c, result, &own);
    else if (c->map)
        request_set_result(&c->request, c->map(c, &result->out, &own));
    boxd_exec_result_free(result);
    request_finish(&c->request, own.status == BOXD_OK ? NULL : &own);
}

static void begin(request *r)
{
    path_command *c = command_of(r);
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    const char *const env[] = {"LC_ALL=C", NULL};
    if (!step_begin(r, &options.call)) {
        boxd_error error;
        error_no_memory(&error, "starting a command");
        request_finish(r, &error);
        return;
    }
    options.env = env;
    options.err.mode = BOXD_OUTPUT_MERGE;
    options.require_exit_confirmed = true;
    boxd_aio_box_exec(r->box, c->words, &options, on_result, c);
    step_submitted(r);
}

/* Not called: a step is in progress until the end. */
static void stop(request *r)
{
    (void)r;
}

static void destroy(request *r)
{
    mem_free(command_of(r)->path);
}

/* `words` are at most four, and end with NULL; the path follows them. NULL: the callback was called. */
static path_command *command_new(boxd_box *box, const char *const *words, const char *path,
                                 const boxd_call_options *call, sink s)
{
    static const request_kind kind = {begin, stop, NULL, destroy};
    boxd_error error = BOXD_ERROR_INIT;
    name_check_path(path, "the path in the box", &error);
    path_command *c = request_new(
        sizeof *c, &kind,
        &(request_setup){.box = box, .call = call, .fault = &error, .default_timeout_ms = 0, .sink = s});
    if (!c || error.status != BOXD_OK)
        return c;
    size_t count = 0;
    for (; words[count]; count++)
        c->words[count] = words[count];
    c->words[count] = c->path = name_absolute_path(path);
    if (!c->path)
        error_no_memory(request_error(&c->request), "starting a command");
    return c;
}

/* ---- the operations ---- */

void boxd_aio_box_mkdir_parents(boxd_box *box, const char *path, const boxd_call_options *call,
                                boxd_done_cb callback, void *user_data)
{
    static const char *const words[] = {"mkdir", "-p", NULL};
    path_command *c = command_new(box, words, path, call, SINK(RESULT_DONE, callback, user_data));
    if (c)
        request_submit(&c->request);
}

void boxd_aio_box_chmod(boxd_box *box, const char *path, uint32_t mode, const boxd_call_options *call,
                        boxd_done_cb callback, void *user_data)
{
    static const char *const words[] = {"chmod", "", NULL};
    path_command *c = command_new(box, words, path, call, SINK(RESULT_DONE, callback, user_data));
    if (!c)
        return;
    boxd_error *error = request_error(&c->request);
    if (error->status == BOXD_OK && mode > 07777)
        error_set(error, BOXD_ERR_INVALID_ARGUMENT, "mode is 0%o; use at most 07777", (unsigned)mode);
    (void)snprintf(c->mode, sizeof c->mode, "%04o", (unsigned)mode & 07777U);
    c->words[1] = c->mode;
    request_submit(&c->request);
}

RESULT_TYPE(RESULT_FOLLOWED, boxd_dir_entry_cb, record_free);

/* What stat writes: the permissions, the size in bytes, and two times in seconds. */
typedef struct facts {
    char permissions[11];
    long long size, modified, changed;
} facts;

/* Reads a number with `after` behind it, and advances `at` beyond both. */
static bool read_number(const char **at, char after, long long *number)
{
    char *end = NULL;
    errno = 0;
    *number = strtoll(*at, &end, 10);
    if (end == *at || *end != after || errno != 0)
        return false;
    *at = end + 1;
    return true;
}

/* "drwxr-xr-x 4096 1700000000 1700000001\n" */
static bool read_facts(const boxd_buffer *out, facts *f)
{
    const size_t length = sizeof f->permissions - 1;
    if (strcspn(out->data, " ") != length)
        return false;
    (void)snprintf(f->permissions, sizeof f->permissions, "%s", out->data);
    const char *at = out->data + length + 1;
    return read_number(&at, ' ', &f->size) && f->size >= 0 && read_number(&at, ' ', &f->modified) &&
           read_number(&at, '\n', &f->changed) && at == out->data + out->size;
}

static void *map_entry(const path_command *c, const boxd_buffer *out, boxd_error *error)
{
    facts f;
    if (!read_facts(out, &f)) {
        error_set_sent(error, BOXD_ERR_PROTOCOL, BOXD_SENT_YES,
                       "%s: stat did not write the permissions, the size and the times of a file, but: %s",
                       c->request.subject, PRINTABLE(out->data, 100));
        return NULL;
    }
    record r;
    boxd_dir_entry *entry = record_begin(&r, sizeof *entry, NULL);
    if (entry) {
        const char *slash = strrchr(c->path, '/');
        entry->name = record_raw(&r, slash && slash[1] ? slash + 1 : c->path);
        entry->is_dir = f.permissions[0] == 'd';
        entry->size_bytes = entry->is_dir ? 0 : (uint64_t)f.size;
        entry->permissions = record_text(&r, f.permissions);
        entry->modified_at_ms = record_ms(f.modified);
        entry->added_at_ms = record_ms(f.changed);
    }
    return record_end(&r, error);
}

void boxd_aio_box_stat_followed(boxd_box *box, const char *path, const boxd_call_options *call,
                                boxd_dir_entry_cb callback, void *user_data)
{
    static const char *const words[] = {"stat", "-L", "-c", "%A %s %Y %Z", NULL};
    path_command *c = command_new(box, words, path, call, SINK(RESULT_FOLLOWED, callback, user_data));
    if (!c)
        return;
    c->map = map_entry;
    request_submit(&c->request);
}
