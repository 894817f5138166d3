/* tree_reader.c: writes a local directory as an archive. Called by upload_dir.c on the disk thread. */
#include "boxd/dirs/tree_reader.h"

#include "boxd/dirs/tar_header.h"
#include "errors.h"
#include "os/libc.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static void close_file(tree_reader *t)
{
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
}

static void on_found(void *owner, const tree_entry *e, int fd)
{
    tree_reader *t = owner;
    tar_add_header(&t->head, e);
    if (e->kind != ENTRY_FILE)
        return;
    t->fd = fd;
    t->left = e->size;
    t->padding = tar_padding(e->size);
    t->damaged = false;
    t->walk.report->counts.files++;
}

void tree_reader_init(tree_reader *t, const tree_settings *settings, transfer_report *report)
{
    *t = (tree_reader){.fd = -1};
    tree_walk_init(&t->walk, settings, report, on_found, t);
}

boxd_status tree_reader_open(tree_reader *t, const char *local_path, boxd_error *error)
{
    return tree_walk_open(&t->walk, local_path, error);
}

void tree_reader_free(tree_reader *t)
{
    tree_walk_free(&t->walk);
    close_file(t);
    text_free(&t->head);
}

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
        report_failure(t->walk.report, t->walk.path.data, BOXD_ERR_INCOMPLETE,
                       "the file became shorter while it was read: its copy ends in zeros");
    else if (!t->damaged)
        report_failure(t->walk.report, t->walk.path.data, BOXD_ERR_LOCAL_FILE, "reading the file failed (%s)",
                       ERRNO_TEXT(errno));
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
    t->walk.report->counts.bytes += size;
    return size;
}

static size_t take_padding(tree_reader *t, char *to, size_t capacity)
{
    const size_t size = t->padding < capacity ? t->padding : capacity;
    memset(to, 0, size);
    t->padding -= size;
    return size;
}

/* Takes bytes that are available without a further entry; 0: the next entry is needed. */
static size_t take(tree_reader *t, char *to, size_t capacity)
{
    if (t->head_at < t->head.size)
        return take_head(t, to, capacity);
    if (t->left > 0)
        return take_data(t, to, capacity);
    close_file(t);
    return t->padding > 0 ? take_padding(t, to, capacity) : 0;
}

static bool failed(const tree_reader *t)
{
    return t->head.failed || tree_walk_failed(&t->walk);
}

size_t tree_reader_read(tree_reader *t, char *to, size_t capacity, boxd_error *error)
{
    size_t size = 0;
    while (size < capacity && !failed(t)) {
        const size_t took = take(t, to + size, capacity - size);
        size += took;
        if (took > 0 || tree_walk_next(&t->walk))
            continue;
        if (t->ended)
            break;
        tar_add_end(&t->head);
        t->ended = true;
    }
    if (failed(t))
        error_no_memory(error, "reading a local directory");
    return size;
}
