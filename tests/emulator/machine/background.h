/*
 * background.h: a command that runs in a machine without a caller: its main process, the packages of its
 * spec. Core thread only. The owner embeds it in what belongs to the machine, and frees that only while it
 * does not run; while it runs it holds a reference to the machine.
 */
#ifndef EMULATOR_MACHINE_BACKGROUND_H
#define EMULATOR_MACHINE_BACKGROUND_H

#include "base/watch.h"
#include "machine/machines.h"

enum { BACKGROUND_NOT_STARTED = -1 };

typedef struct background {
    machine *m; /* borrowed */
    void (*output)(struct background *b, const unsigned char *data, size_t size);
    /* The exit code, or BACKGROUND_NOT_STARTED and why ("": the machine was not to be had). It may start the
     * next command. */
    void (*ended)(struct background *b, int exit_code, const char *why);
    bool orphaned; /* the machine went down under it */

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
/* Copies the line; its environment is the machine's and `more` ("K=V", NULL-terminated; NULL: nothing). */
void background_start(background *b, const char *command, char *const *more);
bool background_runs(const background *b);

/* The machine goes down: the command ends, or is killed as soon as it has started. */
void background_orphan(background *b);

#endif
