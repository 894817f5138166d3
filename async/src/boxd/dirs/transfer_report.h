/*
 * transfer_report.h: what became of a transfer of a directory: counts, and the entries that were not copied.
 * Becomes the result of the program. Belongs to the thread that works on the transfer.
 */
#ifndef BOXD_TRANSFER_REPORT_H
#define BOXD_TRANSFER_REPORT_H

#include "boxd/dirs/change_queue.h"

#include <boxd/error.h>
#include <boxd/types/dir.h>

#include <stdbool.h>

/* The box chooses paths, so the list is bounded in bytes, too. A longer path is cut. */
enum { REPORT_MAX_BYTES = 16 * 1024 * 1024, REPORT_MAX_PATH = 4095 };

typedef struct transfer_report {
    boxd_dir_transfer counts;
    /* The entries that are listed; `capacity` is allocated. */
    boxd_dir_failure *failures;
    size_t count, capacity, max;
    /* The bytes of their paths and reasons, at most about REPORT_MAX_BYTES. */
    size_t bytes;
    /* Memory ran out: the list is not complete. */
    bool no_memory;
    /* Or NULL. Changes that were added since the beginning, and changes that are about to come again after
     * report_rewind(). */
    change_queue *changes;
    uint64_t changed, repeated;
} transfer_report;

/* `max`: how many entries are listed at most; 0: 10,000. `changes` or NULL. */
void report_init(transfer_report *r, size_t max, change_queue *changes);
void report_free(transfer_report *r);

/* Notes that the entry at `path` was not copied. The reason is written as errors are (errors.h). */
void report_failure(transfer_report *r, const char *path, boxd_status status, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Notes that the transfer changes the entry at `path`; a deletion is counted. */
void report_copy(transfer_report *r, const char *path);
void report_deletion(transfer_report *r, const char *path);

/* Forgets what was noted since `then`, a copy of the report. The changes since then are expected again, in
 * the same order, and are not added twice. */
void report_rewind(transfer_report *r, const transfer_report *then);

/* BOXD_OK if each entry was copied; else the error of the transfer, which names the first one. */
boxd_status report_error(const transfer_report *r, const char *subject, boxd_error *error);

/* Sets the error of a transfer of more than `max_bytes` bytes, unless `error` is set. */
void report_too_large(uint64_t max_bytes, boxd_error *error);

/* The same if `bytes` are more than `max_bytes` (0: no limit). False: they are. */
bool report_check_bytes(uint64_t bytes, uint64_t max_bytes, boxd_error *error);

/* The result for the program. NULL: out of memory. */
boxd_dir_transfer *report_result(const transfer_report *r);

#endif
