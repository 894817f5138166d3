/* What a command for files did, and what it did not. */
#include "files/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void report_init(report *r, const cli *c)
{
    *r = (report){.c = c, .failures = must(json_array())};
}

void report_free(report *r)
{
    json_decref(r->failures);
}

static void add(report *r, int code, const char *path, const char *reason)
{
    enum { MAX_LISTED = 10000 };
    r->code = r->failed == 0 || r->code == code ? code : EXIT_FAILED;
    r->failed++;
    if (json_array_size(r->failures) >= MAX_LISTED)
        return;
    json_t *row = must(json_object());
    json_put_path(row, "path", path);
    json_put(row, "reason", json_text(reason));
    json_array_append_new(r->failures, row);
}

void report_fail(report *r, int code, const char *path, const char *format, ...)
{
    char *reason = NULL;
    va_list arguments;
    va_start(arguments, format);
    const int length = vasprintf(&reason, format, arguments);
    va_end(arguments);
    must(length < 0 ? NULL : reason);
    add(r, code, path, reason);
    free(reason);
}

void report_errno(report *r, const char *path, int problem)
{
    report_fail(r, problem == ENOENT ? EXIT_NOT_FOUND : EXIT_FAILED, path, "%s", strerror(problem));
}

/* Whether the next call would fail, too. */
static bool is_fatal(const boxd_error *error)
{
    const boxd_status class = boxd_status_class(error->status);
    return interrupted_by() || class == BOXD_ERR_CONNECTION || class == BOXD_ERR_TIMEOUT ||
           error->status == BOXD_ERR_AUTHENTICATION || error->status == BOXD_ERR_NO_MEMORY;
}

void report_untried(report *r, uint64_t count)
{
    r->untried += count;
    r->failed += count;
}

void report_error(report *r, const char *path, const boxd_error *error)
{
    char text[2 * BOXD_ERROR_MESSAGE_SIZE];
    if (r->stops && is_fatal(error)) { /* the same error of calls at the same time */
        report_untried(r, 1);
        return;
    }
    /* permissions of a file, not of the account */
    const int code = error->status == BOXD_ERR_PERMISSION_DENIED ? EXIT_FAILED : cli_error_code(r->c, error);
    add(r, code, path, cli_adapt(error->message, text, sizeof text));
    r->stops |= is_fatal(error);
    r->was_sent |= is_fatal(error) && error->sent != BOXD_SENT_NO;
}

static bool ends_in(const char *text, size_t length, const char *end)
{
    const size_t size = strlen(end);
    return length >= size && memcmp(text + length - size, end, size) == 0;
}

/* The utilities of boxes have one text for a path that does not exist; their shells have others for a file
 * that cannot be made because of it. */
bool says_missing(const char *message, size_t length)
{
    static const char *const MISSING[] = {"No such file or directory", "Directory nonexistent",
                                          "nonexistent directory"};
    bool is_missing = false;
    for (size_t i = 0; i < sizeof MISSING / sizeof *MISSING; i++)
        is_missing |= ends_in(message, length, MISSING[i]);
    return is_missing;
}

void report_message(report *r, const char *path, const char *message, size_t length)
{
    report_fail(r, says_missing(message, length) ? EXIT_NOT_FOUND : EXIT_FAILED, path, "%.*s", (int)length,
                message);
}

void report_no_directory(report *r, const char *word, const char *path, path_kind kind, bool in_box)
{
    if (kind == PATH_MISSING)
        report_fail(r, EXIT_NOT_FOUND, word, "the directory %s does not exist%s", path,
                    in_box ? MKDIR_HINT : "");
    else
        report_fail(r, EXIT_FAILED, word, "%s is not a directory", path);
}

void report_print_failures(report *r)
{
    size_t i;
    json_t *row;
    json_array_foreach(r->failures, i, row)
    {
        char *path = json_get_path(row, "path");
        cli_error(0, "%s: %s", path, json_string_value(json_object_get(row, "reason")));
        free(path);
    }
    if (r->untried > 0)
        cli_error(0, "%llu more not copied", (unsigned long long)r->untried);
    if (interrupted_by())
        r->code = EXIT_SIGNAL + interrupted_by();
}

void report_print_number(const report *r)
{
    if (r->failed - r->untried > 1)
        cli_error(0, "%llu failures", (unsigned long long)r->failed);
}
