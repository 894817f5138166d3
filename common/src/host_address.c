/*
 * host_address.c: reads hosts as resolvers do. Called where URLs and proxies are read. Any thread. Pure.
 */
#include "host_address.h"

#include "names.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

host_address host_address_read(const char *host)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    host_address a = {.size = 0};
    struct in_addr v4;
    if (inet_pton(AF_INET6, host, a.bytes) == 1) {
        a.size = sizeof a.bytes;
        if (memcmp(a.bytes, mapped, sizeof mapped) == 0) {
            memmove(a.bytes, a.bytes + sizeof mapped, 4);
            a.size = 4;
        }
    } else if (inet_aton(host, &v4) != 0) {
        memcpy(a.bytes, &v4, sizeof v4);
        a.size = sizeof v4;
    }
    return a;
}

bool host_address_has_prefix(const host_address *a, const host_address *prefix, unsigned bits)
{
    const size_t whole = bits / 8;
    const unsigned rest = bits % 8;
    if (a->size != prefix->size || bits > 8 * a->size || memcmp(a->bytes, prefix->bytes, whole) != 0)
        return false;
    return rest == 0 || (a->bytes[whole] ^ prefix->bytes[whole]) >> (8 - rest) == 0;
}

static bool is_below(const host_address *a, const char *prefix, unsigned bits)
{
    const host_address p = host_address_read(prefix);
    return host_address_has_prefix(a, &p, bits);
}

/* The size of a name without the dot at its end. */
static size_t name_size(const char *name)
{
    const size_t size = strlen(name);
    return size > 1 && name[size - 1] == '.' ? size - 1 : size;
}

static bool same_text(const char *a, const char *b, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (ascii_to_lower(a[i]) != ascii_to_lower(b[i]))
            return false;
    return true;
}

bool host_is_in_domain(const char *host, const char *domain)
{
    const size_t size = name_size(host), tail = name_size(domain);
    if (tail == 0 || size < tail || !same_text(host + (size - tail), domain, tail))
        return false;
    return size == tail || host[size - tail - 1] == '.';
}

typedef struct address_range {
    const char *prefix;
    unsigned bits;
} address_range;

static bool is_in(const char *host, const address_range *ranges, size_t count)
{
    const host_address a = host_address_read(host);
    for (size_t i = 0; i < count; i++)
        if (a.size > 0 && is_below(&a, ranges[i].prefix, ranges[i].bits))
            return true;
    return false;
}

bool host_is_numeric(const char *host)
{
    return host_address_read(host).size > 0;
}

bool host_is_this_machine(const char *host)
{
    static const address_range ranges[] = {{"127.0.0.0", 8}, {"0.0.0.0", 8}, {"::1", 128}, {"::", 128}};
    return is_in(host, ranges, sizeof ranges / sizeof *ranges) || host_is_in_domain(host, "localhost");
}

bool host_is_local(const char *host)
{
    static const address_range ranges[] = {{"169.254.0.0", 16}, {"fe80::", 10}};
    return host_is_this_machine(host) || is_in(host, ranges, sizeof ranges / sizeof *ranges);
}

bool host_is_same(const char *host, const char *other)
{
    const host_address a = host_address_read(host), b = host_address_read(other);
    if (a.size > 0 || b.size > 0)
        return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
    return name_size(host) == name_size(other) && same_text(host, other, name_size(host));
}
