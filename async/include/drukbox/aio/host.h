/**
 * @file drukbox/aio/host.h
 * The async twins of drukbox/host.h. General rules: see drukbox/aio.h.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_AIO_HOST_H
#define DRUKBOX_AIO_HOST_H

#include <boxd/dispatch.h>
#include <drukbox/client.h>
#include <drukbox/types/host.h>
#include <drukbox/types/wait.h>

BOXD_BEGIN_DECLS

/** Receives a host. The callback owns it: drukbox_host_free(). */
typedef void (*drukbox_host_cb)(drukbox_host *host, const boxd_error *error, void *user_data);

/** Receives a list of hosts. The callback owns it: drukbox_hosts_free(). */
typedef void (*drukbox_hosts_cb)(drukbox_hosts *hosts, const boxd_error *error, void *user_data);

/** Async twin of drukbox_host_create(). @copydoc drukbox_host_create */
BOXD_API void drukbox_aio_host_create(drukbox_client *client, const drukbox_host_create_options *options,
                                      drukbox_host_cb callback, void *user_data);

/** Async twin of drukbox_host_get(). @copydoc drukbox_host_get */
BOXD_API void drukbox_aio_host_get(drukbox_client *client, const char *id, const boxd_call_options *call,
                                   drukbox_host_cb callback, void *user_data);

/** Async twin of drukbox_host_wait_until_active(). @copydoc drukbox_host_wait_until_active */
BOXD_API void drukbox_aio_host_wait_until_active(drukbox_client *client, const char *id,
                                                 const drukbox_wait_options *options,
                                                 drukbox_host_cb callback, void *user_data);

/** Async twin of drukbox_host_attach(). @copydoc drukbox_host_attach */
BOXD_API void drukbox_aio_host_attach(drukbox_client *client, const char *id, const boxd_call_options *call,
                                      drukbox_host_cb callback, void *user_data);

/** Async twin of drukbox_host_list(). @copydoc drukbox_host_list */
BOXD_API void drukbox_aio_host_list(drukbox_client *client, const boxd_call_options *call,
                                    drukbox_hosts_cb callback, void *user_data);

/** Async twin of drukbox_host_delete(). @copydoc drukbox_host_delete */
BOXD_API void drukbox_aio_host_delete(drukbox_client *client, const char *id, const boxd_call_options *call,
                                      boxd_done_cb callback, void *user_data);

/** Async twin of drukbox_host_renew(). @copydoc drukbox_host_renew */
BOXD_API void drukbox_aio_host_renew(drukbox_client *client, const char *id,
                                     const drukbox_host_renew_options *options, drukbox_host_cb callback,
                                     void *user_data);

/** Async twin of drukbox_host_refresh_secret(). @copydoc drukbox_host_refresh_secret */
BOXD_API void drukbox_aio_host_refresh_secret(drukbox_client *client, const char *id, const char *service,
                                              const boxd_call_options *call, boxd_done_cb callback,
                                              void *user_data);

BOXD_END_DECLS

#endif
