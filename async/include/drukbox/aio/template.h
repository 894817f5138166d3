/**
 * @file drukbox/aio/template.h
 * The async twins of drukbox/template.h. General rules: see drukbox/aio.h.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_AIO_TEMPLATE_H
#define DRUKBOX_AIO_TEMPLATE_H

#include <boxd/dispatch.h>
#include <drukbox/client.h>
#include <drukbox/types/template.h>
#include <drukbox/types/wait.h>

BOXD_BEGIN_DECLS

/** Receives a template. The callback owns it: drukbox_template_free(). */
typedef void (*drukbox_template_cb)(drukbox_template *result, const boxd_error *error, void *user_data);

/** Receives a list of templates. The callback owns it: drukbox_templates_free(). */
typedef void (*drukbox_templates_cb)(drukbox_templates *templates, const boxd_error *error, void *user_data);

/** Async twin of drukbox_template_create(). @copydoc drukbox_template_create */
BOXD_API void drukbox_aio_template_create(drukbox_client *client, const char *setup_script,
                                          const drukbox_template_create_options *options,
                                          drukbox_template_cb callback, void *user_data);

/** Async twin of drukbox_template_get(). @copydoc drukbox_template_get */
BOXD_API void drukbox_aio_template_get(drukbox_client *client, const char *id, const boxd_call_options *call,
                                       drukbox_template_cb callback, void *user_data);

/** Async twin of drukbox_template_wait_until_available(). @copydoc drukbox_template_wait_until_available */
BOXD_API void drukbox_aio_template_wait_until_available(drukbox_client *client, const char *id,
                                                        const drukbox_wait_options *options,
                                                        drukbox_template_cb callback, void *user_data);

/** Async twin of drukbox_template_list(). @copydoc drukbox_template_list */
BOXD_API void drukbox_aio_template_list(drukbox_client *client, const boxd_call_options *call,
                                        drukbox_templates_cb callback, void *user_data);

/** Async twin of drukbox_template_delete(). @copydoc drukbox_template_delete */
BOXD_API void drukbox_aio_template_delete(drukbox_client *client, const char *id,
                                          const boxd_call_options *call, boxd_done_cb callback,
                                          void *user_data);

BOXD_END_DECLS

#endif
