/* A minimal tracing library: creates spans and writes them to standard output. Each line is a request to a
 * collector in OTLP JSON. A span is used by one thread at a time; different spans by any thread. */
#include "span.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

enum { ATTRIBUTES = 12, TEXT = 128 };

typedef struct attribute {
    const char *key;
    bool is_text;
    int64_t number;
    char text[TEXT];
} attribute;

struct span {
    char trace[33], id[17], parent[17], traceparent[56];
    char name[TEXT], error[TEXT];
    span_kind kind;
    int64_t start_ns;
    int count;
    attribute attributes[ATTRIBUTES];
};

static void random_hex(char *to, size_t bytes)
{
    unsigned char random[16] = {1};
    (void)!getrandom(random, bytes, 0);
    for (size_t i = 0; i < bytes; i++)
        (void)snprintf(to + 2 * i, 3, "%02x", random[i]);
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

span *span_start(const span *parent, span_kind kind, const char *name)
{
    span *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    if (parent) {
        (void)snprintf(s->trace, sizeof s->trace, "%s", parent->trace);
        (void)snprintf(s->parent, sizeof s->parent, "%s", parent->id);
    } else {
        random_hex(s->trace, 16);
    }
    random_hex(s->id, 8);
    (void)snprintf(s->traceparent, sizeof s->traceparent, "00-%s-%s-01", s->trace, s->id);
    (void)snprintf(s->name, sizeof s->name, "%s", name);
    s->kind = kind;
    s->start_ns = now_ns();
    return s;
}

static attribute *add(span *s, const char *key)
{
    if (!s || s->count == ATTRIBUTES)
        return NULL;
    attribute *a = &s->attributes[s->count++];
    a->key = key;
    return a;
}

void span_set_int(span *s, const char *key, int64_t value)
{
    attribute *a = add(s, key);
    if (a)
        a->number = value;
}

void span_set_text(span *s, const char *key, const char *value)
{
    attribute *a = add(s, key);
    if (!a)
        return;
    a->is_text = true;
    (void)snprintf(a->text, sizeof a->text, "%s", value);
}

void span_set_error(span *s, const char *description)
{
    if (s)
        (void)snprintf(s->error, sizeof s->error, "%s", description);
}

const char *span_traceparent(const span *s)
{
    return s ? s->traceparent : "";
}

/* The stream is locked, because spans end on several threads. The values of this program need no JSON
 * escapes. */
void span_end(span *s)
{
    if (!s)
        return;
    flockfile(stdout);
    fputs("{\"resourceSpans\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":", stdout);
    fputs("{\"stringValue\":\"tracing\"}}]},\"scopeSpans\":[{\"scope\":{\"name\":\"boxd\"},\"spans\":[",
          stdout);
    printf("{\"traceId\":\"%s\",\"spanId\":\"%s\",\"parentSpanId\":\"%s\",\"name\":\"%s\",\"kind\":%d,"
           "\"startTimeUnixNano\":\"%lld\",\"endTimeUnixNano\":\"%lld\",\"attributes\":[",
           s->trace, s->id, s->parent, s->name, (int)s->kind, (long long)s->start_ns, (long long)now_ns());
    for (int i = 0; i < s->count; i++) {
        const attribute *a = &s->attributes[i];
        printf("%s{\"key\":\"%s\",\"value\":", i ? "," : "", a->key);
        if (a->is_text)
            printf("{\"stringValue\":\"%s\"}}", a->text);
        else
            printf("{\"intValue\":\"%lld\"}}", (long long)a->number);
    }
    printf("],\"status\":{\"code\":%d,\"message\":\"%s\"}}]}]}]}\n", *s->error ? 2 : 1, s->error);
    funlockfile(stdout);
    free(s);
}
