/*
 * sandbox.h: a sandbox runs a box: a private root file system and the processes in it. Only this folder deals
 * with namespaces, mounts and terminals, and it does not depend on gRPC.
 *
 * Threads: every function may be called from any thread. Calls on the same sandbox are serialised. A function
 * whose comment says "Blocks" may take tens of milliseconds and must not run on an event thread.
 *
 * Results: 0, or a positive errno value and an error message in `why` (NUL-terminated, at most `why_size`
 * bytes).
 */
#ifndef EMULATOR_SANDBOX_SANDBOX_H
#define EMULATOR_SANDBOX_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct sandbox sandbox;
typedef struct sandbox_process sandbox_process;

typedef enum {
    /* For sandbox_init only: namespaces, or a directory if the kernel refuses namespaces. */
    SANDBOX_ISOLATION_AUTO,
    /* An overlay root, and user, mount, pid, ipc and uts namespaces. */
    SANDBOX_ISOLATION_NAMESPACES,
    /* A plain directory; the processes share the root of the host. */
    SANDBOX_ISOLATION_DIRECTORY,
} sandbox_isolation;

/* main() must call this first. The helper processes of the sandboxes are this binary again, with a hidden
 * argument: in a helper this function does not return, or it returns true and main() must return *exit_code
 * at once. In every other process it returns false and does nothing. */
bool sandbox_init_main(int argc, char **argv, int *exit_code);

/* "auto", "namespaces" or "directory". False: the name is another one. */
bool sandbox_isolation_parse(const char *name, sandbox_isolation *isolation);

/* Call it once, before any other function. `state_dir` holds all sandboxes and must exist. Tests whether the
 * isolation works here. *isolation is the result, never AUTO, and `why` a description of it for the start
 * banner. EEXIST: the boxes are directories, and the host has /home/boxd. Not thread-safe. */
int sandbox_init(const char *state_dir, sandbox_isolation wanted, sandbox_isolation *isolation, char *why,
                 size_t why_size);

/* Removes all files and processes of sandbox_init and of the sandboxes. */
void sandbox_shutdown(void);

/* Creates a stopped sandbox with /home/boxd. With a `source` (a fork) it gets a copy of its files. `hostname`
 * is the name of the box. Blocks. */
int sandbox_create(const char *id, const char *hostname, sandbox *source, sandbox **out, char *why,
                   size_t why_size);

/* Kills all processes and removes the files. Blocks. NULL is allowed. */
void sandbox_destroy(sandbox *s);

/* Sets the host name of a stopped sandbox, for its next start. */
int sandbox_set_hostname(sandbox *s, const char *hostname, char *why, size_t why_size);

/* start creates the namespaces; commands may then be spawned. stop ends every process with SIGTERM, and with
 * SIGKILL after `grace_ms`; the files stay. Both block, and both are idempotent. */
int sandbox_start(sandbox *s, char *why, size_t why_size);
int sandbox_stop(sandbox *s, unsigned grace_ms, char *why, size_t why_size);

/* Stop and continue every process in the sandbox. */
int sandbox_suspend(sandbox *s, char *why, size_t why_size);
int sandbox_resume(sandbox *s, char *why, size_t why_size);

typedef struct {
    /* One line for `sh -c`, which runs as the user boxd in /home/boxd. */
    const char *command;
    /* "K=V", NULL-terminated; added to a clean PATH, HOME, USER, TERM and SHELL. */
    const char *const *env;
    bool pty;
    /* 0: 80x24. */
    unsigned cols, rows;
} sandbox_spawn_options;

/* Starts `sh -c command` in its own process group, with a PTY in its own session. The process owns its
 * descriptors, which sandbox_process_stdin/out/err return (non-blocking, CLOEXEC, for epoll). With a PTY,
 * stdin and stdout are two descriptors of its master, and stderr is -1. Blocks briefly (fork). ESRCH: the
 * sandbox does not run. EBUSY: the sandbox is suspended. E2BIG: a string has 128 KiB or more. */
int sandbox_spawn(sandbox *s, const sandbox_spawn_options *options, sandbox_process **out, char *why,
                  size_t why_size);

int sandbox_process_stdin(const sandbox_process *p);
int sandbox_process_stdout(const sandbox_process *p);
int sandbox_process_stderr(const sandbox_process *p);
/* Ends the input, with a PTY by Ctrl-D; idempotent. False: the terminal is full; call again when it is
 * writable. */
bool sandbox_process_close_stdin(sandbox_process *p);

/* A descriptor for epoll that becomes readable when the command has ended. */
int sandbox_process_exit_fd(const sandbox_process *p);

/* True once the command has ended; *exit_code is its code, or 128 plus the signal. Never blocks. */
bool sandbox_process_ended(sandbox_process *p, int *exit_code);

int sandbox_process_resize(sandbox_process *p, unsigned cols, unsigned rows);

/* Sends SIGTERM to the process group now, and SIGKILL after `grace_ms`. Returns at once; exit_fd reports the
 * end.
 */
void sandbox_process_kill(sandbox_process *p, unsigned grace_ms);

/* Kills the command if it runs, and closes the descriptors. NULL is allowed. */
void sandbox_process_free(sandbox_process *p);

/* Volumes: directories that are mounted into sandboxes and outlive them. `id` follows the rules of a
 * sandbox's id. */
bool sandbox_volumes_possible(void); /* false without namespaces: sandbox_mount returns EOPNOTSUPP */
int sandbox_volume_create(const char *id, char *why, size_t why_size);
int sandbox_volume_destroy(const char *id, char *why, size_t why_size); /* while it is not mounted */

/* Mounts the volume at `path`, which is created if needed. All commands and the functions below see the
 * mount, also after a stop and a start. The sandbox may be stopped. Unmounting does not wait for open files.
 */
int sandbox_mount(sandbox *s, const char *volume, const char *path, bool read_only, char *why,
                  size_t why_size);
int sandbox_unmount(sandbox *s, const char *volume, char *why, size_t why_size);

/* Opens the absolute `path` as the processes of the box see it, with a CLOEXEC descriptor in *fd. Symbolic
 * links are resolved inside the sandbox and cannot lead out of it. `mode` is for O_CREAT; `make_parents`
 * creates missing parent directories with O_CREAT. The sandbox may be stopped or suspended. Opens only files
 * and directories, and with O_PATH everything: a FIFO or a device is EINVAL. Without namespaces, paths
 * outside of /home/boxd and /tmp are EACCES. No function may run at the same time as sandbox_destroy of the
 * same sandbox. */
int sandbox_open(sandbox *s, const char *path, int flags, mode_t mode, bool make_parents, int *fd, char *why,
                 size_t why_size);

/* rename(2), rm -r, mkdir(2) and cp -r, with the same rules for paths. */
int sandbox_rename(sandbox *s, const char *from, const char *to, char *why, size_t why_size);
int sandbox_remove(sandbox *s, const char *path, char *why, size_t why_size);
int sandbox_mkdir(sandbox *s, const char *path, char *why, size_t why_size);
int sandbox_copy(sandbox *s, const char *from, const char *to, char *why, size_t why_size);

#endif
