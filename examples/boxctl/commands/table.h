/* table.h: the tables of commands, one for each file. */
#ifndef BOXCTL_TABLE_H
#define BOXCTL_TABLE_H

#include "cli/boxctl.h"

extern const command BOX_COMMANDS[];
extern const command LIFE_COMMANDS[];
extern const command SETTING_COMMANDS[];
extern const command EXEC_COMMANDS[];
extern const command LOGS_COMMANDS[];
extern const command JOB_COMMANDS[];
extern const command CP_COMMANDS[];
extern const command SYNC_COMMANDS[];
extern const command FS_COMMANDS[];
extern const command FS_CHANGE_COMMANDS[];
extern const command PORT_COMMANDS[];
extern const command PROXY_COMMANDS[];
extern const command DOMAIN_COMMANDS[];
extern const command NETWORK_COMMANDS[];
extern const command DISK_COMMANDS[];
extern const command SNAPSHOT_COMMANDS[];
extern const command CHECKPOINT_COMMANDS[];
extern const command TEMPLATE_COMMANDS[];
extern const command LOGIN_COMMANDS[];
extern const command ACCOUNT_COMMANDS[];
extern const command KEY_COMMANDS[];
extern const command TOKEN_COMMANDS[];
extern const command API_COMMANDS[];
extern const command DOCTOR_COMMANDS[];
extern const command MANUAL_COMMANDS[];

#endif
