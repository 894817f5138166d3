/**
 * @file boxd/compute.h
 * The client of boxd: one handle for the blocking and the async API.
 *
 * @since 0.1.0
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
 * A client of the boxd service. Every function that takes a client may be called from any thread.
 *
 * fork(): a child cannot use the clients of its parent, because their threads and connections do not exist in
 * the child. Every call on such a client ends at once in BOXD_ERR_FORKED, async calls inside the submitting
 * function. Closing and freeing is safe and does not affect the parent. A child can open a client of its own
 * only if its parent had opened none before the fork; otherwise it must exec first. A child that was made
 * inside a callback or a hook on the core thread ends with status 1 when the callback returns.
 *
 * Connections that die: a connection can be lost without a FIN or RST (a NAT or a load balancer forgets it).
 * Each call on it then ends in its timeout. The library adds up how long such calls, short ones too, have
 * waited while no part of a response (metadata, a message, a status) was received over the connection. After
 * 200 ms of waiting in all, by one call or several, the next call opens another connection. This also happens
 * if the connection works and the server is slow. The old connection takes no further calls and is closed
 * when its last call has ended, unless a part of a response is received over it: then it is used again.
 * Streams stay on their connection: they end when it does not answer a keepalive ping (`keepalive_ms`). If a
 * server is always slower than the timeouts, the library opens further connections after 200, 400, 800 ms ...
 * of waiting, at most one in a minute. At most 8 connections are left in this way at the same time.
 *
 * Signals: the library installs no handler, also none for exit or fork. Its threads block all signals except
 * those of faults (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT, SIGSYS): the program's handler runs for
 * a fault in a callback, on the thread of the callback. sigaltstack() is per thread; the library's threads
 * have no alternate stack unless a callback sets one.
 *
 * exec: the descriptors of the library are closed.
 *
 * dlclose(): the shared libraries stay in memory until the process ends, and can be opened again. A plugin of
 * the program that uses them may be unloaded once its clients have ended and its last callback has returned:
 * after boxd_compute_close(), or after the boxd_aio_compute_dispatch() that ran the callback of
 * boxd_aio_compute_close(). On the core thread this callback cannot tell when it has returned itself. A
 * plugin that contains the static libraries is linked with `-Wl,-z,nodelete`.
 */
typedef struct boxd_compute boxd_compute;

/** What to do when the service reports a newer version of this library. */
typedef enum boxd_update_notice {
    /** Print one line per process, if standard error is a terminal. */
    BOXD_UPDATE_NOTICE_STDERR = 0,
    /** Print nothing. */
    BOXD_UPDATE_NOTICE_OFF = 1
} boxd_update_notice;

/**
 * Called once per client if a newer version exists. Runs where callbacks of the async API run. Pre-releases
 * are reported to programs that use a pre-release.
 *
 * @param latest  the newer version; borrowed until the callback returns
 * @param current the version of this library, as boxd_version() returns it
 */
typedef void (*boxd_update_cb)(const char *latest, const char *current, void *user_data);

/**
 * How to open a client. The library takes each setting from the member, then from the environment variable,
 * then from the preset. An empty string is the same as NULL, except as `proxy`. A credential in the options
 * takes precedence over both variables. If both a token and a key are given in the same place, the token is
 * used.
 *
 * A failed exchange of a key for a token is remembered: calls that need a token fail at once, with the same
 * error and `retry_after_ms`, for up to 0.5 s, growing to up to 30 s with further failures. If the service
 * asks for a longer pause, they fail for this pause, but for at most 60 s; `retry_after_ms` is then the pause
 * that the service asks for.
 *
 * Without a credential, a program inside a boxd machine uses the credential of the machine: short-lived
 * tokens of the machine's metadata service. The response of the metadata service may contain the URL of the
 * API; the library uses this URL unless the program gives one. A program is inside a machine if BOXD_VM_ID,
 * BOXD_VM_NAME or BOXD_PROXY_ENDPOINT is set, or `metadata_url` is given. The first call finds out whether
 * the machine has a credential.
 */
typedef struct boxd_compute_options {
    size_t size;
    /** An API key. The library exchanges it for a short-lived token over HTTPS. BOXD_API_KEY */
    const char *api_key;
    /** A token to send as it is. The library never refreshes it. BOXD_TOKEN */
    const char *token;
    /** `https://host:port` (TLS), `http://host:port` (plaintext), or `host:port` (plaintext for this
     * machine: `localhost`, names below it, loopback and unspecified addresses; TLS for all others). Without
     * a port: 443 with TLS, 80 with plaintext; the presets use 9443. BOXD_BASE_URL, then BOXD_API_URL */
    const char *api_url;
    /** Where keys are exchanged: the whole URL with its path, `https://host/api/v1/auth/token`.
     * BOXD_EXCHANGE_URL. Otherwise derived from a given API URL: this machine, an address or a name that
     * begins with "app." keeps its host and port; any other name becomes `https://app.<name>`, port 443.
     * Without an API URL, the URL of the preset. */
    const char *exchange_url;
    /** Keeps the tokens that are exchanged for `api_key` in files, so that programs that run for a short time
     * share one token: the exchange allows about 30 requests a minute. Off by default. Before the client
     * exchanges its key it looks for a token in the file of this key and exchange. While one client
     * exchanges the key, others of the same user wait for the new token, for up to 12 s, or use the old one
     * until it expires. A token that is due to be refreshed is refreshed by the first call, which
     * waits for that for up to 2 s. A token that the API refuses is replaced. If the exchange
     * refuses the key (401, 403), the file is removed. A file that cannot be read or written never fails a
     * call: a line of the log says why (BOXD_LOG_WARNING, once per client), and the key is exchanged. The
     * file has the token and its times, mode 0600, and no part of the key: its name is a SHA-256 of the key,
     * the URL of the exchange and `client_cert_file`. docs/security.md says who can use it. No effect with a
     * `token`, and inside a boxd machine with the credential of the machine. A non-empty BOXD_NO_TOKEN_CACHE
     * in the environment switches the cache off. */
    bool token_cache;
    /** The directory of these files; made if it does not exist. A relative path is looked up in the working
     * directory of the moment. It must belong to the effective user, and
     * other users must not be allowed to write to it. NULL: `$XDG_CACHE_HOME/boxd`, or `$HOME/.cache/boxd`
     * if XDG_CACHE_HOME is no absolute path; without both variables there is no cache. */
    const char *token_cache_dir;
    /** "production" (default) or "staging". An unknown name is an error here. BOXD_ENVIRONMENT, where an
     * unknown name is ignored. */
    const char *environment;
    /** A PEM file of the certificate authorities to trust instead of the system's, for the API and for
     * exchanges. BOXD_CA_FILE, then SSL_CERT_FILE. Without all of them, libcurl and gRPC each use the
     * authorities of the system; gRPC uses the file of GRPC_DEFAULT_SSL_ROOTS_FILE_PATH instead, if that is
     * set. SSL_CERT_DIR is not used, because gRPC cannot use it. */
    const char *ca_file;
    /** A PEM certificate chain for mutual TLS. Together with `client_key_file`. */
    const char *client_cert_file;
    /** The PEM key for mutual TLS. */
    const char *client_key_file;
    /** The URL of a proxy, `http://host:port`, for the connections to the API and to the
     * exchange, except to this machine. NULL: the variables of the environment (`https_proxy`, ...). "": no
     * proxy, also if they are set. Rules: docs/proxies.md. */
    const char *proxy;
    /** The default timeout of unary calls. 0: 60,000. BOXD_NO_TIMEOUT: no timeout. */
    int64_t timeout_ms;
    /** How often a read (get, list, whoami, config) that ended in BOXD_ERR_CONNECTION is repeated, with
     * growing and jittered pauses, within its timeout. 0: twice. -1: never. Writes, streams and token
     * exchanges are never repeated. */
    int32_t read_retries;
    /** Gives each connection and each stream a flow-control window of 64 KiB. By default windows follow the
     * path: they begin at about 4 MiB and grow to twice the bandwidth-delay product of the path, 32 MiB at
     * most. A stream that is read more slowly than the server sends holds a window of unread bytes, for which
     * gRPC uses up to three times the memory. With small windows such a stream holds 64 KiB, and all streams
     * of a connection together receive 64 KiB in each round trip: 1.6 MB/s if a round trip takes 40 ms.
     * Windows do not limit what is sent. */
    bool small_windows;
    /** Time between keepalive pings while calls are active. A connection that does not answer a ping for 20 s
     * is closed, and its calls end. 0: 60,000. -1: no pings. Without pings, a stream on a connection that has
     * died waits until its timeout, and the connection stays open for the stream. When 8 connections have
     * been left in this way, further connections that die are not left. */
    int64_t keepalive_ms;
    /** Where callbacks run. */
    boxd_dispatch_mode dispatch;
    /** Whether a newer version of the library is announced. With `on_update`, the library calls that instead.
     * A non-empty BOXD_NO_UPDATE_NOTICE in the environment switches both off. */
    boxd_update_notice update_notice;
    /** Or NULL. */
    boxd_update_cb on_update;
    /** For `on_update`. */
    void *update_data;
    /** Inside a boxd machine: the URL of its metadata service, for example "http://10.0.0.1:9002". NULL: port
     * 9002 of the default gateway. BOXD_METADATA_URL */
    const char *metadata_url;
    /** How many calls one connection carries before a further connection is opened. 0: 100, the least that
     * the standard recommends to servers (SETTINGS_MAX_CONCURRENT_STREAMS of RFC 9113). If the limit of the
     * server is lower, set this to that limit: otherwise calls beyond it wait for others to end. Connections
     * that are no longer needed are closed; one of them is kept in reserve. Each connection uses a file
     * descriptor. Unary calls that may have large responses (boxd_rpc_call(), the download of a file by a
     * service without streams) use connections of their own, three calls each at most. */
    int32_t max_streams_per_connection;
    /** How many calls may be in flight. A call is in flight from its submission to its callback; an open
     * stream (a command, a log) is one call until it is closed, and operations on the stream are not counted.
     * An async call beyond the limit ends in BOXD_ERR_BUSY; boxd_aio_compute_wait_for_slot() calls back when
     * a slot is free. A blocking call waits for a slot within its timeout. The limit counts calls and not
     * sequences of calls: if a callback submits the next call of a sequence, another call may take the slot
     * first. 0: no limit. */
    int32_t max_calls_in_flight;
    /** Traces and a log: see boxd/observe.h. Copied; or NULL. */
    const boxd_hooks *hooks;
    /** How much memory one response may take: decoded, and again as the result of the call. A call with a
     * larger response ends in BOXD_ERR_TOO_LARGE with `sent` BOXD_SENT_YES. The limit serves against a server
     * whose small responses decode to very large ones. It does not apply to bytes, such as the contents of
     * files and output, which have limits of their own. Packed, a message has 64 MiB at most in any case. 0:
     * 67,108,864 (64 MiB). */
    uint64_t max_response_bytes;
} boxd_compute_options;

#define BOXD_COMPUTE_OPTIONS_INIT BOXD_SIZED(boxd_compute_options)

/**
 * Opens a client and starts its background thread. Makes no network requests: the first call reports a wrong
 * key or an unreachable server. Does not block.
 *
 * @param options borrowed for the call. NULL: all settings come from the environment
 * @param error   filled on failure; may be NULL
 * @return the client, closed with boxd_compute_close() or boxd_aio_compute_close(). NULL:
 *   BOXD_ERR_AUTHENTICATION (no credential), BOXD_ERR_INVALID_ARGUMENT (an unknown environment, a malformed
 *   URL or proxy, a key or token that cannot be sent, options of newer headers), BOXD_ERR_LOCAL_FILE (a
 *   certificate file), BOXD_ERR_FAILED (no file descriptors are left), BOXD_ERR_NO_THREAD, BOXD_ERR_FORKED
 *   (in a child whose parent had opened a client), BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_compute *boxd_compute_open(const boxd_compute_options *options, boxd_error *error);

/**
 * Reads the counters of the client. Makes no requests and never blocks. Any thread, also inside a callback.
 *
 * @param compute  if NULL, and in a child made by fork(), all counters are 0
 * @param counters initialised with BOXD_COUNTERS_INIT; filled as far as its `size` allows
 */
BOXD_API void boxd_compute_get_counters(const boxd_compute *compute, boxd_counters *counters);

/** How a client connects to the API and to the exchange. The strings are valid until the client is closed. */
typedef struct boxd_route {
    size_t size;
    /** The host of the API, without brackets. NULL: not known yet, because the metadata service of a boxd
     * machine may contain the URL of the API. `port` and `tls` are then 0 and false. */
    const char *host;
    /** The port of the API. */
    uint32_t port;
    /** Whether the connection to the API is encrypted. */
    bool tls;
    char reserved_[3];
    /** The URL of the proxy, without user and password. NULL: a direct connection, or not known yet, because
     * inside a boxd machine the first call chooses the proxy. */
    const char *proxy;
    /** The setting that has the proxy, for messages: "the option proxy" or "HTTPS_PROXY". NULL without a
     * proxy. */
    const char *proxy_source;
    /** Why the connection is direct, for messages: "NO_PROXY has the host". NULL: with a proxy, or not known
     * yet. */
    const char *direct_reason;
    /** The URL where the API key is exchanged. NULL: the credential is not a key; the members below are then
     * NULL, too. */
    const char *exchange_url;
    /** The same about the connections to the exchange. */
    const char *exchange_proxy;
    /** As `proxy_source`, for the exchange. */
    const char *exchange_proxy_source;
    /** As `direct_reason`, for the exchange. */
    const char *exchange_direct_reason;
    /** The directory of the token cache. NULL: the client has no token cache. */
    const char *token_cache_dir;
} boxd_route;

#define BOXD_ROUTE_INIT BOXD_SIZED(boxd_route)

/**
 * Reads how the client connects to the API and to the exchange, for diagnosis. Makes no requests and never
 * blocks. Any thread, also inside a callback.
 *
 * @param compute if NULL, all members are 0
 * @param route   initialised with BOXD_ROUTE_INIT; filled as far as its `size` allows
 */
BOXD_API void boxd_compute_get_route(const boxd_compute *compute, boxd_route *route);

/**
 * Adds a reference to `compute`, for another thread or another part of the program that closes the client on
 * its own. Each reference needs one close. The first close shuts the client down for all.
 *
 * @return `compute`; NULL for NULL, if out of memory, and in a child made by fork()
 */
BOXD_API boxd_compute *boxd_compute_ref(boxd_compute *compute);

/**
 * Closes the client and releases the caller's reference. Calls in flight, blocking and async, end in
 * BOXD_ERR_CLOSED. The function waits until the last callback has run and the threads of the client have
 * ended, and at most one second for connections that are being established. After it has returned no callback
 * runs. Handles (boxes, ...) stay safe to use and to free: calls on them end in BOXD_ERR_CLOSED.
 *
 * The async twin is boxd_aio_compute_close(). This function is in the async library as well, so that a
 * program without the blocking library can call it after its event loop has ended.
 *
 * With BOXD_DISPATCH_MANUAL the pending callbacks run inside this function, on the calling thread: call it on
 * the thread of the event loop, or use the async twin there. If another reference was closed with
 * boxd_aio_compute_close(), the callback of that close does not run here: boxd_aio_compute_dispatch() runs
 * it.
 *
 * Inside a callback use boxd_aio_compute_close(). A call of this function there returns
 * BOXD_ERR_WOULD_DEADLOCK without waiting, but the client closes and the reference is released: `compute`
 * must not be used any more. With BOXD_DISPATCH_MANUAL and without an attached loop or another reference, the
 * remaining callbacks then run on the core thread.
 *
 * @param compute NULL is allowed. A second close of the same reference is undefined
 * @return BOXD_OK, also if the client was already closed through another reference. Inside a callback
 *   BOXD_ERR_WOULD_DEADLOCK: see above
 */
BOXD_API boxd_status boxd_compute_close(boxd_compute *compute);

BOXD_END_DECLS

#endif
