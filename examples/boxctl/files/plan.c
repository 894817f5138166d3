/* The list of files for cp. The trees are walked before copying, so that the progress bar knows the total
 * size. */
#include "files/copy.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_DEPTH = 64 };

/* ---- paths ---- */

char *join_path(const char *directory, const char *name)
{
    const size_t length = strlen(directory);
    const char *slash = length > 0 && directory[length - 1] == '/' ? "" : "/";
    char *path = NULL;
    return asprintf(&path, "%s%s%s", directory, slash, name) < 0 ? NULL : path;
}

char *last_part(const char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    return strndup(path + begin, end - begin);
}

/* ---- the list ---- */

static int out_of_memory(void)
{
    return cli_error(EXIT_FAILED, "out of memory");
}

static int add(copy_plan *plan, const char *from, const char *to, uint64_t size, bool is_dir)
{
    if (plan->count == plan->capacity) {
        const size_t capacity = plan->capacity ? 2 * plan->capacity : 64;
        copy_item *items = realloc(plan->items, capacity * sizeof *items);
        if (!items)
            return out_of_memory();
        plan->items = items;
        plan->capacity = capacity;
    }
    copy_item *item = &plan->items[plan->count++];
    *item = (copy_item){strdup(from), strdup(to), size, is_dir, false};
    plan->bytes += size;
    plan->files += !is_dir;
    return item->from && item->to ? EXIT_OK : out_of_memory();
}

void plan_free(copy_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        free(plan->items[i].from);
        free(plan->items[i].to);
    }
    free(plan->items);
}

static int skip(copy_plan *plan, const char *path, const char *why)
{
    plan->skipped++;
    cli_note(plan->c, "skipping %s: it is %s", path, why);
    return EXIT_OK;
}

/* Prints and counts a failure inside a tree. EXIT_OK: the rest of the tree is copied. */
static int count_failure(copy_plan *plan, const char *path, const char *why)
{
    char text[2 * BOXD_ERROR_MESSAGE_SIZE];
    plan->failed++;
    cli_error(0, "%s: %s", path, cli_adapt(why, text, sizeof text));
    return EXIT_OK;
}

/* ---- local trees ---- */

static int walk_local(copy_plan *plan, const char *from, const char *to, int depth);

static int walk_directory(copy_plan *plan, const char *from, const char *to, int depth)
{
    int code = add(plan, from, to, 0, true);
    DIR *dir = code == EXIT_OK ? opendir(from) : NULL;
    if (!dir)
        return code == EXIT_OK ? count_failure(plan, from, strerror(errno)) : code;
    for (const struct dirent *entry; code == EXIT_OK && (entry = readdir(dir)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *inner_from = join_path(from, entry->d_name), *inner_to = join_path(to, entry->d_name);
        code = inner_from && inner_to ? walk_local(plan, inner_from, inner_to, depth + 1) : out_of_memory();
        free(inner_from);
        free(inner_to);
    }
    closedir(dir);
    return code;
}

static int walk_local(copy_plan *plan, const char *from, const char *to, int depth)
{
    struct stat found;
    /* The path on the command line may be a symbolic link; symbolic links in the tree are skipped. */
    if ((depth == 0 ? stat : lstat)(from, &found) != 0)
        return count_failure(plan, from, strerror(errno));
    if (S_ISLNK(found.st_mode))
        return skip(plan, from, "a symbolic link");
    if (S_ISDIR(found.st_mode))
        return depth < MAX_DEPTH ? walk_directory(plan, from, to, depth)
                                 : count_failure(plan, from, "nested too deeply");
    if (!S_ISREG(found.st_mode))
        return skip(plan, from, "neither a file nor a directory");
    return add(plan, from, to, (uint64_t)found.st_size, false);
}

int plan_upload(copy_plan *plan, const char *from, const char *to)
{
    return walk_local(plan, from, to, 0);
}

/* ---- trees in the box ---- */

/* File names from a box are not trusted: they must not lead out of the local target directory. */
static bool is_safe_name(const char *name)
{
    return *name && !strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

static int walk_remote(copy_plan *plan, const char *from, const char *to, int depth);

static int plan_entry(copy_plan *plan, const boxd_dir_entry *entry, const char *from, const char *to,
                      int depth)
{
    const char *permissions = entry->permissions ? entry->permissions : "-"; /* in the format of `ls -l` */
    if (!is_safe_name(entry->name))
        return count_failure(plan, from, "contains an entry with an invalid name");
    char *inner_from = join_path(from, entry->name), *inner_to = join_path(to, entry->name);
    int code;
    if (!inner_from || !inner_to)
        code = out_of_memory();
    else if (*permissions == 'l')
        code = skip(plan, inner_from, "a symbolic link");
    else if (entry->is_dir)
        code = walk_remote(plan, inner_from, inner_to, depth + 1);
    else if (*permissions != '-')
        code = skip(plan, inner_from, "neither a file nor a directory");
    else
        code = add(plan, inner_from, inner_to, entry->size_bytes, false);
    free(inner_from);
    free(inner_to);
    return code;
}

static int walk_remote(copy_plan *plan, const char *from, const char *to, int depth)
{
    if (depth > MAX_DEPTH)
        return count_failure(plan, from, "nested too deeply");
    int code = add(plan, from, to, 0, true);
    if (code != EXIT_OK)
        return code;
    const boxd_call_options call = cli_call(plan->c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_dir *dir = boxd_box_list_dir(plan->box, from, &call, &error);
    if (!dir)
        return error.status == BOXD_ERR_NOT_FOUND || error.status == BOXD_ERR_PERMISSION_DENIED
                   ? count_failure(plan, from, error.message)
                   : cli_report(plan->c, &error);
    for (size_t i = 0; code == EXIT_OK && i < dir->count; i++)
        code = plan_entry(plan, dir->items[i], from, to, depth);
    if (code == EXIT_OK && dir->truncated)
        code = count_failure(
            plan, from, "the service does not list all entries of this directory; the others are not copied");
    boxd_dir_free(dir);
    return code;
}

int plan_download(copy_plan *plan, const char *from, const char *to)
{
    const boxd_call_options call = cli_call(plan->c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_dir_entry *entry = boxd_box_stat(plan->box, from, &call, &error);
    if (!entry && error.status != BOXD_ERR_UNSUPPORTED && error.status != BOXD_ERR_INCOMPLETE)
        return cli_report(plan->c, &error);
    /* A service that cannot list directories can still transfer files. */
    const int code = entry && entry->is_dir ? walk_remote(plan, from, to, 0)
                                            : add(plan, from, to, entry ? entry->size_bytes : 0, false);
    boxd_dir_entry_free(entry);
    return code;
}
