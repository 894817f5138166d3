/* Makes a configuration of a box from the options of create, fork and template create. */
#include "commands/box_options.h"

#include <stdint.h>
#include <string.h>

box_settings box_set;

/* Splits "data:/mnt:ro" in place. */
static bool read_volume(char *word, boxd_volume *volume)
{
    char *path = strchr(word, ':');
    char *flag = path ? strchr(path + 1, ':') : NULL;
    if (!path || path == word || path[1] != '/' || (flag && strcmp(flag, ":ro") != 0))
        return false;
    *path = '\0';
    if (flag)
        *flag = '\0';
    *volume = (boxd_volume){
        .size = sizeof *volume, .disk_id = word, .mount_path = path + 1, .read_only = flag != NULL};
    return true;
}

/* Reads --volume. */
static int read_volumes(const cli *c, box_config *to)
{
    if (box_set.volumes.count > MAX_VOLUMES)
        return cli_usage_error(c, "at most %d volumes are allowed", MAX_VOLUMES);
    for (size_t i = 0; i < box_set.volumes.count; i++) {
        char *word = (char *)(uintptr_t)box_set.volumes.items[i]; /* part of argv, which may be changed */
        if (!read_volume(word, &to->volumes[i]))
            return cli_usage_error(c, "invalid volume \"%s\": must be DISK:PATH or DISK:PATH:ro", word);
        to->volume_pointers[i] = &to->volumes[i];
    }
    return EXIT_OK;
}

/* Replaces the names of disks by their ids. */
static int find_disks(cli *c, box_config *to)
{
    int code = EXIT_OK;
    if (box_set.volumes.count > 0 && !cli_open(c, &code))
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    for (size_t i = 0; i < box_set.volumes.count; i++) {
        to->disks[i] = boxd_disk_get(c->compute, to->volumes[i].disk_id, &call, &error);
        if (!to->disks[i])
            return cli_report(c, &error);
        to->volumes[i].disk_id = boxd_disk_id(to->disks[i]);
    }
    return EXIT_OK;
}

/* Whether an option of the configuration was given. */
static bool is_any_set(const box_settings *set)
{
    const bool has_size = set->vcpu || set->memory || set->disk || set->volumes.count;
    const bool has_process = set->env.count || set->restart;
    return has_size || has_process || set->auto_suspend_s || set->auto_destroy_s || set->no_ssh ||
           set->ignore_outbound;
}

int box_config_make(cli *c, box_config *to, char **cmd)
{
    const box_settings *set = &box_set;
    *to = (box_config){0};
    int code = read_volumes(c, to);
    code = code == EXIT_OK ? find_disks(c, to) : code;
    if (code != EXIT_OK)
        return code;
    to->network = (boxd_network_config){.size = sizeof to->network, .no_ssh = true};
    to->config = (boxd_box_config){
        .size = sizeof to->config,
        .vcpu = (uint32_t)set->vcpu,
        .memory = set->memory,
        .disk = set->disk,
        .env = set->env.items,
        .cmd = boxd_argv(cmd),
        .restart_policy = set->restart,
        .auto_suspend_timeout_s = set->auto_suspend_s,
        .auto_destroy_timeout_s = set->auto_destroy_s,
        .network = set->no_ssh ? &to->network : NULL,
        .volumes = set->volumes.count ? to->volume_pointers : NULL,
        .volume_count = set->volumes.count,
        .idle_ignore_outbound = set->ignore_outbound ? BOXD_TRISTATE_ON : BOXD_TRISTATE_DEFAULT,
    };
    to->chosen = cmd || is_any_set(set) ? &to->config : NULL;
    return EXIT_OK;
}

void box_config_free(box_config *config)
{
    for (size_t i = 0; i < MAX_VOLUMES; i++)
        boxd_disk_free(config->disks[i]);
}
