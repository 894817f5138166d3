/*
 * urls.c: checks the URLs in requests: issuers of secrets, and targets of HTTP proxies. HTTP threads.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "drukbox/internal.h"

/* The start of the authority; NULL: another scheme. */
static const char *after_scheme(const char *url, const char *scheme)
{
    size_t length = strlen(scheme);
    return strncasecmp(url, scheme, length) == 0 && strncmp(url + length, "://", 3) == 0 ? url + length + 3
                                                                                         : NULL;
}

static bool is_clean(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text <= ' ' || *text == 127)
            return false;
    }
    return true;
}

static bool has_host(const char *authority)
{
    return authority[0] != '\0' && strchr(":/?#", authority[0]) == NULL;
}

bool is_issuer_url(const char *url)
{
    const char *authority = after_scheme(url, "https");
    return authority != NULL && has_host(authority) && strchr(url, '#') == NULL && is_clean(authority) &&
           authority[strcspn(authority, "/?@\\")] != '@';
}

/* ---- targets of proxies ---- */

enum { MAX_URL = 2083, MAX_PORT = 65535 };

/* The parts of "scheme:authority/path?query#fragment". `user` is set if there are credentials. */
typedef struct {
    char *host, *port;
    bool user, path, query, fragment;
} url_parts;

/* Splits what follows the scheme, in place. */
static url_parts split_url(char *text)
{
    url_parts u = {.host = text};
    char *end = text + strcspn(text, "/\\?#");
    const char *rest = end + (*end == '/' || *end == '\\');
    u.path = *rest != '\0' && *rest != '?' && *rest != '#';
    rest += strcspn(rest, "?#");
    u.query = *rest == '?' && rest[1] != '\0' && rest[1] != '#';
    rest += strcspn(rest, "#");
    u.fragment = *rest == '#' && rest[1] != '\0';
    *end = '\0';
    char *at = strrchr(u.host, '@');
    u.user = at != NULL;
    u.host = at ? at + 1 : u.host;
    char *colon = strrchr(u.host, ':');
    if (colon != NULL && strchr(colon, ']') == NULL) {
        *colon = '\0';
        u.port = colon + 1;
    }
    return u;
}

/* A name whose last label is a number is an IPv4 address. */
static bool is_bad_ipv4(const char *host)
{
    const char *dot = strrchr(host, '.');
    const char *last = dot ? dot + 1 : host;
    struct in_addr address;
    return *last != '\0' && last[strspn(last, "0123456789")] == '\0' && inet_aton(host, &address) == 0;
}

static bool is_bad_ipv6(const char *host)
{
    char inner[64];
    struct in6_addr address;
    const size_t length = strlen(host);
    if (host[0] != '[')
        return false;
    if (host[length - 1] != ']' || length > sizeof inner)
        return true;
    (void)snprintf(inner, sizeof inner, "%.*s", (int)(length - 2), host + 1);
    return inet_pton(AF_INET6, inner, &address) != 1;
}

static bool is_bad_port(const char *port)
{
    return port != NULL && (port[strspn(port, "0123456789")] != '\0' || strlen(port) > 5 ||
                            strtol(port, NULL, 10) > MAX_PORT);
}

/* NULL: the URL can be parsed. */
static const char *parse_problem(const url_parts *u)
{
    return u->host[0] == '\0'          ? "empty host"
           : is_bad_port(u->port)      ? "invalid port number"
           : is_bad_ipv6(u->host)      ? "invalid IPv6 address"
           : is_bad_ipv4(u->host)      ? "invalid IPv4 address"
           : strpbrk(u->host, " <>^|") ? "invalid international domain name"
                                       : NULL;
}

static void add_parse_problem(drukbox_call *c, const location *at, const json_t *value, const char *problem)
{
    char *message = xprintf("Input should be a valid URL, %s", problem);
    check_problem(c, at, "url_parsing", message, value, json_pack("{s:s}", "error", problem));
    free(message);
}

static void check_parts(drukbox_call *c, const location *at, const json_t *value, const url_parts *u)
{
    const char *problem = parse_problem(u);
    const char *part = u->user       ? "credentials"
                       : u->path     ? "a path"
                       : u->query    ? "a query string"
                       : u->fragment ? "a fragment"
                                     : NULL;
    if (problem != NULL) {
        add_parse_problem(c, at, value, problem);
    } else if (part != NULL) {
        char *message = xprintf("target URL must not contain %s", part);
        check_value_error(c, at, value, message);
        free(message);
    }
}

/* Without blanks at its ends. */
static char *trim(const char *text)
{
    text += strspn(text, " \t\r\n");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r\n", text[length - 1]) != NULL)
        length--;
    return xstrndup(text, length);
}

/* The length of "scheme:" and of all slashes after it; 0: no scheme. */
static size_t scheme_length(const char *url)
{
    size_t length = 0;
    while (isalnum((unsigned char)url[length]))
        length++;
    if (length == 0 || url[length] != ':')
        return 0;
    return length + 1 + strspn(url + length + 1, "/\\");
}

static void check_url(drukbox_call *c, const location *at, const json_t *value, char *url)
{
    const size_t scheme = scheme_length(url);
    if (url[0] == '\0') {
        add_parse_problem(c, at, value, "input is empty");
    } else if (scheme == 0) {
        add_parse_problem(c, at, value, "relative URL without a base");
    } else if (strncasecmp(url, "http:", 5) != 0 && strncasecmp(url, "https:", 6) != 0) {
        check_problem(c, at, "url_scheme", "URL scheme should be 'http' or 'https'", value,
                      json_pack("{s:s}", "expected_schemes", "'http' or 'https'"));
    } else {
        const url_parts parts = split_url(url + scheme);
        check_parts(c, at, value, &parts);
    }
}

void check_proxy_target(drukbox_call *c, const location *in, const json_t *object)
{
    const location at = {in, "target"};
    const json_t *value = json_object_get(object, "target");
    if (value == NULL) {
        check_problem(c, &at, "missing", "Field required", object, NULL);
    } else if (!json_is_string(value)) {
        check_problem(c, &at, "url_type", "URL input should be a string or URL", value, NULL);
    } else if (json_string_length(value) > MAX_URL) {
        check_problem(c, &at, "url_too_long", "URL should have at most 2083 characters", value,
                      json_pack("{s:i}", "max_length", MAX_URL));
    } else {
        char *url = trim(json_string_value(value));
        check_url(c, &at, value, url);
        free(url);
    }
}
