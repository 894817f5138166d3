/**
 * @file template.h
 * Templates. A service older than mid 2026 has none: BOXD_ERR_NOT_FOUND.
 */
#ifndef DRUKBOX_TEMPLATE_H
#define DRUKBOX_TEMPLATE_H

#include <drukbox/client.h>
#include <drukbox/types/template.h>

BOXD_BEGIN_DECLS

/**
 * Begins to build a template. The same script on the same image gives the template that there is. POST
 * /templates.
 *
 * @param client the client
 * @param setup_script what prepares the image
 * @param options NULL: all is the service's to decide
 * @param error filled on failure; may be NULL
 * @return the template, which is being built; NULL on failure: BOXD_ERR_VALIDATION, BOXD_ERR_RESPONSE (an
 *   unknown provider)
 */
BOXD_API drukbox_template *drukbox_template_create(drukbox_client *client, const char *setup_script,
                                                   const drukbox_template_create_options *options,
                                                   boxd_error *error);

/**
 * Asks for a template. GET /templates/{id}.
 *
 * @param client the client
 * @param id the template's
 * @param call timeout, cancel token; NULL: none of either
 * @param error filled on failure; may be NULL
 * @return the template; NULL on failure: BOXD_ERR_NOT_FOUND, BOXD_ERR_VALIDATION
 */
BOXD_API drukbox_template *drukbox_template_get(drukbox_client *client, const char *id,
                                                const boxd_call_options *call, boxd_error *error);

/**
 * Lists all templates, the newest first. GET /templates.
 *
 * @param client the client
 * @param call timeout, cancel token; NULL: none of either
 * @param error filled on failure; may be NULL
 * @return the templates; NULL on failure: see drukbox/drukbox.h
 */
BOXD_API drukbox_templates *drukbox_template_list(drukbox_client *client, const boxd_call_options *call,
                                                  boxd_error *error);

/**
 * Deletes a template. DELETE /templates/{id}.
 *
 * @param client the client
 * @param id the template's
 * @param call timeout, cancel token; NULL: none of either
 * @param error filled on failure; may be NULL
 * @return BOXD_OK, or BOXD_ERR_NOT_FOUND, BOXD_ERR_CONFLICT (it is being built), BOXD_ERR_UNAVAILABLE
 */
BOXD_API boxd_status drukbox_template_delete(drukbox_client *client, const char *id,
                                             const boxd_call_options *call, boxd_error *error);

BOXD_END_DECLS

#endif
