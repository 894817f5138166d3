/*
 * no_proxy.h: hosts that are reached without a proxy. Pure; any thread.
 */
#ifndef BOXD_NO_PROXY_H
#define BOXD_NO_PROXY_H

#include <stdbool.h>

/* Whether `host` (without brackets) is this machine: localhost and names below it, loopback and unspecified
 * addresses, in every spelling that resolvers read as such an address. */
bool no_proxy_is_this_machine(const char *host);

/* The same, or a link-local address. */
bool no_proxy_is_local(const char *host);

/* Whether two hosts (without brackets) are the same name, or the same address. */
bool no_proxy_is_same(const char *host, const char *other);

/* Whether `list`, the value of the variable no_proxy, has `host` (without brackets). Its entries are
 * separated by commas or blanks: "*" for every host, a name (which stands for the names below it, too, with
 * and without a leading dot), an address, or a range of addresses ("10.0.0.0/8"). */
bool no_proxy_has(const char *list, const char *host);

#endif
