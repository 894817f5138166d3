/**
 * @file drukbox/doctor.h
 * The state of the service. General rules: see drukbox.h.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_DOCTOR_H
#define DRUKBOX_DOCTOR_H

#include <drukbox/client.h>
#include <drukbox/types/doctor.h>

BOXD_BEGIN_DECLS

/**
 * Lets the service check its dependencies, for example its database and its provider. A failed check is a
 * part of the result, not an error.
 *
 * @li Result: the report, freed with drukbox_doctor_report_free()
 * @li Route: GET /doctor
 */
BOXD_API drukbox_doctor_report *drukbox_client_doctor(drukbox_client *client, const boxd_call_options *call,
                                                      boxd_error *error);

BOXD_END_DECLS

#endif
