/* Prints a log: as it is, or line by line. */
#include "run/lines.h"

#include "api/base64.h"
#include "run/time.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A longer line is printed in pieces. */
enum { MAX_LINE = 1 << 20 };
/* After so many lines without a time, --since ends: such a log has none. */
enum { MAX_UNDATED = 1000 };

/* Lines of two logs must not be mixed. */
static pthread_mutex_t print_lock = PTHREAD_MUTEX_INITIALIZER;

/* ---- JSON ---- */

void json_put_bytes(json_t *object, const char *key, const char *encoding_key, const void *data, size_t size)
{
    json_t *text = json_stringn(data, size); /* NULL: not UTF-8 */
    char *digits = text ? NULL : base64_encode(data, size);
    json_put(object, key, text ? text : json_text(digits));
    json_put(object, encoding_key, json_string(text ? "utf-8" : "base64"));
    free(digits);
}

static void print_json_line(const lines *l, const char *data, size_t size)
{
    json_t *object = json_object();
    if (l->stream)
        json_put(object, "stream", json_text(l->stream));
    json_put_bytes(object, "text", "encoding", data, size);
    (void)print_json(object, true);
}

/* ---- printing ---- */

static void print_now(const lines *l, const char *data, size_t size)
{
    pthread_mutex_lock(&print_lock);
    if (l->json)
        print_json_line(l, data, size);
    else
        fwrite(data, 1, size, l->to);
    pthread_mutex_unlock(&print_lock);
}

/* Prints a line, or keeps it as one of the last. */
static void print_or_keep(lines *l, const char *data, size_t size)
{
    if (!l->ring) {
        if (l->tail != 0)
            print_now(l, data, size);
        return;
    }
    line *kept = &l->ring[l->next];
    char *copy = realloc(kept->data, size + 1);
    if (!copy) {
        l->failed = true;
        return;
    }
    memcpy(copy, data, size);
    *kept = (line){copy, size};
    l->next = (l->next + 1) % (size_t)l->tail;
}

/* Whether --since lets a line pass: a line without a time belongs to the line before. */
static bool is_recent(lines *l, const char *data, size_t size)
{
    int64_t time_ms;
    if (l->since_ms == 0)
        return true;
    const size_t bracket = size > 0 && *data == '[';
    if (time_parse(data + bracket, size - bracket, false, false, &time_ms) > 0) {
        l->passes = time_ms >= l->since_ms;
        l->undated = SIZE_MAX;
    } else if (l->undated < MAX_UNDATED && ++l->undated == MAX_UNDATED) {
        l->failed = true;
    }
    return l->passes;
}

static void take_line(lines *l, const char *data, size_t size)
{
    if (is_recent(l, data, size))
        print_or_keep(l, data, size);
}

/* ---- lines ---- */

bool lines_begin(lines *l)
{
    if (l->tail > 0)
        l->ring = calloc((size_t)l->tail, sizeof *l->ring);
    if (l->tail > 0 && !l->ring)
        l->failed = true;
    return !l->failed;
}

static bool append_partial(lines *l, const char *data, size_t size)
{
    if (l->partial.size + size > l->capacity) {
        const size_t capacity = 2 * l->capacity + size;
        char *grown = realloc(l->partial.data, capacity);
        if (!grown) {
            l->failed = true;
            return false;
        }
        l->partial.data = grown;
        l->capacity = capacity;
    }
    memcpy(l->partial.data + l->partial.size, data, size);
    l->partial.size += size;
    return true;
}

static void end_partial(lines *l)
{
    if (l->partial.size > 0)
        take_line(l, l->partial.data, l->partial.size);
    l->partial.size = 0;
}

static void add_lines(lines *l, const char *data, size_t size)
{
    while (size > 0 && !l->failed) {
        const char *newline = memchr(data, '\n', size);
        const size_t length = newline ? (size_t)(newline - data) + 1 : size;
        if (newline && l->partial.size == 0) {
            take_line(l, data, length);
        } else if (append_partial(l, data, length) && (newline || l->partial.size >= MAX_LINE)) {
            end_partial(l);
        }
        data += length;
        size -= length;
    }
}

bool lines_add(lines *l, const void *data, size_t size)
{
    const bool whole_lines = l->json || l->since_ms != 0 || l->tail >= 0;
    if (whole_lines)
        add_lines(l, data, size);
    else
        print_now(l, data, size);
    return output_flush() && !l->failed;
}

bool lines_end_tail(lines *l)
{
    const size_t count = l->ring ? (size_t)l->tail : 0;
    if (l->tail >= 0 && l->since_ms == 0 && !l->json)
        end_partial(l);
    line *ring = l->ring;
    l->ring = NULL;
    l->tail = -1;
    for (size_t i = 0; i < count; i++) {
        line *kept = &ring[(l->next + i) % count];
        if (kept->data)
            print_now(l, kept->data, kept->size);
        free(kept->data);
    }
    free(ring);
    return output_flush() && !l->failed;
}

int lines_end(lines *l)
{
    end_partial(l);
    (void)lines_end_tail(l);
    free(l->partial.data);
    l->partial = (line){0};
    const bool is_undated = l->since_ms != 0 && l->undated > 0 && l->undated != SIZE_MAX;
    if (is_undated)
        return cli_error(EXIT_FAILED,
                         "no line of the log begins with a time, and the service has no times of "
                         "lines: --since cannot be used; use --tail");
    return l->failed ? cli_error(EXIT_FAILED, "out of memory") : EXIT_OK;
}

/* ---- --since ---- */

bool lines_parse_since(const char *text, int64_t *unix_ms)
{
    int64_t duration_ms;
    const size_t size = strlen(text);
    if (size > 0 && time_parse(text, size, true, true, unix_ms) == size)
        return true;
    if (!parse_duration(text, &duration_ms))
        return false;
    *unix_ms = clock_ms(CLOCK_REALTIME) - duration_ms;
    return true;
}
