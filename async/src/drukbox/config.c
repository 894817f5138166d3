/* config.c: resolves the settings of a Drukbox client, once, while it is opened. Any thread. */
#include "drukbox/config.h"

#include "errors.h"
#include "mem.h"
#include "names.h"
#include "options.h"
#include "text.h"
#include "url.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_TIMEOUT_MS = 300000, DEFAULT_CONNECTIONS = 20, DEFAULT_IDLE = 5 };

#define DEFAULT_RESPONSE_SIZE ((size_t)64 * 1024 * 1024)
#define MAX_TIMEOUT_S 1e9

/* A value and the setting that it came from, for messages. */
typedef struct setting {
    const char *value;
    char source[128];
} setting;

/* The value of `given`, else of the variable `prefix``name`, unless `prefix` is NULL. An empty value is not
 * set. */
static setting find(const char *given, const char *member, const char *prefix, const char *name,
                    getenv_fn env)
{
    setting found = {given && *given ? given : NULL, ""};
    const bool from_env = !found.value && prefix;
    (void)snprintf(found.source, sizeof found.source, "%s%s", from_env ? prefix : "",
                   from_env ? name : member);
    if (from_env)
        found.value = env(found.source);
    if (found.value && !*found.value)
        found.value = NULL;
    return found;
}

static boxd_status keep(char **to, const char *value, boxd_error *error)
{
    *to = mem_strdup(value);
    return value && !*to ? error_no_memory(error, "reading the client's settings") : BOXD_OK;
}

static boxd_status resolve_url(drukbox_config *out, const setting *url, boxd_error *error)
{
    if (!url->value)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "%s is not set; give the service's URL",
                         url->source);
    if (url_check_base(url->value, url->source, error) != BOXD_OK ||
        keep(&out->base_url, url->value, error) != BOXD_OK)
        return error->status;
    size_t size = strlen(out->base_url);
    while (size > 0 && out->base_url[size - 1] == '/')
        out->base_url[--size] = '\0';
    url_parts parts;
    out->base_path = url_split(out->base_url, &parts) ? "" : parts.rest;
    return BOXD_OK;
}

static boxd_status resolve_token(drukbox_config *out, const setting *token, boxd_error *error)
{
    if (!token->value)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "%s is not set; give the service's token",
                         token->source);
    for (const char *c = token->value; *c; c++)
        if (*c <= ' ' || *c > '~')
            return error_set(
                error, BOXD_ERR_INVALID_ARGUMENT,
                "%s (not shown) has a space, a control character or a non-ASCII byte; give it as it was "
                "issued, without a line end",
                token->source);
    return keep(&out->token, token->value, error);
}

/* With a dot as decimal point, also where the program's locale has another one. */
static double read_number(const char *digits, char **end)
{
    const locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    if (plain == (locale_t)0)
        return strtod(digits, end);
    const locale_t before = uselocale(plain); /* of this thread */
    const double number = strtod(digits, end);
    uselocale(before);
    freelocale(plain);
    return number;
}

/* Seconds as Python reads a float. */
static boxd_status read_timeout(drukbox_config *out, const setting *timeout, boxd_error *error)
{
    char *end = NULL;
    const double seconds = read_number(timeout->value, &end);
    end += strspn(end, " \t\r\n");
    const bool is_hex = strpbrk(timeout->value, "xXpP") != NULL;
    if (end == timeout->value || *end || is_hex || isnan(seconds) || seconds <= 0)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "%s is not a number of seconds above 0; give one, or \"inf\" for no limit",
                         timeout->source);
    const double ms = seconds * 1000; /* the assignment rounds to a double, also in wider registers */
    out->step_timeout_ms = seconds > MAX_TIMEOUT_S ? 0 : (int64_t)ms;
    if (seconds <= MAX_TIMEOUT_S && (double)out->step_timeout_ms < ms)
        out->step_timeout_ms++; /* 0 means no timeout */
    return BOXD_OK;
}

static boxd_status resolve_timeout(drukbox_config *out, const drukbox_client_options *options,
                                   const char *prefix, getenv_fn env, boxd_error *error)
{
    setting timeout = {0};
    out->step_timeout_ms = DEFAULT_TIMEOUT_MS;
    if (options->step_timeout_ms < BOXD_NO_TIMEOUT)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "step_timeout_ms is %lld; give milliseconds, 0 for the default or BOXD_NO_TIMEOUT",
                         (long long)options->step_timeout_ms);
    if (options->step_timeout_ms != 0) {
        out->step_timeout_ms = options->step_timeout_ms == BOXD_NO_TIMEOUT ? 0 : options->step_timeout_ms;
        return BOXD_OK;
    }
    if (prefix) {
        (void)snprintf(timeout.source, sizeof timeout.source, "%sSERVICE_TIMEOUT", prefix);
        timeout.value = env(timeout.source);
    }
    return timeout.value ? read_timeout(out, &timeout, error) : BOXD_OK;
}

static boxd_status resolve_limits(drukbox_config *out, const drukbox_client_options *options,
                                  boxd_error *error)
{
    if (options->max_connections < 0 || options->max_idle_connections < 0)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "%s is below 0; give a number, or 0 for the default",
                         options->max_connections < 0 ? "max_connections" : "max_idle_connections");
    out->max_connections = options->max_connections ? (size_t)options->max_connections : DEFAULT_CONNECTIONS;
    out->max_idle = options->max_idle_connections ? (size_t)options->max_idle_connections : DEFAULT_IDLE;
    const uint64_t most = options->max_response_bytes ? options->max_response_bytes : DEFAULT_RESPONSE_SIZE;
    out->max_response_size = most < SIZE_MAX ? (size_t)most : SIZE_MAX;
    out->dispatch = options->dispatch;
    const boxd_status status = dispatch_check(options->dispatch, error);
    return status == BOXD_OK ? hooks_copy(&out->hooks, options->hooks, error) : status;
}

/* As Python and OpenSSL's tools do. */
static boxd_status resolve_authorities(drukbox_config *out, const drukbox_client_options *options,
                                       getenv_fn env, boxd_error *error)
{
    const bool given = options->ca_file && *options->ca_file;
    const setting file = find(options->ca_file, "ca_file", "", "SSL_CERT_FILE", env);
    const setting dir = find(NULL, "", "", "SSL_CERT_DIR", env);
    boxd_status status = keep(&out->ca_file, file.value, error);
    if (status == BOXD_OK && !given)
        status = keep(&out->ca_dir, dir.value, error);
    return status;
}

static boxd_status resolve_proxy(drukbox_config *out, const drukbox_client_options *options, getenv_fn env,
                                 boxd_error *error)
{
    forward_proxy_settings proxies;
    boxd_status status = forward_proxy_read(&proxies, options->proxy, env, error);
    if (status == BOXD_OK)
        status = forward_proxy_choose_for_url(&out->proxy, &proxies, out->base_url, error);
    forward_proxy_settings_free(&proxies);
    return status;
}

boxd_status drukbox_config_resolve(drukbox_config *out, const drukbox_client_options *options,
                                   const char *prefix, getenv_fn env, boxd_error *error)
{
    drukbox_client_options opts;
    *out = (drukbox_config){0};
    boxd_status status = options_copy(&opts, OPTION_TYPE_RESERVED(drukbox_client_options), options, error);
    if (status != BOXD_OK)
        return status;
    const setting url = find(opts.base_url, "base_url", prefix, "SERVICE_URL", env);
    const setting token = find(opts.token, "token", prefix, "SERVICE_TOKEN", env);
    status = resolve_url(out, &url, error);
    if (status == BOXD_OK)
        status = resolve_token(out, &token, error);
    if (status == BOXD_OK)
        status = resolve_timeout(out, &opts, prefix, env, error);
    if (status == BOXD_OK)
        status = resolve_limits(out, &opts, error);
    if (status == BOXD_OK)
        status = resolve_authorities(out, &opts, env, error);
    if (status == BOXD_OK)
        status = resolve_proxy(out, &opts, env, error);
    if (status != BOXD_OK)
        drukbox_config_free(out);
    return status;
}

void drukbox_config_free(drukbox_config *c)
{
    mem_free(c->base_url);
    mem_free_secret(c->token);
    mem_free(c->ca_file);
    mem_free(c->ca_dir);
    forward_proxy_clear(&c->proxy);
    *c = (drukbox_config){0};
}
