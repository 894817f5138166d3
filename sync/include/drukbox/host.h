/**
 * @file host.h
 * Hosts.
 */
#ifndef DRUKBOX_HOST_H
#define DRUKBOX_HOST_H

#include <drukbox/client.h>
#include <drukbox/types/host.h>

BOXD_BEGIN_DECLS

/**
 * Makes a host and waits until it is active, which takes the service 10 to 30 s, sometimes minutes. POST
 * /hosts.
 *
 * An answer that was lost (BOXD_ERR_UNAVAILABLE, BOXD_ERR_TIMEOUT, BOXD_ERR_CANCELLED with `sent` unknown)
 * may leave a host behind: repeat the call with the same idempotency_key, which gives that host, without its
 * private key; or look for it in the list.
 *
 * @param client the client
 * @param options NULL: all is the service's to decide; env's names are letters, digits and "_"
 * @param error filled on failure; may be NULL
 * @return the host, with its private key; its `warning` says what the service ignored; NULL on failure:
 *   BOXD_ERR_INVALID_ARGUMENT (options that contradict each other or cannot be sent), BOXD_ERR_VALIDATION
 *   (the service refused one), BOXD_ERR_RESPONSE (an unknown provider, a size that it cannot serve),
 *   BOXD_ERR_CONFLICT, BOXD_ERR_PROVISIONING (it was tried, and failed), BOXD_ERR_UNAVAILABLE,
 *   BOXD_ERR_CAPACITY (the provider is at its limit of hosts; retry_after_ms)
 */
BOXD_API drukbox_host *drukbox_host_create(drukbox_client *client, const drukbox_host_create_options *options,
                                           boxd_error *error);

/**
 * Asks for a host. GET /hosts/{id}.
 *
 * @param client the client
 * @param id the host's; sent percent-encoded, as one segment of the path
 * @param call timeout, cancel token; NULL: none of either
 * @param error filled on failure; may be NULL
 * @return the host, without its private key; NULL on failure: BOXD_ERR_NOT_FOUND, BOXD_ERR_VALIDATION (the
 *   service knows no ids of that form)
 */
BOXD_API drukbox_host *drukbox_host_get(drukbox_client *client, const char *id, const boxd_call_options *call,
                                        boxd_error *error);

/**
 * The same under the name that programs use that go on with a host which another one made. GET /hosts/{id}.
 *
 * @param client the client
 * @param id the host's
 * @param call timeout, cancel token; NULL: none of either
 * @param error filled on failure; may be NULL
 * @return as of drukbox_host_get(); NULL on failure: as of drukbox_host_get()
 */
BOXD_API drukbox_host *drukbox_host_attach(drukbox_client *client, const char *id,
                                           const boxd_call_options *call, boxd_error *error);

/**
 * Lists all hosts, the newest first. GET /hosts.
 *
 * @param client the client
 * @param call timeout, cancel token; NULL: none of either
 * @param error filled on failure; may be NULL
 * @return the hosts, without private keys; NULL on failure: see drukbox/drukbox.h
 */
BOXD_API drukbox_hosts *drukbox_host_list(drukbox_client *client, const boxd_call_options *call,
                                          boxd_error *error);

/**
 * Deletes a host and its machine. A machine that is gone already is no error. DELETE /hosts/{id}.
 *
 * @param client the client
 * @param id the host's
 * @param call timeout, cancel token; NULL: none of either
 * @param error filled on failure; may be NULL
 * @return BOXD_OK, or BOXD_ERR_NOT_FOUND, BOXD_ERR_CONFLICT (it is still being provisioned),
 *   BOXD_ERR_UNAVAILABLE (its machine could not be removed; try again)
 */
BOXD_API boxd_status drukbox_host_delete(drukbox_client *client, const char *id,
                                         const boxd_call_options *call, boxd_error *error);

/**
 * Renews a host's lease, which may shorten it. A permanent host gets an end. POST /hosts/{id}/renew.
 *
 * @param client the client
 * @param id the host's
 * @param options NULL: the service's default from now
 * @param error filled on failure; may be NULL
 * @return the host; NULL on failure: BOXD_ERR_NOT_FOUND, BOXD_ERR_CONFLICT (its state does not allow it),
 *   BOXD_ERR_VALIDATION (not in the future), BOXD_ERR_RESPONSE (beyond what its provider can keep)
 */
BOXD_API drukbox_host *drukbox_host_renew(drukbox_client *client, const char *id,
                                          const drukbox_host_renew_options *options, boxd_error *error);

/**
 * Has an issuer asked for a fresh credential now. Since mid 2026; an older service says BOXD_ERR_NOT_FOUND.
 * POST /hosts/{id}/secrets/{service}/refresh.
 *
 * @param client the client
 * @param id the host's
 * @param service which of its secrets
 * @param call timeout, cancel token; NULL: none of either
 * @param error filled on failure; may be NULL
 * @return BOXD_OK, or BOXD_ERR_NOT_FOUND (no such host or secret), BOXD_ERR_CONFLICT (it has no issuer),
 *   BOXD_ERR_UNAVAILABLE (the issuer gave none; retry_after_ms)
 */
BOXD_API boxd_status drukbox_host_refresh_secret(drukbox_client *client, const char *id, const char *service,
                                                 const boxd_call_options *call, boxd_error *error);

BOXD_END_DECLS

#endif
