/*
 * emulator_process.h: a boxd-emulator for one test program, on free loopback ports. It ends with the test
 * program.
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

/* Starts an emulator on free ports with control routes and `options` (NULL-terminated); waits until it
 * listens. The environment variable BOXD_EMULATOR names the program. Aborts the test program on failure. */
void emulator_start(emulator_process *e, const char *const *options);

/* Sets the environment variables for clients of this process. */
void emulator_export(const emulator_process *e);

/* Stops the emulator; aborts unless it exits with 0. */
void emulator_stop(emulator_process *e);

/* Kills the emulator, as if its machine lost power. */
void emulator_kill(emulator_process *e);

/* Calls a control route, e.g. ("POST", "faults", "{...}"). The answer is allocated. Aborts on a status other
 * than 2xx. */
char *emulator_control(const emulator_process *e, const char *method, const char *route, const char *body);

/* A fault to inject; see boxd-emulator --help. */
void emulator_fault(const emulator_process *e, const char *json);
void emulator_clear_faults(const emulator_process *e);

/* The number of injected faults that were not used yet. */
long emulator_faults_left(const emulator_process *e);

/* The number of ended calls of `rpc` in the request log. A record may appear shortly after the client's
 * answer: waits, for a limited time, until there are `at_least` calls. */
int emulator_count_calls(const emulator_process *e, const char *rpc, int at_least);

/* Exchanges the API key for a token. */
void emulator_token(const emulator_process *e, char *token, size_t size);

#endif
