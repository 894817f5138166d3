/* How much will be copied: found while the copy runs, for the progress on a terminal. A thread looks at local
 * directories; the boxes look at their own, and their answers arrive on the core thread of the client. */
#include "files/copy.h"

#include <boxd/aio.h>
#include <dirent.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The totals are shown when all parts are counted. */
typedef struct counter {
    copy *k;
    boxd_cancel_token *cancel;
    sem_t ended;
    /* parts that were begun */
    int parts;
    atomic_int left;
    atomic_bool stops, failed;
    atomic_uint_fast64_t files, bytes;
    pthread_t walker;
    bool walks;
} counter;

static counter the_counter;

static void end_part(counter *n, bool counted)
{
    if (!counted)
        atomic_store(&n->failed, true);
    if (atomic_fetch_sub(&n->left, 1) == 1 && !atomic_load(&n->failed)) {
        atomic_store(&n->k->progress.total_files, atomic_load(&n->files));
        atomic_store(&n->k->progress.total_bytes, atomic_load(&n->bytes));
    }
}

/* ---- local directories ---- */

static void walk(counter *n, int parent, const char *name)
{
    const int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct stat found;
    for (const struct dirent *entry; dir && !atomic_load(&n->stops) && (entry = readdir(dir)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            fstatat(fd, entry->d_name, &found, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        atomic_fetch_add(&n->files, 1);
        if (S_ISDIR(found.st_mode))
            walk(n, fd, entry->d_name);
        if (S_ISREG(found.st_mode))
            atomic_fetch_add(&n->bytes, (uint64_t)found.st_size);
    }
    if (dir)
        closedir(dir);
    else if (fd >= 0)
        close(fd);
}

static void *walk_all(void *data)
{
    counter *n = data;
    for (size_t i = 0; i < n->k->count; i++)
        if (n->k->items[i].facts.kind == PATH_DIR && !n->k->items[i].from->box)
            walk(n, AT_FDCWD, n->k->items[i].path);
    end_part(n, true);
    return NULL;
}

/* ---- directories in a box ---- */

static const char COUNT[] =
    "find \"$1/\" -exec stat -c '%F|%s' {} + 2>/dev/null |\n"
    "awk -F'|' '$1 !~ /directory/ { bytes += $2 } END { printf \"%d %.0f\\n\", NR, bytes }'\n";

static void on_counted(boxd_exec_result *result, const boxd_error *error, void *data)
{
    counter *n = data;
    unsigned long long files, bytes;
    (void)error;
    const bool counted = result && sscanf(result->out.data, "%llu %llu", &files, &bytes) == 2;
    if (counted) {
        atomic_fetch_add(&n->files, files);
        atomic_fetch_add(&n->bytes, bytes);
    }
    boxd_exec_result_free(result);
    end_part(n, counted);
    sem_post(&n->ended);
}

static void count_in_box(counter *n, const copy_item *item)
{
    const char *const argv[] = {"sh", "-c", COUNT, "sh", item->path, NULL};
    n->parts++;
    atomic_fetch_add(&n->left, 1);
    boxd_aio_box_exec(
        item->from->box, argv,
        BOXD_OPTIONS(boxd_exec_options, .call = {.size = sizeof(boxd_call_options), .cancel = n->cancel}),
        on_counted, n);
}

/* ---- both ---- */

/* Adds a source, or begins to count it. Returns whether it is a local directory. */
static bool count_item(counter *n, const copy_item *item)
{
    const bool is_dir = item->facts.kind == PATH_DIR;
    if (item->facts.kind == PATH_SPECIAL || (is_dir && item->from->box && n->k->target.box))
        atomic_store(&n->failed, true); /* an archive from box to box has other bytes */
    else if (is_dir && item->from->box)
        count_in_box(n, item);
    if (is_dir)
        progress_unit(&n->k->progress, "entries");
    atomic_fetch_add(&n->files, 1);
    atomic_fetch_add(&n->bytes, item->facts.size);
    return is_dir && !item->from->box;
}

void begin_counting(copy *k)
{
    counter *n = &the_counter;
    const copy_options *o = k->options;
    bool has_local_dir = false;
    /* patterns and links change what is copied */
    const bool known = !o->include.items && !o->exclude.items && !o->follow && !o->skip_links;
    *n = (counter){.k = k, .cancel = k->progress.shown && known ? boxd_cancel_token_new() : NULL};
    if (!n->cancel)
        return;
    sem_init(&n->ended, 0, 0);
    atomic_store(&n->left, 1);
    for (size_t i = 0; i < k->count; i++)
        has_local_dir |= count_item(n, &k->items[i]);
    n->walks = has_local_dir && pthread_create(&n->walker, NULL, walk_all, n) == 0;
    if (!n->walks)
        end_part(n, !has_local_dir);
}

void end_counting(void)
{
    counter *n = &the_counter;
    if (!n->cancel)
        return;
    atomic_store(&n->stops, true);
    boxd_cancel_token_cancel(n->cancel);
    if (n->walks)
        pthread_join(n->walker, NULL);
    for (; n->parts > 0; n->parts--)
        while (sem_wait(&n->ended) != 0)
            ;
    sem_destroy(&n->ended);
    boxd_cancel_token_free(n->cancel);
    n->cancel = NULL;
}
