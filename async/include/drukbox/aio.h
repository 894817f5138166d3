/**
 * @file drukbox/aio.h
 * The async API of Drukbox: a call returns at once and later runs one callback. Link with
 * `pkg-config --libs drukbox-async`.
 *
 * `drukbox_aio_x_y` is the async twin of the blocking function `drukbox_x_y`. The comment of the blocking
 * function describes the operation: arguments, result, errors and route. The comment of the async function
 * refers to it and adds only what differs. The rules and the common errors of drukbox/drukbox.h hold for
 * both.
 *
 * For results, arguments and callbacks the rules of boxd/aio.h hold, with these names: results are freed
 * with `drukbox_<type>_free()`, and with BOXD_DISPATCH_MANUAL callbacks run inside
 * drukbox_aio_client_dispatch(); otherwise they run on the client's core thread. A client has no limit of
 * calls in flight.
 *
 * @since 0.1.0
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
