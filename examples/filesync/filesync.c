/* The queue of the file sync example and the comparison of directories: the part that both programs share.
 * Called by the drivers, on one thread at a time. */
#include "filesync.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const verbs[] = {"list", "mkdir", "upload", "delete"};

static void print_failure(filesync *f, const char *action, const char *path, const char *reason,
                          const char *detail)
{
    f->failed++;
    (void)fprintf(stderr, "%s %s: %s%s%s\n", action, path, reason, *detail ? ": " : "", detail);
}

static void add(filesync *f, filesync_verb verb, const char *local, const char *remote, const char *name)
{
    const char *slash = *name ? "/" : "";
    const size_t local_size = strlen(local) + strlen(name) + 2,
                 remote_size = strlen(remote) + strlen(name) + 2;
    filesync_item *item = malloc(sizeof *item + local_size + remote_size);
    if (!item) {
        print_failure(f, verbs[verb], remote, "out of memory", name);
        return;
    }
    *item = (filesync_item){.verb = verb, .local = (char *)(item + 1)}; /* the paths follow the struct */
    item->remote = item->local + local_size;
    (void)snprintf(item->local, local_size, "%s%s%s", local, slash, name);
    (void)snprintf(item->remote, remote_size, "%s%s%s", remote, slash, name);
    *f->tail = item;
    f->tail = &item->next;
}

bool filesync_init(filesync *f, int argc, char **argv, boxd_cancel_token *stop)
{
    *f = (filesync){.call = BOXD_CALL_OPTIONS_INIT, .files = BOXD_FILE_OPTIONS_INIT, .tail = &f->queue};
    f->deletes = argc > 1 && strcmp(argv[1], "--delete") == 0;
    const int first = f->deletes ? 2 : 1;
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
    filesync_item *item = f->queue;
    if (!item || boxd_cancel_token_is_cancelled(f->call.cancel))
        return NULL;
    f->queue = item->next;
    if (!f->queue)
        f->tail = &f->queue;
    f->in_progress++;
    return item;
}

bool filesync_is_done(const filesync *f)
{
    return f->in_progress == 0 && (!f->queue || boxd_cancel_token_is_cancelled(f->call.cancel));
}

/* ---- comparing ---- */

typedef struct named_entry {
    const char *name;
    const boxd_dir_entry *entry;
} named_entry;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const named_entry *)a)->name, ((const named_entry *)b)->name);
}

/* The entries of `dir` sorted by name. NULL: out of memory. */
static named_entry *sort(const boxd_dir *dir)
{
    named_entry *sorted = calloc(dir->count + 1, sizeof *sorted);
    if (!sorted)
        return NULL;
    for (size_t i = 0; i < dir->count; i++)
        sorted[i] = (named_entry){dir->items[i]->name, dir->items[i]};
    qsort(sorted, dir->count, sizeof *sorted, by_name);
    return sorted;
}

static const boxd_dir_entry *find(const named_entry *sorted, size_t count, const char *name)
{
    const named_entry key = {.name = name};
    const named_entry *found = bsearch(&key, sorted, count, sizeof key, by_name);
    return found ? found->entry : NULL;
}

/* Compares a local file with the entry of the same name in the box (NULL: there is none). Times in the box
 * have a resolution of one second: a file that changed in the second of its upload is uploaded once more
 * rather than never. */
static void compare(filesync *f, const filesync_item *dir, const char *name, const struct stat *local,
                    const boxd_dir_entry *remote)
{
    const bool same = remote && !remote->is_dir && remote->size_bytes == (uint64_t)local->st_size &&
                      remote->modified_at_ms / 1000 > local->st_mtim.tv_sec;
    if (S_ISDIR(local->st_mode))
        add(f, remote ? FILESYNC_LIST : FILESYNC_MKDIR, dir->local, dir->remote, name);
    else if (S_ISREG(local->st_mode) && !same)
        add(f, FILESYNC_UPLOAD, dir->local, dir->remote, name);
    else
        f->unchanged += same;
}

static void compare_dir(filesync *f, const filesync_item *item, const boxd_dir *remote)
{
    DIR *local = opendir(item->local);
    named_entry *sorted = local ? sort(remote) : NULL;
    if (!sorted) {
        print_failure(f, "read", item->local, local ? "out of memory" : "local file",
                      local ? "cannot sort the entries" : "cannot open the directory");
        if (local)
            closedir(local);
        return;
    }
    struct stat status;
    const struct dirent *entry;
    while ((entry = readdir(local))) { /* NOLINT(concurrency-mt-unsafe): each DIR is used by one thread */
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        if (fstatat(dirfd(local), name, &status, AT_SYMLINK_NOFOLLOW) == 0)
            compare(f, item, name, &status, find(sorted, remote->count, name));
        else
            print_failure(f, "read", item->local, "local file", name);
    }
    for (size_t i = 0; f->deletes && i < remote->count; i++) {
        const char *name = sorted[i].name;
        if (fstatat(dirfd(local), name, &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT)
            add(f, FILESYNC_DELETE, item->local, item->remote, name);
    }
    free(sorted);
    closedir(local);
}

/* ---- results ---- */

void filesync_complete(filesync *f, filesync_item *item, boxd_dir *dir, const boxd_error *error)
{
    const boxd_status status = error ? error->status : BOXD_OK;
    f->in_progress--;
    if (item->verb == FILESYNC_LIST && status == BOXD_ERR_NOT_FOUND) {
        add(f, FILESYNC_MKDIR, item->local, item->remote, "");
    } else if (item->verb == FILESYNC_MKDIR && (!error || status == BOXD_ERR_ALREADY_EXISTS)) {
        add(f, FILESYNC_LIST, item->local, item->remote, "");
    } else if (error) {
        print_failure(f, verbs[item->verb], item->remote, boxd_status_name(status), error->message);
    } else if (item->verb == FILESYNC_LIST) {
        compare_dir(f, item, dir);
    } else {
        printf("%s %s\n", verbs[item->verb], item->remote);
        f->uploaded += item->verb == FILESYNC_UPLOAD;
        f->deleted += item->verb == FILESYNC_DELETE;
    }
    free(item);
}

int filesync_finish(filesync *f)
{
    const bool interrupted = f->queue;
    for (filesync_item *item = f->queue, *next; item; item = next) {
        next = item->next;
        free(item);
    }
    printf("%d uploaded, %d deleted, %d unchanged, %d failed%s\n", f->uploaded, f->deleted, f->unchanged,
           f->failed, interrupted ? "; interrupted" : "");
    return interrupted || f->failed;
}
