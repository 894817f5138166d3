/*
 * output.h: the output of a command: kept for its result, counted, or held for a read or a descriptor.
 *
 * A passive part of a process (process_state.h). Core thread, except output_init() and output_clear().
 */
#ifndef BOXD_OUTPUT_H
#define BOXD_OUTPUT_H

#include "grpc/payload.h"
#include "linked_list.h"
#include "text.h"

#include <boxd/types/exec.h>
#include <boxd/types/process.h>

typedef enum { SIDE_OUT, SIDE_ERR, SIDES } side_index;

/* The bytes of one message or of several, until the program takes them. */
typedef struct chunk {
    boxd_chunk public;
    /* The bytes, if `own` does not hold them. */
    char *kept;
    list_node node;
    /* The position in the order of arrival. */
    uint64_t number;
    /* The bytes that `own` or `kept` can hold. */
    size_t capacity;
    uint8_t own[];
} chunk;

typedef struct side {
    /* Never BOXD_OUTPUT_DEFAULT. */
    boxd_output_mode mode;
    /* For a head or tail: how many bytes are kept. For a descriptor: how many are written; SIZE_MAX: all. */
    size_t keep_bytes;
    text kept;
    /* Bytes that arrived, and how many of them were not kept. */
    uint64_t bytes, dropped;
    /* The chunks of a pipe or descriptor that were not taken yet. */
    linked_list chunks;
    /* The size of the last chunk that was taken. */
    size_t taken;
} side;

typedef struct output {
    side sides[SIDES];
    /* The limit for kept output, both sides together, and whether it was exceeded. */
    size_t max_bytes;
    bool too_much;
    /* The memory of the chunks, and how much of it is free in the newest chunk. When the chunks hold
     * max_held, no further message is requested. */
    size_t held, spare, max_held;
    /* The number of the next chunk. */
    uint64_t next_number;
} output;

/* Reads checked `options`. `streams`: BOXD_OUTPUT_DEFAULT is a pipe. Any thread. */
void output_init(output *o, const boxd_exec_options *options, bool streams);
void output_clear(output *o);

/* Whether output of `mode` is held until it is taken. */
static inline bool output_holds(boxd_output_mode mode)
{
    return mode == BOXD_OUTPUT_PIPE || mode == BOXD_OUTPUT_FD;
}

/* Adds the bytes of a message. False: out of memory. */
bool output_add(output *o, side_index where, const payload *p);

/* Takes the kept output of a side, NUL-terminated; the caller frees it. NULL: out of memory. */
char *output_take_kept(output *o, side_index where, size_t *size);

/* Turns kept output into a chunk: the program gets no result, and may read the output instead. */
void output_hold_kept(output *o);

/* Whether a reader should be woken, although further messages may come at once: half of the memory is used,
 * and the rest is for the messages that come while the reader works. */
static inline bool output_is_half_full(const output *o)
{
    return o->held - o->spare >= o->max_held / 2;
}

/* Whether another message can be requested. */
static inline bool output_accepts(const output *o)
{
    return o->held - o->spare < o->max_held;
}

/* Takes the oldest chunk of a side; with SIDES, of the sides that are pipes. The caller frees it. NULL:
 * there is no chunk. */
chunk *output_next(output *o, side_index where);

/* The pipe that holds most; SIDES: neither pipe holds anything. */
side_index output_fullest(const output *o);

#endif
