/*
 * record.h: a result that is one thing to free: a struct, and in the same memory all that it points to.
 *
 *     record r;
 *     boxd_network *made = record_begin(&r, sizeof *made);
 *     if (made)
 *         made->id = record_text(&r, reply->network_id);
 *     return record_end(&r, error);
 *
 * Memory that runs out is remembered: the functions then give NULL, and so does record_end().
 */
#ifndef BOXD_RECORD_H
#define BOXD_RECORD_H

#include <boxd/error.h>

#include <stdint.h>

typedef struct record {
    struct record_block *first, *last;
    bool failed;
} record;

/* The record's struct, zeroed. NULL: out of memory; then call only record_end(). */
void *record_begin(record *r, size_t size);

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

/* The struct, or NULL and BOXD_ERR_NO_MEMORY with `sent` BOXD_SENT_YES: the answer was received, so the call
 * had its effect. */
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

/* A record that is a list, as record_items() makes it. NULL: out of memory. */
void *record_list(size_t count, size_t item_size, const void *sources, record_fill *fill, boxd_error *error);

/* A record of one message. */
void *record_one(size_t size, const void *source, record_fill *fill, boxd_error *error);

#endif
