/* The names that the service has, as candidates for complete.c: boxes, disks, files in a box, ... Failures
 * offer nothing. */
#include "cli/boxctl.h"
#include "cli/complete.h"

#include <stdlib.h>
#include <string.h>

enum { LIMIT_MS = 4000 };

/* Opens the client without any message. */
boxd_compute *open_quietly(cli *c)
{
    int code;
    if (!freopen("/dev/null", "w", stderr))
        return NULL;
    c->timeout_ms = LIMIT_MS;
    return cli_open(c, &code);
}

void offer_boxes(cli *c, const char *prefix, const char *end)
{
    const boxd_call_options call = cli_call(c);
    boxd_boxes *boxes = boxd_box_list(c->compute, &call, NULL);
    for (size_t i = 0; boxes && i < boxes->count; i++)
        offer(prefix, box_label(boxes->items[i]), end, boxd_box_get_info(boxes->items[i])->status);
    boxd_boxes_free(boxes);
}

void offer_disks(cli *c, const char *prefix)
{
    const boxd_call_options call = cli_call(c);
    boxd_disks *disks = boxd_disk_list(c->compute, &call, NULL);
    for (size_t i = 0; disks && i < disks->count; i++) {
        const boxd_disk_info *info = boxd_disk_get_info(disks->items[i]);
        offer(prefix, info->name ? info->name : info->id, "", info->status);
    }
    boxd_disks_free(disks);
}

void offer_snapshots(cli *c, const char *prefix)
{
    boxd_snapshots *list =
        boxd_snapshot_list(c->compute, BOXD_OPTIONS(boxd_snapshot_list_options, .call = cli_call(c)), NULL);
    for (size_t i = 0; list && i < list->count; i++) {
        const boxd_snapshot_info *info = boxd_snapshot_get_info(list->items[i]);
        if (info->name)
            offer(prefix, info->name, "", info->status);
    }
    boxd_snapshots_free(list);
}

static void offer_domains(cli *c, const char *prefix)
{
    const boxd_call_options call = cli_call(c);
    boxd_domains *domains = boxd_domain_list(c->compute, &call, NULL);
    for (size_t i = 0; domains && i < domains->count; i++)
        offer(prefix, domains->items[i]->domain, "", domains->items[i]->box_name);
    boxd_domains_free(domains);
}

static void offer_keys(cli *c, const char *prefix)
{
    const boxd_call_options call = cli_call(c);
    boxd_api_keys *keys = boxd_api_key_list(c->compute, &call, NULL);
    for (size_t i = 0; keys && i < keys->count; i++)
        offer(prefix, keys->items[i]->id, "", keys->items[i]->name);
    boxd_api_keys_free(keys);
}

static void offer_jobs(cli *c, const char *prefix)
{
    const boxd_call_options call = cli_call(c);
    boxd_jobs *jobs = boxd_job_list(c->box, &call, NULL);
    for (size_t i = 0; jobs && i < jobs->count; i++)
        offer(prefix, jobs->items[i]->id, "", NULL);
    boxd_jobs_free(jobs);
}

static void offer_checkpoints(cli *c, const char *prefix)
{
    const boxd_call_options call = cli_call(c);
    boxd_checkpoints *checkpoints = boxd_checkpoint_list(c->box, &call, NULL);
    for (size_t i = 0; checkpoints && i < checkpoints->count; i++)
        offer(prefix, checkpoints->items[i]->name, "", checkpoints->items[i]->status);
    boxd_checkpoints_free(checkpoints);
}

static void offer_proxies(cli *c, const char *prefix)
{
    const boxd_call_options call = cli_call(c);
    boxd_proxies *proxies = boxd_proxy_list(c->box, &call, NULL);
    for (size_t i = 0; proxies && i < proxies->count; i++)
        if (proxies->items[i]->name)
            offer(prefix, proxies->items[i]->name, "", proxies->items[i]->domain);
    boxd_proxies_free(proxies);
}

/* What else the argument `from` and those behind it of a command stand for. With 1 the first argument is a
 * box: c->box. */
static const struct {
    const char *command;
    int from;
    void (*offer)(cli *c, const char *prefix);
} BY_COMMAND[] = {
    {"job show", 1, offer_jobs},
    {"job wait", 1, offer_jobs},
    {"job logs", 1, offer_jobs},
    {"job write", 1, offer_jobs},
    {"job signal", 1, offer_jobs},
    {"job rm", 1, offer_jobs},
    {"proxy set", 1, offer_proxies},
    {"proxy rm", 1, offer_proxies},
    {"domain unbind", 0, offer_domains},
    {"key rm", 0, offer_keys},
    {"checkpoint rm", 1, offer_checkpoints},
    {"checkpoint restore", 1, offer_checkpoints},
};

void offer_by_command(cli *c, const command *k, const char *box, int index, const char *prefix)
{
    int code;
    for (size_t i = 0; i < sizeof BY_COMMAND / sizeof *BY_COMMAND; i++)
        if (strcmp(BY_COMMAND[i].command, k->name) == 0 && index >= BY_COMMAND[i].from && open_quietly(c) &&
            (BY_COMMAND[i].from == 0 || cli_open_box(c, box, &code)))
            BY_COMMAND[i].offer(c, prefix);
}

/* ---- files in a box ---- */

void offer_remote_files(cli *c, const char *box_name, const char *path)
{
    char folder[1024], name[2048];
    const char *slash = strrchr(path, '/');
    const int length = slash ? (int)(slash - path) + 1 : 0;
    if (snprintf(folder, sizeof folder, "%.*s", length, path) >= (int)sizeof folder)
        return;
    int code;
    const boxd_call_options call = cli_call(c);
    boxd_dir *dir = cli_open_box(c, box_name, &code)
                        ? boxd_box_list_dir(c->box, *folder ? folder : ".", &call, NULL)
                        : NULL;
    print_line(":nospace");
    for (size_t i = 0; dir && i < dir->count; i++) {
        const boxd_dir_entry *entry = dir->items[i];
        const bool is_hidden = *entry->name == '.' && path[length] != '.';
        if (is_hidden)
            continue;
        snprintf(name, sizeof name, "%s%s", folder, entry->name);
        offer(path, name, entry->is_dir ? "/" : "", NULL);
    }
    boxd_dir_free(dir);
}
