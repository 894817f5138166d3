/**
 * @file compute.h
 * The client: one handle for both surfaces.
 */
#ifndef BOXD_COMPUTE_H
#define BOXD_COMPUTE_H

#include <boxd/base.h>
#include <boxd/call.h>
#include <boxd/dispatch.h>
#include <boxd/error.h>
#include <boxd/observe.h>

BOXD_BEGIN_DECLS

/**
 * A client of the boxd service. Every function that takes one may be called from any thread.
 *
 * A child made by fork() has no use of its parent's clients, since their threads and connections are not
 * there: every call on them ends at once in BOXD_ERR_FORKED (async ones inside the submitting function), and
 * closing and freeing is safe and leaves the parent alone. A client of its own it can open only if its parent
 * had opened none before the fork; else it has to exec first. A child that is made inside a
 * callback or a hook on the core thread ends, with status 1, when it returns from there. The library installs
 * no handler (signals, exit, fork), blocks all signals in its threads, and its descriptors are closed on
 * exec.
 */
typedef struct boxd_compute boxd_compute;

/** What to do when the service says that a newer version of this library exists. */
typedef enum boxd_update_notice {
    BOXD_UPDATE_NOTICE_STDERR = 0, /**< one line per process, if standard error is a terminal */
    BOXD_UPDATE_NOTICE_OFF = 1
} boxd_update_notice;

/**
 * Told once per client that a newer version exists, where callbacks of the async surface run. A pre-release
 * is told to pre-releases only.
 *
 * @param latest  the newer version, borrowed for the call
 * @param current this library's, as boxd_version()
 */
typedef void (*boxd_update_cb)(const char *latest, const char *current, void *user_data);

/**
 * How to open a client. For each setting: the member, then the environment variable, then the preset. An
 * empty string is the same as NULL. A credential given here outranks both variables; within one place a token
 * outranks a key.
 *
 * Without any credential a program inside a boxd machine (BOXD_VM_ID, BOXD_VM_NAME or BOXD_PROXY_ENDPOINT is
 * set there, or metadata_url is given) uses the machine's own: short-lived tokens of its metadata service,
 * which may also name the API's URL, unless one is given. The first call finds out whether there is one.
 */
typedef struct boxd_compute_options {
    size_t size;
    const char *api_key; /**< exchanged for a short-lived token over HTTPS. BOXD_API_KEY */
    const char *token;   /**< a token to send as it is; never refreshed. BOXD_TOKEN */
    /** `https://host:port` (TLS), `http://host:port` (plaintext) or `host:port` (TLS, but plaintext for
     * `localhost` and `127.*`). BOXD_BASE_URL, then BOXD_API_URL */
    const char *api_url;
    /** Where keys are exchanged: the whole URL, with its path (`https://host/api/v1/auth/token`).
     * BOXD_EXCHANGE_URL; else derived from a given API URL (never another host's), else the preset's. */
    const char *exchange_url;
    /** "production" (default) or "staging". BOXD_ENVIRONMENT, where an unknown name is ignored; here it is an
     * error. */
    const char *environment;
    /** A PEM file of the authorities to trust instead of the system's, for the API and the exchange.
     * BOXD_CA_FILE */
    const char *ca_file;
    const char *client_cert_file; /**< PEM chain for mutual TLS; together with client_key_file */
    const char *client_key_file;  /**< PEM key for mutual TLS */
    int64_t timeout_ms; /**< default for unary calls, milliseconds; 0: 60,000; BOXD_NO_TIMEOUT: none */
    /** How often a read (get, list, whoami, config) that ended in UNAVAILABLE is tried again, with growing,
     * jittered pauses inside its deadline. 0: twice; -1: never. Writes and streams are never replayed. */
    int32_t read_retries;
    /** Milliseconds between keepalive pings while calls are active; 20 s without an answer end the
     * connection, and so its calls. 0: 60,000; -1: none */
    int64_t keepalive_ms;
    boxd_dispatch_mode dispatch; /**< where callbacks run */
    /** Whether a newer version of the library is announced. With `on_update` that is called instead. A
     * non-empty BOXD_NO_UPDATE_NOTICE in the environment silences both. */
    boxd_update_notice update_notice;
    boxd_update_cb on_update; /**< or NULL */
    void *update_data;        /**< for on_update */
    /** Inside a boxd machine: where its metadata service answers, e.g. "http://10.0.0.1:9002"; NULL: port
     * 9002 of the default gateway. BOXD_METADATA_URL */
    const char *metadata_url;
    /** How many calls are made on one connection at a time before a further connection is opened. 0: 100,
     * which is what servers allow at least by the standard (SETTINGS_MAX_CONCURRENT_STREAMS of RFC 9113). A
     * server with a lower limit lets calls beyond it wait until others end: set it to that server's.
     * Connections that are no longer needed are closed, but for one in reserve. Each takes a file descriptor.
     */
    int32_t max_streams_per_connection;
    /** How many calls may be in flight: submitted, and not called back yet; an open stream (a command, logs)
     * is one for as long as it is open, and what is done on it is none. An async call beyond that ends in
     * BOXD_ERR_BUSY, which boxd_aio_compute_wait_for_slot() avoids; a blocking one waits for room within its
     * deadline. It bounds calls, not chains of them: where each callback submits the next call of its chain,
     * another chain may take the room between, so count chains yourself. 0: no limit */
    int32_t max_calls_in_flight;
    const boxd_hooks *hooks; /**< traces and log: see boxd/observe.h; copied; or NULL */
} boxd_compute_options;

#define BOXD_COMPUTE_OPTIONS_INIT BOXD_SIZED(boxd_compute_options)

/**
 * Opens a client and starts its background thread. No network I/O: a wrong key or an unreachable server shows
 * at the first call. Does not block.
 *
 * @param options borrowed for the call; NULL: everything from the environment
 * @param error   filled on failure; may be NULL
 * @return the client, closed with boxd_compute_close() or boxd_aio_compute_close(); NULL on failure:
 *   BOXD_ERR_AUTHENTICATION (no credential), BOXD_ERR_INVALID_ARGUMENT (unknown environment, malformed URL,
 * options of a newer header), BOXD_ERR_LOCAL_FILE (a certificate file), BOXD_ERR_NO_THREAD,
 * BOXD_ERR_FORKED (in a child whose parent had opened a client), BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_compute *boxd_compute_open(const boxd_compute_options *options, boxd_error *error);

/**
 * Tells what the client has done so far. No I/O, never blocks; any thread, inside a callback too.
 *
 * @param compute  NULL, or in a child made by fork(): all zero
 * @param counters filled as far as its `size` goes; initialise it with BOXD_COUNTERS_INIT
 */
BOXD_API void boxd_compute_get_counters(const boxd_compute *compute, boxd_counters *counters);

/**
 * One more reference to `compute`, for another thread or part of the program that closes it on its own. Each
 * reference is given back by one close; the first of these shuts the client down for all.
 *
 * @return `compute`; NULL for NULL, out of memory, and in a child made by fork()
 */
BOXD_API boxd_compute *boxd_compute_ref(boxd_compute *compute);

/**
 * Closes the client and gives the caller's reference back. Calls in flight end in BOXD_ERR_CLOSED, on both
 * surfaces; waits until the last callback has run and the client's threads have ended (and for connections
 * that are just being made, a second at most). After it returned no
 * callback runs. Handles (boxes, ...) stay safe to use and to free: calls on them end in BOXD_ERR_CLOSED. The
 * async twin is boxd_aio_compute_close(). It is in both libraries: a program with callbacks alone may end
 * with it, behind its loop.
 *
 * With BOXD_DISPATCH_MANUAL the callbacks still due run here, on the calling thread: call it from the loop's
 * thread, or use the async twin there. The callbacks of other references' async closes are left to
 * boxd_aio_compute_dispatch().
 *
 * @param compute NULL is allowed. One close for each reference: a second one on the same reference is
 * undefined
 * @return BOXD_OK, also when it was closed before through another reference. Inside a callback
 *   BOXD_ERR_WOULD_DEADLOCK: it does not wait then, but the close goes on and the reference is gone all the
 * same.
 */
BOXD_API boxd_status boxd_compute_close(boxd_compute *compute);

BOXD_END_DECLS

#endif
