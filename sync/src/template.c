/*
 * template.c: the blocking functions for templates. Each one submits its async twin and waits for the
 * callback (waiter.h): it runs on the thread of the caller, the callback on the core thread of the
 * client.
 */
#include "waiter.h"

#include <boxd/aio/template.h>
#include <boxd/template.h>

WAITER_CALLBACK(on_template, boxd_template)
WAITER_CALLBACK(on_templates, boxd_templates)
WAITER_CALLBACK(on_box, boxd_box)

boxd_template *boxd_template_create(boxd_compute *compute, const boxd_template_create_options *options,
                                    boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_template_create(compute, options, on_template, &w));
}

boxd_templates *boxd_template_list(boxd_compute *compute, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_template_list(compute, call, on_templates, &w));
}

boxd_box *boxd_template_create_box(boxd_template *from, const boxd_template_create_box_options *options,
                                   boxd_error *error)
{
    WAIT_FOR_RESULT(boxd_aio_template_create_box(from, options, on_box, &w));
}

boxd_status boxd_template_delete(boxd_template *from, const boxd_call_options *call, boxd_error *error)
{
    WAIT_FOR_STATUS(boxd_aio_template_delete(from, call, waiter_on_done, &w));
}
