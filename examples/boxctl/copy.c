/* cp: files and folders into a box, and out of one. */
#include "copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- BOX:PATH ---- */

/* `BOX:PATH` has its colon before any slash; "./a:b" is here. NULL: a path on this side. */
static const char *remote_part(const char *word)
{
    const char *colon = strchr(word, ':'), *slash = strchr(word, '/');
    return colon && colon > word && (!slash || colon < slash) ? colon + 1 : NULL;
}

/* ---- where it goes ---- */

static bool is_local_folder(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

/* What cannot be asked is taken for no folder: copying tells. */
static bool is_remote_folder(const copy_plan *plan, const char *path)
{
    const boxd_call_options call = cli_call(plan->c);
    boxd_dir_entry *entry = boxd_box_stat(plan->box, path, &call, NULL);
    const bool is_dir = entry && entry->is_dir;
    boxd_dir_entry_free(entry);
    return is_dir;
}

static bool is_folder(const copy_plan *plan, bool in_box, const char *path)
{
    return in_box ? is_remote_folder(plan, path) : is_local_folder(path);
}

/* Whether `path` says by itself, or is found to be, a folder that copies go into. */
static bool is_target_folder(const copy_plan *plan, const char *path)
{
    return strcmp(path, ".") == 0 || is_folder(plan, plan->upload, path);
}

static bool ends_in_slash(const char *path)
{
    return path[strlen(path) - 1] == '/';
}

/* The path of the copy: `path`, or in it if that is a folder (`into`). A file does not take the name of a
 * folder that is missing. Freed with free(). */
static char *target_of(const copy_plan *plan, const char *from, const char *path, bool into)
{
    if (!into && ends_in_slash(path))
        into = !is_folder(plan, !plan->upload, from);
    char *name = into ? last_part(from) : NULL;
    const bool is_name =
        name && *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 && strcmp(name, "/") != 0;
    char *target = is_name ? join_path(path, name) : strdup(path);
    free(name);
    return target;
}

/* ---- copying ---- */

static bool make_folder(const copy_plan *plan, const char *path, boxd_error *error)
{
    if (!plan->upload) {
        if (mkdir(path, 0777) == 0 || (errno == EEXIST && is_local_folder(path)))
            return true;
        error->status = BOXD_ERR_LOCAL_FILE;
        snprintf(error->message, sizeof error->message, "%s: %s", path, strerror(errno));
        return false;
    }
    const boxd_call_options call = cli_call(plan->c);
    return boxd_box_mkdir(plan->box, path, &call, error) == BOXD_OK ||
           error->status == BOXD_ERR_ALREADY_EXISTS;
}

static bool copy_item_over(const copy_plan *plan, const copy_item *item, progress *bar, boxd_error *error)
{
    if (item->is_dir)
        return make_folder(plan, item->to, error);
    const boxd_file_options *options = BOXD_OPTIONS(boxd_file_options, .call = cli_call(plan->c),
                                                    .on_progress = progress_on, .progress_data = bar);
    progress_file(bar, item->from, item->size);
    const boxd_status status = plan->upload
                                   ? boxd_box_upload(plan->box, item->from, item->to, options, error)
                                   : boxd_box_download(plan->box, item->from, item->to, options, error);
    progress_file_done(bar, item->size);
    return status == BOXD_OK;
}

/* Whether there is no point in trying the next file. */
static bool is_hopeless(const boxd_error *error)
{
    const boxd_status class = boxd_status_class(error->status);
    return interrupted_by() || class == BOXD_ERR_CONNECTION || class == BOXD_ERR_TIMEOUT ||
           error->status == BOXD_ERR_AUTHENTICATION || error->status == BOXD_ERR_NO_MEMORY;
}

/* The last item of the tree that `i` is the root of, which has no place without its root. */
static size_t last_of_tree(const copy_plan *plan, size_t i)
{
    while (i + 1 < plan->count && !plan->items[i + 1].is_root)
        i++;
    return i;
}

/* The code of what failed: that of the only source, else EXIT_REFUSED: some were copied. */
static int copy_all(copy_plan *plan)
{
    progress bar;
    progress_begin(&bar, plan->c, plan->bytes);
    int code = plan->failed ? EXIT_REFUSED : EXIT_GOOD;
    for (size_t i = 0; i < plan->count; i++) {
        const copy_item *item = &plan->items[i];
        boxd_error error = BOXD_ERROR_INIT;
        if (copy_item_over(plan, item, &bar, &error))
            continue;
        progress_clear(&bar);
        plan->failed++;
        code = cli_fail(plan->c, &error);
        if (is_hopeless(&error))
            break;
        if (plan->sources > 1 || !item->is_root)
            code = EXIT_REFUSED;
        if (item->is_root)
            i = last_of_tree(plan, i);
    }
    progress_clear(&bar);
    return code;
}

static int tell(const copy_plan *plan, const char *target)
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
        return cli_complain(EXIT_REFUSED, "out of memory");
    int code = plan->upload ? plan_upload(plan, from, target) : plan_download(plan, from, target);
    free(target);
    if (plan->count > root)
        plan->items[root].is_root = true;
    if (code == EXIT_NOT_FOUND && plan->sources > 1) {
        plan->failed++;
        code = EXIT_GOOD; /* it was named; the others are copied */
    }
    return code;
}

static int copy(copy_plan *plan, char **from, const char *to)
{
    const char *path = *to ? to : "."; /* "box:" is /home/boxd */
    const bool into = is_target_folder(plan, path), several = plan->sources > 1;
    if (several && !into && !ends_in_slash(path))
        return cli_usage(plan->c, "several can only be copied into a folder, and \"%s\" is none", path);
    int code = EXIT_GOOD;
    for (size_t i = 0; code == EXIT_GOOD && i < plan->sources; i++)
        code = plan_source(plan, plan->upload ? from[i] : remote_part(from[i]), path, into || several);
    if (code == EXIT_GOOD)
        code = copy_all(plan);
    if (code == EXIT_GOOD)
        code = tell(plan, plan->sources == 1 && plan->count > 0 ? plan->items[0].to : path);
    plan_free(plan);
    return code;
}

/* Whether all that is copied is in the same box, or all on this side. */
static bool are_together(char **from, int count)
{
    const char *first = remote_part(from[0]);
    const size_t box_length = first ? (size_t)(first - from[0]) : 0; /* with the colon */
    for (int i = 1; i < count; i++)
        if (!first != !remote_part(from[i]) || strncmp(from[0], from[i], box_length) != 0)
            return false;
    return true;
}

/* "-" is standard input or output. */
static bool is_stream(const char *word)
{
    return strcmp(word, "-") == 0;
}

static int refuse(cli *c, char **from, int count, const char *to)
{
    const bool from_box = remote_part(from[0]) != NULL, to_box = remote_part(to) != NULL;
    if (!are_together(from, count))
        return cli_usage(c, "what is copied must be all in one box, or all on this side");
    if (from_box && to_box)
        return cli_usage(c, "from box to box there is no way: copy to this side first");
    if (!from_box && !to_box)
        return cli_usage(c, "one of both is in a box: BOX:PATH");
    for (int i = 0; count > 1 && i <= count; i++)
        if (is_stream(i < count ? from[i] : to))
            return cli_usage(c, "\"-\" goes with one file");
    if (is_stream(to) && c->json)
        return cli_usage(c, "with \"-\" the file is the output, which --json would be, too");
    return EXIT_GOOD;
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

static int run_cp(cli *c, char **operands, int count)
{
    const char *to = operands[count - 1];
    int code = refuse(c, operands, count - 1, to);
    if (code != EXIT_GOOD)
        return code;
    const char *word = remote_part(to) ? to : operands[0];
    char *name = strndup(word, (size_t)(remote_part(word) - word - 1));
    if (!name)
        return cli_complain(EXIT_REFUSED, "out of memory");
    boxd_box *box = cli_box(c, name, &code);
    if (box)
        code = copy_between(c, box, operands, count - 1, to);
    boxd_box_free(box);
    free(name);
    return code;
}

static bool recursive;
static const option_row OPTIONS[] = {
    {"recursive", 'r', OPTION_SWITCH, &recursive, NULL,
     "folders are copied with all they hold, also without it"},
    {0},
};

const command CP_COMMANDS[] = {
    {"cp", "copy", "FROM... TO", "Copy files and folders into a box, or out of it",
     "One of both is BOX:PATH, where a relative PATH is below /home/boxd; the other is here, or - for "
     "standard "
     "input\n"
     "or output. Into a folder that exists the copy goes under its own name; several go into a folder only. "
     "Symbolic links in a folder are skipped, and said so; modes and times "
     "are not\n"
     "kept. What fails is named, the rest is copied, and the exit code is 1.",
     OPTIONS, 2, -1, false, false, run_cp, NULL},
    {0},
};
