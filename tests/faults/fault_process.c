/* Starts a Python script of this folder, reads its ports, and exchanges commands and answers with it. */
#include "fault_process.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const fault_process *p, const char *what)
{
    fprintf(stderr, "the script of the fault tests (pid %d): %s\n", (int)p->pid, what);
    abort();
}

static const char *setting(const fault_process *p, const char *name)
{
    const char *value = getenv(name);
    if (!value) {
        fprintf(stderr, "%s is not set\n", name);
        die(p, "cannot be started");
    }
    return value;
}

/* Starts `argv` in a process group of its own, because Check kills the group of a test. */
static void start(fault_process *p, char *const *argv, int in, int out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    if (posix_spawnp(&p->pid, argv[0], &actions, &attributes, argv, environ) != 0)
        die(p, "does not start");
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
}

static void read_ports(fault_process *p)
{
    char line[128];
    while (fgets(line, sizeof line, p->out)) {
        fault_port *port = &p->ports[p->port_count];
        if (strcmp(line, "ready\n") == 0)
            return;
        if (p->port_count == FAULT_PORTS_MAX || sscanf(line, "port %47s %d", port->name, &port->port) != 2)
            die(p, "prints an unknown line, or too many ports");
        p->port_count++;
    }
    die(p, "ended before it was ready");
}

void fault_start(fault_process *p, const char *script, const char *const *arguments)
{
    char path[512];
    char *argv[16] = {NULL};
    int input[2], output[2];
    size_t argc = 0;
    *p = (fault_process){0};
    (void)snprintf(path, sizeof path, "%s/%s", setting(p, "BOXD_FAULTS_DIR"), script);
    argv[argc++] = (char *)(size_t)setting(p, "BOXD_FAULTS_PYTHON");
    argv[argc++] = (char *)(size_t) "-B"; /* leaves no cache beside the sources */
    argv[argc++] = path;
    for (; arguments && *arguments && argc < 15; arguments++)
        argv[argc++] = (char *)(size_t)*arguments;
    if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0)
        die(p, "has no pipe");
    start(p, argv, input[0], output[1]);
    close(input[0]);
    close(output[1]);
    p->in = fdopen(input[1], "w");
    p->out = fdopen(output[0], "r");
    if (!p->in || !p->out)
        die(p, "has no pipe");
    read_ports(p);
}

int fault_port_of(const fault_process *p, const char *name)
{
    for (size_t i = 0; i < p->port_count; i++)
        if (strcmp(p->ports[i].name, name) == 0)
            return p->ports[i].port;
    fprintf(stderr, "no port \"%s\"\n", name);
    die(p, "has no such port");
    return 0;
}

const char *fault_command(fault_process *p, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    (void)vfprintf(p->in, format, values);
    va_end(values);
    (void)fputc('\n', p->in);
    (void)fflush(p->in);
    if (!fgets(p->answer, sizeof p->answer, p->out))
        die(p, "ended");
    p->answer[strcspn(p->answer, "\n")] = '\0';
    if (strncmp(p->answer, "error", 5) == 0)
        die(p, p->answer);
    return p->answer;
}

void fault_stop(fault_process *p)
{
    (void)fclose(p->in);
    (void)fclose(p->out);
    waitpid(p->pid, NULL, 0);
    *p = (fault_process){0};
}
