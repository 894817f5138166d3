/*
 * span.h: a minimal tracing library in the shape of OpenTelemetry's API. Spans have a trace, a parent,
 * attributes and a status. With span.c a span is exported when it ends, as a line of OTLP JSON; with
 * span_opentelemetry.cpp OpenTelemetry's C++ library sends it to a collector. bridge.c is the same for both.
 */
#ifndef SPAN_H
#define SPAN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct span span;

/* The values of OTLP. */
typedef enum span_kind { SPAN_INTERNAL = 1, SPAN_CLIENT = 3 } span_kind;

/* Starts a span in the trace of `parent`, or in a new trace if `parent` is NULL. `name` is copied. NULL: out
 * of memory; all functions accept NULL. */
span *span_start(const span *parent, span_kind kind, const char *name);

/* `key` must be a string literal, or live as long. */
void span_set_int(span *s, const char *key, int64_t value);
void span_set_text(span *s, const char *key, const char *value);

/* Marks the span as failed. */
void span_set_error(span *s, const char *description);

/* The W3C traceparent header of the span, valid until the span ends. */
const char *span_traceparent(const span *s);

/* Exports the span and frees it. */
void span_end(span *s);

#ifdef __cplusplus
}
#endif

#endif
