/**
 * @file drukbox/client.h
 * The client of the Drukbox host API: one handle for the blocking and the async API.
 *
 * Drukbox provisions sandbox hosts over HTTP: a host is a machine that is reached by SSH. Errors, call
 * options, cancel tokens and hooks are those of boxd, so that a program handles both products in the same
 * way.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_CLIENT_H
#define DRUKBOX_CLIENT_H

#include <boxd/base.h>
#include <boxd/call.h>
#include <boxd/dispatch.h>
#include <boxd/error.h>
#include <boxd/observe.h>

BOXD_BEGIN_DECLS

/**
 * A client of a Drukbox service. Every function that takes a client may be called from any thread. A client
 * has one background thread for all its I/O. Callbacks run on this thread, unless the client was opened with
 * BOXD_DISPATCH_MANUAL.
 *
 * fork(): a child cannot use the clients of its parent, because their threads do not exist in the child.
 * Every call on such a client ends at once in BOXD_ERR_FORKED; closing it is safe. The child may open clients
 * of its own.
 *
 * Signals, exec and dlclose(): as for boxd_compute.
 */
typedef struct drukbox_client drukbox_client;

/** How to open a client. An empty string is the same as NULL, except as `proxy`. */
typedef struct drukbox_client_options {
    size_t size;
    /** The `http://` or `https://` URL of the service. A path is a prefix of all routes; slashes at its end
     * are ignored. Query, fragment, user info and white space are not allowed. */
    const char *base_url;
    /** Sent as `Authorization: Bearer`. Printable ASCII without blanks. Never in a message or a log. */
    const char *token;
    /** A PEM file of the certificate authorities to trust instead of the system's. NULL: SSL_CERT_FILE and
     * SSL_CERT_DIR of the environment (BOXD_CA_FILE is not used), otherwise the system's. Opening the client
     * checks that the file is readable; the first call over https checks that it contains certificates. */
    const char *ca_file;
    /** The URL of a proxy, `http://host:port`, for the connections to the service. NULL: the
     * variables of the environment (`https_proxy`, ...). "": no proxy, also if they are set. Rules:
     * docs/proxies.md. */
    const char *proxy;
    /** A limit for connecting, for each step of a transfer (a header, a piece of a body, the wait for the
     * first), and for waiting for a free connection. It does not limit a whole call: see boxd_call_options,
     * whose timeout is off by default. 0: 300,000, because the service may take that long to make a host.
     * BOXD_NO_TIMEOUT: no limit. */
    int64_t step_timeout_ms;
    /** The number of connections. Further calls wait for a connection in the order of their submission.
     * 0: 20. */
    int32_t max_connections;
    /** The number of idle connections that are kept for later calls, each for at most 3 s. 0: 5. */
    int32_t max_idle_connections;
    /** Limits the memory of one response in bytes: of its body after decompression, of its decoded JSON (40
     * bytes for each value), and of the list that is made of it. A larger response ends its call in
     * BOXD_ERR_TOO_LARGE, before that memory is allocated. 0: 67,108,864. */
    uint64_t max_response_bytes;
    /** Where callbacks run. */
    boxd_dispatch_mode dispatch;
    int32_t reserved_;
    /** Traces and a log: see boxd/observe.h. Copied; or NULL. */
    const boxd_hooks *hooks;
} drukbox_client_options;

#define DRUKBOX_CLIENT_OPTIONS_INIT BOXD_SIZED(drukbox_client_options)

/**
 * Opens a client and starts its background thread. Makes no network requests: the first call reports a wrong
 * token or an unreachable service. Does not block.
 *
 * @param options at least base_url and token; borrowed for the call
 * @param error   filled on failure; may be NULL
 * @return the client, closed with drukbox_client_close() or drukbox_aio_client_close(). NULL:
 *   BOXD_ERR_INVALID_ARGUMENT (a missing or malformed URL or token, options of newer headers),
 *   BOXD_ERR_LOCAL_FILE (ca_file or SSL_CERT_FILE), BOXD_ERR_FAILED (no file descriptors are left),
 *   BOXD_ERR_NO_THREAD, BOXD_ERR_NO_MEMORY
 */
BOXD_API drukbox_client *drukbox_client_open(const drukbox_client_options *options, boxd_error *error);

/**
 * Opens a client as drukbox_client_open() does, and takes settings that are not in the options from the
 * environment: base_url from `<prefix>SERVICE_URL`, token from `<prefix>SERVICE_TOKEN`, and step_timeout_ms from
 * `<prefix>SERVICE_TIMEOUT`, which is optional and in seconds ("300", "0.5", "inf": no limit). The
 * environment is read once.
 *
 * @param prefix  of the variables' names; NULL: "SANDBOX_"
 * @param options take precedence over the environment; or NULL
 * @param error   filled on failure; may be NULL
 * @return as drukbox_client_open(). BOXD_ERR_INVALID_ARGUMENT also for a variable that is missing or not a
 * number; the message names the variable
 */
BOXD_API drukbox_client *
drukbox_client_open_from_env(const char *prefix, const drukbox_client_options *options, boxd_error *error);

/**
 * Reads the counters of the client. Makes no requests and never blocks. Any thread, also inside a callback.
 * An attempt is an HTTP request; `exchanges` and `streams` are always 0.
 *
 * @param client   if NULL, and in a child made by fork(), all counters are 0
 * @param counters initialised with BOXD_COUNTERS_INIT; filled as far as its `size` allows
 */
BOXD_API void drukbox_client_get_counters(const drukbox_client *client, boxd_counters *counters);

/**
 * Adds a reference to `client`, for another thread or another part of the program that closes the client on
 * its own. Each reference needs one close. The first close shuts the client down for all.
 *
 * @return `client`; NULL for NULL, if out of memory, and in a child made by fork()
 */
BOXD_API drukbox_client *drukbox_client_ref(drukbox_client *client);

/**
 * Closes the client and releases the caller's reference. Calls in flight, blocking and async, end in
 * BOXD_ERR_CLOSED, and their connections are closed. The function waits until the last callback has run and
 * the client's thread has ended. After it has returned no callback runs. It makes no request.
 *
 * The async twin is drukbox_aio_client_close(). This function is in the async library as well, so that a
 * program without the blocking library can call it after its event loop has ended.
 *
 * With BOXD_DISPATCH_MANUAL the pending callbacks run inside this function, on the calling thread.
 *
 * Inside a callback use drukbox_aio_client_close(). A call of this function there returns
 * BOXD_ERR_WOULD_DEADLOCK without waiting, but the client closes and the reference is released: `client` must
 * not be used any more. With BOXD_DISPATCH_MANUAL and without an attached loop or another reference, the
 * remaining callbacks then run on the core thread.
 *
 * @param client NULL is allowed. A second close of the same reference is undefined
 * @return BOXD_OK, also if the client was already closed through another reference. Inside a callback
 *   BOXD_ERR_WOULD_DEADLOCK: see above
 */
BOXD_API boxd_status drukbox_client_close(drukbox_client *client);

BOXD_END_DECLS

#endif
