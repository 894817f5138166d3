/**
 * @file boxd/aio/template.h
 * The async twins of boxd/template.h. General rules: see boxd/aio.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_AIO_TEMPLATE_H
#define BOXD_AIO_TEMPLATE_H

#include <boxd/aio/box.h>
#include <boxd/types/template.h>

BOXD_BEGIN_DECLS

/** Receives a template. The callback owns it: boxd_template_free(). */
typedef void (*boxd_template_cb)(boxd_template *result, const boxd_error *error, void *user_data);

/** Receives a list of templates. The callback owns it: boxd_templates_free(). */
typedef void (*boxd_templates_cb)(boxd_templates *templates, const boxd_error *error, void *user_data);

/** Async twin of boxd_template_create(). @copydoc boxd_template_create */
BOXD_API void boxd_aio_template_create(boxd_compute *compute, const boxd_template_create_options *options,
                                       boxd_template_cb callback, void *user_data);

/** Async twin of boxd_template_list(). @copydoc boxd_template_list */
BOXD_API void boxd_aio_template_list(boxd_compute *compute, const boxd_call_options *call,
                                     boxd_templates_cb callback, void *user_data);

/** Async twin of boxd_template_create_box(). @copydoc boxd_template_create_box */
BOXD_API void boxd_aio_template_create_box(boxd_template *from,
                                           const boxd_template_create_box_options *options,
                                           boxd_box_cb callback, void *user_data);

/** Async twin of boxd_template_delete(). @copydoc boxd_template_delete */
BOXD_API void boxd_aio_template_delete(boxd_template *from, const boxd_call_options *call,
                                       boxd_done_cb callback, void *user_data);

BOXD_END_DECLS

#endif
