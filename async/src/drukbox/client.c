/* client.c: opens and closes a client of Drukbox. Any thread, but for what the core's hooks call, which runs
 * on the core thread. */
#include "drukbox/client.h"

#include "container_of.h"
#include "errors.h"
#include "mem.h"
#include "url.h"

#include <drukbox/aio/client.h>

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *environment(const char *name)
{
    return getenv(name); /* NOLINT(concurrency-mt-unsafe): read once, while opening */
}

static void wind_down(core *base)
{
    drukbox_client *c = CONTAINER_OF(base, drukbox_client, core);
    http_free(c->thread_data.http);
    observe_log(&c->observer, BOXD_LOG_INFO, "the client is closed");
}

static void destroy(core *base)
{
    drukbox_client *c = CONTAINER_OF(base, drukbox_client, core);
    drukbox_config_free(&c->config);
    mem_free(c);
}

static const core_hooks hooks = {wind_down, destroy};

static boxd_status start(drukbox_client *c, boxd_error *error)
{
    const drukbox_config *settings = &c->config;
    const http_settings http_how = {.ca_file = settings->ca_file,
                                    .ca_dir = settings->ca_dir,
                                    .max_connections = settings->max_connections,
                                    .max_idle = settings->max_idle,
                                    .connections = &c->observer.connections};
    const core_settings core_how = {.thread_name = "drukbox-core",
                                    .opener = "drukbox_client_open",
                                    .detacher = "drukbox_aio_client_detach",
                                    .dispatch = settings->dispatch};
    if (settings->ca_file && access(settings->ca_file, R_OK) != 0)
        return error_set(error, BOXD_ERR_LOCAL_FILE,
                         "the file of authorities \"%s\" (ca_file or SSL_CERT_FILE) cannot be read; check "
                         "its path and rights",
                         settings->ca_file);
    if (http_new(&c->thread_data.http, &http_how, error) != BOXD_OK)
        return error->status;
    if (core_start(&c->core, &core_how, http_poller(c->thread_data.http), &hooks, error) == BOXD_OK)
        return BOXD_OK;
    http_free(c->thread_data.http);
    return error->status;
}

static void log_opening(const drukbox_client *c)
{
    observe_log(&c->observer, BOXD_LOG_INFO, "a client of %s", c->config.base_url);
    if (c->config.proxy.url)
        observe_log(&c->observer, BOXD_LOG_INFO, "connections use the proxy %s (%s)", c->config.proxy.url,
                    c->config.proxy.source);
    if (url_is_exposed(c->config.base_url))
        observe_log(
            &c->observer, BOXD_LOG_WARNING,
            "the token is sent to %s unencrypted: anyone on the network can read it, and the secrets of "
            "hosts; use an https:// URL",
            c->config.base_url);
}

/* `prefix` begins the names of the environment's variables; NULL: the environment is not read. */
static drukbox_client *open_client(const drukbox_client_options *options, const char *prefix,
                                   boxd_error *error)
{
    boxd_error local = BOXD_ERROR_INIT;
    drukbox_client *c = mem_calloc(1, sizeof *c);
    if (!c) {
        error_no_memory(&local, "opening a client");
    } else if (drukbox_config_resolve(&c->config, options, prefix, environment, &local) == BOXD_OK) {
        const int cancellation = cancellation_off();
        c->observer.hooks = c->config.hooks;
        start(c, &local);
        cancellation_restore(cancellation);
        if (local.status == BOXD_OK) {
            log_opening(c);
            return c;
        }
        drukbox_config_free(&c->config);
    }
    mem_free(c);
    if (error)
        *error = local;
    return NULL;
}

drukbox_client *drukbox_client_open(const drukbox_client_options *options, boxd_error *error)
{
    return open_client(options, NULL, error);
}

drukbox_client *drukbox_client_open_from_env(const char *prefix, const drukbox_client_options *options,
                                             boxd_error *error)
{
    return open_client(options, prefix ? prefix : "SANDBOX_", error);
}

drukbox_client *drukbox_client_ref(drukbox_client *client)
{
    return client && core_add_user(&client->core) ? client : NULL;
}

boxd_status drukbox_client_close(drukbox_client *client)
{
    const int cancellation = cancellation_off();
    const boxd_status status = client ? core_close_and_wait(&client->core) : BOXD_OK;
    cancellation_restore(cancellation);
    return status;
}

void drukbox_aio_client_close(drukbox_client *client, boxd_done_cb callback, void *user_data)
{
    if (client)
        core_close(&client->core, callback, user_data);
    else
        closing_call(callback, user_data);
}

int drukbox_aio_client_fd(const drukbox_client *client)
{
    return client ? core_event_fd(&client->core) : -1;
}

size_t drukbox_aio_client_dispatch(drukbox_client *client, size_t max)
{
    return client ? core_dispatch(&client->core, max) : 0;
}

boxd_status drukbox_aio_client_attach(drukbox_client *client, boxd_detach_cb detach, void *data,
                                      boxd_error *error)
{
    return core_attach(client ? &client->core : NULL, detach, data, error);
}

void drukbox_aio_client_detach(drukbox_client *client)
{
    if (client)
        core_detach(&client->core);
}

void drukbox_client_get_counters(const drukbox_client *client, boxd_counters *counters)
{
    observe_counters(client ? &client->core : NULL, client ? &client->observer : NULL, counters);
}
