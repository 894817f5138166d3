/* url.c: splits and checks URLs, for the configuration of both products. Any thread. */
#include "url.h"

#include "errors.h"
#include "host_address.h"
#include "names.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { PORT_MAX = 65535 };

/* Sets *rest behind the scheme's "://". */
static url_scheme read_scheme(const char *url, const char **rest)
{
    size_t size = strcspn(url, ":/?#");
    *rest = url;
    if (strncmp(url + size, "://", 3) != 0)
        return URL_SCHEME_NONE;
    *rest = url + size + 3;
    if (ascii_equal(url, size, "http"))
        return URL_SCHEME_HTTP;
    return ascii_equal(url, size, "https") ? URL_SCHEME_HTTPS : URL_SCHEME_OTHER;
}

/* The user info is everything up to the last @, wherever that stands, because a password that was not
 * encoded may contain any character. It is left out, and so is the query. */
const char *url_printable(const char *url, char *buffer, size_t size)
{
    static const char *const schemes[] = {"", "http://", "https://", ""};
    const char *rest = NULL;
    url_scheme scheme = read_scheme(url, &rest);
    if (scheme == URL_SCHEME_OTHER)
        rest = url;
    const char *at = strrchr(rest, '@');
    if (at)
        rest = at + 1;
    size_t length = strcspn(rest, "?#");
    char plain[2 * URL_SHOWN_SIZE];
    (void)snprintf(plain, sizeof plain, "%s%s%.*s%s", schemes[scheme], at ? "...@" : "",
                   length < URL_SHOWN_SIZE ? (int)length : URL_SHOWN_SIZE, rest, rest[length] ? "?..." : "");
    return text_printable(plain, buffer, size);
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

/* Returns the problem of a host without brackets; NULL: none. */
static const char *host_problem(const char *host, size_t size)
{
    if (size == 0)
        return "has no host";
    if (size >= URL_HOST_SIZE)
        return "has a host name of more than 253 bytes";
    for (size_t i = 0; i < size; i++) {
        if (host[i] == '.' && (i == 0 || host[i - 1] == '.'))
            return "has a host name with an empty part";
        if (!ascii_is_alnum(host[i]) && !strchr(".-_", host[i]))
            return "has a host name with characters other than ASCII letters, digits, hyphens and dots";
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
static const char *read_authority(const char *text, size_t size, url_parts *parts)
{
    const char *end = text + size;
    if (memchr(text, '@', size))
        return "has user info";
    parts->bracketed = size > 0 && *text == '[';
    parts->host = text + (parts->bracketed ? 1 : 0);
    parts->host_size = strcspn(parts->host, parts->bracketed ? "]/?#" : ":/?#");
    const char *next = parts->host + parts->host_size;
    if (parts->bracketed) {
        if (*next != ']' || !is_ipv6(parts->host, parts->host_size))
            return "has a malformed IPv6 address";
        next++;
    } else {
        if (next < end && memchr(next + 1, ':', (size_t)(end - next - 1)))
            return "has more than one colon after its scheme (an IPv6 address needs brackets)";
        const char *problem = host_problem(parts->host, parts->host_size);
        if (problem)
            return problem;
    }
    if (next == end)
        return NULL;
    if (*next != ':')
        return "has text other than a port after its host";
    if (!read_port(next + 1, (size_t)(end - next - 1), &parts->port))
        return "has a port that is not a number from 1 to 65535";
    return NULL;
}

const char *url_split(const char *url, url_parts *parts)
{
    *parts = (url_parts){0};
    for (const char *c = url; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 0x7F)
            return "has white space or a control character";
    const char *authority = NULL;
    parts->scheme = read_scheme(url, &authority);
    if (parts->scheme == URL_SCHEME_OTHER)
        return "has a scheme other than http and https";
    size_t size = strcspn(authority, "/?#");
    parts->rest = authority + size;
    return read_authority(authority, size, parts);
}

static boxd_status check_http(const char *url, bool is_base, const char *what, boxd_error *error)
{
    url_parts parts;
    const char *problem = url_split(url ? url : "", &parts);
    if (!problem && parts.scheme == URL_SCHEME_NONE)
        problem = "has no scheme";
    if (!problem && is_base && strpbrk(parts.rest, "?#"))
        problem = "has a query or a fragment";
    if (!problem)
        return BOXD_OK;
    char shown[URL_SHOWN_SIZE];
    return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                     "%s \"%s\" %s; give an http:// or https:// URL with a host", what,
                     url_printable(url ? url : "", shown, sizeof shown), problem);
}

boxd_status url_check_http(const char *url, const char *what, boxd_error *error)
{
    return check_http(url, false, what, error);
}

boxd_status url_check_base(const char *url, const char *what, boxd_error *error)
{
    return check_http(url, true, what, error);
}

bool url_copy_host(char host[static URL_HOST_SIZE], const char *url, url_parts *parts)
{
    if (url_split(url, parts) || parts->host_size >= URL_HOST_SIZE)
        return false;
    memcpy(host, parts->host, parts->host_size);
    host[parts->host_size] = '\0';
    return true;
}

bool url_is_exposed(const char *url)
{
    url_parts parts;
    char host[URL_HOST_SIZE];
    return url_copy_host(host, url, &parts) && parts.scheme == URL_SCHEME_HTTP && !host_is_this_machine(host);
}

bool url_has_numeric_host(const char *url)
{
    url_parts parts;
    char host[URL_HOST_SIZE];
    return url_copy_host(host, url, &parts) && host_is_numeric(host);
}
