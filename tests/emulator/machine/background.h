/*
 * background.h: a command that runs in a machine without an RPC: the main process, or a package of the spec.
 * Core thread only. The owner embeds the struct and frees it only while the command does not run. A running
 * command holds a reference to its machine.
 */
#ifndef EMULATOR_MACHINE_BACKGROUND_H
#define EMULATOR_MACHINE_BACKGROUND_H

#include "base/watch.h"
#include "machine/machines.h"

enum { BACKGROUND_NOT_STARTED = -1 };

typedef struct background {
    /* Borrowed. */
    machine *m;
    void (*output)(struct background *b, const unsigned char *data, size_t size);
    /* The exit code, or BACKGROUND_NOT_STARTED and a message ("": the machine was not running). The callback
     * may start the next command. */
    void (*ended)(struct background *b, int exit_code, const char *why);
    /* The machine went down while the command ran. */
    bool interrupted;

    /* private */
    job job;
    sandbox_process *process;
    char *command, **env;
    watch out[2], exit_watch;
    bool starting;
    char why[256];
} background;

void background_init(background *b, machine *m,
                     void (*output)(background *b, const unsigned char *data, size_t size),
                     void (*ended)(background *b, int exit_code, const char *why));
/* Copies the command line. The environment is the machine's and `more` ("K=V", NULL-terminated, or NULL). */
void background_start(background *b, const char *command, char *const *more);
bool background_runs(const background *b);

/* The machine goes down: the command ends, or is killed as soon as it has started. */
void background_interrupt(background *b);

#endif
