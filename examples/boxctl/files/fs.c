/* The commands fs ls, fs stat and fs cat: look at files of boxes. */
#include "files/fs.h"

#include "cli/cells.h"
#include "commands/table.h"
#include "files/copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- a run ---- */

int fs_begin(fs_run *f, cli *c, char **words, int count)
{
    int code = EXIT_OK;
    *f = (fs_run){.c = c, .pool = {.c = c}};
    report_init(&f->report, c);
    f->words = must(calloc((size_t)count, sizeof *f->words));
    for (int i = 0; i < count && code == EXIT_OK; i++) {
        if (!remote_part(words[i]))
            return cli_usage_error(c, "%s is not BOX:PATH", words[i]);
        code = operand_read(&f->pool, words[i], &f->words[f->word_count++]);
    }
    return code;
}

void fs_clear(fs_entry *entry)
{
    free(entry->facts.path);
    free(entry->facts.target);
    free(entry->shown);
}

int fs_end(fs_run *f, int code)
{
    report_print_failures(&f->report);
    report_print_number(&f->report);
    code = f->report.code != EXIT_OK ? f->report.code : code;
    for (size_t i = 0; i < f->count; i++)
        fs_clear(&f->entries[i]);
    free(f->entries);
    for (size_t i = 0; i < f->word_count; i++)
        operand_free(&f->words[i]);
    free(f->words);
    pool_free(&f->pool);
    report_free(&f->report);
    return code;
}

void fs_add(fs_run *f, const operand *from, const path_facts *facts)
{
    f->entries = must_grow(f->entries, f->count, sizeof *f->entries);
    fs_entry *entry = &f->entries[f->count++];
    *entry = (fs_entry){.from = from, .facts = *facts};
    entry->facts.path = format_text("%s", facts->path);
    entry->facts.target = facts->target ? format_text("%s", facts->target) : NULL;
    entry->shown =
        strcmp(facts->path, from->path) == 0 ? format_text("%s", from->word) : with_box(from, facts->path);
}

static void add_entry(void *data, const operand *from, const path_facts *facts)
{
    fs_add(data, from, facts);
}

void fs_find(fs_run *f, const lookup *how)
{
    lookup own = *how;
    own.found = add_entry;
    for (size_t i = 0; i < f->word_count && !f->report.stops;) {
        const size_t count = operands_of_one_box(&f->words[i], f->word_count - i);
        look_up(&f->report, &f->words[i], count, &own, f);
        i += count;
    }
}

/* ---- entries as JSON ---- */

static const char *type_name(uint32_t mode)
{
    return S_ISREG(mode)    ? "file"
           : S_ISDIR(mode)  ? "directory"
           : S_ISLNK(mode)  ? "link"
           : S_ISFIFO(mode) ? "pipe"
           : S_ISSOCK(mode) ? "socket"
                            : "device";
}

/* "-rw-r--r--", as `ls` shows it */
static void format_permissions(char *to, uint32_t mode)
{
    static const char letters[] = "rwxrwxrwx", none[] = "---------";
    *to++ = S_ISREG(mode)    ? '-'
            : S_ISDIR(mode)  ? 'd'
            : S_ISLNK(mode)  ? 'l'
            : S_ISFIFO(mode) ? 'p'
            : S_ISSOCK(mode) ? 's'
            : S_ISBLK(mode)  ? 'b'
                             : 'c';
    for (unsigned i = 0; i < 9; i++)
        to[i] = (mode & (0400U >> i) ? letters : none)[i];
    if (mode & S_ISUID)
        to[2] = to[2] == 'x' ? 's' : 'S';
    if (mode & S_ISGID)
        to[5] = to[5] == 'x' ? 's' : 'S';
    if (mode & S_ISVTX)
        to[8] = to[8] == 'x' ? 't' : 'T';
    to[9] = '\0';
}

/* `from`: the path is in its box. */
static json_t *entry_json(const operand *from, const path_facts *facts)
{
    char permissions[16], mode[8];
    char *name = last_part(facts->path), *path = with_box(from, facts->path);
    format_permissions(permissions, facts->mode);
    snprintf(mode, sizeof mode, "%04o", facts->mode & 07777U);
    json_t *row = must(json_object());
    json_put_path(row, "name", name);
    json_put_path(row, "path", path);
    json_put(row, "type", json_string(type_name(facts->mode)));
    json_put(row, "size_bytes", S_ISDIR(facts->mode) ? json_null() : json_number(facts->size));
    json_put(row, "mode", json_string(mode));
    json_put(row, "permissions", json_string(permissions));
    json_put(row, "user", json_text(facts->user));
    json_put(row, "group", json_text(facts->group));
    json_put(row, "modified_at_ms", json_time(facts->modified_s * 1000 + facts->modified_ns / 1000000));
    json_put_path(row, "target", facts->target);
    free(name);
    free(path);
    return row;
}

/* ---- ls ---- */

static struct {
    bool directory;
} ls_opts;

static const option_row LS_OPTIONS[] = {
    {"directory", 'd', OPTION_SWITCH, &ls_opts.directory, NULL,
     "show directories themselves, not what they contain"},
    {0},
};

/* Adds a row for a table; with --json the same without the name for people. */
static void add_row(const fs_run *f, json_t *rows, const operand *from, const path_facts *facts,
                    const char *name)
{
    json_t *row = entry_json(from, facts);
    char *shown = format_text("%s%s%s%s", name, facts->kind == PATH_DIR ? "/" : "",
                              facts->target ? " -> " : "", facts->target ? facts->target : "");
    /* bytes that are not UTF-8 are shown as \xNN: in a JSON text they would be lost */
    char *printed = must(printable(f->c->quiet ? name : shown));
    if (!f->c->json)
        json_put(row, f->c->quiet ? "name" : "shown", json_text(printed));
    json_array_append_new(rows, row);
    free(printed);
    free(shown);
}

static const char CONTENTS[] = "export LC_ALL=C\n"
                               "[ -r \"$1\" ] && [ -x \"$1\" ] || exit 113\n"
                               "exec find \"${1%/}/\" -mindepth 1 -maxdepth 1 -print0\n";

static int compare_paths(const void *one, const void *other)
{
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* Adds the entries of the directory whose paths are in `list`. */
static void add_paths(fs_run *f, const fs_entry *directory, const boxd_buffer *list, json_t *rows)
{
    size_t count = 0;
    boxd_error error = BOXD_ERROR_INIT;
    facts_list found;
    for (size_t i = 0; i < list->size; i++)
        count += list->data[i] == '\0';
    const char **paths = must(calloc(count + 1, sizeof *paths));
    for (size_t i = 0, at = 0; i < count; i++, at += strlen(list->data + at) + 1)
        paths[i] = list->data + at;
    qsort(paths, count, sizeof *paths, compare_paths);
    const facts_request request = {.paths = paths, .count = count};
    if (count > 0 && !facts_in_box(f->c, directory->from->box, &request, &found, &error)) {
        report_error(&f->report, directory->shown, &error);
    } else if (count > 0) {
        for (size_t i = 0; i < found.count; i++)
            if (found.items[i].kind != PATH_MISSING) /* not removed meanwhile */
                add_row(f, rows, directory->from, &found.items[i], strrchr(found.items[i].path, '/') + 1);
        facts_free(&found);
    }
    free(paths);
}

/* The failure of find. */
static void report_listing(fs_run *f, const fs_entry *directory, const boxd_exec_result *result)
{
    const char *message = result->err.data;
    if (*message)
        report_message(&f->report, directory->shown, message, strcspn(message, "\n"));
    else
        report_fail(&f->report, EXIT_FAILED, directory->shown, "find in the box ended with exit code %d",
                    result->exit_code);
}

/* Returns whether the directory could be listed. */
static bool add_contents(fs_run *f, const fs_entry *directory, json_t *rows)
{
    const uint64_t failed = f->report.failed;
    char *path = format_text("%s", directory->facts.path);
    const size_t length = strlen(path);
    boxd_error error = BOXD_ERROR_INIT;
    if (length > 2 && strcmp(path + length - 2, "/.") == 0)
        path[length - 2] = '\0';
    path[length_without_slashes(path)] = '\0';
    const char *const argv[] = {"sh", "-c", CONTENTS, "sh", path, NULL};
    boxd_exec_result *result = boxd_box_exec(
        directory->from->box, argv,
        BOXD_OPTIONS(boxd_exec_options, .call = cli_call(f->c), .require_exit_confirmed = true), &error);
    if (!result)
        report_error(&f->report, directory->shown, &error);
    else if (result->exit_code == 113)
        report_fail(&f->report, EXIT_FAILED, directory->shown, "%s", strerror(EACCES));
    else if (result->exit_code == EXIT_NO_UTILITY)
        report_fail(&f->report, EXIT_FAILED, directory->shown,
                    "the box has no find, which `boxctl fs ls` needs");
    else if (!result->success)
        report_listing(f, directory, result);
    else
        add_paths(f, directory, &result->out, rows);
    boxd_exec_result_free(result);
    free(path);
    return f->report.failed == failed;
}

static const column LS_COLUMNS[] = {{"PERMISSIONS", "permissions", CELL_TEXT},
                                    {"SIZE", "size_bytes", CELL_BYTES},
                                    {"MODIFIED", "modified_at_ms", CELL_AGE},
                                    {"NAME", "shown", CELL_TEXT},
                                    {0}};
static const column NAME_COLUMN[] = {{"NAME", "name", CELL_TEXT}, {0}};

/* Shows one group of rows: with JSON it is added to `all`. */
static void show_rows(const fs_run *f, json_t *rows, const char *title, json_t *all)
{
    if (f->c->json) {
        json_array_extend(all, rows);
        json_decref(rows);
        return;
    }
    if (title && !f->c->quiet)
        print_line("%s:", title);
    if (json_array_size(rows) > 0 || !title)
        print_rows(f->c, rows, f->c->quiet ? NAME_COLUMN : LS_COLUMNS);
    else
        json_decref(rows);
}

static bool is_listed(const fs_entry *entry)
{
    return entry->facts.kind == PATH_DIR && !ls_opts.directory;
}

/* Files first, then what each directory contains. */
static void list_all(fs_run *f, json_t *all)
{
    json_t *rows = must(json_array());
    bool shown = false;
    for (size_t i = 0; i < f->count; i++)
        if (!is_listed(&f->entries[i]))
            add_row(f, rows, f->entries[i].from, &f->entries[i].facts, f->entries[i].shown);
    if (json_array_size(rows) > 0) {
        show_rows(f, rows, NULL, all);
        shown = true;
    } else {
        json_decref(rows);
    }
    for (size_t i = 0; i < f->count && !f->report.stops; i++) {
        if (!is_listed(&f->entries[i]))
            continue;
        rows = must(json_array());
        if (!add_contents(f, &f->entries[i], rows)) {
            json_decref(rows);
            continue;
        }
        if (shown)
            print_for_people(f->c, "%s", "");
        show_rows(f, rows, f->count > 1 || f->word_count > 1 ? f->entries[i].shown : NULL, all);
        shown = true;
    }
}

/* A link that is named leads to what it stands for if that is a directory. A link that a pattern matches is
 * shown. */
static void follow_named_link(fs_run *f, fs_entry *entry)
{
    const char *const path = entry->facts.path;
    boxd_error error = BOXD_ERROR_INIT;
    facts_list found;
    if (entry->facts.kind != PATH_LINK || strcmp(path, entry->from->path) != 0)
        return;
    const facts_request request = {.paths = &path, .count = 1, .follows = true};
    if (!facts_in_box(f->c, entry->from->box, &request, &found, &error)) {
        report_error(&f->report, entry->shown, &error);
        return;
    }
    if (found.items[0].kind == PATH_DIR)
        entry->facts.kind = PATH_DIR;
    facts_free(&found);
}

/* "web" is short for "web:". */
static int run_ls(cli *c, char **args, int count)
{
    char **words = must(calloc((size_t)count, sizeof(char *)));
    for (int i = 0; i < count; i++)
        words[i] = format_text("%s%s", args[i], strpbrk(args[i], ":/") ? "" : ":");
    fs_run f;
    json_t *all = must(json_array());
    int code = fs_begin(&f, c, words, count);
    if (code == EXIT_OK) {
        fs_find(&f, &(lookup){.expands = true});
        for (size_t i = 0; i < f.count && !ls_opts.directory && !f.report.stops; i++)
            follow_named_link(&f, &f.entries[i]);
        list_all(&f, all);
        code = print_list(c, json_incref(all), f.report.code);
    }
    json_decref(all);
    code = fs_end(&f, code);
    for (int i = 0; i < count; i++)
        free(words[i]);
    free((void *)words);
    return code;
}

/* ---- stat ---- */

static struct {
    bool follow;
} stat_opts;

static const option_row STAT_OPTIONS[] = {
    {"follow-links", 'L', OPTION_SWITCH, &stat_opts.follow, NULL, "show what links lead to"},
    {0},
};

static int run_stat(cli *c, char **args, int count)
{
    fs_run f;
    int code = fs_begin(&f, c, args, count);
    if (code != EXIT_OK)
        return fs_end(&f, code);
    fs_find(&f, &(lookup){.expands = true, .follows = stat_opts.follow});
    json_t *rows = must(json_array());
    for (size_t i = 0; i < f.count; i++)
        json_array_append_new(rows, entry_json(f.entries[i].from, &f.entries[i].facts));
    code = print_list(c, json_incref(rows), f.report.code);
    for (size_t i = 0; i < f.count && !c->json; i++) {
        if (i > 0 && !c->quiet)
            print_line("%s", "");
        print_object(c, json_incref(json_array_get(rows, i)), "path");
    }
    json_decref(rows);
    return fs_end(&f, code);
}

/* ---- cat ---- */

static int check_cat(const copy *k)
{
    for (size_t i = 0; i < k->source_count; i++)
        if (!k->sources[i].box)
            return cli_usage_error(k->c, "%s is not BOX:PATH", k->sources[i].word);
    return EXIT_OK;
}

static int run_cat(cli *c, char **args, int count)
{
    static const copy_steps steps = {check_cat, plan_make, copy_run, NULL};
    static const copy_options options;
    copy k = {.c = c, .options = &options, .concatenates = true};
    char output[] = "-";
    char **words = must(calloc((size_t)count + 1, sizeof(char *)));
    memcpy(words, args, (size_t)count * sizeof(char *));
    words[count] = output;
    const int code = copy_command(&k, &steps, words, count + 1);
    free((void *)words);
    return code;
}

const command FS_COMMANDS[] = {
    {.name = "fs ls",
     .aliases = "fs list",
     .arguments = "BOX:PATH...",
     .summary = "List directories and files of boxes",
     .details =
         "A relative PATH is below /home/boxd, which \"BOX\" alone stands for. * ? and [] in the PATH are "
         "patterns. A link to a directory is followed if it is named; a link that a pattern matches is "
         "shown.\n"
         "With --json, a name, path or target that is not UTF-8 has U+FFFD in place of each wrong byte, and "
         "its bytes are in a member of their own: name_base64, path_base64, target_base64. A listing that "
         "fails prints no empty list.\n"
         "The files of boxes have a group of commands of their own, so that `boxctl ls` and `boxctl rm` can "
         "only mean boxes.",
     .options = LS_OPTIONS,
     .run = run_ls},
    {.name = "fs stat",
     .arguments = "BOX:PATH...",
     .summary = "Show type, size, mode, owner and time of files of boxes",
     .details =
         "* ? and [] in the PATH are patterns. With --json, a path that is not UTF-8 is as `boxctl fs ls` "
         "prints it.",
     .options = STAT_OPTIONS,
     .run = run_stat},
    {.name = "fs cat",
     .arguments = "BOX:PATH...",
     .summary = "Print files of boxes to standard output",
     .run = run_cat},
    {0},
};
