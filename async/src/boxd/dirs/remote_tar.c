/* remote_tar.c: tar in a box. Called by upload_dir.c and download_dir.c on the core thread. */
#include "boxd/dirs/remote_tar.h"

#include "errors.h"
#include "mem.h"
#include "printable.h"

#include <string.h>

/* Exit codes of the scripts, which no tar has. */
enum { EXIT_NO_TAR = 101, EXIT_NO_DIR = 102, EXIT_MISSING = 103 };

static const char EXTRACT[] =
    "export LC_ALL=C\n"
    "command -v tar >/dev/null 2>&1 || exit 101\n"
    "mkdir -p -- \"$1\" && cd -- \"$1\" || exit 102\n"
    "case $(tar --version </dev/null 2>&1) in\n"
    "*GNU*) case $2 in *p*) ;; *) set -- \"$1\" \"$2\" --no-same-permissions ;; esac\n"
    "  exec tar \"$2\" $3 --warning=no-timestamp --quoting-style=escape -f - ;;\n"
    "*) exec tar \"$2\" -f - ;;\n"
    "esac\n";

static const char CREATE[] =
    "export LC_ALL=C\n"
    "command -v tar >/dev/null 2>&1 || exit 101\n"
    "[ -e \"$1\" ] || exit 103\n"
    "cd -- \"$1\" || exit 102\n"
    "case $(tar --version </dev/null 2>&1) in\n"
    "*GNU*) exec tar \"$2\" --format=pax --pax-option=delete=atime,delete=ctime \\\n"
    "  --hard-dereference --quoting-style=escape --warning=no-file-changed -f - . ;;\n"
    "*) exec tar \"$2\" -f - . ;;\n"
    "esac\n";

static void set_words(remote_command *c, const char *script, const char *path)
{
    const char *const words[] = {"sh", "-c", script, "sh", path, c->flags, NULL};
    memcpy(c->words, words, sizeof words);
}

void remote_extract(remote_command *c, const tree_settings *settings, const char *path)
{
    strcpy(c->flags, "-xo");
    if (settings->new_times)
        strcat(c->flags, "m");
    if (settings->all_modes)
        strcat(c->flags, "p");
    set_words(c, EXTRACT, path);
}

void remote_create(remote_command *c, const tree_settings *settings, const char *path)
{
    strcpy(c->flags, settings->links == BOXD_LINKS_FOLLOW ? "-ch" : "-c");
    set_words(c, CREATE, path);
}

/* ---- messages ---- */

static bool starts_with(const char *line, const char *start)
{
    return strncmp(line, start, strlen(start)) == 0;
}

/* Messages that are no failure of an entry: a summary, and a file that grows while it is read. */
static bool is_harmless(const char *line)
{
    static const char *const parts[] = {"Exiting with failure status", "file changed as we read it",
                                        "Error is not recoverable", "Removing leading"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (strstr(line, parts[i]))
            return true;
    return *line == '\0';
}

static int octal(const char *digits)
{
    int value = 0;
    for (int i = 0; i < 3; i++) {
        if (digits[i] < '0' || digits[i] > '7')
            return -1;
        value = value * 8 + (digits[i] - '0');
    }
    return value;
}

/* Undoes the escapes of GNU tar, in place. */
static void unescape(char *name)
{
    static const char letters[] = "abfnrtv\\ :", bytes[] = "\a\b\f\n\r\t\v\\ :";
    char *to = name;
    for (const char *from = name; *from; to++) {
        const char *letter = from[0] == '\\' && from[1] ? strchr(letters, from[1]) : NULL;
        const int byte = from[0] == '\\' ? octal(from + 1) : -1;
        if (letter)
            *to = bytes[letter - letters];
        else if (byte > 0)
            *to = (char)byte;
        else
            *to = *from;
        from += letter ? 2 : byte > 0 ? 4 : 1;
    }
    *to = '\0';
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

/* "tar: ./a/b: Cannot open: Permission denied" of GNU tar; "tar: can't open './a/b': Permission denied" of
 * BusyBox is a reason without a name. */
static void note_line(transfer_report *r, char *line)
{
    if (starts_with(line, "tar: "))
        line += 5;
    if (is_harmless(line))
        return;
    char *end = starts_with(line, "can't ") ? NULL : name_end(line);
    if (!end) {
        report_failure(r, "", BOXD_ERR_FAILED, "tar in the box: %s", line);
        return;
    }
    *end = '\0';
    unescape(line);
    report_failure(r, starts_with(line, "./") ? line + 2 : line, BOXD_ERR_FAILED, "tar in the box: %s",
                   end + 2);
}

static void note_lines(transfer_report *r, const boxd_exec_result *result)
{
    char *lines = mem_strndup(result->err.data, result->err.size), *next = lines;
    r->no_memory |= !lines;
    while (next) {
        char *line = next;
        next = strchr(line, '\n');
        if (next)
            *next++ = '\0';
        note_line(r, line);
    }
    mem_free(lines);
    if (result->err_dropped_bytes > 0)
        report_failure(r, "", BOXD_ERR_FAILED,
                       "tar in the box reported more failures than the library keeps");
}

boxd_status remote_judge(const boxd_exec_result *result, const char *path, const char *subject,
                         transfer_report *r, boxd_error *error)
{
    const uint64_t failed = r->counts.failed;
    switch (result->exit_code) {
    case EXIT_NO_TAR:
    case 127:
        return error_set_sent(error, BOXD_ERR_UNSUPPORTED, BOXD_SENT_YES,
                              "%s has no tar, which transfers of directories need: install it", subject);
    case EXIT_MISSING:
        return error_set_sent(error, BOXD_ERR_NOT_FOUND, BOXD_SENT_YES, "there is no %s in %s",
                              PRINTABLE(path, 300), subject);
    case EXIT_NO_DIR:
        return error_set_sent(error, BOXD_ERR_FAILED_PRECONDITION, BOXD_SENT_YES,
                              "%s in %s is not a directory that can be used: %s", PRINTABLE(path, 150),
                              subject, result->err.data);
    default:
        break;
    }
    note_lines(r, result);
    if (result->exit_code > 1 && r->counts.failed == failed)
        report_failure(r, "", BOXD_ERR_FAILED, "tar in the box ended with exit code %d", result->exit_code);
    return BOXD_OK;
}
