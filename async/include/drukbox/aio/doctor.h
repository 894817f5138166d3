/**
 * @file drukbox/aio/doctor.h
 * The async twins of drukbox/doctor.h. General rules: see drukbox/aio.h.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_AIO_DOCTOR_H
#define DRUKBOX_AIO_DOCTOR_H

#include <boxd/dispatch.h>
#include <drukbox/client.h>
#include <drukbox/types/doctor.h>

BOXD_BEGIN_DECLS

/** Receives a report. The callback owns it: drukbox_doctor_report_free(). */
typedef void (*drukbox_doctor_report_cb)(drukbox_doctor_report *report, const boxd_error *error,
                                         void *user_data);

/** Async twin of drukbox_client_doctor(). @copydoc drukbox_client_doctor */
BOXD_API void drukbox_aio_client_doctor(drukbox_client *client, const boxd_call_options *call,
                                        drukbox_doctor_report_cb callback, void *user_data);

BOXD_END_DECLS

#endif
