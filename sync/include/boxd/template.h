/**
 * @file boxd/template.h
 * Templates of service 0.1. General rules: see boxd.h. Service 0.2 has snapshots in place of templates:
 * there the functions below end in BOXD_ERR_UNSUPPORTED, and the message names the function for snapshots.
 *
 * @since 0.1.0
 */
#ifndef BOXD_TEMPLATE_H
#define BOXD_TEMPLATE_H

#include <boxd/compute.h>
#include <boxd/types/template.h>

BOXD_BEGIN_DECLS

/**
 * Creates a template.
 *
 * @param options must have a name
 *
 * @li Result: the template, freed with boxd_template_free()
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT (no name, or a malformed configuration), BOXD_ERR_ALREADY_EXISTS
 *   (the name is taken), BOXD_ERR_UNSUPPORTED (use boxd_snapshot_create())
 * @li RPC: CreateTemplate (service 0.1)
 */
BOXD_API boxd_template *boxd_template_create(boxd_compute *compute,
                                             const boxd_template_create_options *options, boxd_error *error);

/**
 * Lists all templates.
 *
 * @li Result: the list, possibly empty, freed with boxd_templates_free()
 * @li Errors: BOXD_ERR_UNSUPPORTED (use boxd_snapshot_list())
 * @li RPC: ListTemplates (service 0.1)
 */
BOXD_API boxd_templates *boxd_template_list(boxd_compute *compute, const boxd_call_options *call,
                                            boxd_error *error);

/**
 * Creates a box from a template.
 *
 * @param from    the template
 * @param options NULL takes every setting from the template
 *
 * @li Result: the box, freed with boxd_box_free()
 * @li Errors: BOXD_ERR_NOT_FOUND (the template), BOXD_ERR_UNSUPPORTED (use boxd_snapshot_create_box()), and
 *   as boxd_box_create()
 * @li RPC: CreateVmFromTemplate (service 0.1)
 */
BOXD_API boxd_box *boxd_template_create_box(boxd_template *from,
                                            const boxd_template_create_box_options *options,
                                            boxd_error *error);

/**
 * Deletes a template. Boxes created from the template are kept. The handle stays valid until
 * boxd_template_free().
 *
 * @param from the template
 *
 * @li Errors: BOXD_ERR_NOT_FOUND, BOXD_ERR_UNSUPPORTED (use boxd_snapshot_delete())
 * @li RPC: DeleteTemplate (service 0.1)
 */
BOXD_API boxd_status boxd_template_delete(boxd_template *from, const boxd_call_options *call,
                                          boxd_error *error);

BOXD_END_DECLS

#endif
