/*
 * template.c: the blocking functions for Drukbox templates. Each one submits its async twin and waits for
 * the callback (waiter.h): it runs on the thread of the caller, the callback on the core thread of the
 * client.
 */
#include "waiter.h"

#include <drukbox/aio/template.h>
#include <drukbox/template.h>

WAITER_CALLBACK(on_template, drukbox_template)
WAITER_CALLBACK(on_templates, drukbox_templates)

drukbox_template *drukbox_template_create(drukbox_client *client, const char *setup_script,
                                          const drukbox_template_create_options *options, boxd_error *error)
{
    WAIT_FOR_RESULT(drukbox_aio_template_create(client, setup_script, options, on_template, &w));
}

drukbox_template *drukbox_template_get(drukbox_client *client, const char *id, const boxd_call_options *call,
                                       boxd_error *error)
{
    WAIT_FOR_RESULT(drukbox_aio_template_get(client, id, call, on_template, &w));
}

drukbox_template *drukbox_template_wait_until_available(drukbox_client *client, const char *id,
                                                        const drukbox_wait_options *options,
                                                        boxd_error *error)
{
    WAIT_FOR_RESULT(drukbox_aio_template_wait_until_available(client, id, options, on_template, &w));
}

drukbox_templates *drukbox_template_list(drukbox_client *client, const boxd_call_options *call,
                                         boxd_error *error)
{
    WAIT_FOR_RESULT(drukbox_aio_template_list(client, call, on_templates, &w));
}

boxd_status drukbox_template_delete(drukbox_client *client, const char *id, const boxd_call_options *call,
                                    boxd_error *error)
{
    WAIT_FOR_STATUS(drukbox_aio_template_delete(client, id, call, waiter_on_done, &w));
}
