#include "waiter.h"

#include <drukbox/aio/doctor.h>
#include <drukbox/doctor.h>

WAITER_CALLBACK(on_report, drukbox_doctor_report)

drukbox_doctor_report *drukbox_client_doctor(drukbox_client *client, const boxd_call_options *call,
                                             boxd_error *error)
{
    WAIT_FOR_RESULT(drukbox_aio_client_doctor(client, call, on_report, &w));
}
