/**
 * @file doctor.h
 * How the service is.
 */
#ifndef DRUKBOX_DOCTOR_H
#define DRUKBOX_DOCTOR_H

#include <drukbox/client.h>
#include <drukbox/types/doctor.h>

BOXD_BEGIN_DECLS

/**
 * Has the service check what it depends on: its database, its provider and the like. A check that fails is no
 * error of the call. GET /doctor.
 *
 * @param client the client
 * @param call timeout, cancel token; NULL: none of either
 * @param error filled on failure; may be NULL
 * @return the report; NULL on failure: see drukbox/drukbox.h
 */
BOXD_API drukbox_doctor_report *drukbox_client_doctor(drukbox_client *client, const boxd_call_options *call,
                                                      boxd_error *error);

BOXD_END_DECLS

#endif
