/*
 * notice.h: passes on, once, the service's note that a newer version of this library exists. A notice never
 * makes a call fail.
 *
 * All functions: core thread.
 */
#ifndef BOXD_NOTICE_H
#define BOXD_NOTICE_H

#include <grpc/grpc.h>
#include <stdbool.h>

/* The longest version text that is passed on, with its NUL. */
enum { NOTICE_VERSION_SIZE = 64 };

/* Hands `latest` to the program. Borrowed. */
typedef void notice_post(void *owner, const char *latest);

typedef struct notice {
    /* NULL: one line on standard error, if that is a terminal. */
    notice_post *post;
    void *owner;
    /* Switched off, or passed on already. */
    bool done;
} notice;

/* Reads the metadata of an answer. */
void notice_read(notice *n, const grpc_metadata_array *metadata);

#endif
