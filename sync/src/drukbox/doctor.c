/*
 * doctor.c: the blocking function for the state of a Drukbox service. It submits its async twin and waits
 * for the callback (waiter.h): it runs on the thread of the caller, the callback on the core thread of
 * the client.
 */
#include "waiter.h"

#include <drukbox/aio/doctor.h>
#include <drukbox/doctor.h>

WAITER_CALLBACK(on_report, drukbox_doctor_report)

drukbox_doctor_report *drukbox_client_doctor(drukbox_client *client, const boxd_call_options *call,
                                             boxd_error *error)
{
    WAIT_FOR_RESULT(drukbox_aio_client_doctor(client, call, on_report, &w));
}
