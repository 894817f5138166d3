/*
 * forward_proxy.c: reads the settings of proxies and chooses one. Called while a client is opened, and when a
 * machine learns its API's URL. Any thread.
 */
#include "forward_proxy.h"

#include "errors.h"
#include "host_address.h"
#include "mem.h"
#include "names.h"
#include "no_proxy.h"
#include "secrets.h"
#include "text.h"
#include "url.h"

#include <stdio.h>
#include <string.h>

/* The setting of the option, for messages. */
#define PROXY_OPTION "the option proxy"

/* ---- a proxy's URL ---- */

typedef struct proxy_scheme {
    const char *name;
    unsigned default_port;
} proxy_scheme;

/* Those of libcurl. The first is the default. */
static const proxy_scheme schemes[] = {{"http", 1080},   {"https", 443},    {"socks5h", 1080},
                                       {"socks5", 1080}, {"socks4a", 1080}, {"socks4", 1080}};

/* Sets *rest behind "://". NULL: an unknown scheme. */
static const proxy_scheme *read_scheme(const char *url, const char **rest)
{
    const size_t size = strcspn(url, ":/@");
    *rest = url;
    if (strncmp(url + size, "://", 3) != 0)
        return &schemes[0];
    *rest = url + size + 3;
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
        if (ascii_equal(url, size, schemes[i].name))
            return &schemes[i];
    return NULL;
}

/* Decodes %XX. NULL: out of memory. */
static char *decode(const char *escaped, size_t size)
{
    char *copy = mem_strndup(escaped, size), *to = copy;
    if (!copy)
        return NULL;
    for (const char *from = copy; *from; from++) {
        const int high = *from == '%' ? ascii_hex_value(from[1]) : -1;
        const int low = high >= 0 ? ascii_hex_value(from[2]) : -1;
        const int byte = high * 16 + low;
        const bool escape = low >= 0 && byte != 0;
        *to = *from;
        if (escape) {
            *to = (char)byte;
            from += 2;
        }
        to++;
    }
    mem_zero(to, size - (size_t)(to - copy));
    *to = '\0';
    return copy;
}

static bool keep_user(forward_proxy *out, const char *info, size_t size)
{
    const char *colon = memchr(info, ':', size);
    const size_t user_size = colon ? (size_t)(colon - info) : size;
    out->user = decode(info, user_size);
    out->password = decode(colon ? colon + 1 : "", colon ? size - user_size - 1 : 0);
    return out->user && out->password;
}

/* Reads `url`. Returns its problem; NULL: none, or `out->url` is NULL because memory ran out. */
static const char *read_url(forward_proxy *out, const char *url)
{
    const char *rest;
    const proxy_scheme *scheme = read_scheme(url, &rest);
    if (!scheme)
        return "has an unknown scheme";
    const size_t size = strcspn(rest, "/?#");
    const char *host = rest, *end = rest + size;
    for (const char *c = rest; c < end; c++)
        if (*c == '@')
            host = c + 1;
    char authority[512];
    url_parts parts;
    if ((size_t)(end - host) >= sizeof authority)
        return "has a host name of more than 253 bytes";
    memcpy(authority, host, (size_t)(end - host));
    authority[end - host] = '\0';
    const char *problem = url_split(authority, &parts);
    if (problem)
        return problem;
    if (host > rest && !keep_user(out, rest, (size_t)(host - rest) - 1))
        return NULL;
    out->plain_http = scheme == &schemes[0];
    out->url = mem_printf(parts.bracketed ? "%s://[%.*s]:%u" : "%s://%.*s:%u", scheme->name,
                          (int)parts.host_size, parts.host, parts.port ? parts.port : scheme->default_port);
    out->address = out->url ? out->url + strlen(scheme->name) + 3 : NULL;
    return NULL;
}

/* The variable that was found takes precedence over the other spelling, which may be the one to extend. */
static const char *bypass_of(const forward_proxy_settings *settings)
{
    if (settings->option)
        return "set the option proxy to \"\" for direct connections";
    return strcmp(settings->no_proxy_name, "no_proxy") == 0 ? "add the server's host to no_proxy"
                                                            : "add the server's host to NO_PROXY";
}

static boxd_status set_proxy(forward_proxy *out, const char *url, const char *source, boxd_error *error)
{
    *out = (forward_proxy){.source = source};
    const char *problem = read_url(out, url);
    if (!problem && out->url)
        return BOXD_OK;
    forward_proxy_clear(out);
    if (!problem)
        return error_no_memory(error, "reading the proxy's settings");
    char shown[URL_SHOWN_SIZE];
    return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                     "%s \"%s\" %s; give the URL of a proxy, http://host:port, or unset it", source,
                     url_printable(url, shown, sizeof shown), problem);
}

void forward_proxy_clear(forward_proxy *proxy)
{
    mem_free(proxy->url);
    mem_free_secret(proxy->user);
    mem_free_secret(proxy->password);
    *proxy = (forward_proxy){0};
}

/* ---- settings ---- */

/* Copies the first of two variables that is not empty, and sets its name, or that of the last one. False: out
 * of memory. */
static bool copy_variable(char **to, const char **found, const char *lower, const char *upper, getenv_fn env)
{
    const char *value = env(lower);
    *found = lower;
    if ((!value || !*value) && upper) {
        value = env(upper);
        *found = upper;
    }
    *to = value && *value ? mem_strdup(value) : NULL;
    return !value || !*value || *to;
}

static bool copy_environment(forward_proxy_settings *out, getenv_fn env)
{
    const char *name;
    return copy_variable(&out->https_proxy, &out->https_name, "https_proxy", "HTTPS_PROXY", env) &&
           copy_variable(&out->http_proxy, &name, "http_proxy", NULL, env) &&
           copy_variable(&out->all_proxy, &out->all_name, "all_proxy", "ALL_PROXY", env) &&
           copy_variable(&out->no_proxy, &out->no_proxy_name, "no_proxy", "NO_PROXY", env);
}

boxd_status forward_proxy_read(forward_proxy_settings *out, const char *option, getenv_fn env,
                               boxd_error *error)
{
    *out = (forward_proxy_settings){0};
    if (option && *option) {
        forward_proxy checked;
        if (set_proxy(&checked, option, PROXY_OPTION, error) != BOXD_OK)
            return error->status;
        forward_proxy_clear(&checked);
    }
    out->option = mem_strdup(option);
    if (option ? out->option != NULL : copy_environment(out, env))
        return BOXD_OK;
    forward_proxy_settings_free(out);
    return error_no_memory(error, "reading the proxy's settings");
}

void forward_proxy_settings_free(forward_proxy_settings *s)
{
    mem_free_secret(s->option);
    mem_free_secret(s->https_proxy);
    mem_free_secret(s->http_proxy);
    mem_free_secret(s->all_proxy);
    mem_free(s->no_proxy);
    *s = (forward_proxy_settings){0};
}

/* ---- the choice ---- */

/* Why the connection to `server` is direct, whatever proxies are set. NULL: it may use a proxy. */
static const char *find_direct_reason(const forward_proxy_settings *settings,
                                      const forward_proxy_server *server)
{
    if (host_is_local(server->host))
        return "the host is this machine, or has a link-local address";
    if (server->direct && host_is_same(server->host, server->direct))
        return "the host is the metadata service of this machine";
    if (settings->option && !*settings->option)
        return "the option proxy is \"\"";
    if (!settings->option && settings->no_proxy && no_proxy_has(settings->no_proxy, server->host))
        return strcmp(settings->no_proxy_name, "no_proxy") == 0 ? "no_proxy has the host"
                                                                : "NO_PROXY has the host";
    return NULL;
}

/* Returns the URL of the proxy for a server of this kind, and its setting. NULL: none. */
static const char *find_proxy(const forward_proxy_settings *settings, bool tls, const char **source)
{
    *source = PROXY_OPTION;
    if (settings->option)
        return settings->option;
    *source = tls ? settings->https_name : "http_proxy";
    const char *url = tls ? settings->https_proxy : settings->http_proxy;
    if (url)
        return url;
    *source = settings->all_name;
    return settings->all_proxy;
}

boxd_status forward_proxy_choose(forward_proxy *out, const forward_proxy_settings *settings,
                                 const forward_proxy_server *server, boxd_error *error)
{
    const char *source, *reason = find_direct_reason(settings, server);
    const char *url = reason ? NULL : find_proxy(settings, server->tls, &source);
    if (!url) {
        *out = (forward_proxy){.direct_reason = reason        ? reason
                                                : server->tls ? "no proxy is set for https:// URLs"
                                                              : "no proxy is set for http:// URLs"};
        return BOXD_OK;
    }
    if (set_proxy(out, url, source, error) != BOXD_OK)
        return error->status;
    out->bypass = bypass_of(settings);
    return BOXD_OK;
}

boxd_status forward_proxy_choose_for_url(forward_proxy *out, const forward_proxy_settings *settings,
                                         const char *url, boxd_error *error)
{
    url_parts parts;
    char host[URL_HOST_SIZE];
    *out = (forward_proxy){0};
    if (!url_copy_host(host, url, &parts))
        return BOXD_OK;
    const forward_proxy_server server = {.tls = parts.scheme == URL_SCHEME_HTTPS, .host = host};
    return forward_proxy_choose(out, settings, &server, error);
}

/* ---- refusals ---- */

enum {
    HTTP_BAD_REQUEST = 400,
    HTTP_NOT_FOUND = 404,
    HTTP_METHOD_NOT_ALLOWED = 405,
    HTTP_PROXY_AUTHENTICATION = 407,
    HTTP_TIMEOUT = 408,
    HTTP_RATE_LIMITED = 429,
    HTTP_SERVER_FAILURE = 500,
    HTTP_NOT_IMPLEMENTED = 501
};

/* The rows of the table in docs/proxies.md; `boxctl doctor` follows the same table. */
typedef enum refusal { CREDENTIALS, WEB_SERVER, TEMPORARY, FORBIDDEN } refusal;

static refusal classify_refusal(int http_status)
{
    switch (http_status) {
    case HTTP_PROXY_AUTHENTICATION:
        return CREDENTIALS;
    case HTTP_BAD_REQUEST:
    case HTTP_NOT_FOUND:
    case HTTP_METHOD_NOT_ALLOWED:
    case HTTP_NOT_IMPLEMENTED:
        return WEB_SERVER;
    case HTTP_TIMEOUT:
    case HTTP_RATE_LIMITED:
        return TEMPORARY;
    default:
        return http_status >= HTTP_SERVER_FAILURE ? TEMPORARY : FORBIDDEN;
    }
}

bool forward_proxy_is_temporary(int http_status)
{
    return classify_refusal(http_status) == TEMPORARY;
}

const char *forward_proxy_explain(const forward_proxy *proxy, int http_status, char *buffer, size_t size)
{
    switch (classify_refusal(http_status)) {
    case CREDENTIALS:
        (void)snprintf(buffer, size, "%s",
                       proxy->user ? "the proxy rejected user:password; correct user:password@ in its URL"
                                   : "the proxy requires user:password; add user:password@ to its URL");
        break;
    case WEB_SERVER:
        (void)snprintf(buffer, size,
                       "the server at the proxy's URL may not be a proxy; check the URL of the proxy, or %s",
                       proxy->bypass);
        break;
    case TEMPORARY:
        (void)snprintf(buffer, size,
                       "the proxy could not connect to the server; try again, check the server's URL, or %s",
                       proxy->bypass);
        break;
    case FORBIDDEN:
        (void)snprintf(buffer, size,
                       "the proxy refuses connections to this host; allow the host in the proxy, or %s",
                       proxy->bypass);
        break;
    }
    return buffer;
}

char *forward_proxy_credentials(const forward_proxy *proxy)
{
    const size_t size = strlen(proxy->user) + 1 + strlen(proxy->password);
    const size_t padded = (size + 2) / 3 * 3, encoded_size = padded / 3 * 4;
    text encoded = TEXT_INIT;
    char *plain = mem_calloc(padded + 1, 1); /* zeros pad the last group */
    if (!plain)
        return NULL;
    (void)snprintf(plain, size + 1, "%s:%s", proxy->user, proxy->password);
    text_reserve(&encoded, encoded_size); /* at once: a buffer that grows leaves copies behind */
    text_add_base64(&encoded, plain, padded, 0);
    mem_free_secret(plain);
    char *result = text_take(&encoded);
    if (result)
        memset(result + encoded_size - (padded - size), '=', padded - size);
    return result;
}

void forward_proxy_cover_secrets(const forward_proxy *proxy, char *shown)
{
    if (!proxy->user)
        return;
    char *both = mem_printf("%s:%s", proxy->user, proxy->password);
    if (both)
        secret_cover(shown, both);
    else
        *shown = '\0';
    secret_cover(shown, proxy->password);
    mem_free_secret(both);
}
