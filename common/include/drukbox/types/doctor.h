/**
 * @file types/doctor.h
 * How a Drukbox service is: what it depends on, checked one by one.
 */
#ifndef DRUKBOX_TYPES_DOCTOR_H
#define DRUKBOX_TYPES_DOCTOR_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** One check. */
typedef struct drukbox_doctor_check {
    const char *name;    /**< "db", "provider", "exchange", "tailscale" */
    const char *status;  /**< "ok" or "fail" */
    const char *detail;  /**< may have several lines; or NULL */
    const char *hint;    /**< what to look at, of a check that failed; or NULL */
    int64_t latency_ms;  /**< milliseconds, if has_latency_ms */
    bool has_latency_ms; /**< it was measured */
    bool ok;             /**< status is "ok" */
} drukbox_doctor_check;

/** The report. */
typedef struct drukbox_doctor_report {
    bool ok;                     /**< every check is */
    bool tailnet;                /**< hosts are in a tailnet, if has_tailnet */
    bool has_tailnet;            /**< the service said so or not */
    const char *active_provider; /**< NULL: not given */
    size_t check_count;
    const drukbox_doctor_check *const *checks; /**< in the service's order */
} drukbox_doctor_report;

/** Frees a report. NULL is allowed. */
BOXD_API void drukbox_doctor_report_free(drukbox_doctor_report *report);

BOXD_END_DECLS

#endif
