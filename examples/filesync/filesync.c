#include "filesync.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const verbs[] = {"list", "mkdir", "upload", "delete"};

static void complain(filesync *f, const char *what, const char *path, const char *why, const char *more)
{
    f->failed++;
    (void)fprintf(stderr, "%s %s: %s%s%s\n", what, path, why, *more ? ": " : "", more);
}

static void add(filesync *f, filesync_verb verb, const char *here, const char *there, const char *name)
{
    const char *slash = *name ? "/" : "";
    const size_t here_size = strlen(here) + strlen(name) + 2, there_size = strlen(there) + strlen(name) + 2;
    filesync_item *item = malloc(sizeof *item + here_size + there_size);
    if (!item) {
        complain(f, verbs[verb], there, "out of memory", name);
        return;
    }
    *item = (filesync_item){.verb = verb, .here = (char *)(item + 1)}; /* the paths stand behind it */
    item->there = item->here + here_size;
    (void)snprintf(item->here, here_size, "%s%s%s", here, slash, name);
    (void)snprintf(item->there, there_size, "%s%s%s", there, slash, name);
    *f->tail = item;
    f->tail = &item->next;
}

bool filesync_begin(filesync *f, int argc, char **argv, boxd_cancel_token *stop)
{
    *f = (filesync){.call = BOXD_CALL_OPTIONS_INIT, .files = BOXD_FILE_OPTIONS_INIT, .tail = &f->to_do};
    f->delete_too = argc > 1 && strcmp(argv[1], "--delete") == 0;
    const int first = f->delete_too ? 2 : 1;
    if (argc != first + 3) {
        (void)fprintf(stderr, "usage: %s [--delete] DIRECTORY BOX PATH\n", argv[0]);
        return false;
    }
    f->box = argv[first + 1];
    f->call.cancel = f->files.call.cancel = stop;
    add(f, FILESYNC_LIST, argv[first], argv[first + 2], "");
    return true;
}

filesync_item *filesync_next(filesync *f)
{
    filesync_item *item = f->to_do;
    if (!item || boxd_cancel_token_is_cancelled(f->call.cancel))
        return NULL;
    f->to_do = item->next;
    if (!f->to_do)
        f->tail = &f->to_do;
    f->taken++;
    return item;
}

bool filesync_done(const filesync *f)
{
    return f->taken == 0 && (!f->to_do || boxd_cancel_token_is_cancelled(f->call.cancel));
}

/* ---- comparing ---- */

static int by_name(const void *a, const void *b)
{
    const boxd_dir_entry *const *one = a, *const *other = b;
    return strcmp((*one)->name, (*other)->name);
}

/* The entries by name; NULL: out of memory. */
static const boxd_dir_entry **sort(const boxd_dir *dir)
{
    const boxd_dir_entry **sorted = calloc(dir->count + 1, sizeof *sorted);
    if (!sorted)
        return NULL;
    for (size_t i = 0; i < dir->count; i++)
        sorted[i] = dir->items[i];
    qsort(sorted, dir->count, sizeof *sorted, by_name);
    return sorted;
}

static const boxd_dir_entry *find(const boxd_dir_entry **sorted, size_t count, const char *name)
{
    const boxd_dir_entry named = {.name = name}, *key = &named;
    const boxd_dir_entry **found = bsearch(&key, sorted, count, sizeof *sorted, by_name);
    return found ? *found : NULL;
}

/* One name here, and what is there: NULL for nothing. The box's clock has seconds: what was changed in the
 * second of its upload goes over once more rather than never. */
static void compare(filesync *f, const filesync_item *dir, const char *name, const struct stat *here,
                    const boxd_dir_entry *there)
{
    const bool same = there && !there->is_dir && there->size_bytes == (uint64_t)here->st_size &&
                      there->modified_at_ms / 1000 > here->st_mtim.tv_sec;
    if (S_ISDIR(here->st_mode))
        add(f, there ? FILESYNC_LIST : FILESYNC_MKDIR, dir->here, dir->there, name);
    else if (S_ISREG(here->st_mode) && !same)
        add(f, FILESYNC_UPLOAD, dir->here, dir->there, name);
    else
        f->unchanged += same;
}

static void compare_dir(filesync *f, const filesync_item *item, const boxd_dir *there)
{
    DIR *here = opendir(item->here);
    const boxd_dir_entry **sorted = here ? sort(there) : NULL;
    if (!sorted) {
        complain(f, "read", item->here, here ? "out of memory" : "local file",
                 here ? "its entries cannot be sorted" : "the directory cannot be opened");
        if (here)
            closedir(here);
        return;
    }
    struct stat status;
    const struct dirent *entry;
    while ((entry = readdir(here))) { /* NOLINT(concurrency-mt-unsafe): a stream of its own */
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        if (fstatat(dirfd(here), name, &status, AT_SYMLINK_NOFOLLOW) == 0)
            compare(f, item, name, &status, find(sorted, there->count, name));
        else
            complain(f, "read", item->here, "local file", name);
    }
    for (size_t i = 0; f->delete_too && i < there->count; i++) {
        const char *name = sorted[i]->name;
        if (fstatat(dirfd(here), name, &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
            add(f, FILESYNC_DELETE, item->here, item->there, name);
    }
    free(sorted);
    closedir(here);
}

/* ---- outcomes ---- */

void filesync_took(filesync *f, filesync_item *item, boxd_dir *dir, const boxd_error *error)
{
    const boxd_status status = error ? error->status : BOXD_OK;
    f->taken--;
    if (item->verb == FILESYNC_LIST && status == BOXD_ERR_NOT_FOUND) {
        add(f, FILESYNC_MKDIR, item->here, item->there, "");
    } else if (item->verb == FILESYNC_MKDIR && (!error || status == BOXD_ERR_ALREADY_EXISTS)) {
        add(f, FILESYNC_LIST, item->here, item->there, "");
    } else if (error) {
        complain(f, verbs[item->verb], item->there, boxd_status_name(status), error->message);
    } else if (item->verb == FILESYNC_LIST) {
        compare_dir(f, item, dir);
    } else {
        printf("%s %s\n", verbs[item->verb], item->there);
        f->uploaded += item->verb == FILESYNC_UPLOAD;
        f->deleted += item->verb == FILESYNC_DELETE;
    }
    free(item);
}

int filesync_end(filesync *f)
{
    const bool stopped = f->to_do;
    for (filesync_item *item = f->to_do, *next; item; item = next) {
        next = item->next;
        free(item);
    }
    printf("%d uploaded, %d deleted, %d unchanged, %d failed%s\n", f->uploaded, f->deleted, f->unchanged,
           f->failed, stopped ? "; not all was done" : "");
    return stopped || f->failed;
}
