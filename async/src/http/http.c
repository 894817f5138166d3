/*
 * http.c: which exchanges run: the queue for a connection, the wait on libcurl, timeouts, idle connections.
 * The loop's thread calls the poller and starts and stops exchanges; exchanges are made and freed on any
 * thread.
 */
#include "http/http.h"

#include "core/clock.h"
#include "errors.h"
#include "http/exchange.h"
#include "http/wakeup.h"
#include "invariant.h"
#include "mem.h"

#include <limits.h>

/* A connection that is idle for that long is closed: earlier than servers close theirs (Drukbox after 5 s),
 * because a request that meets the close is lost. */
enum { MAX_IDLE_S = 3 };

struct http {
    CURLM *multi;
    size_t max_connections, max_idle;
    exchange_defaults defaults;
    /* Poller's thread only. */
    struct {
        /* `ended`: exchanges that failed before they could run. */
        linked_list waiting, running, ended;
    } thread_data;
};

static pthread_once_t global_once = PTHREAD_ONCE_INIT;

static void init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* ---- lists ---- */

static linked_list *list_of(http *h, exchange_state state)
{
    BOXD_ASSERT(state != EXCHANGE_IDLE);
    return state == EXCHANGE_WAITING   ? &h->thread_data.waiting
           : state == EXCHANGE_RUNNING ? &h->thread_data.running
                                       : &h->thread_data.ended;
}

static http_exchange *exchange_of(list_node *node)
{
    return node ? CONTAINER_OF(node, http_exchange, node) : NULL;
}

static void leave_list(http_exchange *x)
{
    list_remove(list_of(x->http, x->state), &x->node);
    x->state = EXCHANGE_IDLE;
    http_sockets_leave(&x->http->defaults.sockets, x, clock_now());
}

static void join_list(http_exchange *x, exchange_state state)
{
    BOXD_ASSERT(x->state == EXCHANGE_IDLE);
    list_append(list_of(x->http, state), &x->node);
    x->state = state;
}

/* ---- idle connections ---- */

/* Before a wait: closes idle connections, except for max_idle and for those that exchanges are about to use.
 */
static void trim(http *h)
{
    size_t kept = h->max_idle;
    for (list_node *node = h->thread_data.running.first; node; node = node->next)
        kept += !exchange_of(node)->connected;
    if (h->max_idle > 0)
        http_sockets_trim(&h->defaults.sockets, kept);
}

/* Closes connections that are idle for MAX_IDLE_S. Returns when the next one is. */
static int64_t close_idle(http *h)
{
    const int64_t limit_ns = (int64_t)MAX_IDLE_S * 1000 * NS_PER_MS;
    const int64_t oldest = http_sockets_close_idle(&h->defaults.sockets, clock_now() - limit_ns);
    return oldest == CLOCK_NEVER ? CLOCK_NEVER : oldest + limit_ns;
}

/* ---- exchanges in progress ---- */

static bool has_free_connection(const http *h)
{
    return h->max_connections == 0 || h->thread_data.running.count < h->max_connections;
}

static void run(http_exchange *x)
{
    join_list(x, EXCHANGE_RUNNING);
    close_idle(x->http); /* this thread may have been late */
    x->active_ns = clock_now();
    if (curl_multi_add_handle(x->http->multi, x->easy) == CURLM_OK)
        return;
    leave_list(x);
    error_no_memory(&x->answer.error, "sending an HTTP request");
    join_list(x, EXCHANGE_ENDED);
}

/* Runs waiting exchanges, as long as there are connections. */
static void run_waiting(http *h)
{
    while (!list_is_empty(&h->thread_data.waiting) && has_free_connection(h)) {
        http_exchange *x = exchange_of(h->thread_data.waiting.first);
        leave_list(x);
        run(x);
    }
}

static void finish(http_exchange *x)
{
    x->done(x->data, &x->answer);
}

/* Begins again on a new connection, once: nothing was sent over the stale one. */
static void run_again(http_exchange *x)
{
    x->stale = false;
    curl_easy_setopt(x->easy, CURLOPT_FRESH_CONNECT, 1L);
    run(x);
}

static void complete(http_exchange *x, CURLcode code)
{
    http *h = x->http;
    curl_multi_remove_handle(h->multi, x->easy);
    leave_list(x);
    if (x->stale) {
        run_again(x);
        return;
    }
    exchange_set_answer(x, code);
    const bool may_repeat = x->answer.dropped;
    if (!may_repeat)
        run_waiting(h);
    finish(x);
    if (may_repeat)
        run_waiting(h);
}

static void expire(http_exchange *x)
{
    const bool waited = x->state == EXCHANGE_WAITING;
    boxd_error *error = &x->answer.error;
    x->answer.body_size = x->reader.body_size;
    if (waited)
        error_set(error, BOXD_ERR_TIMEOUT, "all %zu connections were in use for %lld ms",
                  x->http->max_connections, (long long)x->gap_ms);
    else
        error_set_sent(error, BOXD_ERR_TIMEOUT, http_exchange_sent(x), "no data arrived for %lld ms",
                       (long long)x->gap_ms);
    if (waited || x->reader.length >= 0 || !exchange_is_early(x))
        exchange_set_peer(x);
    else /* the answer may be whole: the server waits for nothing */
        exchange_set_answer(x, CURLE_OPERATION_TIMEDOUT);
    http_exchange_stop(x);
    finish(x);
}

/* When an exchange expires without a further step. While it connects, libcurl's own limit applies. */
static int64_t expires_ns(const http_exchange *x)
{
    const bool limited = x->gap_ms > 0 && (x->state != EXCHANGE_RUNNING || x->connected);
    return limited ? clock_add_ms(x->active_ns, x->gap_ms) : CLOCK_NEVER;
}

/* The next exchange that expires. All have the same timeout, so only the first of the waiting ones counts.
 */
static http_exchange *next_to_expire(const http *h)
{
    http_exchange *next = exchange_of(h->thread_data.waiting.first);
    for (list_node *node = h->thread_data.running.first; node; node = node->next)
        if (!next || expires_ns(exchange_of(node)) < expires_ns(next))
            next = exchange_of(node);
    return next;
}

/* Ends exchanges that libcurl has ended, and those that had expired at `now`, before libcurl read: an
 * exchange that has read since then has not expired, however long a hook of the program took. */
static void end_exchanges(http *h, int64_t now)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(h->multi, &left))) {
        http_exchange *x = NULL;
        const CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)(void *)&x);
        complete(x, code);
    }
    while (!list_is_empty(&h->thread_data.ended)) {
        http_exchange *x = exchange_of(h->thread_data.ended.first);
        leave_list(x);
        finish(x);
    }
    http_exchange *late;
    while ((late = next_to_expire(h)) && expires_ns(late) <= now)
        expire(late);
}

static void handle_http(void *state)
{
    http *h = state;
    int running;
    const int64_t now = clock_now();
    curl_multi_perform(h->multi, &running);
    end_exchanges(h, now);
}

/* libcurl ends the wait at once for an exchange that was started since it read last. */
static void wait_http(void *state, int64_t deadline_ns)
{
    http *h = state;
    const http_exchange *late = next_to_expire(h);
    const int64_t expires = late ? expires_ns(late) : CLOCK_NEVER;
    const int64_t idle = close_idle(h);
    int64_t until = expires < deadline_ns ? expires : deadline_ns;
    until = idle < until ? idle : until;
    int64_t ms = until == CLOCK_NEVER ? INT_MAX : (until - clock_now()) / NS_PER_MS + 1;
    trim(h);
    if (deadline_ns == 0 || ms < 0 || !list_is_empty(&h->thread_data.ended))
        ms = 0;
    curl_multi_poll(h->multi, NULL, 0, ms > INT_MAX ? INT_MAX : (int)ms, NULL);
}

static void wake_http(void *state)
{
    http *h = state;
    curl_multi_wakeup(h->multi);
}

loop_poller http_poller(http *h)
{
    return (loop_poller){.wait = wait_http, .handle = handle_http, .wake = wake_http, .state = h};
}

void http_exchange_start(http_exchange *x)
{
    http *h = x->http;
    x->active_ns = clock_now();
    if (x->repeat && has_free_connection(h)) {
        run(x);
        return;
    }
    join_list(x, EXCHANGE_WAITING);
    run_waiting(h);
}

void http_exchange_stop(http_exchange *x)
{
    http *h = x->http;
    if (x->state == EXCHANGE_RUNNING)
        curl_multi_remove_handle(h->multi, x->easy); /* closes its connection */
    if (x->state != EXCHANGE_IDLE)
        leave_list(x);
    run_waiting(h);
}

boxd_sent http_exchange_sent(const http_exchange *x)
{
    return exchange_sent(x);
}

http_exchange *http_exchange_new(http *h, const http_request *request, http_done_fn done, void *data,
                                 boxd_error *error)
{
    http_exchange *x = exchange_new(&h->defaults, request, error);
    if (!x)
        return NULL;
    x->http = h;
    x->done = done;
    x->data = data;
    return x;
}

void http_exchange_free(http_exchange *x)
{
    BOXD_ASSERT(!x || x->state == EXCHANGE_IDLE);
    exchange_free(x);
}

/* ---- the multi handle ---- */

/* Copies `text`, which may be NULL. False: out of memory. */
static bool copy_text(char **copy, const char *text)
{
    *copy = mem_strdup(text);
    return *copy || !text;
}

boxd_status http_new(http **out, const http_settings *settings, boxd_error *error)
{
    pthread_once(&global_once, init_curl);
    http *h = mem_calloc(1, sizeof *h);
    if (!h)
        return error_no_memory(error, "making an HTTP client");
    exchange_defaults *defaults = &h->defaults;
    h->multi = curl_multi_init();
    h->max_connections = settings->max_connections;
    h->max_idle = settings->max_idle;
    defaults->max_idle_s = MAX_IDLE_S;
    h->defaults.sockets.counter = settings->connections;
    boxd_status status = BOXD_OK;
    if (!h->multi || !copy_text(&defaults->ca_file, settings->ca_file) ||
        !copy_text(&defaults->ca_dir, settings->ca_dir) ||
        !copy_text(&defaults->client_cert_file, settings->client_cert_file) ||
        !copy_text(&defaults->client_key_file, settings->client_key_file))
        status = error_no_memory(error, "making an HTTP client");
    else if (!http_wakeup_close_on_exec(h->multi))
        status = error_set(error, BOXD_ERR_FAILED, "no descriptors for HTTP; raise the limit of open files");
    if (status != BOXD_OK) {
        http_free(h);
        return status;
    }
    if (h->max_connections > 0) {
        curl_multi_setopt(h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)h->max_connections);
        curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)h->max_connections);
    }
    *out = h;
    return BOXD_OK;
}

void http_free(http *h)
{
    if (!h)
        return;
    if (h->multi)
        curl_multi_cleanup(h->multi);
    http_sockets_clear(&h->defaults.sockets);
    mem_free(h->defaults.ca_file);
    mem_free(h->defaults.ca_dir);
    mem_free(h->defaults.client_cert_file);
    mem_free(h->defaults.client_key_file);
    mem_free(h);
}
