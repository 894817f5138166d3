/* output.c: where a command's output goes. Called by the process on the core thread; chunks are freed on any.
 */
#include "boxd/process/output.h"

#include "mem.h"

#include <string.h>

#define DEFAULT_MAX_BYTES ((size_t)64 * 1024 * 1024)
#define DEFAULT_KEEP_BYTES ((size_t)64 * 1024)
#define DEFAULT_HELD_BYTES ((size_t)256 * 1024)

/* The memory of a chunk beside its bytes, with the overhead of its allocation. It is counted, because a box
 * may send one byte at a time. */
#define CHUNK_BYTES (sizeof(chunk) + 16)

void boxd_chunk_free(boxd_chunk *public)
{
    chunk *own = (chunk *)(void *)public;
    if (!own)
        return;
    mem_free(own->kept);
    mem_free(own);
}

static chunk *chunk_of(list_node *node)
{
    return CONTAINER_OF(node, chunk, node);
}

static void side_init(side *s, const boxd_output *options, boxd_output_mode default_mode)
{
    s->mode = options->mode == BOXD_OUTPUT_DEFAULT ? default_mode : options->mode;
    s->keep_bytes = options->keep_bytes         ? options->keep_bytes
                    : s->mode == BOXD_OUTPUT_FD ? SIZE_MAX
                                                : DEFAULT_KEEP_BYTES;
}

void output_init(output *o, const boxd_exec_options *options, bool streams)
{
    const boxd_output_mode default_mode = streams ? BOXD_OUTPUT_PIPE : BOXD_OUTPUT_KEEP;
    *o = (output){.max_bytes = options->max_output_bytes ? options->max_output_bytes : DEFAULT_MAX_BYTES,
                  .max_held = options->read_ahead_bytes ? options->read_ahead_bytes : DEFAULT_HELD_BYTES};
    side_init(&o->sides[SIDE_OUT], &options->out, default_mode);
    side_init(&o->sides[SIDE_ERR], &options->err, default_mode);
}

static void side_clear(side *s)
{
    list_node *node;
    while ((node = list_pop(&s->chunks)))
        boxd_chunk_free(&chunk_of(node)->public);
    text_free(&s->kept);
}

void output_clear(output *o)
{
    side_clear(&o->sides[SIDE_OUT]);
    side_clear(&o->sides[SIDE_ERR]);
}

/* ---- kept output ---- */

static void keep_head(side *s, const payload *p)
{
    const size_t left = s->keep_bytes - s->kept.size;
    const size_t kept = p->size < left ? p->size : left;
    payload_append(p, 0, kept, &s->kept);
    s->dropped += p->size - kept;
}

/* Stores up to twice keep_bytes before it moves bytes, so that each byte is moved once. */
static void keep_tail(side *s, const payload *p)
{
    const size_t size = p->size < s->keep_bytes ? p->size : s->keep_bytes;
    const size_t whole = s->kept.size + size;
    if (whole > s->keep_bytes && whole - s->keep_bytes > s->keep_bytes) {
        const size_t left = s->keep_bytes - size;
        memmove(s->kept.data, s->kept.data + s->kept.size - left, left);
        s->kept.size = left;
    }
    payload_append(p, p->size - size, size, &s->kept);
    if (s->bytes > s->keep_bytes)
        s->dropped = s->bytes - s->keep_bytes;
}

static void keep_whole(output *o, side *s, const payload *p)
{
    size_t kept = 0;
    for (int i = 0; i < SIDES; i++)
        if (o->sides[i].mode == BOXD_OUTPUT_KEEP)
            kept += o->sides[i].kept.size;
    o->too_much = o->too_much || p->size > o->max_bytes - kept;
    if (o->too_much)
        s->dropped += p->size;
    else
        payload_append(p, 0, p->size, &s->kept);
}

static void keep(output *o, side *s, const payload *p)
{
    switch (s->mode) {
    case BOXD_OUTPUT_HEAD:
        keep_head(s, p);
        break;
    case BOXD_OUTPUT_TAIL:
        keep_tail(s, p);
        break;
    case BOXD_OUTPUT_KEEP:
        keep_whole(o, s, p);
        break;
    default:
        s->dropped += p->size;
        break;
    }
}

char *output_take_kept(output *o, side_index where, size_t *size)
{
    side *s = &o->sides[where];
    if (s->mode == BOXD_OUTPUT_TAIL && s->kept.size > s->keep_bytes) {
        memmove(s->kept.data, s->kept.data + s->kept.size - s->keep_bytes, s->keep_bytes);
        s->kept.size = s->keep_bytes;
        s->kept.data[s->kept.size] = '\0';
    }
    *size = s->kept.size;
    return text_take(&s->kept);
}

/* ---- held output ---- */

static size_t held_by(const chunk *c)
{
    return c->capacity + CHUNK_BYTES;
}

static void add_chunk(output *o, side *s, chunk *c, const void *data, size_t size)
{
    c->public = (boxd_chunk){data, size, s == &o->sides[SIDE_ERR] ? BOXD_STDERR : BOXD_STDOUT};
    c->number = o->next_number++;
    list_append(&s->chunks, &c->node);
    o->held += held_by(c);
    o->spare = c->capacity - size;
}

static bool is_newest(const output *o, const chunk *c)
{
    return c->number + 1 == o->next_number;
}

/* The chunk that the next message of the side follows directly; or NULL. */
static chunk *chunk_before(const output *o, const side *s)
{
    chunk *c = s->chunks.last ? chunk_of(s->chunks.last) : NULL;
    return c && is_newest(o, c) ? c : NULL;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Gives back the memory that the newest chunk of a side does not use: another chunk follows it. */
static void trim_newest(output *o, const side *s)
{
    chunk *c = chunk_before(o, s);
    if (!c || o->spare == 0)
        return;
    char *trimmed = mem_realloc(c->kept, c->public.size);
    if (!trimmed)
        return;
    c->kept = trimmed;
    c->public.data = trimmed;
    c->capacity -= o->spare;
    o->held -= o->spare;
}

/* The memory for a chunk of a reader that is behind, which gets several messages in one chunk: each chunk has
 * twice the size of the one before. Half of the memory stays for the chunk that is filled while the reader
 * works. */
static size_t next_capacity(const output *o, const side *s, const chunk *before, size_t size)
{
    const size_t left = o->held < o->max_held ? o->max_held - o->held : 0;
    const size_t last = before && before->capacity > s->taken ? before->capacity : s->taken;
    const size_t capacity = smaller(2 * last, smaller(left, o->max_held / 2));
    return capacity > size ? capacity : size;
}

/* A chunk with space for more than its first message has a buffer of its own, which can be trimmed. */
static chunk *make_chunk(size_t capacity, size_t size)
{
    const bool has_buffer = capacity > size;
    chunk *c = mem_alloc(sizeof *c + (has_buffer ? 0 : size));
    char *buffer = c && has_buffer ? mem_alloc(capacity) : NULL;
    if (!c || (has_buffer && !buffer)) {
        mem_free(c);
        return NULL;
    }
    *c = (chunk){.capacity = capacity, .kept = buffer};
    return c;
}

static bool hold(output *o, side *s, const payload *p)
{
    chunk *before = chunk_before(o, s);
    if (before && p->size <= o->spare) {
        payload_copy(p, 0, p->size, before->kept + before->public.size);
        before->public.size += p->size;
        o->spare -= p->size;
        return true;
    }
    const size_t capacity = next_capacity(o, s, before, p->size);
    trim_newest(o, &o->sides[SIDE_OUT]);
    trim_newest(o, &o->sides[SIDE_ERR]);
    chunk *c = make_chunk(capacity, p->size);
    if (!c)
        return false;
    void *bytes = c->kept ? c->kept : (char *)c->own;
    payload_copy(p, 0, p->size, bytes);
    add_chunk(o, s, c, bytes, p->size);
    return true;
}

/* Holds the first bytes of the side, up to its limit. */
static bool hold_head(output *o, side *s, const payload *p)
{
    const uint64_t before = s->bytes - p->size;
    payload head = *p;
    if (s->keep_bytes != SIZE_MAX)
        head.size = before < s->keep_bytes ? smaller(p->size, (size_t)(s->keep_bytes - before)) : 0;
    s->dropped += p->size - head.size;
    return head.size == 0 || hold(o, s, &head);
}

void output_hold_kept(output *o)
{
    for (int i = 0; i < SIDES; i++) {
        side *s = &o->sides[i];
        size_t size;
        if (s->kept.size == 0)
            continue;
        char *kept = output_take_kept(o, (side_index)i, &size);
        chunk *c = kept ? mem_calloc(1, sizeof *c) : NULL;
        s->mode = BOXD_OUTPUT_PIPE;
        if (c) {
            c->kept = kept;
            c->capacity = size;
            add_chunk(o, s, c, kept, size);
        } else {
            mem_free(kept); /* out of memory */
        }
    }
}

bool output_add(output *o, side_index where, const payload *p)
{
    if (where == SIDE_ERR && o->sides[SIDE_ERR].mode == BOXD_OUTPUT_MERGE)
        where = SIDE_OUT;
    side *s = &o->sides[where];
    s->bytes += p->size;
    if (p->size == 0)
        return true;
    if (s->mode == BOXD_OUTPUT_FD)
        return hold_head(o, s, p);
    if (s->mode == BOXD_OUTPUT_PIPE)
        return hold(o, s, p);
    keep(o, s, p);
    return !s->kept.failed;
}

static side *older(output *o)
{
    side *out = &o->sides[SIDE_OUT], *err = &o->sides[SIDE_ERR];
    const bool out_reads = out->mode == BOXD_OUTPUT_PIPE && !list_is_empty(&out->chunks);
    const bool err_reads = err->mode == BOXD_OUTPUT_PIPE && !list_is_empty(&err->chunks);
    if (out_reads && err_reads)
        return chunk_of(out->chunks.first)->number < chunk_of(err->chunks.first)->number ? out : err;
    return err_reads ? err : out;
}

chunk *output_next(output *o, side_index where)
{
    side *s = where == SIDES ? older(o) : &o->sides[where];
    if (list_is_empty(&s->chunks) || (where == SIDES && s->mode != BOXD_OUTPUT_PIPE))
        return NULL;
    chunk *c = chunk_of(list_pop(&s->chunks));
    o->held -= held_by(c);
    s->taken = c->public.size;
    if (is_newest(o, c))
        o->spare = 0;
    return c;
}

static size_t held_of(const side *s)
{
    size_t held = 0;
    if (s->mode == BOXD_OUTPUT_PIPE)
        for (list_node *node = s->chunks.first; node; node = node->next)
            held += chunk_of(node)->public.size;
    return held;
}

side_index output_fullest(const output *o)
{
    const size_t out = held_of(&o->sides[SIDE_OUT]), err = held_of(&o->sides[SIDE_ERR]);
    if (out == 0 && err == 0)
        return SIDES;
    return err > out ? SIDE_ERR : SIDE_OUT;
}
