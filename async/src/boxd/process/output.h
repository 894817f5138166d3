/*
 * output.h: what becomes of a command's output: kept, counted, or held until somebody takes it.
 *
 * Core thread, but for output_init() and output_clear().
 */
#ifndef BOXD_OUTPUT_H
#define BOXD_OUTPUT_H

#include "grpc/wire.h"
#include "text.h"

#include <boxd/types/exec.h>
#include <boxd/types/process.h>

typedef enum { SIDE_OUT, SIDE_ERR, SIDES } side_index;

/* A message's bytes, until they were taken. */
typedef struct chunk {
    boxd_chunk public;
    ProtobufCMessage *message; /* holds them; or: */
    char *kept;
    struct chunk *next;
    uint64_t number; /* in the order of arrival */
} chunk;

typedef struct side {
    boxd_output_mode mode; /* never BOXD_OUTPUT_DEFAULT */
    size_t keep_bytes;
    text kept;
    uint64_t bytes, dropped;
    chunk *first, **last; /* held: of pipes and descriptors */
} side;

typedef struct output {
    side sides[SIDES];
    size_t max_bytes;      /* of what is kept whole, both sides together */
    size_t held, max_held; /* bytes, with what the chunks take */
    uint64_t numbers;
    bool too_much; /* more came than max_bytes */
} output;

/* Of checked options. `streams`: BOXD_OUTPUT_DEFAULT is a pipe. */
void output_init(output *o, const boxd_exec_options *options, bool streams);
void output_clear(output *o);

/* Whether `mode` holds what comes, until it is taken. */
static inline bool output_holds(boxd_output_mode mode)
{
    return mode == BOXD_OUTPUT_PIPE || mode == BOXD_OUTPUT_FD;
}

/* Takes the `data` of `message`, which becomes its own. False: out of memory. */
bool output_add(output *o, side_index where, ProtobufCMessage *message, ProtobufCBinaryData data);

/* What was kept of a side, NUL-terminated, and from now on the caller's; NULL: out of memory. */
char *output_take_kept(output *o, side_index where, size_t *size);

/* Turns what was kept into a chunk that is held, for a program that gets no result. */
void output_hold_kept(output *o);

/* Whether more may come. */
static inline bool output_has_room(const output *o)
{
    return o->held < o->max_held;
}

/* The oldest chunk that is held of a side, or with SIDES of either; NULL: none. It is the caller's. */
chunk *output_next(output *o, side_index where);

/* The side that holds most for a program to read it; SIDES: none holds anything. */
side_index output_fullest(const output *o);

#endif
