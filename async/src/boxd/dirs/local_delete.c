/* local_delete.c: the deletions of a synchronization. Called by dir_sync.c on the disk thread. */
#include "boxd/dirs/local_delete.h"

#include "errors.h"
#include "os/libc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct deletion {
    const dir_index *index;
    const tree_settings *settings;
    transfer_report *report;
    /* The path of the current entry. */
    text path;
} deletion;

/* Whether the patterns let the entry be transferred, and so be deleted. */
static bool is_chosen(deletion *d, bool is_dir, bool is_link)
{
    const path_filter *filter = &d->settings->filter;
    if (is_link && d->settings->links == BOXD_LINKS_SKIP)
        return false;
    return is_dir ? !path_filter_is_selective(filter) : path_filter_includes(filter, d->path.data);
}

static void delete_entry(deletion *d, int dir, const char *name, int flags)
{
    if (unlinkat(dir, name, flags) == 0)
        d->report->counts.deleted++;
    else if (errno != ENOTEMPTY) /* it contains entries that are excluded */
        report_failure(d->report, d->path.data, BOXD_ERR_LOCAL_FILE, "deleting it failed (%s)",
                       ERRNO_TEXT(errno));
}

static void visit_dir(deletion *d, int fd, int depth);

static void visit(deletion *d, int dir, const char *name, int depth)
{
    struct stat status;
    if (path_filter_excludes(&d->settings->filter, d->path.data) ||
        fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return;
    const bool is_dir = S_ISDIR(status.st_mode), is_link = S_ISLNK(status.st_mode);
    const index_entry *known = dir_index_find(d->index, d->path.data);
    const entry_kind kind = is_dir ? ENTRY_DIR : is_link ? ENTRY_LINK : ENTRY_FILE;
    const bool stays = known && (known->is.kind == kind || (!is_dir && known->is.kind != ENTRY_DIR));
    if (is_dir && depth < TREE_MAX_DEPTH) {
        const int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd >= 0)
            visit_dir(d, fd, depth + 1);
    }
    if (!stays && is_chosen(d, is_dir, is_link))
        delete_entry(d, dir, name, is_dir ? AT_REMOVEDIR : 0);
}

/* Closes `fd`. */
static void visit_dir(deletion *d, int fd, int depth)
{
    const size_t size = d->path.size;
    DIR *dir = fdopendir(fd);
    if (!dir) {
        close(fd);
        return;
    }
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread uses the DIR */
    for (const struct dirent *e = NULL; !d->path.failed && (e = readdir(dir)) != NULL;) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (size > 0)
            text_add(&d->path, "/");
        text_add(&d->path, e->d_name);
        if (!d->path.failed) {
            visit(d, dirfd(dir), e->d_name, depth);
            d->path.size = size;
            d->path.data[size] = '\0';
        }
    }
    closedir(dir);
}

void local_delete(int root, const dir_index *index, const tree_settings *settings, transfer_report *report)
{
    deletion d = {.index = index, .settings = settings, .report = report};
    const int fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        visit_dir(&d, fd, 1);
    report->no_memory |= d.path.failed;
    text_free(&d.path);
}
