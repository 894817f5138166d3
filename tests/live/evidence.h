/*
 * evidence.h: what was on the wire during a check: a line for each attempt, and lines that the check adds.
 */
#ifndef LIVE_EVIDENCE_H
#define LIVE_EVIDENCE_H

#include <boxd/boxd.h>
#include <jansson.h>
#include <protobuf-c/protobuf-c.h>
#include <stdarg.h>

typedef struct evidence evidence;

/* Never NULL. */
evidence *evidence_new(void);
void evidence_free(evidence *e);
void evidence_clear(evidence *e);
void evidence_line(evidence *e, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
/* The fields of a message that are set. */
void evidence_message(evidence *e, const char *label, const ProtobufCMessage *message);
/* For the options of a client: adds a line for each attempt. */
boxd_hooks evidence_hooks(evidence *e);
/* The lines as an array. */
json_t *evidence_json(evidence *e);

#endif
