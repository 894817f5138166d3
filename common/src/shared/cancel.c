/*
 * cancel.c: cancel tokens: the program creates and fires them, operations register with them. Any thread. It
 * is in libboxd-common, so that one token serves clients of all libraries.
 */
#include "cancel.h"

#include "cancel_descriptor.h"
#include "mem.h"
#include "thread.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

struct boxd_cancel_token {
    atomic_uint refs;
    atomic_bool fired;
    /* The process that has registered entries. A child made by fork() has a copy of its parent's entries and
     * of a lock that may be held: it must touch neither. */
    atomic_int process;
    /* Or NULL. */
    cancel_descriptor *descriptor;
    struct {
        /* Taken before a loop's lock, never after it. */
        pthread_mutex_t lock;
        /* In the order of registration. */
        linked_list entries;
    } synced_data;
};

boxd_cancel_token *boxd_cancel_token_new(void)
{
    boxd_cancel_token *token = mem_calloc(1, sizeof *token);
    if (!token)
        return NULL;
    atomic_init(&token->refs, 1);
    pthread_mutex_init(&token->synced_data.lock, NULL);
    return token;
}

boxd_cancel_token *boxd_cancel_token_new_for_fd(int fd)
{
    boxd_cancel_token *token = boxd_cancel_token_new();
    if (!token)
        return NULL;
    token->descriptor = cancel_descriptor_new(token, fd);
    if (token->descriptor)
        return token;
    boxd_cancel_token_free(token);
    return NULL;
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
    cancel_descriptor_free(token->descriptor);
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
    for (list_node *node = token->synced_data.entries.first; node; node = node->next) {
        cancel_entry *entry = CONTAINER_OF(node, cancel_entry, node);
        entry->fired(entry);
    }
    pthread_mutex_unlock(&token->synced_data.lock);
    cancellation_restore(cancellation);
}

bool cancel_register(cancel_entry *entry, boxd_cancel_token *token, void (*fired)(cancel_entry *))
{
    pthread_mutex_lock(&token->synced_data.lock);
    atomic_store(&token->process,
                 getpid()); /* before `fired` is read: a thread that fires the token now waits for the lock */
    bool open = !atomic_load(&token->fired);
    if (open) {
        entry->token = token;
        entry->fired = fired;
        list_append(&token->synced_data.entries, &entry->node);
    }
    pthread_mutex_unlock(&token->synced_data.lock);
    return open;
}

void cancel_unregister(cancel_entry *entry)
{
    if (!entry->token)
        return;
    pthread_mutex_lock(&entry->token->synced_data.lock);
    list_remove(&entry->token->synced_data.entries, &entry->node);
    pthread_mutex_unlock(&entry->token->synced_data.lock);
    entry->token = NULL;
}
