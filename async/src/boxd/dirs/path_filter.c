/* path_filter.c: patterns of the program. Made on the thread of the program, used on the disk thread. */
#include "boxd/dirs/path_filter.h"

#include "mem.h"

#include <fnmatch.h>
#include <string.h>

static void free_list(char **list)
{
    for (char **pattern = list; pattern && *pattern; pattern++)
        mem_free(*pattern);
    mem_free(list);
}

static bool copy_list(char ***to, const char *const *from)
{
    size_t count = 0;
    *to = NULL;
    while (from && from[count])
        count++;
    if (count == 0)
        return true;
    char **list = *to = mem_calloc(count + 1, sizeof *list);
    for (size_t i = 0; list && i < count; i++) {
        list[i] = mem_strdup(from[i]);
        if (!list[i])
            return false;
    }
    return list != NULL;
}

bool path_filter_init(path_filter *f, const char *const *include, const char *const *exclude)
{
    const bool has_include = copy_list(&f->include, include);
    return copy_list(&f->exclude, exclude) && has_include;
}

void path_filter_free(path_filter *f)
{
    free_list(f->include);
    free_list(f->exclude);
    *f = (path_filter){0};
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static bool matches(char *const *patterns, const char *path)
{
    for (char *const *pattern = patterns; pattern && *pattern; pattern++)
        if (fnmatch(*pattern, strchr(*pattern, '/') ? path : base_name(path), 0) == 0)
            return true;
    return false;
}

bool path_filter_excludes(const path_filter *f, const char *path)
{
    return f->exclude && *path && matches(f->exclude, path);
}

bool path_filter_excludes_below(const path_filter *f, char *path)
{
    bool excluded = false;
    for (char *slash = f->exclude ? strchr(path, '/') : NULL; slash && !excluded;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        excluded = path_filter_excludes(f, path);
        *slash = '/';
    }
    return excluded || path_filter_excludes(f, path);
}

bool path_filter_is_selective(const path_filter *f)
{
    return f->include != NULL;
}

bool path_filter_includes(const path_filter *f, const char *path)
{
    return !f->include || matches(f->include, path);
}
