/* The table of all commands, in the order of the help. To add a command: write a file with its `command` row,
 * and add its table here. */
#include "commands/table.h"

const command_group COMMAND_GROUPS[] = {
    {"Boxes", BOX_COMMANDS},        {"Box lifecycle", LIFE_COMMANDS},
    {"Commands", EXEC_COMMANDS},    {"Logs", LOGS_COMMANDS},
    {"Jobs", JOB_COMMANDS},         {"Files", CP_COMMANDS},
    {"Proxies", PROXY_COMMANDS},    {"Domains", DOMAIN_COMMANDS},
    {"Disks", DISK_COMMANDS},       {"Snapshots", SNAPSHOT_COMMANDS},
    {"Tokens", TOKEN_COMMANDS},     {"Generic RPC calls", API_COMMANDS},
    {"Diagnosis", DOCTOR_COMMANDS}, {0},
};
