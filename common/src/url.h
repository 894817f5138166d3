/*
 * url.h: splits and checks URLs. Pure.
 */
#ifndef BOXD_URL_H
#define BOXD_URL_H

#include <boxd/error.h>

#include <stdbool.h>
#include <stddef.h>

typedef enum url_scheme { URL_SCHEME_NONE, URL_SCHEME_HTTP, URL_SCHEME_HTTPS, URL_SCHEME_OTHER } url_scheme;

/* The parts of a URL; the pointers point into its text. */
typedef struct url_parts {
    url_scheme scheme;
    /* Without brackets. */
    const char *host;
    size_t host_size;
    /* The host is an IPv6 address, which stands in brackets. */
    bool bracketed;
    /* 0: the URL has no port. */
    unsigned port;
    /* The path, the query and the fragment. */
    const char *rest;
} url_parts;

/* A buffer of this size shows any URL, cut if need be. */
enum { URL_SHOWN_SIZE = 160 };

/* A buffer of this size has space for any host and a NUL. */
enum { URL_HOST_SIZE = 254 };

/* Splits `url`. Returns NULL, or the problem as a predicate: "has no host". Problems are white space,
 * control characters, user info, a malformed host (also an IPv6 address without brackets), a scheme other
 * than http and https, and a port outside 1..65535. A URL without a scheme is valid. */
const char *url_split(const char *url, url_parts *parts);

/* Splits `url` and copies its host. False: the URL is malformed. */
bool url_copy_host(char host[static URL_HOST_SIZE], const char *url, url_parts *parts);

/* Writes `url` for a message, without user info and query. Returns `buffer`. */
const char *url_printable(const char *url, char *buffer, size_t size);

/* An http:// or https:// URL, checked as above; path and query are free. BOXD_ERR_INVALID_ARGUMENT, with a
 * message that shows the URL as url_printable() does. `what` names the setting. */
boxd_status url_check_http(const char *url, const char *what, boxd_error *error);

/* The same for a URL to which paths are appended: no query and no fragment. */
boxd_status url_check_base(const char *url, const char *what, boxd_error *error);

/* Whether credentials that are sent to the URL can be read on a network: it is an http:// URL of another
 * machine. */
bool url_is_exposed(const char *url);

/* Whether the host of the URL is an address. */
bool url_has_numeric_host(const char *url);

#endif
