/**
 * @file boxd/aio/domain.h
 * The async twins of boxd/domain.h. General rules: see boxd/aio.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_AIO_DOMAIN_H
#define BOXD_AIO_DOMAIN_H

#include <boxd/aio/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/domain.h>

BOXD_BEGIN_DECLS

/** Receives a list of domains. The callback owns it: boxd_domains_free(). */
typedef void (*boxd_domains_cb)(boxd_domains *domains, const boxd_error *error, void *user_data);

/** Async twin of boxd_domain_bind(). @copydoc boxd_domain_bind */
BOXD_API void boxd_aio_domain_bind(boxd_box *box, const char *domain, const boxd_call_options *call,
                                   boxd_done_cb callback, void *user_data);

/** Async twin of boxd_domain_list(). @copydoc boxd_domain_list */
BOXD_API void boxd_aio_domain_list(boxd_compute *compute, const boxd_call_options *call,
                                   boxd_domains_cb callback, void *user_data);

/** Async twin of boxd_domain_unbind(). @copydoc boxd_domain_unbind */
BOXD_API void boxd_aio_domain_unbind(boxd_compute *compute, const char *domain, const boxd_call_options *call,
                                     boxd_done_cb callback, void *user_data);

BOXD_END_DECLS

#endif
