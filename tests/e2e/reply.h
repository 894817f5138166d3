/*
 * reply.h: builds replies of the service field by field, for replies that the emulator does not send by
 * itself.
 */
#ifndef E2E_REPLY_H
#define E2E_REPLY_H

#include <stddef.h>
#include <stdint.h>

/* A message. Zero it, add its fields, inject it. */
typedef struct reply {
    unsigned char bytes[256];
    size_t size;
} reply;

void reply_number(reply *r, unsigned field, uint64_t value);
void reply_text(reply *r, unsigned field, const char *text);
void reply_message(reply *r, unsigned field, const reply *inner);

/* The next `count` calls of `rpc` get this reply and have no effect. */
void reply_inject(const reply *r, const char *rpc, int count);

#endif
