/**
 * @file aio/template.h
 * Templates, with callbacks. What holds for all calls stands in aio.h.
 */
#ifndef BOXD_AIO_TEMPLATE_H
#define BOXD_AIO_TEMPLATE_H

#include <boxd/aio/box.h>
#include <boxd/types/template.h>

BOXD_BEGIN_DECLS

/** Ends a call that returns a template. @param made owned by the callback; NULL on failure */
typedef void (*boxd_template_cb)(boxd_template *made, const boxd_error *error, void *user_data);

/** Ends a call that returns templates. @param templates owned by the callback; NULL on failure */
typedef void (*boxd_templates_cb)(boxd_templates *templates, const boxd_error *error, void *user_data);

/**
 * Creates a template. RPC: CreateTemplate (the 0.1 service). Never sent twice.
 *
 * @param options the name must be set; borrowed until this returns
 * @param callback gets the template, or: BOXD_ERR_INVALID_ARGUMENT (no name, or a malformed configuration),
 *   BOXD_ERR_ALREADY_EXISTS (the name), BOXD_ERR_UNSUPPORTED (today's service: take
 *   boxd_snapshot_create()). Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_template_create(boxd_compute *compute, const boxd_template_create_options *options,
                                       boxd_template_cb callback, void *user_data);

/**
 * Lists all templates. RPC: ListTemplates (the 0.1 service).
 *
 * @param call or NULL
 * @param callback gets the list, possibly empty, or: BOXD_ERR_UNSUPPORTED (today's service: take
 *   boxd_snapshot_list()). Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_template_list(boxd_compute *compute, const boxd_call_options *call,
                                     boxd_templates_cb callback, void *user_data);

/**
 * Creates a box of a template. RPC: CreateVmFromTemplate (the 0.1 service). Never sent twice.
 *
 * @param from the template
 * @param options NULL: all as the template has it; borrowed until this returns
 * @param callback gets the box, or: BOXD_ERR_NOT_FOUND (the template), BOXD_ERR_UNSUPPORTED (today's
 *   service: take boxd_snapshot_create_box()), and as boxd_box_create(). Runs on the core thread or in
 *   dispatch.
 */
BOXD_API void boxd_aio_template_create_box(boxd_template *from,
                                           const boxd_template_create_box_options *options,
                                           boxd_box_cb callback, void *user_data);

/**
 * Deletes a template; boxes made of it stay. RPC: DeleteTemplate (the 0.1 service).
 *
 * @param from the template; the handle stays valid and is freed by its owner
 * @param call or NULL
 * @param callback gets BOXD_OK, or: BOXD_ERR_NOT_FOUND, BOXD_ERR_UNSUPPORTED (today's service: take
 *   boxd_snapshot_delete()). Runs on the core thread or in dispatch.
 */
BOXD_API void boxd_aio_template_delete(boxd_template *from, const boxd_call_options *call,
                                       boxd_done_cb callback, void *user_data);

BOXD_END_DECLS

#endif
