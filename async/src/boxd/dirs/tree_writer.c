/* tree_writer.c: entries of an archive as local files. Called by download_dir.c on the disk thread. */
#include "boxd/dirs/tree_writer.h"

#include "boxd/dirs/entry_path.h"
#include "errors.h"
#include "mem.h"
#include "os/libc.h"
#include "printable.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void tree_writer_init(tree_writer *w, const tree_settings *settings, transfer_report *report,
                      uint64_t max_bytes)
{
    *w = (tree_writer){.settings = settings, .report = report, .max_bytes = max_bytes, .file.fd = -1};
    w->failure = (boxd_error)BOXD_ERROR_INIT;
}

/* The bits of a mode that `all_modes` copies: the box must not make programs that run as the user of this
 * process. */
enum { KEPT_MODES = 01777 };

static void set_no_memory(tree_writer *w)
{
    error_no_memory(&w->failure, "writing a local directory");
}

/* Why the current entry was not made: errno, or a sentence. */
static void fail(tree_writer *w, const writer_file *f, const char *doing)
{
    report_failure(w->report, f->path, BOXD_ERR_LOCAL_FILE, "%s failed (%s)", doing, ERRNO_TEXT(errno));
}

static void refuse(tree_writer *w, const char *path, const char *why)
{
    report_failure(w->report, path, BOXD_ERR_PROTOCOL, "the box sent an entry that was refused: %s", why);
}

/* ---- directories ---- */

static writer_level *current(const tree_writer *w)
{
    return &w->levels[w->depth - 1];
}

static void set_times(const tree_writer *w, int fd, int64_t seconds, uint32_t fraction)
{
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {(time_t)seconds, (long)fraction}};
    if (!w->settings->new_times)
        (void)futimens(fd, times);
}

/* Leaves the innermost directory. */
static void leave(tree_writer *w)
{
    const writer_level *l = current(w);
    struct stat status;
    if (l->has_entry && w->settings->all_modes)
        (void)fchmod(l->fd, l->mode & KEPT_MODES);
    else if (l->has_entry && l->is_new && fstat(l->fd, &status) == 0)
        (void)fchmod(l->fd, status.st_mode & l->mode & 0777);
    if (l->has_entry)
        set_times(w, l->fd, l->mtime_s, l->mtime_ns);
    close(l->fd);
    if (--w->depth > 0)
        w->path.size = current(w)->path_size;
}

static bool push(tree_writer *w, int fd, bool is_new)
{
    writer_level *levels = mem_grow(w->levels, w->depth, &w->capacity, sizeof *levels);
    if (!levels) {
        close(fd);
        set_no_memory(w);
        return false;
    }
    w->levels = levels;
    w->levels[w->depth++] = (writer_level){.fd = fd, .path_size = w->path.size, .is_new = is_new};
    return true;
}

/* Opens or makes the directory `name` in the current one, and enters it. */
static bool enter(tree_writer *w, const char *name)
{
    const int parent = current(w)->fd;
    const bool is_new = mkdirat(parent, name, 0777) == 0;
    const int reason = errno;
    const int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (w->depth >= TREE_MAX_DEPTH) {
        report_failure(w->report, w->file.path, BOXD_ERR_LOCAL_FILE, "it is more than %d directories deep",
                       TREE_MAX_DEPTH);
        if (fd >= 0)
            close(fd);
        return false;
    }
    if (fd < 0) {
        if (errno == ENOENT && !is_new)
            errno = reason;
        if (errno == ENOTDIR || errno == ELOOP)
            report_failure(w->report, w->file.path, BOXD_ERR_LOCAL_FILE,
                           "a file or a link has the name of a directory of its path");
        else
            fail(w, &w->file, "making the directory");
        return false;
    }
    if (w->path.size > 0)
        text_add(&w->path, "/");
    text_add(&w->path, name);
    if (w->path.failed) {
        close(fd);
        set_no_memory(w);
        return false;
    }
    return push(w, fd, is_new);
}

/* Enters the directory whose path is the first `size` bytes of `path`: leaves those that do not contain it.
 */
static bool go_to(tree_writer *w, const char *path, size_t size)
{
    char name[NAME_MAX + 1];
    while (w->depth > 1 && !entry_path_is_below(path, size, w->path.data, w->path.size))
        leave(w);
    for (size_t at = w->path.size; at < size;) {
        const char *start = path + at + (at > 0), *end = memchr(start, '/', (size_t)(path + size - start));
        const size_t length = (size_t)((end ? end : path + size) - start);
        if (length > NAME_MAX) {
            errno = ENAMETOOLONG;
            fail(w, &w->file, "making the directory");
            return false;
        }
        memcpy(name, start, length);
        name[length] = '\0';
        if (!enter(w, name))
            return false;
        at = (size_t)(start - path) + length;
    }
    return true;
}

/* The directory is the current one, and gets its mode and time when it is left. */
static void set_entry(tree_writer *w, const tree_entry *e)
{
    writer_level *l = current(w);
    l->has_entry = true;
    l->mode = e->mode;
    l->mtime_s = e->mtime_s;
    l->mtime_ns = e->mtime_ns;
}

static void make_dir(tree_writer *w, const tree_entry *e)
{
    if (path_filter_is_selective(&w->settings->filter) || !go_to(w, w->file.path, strlen(w->file.path)))
        return;
    if (!w->defers_dirs)
        set_entry(w, e);
    w->made_dir = current(w)->is_new;
    if (w->made_dir)
        report_copy(w->report, w->file.path);
    w->report->counts.directories++;
}

void tree_writer_end_dir(tree_writer *w, const tree_entry *e, bool made)
{
    mem_free(w->file.path);
    w->file = (writer_file){.fd = -1, .path = mem_strdup(e->path)};
    if (!w->file.path)
        set_no_memory(w);
    else if (entry_path_clean(w->file.path) && go_to(w, w->file.path, strlen(w->file.path))) {
        current(w)->is_new |= made;
        set_entry(w, e);
    }
}

/* ---- names in a directory ---- */

static const char *name_of(const writer_file *f)
{
    const char *slash = strrchr(f->path, '/');
    return slash ? slash + 1 : f->path;
}

/* Makes the entry under its own name, or, if another file has that name, under a temporary one. `make`
 * returns less than 0 and sets errno. */
static int make_entry(tree_writer *w, int (*make)(tree_writer *w, int dir, const char *name))
{
    writer_file *f = &w->file;
    struct stat status;
    f->dir = current(w)->fd;
    f->temporary[0] = '\0';
    int made = make(w, f->dir, name_of(f));
    if (made >= 0 || errno != EEXIST)
        return made;
    if (fstatat(f->dir, name_of(f), &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        return -1;
    }
    for (int tries = 0; tries < 100 && made < 0 && errno == EEXIST; tries++) {
        temporary_name(f->temporary);
        made = make(w, f->dir, f->temporary);
    }
    return made;
}

static const char *current_name(const writer_file *f)
{
    return f->temporary[0] ? f->temporary : name_of(f);
}

/* Gives the entry its own name. */
static bool commit(tree_writer *w, const writer_file *f)
{
    if (!f->temporary[0])
        return true;
    if (renameat(f->dir, f->temporary, f->dir, name_of(f)) == 0) {
        if (f->entry.kind == ENTRY_HARD_LINK) /* both may be names of one file: then renaming does nothing */
            (void)unlinkat(f->dir, f->temporary, 0);
        return true;
    }
    fail(w, f, "replacing the file");
    (void)unlinkat(f->dir, f->temporary, 0);
    return false;
}

/* ---- files ---- */

static int create_file(tree_writer *w, int dir, const char *name)
{
    return openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, w->file.entry.mode & 0777);
}

static void begin_file(tree_writer *w)
{
    w->file.fd = make_entry(w, create_file);
    if (w->file.fd < 0)
        fail(w, &w->file, "making the file");
}

/* Gives the file up. */
static void drop_file(writer_file *f)
{
    close(f->fd);
    f->fd = -1;
    (void)unlinkat(f->dir, current_name(f), 0);
}

void tree_writer_data(tree_writer *w, const char *bytes, size_t size)
{
    if (w->file.fd < 0)
        return;
    w->report->counts.bytes += size;
    (void)report_check_bytes(w->report->counts.bytes, w->max_bytes, &w->failure);
    while (size > 0) {
        const ssize_t wrote = write(w->file.fd, bytes, size);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote < 0) {
            fail(w, &w->file, "writing the file");
            drop_file(&w->file);
            return;
        }
        bytes += wrote;
        size -= (size_t)wrote;
    }
}

static void end_file(tree_writer *w, writer_file *f)
{
    if (f->fd < 0)
        return;
    if (w->settings->all_modes)
        (void)fchmod(f->fd, f->entry.mode & KEPT_MODES);
    set_times(w, f->fd, f->entry.mtime_s, f->entry.mtime_ns);
    const int failed = close(f->fd);
    f->fd = -1;
    if (failed) {
        fail(w, f, "writing the file");
        (void)unlinkat(f->dir, current_name(f), 0);
    } else if (commit(w, f)) {
        w->report->counts.files++;
        report_copy(w->report, f->path);
    }
}

void tree_writer_end(tree_writer *w)
{
    end_file(w, &w->file);
}

bool tree_writer_take(tree_writer *w, writer_file *f)
{
    if (w->file.fd < 0)
        return false;
    *f = w->file;
    f->dir = fcntl(w->file.dir, F_DUPFD_CLOEXEC, 0);
    if (f->dir < 0) {
        fail(w, &w->file, "making the file");
        drop_file(&w->file);
        return false;
    }
    w->file = (writer_file){.fd = -1};
    return true;
}

void tree_writer_end_taken(tree_writer *w, writer_file *f, bool complete)
{
    if (complete)
        end_file(w, f);
    else
        drop_file(f);
    close(f->dir);
    mem_free(f->path);
    *f = (writer_file){.fd = -1, .dir = -1};
}

/* ---- links ---- */

static int create_link(tree_writer *w, int dir, const char *name)
{
    return symlinkat(w->file.entry.target, dir, name);
}

static void make_link(tree_writer *w)
{
    writer_file *f = &w->file;
    const struct timespec times[2] = {{.tv_nsec = UTIME_OMIT},
                                      {(time_t)f->entry.mtime_s, (long)f->entry.mtime_ns}};
    if (make_entry(w, create_link) < 0) {
        fail(w, f, "making the link");
        return;
    }
    if (!w->settings->new_times)
        (void)utimensat(f->dir, current_name(f), times, AT_SYMLINK_NOFOLLOW);
    if (commit(w, f)) {
        w->report->counts.links++;
        report_copy(w->report, f->path);
    }
}

/* Opens the directory of a path below the root, without following links. */
static int open_dir_of(const tree_writer *w, char *path)
{
    int fd = fcntl(w->levels[0].fd, F_DUPFD_CLOEXEC, 0);
    char *name = path;
    for (char *end = strchr(name, '/'); end && fd >= 0; name = end + 1, end = strchr(name, '/')) {
        *end = '\0';
        const int next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        *end = '/';
        close(fd);
        fd = next;
    }
    return fd;
}

static int create_hard_link(tree_writer *w, int dir, const char *name)
{
    char *target = (char *)(uintptr_t)w->file.entry.target; /* a copy: see make_hard_link() */
    const char *slash = strrchr(target, '/'), *last = slash ? slash + 1 : target;
    struct stat status;
    const int from = open_dir_of(w, target);
    int made = -1;
    if (from >= 0 && fstatat(from, last, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EPERM;
        if (S_ISREG(status.st_mode))
            made = linkat(from, last, dir, name, 0);
    }
    const int reason = errno;
    if (from >= 0)
        close(from);
    errno = reason;
    return made;
}

static void make_hard_link(tree_writer *w)
{
    char *target = mem_strdup(w->file.entry.target);
    w->file.entry.target = target;
    if (!target)
        set_no_memory(w);
    else if (!entry_path_clean(target) || !*target)
        refuse(w, w->file.path, "a hard link to a file outside of the directory");
    else if (make_entry(w, create_hard_link) < 0)
        fail(w, &w->file, "making the hard link");
    else if (commit(w, &w->file)) {
        w->report->counts.files++;
        report_copy(w->report, w->file.path);
    }
    mem_free(target);
}

/* ---- entries ---- */

static bool is_wanted(const tree_writer *w, const tree_entry *e)
{
    return !path_filter_excludes_below(&w->settings->filter, w->file.path) &&
           (e->kind == ENTRY_DIR || tree_settings_choose(w->settings, e->kind, w->file.path));
}

static void make(tree_writer *w, const tree_entry *e)
{
    static void (*const makers[])(tree_writer * w) = {
        [ENTRY_FILE] = begin_file, [ENTRY_LINK] = make_link, [ENTRY_HARD_LINK] = make_hard_link};
    const char *slash = strrchr(w->file.path, '/');
    const size_t dir_size = slash ? (size_t)(slash - w->file.path) : 0;
    if (e->kind == ENTRY_OTHER || !*w->file.path)
        refuse(w, w->file.path, "it is neither a file, a directory nor a link");
    else if (go_to(w, w->file.path, dir_size))
        makers[e->kind](w);
}

void tree_writer_entry(tree_writer *w, const tree_entry *e)
{
    mem_free(w->file.path);
    w->made_dir = false;
    w->file = (writer_file){.fd = -1, .entry = *e, .path = mem_strdup(e->path)};
    if (!w->file.path)
        set_no_memory(w);
    else if (strlen(e->path) >= PATH_MAX)
        refuse(w, e->path, "its path is too long");
    else if (!entry_path_clean(w->file.path))
        refuse(w, e->path, "its path leads out of the directory");
    else if (!is_wanted(w, e))
        w->report->counts.skipped++;
    else if (e->kind == ENTRY_DIR)
        make_dir(w, e);
    else
        make(w, e);
}

/* ---- the directory ---- */

boxd_status tree_writer_open(tree_writer *w, const char *local_path, bool makes, boxd_error *error)
{
    if (w->depth > 0)
        return BOXD_OK;
    const bool is_new = makes && mkdir(local_path, 0777) == 0;
    const int fd = open(local_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT && !makes)
        return BOXD_OK;
    if (fd < 0)
        return error_set(error, BOXD_ERR_LOCAL_FILE, "the local directory %s cannot be %s (%s)",
                         PRINTABLE(local_path, 300), errno == ENOENT ? "made" : "opened", ERRNO_TEXT(errno));
    text_add(&w->path, "");
    if (!w->path.failed && push(w, fd, is_new))
        return BOXD_OK;
    if (w->path.failed)
        close(fd);
    return error_no_memory(error, "writing a local directory");
}

void tree_writer_close(tree_writer *w, bool complete)
{
    if (w->file.fd >= 0 && !complete)
        drop_file(&w->file);
    while (w->depth > 0)
        leave(w);
}

void tree_writer_free(tree_writer *w)
{
    tree_writer_close(w, false);
    mem_free(w->levels);
    mem_free(w->file.path);
    text_free(&w->path);
}
