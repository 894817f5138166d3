/* remote_result.c: the exit and the messages of commands in a box: those of tar, find, rm, cksum and stat.
 * Called by dir_sync.c, upload_dir.c, upload_files.c and download_dir.c on the core thread. */
#include "boxd/dirs/remote_result.h"

#include "boxd/dirs/entry_path.h"
#include "boxd/dirs/remote_command.h"
#include "errors.h"
#include "mem.h"
#include "printable.h"

#include <stdio.h>
#include <string.h>

/* ---- messages ---- */

static bool starts_with(const char *line, const char *start)
{
    return strncmp(line, start, strlen(start)) == 0;
}

/* Messages that are no failure of an entry. A line with a name begins with "./". */
static bool is_harmless(const char *line)
{
    static const char *const starts[] = {"Exiting with failure status", "Error is not recoverable",
                                         "Removing leading"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++)
        if (starts_with(line, starts[i]))
            return true;
    return *line == '\0';
}

/* The reason behind the name, of a file that grows while it is read. */
static bool is_harmless_reason(const char *reason)
{
    return strcmp(reason, "file changed as we read it") == 0;
}

/* The end of the name in "NAME: Cannot open: Permission denied". A colon of the name is escaped. NULL: there
 * is no name. */
static char *name_end(char *line)
{
    char *end = line;
    while (*end && *end != ':')
        end += end[0] == '\\' && end[1] ? 2 : 1;
    return end[0] == ':' && end[1] == ' ' ? end : NULL;
}

/* The program that wrote the line; "" if the line does not say, as a message of the shell. */
static const char *program_of(const char *line)
{
    static const char *const programs[] = {"tar", "find", "cksum", "stat"};
    for (size_t i = 0; i < sizeof programs / sizeof *programs; i++)
        if (starts_with(line, programs[i]) && starts_with(line + strlen(programs[i]), ": "))
            return programs[i];
    return "";
}

static void note_failure(transfer_report *r, const char *path, const char *program, const char *reason)
{
    report_failure(r, path, BOXD_ERR_FAILED, "%s%sin the box: %s", program, *program ? " " : "", reason);
}

/* "find: './a/b': Permission denied", "stat: cannot statx './a/b': Permission denied" */
static bool note_quoted(transfer_report *r, const char *program, char *line)
{
    const bool has_name = starts_with(line, "'./") || starts_with(line, "cannot ");
    char *name = has_name ? strstr(line, "'./") : NULL, *end = NULL;
    for (char *next = name; next && (next = strstr(next, "': ")) != NULL; next++)
        end = next;
    if (!end)
        return false;
    *end = '\0';
    name += strlen("'./");
    if (*program == 'f') /* the others escape nothing, or as a shell does */
        entry_path_unescape(name);
    note_failure(r, name, program, end + 3);
    return true;
}

/* "tar: ./a/b: Cannot open: Permission denied" of GNU tar; "tar: can't open './a/b': Permission denied" of
 * BusyBox is a reason without a name. */
static void note_line(transfer_report *r, char *line)
{
    const char *program = program_of(line);
    if (*program)
        line += strlen(program) + 2;
    if (is_harmless(line) || note_quoted(r, program, line))
        return;
    char *end = starts_with(line, "can't ") ? NULL : name_end(line);
    if (!end) {
        note_failure(r, "", program, line);
        return;
    }
    if (is_harmless_reason(end + 2))
        return;
    *end = '\0';
    entry_path_unescape(line);
    note_failure(r, starts_with(line, "./") ? line + 2 : line, program, end + 2);
}

static void note_lines(transfer_report *r, boxd_buffer messages)
{
    char *lines = mem_strndup(messages.data, messages.size), *next = lines;
    r->no_memory |= !lines;
    while (next) {
        char *line = next;
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        note_line(r, line);
    }
    mem_free(lines);
}

static void note_all(transfer_report *r, const boxd_exec_result *result, boxd_buffer more)
{
    const uint64_t failed = r->counts.failed;
    note_lines(r, result->err);
    if (more.size > 0)
        note_lines(r, more);
    if (result->err_dropped_bytes > 0 || result->out_dropped_bytes > 0)
        report_failure(r, "", BOXD_ERR_FAILED, "the box reported more failures than the library keeps");
    if (result->exit_code > 1 && r->counts.failed == failed)
        report_failure(r, "", BOXD_ERR_FAILED, "the command in the box ended with exit code %d",
                       result->exit_code);
}

/* ---- the end of a command ---- */

bool remote_has_no_tar(const boxd_exec_result *result)
{
    return result->exit_code == EXIT_NO_TAR || result->exit_code == 127;
}

bool remote_is_missing(const boxd_exec_result *result)
{
    return result->exit_code == EXIT_MISSING;
}

/* The first line that the command wrote about its failure. */
static const char *first_line(const boxd_exec_result *result, boxd_buffer more, char *line, size_t size)
{
    const char *message = result->err.size > 0 || more.size == 0 ? result->err.data : more.data;
    const size_t length = strcspn(message, "\n");
    (void)snprintf(line, size, "%.*s", (int)(length < size ? length : size - 1), message);
    return line;
}

/* BOXD_OK: the command has begun its work. */
static boxd_status judge_begin(const boxd_exec_result *result, boxd_buffer more, const char *path,
                               const char *subject, boxd_error *error)
{
    char line[300];
    switch (result->exit_code) {
    case 127:
        return error_set_sent(error, BOXD_ERR_UNSUPPORTED, BOXD_SENT_YES,
                              "%s has no tar, and not the utilities that replace it: %s", subject,
                              first_line(result, more, line, sizeof line));
    case EXIT_NO_STAT:
        return error_set_sent(
            error, BOXD_ERR_UNSUPPORTED, BOXD_SENT_YES,
            "%s has neither GNU find nor stat, one of which this transfer needs: install findutils "
            "or coreutils",
            subject);
    case EXIT_MISSING:
        return error_set_sent(error, BOXD_ERR_NOT_FOUND, BOXD_SENT_YES, "there is no %s in %s",
                              PRINTABLE(path, 300), subject);
    case EXIT_NO_DIR:
        return error_set_sent(error, BOXD_ERR_FAILED_PRECONDITION, BOXD_SENT_YES,
                              "%s in %s is not a directory that can be used: %s", PRINTABLE(path, 150),
                              subject, first_line(result, more, line, sizeof line));
    default:
        return BOXD_OK;
    }
}

boxd_status remote_judge(const boxd_exec_result *result, boxd_buffer more, const char *path,
                         const char *subject, transfer_report *r, boxd_error *error)
{
    if (judge_begin(result, more, path, subject, error) != BOXD_OK)
        return error->status;
    note_all(r, result, more);
    return BOXD_OK;
}

/* Notes the records of scripts/delete.sh: entries that were not deleted. Returns what follows them. */
static boxd_buffer note_kept(transfer_report *r, dir_index *index, const boxd_buffer *out)
{
    const char *at = out->data, *end = out->data + out->size;
    while (at < end) {
        const char *why = memchr(at, 0, (size_t)(end - at));
        const char *why_end = why ? memchr(why + 1, 0, (size_t)(end - why) - 1) : NULL;
        if (!why_end)
            break;
        const char *path = starts_with(at, "./") ? at + 2 : at;
        index_entry *entry = dir_index_find(index, path);
        if (entry)
            entry->unwanted = false;
        if (*++why)
            note_failure(r, path, "", why);
        at = why_end + 1;
    }
    return (boxd_buffer){.data = at, .size = (size_t)(end - at)};
}

boxd_status remote_judge_deletion(const boxd_exec_result *result, dir_index *index, const char *path,
                                  const char *subject, transfer_report *r, boxd_error *error)
{
    if (judge_begin(result, result->out, path, subject, error) != BOXD_OK)
        return error->status;
    note_all(r, result, note_kept(r, index, &result->out));
    if (result->exit_code > 1) /* the shell was killed, and has deleted a part */
        for (size_t i = 0; i < index->count; i++)
            index->entries[i].unwanted = false;
    return BOXD_OK;
}

/* What follows the list: see scripts/list.sh. */
static boxd_buffer messages_after_list(const boxd_buffer *list)
{
    const char *at = list->data, *end = list->data + list->size;
    while (at < end && *at) /* an entry */
        for (int i = 0; i < 3 && at < end; i++)
            at += strlen(at) + 1;
    at = at < end ? at + 1 : end;
    at += at < end ? strlen(at) + 1 : 0;
    return (boxd_buffer){.data = at < end ? at : end, .size = at < end ? (size_t)(end - at) : 0};
}

boxd_status remote_judge_list(const boxd_exec_result *result, bool must_exist, const char *path,
                              const char *subject, transfer_report *r, boxd_error *error)
{
    const uint64_t failed = r->counts.failed;
    if (remote_is_missing(result) && !must_exist)
        return BOXD_OK;
    if (remote_judge(result, messages_after_list(&result->out), path, subject, r, error) == BOXD_OK &&
        result->exit_code != 0 && r->counts.failed == failed)
        report_failure(r, "", BOXD_ERR_FAILED, "the list of the directory in the box is not complete");
    return error->status;
}
