/* The commands fs mkdir, fs rm and fs mv: change files of boxes. */
#include "commands/table.h"
#include "files/copy.h"
#include "files/fs.h"

#include <stdlib.h>
#include <string.h>

/* ---- one command for each path ---- */

/* What a command does with a path of a box. */
typedef struct change {
    cli *c;
    report *report;
    /* uses "$path" and $TO */
    const char *command;
    /* "TO=...", or NULL */
    const char *variable;
    /* makes an entry of a directory that must exist */
    bool needs_parent;
} change;

/* Adds the failure of the command for one path. */
static void report_change(const change *how, const char *path, const char *shown, const char *message)
{
    const size_t length = message ? strlen(message) : 0;
    if (!message) {
        report_fail(how->report, EXIT_FAILED, shown, "the box has no xargs, which this command needs");
    } else if (how->needs_parent && says_missing(message, length)) {
        char *parent = parent_of(path);
        report_no_directory(how->report, shown, parent, PATH_MISSING, true);
        free(parent);
    } else {
        report_message(how->report, shown, message, length);
    }
}

/* Runs the command for each path of a box and sets `done`. The box sends a message for each path, empty if
 * the command succeeded. */
static void change_paths(const change *how, boxd_box *box, const char *const *paths, const char *const *shown,
                         size_t count, bool *done)
{
    boxd_error error = BOXD_ERROR_INIT;
    char *script = format_text(
        "for path do\n"
        "  if message=$(%s 2>&1); then printf '\\0'; else printf '%%s\\0' \"${message:-failed}\"; fi\n"
        "done\n",
        how->command);
    boxd_exec_result *result = run_script(how->c, box, script, how->variable, paths, count, &error);
    free(script);
    if (!result) {
        report_error(how->report, shown[0], &error);
        return;
    }
    const char *at = result->out.data, *end = at + result->out.size;
    for (size_t i = 0; i < count; i++) {
        done[i] = at < end && !*at;
        if (!done[i])
            report_change(how, paths[i], shown[i], at < end ? at : NULL);
        at += at < end ? strlen(at) + 1 : 0;
    }
    boxd_exec_result_free(result);
}

/* The same for the entries of one box. */
static void change_entries(const change *how, fs_entry *entries, size_t count)
{
    const char **paths = must(calloc(count, sizeof *paths)), **shown = must(calloc(count, sizeof *shown));
    bool *done = must(calloc(count, sizeof *done));
    for (size_t i = 0; i < count; i++) {
        paths[i] = entries[i].facts.path;
        shown[i] = entries[i].shown;
    }
    change_paths(how, entries->from->box, paths, shown, count, done);
    for (size_t i = 0; i < count; i++)
        entries[i].done = done[i];
    free(paths);
    free(shown);
    free(done);
}

static void change_all(fs_run *f, const char *line, bool needs_parent)
{
    const change how = {.c = f->c, .report = &f->report, .command = line, .needs_parent = needs_parent};
    for (size_t i = 0; i < f->count && !f->report.stops;) {
        size_t count = 1;
        while (i + count < f->count && f->entries[i + count].from->box == f->entries[i].from->box)
            count++;
        change_entries(&how, &f->entries[i], count);
        i += count;
    }
}

/* Prints the paths for which the command was run. */
static int print_done_paths(const fs_run *f, const char *action)
{
    json_t *rows = must(json_array());
    for (size_t i = 0; i < f->count; i++) {
        if (!f->entries[i].done)
            continue;
        output_after_action();
        char *path = with_box(f->entries[i].from, f->entries[i].facts.path);
        json_t *row = must(json_object());
        json_put_path(row, "path", path);
        json_put(row, "action", json_string(action));
        json_array_append_new(rows, row);
        print_for_people(f->c, "%s", f->entries[i].shown);
        free(path);
    }
    return print_list(f->c, rows, f->report.code);
}

/* ---- mkdir ---- */

static struct {
    bool parents;
} mkdir_opts;

static const option_row MKDIR_OPTIONS[] = {
    {"parents", 'p', OPTION_SWITCH, &mkdir_opts.parents, NULL,
     "make missing parents as well; a directory that exists is no error"},
    {0},
};

static int run_mkdir(cli *c, char **args, int count)
{
    fs_run f;
    int code = fs_begin(&f, c, args, count);
    for (size_t i = 0; i < f.word_count && code == EXIT_OK; i++)
        fs_add(&f, &f.words[i], &(path_facts){.path = f.words[i].path});
    if (code == EXIT_OK) {
        change_all(&f, mkdir_opts.parents ? "mkdir -p -- \"$path\"" : "mkdir -- \"$path\"",
                   !mkdir_opts.parents);
        code = print_done_paths(&f, "created");
    }
    return fs_end(&f, code);
}

/* ---- rm ---- */

static struct {
    bool recursive, force;
} rm_opts;

static const option_row RM_OPTIONS[] = {
    {"recursive", 'r', OPTION_SWITCH, &rm_opts.recursive, NULL, "remove directories with what they contain"},
    {"force", 'f', OPTION_SWITCH, &rm_opts.force, NULL, "a path that does not exist is no error"},
    {0},
};

#define NOT_REMOVED "this directory is not removed; name what it contains"

/* An absolute path without "//" and "/./", and without "..", as if no link were in it. Freed with free(). */
static char *normal_path(const char *path)
{
    char *normal = must(malloc(strlen(path) + 2));
    size_t size = 0;
    while (*(path += strspn(path, "/"))) {
        const size_t length = strcspn(path, "/");
        const bool is_up = length == 2 && strncmp(path, "..", 2) == 0;
        if (!is_up && !(length == 1 && *path == '.')) {
            normal[size++] = '/';
            memcpy(normal + size, path, length);
            size += length;
        }
        while (is_up && size > 0 && normal[--size] != '/')
            ;
        path += length;
    }
    memcpy(normal + size, size > 0 ? "" : "/", size > 0 ? 1 : 2);
    return normal;
}

/* Whether the removal of a path is refused: /, the home directory, "." and "..". */
static bool is_protected(const char *path)
{
    char *name = last_part(path), *normal = normal_path(path);
    const bool protected =
        !is_file_name(name) || strcmp(normal, "/") == 0 || strcmp(normal, "/home/boxd") == 0;
    free(name);
    free(normal);
    return protected;
}

/* A path that leads to a protected directory through links is refused in the box. */
static const char REMOVE[] =
    "if ! [ -L \"$path\" ] && { [ \"$path\" -ef / ] || [ \"$path\" -ef /home/boxd ]; } 2>/dev/null; then "
    "echo '" NOT_REMOVED "'; false; else rm -rf -- \"$path\"; fi";

/* The box runs rm only on entries that the options allow: the others are failures. */
static void check_removals(fs_run *f)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++) {
        fs_entry *entry = &f->entries[i];
        const bool is_dir = entry->facts.kind == PATH_DIR;
        if (is_protected(entry->facts.path))
            report_fail(&f->report, EXIT_USAGE, entry->shown, NOT_REMOVED);
        else if (is_dir && !rm_opts.recursive)
            report_fail(&f->report, EXIT_FAILED, entry->shown, "is a directory; use -r");
        else {
            const fs_entry moved = f->entries[kept];
            f->entries[kept++] = *entry;
            *entry = moved;
        }
    }
    for (size_t i = kept; i < f->count; i++)
        fs_clear(&f->entries[i]);
    f->count = kept;
}

static int run_rm(cli *c, char **args, int count)
{
    fs_run f;
    int code = fs_begin(&f, c, args, count);
    if (code == EXIT_OK) {
        fs_find(&f, &(lookup){.expands = true, .may_miss = rm_opts.force});
        check_removals(&f);
        change_all(&f, REMOVE, false);
        code = print_done_paths(&f, "removed");
    }
    return fs_end(&f, code);
}

/* ---- mv ---- */

/* A plan as of cp, with its checks; then a command in the box renames. */
static void move_all(copy *k)
{
    const bool into = k->target_facts.kind == PATH_DIR;
    const char **paths = must(calloc(k->count + 1, sizeof *paths)),
               **shown = must(calloc(k->count + 1, sizeof *shown));
    copy_item **items = must(calloc(k->count + 1, sizeof(void *)));
    bool *moved = must(calloc(k->count + 1, sizeof *moved));
    size_t count = 0;
    for (size_t i = 0; i < k->count; i++) {
        if (k->items[i].refused)
            continue;
        paths[count] = k->items[i].path;
        shown[count] = k->items[i].shown;
        items[count++] = &k->items[i];
    }
    char *variable = format_text("TO=%s%s", k->target.path, into ? "/" : "");
    const change how = {
        .c = k->c, .report = &k->report, .command = "mv -f -- \"$path\" \"$TO\"", .variable = variable};
    if (count > 0)
        change_paths(&how, k->target.box, paths, shown, count, moved);
    for (size_t i = 0; i < count; i++)
        items[i]->refused = !moved[i];
    free(variable);
    free(paths);
    free(shown);
    free((void *)items);
    free(moved);
}

/* An item that is not refused was moved, if the plan was carried out. */
static int print_moved(copy *k)
{
    json_t *rows = must(json_array());
    for (size_t i = 0; k->acted && i < k->count; i++) {
        const copy_item *item = &k->items[i];
        if (item->refused)
            continue;
        output_after_action();
        char *from = with_box(item->from, item->path), *to = with_box(&k->target, item->to);
        json_t *row = must(json_object());
        json_put_path(row, "path", from);
        json_put_path(row, "to", to);
        json_put(row, "action", json_string("moved"));
        json_array_append_new(rows, row);
        print_for_people(k->c, "%s -> %s", item->shown, to);
        free(from);
        free(to);
    }
    return print_list(k->c, rows, k->report.code);
}

static int check_move(const copy *k)
{
    for (size_t i = 0; i < k->source_count; i++)
        if (!k->sources[i].box || k->sources[i].box != k->target.box)
            return cli_usage_error(k->c, "%s and %s are not in one box; use `boxctl cp`, then `boxctl fs rm`",
                                   k->sources[i].word, k->target.word);
    return EXIT_OK;
}

static int run_mv(cli *c, char **args, int count)
{
    static const copy_steps steps = {check_move, plan_make, move_all, print_moved};
    static const copy_options options;
    copy k = {.c = c, .options = &options, .moves = true};
    return copy_command(&k, &steps, args, count);
}

const command FS_CHANGE_COMMANDS[] = {
    {.name = "fs mkdir",
     .arguments = "BOX:PATH...",
     .summary = "Make directories in boxes",
     .options = MKDIR_OPTIONS,
     .run = run_mkdir},
    {.name = "fs rm",
     .arguments = "BOX:PATH...",
     .summary = "Remove files and directories of boxes",
     .details =
         "* ? and [] in the PATH are patterns; one that matches nothing is an error. Links are removed, not "
         "what they lead to. `boxctl rm` removes boxes, and takes no PATH.",
     .options = RM_OPTIONS,
     .run = run_rm},
    {.name = "fs mv",
     .arguments = "BOX:FROM... BOX:TO",
     .summary = "Rename or move files and directories in a box",
     .details =
         "If TO is an existing directory, the names are kept in it. Several FROM, and a pattern, need such a "
         "TO. A file is replaced, a directory never. Two files with one name are refused before anything is "
         "moved.",
     .run = run_mv},
    {0},
};
