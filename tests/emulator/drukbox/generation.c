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

/* Sorted by name, as the service lists them. Which provider has templates was chosen for tests; all else is
 * as in the service. */
static const drukbox_provider providers[] = {
    {.name = "aws",
     .image = "ami-0000000000000000a",
     .ssh_username = "ubuntu",
     .ssh_port = 22,
     .instance_type = true,
     .disk_gb = true,
     .templates = true,
     .keys = true,
     .tailnet = true,
     .tailnet_only = true},
    {.name = "docker",
     .image = "ubuntu:24.04",
     .ssh_username = "sandbox",
     .ssh_port = 32768,
     .templates = true,
     .keys = true},
    {.name = "exe",
     .image = "exeuntu",
     .ssh_username = "exedev",
     .ssh_port = 22,
     .proxies = true,
     .templates = true,
     .tailnet = true},
    {.name = "exoscale",
     .image = "Linux Ubuntu 24.04 LTS 64-bit",
     .ssh_username = "ubuntu",
     .ssh_port = 22,
     .instance_type = true,
     .disk_gb = true,
     .keys = true,
     .tailnet = true},
    {.name = "hetzner",
     .image = "ubuntu-24.04",
     .ssh_username = "root",
     .ssh_port = 22,
     .instance_type = true,
     .templates = true,
     .keys = true,
     .tailnet = true},
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

bool provider_joins_tailnet(const drukbox_provider *p)
{
    return drukbox_settings.tailnet && p->tailnet;
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
    pool_fill();
}

void drukbox_stop(void)
{
    hosts_free();
    templates_free();
    accounts_free();
    proxies_free();
}
