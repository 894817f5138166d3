/**
 * @file drukbox/drukbox.h
 * The blocking API of Drukbox. Link with `pkg-config --libs drukbox`.
 *
 * The rules of boxd/boxd.h for results, arguments and threads hold for every function here. Results are
 * freed with `drukbox_<type>_free()`. The comment of a function adds what is specific to it and ends with a
 * list: "Result", unless the function only returns a status; "Errors", for errors other than the common
 * ones; and "Route", the HTTP request that the function sends. On manual pages, these are the sections
 * RETURN VALUE, ERRORS and REQUEST.
 *
 * drukbox/aio.h declares the same operations with callbacks: the async twin of `drukbox_x_y` is
 * `drukbox_aio_x_y`. Both take the same client.
 *
 * Requests:
 * - The library sends a request once, with one exception: the service closes a connection that was used
 * before just as the request is sent, at most 1 s later and before any byte of a response. Then the library
 * sends the request once more on a new connection, if it is safe to repeat: every call but
 * drukbox_host_create() without an `idempotency_key`, drukbox_http_proxy_create() and
 * drukbox_service_account_create(). The second request is an attempt of its own in hooks and counters, and a
 * line of the log (BOXD_LOG_WARNING). The timeout of the call includes both. If the second request of a call
 * that deletes is answered with 404, the call succeeds. A create may lose the private key: see
 * drukbox_host_create().
 * - The library follows no redirect and keeps no cookies.
 * - By default a call has no timeout. `step_timeout_ms` of drukbox_client_options limits each step of a call.
 * - Service accounts, templates and the refresh of secrets exist since mid 2026. With an older service
 *   these calls end in BOXD_ERR_NOT_FOUND.
 *
 * Common errors, in which every call may end:
 * - BOXD_ERR_UNAVAILABLE: no HTTP response arrived, or the service is not available (503). Without a
 *   response boxd_error.http_status is 0, and the connection was refused, reset or cut off, the TLS
 *   handshake failed, a step took longer than `step_timeout_ms` of the client, or no connection became free in
 *   that time. BOXD_ERR_CAPACITY is a special case of BOXD_ERR_UNAVAILABLE.
 * - BOXD_ERR_AUTHENTICATION: the service refused the token (401, 403).
 * - BOXD_ERR_RESPONSE: a response that is not JSON, without a required member, or with another status, for
 *   example a redirect. If `base_url` leads to a server other than Drukbox, or to a wrong path, calls end
 *   in BOXD_ERR_RESPONSE or in BOXD_ERR_NOT_FOUND, even calls that name no object.
 * - BOXD_ERR_NOT_FOUND (404), BOXD_ERR_CONFLICT (409), BOXD_ERR_VALIDATION (422) and BOXD_ERR_PROVISIONING
 *   (502): the HTTP status of the response. A function lists those that the service is known to send.
 * - BOXD_ERR_TOO_LARGE: a response larger than `max_response_bytes` of drukbox_client_options.
 * - BOXD_ERR_TIMEOUT (the timeout of the call), BOXD_ERR_CANCELLED, BOXD_ERR_CLOSED: the connection of the
 *   call is closed at once.
 * - BOXD_ERR_INVALID_ARGUMENT: an argument that cannot be sent. BOXD_ERR_LOCAL_FILE: a `ca_file` without
 *   certificates. BOXD_ERR_NO_MEMORY, and BOXD_ERR_FORKED in a child made by fork().
 *
 * In the error, `sent` says whether the request reached the service, `http_status` is the status of the
 * response, `retry_after_ms` is the pause that the response asks for, and `retryable` says whether
 * repeating the call is safe and may help. `message` starts with the message of the service.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_DRUKBOX_H
#define DRUKBOX_DRUKBOX_H

#include <drukbox/client.h>
#include <drukbox/doctor.h>
#include <drukbox/host.h>
#include <drukbox/http_proxy.h>
#include <drukbox/service_account.h>
#include <drukbox/template.h>

#endif
