/**
 * @file template.h
 * Templates, blocking. What holds for all calls stands in boxd.h.
 */
#ifndef BOXD_TEMPLATE_H
#define BOXD_TEMPLATE_H

#include <boxd/compute.h>
#include <boxd/types/template.h>

BOXD_BEGIN_DECLS

/**
 * Creates a template. RPC: CreateTemplate (the 0.1 service). Never sent twice.
 *
 * @param options the name must be set
 * @param error or NULL
 * @return the template, owned by the caller (boxd_template_free()); NULL: BOXD_ERR_INVALID_ARGUMENT (no
 *   name, or a malformed configuration), BOXD_ERR_ALREADY_EXISTS (the name), BOXD_ERR_UNSUPPORTED (today's
 *   service: take boxd_snapshot_create())
 */
BOXD_API boxd_template *boxd_template_create(boxd_compute *compute,
                                             const boxd_template_create_options *options, boxd_error *error);

/**
 * Lists all templates. RPC: ListTemplates (the 0.1 service).
 *
 * @param call or NULL
 * @param error or NULL
 * @return the list, possibly empty, owned by the caller (boxd_templates_free()); NULL: BOXD_ERR_UNSUPPORTED
 *   (today's service: take boxd_snapshot_list())
 */
BOXD_API boxd_templates *boxd_template_list(boxd_compute *compute, const boxd_call_options *call,
                                            boxd_error *error);

/**
 * Creates a box of a template. RPC: CreateVmFromTemplate (the 0.1 service). Never sent twice.
 *
 * @param from the template
 * @param options NULL: all as the template has it
 * @param error or NULL
 * @return the box, owned by the caller (boxd_box_free()); NULL: BOXD_ERR_NOT_FOUND (the template),
 *   BOXD_ERR_UNSUPPORTED (today's service: take boxd_snapshot_create_box()), and as boxd_box_create()
 */
BOXD_API boxd_box *boxd_template_create_box(boxd_template *from,
                                            const boxd_template_create_box_options *options,
                                            boxd_error *error);

/**
 * Deletes a template; boxes made of it stay. RPC: DeleteTemplate (the 0.1 service).
 *
 * @param from the template; the handle stays valid and is freed by its owner
 * @param call or NULL
 * @param error or NULL
 * @return BOXD_OK, or: BOXD_ERR_NOT_FOUND, BOXD_ERR_UNSUPPORTED (today's service: take
 *   boxd_snapshot_delete())
 */
BOXD_API boxd_status boxd_template_delete(boxd_template *from, const boxd_call_options *call,
                                          boxd_error *error);

BOXD_END_DECLS

#endif
