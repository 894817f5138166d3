/*
 * no_proxy.h: the list of hosts that are reached without a proxy. Pure; any thread.
 */
#ifndef BOXD_NO_PROXY_H
#define BOXD_NO_PROXY_H

#include <stdbool.h>

/* Whether `list`, the value of the variable no_proxy, has `host` (without brackets). Its entries are
 * separated by commas or blanks: "*" for every host, a name (which stands for the names below it, too, with
 * and without a leading dot), an address, or a range of addresses ("10.0.0.0/8"). */
bool no_proxy_has(const char *list, const char *host);

#endif
