/**
 * @file aio/template.h
 * Templates. A service older than mid 2026 has none: BOXD_ERR_NOT_FOUND.
 */
#ifndef DRUKBOX_AIO_TEMPLATE_H
#define DRUKBOX_AIO_TEMPLATE_H

#include <boxd/dispatch.h>
#include <drukbox/client.h>
#include <drukbox/types/template.h>

BOXD_BEGIN_DECLS

/** Ends a call that has a result. On success `error` is NULL and the callback owns the result, to be freed
 * with drukbox_template_free(); else the result is NULL and `error` is borrowed for the callback. */
typedef void (*drukbox_template_cb)(drukbox_template *made, const boxd_error *error, void *user_data);

/** Ends a call that has a result. On success `error` is NULL and the callback owns the result, to be freed
 * with drukbox_templates_free(); else the result is NULL and `error` is borrowed for the callback. */
typedef void (*drukbox_templates_cb)(drukbox_templates *templates, const boxd_error *error, void *user_data);

/**
 * Begins to build a template. The same script on the same image gives the template that there is. POST
 * /templates.
 *
 * @param client the client
 * @param setup_script what prepares the image
 * @param options NULL: all is the service's to decide
 * @param callback runs on the core thread or in dispatch: the template, which is being built; or
 *   BOXD_ERR_VALIDATION, BOXD_ERR_RESPONSE (an unknown provider)
 */
BOXD_API void drukbox_aio_template_create(drukbox_client *client, const char *setup_script,
                                          const drukbox_template_create_options *options,
                                          drukbox_template_cb callback, void *user_data);

/**
 * Asks for a template. GET /templates/{id}.
 *
 * @param client the client
 * @param id the template's
 * @param call timeout, cancel token; NULL: none of either
 * @param callback runs on the core thread or in dispatch: the template; or BOXD_ERR_NOT_FOUND,
 *   BOXD_ERR_VALIDATION
 */
BOXD_API void drukbox_aio_template_get(drukbox_client *client, const char *id, const boxd_call_options *call,
                                       drukbox_template_cb callback, void *user_data);

/**
 * Lists all templates, the newest first. GET /templates.
 *
 * @param client the client
 * @param call timeout, cancel token; NULL: none of either
 * @param callback runs on the core thread or in dispatch: the templates; no errors but the general ones
 *   (drukbox/aio.h)
 */
BOXD_API void drukbox_aio_template_list(drukbox_client *client, const boxd_call_options *call,
                                        drukbox_templates_cb callback, void *user_data);

/**
 * Deletes a template. DELETE /templates/{id}.
 *
 * @param client the client
 * @param id the template's
 * @param call timeout, cancel token; NULL: none of either
 * @param callback runs on the core thread or in dispatch; or BOXD_ERR_NOT_FOUND, BOXD_ERR_CONFLICT (it is
 *   being built), BOXD_ERR_UNAVAILABLE
 */
BOXD_API void drukbox_aio_template_delete(drukbox_client *client, const char *id,
                                          const boxd_call_options *call, boxd_done_cb callback,
                                          void *user_data);

BOXD_END_DECLS

#endif
