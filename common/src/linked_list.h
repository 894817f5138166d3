/*
 * linked_list.h: a doubly linked list whose nodes are embedded in its elements: adding one allocates nothing
 * and cannot fail. A zeroed list is empty, and a list may be moved by assignment. An element is in one list
 * per node at a time; CONTAINER_OF() leads from the node to the element. The caller provides the lock, if
 * any.
 *
 *     for (list_node *node = list.first; node; node = node->next)
 *         element *e = CONTAINER_OF(node, element, node);
 */
#ifndef BOXD_LINKED_LIST_H
#define BOXD_LINKED_LIST_H

#include "container_of.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct list_node {
    struct list_node *previous, *next;
} list_node;

typedef struct linked_list {
    list_node *first, *last;
    size_t count;
} linked_list;

static inline bool list_is_empty(const linked_list *list)
{
    return list->first == NULL;
}

static inline void list_append(linked_list *list, list_node *node)
{
    node->next = NULL;
    node->previous = list->last;
    *(list->last ? &list->last->next : &list->first) = node;
    list->last = node;
    list->count++;
}

/* `node` must be in `list`. */
static inline void list_remove(linked_list *list, list_node *node)
{
    *(node->previous ? &node->previous->next : &list->first) = node->next;
    *(node->next ? &node->next->previous : &list->last) = node->previous;
    node->previous = node->next = NULL;
    list->count--;
}

/* Removes and returns the first node; NULL: the list is empty. */
static inline list_node *list_pop(linked_list *list)
{
    list_node *node = list->first;
    if (node)
        list_remove(list, node);
    return node;
}

/* Removes and returns all nodes, as a list. */
static inline linked_list list_take_all(linked_list *list)
{
    const linked_list taken = *list;
    *list = (linked_list){0};
    return taken;
}

#endif
