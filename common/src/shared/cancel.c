#include "cancel.h"

#include "mem.h"
#include "thread.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

struct boxd_cancel_token {
    atomic_uint refs;
    atomic_bool fired;
    atomic_int process; /* whose calls use it, once there was one: in a child made by fork() those of its
                         * parent are not, nor whoever holds the lock */
    struct {
        pthread_mutex_t lock;          /* taken before a loop's lock, never after */
        cancel_entry *entries, **last; /* in the order of registration */
    } synced_data;
};

boxd_cancel_token *boxd_cancel_token_new(void)
{
    boxd_cancel_token *token = mem_calloc(1, sizeof *token);
    if (!token)
        return NULL;
    atomic_init(&token->refs, 1);
    pthread_mutex_init(&token->synced_data.lock, NULL);
    token->synced_data.last = &token->synced_data.entries;
    return token;
}

boxd_cancel_token *cancel_token_ref(boxd_cancel_token *token)
{
    if (token)
        atomic_fetch_add_explicit(&token->refs, 1, memory_order_relaxed);
    return token;
}

void boxd_cancel_token_free(boxd_cancel_token *token)
{
    if (!token || atomic_fetch_sub_explicit(&token->refs, 1, memory_order_acq_rel) != 1)
        return;
    pthread_mutex_destroy(&token->synced_data.lock);
    mem_free(token);
}

bool boxd_cancel_token_is_cancelled(const boxd_cancel_token *token)
{
    return token && atomic_load(&token->fired);
}

void boxd_cancel_token_cancel(boxd_cancel_token *token)
{
    if (!token || atomic_exchange(&token->fired, true) || atomic_load(&token->process) != getpid())
        return;
    const int cancellation = cancellation_off();
    pthread_mutex_lock(&token->synced_data.lock);
    for (cancel_entry *entry = token->synced_data.entries; entry; entry = entry->next)
        entry->fired(entry);
    pthread_mutex_unlock(&token->synced_data.lock);
    cancellation_restore(cancellation);
}

bool cancel_register(cancel_entry *entry, boxd_cancel_token *token, void (*fired)(cancel_entry *))
{
    pthread_mutex_lock(&token->synced_data.lock);
    atomic_store(&token->process, getpid()); /* before the look: whoever fires it now waits for the lock */
    bool open = !atomic_load(&token->fired);
    if (open) {
        entry->token = token;
        entry->fired = fired;
        entry->next = NULL;
        entry->link = token->synced_data.last;
        *entry->link = entry;
        token->synced_data.last = &entry->next;
    }
    pthread_mutex_unlock(&token->synced_data.lock);
    return open;
}

void cancel_unregister(cancel_entry *entry)
{
    if (!entry->token)
        return;
    pthread_mutex_lock(&entry->token->synced_data.lock);
    *entry->link = entry->next;
    if (entry->next)
        entry->next->link = entry->link;
    else
        entry->token->synced_data.last = entry->link;
    pthread_mutex_unlock(&entry->token->synced_data.lock);
    entry->token = NULL;
}
