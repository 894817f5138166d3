/**
 * @file boxd.h
 * The blocking surface. Link with `pkg-config --libs boxd`.
 *
 * What holds for all functions:
 *
 * - A function that makes something returns it, or NULL; the others return a status, BOXD_OK on success. Why
 * a call failed is in the boxd_error the caller passes (NULL is allowed); on success that struct is left
 * untouched.
 * - Who receives a result owns it and frees it with `boxd_<type>_free`, where NULL is allowed.
 * - Inputs are borrowed for the call. A NULL client or box is BOXD_ERR_INVALID_ARGUMENT.
 * - Any thread may call, except inside a callback of the async surface: BOXD_ERR_WOULD_DEADLOCK there.
 * - Any call may also end in BOXD_ERR_AUTHENTICATION, BOXD_ERR_PERMISSION_DENIED, BOXD_ERR_CONNECTION,
 * BOXD_ERR_TIMEOUT, BOXD_ERR_INTERNAL, BOXD_ERR_CANCELLED, BOXD_ERR_CLOSED, BOXD_ERR_PROTOCOL,
 * BOXD_ERR_NO_MEMORY and, in a child made by fork(), BOXD_ERR_FORKED.
 *
 * pthread_cancel() does not end a thread inside one of these functions, but after it. What ends a call is its
 * deadline or a cancel token.
 *
 * The async twin of `boxd_x_y` is `boxd_aio_x_y` in boxd/aio.h, on the same handles.
 */
#ifndef BOXD_BOXD_H
#define BOXD_BOXD_H

#include <boxd/account.h>
#include <boxd/api_key.h>
#include <boxd/box.h>
#include <boxd/checkpoint.h>
#include <boxd/compute.h>
#include <boxd/disk.h>
#include <boxd/domain.h>
#include <boxd/exec.h>
#include <boxd/file.h>
#include <boxd/network.h>
#include <boxd/port.h>
#include <boxd/process.h>
#include <boxd/proxy.h>
#include <boxd/slot.h>
#include <boxd/snapshot.h>
#include <boxd/template.h>
#include <boxd/token.h>

#endif
