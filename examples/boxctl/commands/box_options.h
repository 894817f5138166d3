/* box_options.h: the options of create, fork and template create, which make a configuration of a box. */
#ifndef BOXCTL_BOX_OPTIONS_H
#define BOXCTL_BOX_OPTIONS_H

#include "cli/boxctl.h"

enum { MAX_VOLUMES = 16 };

typedef struct box_settings {
    const char *image, *memory, *disk, *restart, *org, *team, *snapshot, *from_template;
    int64_t vcpu, auto_suspend_s, auto_destroy_s;
    string_list env, labels, networks, volumes;
    bool no_ssh, ignore_outbound, shared, isolated, wait, reuse;
} box_settings;

extern box_settings box_set;

/* Options of every configuration. */
#define BOX_SIZE_OPTIONS                                                                                       \
    {"vcpu", 0, OPTION_NUMBER, &box_set.vcpu, "N", "number of vCPUs; service 0.2 offers 1, 2, 4 and 8"},       \
        {"memory",        'm',    OPTION_TEXT,                                                                 \
         &box_set.memory, "SIZE", "memory, e.g. 8G (default: according to the vCPUs)"},                        \
        {"disk", 0, OPTION_TEXT, &box_set.disk, "SIZE", "size of the box's own disk, e.g. 20G"},               \
        {"auto-suspend",          0,      OPTION_SECONDS,                                                      \
         &box_set.auto_suspend_s, "TIME", "suspend after this time without activity, e.g. 30m, or \"never\""}, \
        {"auto-destroy",          0,      OPTION_SECONDS,                                                      \
         &box_set.auto_destroy_s, "TIME", "destroy after this time, e.g. 12h, or \"never\""},                  \
        {"ignore-outbound",        0,    OPTION_SWITCH,                                                        \
         &box_set.ignore_outbound, NULL, "outbound traffic does not count as activity (service 0.2)"},         \
        {"no-ssh", 0, OPTION_SWITCH, &box_set.no_ssh, NULL, "switch SSH off"},                                 \
    {                                                                                                          \
        "volume", 'v', OPTION_LIST, &box_set.volumes, "DISK:PATH[:ro]", "attach a disk at this path"           \
    }

/* Options of create and fork. */
#define BOX_NEW_OPTIONS                                                                                      \
    BOX_SIZE_OPTIONS, {"label", 'l', OPTION_LIST, &box_set.labels, "KEY=VALUE", "set a label"},              \
        {"network", 0, OPTION_LIST, &box_set.networks, "NAME", "join a network"},                            \
        {"shared", 0, OPTION_SWITCH, &box_set.shared, NULL, "make the box visible to the whole org"},        \
        {"isolated",        0,    OPTION_SWITCH,                                                             \
         &box_set.isolated, NULL, "isolate the box from other boxes, permanently"},                          \
    {                                                                                                        \
        "wait", 'w', OPTION_SWITCH, &box_set.wait, NULL, "wait until commands can run in the box"            \
    }

/* A configuration and what it points to. */
typedef struct box_config {
    boxd_box_config config;
    boxd_network_config network;
    boxd_volume volumes[MAX_VOLUMES];
    const boxd_volume *volume_pointers[MAX_VOLUMES];
    boxd_disk *disks[MAX_VOLUMES];
    /* `config`, or NULL: no option was given; a configuration with default values is not the same as none */
    const boxd_box_config *chosen;
} box_config;

/* Makes a configuration from the options, with the main process `cmd` or NULL. Finds the disks of --volume,
 * and so opens the client. Returns EXIT_OK, or an exit code after printing the error. */
int box_config_make(cli *c, box_config *to, char **cmd);
void box_config_free(box_config *config);

/* A template by its name or id, freed with boxd_template_free(); NULL: `error` says why. */
boxd_template *template_find(const cli *c, const char *word, boxd_error *error);

#endif
