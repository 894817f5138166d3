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

/* The path of the copy: `to`, or in it if that is a folder. A file does not take the name of a folder that is
 * missing. Freed with free(). */
static char *target_of(const copy_plan *plan, const char *from, const char *to)
{
    const char *path = *to ? to : "."; /* "box:" is /home/boxd */
    const bool slash = path[strlen(path) - 1] == '/';
    const bool into = strcmp(path, ".") == 0 || is_folder(plan, plan->upload, path) ||
                      (slash && !is_folder(plan, !plan->upload, from));
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

/* The code of what failed: that of the only file, else EXIT_REFUSED: some were copied. */
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
        if (i == 0 || is_hopeless(&error)) /* without its root there is no tree */
            break;
        if (plan->count > 1)
            code = EXIT_REFUSED;
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

static int copy(copy_plan *plan, const char *from, const char *to)
{
    char *target = target_of(plan, from, to);
    if (!target)
        return cli_complain(EXIT_REFUSED, "out of memory");
    int code = plan->upload ? plan_upload(plan, from, target) : plan_download(plan, from, target);
    if (code == EXIT_GOOD)
        code = copy_all(plan);
    if (code == EXIT_GOOD)
        code = tell(plan, target);
    free(target);
    plan_free(plan);
    return code;
}

static int run_cp(cli *c, char **operands, int count)
{
    (void)count;
    const char *from = remote_part(operands[0]), *to = remote_part(operands[1]);
    if (from && to)
        return cli_usage(c, "from box to box there is no way: copy to this side first");
    if (!from && !to)
        return cli_usage(c, "one of both is in a box: BOX:PATH");
    const char *word = from ? operands[0] : operands[1], *path = from ? from : to;
    char *name = strndup(word, (size_t)(path - word - 1));
    if (!name)
        return cli_complain(EXIT_REFUSED, "out of memory");
    int code = EXIT_GOOD;
    copy_plan plan = {.c = c, .upload = to != NULL, .box = cli_box(c, name, &code)};
    if (plan.box)
        code = copy(&plan, from ? from : operands[0], to ? to : operands[1]);
    boxd_box_free(plan.box);
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
    {"cp", "copy", "FROM TO", "Copy files and folders into a box, or out of it",
     "One of both is BOX:PATH, where a relative PATH is below /home/boxd; the other is here. Into a folder "
     "that exists\n"
     "the copy goes under its own name. Symbolic links in a folder are skipped, and said so; modes and times "
     "are not\n"
     "kept. What fails is named, the rest is copied, and the exit code is 1.",
     OPTIONS, 2, 2, false, false, run_cp, NULL},
    {0},
};
