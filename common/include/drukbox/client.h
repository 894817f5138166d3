/**
 * @file client.h
 * The client of the Drukbox host API: one handle for both surfaces.
 *
 * Drukbox provisions sandbox hosts over HTTP: a host is a machine that is reached by SSH. Errors, call
 * options, cancel tokens and hooks are those of boxd, so that one program has one way to deal with both.
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
 * A client of a Drukbox service. Every function that takes one may be called from any thread. It has one
 * background thread, which does all its I/O and, unless it is opened with BOXD_DISPATCH_MANUAL, runs its
 * callbacks.
 *
 * A child made by fork() has no use of its parent's clients, since their threads are not there: every call on
 * them ends at once in BOXD_ERR_FORKED, and closing them is safe. It may open clients of its own.
 */
typedef struct drukbox_client drukbox_client;

/** How to open a client. An empty string is the same as NULL. */
typedef struct drukbox_client_options {
    size_t size;
    /** `http://` or `https://` URL of the service; a path in it is a prefix of all routes, slashes at its end
     * are ignored. No query, fragment or user info. */
    const char *base_url;
    const char *token; /**< sent as `Authorization: Bearer`; printable ASCII without blanks; never shown */
    /** A PEM file of the authorities to trust instead of the system's. NULL: SSL_CERT_FILE and SSL_CERT_DIR
     * of the environment (not BOXD_CA_FILE), else the system's. Opening the client finds out whether the file
     * can be read; whether it holds certificates, the first call over https. */
    const char *ca_file;
    /** Milliseconds for connecting, for each step of a transfer (a header, a piece of a body, the wait for
     * the first), and for waiting for a connection when all are in use. It does not limit a call as a whole:
     * that is the call's own timeout, and by default there is none. 0: 300,000, since making a host may take
     * the service that long; BOXD_NO_TIMEOUT: none */
    int64_t timeout_ms;
    /** Connections at a time; further calls wait for one, first come first served. 0: 20 */
    int32_t max_connections;
    /** Connections kept for later calls, each for at most 5 s. 0: 5 */
    int32_t max_idle_connections;
    /** Bytes of an answer's body, after decompression; a larger one ends its call in BOXD_ERR_RESPONSE. 0:
     * 67,108,864 */
    uint64_t max_answer_bytes;
    boxd_dispatch_mode dispatch; /**< where callbacks run */
    int32_t reserved_;
    const boxd_hooks *hooks; /**< traces and log: see boxd/observe.h; copied; or NULL */
} drukbox_client_options;

#define DRUKBOX_CLIENT_OPTIONS_INIT BOXD_SIZED(drukbox_client_options)

/**
 * Opens a client and starts its background thread. No network I/O: a wrong token or an unreachable service
 * shows at the first call. Does not block. Proxies are taken from the environment (http_proxy, HTTPS_PROXY,
 * ALL_PROXY, NO_PROXY).
 *
 * @param options base_url and token at least; borrowed for the call
 * @param error   filled on failure; may be NULL
 * @return the client, closed with drukbox_client_close() or drukbox_aio_client_close(); NULL on failure:
 *   BOXD_ERR_INVALID_ARGUMENT (no or a malformed URL, no token or one that cannot be sent, options of a newer
 *   header), BOXD_ERR_LOCAL_FILE (ca_file or SSL_CERT_FILE), BOXD_ERR_NO_THREAD,
 *   BOXD_ERR_NO_MEMORY
 */
BOXD_API drukbox_client *drukbox_client_open(const drukbox_client_options *options, boxd_error *error);

/**
 * The same with what is not set taken from the environment: base_url from `<prefix>SERVICE_URL`, token from
 * `<prefix>SERVICE_TOKEN`, and timeout_ms from `<prefix>SERVICE_TIMEOUT`, which is in seconds ("300", "0.5",
 * "inf": none) and may be missing. Read once.
 *
 * @param prefix  of the variables' names; NULL: "SANDBOX_"
 * @param options what outranks the environment; NULL: nothing
 * @param error   filled on failure; may be NULL
 * @return as drukbox_client_open(); BOXD_ERR_INVALID_ARGUMENT also names a variable that is missing or no
 *   number
 */
BOXD_API drukbox_client *
drukbox_client_open_from_env(const char *prefix, const drukbox_client_options *options, boxd_error *error);

/**
 * Tells what the client has done so far. No I/O, never blocks; any thread, inside a callback too. An attempt
 * is an HTTP request; exchanges and streams are always 0.
 *
 * @param client   NULL, or in a child made by fork(): all zero
 * @param counters filled as far as its `size` goes; initialise it with BOXD_COUNTERS_INIT
 */
BOXD_API void drukbox_client_get_counters(const drukbox_client *client, boxd_counters *counters);

/**
 * One more reference to `client`, for another thread or part of the program that closes it on its own. Each
 * reference is given back by one close; the first of these shuts the client down for all.
 *
 * @return `client`; NULL for NULL, out of memory, and in a child made by fork()
 */
BOXD_API drukbox_client *drukbox_client_ref(drukbox_client *client);

/**
 * Closes the client and gives the caller's reference back. Calls in flight end in BOXD_ERR_CLOSED, on both
 * surfaces, and their connections are closed; waits until the last callback has run and the client's thread
 * has ended. After it returned no callback runs. The async twin is drukbox_aio_client_close(). It is in both
 * libraries: a program with callbacks alone may end with it, behind its loop. No request is made.
 *
 * With BOXD_DISPATCH_MANUAL the callbacks still due run here, on the calling thread.
 *
 * @param client NULL is allowed. One close for each reference: a second one on the same reference is
 *   undefined
 * @return BOXD_OK, also when it was closed before through another reference. Inside a callback
 *   BOXD_ERR_WOULD_DEADLOCK: it does not wait then, but the close goes on and the reference is gone all the
 *   same.
 */
BOXD_API boxd_status drukbox_client_close(drukbox_client *client);

BOXD_END_DECLS

#endif
