/*
 * output.h: the output of a command: kept for its result, counted, or held for a read or a descriptor.
 *
 * A passive part of a process (process_state.h). Core thread, except output_init() and output_clear().
 */
#ifndef BOXD_OUTPUT_H
#define BOXD_OUTPUT_H

#include "grpc/wire.h"
#include "linked_list.h"
#include "text.h"

#include <boxd/types/exec.h>
#include <boxd/types/process.h>

typedef enum { SIDE_OUT, SIDE_ERR, SIDES } side_index;

/* The bytes of a message, until they are taken. */
typedef struct chunk {
    boxd_chunk public;
    /* One of them holds the bytes. */
    ProtobufCMessage *message;
    char *kept;
    list_node node;
    /* In the order of arrival. */
    uint64_t number;
} chunk;

typedef struct side {
    /* Never BOXD_OUTPUT_DEFAULT. */
    boxd_output_mode mode;
    /* Of a head or tail: how much of it is kept. */
    size_t keep_bytes;
    text kept;
    /* Bytes that came, and those of them that were not kept. */
    uint64_t bytes, dropped;
    /* The chunks that are held, of a pipe or descriptor. */
    linked_list chunks;
} side;

typedef struct output {
    side sides[SIDES];
    /* The limit on output that is kept whole, both sides together, and whether more came. */
    size_t max_bytes;
    bool too_much;
    /* Bytes that are held, with the memory of their chunks; from max_held on no message is asked for. */
    size_t held, max_held;
    /* The number of the next chunk. */
    uint64_t next_number;
} output;

/* Of checked options. `streams`: BOXD_OUTPUT_DEFAULT is a pipe. Any thread. */
void output_init(output *o, const boxd_exec_options *options, bool streams);
void output_clear(output *o);

/* Whether output of `mode` is held until it is taken. */
static inline bool output_holds(boxd_output_mode mode)
{
    return mode == BOXD_OUTPUT_PIPE || mode == BOXD_OUTPUT_FD;
}

/* Adds `data`, which is a part of `message`, and becomes the owner of `message`. False: out of memory. */
bool output_add(output *o, side_index where, ProtobufCMessage *message, ProtobufCBinaryData data);

/* Takes what was kept of a side, NUL-terminated; the caller frees it. NULL: out of memory. */
char *output_take_kept(output *o, side_index where, size_t *size);

/* Turns what was kept into a chunk that is held: the program gets no result, and may read it. */
void output_hold_kept(output *o);

/* Whether another message can be asked for. */
static inline bool output_accepts(const output *o)
{
    return o->held < o->max_held;
}

/* Takes the oldest chunk that is held of a side; with SIDES, of the sides that are pipes. The caller frees
 * it. NULL: there is none. */
chunk *output_next(output *o, side_index where);

/* The pipe that holds most; SIDES: neither holds anything. */
side_index output_fullest(const output *o);

#endif
