/**
 * @file drukbox.h
 * The blocking surface of Drukbox. Link with `pkg-config --libs drukbox`.
 *
 * What boxd/boxd.h says holds for all functions: a function that makes something returns it, or NULL; the
 * others return a status; why a call failed is in the boxd_error the caller passes (NULL is allowed), which a
 * success leaves untouched; who receives a result owns it and frees it with `drukbox_<type>_free`; any thread
 * may call, except inside a callback: BOXD_ERR_WOULD_DEADLOCK there.
 *
 * Any call may end in BOXD_ERR_UNAVAILABLE (no HTTP answer came, or 503; BOXD_ERR_CAPACITY is a kind of it),
 * BOXD_ERR_AUTHENTICATION, BOXD_ERR_RESPONSE, BOXD_ERR_TIMEOUT, BOXD_ERR_CANCELLED, BOXD_ERR_CLOSED,
 * BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_FORKED and BOXD_ERR_NO_MEMORY: drukbox/aio.h says when.
 *
 * The async twin of `drukbox_x_y` is `drukbox_aio_x_y` in drukbox/aio.h, on the same handle.
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
