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

static void fail(deletion *d, const char *doing)
{
    report_failure(d->report, d->path.data ? d->path.data : "", BOXD_ERR_LOCAL_FILE, "%s failed (%s)", doing,
                   ERRNO_TEXT(errno));
}

/* `keeps`: an entry of the directory stays, or its failure is in the report. Returns whether the entry stays.
 */
static bool delete_entry(deletion *d, int dir, const char *name, int flags, bool keeps)
{
    const bool dry_run = d->settings->dry_run;
    if (dry_run ? !keeps : unlinkat(dir, name, flags) == 0) {
        report_deletion(d->report, d->path.data);
        return false;
    }
    if (dry_run)
        return true;
    if (errno == ENOENT)
        return false;
    if (!keeps || (errno != ENOTEMPTY && errno != EEXIST))
        fail(d, "deleting it");
    return true;
}

/* Visits the entries of a directory. Returns whether one of them stays, or could not be visited. */
static bool visit_dir(deletion *d, int fd, int depth);

/* The same for the directory `name` in `dir`. */
static bool enter(deletion *d, int dir, const char *name, int depth)
{
    if (depth >= TREE_MAX_DEPTH) {
        report_failure(d->report, d->path.data, BOXD_ERR_LOCAL_FILE, "it is more than %d directories deep",
                       TREE_MAX_DEPTH);
        return true;
    }
    const int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0)
        return visit_dir(d, fd, depth + 1);
    fail(d, "opening the directory");
    return true;
}

/* Whether the box has an entry that replaces this one, or is the same. */
static bool is_known(const deletion *d, entry_kind kind)
{
    const index_entry *known = dir_index_find(d->index, d->path.data);
    return known && (known->is.kind == kind || (kind != ENTRY_DIR && known->is.kind != ENTRY_DIR));
}

/* Returns whether the entry stays. */
static bool visit(deletion *d, int dir, const char *name, int depth)
{
    struct stat status;
    if (path_filter_excludes(&d->settings->filter, d->path.data))
        return true;
    if (fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno != ENOENT)
            fail(d, "reading the entry");
        return errno != ENOENT;
    }
    const bool is_dir = S_ISDIR(status.st_mode);
    const entry_kind kind = is_dir ? ENTRY_DIR : S_ISLNK(status.st_mode) ? ENTRY_LINK : ENTRY_FILE;
    /* what is not transferred is not deleted */
    const bool goes = !is_known(d, kind) && tree_settings_choose(d->settings, kind, d->path.data);
    if (goes && is_dir && !d->settings->dry_run && unlinkat(dir, name, AT_REMOVEDIR) == 0) {
        report_deletion(d->report, d->path.data); /* it was empty, and need not be opened */
        return false;
    }
    const bool keeps = is_dir && enter(d, dir, name, depth);
    return !goes || delete_entry(d, dir, name, is_dir ? AT_REMOVEDIR : 0, keeps);
}

/* The next entry; NULL: the end, or a failure that is in the report. */
static const struct dirent *next_entry(deletion *d, DIR *dir, bool *failed)
{
    errno = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread uses the DIR */
    const struct dirent *e = readdir(dir);
    if (!e && errno != 0) {
        fail(d, "reading the directory");
        *failed = true;
    }
    return e;
}

/* Closes `fd`. */
static bool visit_dir(deletion *d, int fd, int depth)
{
    const size_t size = d->path.size;
    bool keeps = false;
    DIR *dir = fdopendir(fd);
    if (!dir) {
        fail(d, "opening the directory");
        close(fd);
        return true;
    }
    for (const struct dirent *e = NULL; !d->path.failed && (e = next_entry(d, dir, &keeps)) != NULL;) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (size > 0)
            text_add(&d->path, "/");
        text_add(&d->path, e->d_name);
        if (!d->path.failed) {
            keeps |= visit(d, dirfd(dir), e->d_name, depth);
            d->path.size = size;
            d->path.data[size] = '\0';
        }
    }
    closedir(dir);
    return keeps;
}

void local_delete(int root, const dir_index *index, const tree_settings *settings, transfer_report *report)
{
    deletion d = {.index = index, .settings = settings, .report = report};
    const int fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0)
        visit_dir(&d, fd, 1);
    else
        fail(&d, "opening the directory");
    report->no_memory |= d.path.failed;
    text_free(&d.path);
}
