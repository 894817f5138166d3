/* versions.c: called by notice.c, on the core thread. */
#include "boxd/client/versions.h"

#include "names.h"

#include <string.h>

/* Three numbers, then parts, each after at most one separator. */
static bool is_readable(const char *version)
{
    for (int i = 0; i < 3; i++) {
        if (i > 0 && *version++ != '.')
            return false;
        if (!ascii_is_digit(*version))
            return false;
        while (ascii_is_digit(*version))
            version++;
    }
    while (*version) {
        if (*version == '.' || *version == '-')
            version++;
        if (!ascii_is_alnum(*version))
            return false;
        while (ascii_is_alnum(*version))
            version++;
    }
    return true;
}

/* A run of digits or of letters. */
typedef struct {
    const char *text;
    size_t size;
    bool numeric;
} version_part;

/* Reads the part at *next, after a separator or not, and moves *next behind it. False: there is no part. */
static bool next_part(const char **next, version_part *part)
{
    if (**next == '.' || **next == '-')
        (*next)++;
    part->text = *next;
    part->numeric = ascii_is_digit(**next);
    while (ascii_is_alnum(**next) && ascii_is_digit(**next) == part->numeric)
        (*next)++;
    part->size = (size_t)(*next - part->text);
    return part->size > 0;
}

/* Compares numbers as text without leading zeros, so that they may have any length. */
static int compare_parts(version_part a, version_part b)
{
    if (a.numeric != b.numeric)
        return a.numeric ? -1 : 1;
    if (a.numeric) {
        for (; a.size > 1 && *a.text == '0'; a.size--)
            a.text++;
        for (; b.size > 1 && *b.text == '0'; b.size--)
            b.text++;
        if (a.size != b.size)
            return a.size < b.size ? -1 : 1;
    }
    int order = memcmp(a.text, b.text, a.size < b.size ? a.size : b.size);
    if (order != 0 || a.size == b.size)
        return order;
    return a.size < b.size ? -1 : 1;
}

bool version_compare(const char *a, const char *b, int *order)
{
    if (!a || !b || !is_readable(a) || !is_readable(b))
        return false;
    version_part part_a, part_b;
    *order = 0;
    for (int i = 0; *order == 0; i++) {
        bool more_a = next_part(&a, &part_a);
        bool more_b = next_part(&b, &part_b);
        if (more_a && more_b)
            *order = compare_parts(part_a, part_b);
        else if (more_a == more_b)
            break;
        else /* a release ranks above its pre-releases; in a suffix, the shorter one below the longer */
            *order = more_a == (i > 3) ? 1 : -1;
    }
    return true;
}

static bool is_prerelease(const char *version)
{
    return version[strspn(version, "0123456789.")] != '\0';
}

bool version_is_update(const char *offered, const char *ours)
{
    int order;
    return version_compare(offered, ours, &order) && order > 0 &&
           (!is_prerelease(offered) || is_prerelease(ours));
}
