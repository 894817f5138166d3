/*
 * clean.h: removes what a run has made. In the parent process, after the checks, and with --clean.
 */
#ifndef LIVE_CLEAN_H
#define LIVE_CLEAN_H

#include <jansson.h>

#include "live.h"

/* What was removed, and what is left: arrays of text that is not covered. */
typedef struct clean_log {
    json_t *removed, *left;
} clean_log;

/* The removal of the objects of one journal. */
typedef struct cleaning {
    journal *journal;
    clean_log *log;
    boxd_call_options call;
    int64_t deadline_ms;
    /* Of this round: removed, and not removed. */
    size_t found, failed;
    /* The last failure. */
    char failure[BOXD_ERROR_MESSAGE_SIZE + 400];
} cleaning;

void clean_log_init(clean_log *log);
void clean_log_free(clean_log *log);

/* Removes what the journal names, and everything whose name begins with its prefix. The journal is removed if
 * nothing is left. A first SIGINT or SIGTERM is ignored, a second one ends the cleaning. */
void clean_run(journal *j, const live_product *product, clean_log *log);

/* --clean: the journals of the directory, of this product, service and account; or the prefix alone. Returns
 * the exit status of the program. */
int clean_earlier(const live_settings *settings, const live_product *product);

/* How long a cleaning retries: a create that was in flight when the checks ended may still make something. */
int64_t clean_limit_ms(const live_product *product);

/* ---- for the products ---- */

/* Calls `round` until it finds nothing, because a list may show a new object late. Each round removes all
 * that it finds. What is left at the end of the time is noted in the log. */
void clean_rounds(cleaning *c, void (*round)(cleaning *c, void *client), void *client);
/* Notes the outcome of a removal. An object that the service does not find is gone. */
void clean_take(cleaning *c, boxd_status status, const char *kind, const char *name, const boxd_error *error);
/* Something that may be left could not be read: the round is repeated. */
void clean_failed(cleaning *c, const char *what, const boxd_error *error);
/* What the journal names, and the service has not said whether it exists: it may appear later. */
void clean_unanswered(cleaning *c, const char *kind);
/* It was found. */
void clean_answered(cleaning *c, const char *kind, const char *name);
void clean_removed(clean_log *log, const char *kind, const char *name);

enum { CLEAN_CALL_MS = 30000 };
int64_t clean_now_ms(void);

#endif
