/* tree_reader.c: walks a local directory and writes it as an archive. Called by upload_dir.c on the disk
 * thread. */
#include "boxd/dirs/tree_reader.h"

#include "boxd/dirs/local_open.h"
#include "boxd/dirs/tar_header.h"
#include "errors.h"
#include "mem.h"
#include "printable.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void tree_reader_init(tree_reader *t, const tree_settings *settings, transfer_report *report)
{
    *t = (tree_reader){.settings = settings, .report = report, .root = -1, .fd = -1};
}

static void close_file(tree_reader *t)
{
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
}

void tree_reader_free(tree_reader *t)
{
    while (t->depth > 0)
        closedir(t->levels[--t->depth].dir);
    close_file(t);
    if (t->root >= 0)
        close(t->root);
    t->root = -1;
    mem_free(t->levels);
    t->levels = NULL;
    text_free(&t->path);
    text_free(&t->target);
    text_free(&t->head);
}

/* ---- paths ---- */

static const char *path_of(const tree_reader *t)
{
    return t->path.data ? t->path.data : "";
}

static tree_level *current(tree_reader *t)
{
    return &t->levels[t->depth - 1];
}

/* Sets the path to `name` in the current directory; NULL: the directory itself. */
static void set_path(tree_reader *t, const char *name)
{
    t->path.size = current(t)->path_size;
    if (t->path.size > 0 && name)
        text_add(&t->path, "/");
    text_add(&t->path, name ? name : ""); /* ends the text */
}

static void fail(tree_reader *t, const char *doing)
{
    report_failure(t->report, path_of(t), BOXD_ERR_LOCAL_FILE, "%s failed (%s)", doing,
                   strerrordesc_np(errno));
}

/* ---- headers ---- */

static uint32_t mode_of(const tree_reader *t, uint32_t mode)
{
    return mode & (t->settings->all_modes ? 07777 : 0777);
}

static void add_dir_header(tree_reader *t, const tree_level *l, const char *path, uint32_t more_mode)
{
    tar_add_header(&t->head, &(tree_entry){.kind = ENTRY_DIR,
                                           .path = path,
                                           .mode = mode_of(t, l->mode) | more_mode,
                                           .mtime_s = l->mtime_s,
                                           .mtime_ns = l->mtime_ns});
}

/* Writes the headers of the current directory and of those above it, so that entries may follow. The mode
 * allows that; the header at the end of the directory has its real mode. */
static void announce(tree_reader *t)
{
    size_t first = t->depth;
    while (first > 0 && !t->levels[first - 1].announced)
        first--;
    for (size_t i = first; i < t->depth; i++) {
        tree_level *l = &t->levels[i];
        char *path = mem_strndup(path_of(t), l->path_size);
        l->announced = true;
        if (path)
            add_dir_header(t, l, path, 0700);
        else
            t->head.failed = true;
        mem_free(path);
        t->report->counts.directories++;
    }
}

/* Writes the header of a file, which is open as `fd`, or of a link. False: the receiver has it already. */
static bool add_header(tree_reader *t, const struct stat *status, tree_entry *e, int fd)
{
    e->path = path_of(t);
    e->mode = mode_of(t, status->st_mode);
    e->mtime_s = status->st_mtim.tv_sec;
    e->mtime_ns = (uint32_t)status->st_mtim.tv_nsec;
    if (t->index && index_entry_is_same(dir_index_find(t->index, e->path), e, t->by_content ? fd : -1)) {
        t->report->counts.unchanged++;
        return false;
    }
    announce(t);
    tar_add_header(&t->head, e);
    return true;
}

/* ---- entries ---- */

static bool add_level(tree_reader *t, int fd, const struct stat *status)
{
    if (t->depth == t->capacity) {
        const size_t capacity = t->capacity ? 2 * t->capacity : 16;
        tree_level *more = mem_realloc(t->levels, capacity * sizeof *more);
        t->report->no_memory |= !more;
        if (!more)
            return false;
        t->levels = more;
        t->capacity = capacity;
    }
    DIR *dir = fdopendir(fd);
    if (!dir)
        return false;
    t->levels[t->depth++] = (tree_level){.dir = dir,
                                         .device = status->st_dev,
                                         .inode = status->st_ino,
                                         .path_size = t->path.size,
                                         .mode = status->st_mode,
                                         .mtime_s = status->st_mtim.tv_sec,
                                         .mtime_ns = (uint32_t)status->st_mtim.tv_nsec};
    return true;
}

static bool is_above(const tree_reader *t, const struct stat *status)
{
    for (size_t i = 0; i < t->depth; i++)
        if (t->levels[i].device == status->st_dev && t->levels[i].inode == status->st_ino)
            return true;
    return false;
}

static void enter(tree_reader *t, int fd, const struct stat *status)
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

static void begin_file(tree_reader *t, int fd, const struct stat *status)
{
    const uint64_t size = (uint64_t)status->st_size;
    if (!add_header(t, status, &(tree_entry){.kind = ENTRY_FILE, .size = size}, fd)) {
        close(fd);
        return;
    }
    t->fd = fd;
    t->left = size;
    t->padding = tar_padding(size);
    t->damaged = false;
    t->report->counts.files++;
}

/* `fd` is a file or directory, or -1: it could not be opened. */
static void add_opened(tree_reader *t, int fd)
{
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        fail(t, "opening the file");
        if (fd >= 0)
            close(fd);
    } else if (S_ISDIR(status.st_mode)) {
        enter(t, fd, &status);
    } else if (S_ISREG(status.st_mode)) {
        begin_file(t, fd, &status);
    } else {
        close(fd);
        report_failure(t->report, path_of(t), BOXD_ERR_LOCAL_FILE,
                       "it is neither a file, a directory nor a link");
    }
}

static void add_link(tree_reader *t, const char *name, const struct stat *status)
{
    char target[4097];
    const ssize_t size = readlinkat(dirfd(current(t)->dir), name, target, sizeof target - 1);
    if (size < 0) {
        fail(t, "reading the link");
        return;
    }
    target[size] = '\0';
    if (add_header(t, status, &(tree_entry){.kind = ENTRY_LINK, .target = target}, -1))
        t->report->counts.links++;
}

static void follow_link(tree_reader *t)
{
    const int fd = local_open_beneath(t->root, path_of(t));
    if (fd < 0 && errno == EXDEV)
        report_failure(t->report, path_of(t), BOXD_ERR_LOCAL_FILE,
                       "the link is absolute, or leads out of the directory");
    else
        add_opened(t, fd);
}

/* Whether the options leave the entry out. A directory is left out only as a whole. */
static bool is_left_out(const tree_reader *t, mode_t mode)
{
    const bool is_link_to_skip = S_ISLNK(mode) && t->settings->links == BOXD_LINKS_SKIP;
    return !S_ISDIR(mode) && (is_link_to_skip || !path_filter_includes(&t->settings->filter, path_of(t)));
}

static void add_entry(tree_reader *t, const char *name)
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

/* The header again, with the real mode, and with the time after the entries were written. */
static void leave(tree_reader *t)
{
    const tree_level *l = current(t);
    set_path(t, NULL);
    if (l->announced)
        add_dir_header(t, l, path_of(t), 0);
    closedir(l->dir);
    t->depth--;
}

static void next_entry(tree_reader *t)
{
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
}

boxd_status tree_reader_open(tree_reader *t, const char *local_path, boxd_error *error)
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
                     PRINTABLE(local_path, 300), strerrordesc_np(reason));
}

/* ---- the archive ---- */

static size_t take_head(tree_reader *t, char *to, size_t capacity)
{
    size_t size = t->head.size - t->head_at;
    if (size > capacity)
        size = capacity;
    memcpy(to, t->head.data + t->head_at, size);
    t->head_at += size;
    if (t->head_at == t->head.size)
        t->head.size = t->head_at = 0;
    return size;
}

/* A file that became shorter, or cannot be read further, is completed with zeros: its size was sent. */
static void fill_damaged(tree_reader *t, char *to, size_t size, ssize_t got)
{
    if (!t->damaged && got == 0)
        report_failure(t->report, path_of(t), BOXD_ERR_INCOMPLETE,
                       "the file became shorter while it was read: its copy ends in zeros");
    else if (!t->damaged)
        fail(t, "reading the file");
    t->damaged = true;
    memset(to, 0, size);
}

static size_t take_data(tree_reader *t, char *to, size_t capacity)
{
    size_t size = t->left < capacity ? (size_t)t->left : capacity;
    ssize_t got = 0;
    do
        got = t->damaged ? 0 : read(t->fd, to, size);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        size = (size_t)got;
    else
        fill_damaged(t, to, size, got);
    t->left -= size;
    t->report->counts.bytes += size;
    return size;
}

static size_t take_padding(tree_reader *t, char *to, size_t capacity)
{
    const size_t size = t->padding < capacity ? t->padding : capacity;
    memset(to, 0, size);
    t->padding -= size;
    return size;
}

/* Bytes that are available without a further entry; 0: none are. */
static size_t take(tree_reader *t, char *to, size_t capacity)
{
    if (t->head_at < t->head.size)
        return take_head(t, to, capacity);
    if (t->left > 0)
        return take_data(t, to, capacity);
    close_file(t);
    return t->padding > 0 ? take_padding(t, to, capacity) : 0;
}

size_t tree_reader_read(tree_reader *t, char *to, size_t capacity, boxd_error *error)
{
    size_t size = 0;
    while (size < capacity && !t->head.failed && !t->path.failed && !t->report->no_memory) {
        const size_t took = take(t, to + size, capacity - size);
        size += took;
        if (took > 0)
            continue;
        if (t->depth > 0) {
            next_entry(t);
        } else if (t->ended) {
            break;
        } else {
            tar_add_end(&t->head);
            t->ended = true;
        }
    }
    if (t->head.failed || t->path.failed || t->report->no_memory)
        error_no_memory(error, "reading a local directory");
    return size;
}
