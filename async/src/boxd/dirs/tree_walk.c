/* tree_walk.c: walks a local directory. Called by tree_reader.c, upload_dir.c and upload_files.c on the disk
 * thread. */
#include "boxd/dirs/tree_walk.h"

#include "errors.h"
#include "mem.h"
#include "os/libc.h"
#include "os/paths.h"
#include "printable.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void tree_walk_init(tree_walk *t, const tree_settings *settings, transfer_report *report, tree_entry_cb found,
                    void *owner)
{
    *t = (tree_walk){.settings = settings, .report = report, .found = found, .owner = owner, .root = -1};
}

void tree_walk_free(tree_walk *t)
{
    while (t->depth > 0)
        closedir(t->levels[--t->depth].dir);
    if (t->root >= 0)
        close(t->root);
    mem_free(t->levels);
    text_free(&t->path);
    *t = (tree_walk){.settings = t->settings, .report = t->report, .root = -1};
}

/* ---- paths ---- */

static const char *path_of(const tree_walk *t)
{
    return t->path.data ? t->path.data : "";
}

static tree_level *current(tree_walk *t)
{
    return &t->levels[t->depth - 1];
}

/* Sets the path to `name` in the current directory; NULL: the directory itself. */
static void set_path(tree_walk *t, const char *name)
{
    t->path.size = current(t)->path_size;
    if (t->path.size > 0 && name)
        text_add(&t->path, "/");
    text_add(&t->path, name ? name : ""); /* ends the text */
}

static void fail(tree_walk *t, const char *doing)
{
    report_failure(t->report, path_of(t), BOXD_ERR_LOCAL_FILE, "%s failed (%s)", doing, ERRNO_TEXT(errno));
}

/* ---- entries that are found ---- */

static uint32_t mode_of(const tree_walk *t, uint32_t mode)
{
    return mode & (t->settings->all_modes ? 07777 : 0777);
}

static void report_dir(tree_walk *t, const tree_level *l, const char *path, uint32_t more_mode)
{
    const tree_entry e = {.kind = ENTRY_DIR,
                          .path = path,
                          .mode = mode_of(t, l->mode) | more_mode,
                          .mtime_s = l->mtime_s,
                          .mtime_ns = l->mtime_ns};
    t->found(t->owner, &e, -1);
}

/* Whether the receiver has the directory, as far as is known. */
static bool has_dir(const tree_walk *t, const char *path)
{
    const index_entry *known = t->index ? dir_index_find(t->index, path) : NULL;
    return known && known->is.kind == ENTRY_DIR;
}

/* Reports the current directory and those above it, so that entries may follow. The mode allows that; the
 * real mode follows when the walk leaves the directory. */
static void announce(tree_walk *t)
{
    size_t first = t->depth;
    while (first > 0 && !t->levels[first - 1].announced)
        first--;
    for (size_t i = first; i < t->depth; i++) {
        tree_level *l = &t->levels[i];
        char *path = mem_strndup(path_of(t), l->path_size);
        l->announced = true;
        if (!path) {
            t->report->no_memory = true;
            return;
        }
        if (!has_dir(t, path))
            report_copy(t->report, path);
        report_dir(t, l, path, 0700);
        mem_free(path);
        t->report->counts.directories++;
    }
}

/* Reports a file, which is open as `fd`, or a link. False: the receiver has it already. */
static bool report_entry(tree_walk *t, const struct stat *status, tree_entry *e, int fd)
{
    e->path = path_of(t);
    e->mode = mode_of(t, status->st_mode);
    e->mtime_s = libc_modified_at(status).tv_sec;
    e->mtime_ns = (uint32_t)libc_modified_at(status).tv_nsec;
    if (t->index && index_entry_is_same(dir_index_find(t->index, e->path), e, t->by_content ? fd : -1)) {
        t->report->counts.unchanged++;
        return false;
    }
    announce(t);
    report_copy(t->report, e->path);
    t->found(t->owner, e, fd);
    return true;
}

/* ---- entries ---- */

static bool add_level(tree_walk *t, int fd, const struct stat *status)
{
    tree_level *levels = mem_grow(t->levels, t->depth, &t->capacity, sizeof *levels);
    t->report->no_memory |= !levels;
    if (!levels)
        return false;
    t->levels = levels;
    DIR *dir = fdopendir(fd);
    if (!dir)
        return false;
    t->levels[t->depth++] = (tree_level){.dir = dir,
                                         .device = status->st_dev,
                                         .inode = status->st_ino,
                                         .path_size = t->path.size,
                                         .mode = status->st_mode,
                                         .mtime_s = libc_modified_at(status).tv_sec,
                                         .mtime_ns = (uint32_t)libc_modified_at(status).tv_nsec};
    return true;
}

static bool is_above(const tree_walk *t, const struct stat *status)
{
    for (size_t i = 0; i < t->depth; i++)
        if (t->levels[i].device == status->st_dev && t->levels[i].inode == status->st_ino)
            return true;
    return false;
}

static void enter(tree_walk *t, int fd, const struct stat *status)
{
    if (is_above(t, status)) {
        report_failure(t->report, path_of(t), BOXD_ERR_LOCAL_FILE,
                       "the link leads to a directory that contains it");
    } else if (t->depth >= TREE_MAX_DEPTH) {
        report_failure(t->report, path_of(t), BOXD_ERR_LOCAL_FILE, "it is more than %d directories deep",
                       TREE_MAX_DEPTH);
    } else if (add_level(t, fd, status)) {
        if (!path_filter_is_selective(&t->settings->filter))
            announce(t);
        return;
    } else {
        fail(t, "opening the directory");
    }
    close(fd);
}

static void add_file(tree_walk *t, int fd, const struct stat *status)
{
    if (!report_entry(t, status, &(tree_entry){.kind = ENTRY_FILE, .size = (uint64_t)status->st_size}, fd))
        close(fd);
}

/* `fd` is a file or directory, or -1: it could not be opened. */
static void add_opened(tree_walk *t, int fd)
{
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        fail(t, "opening the file");
        if (fd >= 0)
            close(fd);
    } else if (S_ISDIR(status.st_mode)) {
        enter(t, fd, &status);
    } else if (S_ISREG(status.st_mode)) {
        add_file(t, fd, &status);
    } else {
        close(fd);
        report_failure(t->report, path_of(t), BOXD_ERR_LOCAL_FILE,
                       "it is neither a file, a directory nor a link");
    }
}

static void add_link(tree_walk *t, const char *name, const struct stat *status)
{
    char target[4097];
    const ssize_t size = readlinkat(dirfd(current(t)->dir), name, target, sizeof target - 1);
    if (size < 0) {
        fail(t, "reading the link");
        return;
    }
    target[size] = '\0';
    if (report_entry(t, status, &(tree_entry){.kind = ENTRY_LINK, .target = target}, -1))
        t->report->counts.links++;
}

static void follow_link(tree_walk *t)
{
    const int fd = path_open_beneath(t->root, path_of(t));
    if (fd < 0 && errno == EXDEV)
        report_failure(t->report, path_of(t), BOXD_ERR_LOCAL_FILE,
                       "the link is absolute, or leads out of the directory");
    else
        add_opened(t, fd);
}

/* Whether the options leave the entry out. A directory is left out only as a whole. */
static bool is_left_out(const tree_walk *t, mode_t mode)
{
    const entry_kind kind = S_ISLNK(mode) ? ENTRY_LINK : ENTRY_FILE;
    return !S_ISDIR(mode) && !tree_settings_choose(t->settings, kind, path_of(t));
}

static void add_entry(tree_walk *t, const char *name)
{
    static const int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
    const int dir = dirfd(current(t)->dir);
    struct stat status = {0};
    const bool excluded = path_filter_excludes(&t->settings->filter, path_of(t));
    if (!excluded && fstatat(dir, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        fail(t, "reading the entry");
    else if (excluded || is_left_out(t, status.st_mode))
        t->report->counts.skipped++;
    else if (S_ISLNK(status.st_mode) && t->settings->links == BOXD_LINKS_FOLLOW)
        follow_link(t);
    else if (S_ISLNK(status.st_mode))
        add_link(t, name, &status);
    else if (S_ISDIR(status.st_mode) || S_ISREG(status.st_mode))
        add_opened(t, openat(dir, name, flags | (S_ISDIR(status.st_mode) ? O_DIRECTORY : 0)));
    else /* a device or a pipe is not opened, since that may have an effect */
        report_failure(t->report, path_of(t), BOXD_ERR_LOCAL_FILE,
                       "it is neither a file, a directory nor a link");
}

/* The directory again, after its entries: with its real mode and its time. */
static void leave(tree_walk *t)
{
    const tree_level *l = current(t);
    set_path(t, NULL);
    t->leaving = true;
    if (l->announced)
        report_dir(t, l, path_of(t), 0);
    t->leaving = false;
    closedir(l->dir);
    t->depth--;
}

bool tree_walk_next(tree_walk *t)
{
    if (t->depth == 0 || tree_walk_failed(t))
        return false;
    errno = 0;
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread uses the DIR */
    const struct dirent *entry = readdir(current(t)->dir);
    if (!entry) {
        if (errno != 0) {
            set_path(t, NULL);
            fail(t, "reading the directory");
        }
        leave(t);
    } else if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
        set_path(t, entry->d_name);
        add_entry(t, entry->d_name);
    }
    return true;
}

boxd_status tree_walk_open(tree_walk *t, const char *local_path, boxd_error *error)
{
    struct stat status;
    t->root = open(local_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int fd = t->root < 0 ? -1 : fcntl(t->root, F_DUPFD_CLOEXEC, 0);
    text_add(&t->path, "");
    if (fd >= 0 && fstat(fd, &status) == 0 && !t->path.failed && add_level(t, fd, &status)) {
        announce(t);
        return BOXD_OK;
    }
    const int reason = errno;
    if (fd >= 0)
        close(fd);
    if (t->path.failed || t->report->no_memory)
        return error_no_memory(error, "reading a local directory");
    return error_set(error, BOXD_ERR_LOCAL_FILE, "the local directory %s cannot be opened (%s)",
                     PRINTABLE(local_path, 300), ERRNO_TEXT(reason));
}
