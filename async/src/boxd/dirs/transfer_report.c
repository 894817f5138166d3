/* transfer_report.c: collects what a transfer of a directory did. Called on the disk thread while it works
 * on the transfer, and otherwise on the core thread. */
#include "boxd/dirs/transfer_report.h"

#include "errors.h"
#include "mem.h"
#include "printable.h"
#include "record.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void report_init(transfer_report *r, size_t max, change_queue *changes)
{
    *r = (transfer_report){.max = max ? max : 10000, .changes = changes};
}

static void free_from(transfer_report *r, size_t first)
{
    for (size_t i = first; i < r->count; i++) {
        mem_free((void *)(uintptr_t)r->failures[i].path);
        mem_free((void *)(uintptr_t)r->failures[i].reason);
    }
}

void report_free(transfer_report *r)
{
    free_from(r, 0);
    mem_free(r->failures);
}

void report_rewind(transfer_report *r, const transfer_report *then)
{
    free_from(r, then->count);
    r->counts = then->counts;
    r->count = then->count;
    r->bytes = then->bytes;
    r->repeated = r->changed - then->changed;
}

static bool has_capacity(transfer_report *r)
{
    boxd_dir_failure *failures = mem_grow(r->failures, r->count, &r->capacity, sizeof *failures);
    if (failures)
        r->failures = failures;
    return failures != NULL;
}

/* Lists a failure, unless the list is full. */
static void list_failure(transfer_report *r, const char *path, boxd_status status, const char *reason)
{
    boxd_error error;
    if (r->count >= r->max || r->bytes >= REPORT_MAX_BYTES)
        return;
    error_set(&error, status, "%s", reason);
    boxd_dir_failure failure = {.path = mem_strndup(path, strnlen(path, REPORT_MAX_PATH)),
                                .status = status,
                                .reason = mem_strdup(error.message)};
    if (failure.path && failure.reason && has_capacity(r)) {
        r->bytes += strlen(failure.path) + strlen(failure.reason) + 2;
        r->failures[r->count++] = failure;
        return;
    }
    r->no_memory = true;
    mem_free((void *)(uintptr_t)failure.path);
    mem_free((void *)(uintptr_t)failure.reason);
}

void report_failure(transfer_report *r, const char *path, boxd_status status, const char *format, ...)
{
    char reason[BOXD_ERROR_MESSAGE_SIZE];
    va_list args;
    va_start(args, format);
    if (vsnprintf(reason, sizeof reason, format, args) < 0)
        reason[0] = '\0';
    va_end(args);
    r->counts.failed++;
    list_failure(r, path, status, reason);
}

/* ---- changes ---- */

static void add_change(transfer_report *r, boxd_dir_change_kind kind, const char *path)
{
    if (r->repeated > 0) {
        r->repeated--;
        return;
    }
    r->changed++;
    r->no_memory |= r->changes && !change_queue_add(r->changes, kind, path);
}

void report_copy(transfer_report *r, const char *path)
{
    add_change(r, BOXD_DIR_CHANGE_COPY, path);
}

void report_deletion(transfer_report *r, const char *path)
{
    r->counts.deleted++;
    add_change(r, BOXD_DIR_CHANGE_DELETE, path);
}

/* ---- the end ---- */

boxd_status report_error(const transfer_report *r, const char *subject, boxd_error *error)
{
    if (r->no_memory)
        return error_no_memory(error, "listing the files that were not copied");
    if (r->counts.failed == 0)
        return BOXD_OK;
    const boxd_dir_failure *first = &r->failures[0];
    const char *path = *first->path ? first->path : "the directory itself";
    if (r->counts.failed == 1)
        return error_set_sent(error, BOXD_ERR_INCOMPLETE, BOXD_SENT_YES, "%s: 1 entry failed, %s: %s",
                              subject, PRINTABLE(path, 150), first->reason);
    return error_set_sent(error, BOXD_ERR_INCOMPLETE, BOXD_SENT_YES,
                          "%s: %llu entries failed, the first is %s: %s; the result lists them", subject,
                          (unsigned long long)r->counts.failed, PRINTABLE(path, 150), first->reason);
}

void report_too_large(uint64_t max_bytes, boxd_error *error)
{
    if (error->status == BOXD_OK)
        error_set_sent(error, BOXD_ERR_TOO_LARGE, BOXD_SENT_YES,
                       "the files of the directory have more than max_bytes (%llu) bytes; raise max_bytes",
                       (unsigned long long)max_bytes);
}

bool report_check_bytes(uint64_t bytes, uint64_t max_bytes, boxd_error *error)
{
    if (max_bytes == 0 || bytes <= max_bytes)
        return true;
    report_too_large(max_bytes, error);
    return false;
}

static void fill_failure(record *r, void *to, const void *from)
{
    const boxd_dir_failure *noted = from;
    boxd_dir_failure *failure = to;
    failure->path = record_raw(r, noted->path);
    failure->status = noted->status;
    failure->reason = record_raw(r, noted->reason);
}

boxd_dir_transfer *report_result(const transfer_report *r)
{
    record rec;
    boxd_error error;
    boxd_dir_transfer *result = record_begin(&rec, sizeof *result, NULL);
    if (!result)
        return record_end(&rec, &error);
    *result = r->counts;
    boxd_dir_failure **items = record_pointers(&rec, r->count, sizeof **items);
    result->failures = (const boxd_dir_failure *const *)items;
    result->failure_count = items ? r->count : 0;
    for (size_t i = 0; i < result->failure_count; i++)
        fill_failure(&rec, items[i], &r->failures[i]);
    return record_end(&rec, &error);
}

void boxd_dir_transfer_free(boxd_dir_transfer *transfer)
{
    record_free(transfer);
}
