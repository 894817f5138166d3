/*
 * json.c: JSON of HTTP answers and requests. Pure; any thread.
 */
#include "http/json.h"

#include "iso_time.h"
#include "mem.h"
#include "text.h"

#include <string.h>

/* ---- writing ---- */

char *json_write(const json_t *value, size_t *size)
{
    const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY;
    *size = json_dumpb(value, NULL, 0, flags);
    char *written = *size ? mem_alloc(*size + 1) : NULL;
    if (!written)
        return NULL;
    written[*size] = '\0';
    if (json_dumpb(value, written, *size, flags) == *size)
        return written;
    mem_zero(written, *size); /* jansson ran out of memory */
    mem_free(written);
    return NULL;
}

/* jansson has no function for this. Its own limit bounds the depth. */
static void zero_text(json_t *value) /* NOLINT(misc-no-recursion) */
{
    const char *key;
    json_t *member;
    size_t i;
    if (json_is_string(value))
        mem_zero((void *)(uintptr_t)json_string_value(value), json_string_length(value));
    json_object_foreach(value, key, member) zero_text(member);
    json_array_foreach(value, i, member) zero_text(member);
}

void json_free_secret(json_t *value)
{
    zero_text(value);
    json_decref(value);
}

/* ---- messages ---- */

enum { SHOWN_BYTES = 2048, SHOWN_DEPTH = 16 };

/* secret_cover() finds the credentials in it, because it writes them in the same way. */
static void show_text(text *t, const char *value)
{
    text_add(t, "\"");
    text_add_json(t, value, SHOWN_BYTES);
    text_add(t, "\"");
}

static void show_scalar(text *t, const json_node *node)
{
    static const char *const words[] = {"null", "false", "true"};
    if (node->kind == JSON_KIND_TEXT)
        show_text(t, node->value.text);
    else if (node->kind == JSON_KIND_NUMBER)
        text_add_bytes(t, node->value.text, node->size < SHOWN_BYTES ? node->size : SHOWN_BYTES);
    else
        text_add(t, words[node->kind]);
}

static void show(text *t, const json_node *node, int depth) /* NOLINT(misc-no-recursion): SHOWN_DEPTH */
{
    const bool list = node->kind == JSON_KIND_LIST;
    if (!list && node->kind != JSON_KIND_OBJECT) {
        show_scalar(t, node);
        return;
    }
    text_add(t, list ? "[" : "{");
    if (depth == SHOWN_DEPTH)
        text_add(t, "...");
    const json_node *child = depth < SHOWN_DEPTH ? node->value.first : NULL;
    for (; child && t->size < SHOWN_BYTES; child = child->next) {
        if (child->name) {
            show_text(t, child->name);
            text_add(t, ":");
        }
        show(t, child, depth + 1);
        text_add(t, child->next ? "," : "");
    }
    text_add(t, list ? "]" : "}");
}

char *json_shown(const json_node *node)
{
    text t = TEXT_INIT;
    show(&t, node, 0);
    return text_take(&t);
}

/* ---- fields ---- */

const char *json_text(record *r, const json_node *object, const char *key)
{
    const char *value = json_node_text(json_member(object, key));
    return value ? record_value(r, value) : NULL;
}

const char *json_time(record *r, const json_node *object, const char *key, int64_t *ms)
{
    const json_node *node = json_member(object, key);
    const char *value = json_node_text(node);
    char written[ISO_TIME_SIZE];
    if (json_is_kind(node, JSON_KIND_NUMBER) && iso_time_read_unix(node->value.text, node->size, ms) &&
        iso_time_write(*ms, written))
        value = written;
    else if (!value || (!iso_time_read(value, ms) && !iso_time_read_unix(value, strlen(value), ms)))
        *ms = 0;
    return value ? record_value(r, value) : NULL;
}

bool json_number(const json_node *object, const char *key, int64_t *number)
{
    return json_node_integer(json_member(object, key), number);
}

bool json_flag(const json_node *object, const char *key, bool *flag)
{
    const json_node *node = json_member(object, key);
    *flag = json_is_kind(node, JSON_KIND_TRUE);
    return *flag || json_is_kind(node, JSON_KIND_FALSE);
}
