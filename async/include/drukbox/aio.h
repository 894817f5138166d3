/**
 * @file aio.h
 * The async surface of Drukbox: every call returns at once and ends in exactly one callback. Link with
 * `pkg-config --libs drukbox-async`.
 *
 * A function `drukbox_aio_x_y` is the twin of the blocking `drukbox_x_y`: the same leading arguments, then a
 * callback and its `user_data`. All that boxd/aio.h says of callbacks holds here: inputs are copied; the
 * callback runs exactly once, on the client's core thread or, with BOXD_DISPATCH_MANUAL, inside
 * drukbox_aio_client_dispatch(), and never inside the submitting function (but with a NULL client, on one
 * that has ended, in a child made by fork(), and for want of memory); it may be NULL; it must not block.
 *
 * Any call may end in one of these:
 *
 * - BOXD_ERR_UNAVAILABLE: no HTTP answer came (refused, reset, cut off, no TLS, a step that took longer than
 *   the client's timeout_ms, no free connection in that time; http_status is 0), or the service is not
 *   available (503). BOXD_ERR_CAPACITY is a kind of it.
 * - BOXD_ERR_AUTHENTICATION: the token was refused (401, 403).
 * - BOXD_ERR_RESPONSE: an answer that is no JSON, lacks what it must have, or has another status (a redirect,
 *   too). That, and BOXD_ERR_NOT_FOUND of a call that is about no object, is also how another server than
 *   Drukbox answers, or another path of it: check base_url.
 * - BOXD_ERR_TIMEOUT (the call's own timeout), BOXD_ERR_CANCELLED, BOXD_ERR_CLOSED: its connection is closed
 *   at once.
 * - BOXD_ERR_INVALID_ARGUMENT: an argument that cannot be sent; BOXD_ERR_LOCAL_FILE: a ca_file that holds no
 *   certificates; BOXD_ERR_FORKED, BOXD_ERR_NO_MEMORY.
 *
 * `sent` says whether the request reached the service, http_status its answer, retry_after_ms what the answer
 * asks for, and `retryable` whether repeating the call is safe and may help. Messages begin with what the
 * service said. The library repeats nothing by itself, follows no redirect and keeps no cookie.
 */
#ifndef DRUKBOX_AIO_H
#define DRUKBOX_AIO_H

#include <drukbox/aio/client.h>
#include <drukbox/aio/doctor.h>
#include <drukbox/aio/host.h>
#include <drukbox/aio/http_proxy.h>
#include <drukbox/aio/service_account.h>
#include <drukbox/aio/template.h>

#endif
