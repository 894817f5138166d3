/*
 * clean.h: removes what a run has made. In the parent process, after the checks, and with --clean.
 */
#ifndef LIVE_CLEAN_H
#define LIVE_CLEAN_H

#include <jansson.h>

#include "live.h"

/* What was removed, and what is left: arrays of text. */
typedef struct clean_log {
    json_t *removed, *left;
} clean_log;

void clean_log_init(clean_log *log);
void clean_log_free(clean_log *log);
void clean_removed(clean_log *log, const char *kind, const char *name);
void clean_left(clean_log *log, const char *kind, const char *name, const boxd_error *error);

/* Removes what the journal names, and everything whose name begins with its prefix. The journal is removed if
 * nothing is left. A first SIGINT or SIGTERM is ignored, a second one ends the cleaning. */
void clean_run(journal *j, const live_product *product, clean_log *log);

/* --clean: the journals of the directory, of this product and service; or the prefix alone. Returns the exit
 * status of the program. */
int clean_earlier(const live_settings *settings, const live_product *product);

/* What the journal names, and the service has not said whether it exists: the number of them; `why` names the
 * last one. They may appear later. */
size_t clean_unanswered(const journal *j, const char *kind, char *why, size_t size);
/* It was found. */
void clean_answered(journal *j, const char *name);

/* How long a cleaning retries. */
enum { CLEAN_MS = 120000, CLEAN_CALL_MS = 30000 };
int64_t clean_now_ms(void);

#endif
