/*
 * no_proxy.c: matches hosts as libcurl does. Called by forward_proxy.c while a client is opened, and when a
 * machine learns its API's URL. Any thread. Pure.
 */
#include "no_proxy.h"

#include "names.h"

#include <arpa/inet.h>
#include <string.h>

enum { HOST_SIZE = 256 };

/* An address in network byte order. */
typedef struct address {
    unsigned char bytes[16];
    /* 4 or 16; 0: not an address. */
    size_t size;
} address;

/* Reads an IPv6 address, or an IPv4 address in any of the forms that resolvers accept (127.1). */
static address read_address(const char *text)
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    address a = {.size = 0};
    struct in_addr v4;
    if (inet_pton(AF_INET6, text, a.bytes) == 1) {
        a.size = sizeof a.bytes;
        if (memcmp(a.bytes, mapped, sizeof mapped) == 0) {
            memmove(a.bytes, a.bytes + sizeof mapped, 4);
            a.size = 4;
        }
    } else if (inet_aton(text, &v4) != 0) {
        memcpy(a.bytes, &v4, sizeof v4);
        a.size = sizeof v4;
    }
    return a;
}

/* Whether the first `bits` bits are the same. */
static bool has_prefix(const address *a, const address *prefix, unsigned bits)
{
    const size_t whole = bits / 8;
    const unsigned rest = bits % 8;
    if (a->size != prefix->size || bits > 8 * a->size || memcmp(a->bytes, prefix->bytes, whole) != 0)
        return false;
    return rest == 0 || (a->bytes[whole] ^ prefix->bytes[whole]) >> (8 - rest) == 0;
}

static bool is_below(const address *a, const char *prefix, unsigned bits)
{
    const address p = read_address(prefix);
    return has_prefix(a, &p, bits);
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

/* Whether `name` is `domain`, or below it. */
static bool is_in_domain(const char *name, const char *domain)
{
    const size_t size = name_size(name), tail = name_size(domain);
    if (tail == 0 || size < tail || !same_text(name + (size - tail), domain, tail))
        return false;
    return size == tail || name[size - tail - 1] == '.';
}

typedef struct address_range {
    const char *prefix;
    unsigned bits;
} address_range;

static bool is_in(const char *host, const address_range *ranges, size_t count)
{
    const address a = read_address(host);
    for (size_t i = 0; i < count; i++)
        if (a.size > 0 && is_below(&a, ranges[i].prefix, ranges[i].bits))
            return true;
    return false;
}

bool no_proxy_is_this_machine(const char *host)
{
    static const address_range ranges[] = {{"127.0.0.0", 8}, {"0.0.0.0", 8}, {"::1", 128}, {"::", 128}};
    return is_in(host, ranges, sizeof ranges / sizeof *ranges) || is_in_domain(host, "localhost");
}

bool no_proxy_is_local(const char *host)
{
    static const address_range ranges[] = {{"169.254.0.0", 16}, {"fe80::", 10}};
    return no_proxy_is_this_machine(host) || is_in(host, ranges, sizeof ranges / sizeof *ranges);
}

bool no_proxy_is_same(const char *host, const char *other)
{
    const address a = read_address(host), b = read_address(other);
    if (a.size > 0 || b.size > 0)
        return a.size == b.size && memcmp(a.bytes, b.bytes, a.size) == 0;
    return name_size(host) == name_size(other) && same_text(host, other, name_size(host));
}

/* The number of bits behind the slash; more than an address has: malformed. */
static unsigned read_bits(const char *digits)
{
    const char *const first = digits;
    unsigned bits = 0;
    for (; ascii_is_digit(*digits) && bits <= 128; digits++)
        bits = bits * 10 + (unsigned)(*digits - '0');
    return *digits || digits == first ? 129 : bits;
}

/* `entry` is not empty, and is changed. */
static bool matches(char *entry, const char *host, const address *host_address)
{
    char *slash = strchr(entry, '/');
    if (strcmp(entry, "*") == 0)
        return true;
    if (host_address->size == 0)
        return is_in_domain(host, entry + (*entry == '.'));
    if (slash)
        *slash = '\0';
    if (*entry == '[') {
        entry[strcspn(entry, "]")] = '\0';
        entry++;
    }
    const address a = read_address(entry);
    return has_prefix(host_address, &a, slash ? read_bits(slash + 1) : 8 * (unsigned)a.size);
}

bool no_proxy_has(const char *list, const char *host)
{
    static const char separators[] = ", \t";
    const address a = read_address(host);
    while (*(list += strspn(list, separators))) {
        char entry[HOST_SIZE];
        const size_t size = strcspn(list, separators);
        if (size < sizeof entry) { /* a longer one is no host */
            memcpy(entry, list, size);
            entry[size] = '\0';
            if (matches(entry, host, &a))
                return true;
        }
        list += size;
    }
    return false;
}
