/**
 * @file boxd/boxd.h
 * The blocking API of boxd. Link with `pkg-config --libs boxd`.
 *
 * The rules on this page hold for every function. The comment of a function adds what is specific to it and
 * ends with a list: "Result", unless the function only returns a status; "Errors", for errors other than
 * the common ones; and "RPC", the request that the function sends. On manual pages, these are the sections
 * RETURN VALUE, ERRORS and REQUEST.
 *
 * boxd/aio.h declares the same operations with callbacks: the async twin of `boxd_x_y` is `boxd_aio_x_y`.
 * Both take the same handles.
 *
 * Results:
 * - A function with a result returns the result, or NULL on failure. Every other function returns BOXD_OK,
 *   or the status of its failure.
 * - The caller owns a result and frees it with `boxd_<type>_free()`, which accepts NULL.
 * - Text in a result is valid UTF-8: U+FFFD replaces NUL and the bytes that are not UTF-8. It is not safe to
 *   show: see boxd_printable(). Paths (names of directory entries, mount paths), output of commands and
 *   contents of files are bytes, as the service sends them; in a path, the byte 0xFF replaces NUL.
 * - Some functions also store a value through a pointer: the comment says that `*x` is set. The pointer `x`
 *   may be NULL. On failure `*x` keeps its value, unless the comment says otherwise.
 *
 * Arguments:
 * - The first argument is the client, or the object that the call is about. If it is NULL, the call ends in
 *   BOXD_ERR_INVALID_ARGUMENT.
 * - A handle that was made from a name or an id without a request, for example by boxd_box_from_name(), can
 *   be used like any other handle.
 * - `options` and `call` may be NULL, which selects the defaults. `call`, alone or as a member of
 *   `options`, holds the timeout and the cancel token.
 * - An argument of type `const char *const *` is an array of strings that ends with NULL.
 * - Text of a request (names, ids, labels, variables, paths in the box, ...) is UTF-8. A request with other
 *   text is not sent: the call ends in BOXD_ERR_INVALID_ARGUMENT, and the message names the field or path.
 *   The arguments, variables and directory of a command may have any bytes: see boxd/exec.h. Messages of
 *   boxd/rpc.h are not checked.
 * - `error` is filled on failure and left as it is on success. It may be NULL.
 * - Arguments are borrowed until the function returns. Data to write (a file, standard input) is sent from
 *   the program's memory, without a copy.
 *
 * Threads:
 * - Every function may be called from any thread, except inside a callback of the async API: there the
 *   function returns BOXD_ERR_WOULD_DEADLOCK and names its async twin.
 * - pthread_cancel() on a thread inside one of these functions takes effect after the function has
 *   returned. To end a call early, use its timeout or its cancel token.
 *
 * Requests:
 * - A call that changes something is not repeated when its effect is unknown. After a failure
 *   boxd_error.sent says whether the service may have executed the request.
 * - A call that only reads is repeated while the service is unavailable: see `read_retries` of
 *   boxd_compute_options.
 * - The service exists in two generations, 0.1 and 0.2. "(service 0.1)" or "(service 0.2)" after the name
 *   of an RPC means that only this generation has the RPC. With the other generation the call ends in
 *   BOXD_ERR_UNSUPPORTED, and the message names an alternative if there is one.
 *
 * Common errors, in which every call may end:
 * - Refused by the service: BOXD_ERR_AUTHENTICATION, BOXD_ERR_PERMISSION_DENIED, BOXD_ERR_QUOTA (a rate
 *   limit), BOXD_ERR_UNSUPPORTED, BOXD_ERR_INTERNAL, BOXD_ERR_FAILED. A call on an object ends in
 *   BOXD_ERR_NOT_FOUND if the object does not exist.
 * - Not answered, or answered with a malformed response: BOXD_ERR_CONNECTION, BOXD_ERR_TIMEOUT,
 *   BOXD_ERR_PROTOCOL.
 * - Answered with more than is accepted: BOXD_ERR_TOO_LARGE (`max_response_bytes` of boxd_compute_options,
 *   and 64 MiB for a message). A connection has a limit, too (docs/security.md): if one response exceeds it,
 *   all calls on the connection can end in this status.
 * - Ended by the program: BOXD_ERR_CANCELLED, BOXD_ERR_CLOSED.
 * - Detected by the library: BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_NO_MEMORY, BOXD_ERR_LOCAL_FILE (a
 *   certificate file of the client, which the first call reads), and BOXD_ERR_FORKED in a child made by
 *   fork().
 *
 * Documents and examples that these headers name, for example docs/exec.md, are in the source tree. They are
 * installed below share/doc/boxd.
 *
 * @since 0.1.0
 */
#ifndef BOXD_BOXD_H
#define BOXD_BOXD_H

#include <boxd/account.h>
#include <boxd/api_key.h>
#include <boxd/box.h>
#include <boxd/checkpoint.h>
#include <boxd/compute.h>
#include <boxd/dir.h>
#include <boxd/disk.h>
#include <boxd/domain.h>
#include <boxd/exec.h>
#include <boxd/file.h>
#include <boxd/job.h>
#include <boxd/network.h>
#include <boxd/port.h>
#include <boxd/process.h>
#include <boxd/proxy.h>
#include <boxd/slot.h>
#include <boxd/snapshot.h>
#include <boxd/template.h>
#include <boxd/token.h>

#endif
