/*
 * json_document.h: reads JSON in place, into a tree of nodes whose text stays in the buffer that was read.
 * It accepts numbers of any size, text that is not UTF-8, NUL, any depth and duplicate names: no such member
 * makes the rest of a document unreadable. Needs no memory beside the nodes, which are bounded. Pure; any
 * thread.
 */
#ifndef BOXD_JSON_DOCUMENT_H
#define BOXD_JSON_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum json_kind {
    JSON_KIND_NULL,
    JSON_KIND_FALSE,
    JSON_KIND_TRUE,
    JSON_KIND_NUMBER,
    JSON_KIND_TEXT,
    JSON_KIND_LIST,
    JSON_KIND_OBJECT
} json_kind;

typedef struct json_node {
    /* The next item of the list, or the next member of the object; or NULL. */
    struct json_node *next;
    /* The name of a member; else NULL. */
    const char *name;
    union {
        /* A text, which ends with NUL and may have bytes that are not UTF-8; or a number as it was sent. */
        const char *text;
        /* The first item or member; or NULL. */
        struct json_node *first;
    } value;
    /* The bytes of a text or a number; the number of items or members. */
    size_t size;
    json_kind kind;
} json_node;

typedef enum json_outcome {
    JSON_READ,
    JSON_MALFORMED,
    JSON_TOO_LARGE,
    JSON_NO_MEMORY,
    JSON_UNFINISHED
} json_outcome;

/* What may follow the part that was read. */
typedef enum json_expected {
    JSON_EXPECT_VALUE,
    JSON_EXPECT_VALUE_OR_END,
    JSON_EXPECT_NAME,
    JSON_EXPECT_NAME_OR_END,
    JSON_EXPECT_COMMA_OR_END,
    JSON_EXPECT_END_OF_TEXT
} json_expected;

typedef struct json_document {
    /* Valid after JSON_READ; NULL after a failure. */
    const json_node *root;
    /* Memory of the nodes. */
    struct json_block *blocks;
    size_t bytes, max_bytes;
    /* The part of the text that was not read yet. */
    char *at, *end;
    /* The innermost open list or object, and its last item or member. */
    json_node *open, *last;
    /* The name of the member whose value is read next; or NULL. */
    const char *name;
    json_expected expected;
    json_outcome outcome;
} json_document;

/* Reads and changes the `size` bytes at `text`, which the nodes then refer to. The nodes take at most
 * `max_bytes`, otherwise the outcome is JSON_TOO_LARGE. json_document_free() frees them in each case. */
json_outcome json_document_read(json_document *d, char *text, size_t size, size_t max_bytes);

/* The same in steps, so that a large text does not keep the thread busy: begins, and then reads about `size`
 * bytes more. JSON_UNFINISHED: there are more. */
void json_document_begin(json_document *d, char *text, size_t size, size_t max_bytes);
json_outcome json_document_step(json_document *d, size_t size);
void json_document_free(json_document *d);

/* The member `name` of `object`, the last one if there are several. NULL: there is none, or `object` is NULL
 * or of another kind. */
const json_node *json_member(const json_node *object, const char *name);

/* NULL: not a text. NULL is allowed. */
const char *json_node_text(const json_node *node);

/* The items of a list. NULL: empty, or not a list. NULL is allowed. */
const json_node *json_items(const json_node *list);

bool json_is_kind(const json_node *node, json_kind kind);

/* Reads a whole number ("12", "12.0", "1e3"). False: not a number, not whole, or beyond int64_t. NULL is
 * allowed. */
bool json_node_integer(const json_node *node, int64_t *number);

/* Reads a number; too large ones are infinite. False: not a number. NULL is allowed. */
bool json_node_real(const json_node *node, double *number);

#endif
