/*
 * timer.c: a pairing heap of timers. Called by loop.c, on the loop's thread. Pure.
 */
#include "core/timer.h"

#include "core/clock.h"

#include <stddef.h>

/* Melds two trees into one: the root that is due earlier becomes the parent of the other. */
static timer *meld(timer *a, timer *b)
{
    if (!a || !b)
        return a ? a : b;
    if (b->when_ns < a->when_ns) {
        timer *later = a;
        a = b;
        b = later;
    }
    b->previous = a;
    b->sibling = a->child;
    if (a->child)
        a->child->previous = b;
    a->child = b;
    return a;
}

/* Melds a list of siblings into one tree: first in pairs, left to right, then the pairs, right to left. */
static timer *meld_siblings(timer *first)
{
    timer *pairs = NULL;
    while (first) {
        timer *a = first, *b = a->sibling;
        first = b ? b->sibling : NULL;
        a->sibling = a->previous = NULL;
        if (b)
            b->sibling = b->previous = NULL;
        timer *pair = meld(a, b);
        pair->sibling = pairs;
        pairs = pair;
    }
    timer *root = NULL;
    while (pairs) {
        timer *next = pairs->sibling;
        pairs->sibling = NULL;
        root = meld(root, pairs);
        pairs = next;
    }
    return root;
}

void timer_clear(timer_heap *heap, timer *t)
{
    if (!t->set)
        return;
    timer *rest = meld_siblings(t->child);
    if (t == heap->root) {
        heap->root = rest;
    } else {
        if (t->previous->child == t)
            t->previous->child = t->sibling;
        else
            t->previous->sibling = t->sibling;
        if (t->sibling)
            t->sibling->previous = t->previous;
        heap->root = meld(heap->root, rest);
    }
    t->child = t->sibling = t->previous = NULL;
    t->set = false;
}

void timer_set(timer_heap *heap, timer *t, int64_t when_ns, void (*run)(timer *))
{
    timer_clear(heap, t);
    *t = (timer){.when_ns = when_ns, .run = run, .set = true};
    heap->root = meld(heap->root, t);
}

int64_t timer_next(const timer_heap *heap)
{
    return heap->root ? heap->root->when_ns : CLOCK_NEVER;
}

void timer_run_due(timer_heap *heap, int64_t now_ns)
{
    while (heap->root && heap->root->when_ns <= now_ns) {
        timer *due = heap->root;
        timer_clear(heap, due);
        due->run(due);
    }
}
