/*
 * route.h: reads the default gateway from the kernel's table of routes. Pure.
 */
#ifndef BOXD_ROUTE_H
#define BOXD_ROUTE_H

#include <stdbool.h>

#define ROUTE_ADDRESS_SIZE 16

/* Writes the IPv4 address of the default gateway in `table`, the text of /proc/net/route. False: the table
 * has no default gateway. */
bool route_default_gateway(const char *table, char address[ROUTE_ADDRESS_SIZE]);

#endif
