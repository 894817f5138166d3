/*
 * host_address.h: what the host of a URL is: an address or a name, and whether it is this machine. Hosts are
 * without brackets. Pure; any thread.
 */
#ifndef BOXD_HOST_ADDRESS_H
#define BOXD_HOST_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

/* An address in network byte order. */
typedef struct host_address {
    unsigned char bytes[16];
    /* 4 or 16; 0: not an address. */
    size_t size;
} host_address;

/* Reads an IPv6 address, or an IPv4 address in any of the forms that resolvers accept (127.1). An IPv4
 * address that is mapped into IPv6 becomes the IPv4 address. */
host_address host_address_read(const char *host);

/* Whether the first `bits` bits of two addresses are the same. False if the kinds of the addresses differ, or
 * if they have fewer bits. */
bool host_address_has_prefix(const host_address *address, const host_address *prefix, unsigned bits);

/* Whether `host` is the name `domain`, or below it. A dot at the end of a name is ignored. */
bool host_is_in_domain(const char *host, const char *domain);

/* Whether `host` is an address. */
bool host_is_numeric(const char *host);

/* Whether `host` is this machine: localhost and names below it, loopback and unspecified addresses. */
bool host_is_this_machine(const char *host);

/* The same, or a link-local address. */
bool host_is_local(const char *host);

/* Whether two hosts are the same name, or the same address. */
bool host_is_same(const char *host, const char *other);

#endif
