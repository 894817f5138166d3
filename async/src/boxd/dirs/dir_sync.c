/* dir_sync.c: compares directories. Called by upload_dir.c and download_dir.c on the core thread; compares on
 * the disk thread. */
#include "boxd/dirs/dir_sync.h"

#include "boxd/dirs/entry_path.h"
#include "boxd/dirs/local_delete.h"
#include "boxd/dirs/remote_result.h"
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

/* ---- comparing, on the disk thread ---- */

static void add_path(text *list, const char *path)
{
    text_add(list, "./");
    text_add_bytes(list, path, strlen(path) + 1);
}

/* Whether the patterns let the entry be transferred. */
static bool is_chosen(const dir_call *d, const index_entry *entry)
{
    char *path = (char *)(uintptr_t)entry->is.path; /* in the memory of the index */
    return !path_filter_excludes_below(&d->settings.filter, path) &&
           tree_settings_choose(&d->settings, entry->is.kind, path);
}

static entry_kind kind_of(mode_t mode)
{
    return S_ISREG(mode) ? ENTRY_FILE : S_ISDIR(mode) ? ENTRY_DIR : S_ISLNK(mode) ? ENTRY_LINK : ENTRY_OTHER;
}

/* Fills `e` for the local entry at `path`, without its path: see path_stat_beneath(). */
static bool local_stat(int root, const char *path, bool follows, tree_entry *e, char *target, size_t size)
{
    struct stat status;
    if (!path_stat_beneath(root, path, follows, &status, target, size))
        return false;
    const struct timespec modified = libc_modified_at(&status);
    *e = (tree_entry){.kind = kind_of(status.st_mode),
                      .target = target,
                      .size = (uint64_t)status.st_size,
                      .mtime_s = modified.tv_sec,
                      .mtime_ns = (uint32_t)modified.tv_nsec};
    return true;
}

static bool is_same(const dir_sync *s, int root, const index_entry *entry)
{
    char target[4097];
    tree_entry local;
    if (root < 0 || !local_stat(root, entry->is.path, false, &local, target, sizeof target))
        return false;
    const bool opens = s->by_content && local.kind == ENTRY_FILE && local.size == entry->is.size;
    const int fd = opens ? path_open_beneath(root, entry->is.path) : -1;
    if (opens && fd < 0)
        return false;
    const bool same = index_entry_is_same(entry, &local, fd);
    if (fd >= 0)
        close(fd);
    return same;
}

/* ---- a dry run ---- */

/* Whether the directory exists here, before the copy and after the deletions. */
static bool has_local_dir(int root, const char *path)
{
    char target[4097];
    tree_entry local;
    return root >= 0 && (!*path || (local_stat(root, path, false, &local, target, sizeof target) &&
                                    local.kind == ENTRY_DIR));
}

/* Counts and reports an entry as a copy out of the box would. */
static void preview_entry(dir_call *d, int root, const tree_entry *e)
{
    transfer_report *report = &d->report;
    char *path = (char *)(uintptr_t)e->path; /* in the memory of the index */
    if (!entry_path_clean(path)) {
        report_failure(report, path, BOXD_ERR_PROTOCOL, "its path leads out of the directory");
    } else if (e->kind == ENTRY_OTHER) {
        report_failure(report, path, BOXD_ERR_PROTOCOL, "it is neither a file, a directory nor a link");
    } else if (e->kind == ENTRY_LINK && d->settings.links == BOXD_LINKS_FOLLOW) {
        report_failure(report, path, BOXD_ERR_FAILED, "the link leads nowhere");
    } else {
        report->counts.files += e->kind == ENTRY_FILE;
        report->counts.directories += e->kind == ENTRY_DIR;
        report->counts.links += e->kind == ENTRY_LINK;
        report->counts.bytes += e->kind == ENTRY_FILE ? e->size : 0;
        if (e->kind != ENTRY_DIR || !has_local_dir(root, path))
            report_copy(report, path);
    }
}

static void preview_copies(const dir_sync *s, dir_call *d, int root)
{
    for (size_t i = 0; i < s->index.count; i++)
        if (s->index.entries[i].wanted)
            preview_entry(d, root, &s->index.entries[i].is);
    (void)report_check_bytes(d->report.counts.bytes, d->max_bytes, &d->disk_failure);
}

/* ---- comparing ---- */

/* What the box sends: what differs, and all directories, whose times change with their entries. */
static void compare_from_box(dir_sync *s, dir_call *d, int root)
{
    if (s->deletes && root >= 0)
        local_delete(root, &s->index, &d->settings, &d->report);
    for (size_t i = 0; i < s->index.count; i++) {
        index_entry *entry = &s->index.entries[i];
        if (!is_chosen(d, entry))
            continue;
        entry->wanted = entry->is.kind == ENTRY_DIR || s->copies_all || !is_same(s, root, entry);
        if (!entry->wanted)
            d->report.counts.unchanged++;
        else if (!s->copies_all && !d->settings.dry_run)
            add_path(&s->wanted, entry->is.path);
    }
    if (d->settings.dry_run)
        preview_copies(s, d, root);
}

/* Whether the path certainly leads to no entry. Else it may exist: a directory may be unreadable. */
static bool is_missing(int reason)
{
    return reason == ENOENT || reason == ENOTDIR || reason == ELOOP;
}

/* Whether the entry of the box is to be deleted: it does not exist here, or is of another kind. */
static bool is_unwanted(const dir_call *d, int root, const index_entry *entry)
{
    const bool follows = d->settings.links == BOXD_LINKS_FOLLOW;
    char target[4097];
    tree_entry local;
    if (!*entry->is.path || entry->kept || !is_chosen(d, entry))
        return false;
    if (local_stat(root, entry->is.path, follows, &local, target, sizeof target))
        return (local.kind == ENTRY_DIR) != (entry->is.kind == ENTRY_DIR);
    return is_missing(errno);
}

/* Counts and reports what is unwanted, in the order in which it is deleted. */
static void report_deletions(const dir_sync *s, transfer_report *report)
{
    for (size_t i = s->index.count; i-- > 0;)
        if (s->index.entries[i].unwanted)
            report_deletion(report, s->index.entries[i].is.path);
}

/* Finds what the box deletes. From the last path to the first, so that a directory comes after its entries:
 * it stays if one of them stays. */
static void compare_to_box(dir_sync *s, dir_call *d, int root)
{
    for (size_t i = s->index.count; i-- > 0 && s->deletes;) {
        index_entry *entry = &s->index.entries[i], *parent = NULL;
        entry->unwanted = is_unwanted(d, root, entry);
        if (!entry->unwanted && (parent = dir_index_parent(&s->index, i)) != NULL)
            parent->kept = true;
        if (entry->unwanted && !d->settings.dry_run)
            remote_delete_entry(&s->unwanted, entry->is.kind == ENTRY_DIR, entry->is.path);
    }
    remote_delete_end(&s->unwanted);
    if (d->settings.dry_run)
        report_deletions(s, &d->report);
}

static void compare(dir_call *d)
{
    dir_sync *s = d->sync;
    const boxd_buffer *list = &d->exit->out;
    const int root = open(d->local_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 && (errno != ENOENT || !s->from_box))
        error_set(&d->disk_failure, BOXD_ERR_LOCAL_FILE, "the local directory %s cannot be opened (%s)",
                  PRINTABLE(d->local_path, 300), ERRNO_TEXT(errno));
    else if (remote_is_missing(d->exit) ||
             dir_index_read(&s->index, list->data, list->size, &d->disk_failure) == BOXD_OK) {
        if (s->from_box)
            compare_from_box(s, d, root);
        else
            compare_to_box(s, d, root);
    }
    if (s->wanted.failed || s->unwanted.input.failed || d->report.no_memory)
        error_no_memory(&d->disk_failure, "comparing directories");
    if (root >= 0)
        close(root);
}

/* ---- commands ---- */

static void make_list(dir_call *d, remote_command *c)
{
    const dir_sync *s = d->sync;
    const list_settings settings = {
        .filter = &d->settings.filter,
        .follows = s->from_box && d->settings.links == BOXD_LINKS_FOLLOW,
        .by_content = s->by_content,
        /* the box keeps the directories of excluded entries, which a dry run has to find out */
        .shows_excluded = d->settings.dry_run && s->deletes && !s->from_box};
    remote_list(c, &settings, d->path);
}

static void list(dir_sync *s, dir_call *d)
{
    if (!dir_call_command(d, make_list, NULL) ||
        remote_judge_list(d->exit, s->from_box, d->path, d->request.subject, &d->report, &d->failure) !=
            BOXD_OK)
        return;
    /* else the list is not complete */
    s->deletes &= d->report.counts.failed == 0 && d->exit->exit_code == 0;
    s->phase = SYNC_COMPARING;
    dir_call_work(d, compare);
}

static void make_deletion(dir_call *d, remote_command *c)
{
    remote_delete(c, d->path);
}

static void delete_in_box(dir_sync *s, dir_call *d)
{
    if (!dir_call_command(d, make_deletion, &s->unwanted.input))
        return;
    if (remote_judge_deletion(d->exit, &s->index, d->path, d->request.subject, &d->report, &d->failure) ==
        BOXD_OK)
        report_deletions(s, &d->report);
    dir_call_end_command(d);
    s->phase = SYNC_READY;
}

bool dir_sync_advance(dir_sync *s, dir_call *d)
{
    if (dir_call_is_ending(d))
        return false;
    if (s->phase == SYNC_LISTING)
        list(s, d);
    if (s->phase == SYNC_COMPARING && !d->disk_busy && !dir_call_is_ending(d)) {
        dir_call_end_command(d);
        s->phase = s->unwanted.count > 0 ? SYNC_DELETING : SYNC_READY;
    }
    if (s->phase == SYNC_DELETING)
        delete_in_box(s, d);
    return s->phase == SYNC_READY && !dir_call_is_ending(d);
}

void dir_sync_free(dir_sync *s)
{
    dir_index_free(&s->index);
    text_free(&s->wanted);
    text_free(&s->unwanted.input);
}
