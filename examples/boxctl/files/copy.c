/* The command cp: copies files and directories into a box and out of it. */
#include "files/copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- BOX:PATH ---- */

/* The PATH of `BOX:PATH`. NULL: a local path. The colon must come before any slash: "./a:b" is a local path.
 */
static const char *remote_part(const char *word)
{
    const char *colon = strchr(word, ':'), *slash = strchr(word, '/');
    return colon && colon > word && (!slash || colon < slash) ? colon + 1 : NULL;
}

/* ---- the target ---- */

static bool is_local_directory(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

/* If the request fails this returns false; copying then reports the error. */
static bool is_remote_directory(const copy_plan *plan, const char *path)
{
    const boxd_call_options call = cli_call(plan->c);
    boxd_dir_entry *entry = boxd_box_stat(plan->box, path, &call, NULL);
    const bool is_dir = entry && entry->is_dir;
    boxd_dir_entry_free(entry);
    return is_dir;
}

static bool is_directory(const copy_plan *plan, bool in_box, const char *path)
{
    return in_box ? is_remote_directory(plan, path) : is_local_directory(path);
}

/* Whether `path` is "." or an existing directory. */
static bool is_target_directory(const copy_plan *plan, const char *path)
{
    return strcmp(path, ".") == 0 || is_directory(plan, plan->upload, path);
}

static bool ends_in_slash(const char *path)
{
    return path[strlen(path) - 1] == '/';
}

/* The path of the copy: `path`, or with `into` a path in that directory. If `path` ends in a slash, a file is
 * also copied into that directory, so that a missing directory is an error. Freed with free(). */
static char *target_of(const copy_plan *plan, const char *from, const char *path, bool into)
{
    if (!into && ends_in_slash(path))
        into = !is_directory(plan, !plan->upload, from);
    char *name = into ? last_part(from) : NULL;
    const bool is_name =
        name && *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strcmp(name, "/") != 0;
    char *target = is_name ? join_path(path, name) : strdup(path);
    free(name);
    return target;
}

/* ---- copying ---- */

static bool make_directory(const copy_plan *plan, const char *path, boxd_error *error)
{
    if (!plan->upload) {
        if (mkdir(path, 0777) == 0 || (errno == EEXIST && is_local_directory(path)))
            return true;
        error->status = BOXD_ERR_LOCAL_FILE;
        snprintf(error->message, sizeof error->message, "%s: %s", path, strerror(errno));
        return false;
    }
    const boxd_call_options call = cli_call(plan->c);
    return boxd_box_mkdir(plan->box, path, &call, error) == BOXD_OK ||
           error->status == BOXD_ERR_ALREADY_EXISTS;
}

static bool copy_one(const copy_plan *plan, const copy_item *item, progress *bar, boxd_error *error)
{
    if (item->is_dir)
        return make_directory(plan, item->to, error);
    const boxd_file_options *options = BOXD_OPTIONS(boxd_file_options, .call = cli_call(plan->c),
                                                    .on_progress = progress_update, .progress_data = bar);
    progress_file(bar, item->from, item->size);
    const boxd_status status = plan->upload
                                   ? boxd_box_upload(plan->box, item->from, item->to, options, error)
                                   : boxd_box_download(plan->box, item->from, item->to, options, error);
    progress_file_done(bar, item->size);
    return status == BOXD_OK;
}

/* Whether the next file would fail, too. */
static bool is_fatal(const boxd_error *error)
{
    const boxd_status class = boxd_status_class(error->status);
    return interrupted_by() || class == BOXD_ERR_CONNECTION || class == BOXD_ERR_TIMEOUT ||
           error->status == BOXD_ERR_AUTHENTICATION || error->status == BOXD_ERR_NO_MEMORY;
}

/* The last item of the tree with the root `i`. Without its root it cannot be copied. */
static size_t last_of_tree(const copy_plan *plan, size_t i)
{
    while (i + 1 < plan->count && !plan->items[i + 1].is_root)
        i++;
    return i;
}

/* Returns the exit code: that of the failure if there is only one source, else EXIT_FAILED, because other
 * files were copied. */
static int copy_all(copy_plan *plan)
{
    progress bar;
    progress_begin(&bar, plan->c, plan->bytes);
    int code = plan->failed ? EXIT_FAILED : EXIT_OK;
    for (size_t i = 0; i < plan->count; i++) {
        const copy_item *item = &plan->items[i];
        boxd_error error = BOXD_ERROR_INIT;
        if (copy_one(plan, item, &bar, &error))
            continue;
        progress_clear(&bar);
        plan->failed++;
        code = cli_report(plan->c, &error);
        if (is_fatal(&error))
            break;
        if (plan->sources > 1 || !item->is_root)
            code = EXIT_FAILED;
        if (item->is_root)
            i = last_of_tree(plan, i);
    }
    progress_clear(&bar);
    return code;
}

static int print_summary(const copy_plan *plan, const char *target)
{
    char size[32];
    format_bytes(size, sizeof size, (double)plan->bytes);
    json_t *done =
        json_pack("{s:o, s:o, s:o, s:o}", "to", json_text(target), "files", json_number(plan->files), "bytes",
                  json_number(plan->bytes), "skipped", json_number(plan->skipped));
    return print_done(plan->c, done, "%zu file%s, %s", plan->files, plan->files == 1 ? "" : "s", size);
}

static int plan_source(copy_plan *plan, const char *from, const char *to, bool into)
{
    const size_t root = plan->count;
    char *target = target_of(plan, from, to, into);
    if (!target)
        return cli_error(EXIT_FAILED, "out of memory");
    int code = plan->upload ? plan_upload(plan, from, target) : plan_download(plan, from, target);
    free(target);
    if (plan->count > root)
        plan->items[root].is_root = true;
    if (code == EXIT_NOT_FOUND && plan->sources > 1) {
        plan->failed++;
        code = EXIT_OK; /* the error was printed; the other files are copied */
    }
    return code;
}

static int copy(copy_plan *plan, char **from, const char *to)
{
    const char *path = *to ? to : "."; /* "BOX:" is /home/boxd */
    const bool into = is_target_directory(plan, path), several = plan->sources > 1;
    if (several && !into && !ends_in_slash(path))
        return cli_usage_error(plan->c, "the target \"%s\" is not a directory", path);
    int code = EXIT_OK;
    for (size_t i = 0; code == EXIT_OK && i < plan->sources; i++)
        code = plan_source(plan, plan->upload ? from[i] : remote_part(from[i]), path, into || several);
    if (code == EXIT_OK)
        code = copy_all(plan);
    if (code == EXIT_OK)
        code = print_summary(plan, plan->sources == 1 && plan->count > 0 ? plan->items[0].to : path);
    plan_free(plan);
    return code;
}

/* Whether all sources are in the same box, or all are local. */
static bool are_in_one_place(char **from, int count)
{
    const char *first = remote_part(from[0]);
    const size_t box_length = first ? (size_t)(first - from[0]) : 0; /* with the colon */
    for (int i = 1; i < count; i++)
        if (!first != !remote_part(from[i]) || strncmp(from[0], from[i], box_length) != 0)
            return false;
    return true;
}

/* "-" stands for standard input or output. */
static bool is_stream(const char *word)
{
    return strcmp(word, "-") == 0;
}

static int check_arguments(cli *c, char **from, int count, const char *to)
{
    const bool from_box = remote_part(from[0]) != NULL, to_box = remote_part(to) != NULL;
    if (!are_in_one_place(from, count))
        return cli_usage_error(c, "the sources must all be in one box, or all be local");
    if (from_box && to_box)
        return cli_usage_error(c, "cannot copy from box to box; copy to a local file first");
    if (!from_box && !to_box)
        return cli_usage_error(c, "either the source or the target must be in a box (BOX:PATH)");
    for (int i = 0; count > 1 && i <= count; i++)
        if (is_stream(i < count ? from[i] : to))
            return cli_usage_error(c, "\"-\" can only be used with one file");
    if (is_stream(to) && c->json)
        return cli_usage_error(c, "\"-\" as target cannot be combined with --json");
    return EXIT_OK;
}

static int copy_between(cli *c, boxd_box *box, char **from, int count, const char *to)
{
    if (is_stream(to))
        return copy_to_output(c, box, remote_part(from[0]));
    if (is_stream(from[0]))
        return copy_from_input(c, box, remote_part(to));
    const char *path = remote_part(to);
    copy_plan plan = {.c = c, .box = box, .upload = path != NULL, .sources = (size_t)count};
    return copy(&plan, from, path ? path : to);
}

static int run_cp(cli *c, char **args, int count)
{
    const char *to = args[count - 1];
    int code = check_arguments(c, args, count - 1, to);
    if (code != EXIT_OK)
        return code;
    const char *word = remote_part(to) ? to : args[0];
    char *name = strndup(word, (size_t)(remote_part(word) - word - 1));
    if (!name)
        return cli_error(EXIT_FAILED, "out of memory");
    boxd_box *box = cli_box(c, name, &code);
    if (box)
        code = copy_between(c, box, args, count - 1, to);
    boxd_box_free(box);
    free(name);
    return code;
}

static bool recursive;
static const option_row OPTIONS[] = {
    {"recursive", 'r', OPTION_SWITCH, &recursive, NULL,
     "accepted for compatibility: directories are always copied with their contents"},
    {0},
};

const command CP_COMMANDS[] = {
    {.name = "cp",
     .aliases = "copy",
     .arguments = "FROM... TO",
     .summary = "Copy files and directories into a box or out of it",
     .details =
         "Either FROM or TO is BOX:PATH; a relative PATH is below /home/boxd. The other is a local path, or "
         "- "
         "for "
         "standard input or output. If TO is an existing directory, files keep their names in it; several "
         "sources "
         "need a directory. Modes and times are not copied. Symbolic links in a directory are skipped with a "
         "note. "
         "If a file fails, cp prints the error, copies the remaining files and exits with 1.",
     .options = OPTIONS,
     .run = run_cp},
    {0},
};
