/*
 * notice.h: passes on, once, the notice of the service that a newer version of this library exists. A
 * notice never makes a call fail.
 *
 * All functions: core thread.
 */
#ifndef BOXD_NOTICE_H
#define BOXD_NOTICE_H

#include <stdbool.h>

/* The name of the metadata with the newest version. */
#define NOTICE_METADATA "x-boxd-c-sdk-latest"

/* A buffer for the longest version that is passed on. */
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

/* An answer named the version `latest`. */
void notice_receive(notice *n, const char *latest);

#endif
