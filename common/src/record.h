/*
 * record.h: a result that is one thing to free: a struct, and in the same memory all that it points to.
 *
 *     record r;
 *     boxd_network *made = record_begin(&r, sizeof *made, limit);
 *     if (made)
 *         made->id = record_text(&r, reply->network_id);
 *     return record_end(&r, error);
 *
 * A failure is remembered (memory runs out, or the limit is reached): the functions then give NULL, and so
 * does record_end().
 */
#ifndef BOXD_RECORD_H
#define BOXD_RECORD_H

#include <boxd/error.h>

#include <stdint.h>

/* The memory that records of one response may take together. */
typedef struct record_limit {
    /* The option that sets the limit, for messages. */
    const char *option;
    size_t max_bytes;
    /* Memory that was allocated, or asked for in vain. */
    size_t used_bytes;
} record_limit;

/* Whether `size` more bytes fit; they are counted. Always true without a limit (NULL). */
bool record_limit_take(record_limit *limit, size_t size);

/* BOXD_ERR_TOO_LARGE with `sent` BOXD_SENT_YES. */
void record_limit_error(const record_limit *limit, boxd_error *error);

typedef struct record {
    struct record_block *first, *last;
    /* NULL: no limit. */
    record_limit *limit;
    bool failed, too_large;
} record;

/* The record's struct, zeroed. `limit` may be NULL. NULL: out of memory, or the limit is reached; then call
 * only record_end(). */
void *record_begin(record *r, size_t size, record_limit *limit);

/* `count` zeroed elements; NULL also for none. */
void *record_array(record *r, size_t count, size_t size);

/* The array of a public list, `const T *const *`: pointers to `count` zeroed structs of `size` bytes. NULL
 * also for none. */
void *record_pointers(record *r, size_t count, size_t size);

/* The struct that pointer `i` of such an array points to. */
void *record_item(const void *pointers, size_t i);

/* A copy of `text` of the service, with U+FFFD in place of what is not UTF-8. NULL for NULL and "": not
 * populated. */
char *record_text(record *r, const char *text);

/* The same where "" is a value too. */
char *record_value(record *r, const char *text);

/* A copy of `bytes` as they are: a path in a box, or text of the program. */
char *record_raw(record *r, const char *bytes);

/* `before`, `text` and `after` in one, as they are. */
char *record_joined(record *r, const char *before, const char *text, const char *after);

/* Copies of `count` texts; NULL for none. */
const char *const *record_texts(record *r, size_t count, const char *const *texts);

/* Seconds of the service as milliseconds. */
int64_t record_ms(int64_t unix_seconds);

/* A duration of the service as int64_t; at most INT64_MAX. */
int64_t record_duration(uint64_t sent);

/* The struct that record_begin() returned. */
void *record_struct(const record *r);

/* The struct, or NULL and BOXD_ERR_NO_MEMORY or BOXD_ERR_TOO_LARGE with `sent` BOXD_SENT_YES: the answer was
 * received, so the call had its effect. */
void *record_end(record *r, boxd_error *error);

/* Frees a record that record_end() returned. NULL is allowed. */
void record_free(void *data);

/* The same for a record that contains secrets: zeroes it first. */
void record_free_secret(void *data);

typedef void record_fill(record *r, void *item, const void *source);

/* The array of a public list: one `fill` for each of `sources`, an array of pointers to messages. NULL also
 * for none. */
void *record_items(record *r, size_t count, size_t item_size, const void *sources, record_fill *fill);

/* A list as the program sees it, of any type. */
typedef struct any_list {
    size_t count;
    /* const T *const * */
    void *items;
} any_list;

/* A record that is a list, as record_items() makes it. NULL: see record_end(). */
void *record_list(size_t count, size_t item_size, const void *sources, record_fill *fill, record_limit *limit,
                  boxd_error *error);

/* A record of one message. */
void *record_one(size_t size, const void *source, record_fill *fill, record_limit *limit, boxd_error *error);

#endif
