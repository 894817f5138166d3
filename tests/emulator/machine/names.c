/*
 * names.c: valid names of machines, variables, labels and networks, and generated machine names. Any thread.
 */
#include <stdio.h>
#include <string.h>

#include "machine/machines.h"

bool name_valid(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > 63 || name[0] == '-' || name[length - 1] == '-')
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
    uint32_t random[3];
    random_bytes(random, sizeof random);
    (void)snprintf(out, 64, "%s-%s-%04x", adjectives[random[0] % count_of(adjectives)],
                   nouns[random[1] % count_of(nouns)], (unsigned)(random[2] & 0xffff));
}

bool env_name_valid(const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    return name[0] != '\0' && (name[0] < '0' || name[0] > '9') && strspn(name, letters) == strlen(name);
}

/* ---- labels ---- */

enum { MAX_LABELS = 64, MAX_KEY = 63, MAX_VALUE = 256 };

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_key(const char *key)
{
    size_t length = strlen(key);
    return length > 0 && length <= MAX_KEY && is_plain(key[0]) && is_plain(key[length - 1]) &&
           strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789._/-") == length && strncmp(key, "boxd/", 5) != 0;
}

static bool is_value(const char *value)
{
    if (strlen(value) > MAX_VALUE)
        return false;
    for (; *value != '\0'; value++) {
        if ((unsigned char)*value < ' ' || *value == 0x7f)
            return false;
    }
    return true;
}

int labels_check(call *c, char *const *labels)
{
    size_t count = 0;
    for (; labels != NULL && labels[2 * count] != NULL; count++) {
        const char *key = labels[2 * count];
        if (!is_key(key) || !is_value(labels[2 * count + 1]))
            return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "\"%.80s\" is not a valid label", key);
    }
    if (count > MAX_LABELS)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "a VM has at most %d labels", MAX_LABELS);
    return 0;
}

/* ---- networks, which are tags ---- */

enum { MAX_NETWORKS = 16, MAX_NETWORK = 63 };

int networks_check(call *c, size_t count, const char *const *networks)
{
    if (count > MAX_NETWORKS)
        return call_error(c, GRPC_STATUS_INVALID_ARGUMENT, "networks: at most %d entries (got %zu)",
                          MAX_NETWORKS, count);
    for (size_t i = 0; i < count; i++) {
        if (networks[i][0] == '\0' || strlen(networks[i]) > MAX_NETWORK)
            return call_error(c, GRPC_STATUS_INVALID_ARGUMENT,
                              "\"%.80s\" is not a valid network: use 1 to %d bytes", networks[i],
                              MAX_NETWORK);
    }
    return 0;
}

/* ---- restart policies ---- */

int restart_policy_check(call *c, const char *policy)
{
    if (policy[0] == '\0' || strcmp(policy, "always") == 0 || strcmp(policy, "never") == 0)
        return 0;
    return call_error(c, GRPC_STATUS_INVALID_ARGUMENT,
                      "the restart policy must be always or never, not \"%.40s\"", policy);
}
