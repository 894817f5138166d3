/*
 * span.h: as much of a tracing library as the bridge needs, in the shape of OpenTelemetry's API: spans with a
 * trace, a parent, attributes and a status, exported when they end as lines of OTLP's JSON. With the real
 * OpenTelemetry, or any other, this file goes and bridge.c stays.
 */
#ifndef SPAN_H
#define SPAN_H

#include <stdint.h>

typedef struct span span;

/* OTLP's numbers. */
typedef enum span_kind { SPAN_INTERNAL = 1, SPAN_CLIENT = 3 } span_kind;

/* Begins a span of the trace of `parent`, or of a new one (NULL). `name` is copied. NULL: out of memory; all
 * functions take that. */
span *span_start(const span *parent, span_kind kind, const char *name);

/* Keys are borrowed, and have to live as long as the program. */
void span_set_int(span *s, const char *key, int64_t value);
void span_set_text(span *s, const char *key, const char *value);

/* Marks it as failed. */
void span_set_error(span *s, const char *description);

/* The W3C header that makes another process's spans this one's children: as long as the span is not ended. */
const char *span_traceparent(const span *s);

/* Exports it on standard output, and frees it. */
void span_end(span *s);

#endif
