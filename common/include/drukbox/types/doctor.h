/**
 * @file drukbox/types/doctor.h
 * The health of a Drukbox service: one check for each of its dependencies.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_TYPES_DOCTOR_H
#define DRUKBOX_TYPES_DOCTOR_H

#include <boxd/base.h>

BOXD_BEGIN_DECLS

/** A check. */
typedef struct drukbox_doctor_check {
    /** "db", "provider", "exchange" or "tailscale". */
    const char *name;
    /** "ok" or "fail". */
    const char *status;
    /** May have several lines; or NULL. */
    const char *detail;
    /** What to look at if the check failed; or NULL. */
    const char *hint;
    /** If `has_latency_ms`. */
    int64_t latency_ms;
    /** Whether the latency was measured. */
    bool has_latency_ms;
    /** Whether `status` is "ok". */
    bool ok;
} drukbox_doctor_check;

/** The report of all checks. */
typedef struct drukbox_doctor_report {
    /** Whether all checks are ok. */
    bool ok;
    /** Whether hosts are in a tailnet, if `has_tailnet`. */
    bool tailnet;
    /** Whether the service sent `tailnet`. */
    bool has_tailnet;
    /** NULL: not sent. */
    const char *active_provider;
    /** The number of `checks`. */
    size_t check_count;
    /** In the order of the service. */
    const drukbox_doctor_check *const *checks;
} drukbox_doctor_report;

/** Frees a report. NULL is allowed. */
BOXD_API void drukbox_doctor_report_free(drukbox_doctor_report *report);

BOXD_END_DECLS

#endif
