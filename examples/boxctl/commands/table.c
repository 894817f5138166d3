/* The table of all commands, in the order of the help. To add a command: write a file with its `command` row,
 * and add its table here. */
#include "commands/table.h"

const command_group COMMAND_GROUPS[] = {
    {"Boxes", BOX_COMMANDS},
    {"Box lifecycle", LIFE_COMMANDS},
    {"Box settings", SETTING_COMMANDS},
    {"Commands and logs", EXEC_COMMANDS},
    {"Files", CP_COMMANDS},
    {"", SYNC_COMMANDS},
    {"", FS_COMMANDS},
    {"", FS_CHANGE_COMMANDS},
    {"Ports and proxies", PORT_COMMANDS},
    {"", PROXY_COMMANDS},
    {"Domains and networks", DOMAIN_COMMANDS},
    {"", NETWORK_COMMANDS},
    {"Disks", DISK_COMMANDS},
    {"Snapshots, checkpoints and templates", SNAPSHOT_COMMANDS},
    {"", CHECKPOINT_COMMANDS},
    {"", TEMPLATE_COMMANDS},
    {"Account", LOGIN_COMMANDS},
    {"", ACCOUNT_COMMANDS},
    {"", KEY_COMMANDS},
    {"", TOKEN_COMMANDS},
    {"Generic RPC calls", API_COMMANDS},
    {"Diagnosis", DOCTOR_COMMANDS},
    {0},
};
