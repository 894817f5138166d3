/*
 * no_proxy.c: matches hosts as libcurl does. Called by forward_proxy.c while a client is opened, and when a
 * machine learns its API's URL. Any thread. Pure.
 */
#include "no_proxy.h"

#include "host_address.h"
#include "names.h"

#include <string.h>

enum { HOST_SIZE = 256 };

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
static bool matches(char *entry, const char *host, const host_address *address)
{
    char *slash = strchr(entry, '/');
    if (strcmp(entry, "*") == 0)
        return true;
    if (address->size == 0)
        return host_is_in_domain(host, entry + (*entry == '.'));
    if (slash)
        *slash = '\0';
    if (*entry == '[') {
        entry[strcspn(entry, "]")] = '\0';
        entry++;
    }
    const host_address a = host_address_read(entry);
    return host_address_has_prefix(address, &a, slash ? read_bits(slash + 1) : 8 * (unsigned)a.size);
}

bool no_proxy_has(const char *list, const char *host)
{
    static const char separators[] = ", \t";
    const host_address a = host_address_read(host);
    while (*(list += strspn(list, separators))) {
        char entry[HOST_SIZE];
        const size_t size = strcspn(list, separators);
        if (size < sizeof entry) { /* a longer entry is not a host */
            memcpy(entry, list, size);
            entry[size] = '\0';
            if (matches(entry, host, &a))
                return true;
        }
        list += size;
    }
    return false;
}
