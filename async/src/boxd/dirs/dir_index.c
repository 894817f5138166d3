/* dir_index.c: the list of a directory in a box. Called by dir_sync.c and tree_reader.c on the disk thread.
 */
#include "boxd/dirs/dir_index.h"

#include "boxd/dirs/content_sum.h"
#include "boxd/dirs/entry_path.h"
#include "boxd/dirs/entry_time.h"
#include "errors.h"
#include "mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int compare(const void *a, const void *b)
{
    const index_entry *left = a, *right = b;
    return strcmp(left->is.path, right->is.path);
}

/* Looks among the first `count` entries. */
static index_entry *find(const dir_index *index, size_t count, const char *path)
{
    const index_entry key = {.is.path = path};
    return count ? bsearch(&key, index->entries, count, sizeof key, compare) : NULL;
}

index_entry *dir_index_find(const dir_index *index, const char *path)
{
    return find(index, index->count, path);
}

index_entry *dir_index_parent(const dir_index *index, size_t at)
{
    char *path = (char *)(uintptr_t)index->entries[at].is.path; /* in `list` */
    char *slash = strrchr(path, '/');
    if (!slash)
        return NULL;
    *slash = '\0';
    index_entry *parent = find(index, at, path); /* it comes before its entries */
    *slash = '/';
    return parent;
}

static index_entry *add(dir_index *index)
{
    index_entry *entries = mem_grow(index->entries, index->count, &index->capacity, sizeof *entries);
    if (!entries)
        return NULL;
    index->entries = entries;
    index_entry *entry = &entries[index->count++];
    *entry = (index_entry){0};
    return entry;
}

/* The first letter of a mode, as `ls` shows it. */
static entry_kind kind_of(char letter)
{
    return letter == '-' ? ENTRY_FILE : letter == 'd' ? ENTRY_DIR : letter == 'l' ? ENTRY_LINK : ENTRY_OTHER;
}

/* "-rw-r--r-- 12 1700000000.5 644", which ends with NUL; with " n" at the end: see remote_list.c. Returns
 * whether it is there. */
static bool read_facts(tree_entry *e, const char *facts)
{
    char *end = NULL;
    e->kind = kind_of(*facts);
    facts = strchr(facts, ' ');
    if (!facts)
        return false;
    e->size = strtoull(facts, &end, 10);
    const char *time = end + (*end == ' ');
    end = entry_time_read_sum(time, &e->mtime_s, &e->mtime_ns);
    e->mode = (uint32_t)strtoul(end, &end, 8) & 07777;
    if (strcmp(end, " n") != 0)
        return false;
    (void)entry_time_read(time, &e->mtime_s, &e->mtime_ns); /* of stat, and not of find */
    return true;
}

/* Cuts the target out of "path -> target", which is escaped. */
static char *read_target(char *link, const char *path)
{
    const size_t size = strlen(path);
    entry_path_unescape(link);
    const bool has_target = strncmp(link, path, size) == 0 && strncmp(link + size, " -> ", 4) == 0;
    return has_target ? link + size + 4 : link + strlen(link);
}

/* "./a/b" and "a/b" are the same path, and so are "." and "". */
static const char *path_below(const char *path)
{
    const bool is_dot = path[0] == '.' && (path[1] == '/' || path[1] == '\0');
    return is_dot ? path + 1 + (path[1] == '/') : path;
}

/* Records of three texts that end with NUL: facts, target, path. Returns the end of the last complete one;
 * NULL: out of memory. */
static char *read_entries(dir_index *index, char *at, const char *end)
{
    while (at < end && *at) {
        char *facts = at, *target = facts + strlen(facts) + 1,
             *path = target < end ? target + strlen(target) + 1 : NULL;
        if (!path || path + strlen(path) >= end)
            return at;
        index_entry *entry = add(index);
        if (!entry)
            return NULL;
        if (read_facts(&entry->is, facts))
            target = read_target(target, path);
        entry->is.target = target;
        entry->is.path = path_below(path);
        at = path + strlen(path) + 1;
    }
    return at;
}

/* Whether a line of cksum begins here: "123 45 ./path". */
static bool is_sum(const char *line)
{
    const size_t sum = strspn(line, "0123456789"), size = sum ? strspn(line + sum + 1, "0123456789") : 0;
    return size > 0 && line[sum] == ' ' && strncmp(line + sum + 1 + size, " ./", 3) == 0;
}

/* The end of the line. A path may contain newlines. */
static char *end_of_line(char *line)
{
    char *end = strchr(line, '\n');
    while (end && end[1] && !is_sum(end + 1))
        end = strchr(end + 1, '\n');
    return end ? end : line + strlen(line);
}

static void read_sums(dir_index *index, char *at)
{
    while (is_sum(at)) {
        char *line = at, *end = end_of_line(line);
        at = end + (*end == '\n');
        *end = '\0';
        index_entry *entry = dir_index_find(index, strstr(line, " ./") + 3);
        if (entry) {
            entry->sum = (uint32_t)strtoul(line, NULL, 10);
            entry->has_sum = true;
        }
    }
}

boxd_status dir_index_read(dir_index *index, const char *list, size_t size, boxd_error *error)
{
    index->list = mem_alloc(size + 2);
    if (!index->list)
        return error_no_memory(error, "reading the list of a directory");
    memcpy(index->list, list, size);
    index->list[size] = index->list[size + 1] = '\0';
    char *sums = read_entries(index, index->list, index->list + size);
    if (!sums)
        return error_no_memory(error, "reading the list of a directory");
    const char *end = index->list + size;
    if (sums >= end || *sums || !memchr(sums + 1, 0, (size_t)(end - sums) - 1))
        return error_set_sent(error, BOXD_ERR_PROTOCOL, BOXD_SENT_YES,
                              "the list of the directory that the box sent is damaged: it has no end");
    if (index->count)
        qsort(index->entries, index->count, sizeof *index->entries, compare);
    read_sums(index, sums + 1); /* behind the empty text */
    return BOXD_OK;
}

/* Whether the file has the checksum. Its offset is at the start again afterwards. */
static bool has_sum(int fd, uint32_t wanted)
{
    char bytes[16384];
    content_sum sum;
    ssize_t got = 0;
    content_sum_begin(&sum);
    while ((got = read(fd, bytes, sizeof bytes)) > 0 || (got < 0 && errno == EINTR))
        if (got > 0)
            content_sum_add(&sum, bytes, (size_t)got);
    return lseek(fd, 0, SEEK_SET) == 0 && got == 0 && content_sum_end(&sum) == wanted;
}

static bool same_time(const tree_entry *a, const tree_entry *b)
{
    const bool whole = a->mtime_ns == 0 || b->mtime_ns == 0; /* one side keeps no fractions */
    return a->mtime_s == b->mtime_s && (whole || a->mtime_ns == b->mtime_ns);
}

bool index_entry_is_same(const index_entry *entry, const tree_entry *local, int fd)
{
    if (!entry || entry->is.kind != local->kind)
        return false;
    if (local->kind == ENTRY_LINK)
        return strcmp(entry->is.target, local->target) == 0;
    if (local->kind == ENTRY_DIR)
        return true;
    if (entry->is.size != local->size)
        return false;
    return fd >= 0 ? entry->has_sum && has_sum(fd, entry->sum) : same_time(&entry->is, local);
}

void dir_index_free(dir_index *index)
{
    mem_free(index->list);
    mem_free(index->entries);
    *index = (dir_index){0};
}
