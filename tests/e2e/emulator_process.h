/*
 * emulator_process.h: a boxd-emulator of a test's own, on free loopback ports, gone when the test is.
 */
#ifndef E2E_EMULATOR_PROCESS_H
#define E2E_EMULATOR_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

typedef struct emulator_process {
    pid_t pid;
    char api_url[128], exchange_url[160], api_key[128], ca_file[256];
    char control_url[128], control_token[128];
    /* With --metadata-port. */
    char metadata_url[128];
    /* With --drukbox-token. */
    char drukbox_url[128], drukbox_token[128];
} emulator_process;

/* Starts one with `options` (NULL-terminated) on top of free ports and the control routes; waits until it
 * listens. The program is BOXD_EMULATOR. Aborts the test program when that fails. */
void emulator_start(emulator_process *e, const char *const *options);

/* Puts its addresses and key into the environment, for clients of this process. */
void emulator_export(const emulator_process *e);

/* Stops it in order; aborts unless it exits with 0. */
void emulator_stop(emulator_process *e);

/* As if its machine lost power. */
void emulator_kill(emulator_process *e);

/* Calls a control route, e.g. ("POST", "faults", "{...}"). The answer is allocated; aborts on another status
 * than 2xx. */
char *emulator_control(const emulator_process *e, const char *method, const char *route, const char *body);

/* A fault to inject; see boxd-emulator --help. */
void emulator_fault(const emulator_process *e, const char *json);
void emulator_clear_faults(const emulator_process *e);

/* How many uses of injected faults still wait for their call. */
long emulator_faults_left(const emulator_process *e);

/* How many ended calls of `rpc` the request log holds. A record may come a moment after the client's answer:
 * waits, not for ever, until there are `at_least` calls. */
int emulator_count_calls(const emulator_process *e, const char *rpc, int at_least);

/* A token from the exchange. */
void emulator_token(const emulator_process *e, char *token, size_t size);

#endif
