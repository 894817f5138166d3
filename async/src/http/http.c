#include "http/private.h"

#include "core/clock.h"
#include "errors.h"
#include "http/wakeup.h"
#include "mem.h"

#include <limits.h>

static pthread_once_t global_once = PTHREAD_ONCE_INIT;

static void init_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* ---- lists ---- */

static exchange_list *list_of(http *h, exchange_state state)
{
    return state == WAITING   ? &h->thread_data.waiting
           : state == RUNNING ? &h->thread_data.running
                              : &h->thread_data.ended;
}

static void leave_list(http_exchange *x)
{
    exchange_list *list = list_of(x->http, x->state);
    *(x->previous ? &x->previous->next : &list->first) = x->next;
    *(x->next ? &x->next->previous : &list->last) = x->previous;
    list->count--;
    x->state = IDLE;
    http_sockets_leave(&x->http->thread_data.sockets, x);
}

static void join_list(http_exchange *x, exchange_state state)
{
    exchange_list *list = list_of(x->http, state);
    x->next = NULL;
    x->previous = list->last;
    *(list->last ? &list->last->next : &list->first) = x;
    list->last = x;
    list->count++;
    x->state = state;
}

/* ---- what is under way ---- */

static bool has_place(const http *h)
{
    return h->max_connections == 0 || h->thread_data.running.count < h->max_connections;
}

static void run(http_exchange *x)
{
    join_list(x, RUNNING);
    http_sockets_hear_farewells(&x->http->thread_data.sockets);
    x->active_ns = clock_now();
    if (curl_multi_add_handle(x->http->multi, x->easy) == CURLM_OK)
        return;
    leave_list(x);
    error_no_memory(&x->answer.error, "sending an HTTP request");
    join_list(x, ENDED);
}

/* Lets those begin that there is a place for. */
static void arrange(http *h)
{
    while (h->thread_data.waiting.first && has_place(h)) {
        http_exchange *x = h->thread_data.waiting.first;
        leave_list(x);
        run(x);
    }
}

/* Before a pause: of the connections that nobody uses those stay that the next exchanges will take, and those
 * that may be idle. */
static void trim(http *h)
{
    size_t wanted = h->max_idle;
    for (const http_exchange *x = h->thread_data.running.first; x; x = x->next)
        wanted += !x->connected;
    if (h->max_idle > 0)
        http_sockets_trim(&h->thread_data.sockets, wanted);
}

static void finish(http_exchange *x)
{
    x->done(x->data, &x->answer);
}

static void complete(http_exchange *x, CURLcode code)
{
    http *h = x->http;
    curl_multi_remove_handle(h->multi, x->easy);
    leave_list(x);
    http_exchange_set_answer(x, code);
    arrange(h);
    finish(x);
}

static void expire(http_exchange *x)
{
    const bool waited = x->state == WAITING;
    boxd_error *error = &x->answer.error;
    if (waited)
        error_set(error, BOXD_ERR_TIMEOUT, "all %zu connections were in use for %lld ms",
                  x->http->max_connections, (long long)x->gap_ms);
    else
        error_set_sent(error, BOXD_ERR_TIMEOUT, http_exchange_sent(x), "nothing came for %lld ms",
                       (long long)x->gap_ms);
    http_exchange_set_peer(x);
    http_exchange_stop(x);
    finish(x);
}

/* When an exchange has to have gone on. While it connects libcurl has a limit of its own. */
static int64_t expires_ns(const http_exchange *x)
{
    const bool limited = x->gap_ms > 0 && (x->state != RUNNING || x->connected);
    return limited ? clock_add_ms(x->active_ns, x->gap_ms) : CLOCK_NEVER;
}

/* The next that expires. Of those that wait it is the first, since all wait equally long. */
static http_exchange *next_to_expire(const http *h)
{
    http_exchange *next = h->thread_data.waiting.first;
    for (http_exchange *x = h->thread_data.running.first; x; x = x->next)
        if (!next || expires_ns(x) < expires_ns(next))
            next = x;
    return next;
}

/* Late is what was so at `now`, before libcurl looked: what it has read since is not, however long a hook of
 * the program's has taken meanwhile. */
static void end_what_has_ended(http *h, int64_t now)
{
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(h->multi, &left))) {
        http_exchange *x = NULL;
        const CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)(void *)&x);
        complete(x, code);
    }
    while (h->thread_data.ended.first) {
        http_exchange *x = h->thread_data.ended.first;
        leave_list(x);
        finish(x);
    }
    http_exchange *late;
    while ((late = next_to_expire(h)) && expires_ns(late) <= now)
        expire(late);
}

static void wait_http(void *state, int64_t deadline_ns)
{
    http *h = state;
    int running;
    const int64_t now = clock_now();
    curl_multi_perform(h->multi, &running);
    end_what_has_ended(h, now);
    const http_exchange *late = next_to_expire(h);
    const int64_t expires = late ? expires_ns(late) : CLOCK_NEVER;
    const int64_t until = expires < deadline_ns ? expires : deadline_ns;
    int64_t ms = until == CLOCK_NEVER ? INT_MAX : (until - clock_now()) / NS_PER_MS + 1;
    trim(h);
    if (deadline_ns == 0 || ms < 0 || h->thread_data.ended.first)
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
    return (loop_poller){.wait = wait_http, .wake = wake_http, .state = h};
}

void http_exchange_start(http_exchange *x)
{
    http *h = x->http;
    x->active_ns = clock_now();
    join_list(x, WAITING);
    arrange(h);
}

void http_exchange_stop(http_exchange *x)
{
    http *h = x->http;
    if (x->state == RUNNING)
        curl_multi_remove_handle(h->multi, x->easy); /* in the middle of it: its connection is closed */
    if (x->state != IDLE)
        leave_list(x);
    arrange(h);
}

boxd_sent http_exchange_sent(const http_exchange *x)
{
    return x->connected ? BOXD_SENT_UNKNOWN : BOXD_SENT_NO;
}

/* ---- the whole ---- */

/* A copy of `text`, if there is one. False: out of memory. */
static bool keep(char **copy, const char *text)
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
    h->multi = curl_multi_init();
    h->max_connections = settings->max_connections;
    h->max_idle = settings->max_idle;
    h->max_idle_s = settings->max_idle_s;
    h->thread_data.sockets.counter = settings->connections;
    boxd_status status = BOXD_OK;
    if (!h->multi || !keep(&h->ca_file, settings->ca_file) || !keep(&h->ca_dir, settings->ca_dir) ||
        !keep(&h->client_cert_file, settings->client_cert_file) ||
        !keep(&h->client_key_file, settings->client_key_file))
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
    http_sockets_clear(&h->thread_data.sockets);
    mem_free(h->ca_file);
    mem_free(h->ca_dir);
    mem_free(h->client_cert_file);
    mem_free(h->client_key_file);
    mem_free(h);
}
