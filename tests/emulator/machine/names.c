#include <stdio.h>
#include <string.h>

#include "machine/machines.h"

bool name_valid(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > 63 || name[0] < 'a' || name[0] > 'z' || name[length - 1] == '-')
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

static const char *const adjectives[] = {
    "amber",  "brave",  "calm",   "clever", "coral",  "crisp", "eager", "gentle", "golden", "happy", "ivory",
    "jolly",  "kind",   "lively", "lucky",  "mellow", "noble", "olive", "proud",  "quick",  "quiet", "rapid",
    "silver", "smooth", "solid",  "sunny",  "swift",  "tidy",  "vivid", "warm",   "wise",   "young",
};
static const char *const nouns[] = {
    "badger", "beacon", "birch",  "brook",   "canyon", "cedar",  "comet",   "falcon",
    "fern",   "forest", "garden", "harbor",  "heron",  "island", "lake",    "lantern",
    "maple",  "meadow", "otter",  "pebble",  "pine",   "planet", "prairie", "raven",
    "ridge",  "river",  "robin",  "sparrow", "stone",  "summit", "valley",  "willow",
};

void name_generate(char out[64])
{
    uint32_t dice[3];
    random_bytes(dice, sizeof dice);
    (void)snprintf(out, 64, "%s-%s-%04x", adjectives[dice[0] % count_of(adjectives)],
                   nouns[dice[1] % count_of(nouns)], (unsigned)(dice[2] & 0xffff));
}

bool env_name_valid(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    return name[0] != '\0' && (name[0] < '0' || name[0] > '9') && strspn(name, letters) == strlen(name);
}
