/* change_queue.c: passes the changes of a transfer to the program. Changes are added on the disk thread and
 * the core thread; the program is called where its callbacks run. */
#include "boxd/dirs/change_queue.h"

#include <string.h>

void change_queue_init(change_queue *q, boxd_dir_change_cb callback, void *user_data)
{
    *q = (change_queue){.callback = callback, .user_data = user_data};
    mutex_init(&q->lock);
}

void change_queue_free(change_queue *q)
{
    text_free(&q->synced_data.records);
    mutex_destroy(&q->lock);
}

bool change_queue_add(change_queue *q, boxd_dir_change_kind kind, const char *path)
{
    const size_t size = strlen(path) + 1;
    if (!q->callback)
        return true;
    mutex_lock(&q->lock);
    char *record = text_extend(&q->synced_data.records, 1 + size);
    if (record) {
        record[0] = (char)kind;
        memcpy(record + 1, path, size);
    }
    mutex_unlock(&q->lock);
    return record != NULL;
}

bool change_queue_has_changes(change_queue *q)
{
    if (!q->callback)
        return false;
    mutex_lock(&q->lock);
    const bool has_changes = q->synced_data.records.size > 0;
    mutex_unlock(&q->lock);
    return has_changes;
}

bool change_queue_await(change_queue *q)
{
    if (!q->callback)
        return false;
    mutex_lock(&q->lock);
    const bool awaits = q->synced_data.records.size > CHANGE_QUEUE_BYTES;
    q->synced_data.awaited |= awaits;
    mutex_unlock(&q->lock);
    return awaits;
}

bool change_queue_call(change_queue *q)
{
    if (!q->callback)
        return false;
    mutex_lock(&q->lock);
    text records = q->synced_data.records;
    const bool awaited = q->synced_data.awaited;
    q->synced_data.records = (text)TEXT_INIT;
    q->synced_data.awaited = false;
    mutex_unlock(&q->lock);
    for (size_t at = 0; at < records.size; at += 1 + strlen(records.data + at + 1) + 1) {
        const boxd_dir_change change = {(boxd_dir_change_kind)records.data[at], records.data + at + 1};
        q->callback(&change, q->user_data);
    }
    text_free(&records);
    return awaited;
}
