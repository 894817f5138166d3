/* compute.c: opens and closes a client of boxd; the functions of the public surface that are about the client
 * itself. Any thread, but for what the core's hooks call, which runs on the core thread. */
#include "boxd/client/compute.h"

#include "container_of.h"
#include "core/clock.h"
#include "core/op.h"
#include "errors.h"
#include "host_address.h"
#include "mem.h"
#include "options.h"
#include "signals.h"
#include "url.h"

#include <boxd/aio/compute.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *environment(const char *name)
{
    return getenv(name); /* NOLINT(concurrency-mt-unsafe): read once, while opening */
}

/* How long a closing client waits for connections that are being made. */
enum { LINGER_MS = 1000 };

/* Runs the queue's events until no channel lingers, for LINGER_MS at most: a server that cannot be reached
 * does not delay the close longer. */
static void wait_for_channels(boxd_compute *c)
{
    const loop_poller poller = cq_poller(&c->cq);
    const int64_t until = clock_after_ms(LINGER_MS);
    channels_give_up(&c->thread_data.channels);
    while (channels_linger(&c->thread_data.channels) && clock_now() < until) {
        poller.wait(poller.state, until);
        poller.handle(poller.state);
    }
}

/* Frees what the loop used, after it has ended. */
static void wind_down(core *base)
{
    boxd_compute *c = CONTAINER_OF(base, boxd_compute, core);
    worker_stop(&c->thread_data.disk);
    fd_loop_stop(&c->thread_data.fds);
    auth_destroy(&c->thread_data.auth);
    wait_for_channels(c);
    channels_close(&c->thread_data.channels);
    cq_destroy(&c->cq);
    observe_log(&c->observer, BOXD_LOG_INFO, "the client is closed");
}

static void destroy(core *base)
{
    boxd_compute *c = CONTAINER_OF(base, boxd_compute, core);
    config_free(&c->config);
    mem_free(c);
}

static const core_hooks hooks = {wind_down, destroy};

static boxd_status open_channels(boxd_compute *c, boxd_error *error)
{
    const channel_settings settings = {.target = c->config.api.target,
                                       .proxy = c->config.api_proxy.url ? &c->config.api_proxy : NULL,
                                       .tls = c->config.api.tls,
                                       .ca_file = c->config.ca_file,
                                       .client_cert_file = c->config.client_cert_file,
                                       .client_key_file = c->config.client_key_file,
                                       .keepalive_ms = c->config.keepalive_ms,
                                       .max_streams = c->config.max_streams,
                                       .small_windows = c->config.small_windows};
    return channels_open(&c->thread_data.channels, &settings, &c->cq, &c->observer, error);
}

static boxd_status start(boxd_compute *c, boxd_error *error)
{
    if (cq_init(&c->cq, error) != BOXD_OK)
        return error->status;
    if (!c->config.in_machine && open_channels(c, error) != BOXD_OK)
        goto no_channels;
    token_transport transport = {0};
    if (!c->config.token && token_transport_open(&transport, &c->config, error) != BOXD_OK)
        goto no_auth;
    if (auth_init(&c->thread_data.auth, &c->config, transport, &c->core.loop, &c->thread_data.disk,
                  &c->observer, error) != BOXD_OK)
        goto no_core;
    const core_settings settings = {"boxd-core", "boxd_compute_open", "boxd_aio_compute_detach",
                                    c->config.dispatch, c->config.max_in_flight};
    if (core_start(&c->core, &settings, cq_poller(&c->cq), &hooks, error) == BOXD_OK)
        return BOXD_OK;
no_core:
    auth_destroy(&c->thread_data.auth);
no_auth:
    channels_close(&c->thread_data.channels);
no_channels:
    cq_destroy(&c->cq);
    return error->status;
}

void compute_mark_missing(boxd_compute *compute, feature missing, const char *method)
{
    bool *known = &compute->thread_data.missing_features[missing];
    if (!*known)
        observe_log(&compute->observer, BOXD_LOG_INFO, "this server does not have %s; using its fallback",
                    method);
    *known = true;
}

/* Inside a machine: the host of the metadata service is reached without a proxy. */
static boxd_status choose_proxy(boxd_compute *compute, boxd_error *error)
{
    url_parts parts;
    char gateway[URL_HOST_SIZE];
    const char *metadata = compute->thread_data.auth.url;
    const bool known = metadata && url_copy_host(gateway, metadata, &parts);
    return config_choose_api_proxy(&compute->config, known ? gateway : NULL, error);
}

static void warn_of_plaintext(const boxd_compute *c)
{
    const api_address *api = &c->config.api;
    if (!api->tls && !host_is_this_machine(api->host))
        observe_log(
            &c->observer, BOXD_LOG_WARNING,
            "tokens are sent to %s unencrypted: anyone on the network can read them; use an https:// URL",
            api->target);
}

boxd_status compute_connect(boxd_compute *compute, boxd_error *error)
{
    const char *api_url = compute->thread_data.auth.api_url;
    if (channels_is_open(&compute->thread_data.channels))
        return BOXD_OK;
    if (api_url) {
        api_address address;
        if (api_address_parse(api_url, &address, error) != BOXD_OK) {
            error_prefix(error, "the API URL from the machine's metadata service is malformed");
            return error->status = BOXD_ERR_PROTOCOL;
        }
        api_address_free(&compute->config.api);
        compute->config.api = address;
    }
    if (choose_proxy(compute, error) != BOXD_OK)
        return error->status;
    if (open_channels(compute, error) != BOXD_OK)
        return error->status;
    warn_of_plaintext(compute);
    return BOXD_OK;
}

/* ---- the notice of a newer version, for a program with a callback ---- */

/* An operation without any work: its delivery is the callback of the program. */
typedef struct update_op {
    op op;
    char latest[NOTICE_VERSION_SIZE];
} update_op;

static void start_update(op *o)
{
    op_finish(o, NULL);
}

static void stop_update(op *o)
{
    (void)o; /* it has finished */
}

static void deliver_update(op *o)
{
    const config *settings = &CONTAINER_OF(o->core, boxd_compute, core)->config;
    const update_op *u = (const void *)o;
    if (o->error.status == BOXD_OK)
        settings->on_update(u->latest, boxd_version(), settings->update_data);
}

static void destroy_update(op *o)
{
    mem_free(o);
}

/* As notice_post. If memory runs out, there is no notice. */
static void post_update(void *owner, const char *latest)
{
    static const op_class class = {start_update, stop_update, deliver_update, destroy_update};
    boxd_compute *c = owner;
    update_op *u = mem_calloc(1, sizeof *u);
    if (!u)
        return;
    (void)snprintf(u->latest, sizeof u->latest, "%s", latest);
    u->op.error = (boxd_error)BOXD_ERROR_INIT;
    op_init(&u->op, &class, &c->core, NULL, BOXD_NO_TIMEOUT);
    op_drop_slot(&u->op); /* not a call of the program */
    op_submit(&u->op);
}

static void log_opening(const boxd_compute *c)
{
    const config *settings = &c->config;
    if (settings->api_proxy.url)
        observe_log(&c->observer, BOXD_LOG_INFO, "connections to %s use the proxy %s (%s)",
                    settings->api.target, settings->api_proxy.url, settings->api_proxy.source);
    if (settings->in_machine)
        observe_log(&c->observer, BOXD_LOG_INFO, "a client with the machine's credential");
    else if (settings->api_key)
        observe_log(&c->observer, BOXD_LOG_INFO, "a client of %s (%s) with an API key, exchanged at %s",
                    settings->api.target, settings->api.tls ? "TLS" : "plaintext", settings->exchange_url);
    else
        observe_log(&c->observer, BOXD_LOG_INFO, "a client of %s (%s) with a token", settings->api.target,
                    settings->api.tls ? "TLS" : "plaintext");
    if (settings->token_cache_problem)
        observe_log(&c->observer, BOXD_LOG_WARNING, "there is no token cache: %s",
                    settings->token_cache_problem);
    if (!settings->in_machine)
        warn_of_plaintext(c);
    if (settings->api_key && url_is_exposed(settings->exchange_url))
        observe_log(
            &c->observer, BOXD_LOG_WARNING,
            "the API key is sent to %s unencrypted: anyone on the network can read it; use an https:// "
            "URL",
            settings->exchange_url);
}

boxd_compute *boxd_compute_open(const boxd_compute_options *options, boxd_error *error)
{
    boxd_error local = BOXD_ERROR_INIT;
    boxd_compute_options opts;
    boxd_compute *c = NULL;
    if (options_copy(&opts, OPTION_TYPE(boxd_compute_options), options, &local) != BOXD_OK)
        goto failed;
    c = mem_calloc(1, sizeof *c);
    if (!c) {
        error_no_memory(&local, "opening a client");
        goto failed;
    }
    c->thread_data.jitter = (uint64_t)clock_now() ^ (uint64_t)(uintptr_t)c;
    if (config_resolve(&c->config, &opts, environment, &local) != BOXD_OK)
        goto failed;
    c->observer.hooks = c->config.hooks;
    c->thread_data.notice = (notice){
        .post = c->config.on_update ? post_update : NULL, .owner = c, .done = !c->config.update_notice};
    sigset_t signals;
    const int cancellation = cancellation_off();
    signals_block(&signals); /* gRPC's threads start here, too */
    start(c, &local);
    signals_restore(&signals);
    cancellation_restore(cancellation);
    if (local.status == BOXD_OK) {
        log_opening(c);
        return c;
    }
    config_free(&c->config);
failed:
    mem_free(c);
    if (error)
        *error = local;
    return NULL;
}

boxd_compute *boxd_compute_ref(boxd_compute *compute)
{
    return compute && core_add_user(&compute->core) ? compute : NULL;
}

boxd_status boxd_compute_close(boxd_compute *compute)
{
    const int cancellation = cancellation_off();
    const boxd_status status = compute ? core_close_and_wait(&compute->core) : BOXD_OK;
    cancellation_restore(cancellation);
    return status;
}

void boxd_aio_compute_close(boxd_compute *compute, boxd_done_cb callback, void *user_data)
{
    if (compute)
        core_close(&compute->core, callback, user_data);
    else
        closing_call(callback, user_data);
}

int boxd_aio_compute_fd(const boxd_compute *compute)
{
    return compute ? core_event_fd(&compute->core) : -1;
}

size_t boxd_aio_compute_dispatch(boxd_compute *compute, size_t max)
{
    return compute ? core_dispatch(&compute->core, max) : 0;
}

boxd_status boxd_aio_compute_attach(boxd_compute *compute, boxd_detach_cb detach, void *data,
                                    boxd_error *error)
{
    return core_attach(compute ? &compute->core : NULL, detach, data, error);
}

void boxd_aio_compute_detach(boxd_compute *compute)
{
    if (compute)
        core_detach(&compute->core);
}

void boxd_compute_get_counters(const boxd_compute *compute, boxd_counters *counters)
{
    observe_counters(compute ? &compute->core : NULL, compute ? &compute->observer : NULL, counters);
}

/* Inside a machine the core thread may replace the address, and chooses the proxy. */
void boxd_compute_get_route(const boxd_compute *compute, boxd_route *route)
{
    boxd_route all = BOXD_ROUTE_INIT;
    if (!route || route->size <= sizeof route->size)
        return;
    const config *settings = compute ? &compute->config : NULL;
    if (settings && (!settings->in_machine || settings->api_given)) {
        all.host = settings->api.host;
        all.port = settings->api.port;
        all.tls = settings->api.tls;
    }
    if (settings && !settings->in_machine) {
        all.proxy = settings->api_proxy.url;
        all.proxy_source = settings->api_proxy.source;
        all.direct_reason = settings->api_proxy.direct_reason;
        all.exchange_url = settings->exchange_url;
        all.token_cache_dir = settings->token_cache_dir;
        all.exchange_proxy = settings->exchange_proxy.url;
        all.exchange_proxy_source = settings->exchange_proxy.source;
        all.exchange_direct_reason = settings->exchange_proxy.direct_reason;
    }
    all.size = route->size < sizeof all ? route->size : sizeof all;
    memcpy(route, &all, all.size);
}
