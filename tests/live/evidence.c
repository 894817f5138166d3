/*
 * evidence.c: see evidence.h. Attempts are added on the core thread of a client, the other lines on the
 * thread of the checks: a lock guards the lines.
 */
#include "evidence.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live.h"
#include "mask.h"

enum { MAX_LINES = 24, LINE_BYTES = 700, WHOLE_BYTES = 6000, MAX_DEPTH = 3, SHOWN_BYTES = 60 };

struct evidence {
    pthread_mutex_t lock;
    /* Guarded by `lock`, as all that follows. */
    size_t count;
    /* Lines beyond MAX_LINES. */
    size_t dropped;
    char lines[MAX_LINES][LINE_BYTES];
};

evidence *evidence_new(void)
{
    evidence *e = calloc(1, sizeof *e);
    if (e == NULL || pthread_mutex_init(&e->lock, NULL) != 0)
        abort();
    return e;
}

void evidence_free(evidence *e)
{
    (void)pthread_mutex_destroy(&e->lock);
    free(e);
}

void evidence_clear(evidence *e)
{
    (void)pthread_mutex_lock(&e->lock);
    e->count = e->dropped = 0;
    (void)pthread_mutex_unlock(&e->lock);
}

/* Covers before it cuts: a part of a secret would not be recognised. */
void evidence_line(evidence *e, const char *format, va_list args)
{
    char whole[WHOLE_BYTES], covered[WHOLE_BYTES];
    (void)vsnprintf(whole, sizeof whole, format, args);
    (void)mask_text(whole, covered, sizeof covered);
    (void)pthread_mutex_lock(&e->lock);
    if (e->count < MAX_LINES)
        (void)snprintf(e->lines[e->count++], LINE_BYTES, "%.*s", LINE_BYTES - 1, covered);
    else
        e->dropped++;
    (void)pthread_mutex_unlock(&e->lock);
}

__attribute__((format(printf, 2, 3))) static void add(evidence *e, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    evidence_line(e, format, args);
    va_end(args);
}

static void attempt_end(const boxd_attempt *attempt, void *span, void *user_data)
{
    char outcome[64];
    (void)span;
    if (attempt->http_status != 0)
        (void)snprintf(outcome, sizeof outcome, "HTTP %d", attempt->http_status);
    else if (attempt->grpc_code >= 0)
        (void)snprintf(outcome, sizeof outcome, "%s", live_code_name(attempt->grpc_code));
    else
        (void)snprintf(outcome, sizeof outcome, "no status of the service (%s)",
                       boxd_status_name(attempt->status));
    add(user_data, "%s: %s; sent %llu bytes, received %llu, %lld ms", attempt->method, outcome,
        (unsigned long long)attempt->sent_bytes, (unsigned long long)attempt->received_bytes,
        (long long)(attempt->duration_us / 1000));
}

boxd_hooks evidence_hooks(evidence *e)
{
    return (boxd_hooks){.size = sizeof(boxd_hooks), .user_data = e, .attempt_end = attempt_end};
}

json_t *evidence_json(evidence *e)
{
    json_t *lines = json_array();
    (void)pthread_mutex_lock(&e->lock);
    for (size_t i = 0; i < e->count; i++)
        (void)json_array_append_new(lines, json_string(e->lines[i]));
    if (e->dropped > 0)
        (void)json_array_append_new(lines, json_sprintf("(%zu more lines)", e->dropped));
    (void)pthread_mutex_unlock(&e->lock);
    return lines;
}

/* ---- messages ---- */

typedef struct {
    char text[WHOLE_BYTES];
    size_t length;
} line;

__attribute__((format(printf, 2, 3))) static void put(line *l, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int n = vsnprintf(l->text + l->length, sizeof l->text - l->length, format, args);
    va_end(args);
    l->length += n > 0 ? (size_t)n : 0;
    if (l->length > sizeof l->text - 1)
        l->length = sizeof l->text - 1;
}

static void put_message(line *l, const ProtobufCMessage *message, int depth);

/* Fields that name a person, an organisation or a host, or are secret. */
static bool is_covered(const char *name)
{
    static const char *const names[] = {
        "token",        "api_key",    "access_domain",   "domain",         "endpoint", "org",
        "org_id",       "email",      "billing_org",     "billing_org_id", "user_id",  "owner",
        "display_name", "created_by", "created_by_name", "owner_name",     "slug"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void put_text(line *l, const char *name, const char *text)
{
    char shown[4 * SHOWN_BYTES];
    put(l, "\"%s\"", is_covered(name) ? "<covered>" : boxd_printable(text, shown, sizeof shown));
}

static void put_value(line *l, const ProtobufCFieldDescriptor *field, const void *value, int depth)
{
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        put_text(l, field->name, *(const char *const *)value);
        break;
    case PROTOBUF_C_TYPE_BYTES:
        put(l, "%zu bytes", ((const ProtobufCBinaryData *)value)->len);
        break;
    case PROTOBUF_C_TYPE_MESSAGE:
        put_message(l, *(const ProtobufCMessage *const *)value, depth + 1);
        break;
    case PROTOBUF_C_TYPE_BOOL:
        put(l, "%s", *(const protobuf_c_boolean *)value ? "true" : "false");
        break;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_INT64:
        put(l, "%lld", (long long)*(const int64_t *)value);
        break;
    case PROTOBUF_C_TYPE_DOUBLE:
        put(l, "%g", *(const double *)value);
        break;
    default:
        put(l, "%d", *(const int32_t *)value);
    }
}

/* Whether the field has a value other than its default one. */
static bool is_set(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
    const char *member = (const char *)message + field->offset;
    const char *quantifier = (const char *)message + field->quantifier_offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED)
        return *(const size_t *)(const void *)quantifier > 0;
    if (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
        return *(const uint32_t *)(const void *)quantifier == field->id;
    switch (field->type) {
    case PROTOBUF_C_TYPE_STRING:
        return **(const char *const *)(const void *)member != '\0';
    case PROTOBUF_C_TYPE_BYTES:
        return ((const ProtobufCBinaryData *)(const void *)member)->len > 0;
    case PROTOBUF_C_TYPE_MESSAGE:
        return *(void *const *)(const void *)member != NULL;
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return *(const uint64_t *)(const void *)member != 0;
    default:
        return *(const int32_t *)(const void *)member != 0;
    }
}

static void put_field(line *l, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
                      int depth)
{
    const char *member = (const char *)message + field->offset;
    put(l, "%s=", field->name);
    if (field->label != PROTOBUF_C_LABEL_REPEATED) {
        put_value(l, field, member, depth);
        return;
    }
    const size_t count = *(const size_t *)(const void *)((const char *)message + field->quantifier_offset);
    put(l, "[%zu", count);
    if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE) {
        put(l, ": ");
        put_value(l, field, *(void *const *)(const void *)member, depth);
    }
    put(l, "]");
}

static void put_message(line *l, const ProtobufCMessage *message, int depth)
{
    const char *between = "";
    put(l, "{");
    for (unsigned i = 0; i < message->descriptor->n_fields && depth < MAX_DEPTH; i++) {
        const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
        if (!is_set(message, field))
            continue;
        put(l, "%s", between);
        put_field(l, message, field, depth);
        between = ", ";
    }
    put(l, "}");
}

void evidence_message(evidence *e, const char *label, const ProtobufCMessage *message)
{
    line l = {"", 0};
    put_message(&l, message, 0);
    add(e, "%s %s %s", label, message->descriptor->short_name, l.text);
}
