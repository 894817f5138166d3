/* table.h: the tables of commands, one for each file. */
#ifndef BOXCTL_TABLE_H
#define BOXCTL_TABLE_H

#include "cli/boxctl.h"

extern const command BOX_COMMANDS[], LIFE_COMMANDS[], EXEC_COMMANDS[], LOGS_COMMANDS[], JOB_COMMANDS[],
    CP_COMMANDS[], PROXY_COMMANDS[], DISK_COMMANDS[], SNAPSHOT_COMMANDS[], DOMAIN_COMMANDS[],
    TOKEN_COMMANDS[], API_COMMANDS[], DOCTOR_COMMANDS[];

#endif
