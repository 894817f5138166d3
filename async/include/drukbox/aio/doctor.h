/**
 * @file aio/doctor.h
 * How the service is.
 */
#ifndef DRUKBOX_AIO_DOCTOR_H
#define DRUKBOX_AIO_DOCTOR_H

#include <boxd/dispatch.h>
#include <drukbox/client.h>
#include <drukbox/types/doctor.h>

BOXD_BEGIN_DECLS

/** Ends a call that has a result. On success `error` is NULL and the callback owns the result, to be freed
 * with drukbox_doctor_report_free(); else the result is NULL and `error` is borrowed for the callback. */
typedef void (*drukbox_doctor_report_cb)(drukbox_doctor_report *report, const boxd_error *error,
                                         void *user_data);

/**
 * Has the service check what it depends on: its database, its provider and the like. A check that fails is no
 * error of the call. GET /doctor.
 *
 * @param client the client
 * @param call timeout, cancel token; NULL: none of either
 * @param callback runs on the core thread or in dispatch: the report; no errors but the general ones
 *   (drukbox/aio.h)
 */
BOXD_API void drukbox_aio_client_doctor(drukbox_client *client, const boxd_call_options *call,
                                        drukbox_doctor_report_cb callback, void *user_data);

BOXD_END_DECLS

#endif
