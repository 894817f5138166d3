/*
 * fault_process.h: a Python script beside this file (server.py, swallow.py) as a child process of a test
 * program. The script prints "port NAME PORT" lines and "ready", then answers one line of standard input with
 * one line of standard output, and ends at the end of its standard input: at the latest together with the
 * test program.
 */
#ifndef FAULTS_FAULT_PROCESS_H
#define FAULTS_FAULT_PROCESS_H

#include <stdio.h>
#include <sys/types.h>

enum { FAULT_PORTS_MAX = 96 };

typedef struct fault_port {
    char name[48];
    int port;
} fault_port;

typedef struct fault_process {
    pid_t pid;
    FILE *in, *out;
    fault_port ports[FAULT_PORTS_MAX];
    size_t port_count;
    /* The last answer of fault_command(). */
    char answer[512];
} fault_process;

/* Starts a script with arguments (NULL-terminated, or NULL) and waits until it is ready. The environment
 * variable BOXD_FAULTS_PYTHON names the interpreter, BOXD_FAULTS_DIR the folder of the scripts. Aborts the
 * test program on failure. */
void fault_start(fault_process *p, const char *script, const char *const *arguments);

/* The port with this name; aborts the test program if there is no such port. */
int fault_port_of(const fault_process *p, const char *name);

/* Sends one command and returns the answer, valid until the next command. Aborts if the answer begins with
 * "error". One thread of one process at a time. */
const char *fault_command(fault_process *p, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Ends the script and waits for it. */
void fault_stop(fault_process *p);

#endif
