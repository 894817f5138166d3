/**
 * @file drukbox/host.h
 * Hosts. General rules: see drukbox.h.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_HOST_H
#define DRUKBOX_HOST_H

#include <drukbox/client.h>
#include <drukbox/types/host.h>

BOXD_BEGIN_DECLS

/**
 * Creates a host and waits until it is active. This usually takes 10 to 30 s, sometimes minutes.
 *
 * If the response is lost (BOXD_ERR_UNAVAILABLE, BOXD_ERR_TIMEOUT or BOXD_ERR_CANCELLED, and
 * boxd_error.sent is BOXD_SENT_UNKNOWN), the host may exist, or the service may still be creating it. Then
 * repeat the call with the same `idempotency_key`, which returns a finished host without its private key, or
 * look for the host with drukbox_host_list(). With an `idempotency_key` the library itself repeats a request
 * whose connection was closed (drukbox.h); then `warning` of the host says that its private key is lost.
 *
 * @param options NULL leaves every setting to the service; names in `env` consist of letters, digits and
 *   "_"
 *
 * @li Result: the host, freed with drukbox_host_free(). Its `private_key` is set if the host has one, see
 *   drukbox_host. Its `warning` says what the program should know.
 * @li Errors: BOXD_ERR_INVALID_ARGUMENT (options that contradict each other or cannot be sent),
 *   BOXD_ERR_VALIDATION (the service refused an option), BOXD_ERR_RESPONSE (an unknown provider, a size
 *   that the provider does not have, or a provider that is not configured), BOXD_ERR_CONFLICT,
 *   BOXD_ERR_PROVISIONING (creating the host failed; with services of July 2026 also the provider's limit of
 *   hosts), BOXD_ERR_UNAVAILABLE, BOXD_ERR_CAPACITY (the provider has reached its limit of hosts: see
 *   `retry_after_ms`)
 * @li Route: POST /hosts
 */
BOXD_API drukbox_host *drukbox_host_create(drukbox_client *client, const drukbox_host_create_options *options,
                                           boxd_error *error);

/**
 * Gets a host.
 *
 * @param id id of the host; sent percent-encoded, as one path segment
 *
 * @li Result: the host, without its private key, freed with drukbox_host_free()
 * @li Errors: BOXD_ERR_NOT_FOUND, BOXD_ERR_VALIDATION (the service has no ids of this form)
 * @li Route: GET /hosts/{id}
 */
BOXD_API drukbox_host *drukbox_host_get(drukbox_client *client, const char *id, const boxd_call_options *call,
                                        boxd_error *error);

/**
 * Gets a host that another program created. The function is the same as drukbox_host_get(); the name says
 * the purpose.
 *
 * @param id id of the host
 *
 * @li Result: as drukbox_host_get()
 * @li Errors: as drukbox_host_get()
 * @li Route: GET /hosts/{id}
 */
BOXD_API drukbox_host *drukbox_host_attach(drukbox_client *client, const char *id,
                                           const boxd_call_options *call, boxd_error *error);

/**
 * Lists all hosts, the newest first.
 *
 * @li Result: the list, without private keys, freed with drukbox_hosts_free()
 * @li Route: GET /hosts
 */
BOXD_API drukbox_hosts *drukbox_host_list(drukbox_client *client, const boxd_call_options *call,
                                          boxd_error *error);

/**
 * Deletes a host and its machine. If the machine does not exist any more, that is not an error.
 *
 * @param id id of the host
 *
 * @li Errors: BOXD_ERR_NOT_FOUND, BOXD_ERR_CONFLICT (the host is still being provisioned),
 *   BOXD_ERR_UNAVAILABLE (the machine could not be removed: repeat the call)
 * @li Route: DELETE /hosts/{id}
 */
BOXD_API boxd_status drukbox_host_delete(drukbox_client *client, const char *id,
                                         const boxd_call_options *call, boxd_error *error);

/**
 * Sets a new end of the lease of a host. The new end may be earlier than the old end. A permanent host gets
 * an end.
 *
 * @param id      id of the host
 * @param options NULL: the default lease of the service, from now
 *
 * @li Result: the host, freed with drukbox_host_free()
 * @li Errors: BOXD_ERR_NOT_FOUND (or the service is older than July 2026), BOXD_ERR_CONFLICT (the state of
 * the host does not allow it), BOXD_ERR_VALIDATION (the new end is not in the future), BOXD_ERR_RESPONSE (the
 * new end is later than the provider allows)
 * @li Route: POST /hosts/{id}/renew
 */
BOXD_API drukbox_host *drukbox_host_renew(drukbox_client *client, const char *id,
                                          const drukbox_host_renew_options *options, boxd_error *error);

/**
 * Lets the service fetch a new credential from the issuer of a secret now.
 *
 * @param id      id of the host
 * @param service the `service` of the secret (see drukbox_secret)
 *
 * @li Errors: BOXD_ERR_NOT_FOUND (the host or the secret; or the service is older than mid 2026),
 *   BOXD_ERR_CONFLICT (the secret has no issuer), BOXD_ERR_UNAVAILABLE (the issuer returned no credential:
 *   see `retry_after_ms`)
 * @li Route: POST /hosts/{id}/secrets/{service}/refresh
 */
BOXD_API boxd_status drukbox_host_refresh_secret(drukbox_client *client, const char *id, const char *service,
                                                 const boxd_call_options *call, boxd_error *error);

BOXD_END_DECLS

#endif
