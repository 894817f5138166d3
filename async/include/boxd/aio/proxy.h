/**
 * @file boxd/aio/proxy.h
 * The async twins of boxd/proxy.h. General rules: see boxd/aio.h.
 *
 * @since 0.1.0
 */
#ifndef BOXD_AIO_PROXY_H
#define BOXD_AIO_PROXY_H

#include <boxd/aio/compute.h>
#include <boxd/types/box.h>
#include <boxd/types/proxy.h>

BOXD_BEGIN_DECLS

/** Receives a proxy. The callback owns it: boxd_proxy_free(). */
typedef void (*boxd_proxy_cb)(boxd_proxy *proxy, const boxd_error *error, void *user_data);

/** Receives a list of proxies. The callback owns it: boxd_proxies_free(). */
typedef void (*boxd_proxies_cb)(boxd_proxies *proxies, const boxd_error *error, void *user_data);

/** Async twin of boxd_proxy_create(). @copydoc boxd_proxy_create */
BOXD_API void boxd_aio_proxy_create(boxd_box *box, const char *name, uint32_t port,
                                    const boxd_call_options *call, boxd_proxy_cb callback, void *user_data);

/** Async twin of boxd_proxy_list(). @copydoc boxd_proxy_list */
BOXD_API void boxd_aio_proxy_list(boxd_box *box, const boxd_call_options *call, boxd_proxies_cb callback,
                                  void *user_data);

/** Async twin of boxd_proxy_set_port(). @copydoc boxd_proxy_set_port */
BOXD_API void boxd_aio_proxy_set_port(boxd_box *box, const char *name, uint32_t port,
                                      const boxd_call_options *call, boxd_done_cb callback, void *user_data);

/** Async twin of boxd_proxy_delete(). @copydoc boxd_proxy_delete */
BOXD_API void boxd_aio_proxy_delete(boxd_box *box, const char *name, const boxd_call_options *call,
                                    boxd_done_cb callback, void *user_data);

BOXD_END_DECLS

#endif
