/* dir_sync.c: compares directories. Called by upload_dir.c and download_dir.c on the core thread; compares on
 * the disk thread. */
#include "boxd/dirs/dir_sync.h"

#include "boxd/dirs/local_delete.h"
#include "boxd/dirs/local_open.h"
#include "errors.h"
#include "mem.h"
#include "os/libc.h"
#include "printable.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { MAX_MESSAGE_BYTES = 8 * 1024 * 1024 };

/* ---- comparing, on the disk thread ---- */

static void add_path(text *list, const char *path)
{
    text_add(list, "./");
    text_add_bytes(list, path, strlen(path) + 1);
}

/* Whether the patterns let the entry be transferred. */
static bool is_chosen(const dir_call *d, const index_entry *entry)
{
    const path_filter *filter = &d->settings.filter;
    if (entry->is.kind == ENTRY_LINK && d->settings.links == BOXD_LINKS_SKIP)
        return false;
    /* the path is in the memory of the index */
    if (path_filter_excludes_below(filter, (char *)(uintptr_t)entry->is.path))
        return false;
    return entry->is.kind == ENTRY_DIR ? !path_filter_is_selective(filter)
                                       : path_filter_includes(filter, entry->is.path);
}

static bool is_same(const dir_sync *s, int root, const index_entry *entry)
{
    char target[4097];
    tree_entry local;
    if (root < 0 || !local_stat(root, entry->is.path, false, &local, target, sizeof target))
        return false;
    const bool opens = s->by_content && local.kind == ENTRY_FILE && local.size == entry->is.size;
    const int fd = opens ? local_open_beneath(root, entry->is.path) : -1;
    if (opens && fd < 0)
        return false;
    const bool same = index_entry_is_same(entry, &local, fd);
    if (fd >= 0)
        close(fd);
    return same;
}

/* What the box sends: what differs, and all directories, whose times change with their entries. */
static void compare_from_box(dir_sync *s, dir_call *d, int root)
{
    if (s->deletes && root >= 0)
        local_delete(root, &s->index, &d->settings, &d->report);
    if (!path_filter_is_selective(&d->settings.filter))
        add_path(&s->wanted, "");
    for (size_t i = 0; i < s->index.count; i++) {
        const index_entry *entry = &s->index.entries[i];
        if (!is_chosen(d, entry))
            continue;
        if (entry->is.kind != ENTRY_DIR && is_same(s, root, entry))
            d->report.counts.unchanged++;
        else
            add_path(&s->wanted, entry->is.path);
    }
}

/* Whether the path certainly leads to no entry. Else it may exist: a directory may be unreadable. */
static bool is_missing(int reason)
{
    return reason == ENOENT || reason == ENOTDIR || reason == ELOOP;
}

/* What the box deletes: what does not exist here, or is of another kind. From the last path to the first, so
 * that a directory comes after its entries. */
static void compare_to_box(dir_sync *s, dir_call *d, int root)
{
    const bool follows = d->settings.links == BOXD_LINKS_FOLLOW;
    char target[4097];
    tree_entry local;
    for (size_t i = s->index.count; i-- > 0 && s->deletes;) {
        const index_entry *entry = &s->index.entries[i];
        if (!is_chosen(d, entry))
            continue;
        const bool exists = local_stat(root, entry->is.path, follows, &local, target, sizeof target);
        if (exists ? (local.kind == ENTRY_DIR) == (entry->is.kind == ENTRY_DIR) : !is_missing(errno))
            continue;
        add_path(&s->unwanted, entry->is.path);
        s->unwanted_count++;
    }
}

static void compare(dir_call *d)
{
    dir_sync *s = d->sync;
    const boxd_buffer *list = &d->exit->out;
    const int root = open(d->local_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (root < 0 && (errno != ENOENT || !s->from_box))
        error_set(&d->disk_failure, BOXD_ERR_LOCAL_FILE, "the local directory %s cannot be opened (%s)",
                  PRINTABLE(d->local_path, 300), ERRNO_TEXT(errno));
    else if (dir_index_read(&s->index, list->data, list->size, &d->disk_failure) == BOXD_OK) {
        if (s->from_box)
            compare_from_box(s, d, root);
        else
            compare_to_box(s, d, root);
    }
    if (s->wanted.failed || s->unwanted.failed || d->report.no_memory)
        error_no_memory(&d->disk_failure, "comparing directories");
    if (root >= 0)
        close(root);
}

/* ---- commands ---- */

static void run(dir_call *d, remote_command *command, const text *input)
{
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.in.mode = BOXD_INPUT_CLOSED;
    if (input)
        options.in = (boxd_input){.mode = BOXD_INPUT_BYTES, .data = input->data, .data_size = input->size};
    options.out.mode = BOXD_OUTPUT_KEEP;
    options.err = (boxd_output){.mode = BOXD_OUTPUT_HEAD, .keep_bytes = MAX_MESSAGE_BYTES};
    dir_call_run(d, command, &options);
}

/* Forgets a command that has ended. */
static void end_command(dir_call *d)
{
    boxd_process_free(d->process);
    d->process = NULL;
    boxd_exec_result_free(d->exit);
    d->exit = NULL;
}

/* True: the command has ended. */
static bool wait(dir_call *d)
{
    if (dir_call_has_step(d))
        return false;
    if (d->process && !d->exit)
        dir_call_wait(d);
    return d->exit != NULL;
}

static void list(dir_sync *s, dir_call *d)
{
    remote_command command;
    if (!d->process && !dir_call_has_step(d)) {
        remote_list(&command, &d->settings, s->by_content, d->path);
        run(d, &command, NULL);
    } else if (wait(d) && remote_judge_list(d->exit, s->from_box, d->path, d->request.subject, &d->report,
                                            &d->failure) == BOXD_OK) {
        /* else the list is not complete */
        s->deletes &= d->report.counts.failed == 0 && d->exit->exit_code == 0;
        s->phase = SYNC_COMPARING;
        dir_call_work(d, compare);
    }
}

static void delete_in_box(dir_sync *s, dir_call *d)
{
    remote_command command;
    if (!d->process && !dir_call_has_step(d)) {
        remote_delete(&command, d->path);
        run(d, &command, &s->unwanted);
    } else if (wait(d)) {
        d->report.counts.deleted = s->unwanted_count;
        remote_judge(d->exit, d->exit->out, d->path, d->request.subject, &d->report, &d->failure);
        end_command(d);
        s->phase = SYNC_READY;
    }
}

bool dir_sync_advance(dir_sync *s, dir_call *d)
{
    if (dir_call_is_ending(d))
        return false;
    if (s->phase == SYNC_LISTING)
        list(s, d);
    if (s->phase == SYNC_COMPARING && !d->disk_busy && !dir_call_is_ending(d)) {
        end_command(d);
        s->phase = s->unwanted_count > 0 ? SYNC_DELETING : SYNC_READY;
    }
    if (s->phase == SYNC_DELETING)
        delete_in_box(s, d);
    return s->phase == SYNC_READY && !dir_call_is_ending(d);
}

void dir_sync_free(dir_sync *s)
{
    dir_index_free(&s->index);
    text_free(&s->wanted);
    text_free(&s->unwanted);
}
