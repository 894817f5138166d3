/*
 * generation.c: the generations of Drukbox and their providers. Set up by main(), then only read.
 */
#include <stdlib.h>
#include <string.h>

#include "drukbox/internal.h"

const drukbox_generation *drukbox_served;
drukbox_options drukbox_settings;
pthread_mutex_t drukbox_lock = PTHREAD_MUTEX_INITIALIZER;

static const drukbox_generation generations[] = {
    {"0.0.4", false, false, false, false},
    {"0.0.7", true, true, false, false},
    {"0.5.1", true, true, true, false},
    {"newest", true, true, true, true},
};

/* Only exe has proxies, as in the service. For each other feature one provider was chosen to lack it. */
static const drukbox_provider providers[] = {
    {"exe", "exeuntu", "exedev", 22, true, true, true},
    {"aws", "ami-0000000000000000a", "ubuntu", 22, true, false, true},
    {"hetzner", "ubuntu-24.04", "root", 22, true, false, true},
    {"docker", "ubuntu:24.04", "sandbox", 32768, false, false, true},
    {"exoscale", "Linux Ubuntu 24.04 LTS 64-bit", "ubuntu", 22, true, false, false},
};

static const drukbox_generation *find_generation(const char *name)
{
    for (size_t i = 0; i < count_of(generations); i++) {
        if (strcmp(generations[i].name, name) == 0)
            return &generations[i];
    }
    return NULL;
}

bool drukbox_is_generation(const char *text)
{
    return find_generation(text) != NULL;
}

const drukbox_provider *drukbox_find_provider(const char *name)
{
    for (size_t i = 0; i < count_of(providers); i++) {
        if (strcmp(providers[i].name, name) == 0)
            return &providers[i];
    }
    return NULL;
}

http_response drukbox_unknown_provider(const char *name)
{
    char *known = xstrdup("");

    for (size_t i = 0; i < count_of(providers); i++) {
        char *longer = xprintf("%s%s%s", known, i > 0 ? ", " : "", providers[i].name);
        free(known);
        known = longer;
    }
    http_response response =
        drukbox_error(MHD_HTTP_BAD_REQUEST, NULL, "unknown provider '%s'; available: %s", name, known);
    free(known);
    return response;
}

bool drukbox_is_provider(const char *text)
{
    return drukbox_find_provider(text) != NULL;
}

const drukbox_provider *drukbox_active_provider(void)
{
    return drukbox_find_provider(drukbox_settings.provider);
}

void drukbox_start(const drukbox_options *options)
{
    drukbox_settings = *options;
    drukbox_served = find_generation(options->generation);
    accounts_start(options->token);
    drukbox_settings.token = NULL;
}

void drukbox_stop(void)
{
    hosts_free();
    templates_free();
    accounts_free();
    proxies_free();
}
