#include "url.h"

#include "errors.h"
#include "mem.h"
#include "names.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { DEFAULT_PORT = 9443, PORT_MAX = 65535, HOST_BYTES_MAX = 253, SHOWN_SIZE = 160 };

typedef enum { SCHEME_NONE, SCHEME_HTTP, SCHEME_HTTPS, SCHEME_OTHER } scheme_kind;

/* The parts of a URL, inside its text. */
typedef struct {
    scheme_kind scheme;
    const char *host;
    size_t host_size;
    bool bracketed;
    unsigned port; /* 0: none */
    const char *rest;
} url_view;

/* Sets *rest behind the scheme's "://". */
static scheme_kind read_scheme(const char *url, const char **rest)
{
    size_t size = strcspn(url, ":/?#");
    *rest = url;
    if (strncmp(url + size, "://", 3) != 0)
        return SCHEME_NONE;
    *rest = url + size + 3;
    if (ascii_equal(url, size, "http"))
        return SCHEME_HTTP;
    return ascii_equal(url, size, "https") ? SCHEME_HTTPS : SCHEME_OTHER;
}

/*
 * `url` for a message. Left out: all up to the last @, wherever it stands, for passwords hold any character
 * where people forget to encode them; and the query.
 */
static const char *show(const char *url, char *buffer, size_t size)
{
    static const char *const schemes[] = {"", "http://", "https://", ""};
    const char *rest = NULL;
    scheme_kind scheme = read_scheme(url, &rest);
    if (scheme == SCHEME_OTHER)
        rest = url;
    const char *at = strrchr(rest, '@');
    if (at)
        rest = at + 1;
    size_t length = strcspn(rest, "?#");
    char plain[2 * SHOWN_SIZE];
    (void)snprintf(plain, sizeof plain, "%s%s%.*s%s", schemes[scheme], at ? "...@" : "",
                   length < SHOWN_SIZE ? (int)length : SHOWN_SIZE, rest, rest[length] ? "?..." : "");
    return name_printable(plain, buffer, size);
}

static bool is_ipv6(const char *text, size_t size)
{
    char copy[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (size >= sizeof copy)
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    return inet_pton(AF_INET6, copy, &address) == 1;
}

/* Digits and dots alone never name a host: resolvers read them as an address (127.1 is 127.0.0.1). */
static bool is_ipv4(const char *host)
{
    return host[strspn(host, "0123456789.")] == '\0';
}

/* What is wrong with a host that stands without brackets; NULL: nothing. */
static const char *host_problem(const char *host, size_t size)
{
    if (size == 0)
        return "has no host";
    if (size > HOST_BYTES_MAX)
        return "has a host name of more than 253 bytes";
    for (size_t i = 0; i < size; i++) {
        if (host[i] == '.' && (i == 0 || host[i - 1] == '.'))
            return "has a host name with an empty part";
        if (!ascii_is_alnum(host[i]) && !strchr(".-_", host[i]))
            return "has a host name with other characters than ASCII letters, digits, hyphens and dots";
    }
    return NULL;
}

static bool read_port(const char *text, size_t size, unsigned *port)
{
    unsigned value = 0;
    for (size_t i = 0; i < size; i++) {
        if (!ascii_is_digit(text[i]))
            return false;
        value = value * 10 + (unsigned)(text[i] - '0');
        if (value > PORT_MAX)
            return false;
    }
    *port = value;
    return value > 0;
}

/* Reads host and port from the `size` bytes at `text`. Returns what is wrong, or NULL. */
static const char *read_authority(const char *text, size_t size, url_view *view)
{
    const char *end = text + size;
    if (memchr(text, '@', size))
        return "has user info";
    view->bracketed = size > 0 && *text == '[';
    view->host = text + (view->bracketed ? 1 : 0);
    view->host_size = strcspn(view->host, view->bracketed ? "]/?#" : ":/?#");
    const char *next = view->host + view->host_size;
    if (view->bracketed) {
        if (*next != ']' || !is_ipv6(view->host, view->host_size))
            return "has a malformed IPv6 address";
        next++;
    } else {
        if (next < end && memchr(next + 1, ':', (size_t)(end - next - 1)))
            return "has more than one colon behind its scheme (an IPv6 address needs brackets)";
        const char *problem = host_problem(view->host, view->host_size);
        if (problem)
            return problem;
    }
    if (next == end)
        return NULL;
    if (*next != ':')
        return "has something else than a port behind its host";
    if (!read_port(next + 1, (size_t)(end - next - 1), &view->port))
        return "has a port that is no number from 1 to 65535";
    return NULL;
}

/* Returns what is wrong with `url`, or NULL. */
static const char *read_url(const char *url, url_view *view)
{
    *view = (url_view){0};
    for (const char *c = url; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7F)
            return "has white space or a control character";
    const char *authority = NULL;
    view->scheme = read_scheme(url, &authority);
    if (view->scheme == SCHEME_OTHER)
        return "has another scheme than http and https";
    size_t size = strcspn(authority, "/?#");
    view->rest = authority + size;
    return read_authority(authority, size, view);
}

static bool fill_address(api_address *out, const url_view *view)
{
    out->host = mem_strndup(view->host, view->host_size);
    if (!out->host)
        return false;
    for (char *c = out->host; *c; c++)
        *c = ascii_to_lower(*c);
    out->explicit_port = view->port != 0;
    out->port = view->port ? view->port : DEFAULT_PORT;
    bool local =
        strcmp(out->host, "localhost") == 0 || (strncmp(out->host, "127.", 4) == 0 && is_ipv4(out->host));
    out->tls = view->scheme == SCHEME_HTTPS || (view->scheme == SCHEME_NONE && !local);
    out->target = mem_printf(view->bracketed ? "[%s]:%u" : "%s:%u", out->host, out->port);
    return out->target != NULL;
}

boxd_status url_parse_api(const char *url, api_address *out, boxd_error *error)
{
    *out = (api_address){0};
    url_view view;
    const char *problem = read_url(url ? url : "", &view);
    if (!problem && view.rest[strspn(view.rest, "/")])
        problem = "has more than a host and a port";
    if (problem) {
        char shown[SHOWN_SIZE];
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "the API URL \"%s\" %s; give https://host:port, http://host:port or host:port",
                         show(url ? url : "", shown, sizeof shown), problem);
    }
    if (fill_address(out, &view))
        return BOXD_OK;
    url_free_api(out);
    return error_no_memory(error, "reading the API URL");
}

void url_free_api(api_address *address)
{
    mem_free(address->target);
    mem_free(address->host);
    *address = (api_address){0};
}

char *url_derive_exchange(const api_address *address)
{
    const char *host = address->host;
    bool ipv6 = strchr(host, ':') != NULL;
    bool same = ipv6 || is_ipv4(host) || strcmp(host, "localhost") == 0 || strncmp(host, "app.", 4) == 0;
    if (!same)
        return mem_printf("https://app.%s/api/v1/auth/token", host);
    const char *scheme = address->tls ? "https" : "http";
    if (address->explicit_port)
        return mem_printf("%s://%s/api/v1/auth/token", scheme, address->target);
    return mem_printf(ipv6 ? "%s://[%s]/api/v1/auth/token" : "%s://%s/api/v1/auth/token", scheme, host);
}

static boxd_status check_http(const char *url, bool is_base, const char *what, boxd_error *error)
{
    url_view view;
    const char *problem = read_url(url ? url : "", &view);
    if (!problem && view.scheme == SCHEME_NONE)
        problem = "has no scheme";
    if (!problem && is_base && strpbrk(view.rest, "?#"))
        problem = "has a query or a fragment";
    if (!problem)
        return BOXD_OK;
    char shown[SHOWN_SIZE];
    return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                     "%s \"%s\" %s; give an http:// or https:// URL with a host", what,
                     show(url ? url : "", shown, sizeof shown), problem);
}

boxd_status url_check_http(const char *url, const char *what, boxd_error *error)
{
    return check_http(url, false, what, error);
}

boxd_status url_check_base(const char *url, const char *what, boxd_error *error)
{
    return check_http(url, true, what, error);
}
