/**
 * @file drukbox/template.h
 * Templates: images prepared by a script. With a service older than mid 2026 the calls end in
 * BOXD_ERR_NOT_FOUND. General rules: see drukbox.h.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_TEMPLATE_H
#define DRUKBOX_TEMPLATE_H

#include <drukbox/client.h>
#include <drukbox/types/template.h>
#include <drukbox/types/wait.h>

BOXD_BEGIN_DECLS

/**
 * Starts building a template. If a template with the same script and image exists, the call returns that
 * template.
 *
 * @param setup_script the script that prepares the image
 * @param options      NULL leaves every setting to the service
 *
 * @li Result: the template, which is still being built unless it existed, freed with
 *   drukbox_template_free()
 * @li Errors: BOXD_ERR_VALIDATION, BOXD_ERR_RESPONSE (an unknown provider)
 * @li Route: POST /templates
 */
BOXD_API drukbox_template *drukbox_template_create(drukbox_client *client, const char *setup_script,
                                                   const drukbox_template_create_options *options,
                                                   boxd_error *error);

/**
 * Gets a template.
 *
 * @param id id of the template
 *
 * @li Result: the template, freed with drukbox_template_free()
 * @li Errors: BOXD_ERR_NOT_FOUND, BOXD_ERR_VALIDATION
 * @li Route: GET /templates/{id}
 */
BOXD_API drukbox_template *drukbox_template_get(drukbox_client *client, const char *id,
                                                const boxd_call_options *call, boxd_error *error);

/**
 * Waits until a template is available: gets it repeatedly, also if the service cannot be reached for a while.
 *
 * @param id      id of the template
 * @param options NULL: the defaults
 *
 * @li Result: the template, freed with drukbox_template_free()
 * @li Errors: BOXD_ERR_PROVISIONING (building the template failed), BOXD_ERR_NOT_FOUND, BOXD_ERR_VALIDATION,
 *   BOXD_ERR_TIMEOUT (the message has the last state)
 * @li Route: GET /templates/{id}
 */
BOXD_API drukbox_template *drukbox_template_wait_until_available(drukbox_client *client, const char *id,
                                                                 const drukbox_wait_options *options,
                                                                 boxd_error *error);

/**
 * Lists all templates, the newest first.
 *
 * @li Result: the list, freed with drukbox_templates_free()
 * @li Route: GET /templates
 */
BOXD_API drukbox_templates *drukbox_template_list(drukbox_client *client, const boxd_call_options *call,
                                                  boxd_error *error);

/**
 * Deletes a template.
 *
 * @param id id of the template
 *
 * @li Errors: BOXD_ERR_NOT_FOUND, BOXD_ERR_CONFLICT (the template is being built), BOXD_ERR_UNAVAILABLE
 * @li Route: DELETE /templates/{id}
 */
BOXD_API boxd_status drukbox_template_delete(drukbox_client *client, const char *id,
                                             const boxd_call_options *call, boxd_error *error);

BOXD_END_DECLS

#endif
