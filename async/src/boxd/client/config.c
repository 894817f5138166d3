/* config.c: resolves the settings of a client, once, while boxd_compute_open() runs. Any thread. */
#include "boxd/client/config.h"

#include "errors.h"
#include "mem.h"
#include "names.h"
#include "options.h"
#include "text.h"
#include "url.h"

#include <string.h>

enum { DEFAULT_TIMEOUT_MS = 60000, DEFAULT_READ_RETRIES = 2, DEFAULT_KEEPALIVE_MS = 60000 };

/* RFC 9113 recommends it as the minimum that a server allows; most servers allow it. */
enum { DEFAULT_MAX_STREAMS = 100 };

#define DEFAULT_MAX_RESPONSE_BYTES ((size_t)64 * 1024 * 1024)

/* The first preset is the default. */
static const struct preset {
    const char *name;
    const char *api_url;
    const char *exchange_url;
} presets[] = {
    {"production", "https://boxd.sh:9443", "https://app.boxd.sh/api/v1/auth/token"},
    {"staging", "https://boxd-stg.sh:9443", "https://app.boxd-stg.sh/api/v1/auth/token"},
};

enum { PRESETS = sizeof presets / sizeof presets[0] };

/* A value and the name of its setting, for messages. */
typedef struct {
    /* NULL: not set; never empty. */
    const char *value;
    const char *source;
} setting;

static setting from_argument(const char *value, const char *name)
{
    return (setting){value && *value ? value : NULL, name};
}

static setting from_environment(getenv_fn env, const char *name)
{
    return from_argument(env(name), name);
}

static setting first_of(setting a, setting b)
{
    return a.value ? a : b;
}

static boxd_status out_of_memory(boxd_error *error)
{
    return error_no_memory(error, "reading the client's settings");
}

/* Copies the value, or NULL. */
static boxd_status copy_setting(char **to, setting from, boxd_error *error)
{
    *to = mem_strdup(from.value);
    return from.value && !*to ? out_of_memory(error) : BOXD_OK;
}

static const struct preset *find_preset(const char *name)
{
    for (size_t i = 0; i < PRESETS; i++)
        if (strcmp(presets[i].name, name) == 0)
            return &presets[i];
    return NULL;
}

static boxd_status refuse_environment(const char *name, boxd_error *error)
{
    text list = TEXT_INIT;
    for (size_t i = 0; i < PRESETS; i++) {
        text_add(&list, i > 0 ? ", " : "");
        text_add(&list, presets[i].name);
    }
    char *names = text_take(&list);
    if (!names)
        return out_of_memory(error);
    char shown[64];
    error_set(error, BOXD_ERR_INVALID_ARGUMENT, "environment \"%s\" is unknown; give one of: %s",
              text_printable(name, shown, sizeof shown), names);
    mem_free(names);
    return BOXD_ERR_INVALID_ARGUMENT;
}

static boxd_status choose_preset(const struct preset **preset, const boxd_compute_options *options,
                                 getenv_fn env, boxd_error *error)
{
    setting argument = from_argument(options->environment, "environment");
    setting variable = from_environment(env, "BOXD_ENVIRONMENT");
    *preset = NULL;
    if (argument.value) {
        *preset = find_preset(argument.value);
        return *preset ? BOXD_OK : refuse_environment(argument.value, error);
    }
    if (variable.value)
        *preset = find_preset(variable.value);
    if (!*preset)
        *preset = &presets[0];
    return BOXD_OK;
}

/* A credential is the value of a header: other bytes would fail later, with a message that does not name it.
 */
static boxd_status check_secret(setting secret, boxd_error *error)
{
    for (size_t i = 0; secret.value[i]; i++) {
        unsigned char byte = (unsigned char)secret.value[i];
        if (byte <= ' ' || byte >= 0x7F)
            return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                             "the credential in %s (not shown) has a space, a control character or a "
                             "non-ASCII byte at position %zu; give it as it was issued, without a line end",
                             secret.source, i + 1);
    }
    return BOXD_OK;
}

/* A boxd machine sets these variables for its programs. */
static bool is_in_machine(getenv_fn env)
{
    static const char *const hints[] = {"BOXD_VM_ID", "BOXD_VM_NAME", "BOXD_PROXY_ENDPOINT"};
    for (size_t i = 0; i < sizeof hints / sizeof *hints; i++)
        if (from_environment(env, hints[i]).value)
            return true;
    return false;
}

static setting metadata_setting(const boxd_compute_options *options, getenv_fn env)
{
    return first_of(from_argument(options->metadata_url, "metadata_url"),
                    from_environment(env, "BOXD_METADATA_URL"));
}

static boxd_status resolve_metadata(config *out, const boxd_compute_options *options, getenv_fn env,
                                    boxd_error *error)
{
    setting url = metadata_setting(options, env);
    if (!url.value || !out->in_machine)
        return BOXD_OK;
    boxd_status status = url_check_http(url.value, url.source, error);
    return status == BOXD_OK ? copy_setting(&out->metadata_url, url, error) : status;
}

static boxd_status resolve_notice(config *out, const boxd_compute_options *options, getenv_fn env,
                                  boxd_error *error)
{
    if (options->update_notice != BOXD_UPDATE_NOTICE_STDERR &&
        options->update_notice != BOXD_UPDATE_NOTICE_OFF)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "update_notice is %ld; give BOXD_UPDATE_NOTICE_STDERR or BOXD_UPDATE_NOTICE_OFF",
                         (long)options->update_notice);
    out->update_notice = options->update_notice != BOXD_UPDATE_NOTICE_OFF &&
                         !from_environment(env, "BOXD_NO_UPDATE_NOTICE").value;
    out->on_update = options->on_update;
    out->update_data = options->update_data;
    return BOXD_OK;
}

static boxd_status resolve_credential(config *out, const boxd_compute_options *options, getenv_fn env,
                                      boxd_error *error)
{
    setting token = from_argument(options->token, "the option token");
    setting key = from_argument(options->api_key, "the option api_key");
    if (!token.value && !key.value) {
        token = from_environment(env, "BOXD_TOKEN");
        key = from_environment(env, "BOXD_API_KEY");
    }
    const bool has_url = metadata_setting(options, env).value != NULL;
    out->in_machine = !token.value && !key.value && (has_url || is_in_machine(env));
    if (out->in_machine)
        return BOXD_OK;
    if (!token.value && !key.value)
        return error_set(error, BOXD_ERR_AUTHENTICATION,
                         "the client has no credential; set BOXD_API_KEY or BOXD_TOKEN, or api_key or token "
                         "of boxd_compute_options");
    setting secret = first_of(token, key);
    boxd_status status = check_secret(secret, error);
    if (status != BOXD_OK)
        return status;
    out->credential_source = secret.source;
    return copy_setting(token.value ? &out->token : &out->api_key, secret, error);
}

static boxd_status resolve_api(config *out, setting given, const struct preset *preset, boxd_error *error)
{
    boxd_status status = api_address_parse(given.value ? given.value : preset->api_url, &out->api, error);
    if (status == BOXD_ERR_INVALID_ARGUMENT && error)
        error_prefix(error, "%s", given.source);
    return status;
}

/* With `given_api` the URL is derived from the API's instead of the preset's: a key is sent to its own
 * cluster only. */
static boxd_status resolve_exchange(config *out, const boxd_compute_options *options, getenv_fn env,
                                    bool given_api, const struct preset *preset, boxd_error *error)
{
    setting url = first_of(from_argument(options->exchange_url, "exchange_url"),
                           from_environment(env, "BOXD_EXCHANGE_URL"));
    if (url.value) {
        boxd_status status = url_check_http(url.value, url.source, error);
        return status == BOXD_OK ? copy_setting(&out->exchange_url, url, error) : status;
    }
    out->exchange_url = given_api ? api_address_exchange_url(&out->api) : mem_strdup(preset->exchange_url);
    return out->exchange_url ? BOXD_OK : out_of_memory(error);
}

/* Without slashes at its end, behind which the name could be a link. */
static char *copy_directory(const char *path, const char *below)
{
    size_t size = strlen(path);
    while (size > 1 && path[size - 1] == '/')
        size--;
    return mem_printf("%.*s%s", (int)size, path, below);
}

static boxd_status resolve_token_cache(config *out, const boxd_compute_options *options, getenv_fn env,
                                       boxd_error *error)
{
    const setting given = from_argument(options->token_cache_dir, "token_cache_dir");
    const setting xdg = from_environment(env, "XDG_CACHE_HOME"), home = from_environment(env, "HOME");
    if (given.value && !options->token_cache)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "token_cache_dir is set without token_cache; set both, or neither");
    if (!options->token_cache || !out->api_key || from_environment(env, "BOXD_NO_TOKEN_CACHE").value)
        return BOXD_OK;
    if (given.value)
        out->token_cache_dir = copy_directory(given.value, "");
    else if (xdg.value && *xdg.value == '/')
        out->token_cache_dir = copy_directory(xdg.value, "/boxd");
    else if (home.value && *home.value == '/')
        out->token_cache_dir = copy_directory(home.value, "/.cache/boxd");
    else
        out->token_cache_problem = "HOME and XDG_CACHE_HOME are not absolute paths";
    return out->token_cache_dir || out->token_cache_problem ? BOXD_OK : out_of_memory(error);
}

static boxd_status resolve_files(config *out, const boxd_compute_options *options, getenv_fn env,
                                 boxd_error *error)
{
    const setting variable =
        first_of(from_environment(env, "BOXD_CA_FILE"), from_environment(env, "SSL_CERT_FILE"));
    setting ca = first_of(from_argument(options->ca_file, "ca_file"), variable);
    setting cert = from_argument(options->client_cert_file, "client_cert_file");
    setting key = from_argument(options->client_key_file, "client_key_file");
    if (!cert.value != !key.value)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "%s is set without %s; give both or neither",
                         first_of(cert, key).source, cert.value ? key.source : cert.source);
    boxd_status status = copy_setting(&out->ca_file, ca, error);
    if (status == BOXD_OK)
        status = copy_setting(&out->client_cert_file, cert, error);
    if (status == BOXD_OK)
        status = copy_setting(&out->client_key_file, key, error);
    return status;
}

boxd_status config_choose_api_proxy(config *c, const char *direct, boxd_error *error)
{
    const forward_proxy_server server = {c->api.tls, c->api.host, direct};
    forward_proxy_clear(&c->api_proxy);
    if (forward_proxy_choose(&c->api_proxy, &c->proxies, &server, error) != BOXD_OK)
        return error->status;
    if (!c->api_proxy.url || c->api_proxy.plain_http)
        return BOXD_OK;
    return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                     "the API cannot be reached through the proxy %s (%s): gRPC supports http:// proxies "
                     "only; give such a proxy, or %s",
                     c->api_proxy.url, c->api_proxy.source, c->api_proxy.bypass);
}

static boxd_status resolve_proxies(config *out, const boxd_compute_options *options, getenv_fn env,
                                   boxd_error *error)
{
    boxd_status status = forward_proxy_read(&out->proxies, options->proxy, env, error);
    if (status == BOXD_OK && out->exchange_url)
        status = forward_proxy_choose_for_url(&out->exchange_proxy, &out->proxies, out->exchange_url, error);
    if (status == BOXD_OK && !out->in_machine)
        status = config_choose_api_proxy(out, NULL, error);
    return status;
}

static size_t memory_limit(uint64_t bytes)
{
    if (bytes == 0)
        return DEFAULT_MAX_RESPONSE_BYTES;
    return bytes < SIZE_MAX ? (size_t)bytes : SIZE_MAX;
}

static boxd_status resolve_numbers(config *out, const boxd_compute_options *options, boxd_error *error)
{
    if (options->timeout_ms < BOXD_NO_TIMEOUT)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "timeout_ms is %lld; give milliseconds, 0 for the default or BOXD_NO_TIMEOUT",
                         (long long)options->timeout_ms);
    if (options->read_retries < -1)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "read_retries is %ld; give a number of retries, 0 for the default or -1 for none",
                         (long)options->read_retries);
    if (options->keepalive_ms < -1)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "keepalive_ms is %lld; give milliseconds, 0 for the default or -1 for none",
                         (long long)options->keepalive_ms);
    if (options->max_streams_per_connection < 0)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "max_streams_per_connection is %ld; give a number of calls, or 0 for the default",
                         (long)options->max_streams_per_connection);
    if (options->max_calls_in_flight < 0)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "max_calls_in_flight is %ld; give a number of calls, or 0 for no limit",
                         (long)options->max_calls_in_flight);
    out->timeout_ms = options->timeout_ms ? options->timeout_ms : DEFAULT_TIMEOUT_MS;
    out->read_retries = options->read_retries ? options->read_retries : DEFAULT_READ_RETRIES;
    if (out->read_retries < 0)
        out->read_retries = 0;
    out->keepalive_ms = options->keepalive_ms ? options->keepalive_ms : DEFAULT_KEEPALIVE_MS;
    out->max_streams = options->max_streams_per_connection;
    if (out->max_streams == 0)
        out->max_streams = DEFAULT_MAX_STREAMS;
    out->small_windows = options->small_windows;
    out->max_in_flight = (size_t)options->max_calls_in_flight;
    out->max_response_bytes = memory_limit(options->max_response_bytes);
    out->dispatch = options->dispatch;
    const boxd_status status = dispatch_check(options->dispatch, error);
    return status == BOXD_OK ? hooks_copy(&out->hooks, options->hooks, error) : status;
}

boxd_status config_resolve(config *out, const boxd_compute_options *options, getenv_fn env, boxd_error *error)
{
    *out = (config){0};
    const struct preset *preset = NULL;
    const setting variable =
        first_of(from_environment(env, "BOXD_BASE_URL"), from_environment(env, "BOXD_API_URL"));
    const setting given = first_of(from_argument(options->api_url, "api_url"), variable);
    out->api_given = given.value != NULL;
    boxd_status status = resolve_numbers(out, options, error);
    if (status == BOXD_OK)
        status = resolve_notice(out, options, env, error);
    if (status == BOXD_OK)
        status = choose_preset(&preset, options, env, error);
    if (status == BOXD_OK)
        status = resolve_api(out, given, preset, error);
    if (status == BOXD_OK)
        status = resolve_credential(out, options, env, error);
    if (status == BOXD_OK && out->api_key)
        status = resolve_exchange(out, options, env, out->api_given, preset, error);
    if (status == BOXD_OK)
        status = resolve_token_cache(out, options, env, error);
    if (status == BOXD_OK)
        status = resolve_metadata(out, options, env, error);
    if (status == BOXD_OK)
        status = resolve_files(out, options, env, error);
    if (status == BOXD_OK)
        status = resolve_proxies(out, options, env, error);
    if (status != BOXD_OK)
        config_free(out);
    return status;
}

void config_free(config *c)
{
    api_address_free(&c->api);
    mem_free(c->exchange_url);
    mem_free_secret(c->api_key);
    mem_free_secret(c->token);
    mem_free(c->token_cache_dir);
    mem_free(c->metadata_url);
    mem_free(c->ca_file);
    mem_free(c->client_cert_file);
    mem_free(c->client_key_file);
    forward_proxy_settings_free(&c->proxies);
    forward_proxy_clear(&c->exchange_proxy);
    forward_proxy_clear(&c->api_proxy);
    *c = (config){0};
}
