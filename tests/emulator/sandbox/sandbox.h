/*
 * sandbox.h: the machine sandbox. A sandbox is what a box runs in: a private root file system and the
 * processes in it. The gRPC side of the emulator (services) knows nothing of namespaces, mounts or PTYs; this
 * side knows nothing of gRPC.
 *
 * Threads: every function may be called from any thread. Calls on one sandbox are serialised inside.
 * Functions that say "blocks" may take tens of milliseconds and must not run on an event thread.
 *
 * Results: 0 is success; otherwise a positive errno value, with a sentence in `why` (NUL-terminated, never
 * longer than `why_size`).
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
    SANDBOX_ISOLATION_NAMESPACES, /* overlay root, user, mount, pid, ipc, uts namespaces */
    SANDBOX_ISOLATION_DIRECTORY,  /* the kernel refuses: a plain directory, processes share the host's root */
} sandbox_isolation;

/* The first thing main() must call. The sandboxes' helper processes are this binary again with a hidden
 * argument; in one of those this never returns. In every other process it returns false and does nothing.
 * *exit_code is for a helper that should end by itself: when true is returned, main() returns it at once. */
bool sandbox_init_main(int argc, char **argv, int *exit_code);

/* Once at start, before any other call. `state_dir` holds all sandboxes and must exist. Probes what the
 * kernel allows and says it in one sentence for the start banner. Not thread-safe. */
int sandbox_init(const char *state_dir, sandbox_isolation *isolation, char *why, size_t why_size);

/* Removes everything sandbox_init and the sandboxes left behind. */
void sandbox_shutdown(void);

/* Makes a sandbox with /home/boxd, optionally with a copy of the files of `source` (a fork). `hostname` is
 * the box's name. The sandbox is stopped. Blocks. */
int sandbox_create(const char *id, const char *hostname, sandbox *source, sandbox **out, char *why,
                   size_t why_size);

/* Kills what runs in it, removes its files. Blocks. NULL is allowed. */
void sandbox_destroy(sandbox *r);

/* From the next start on. Of a stopped sandbox. */
int sandbox_set_hostname(sandbox *r, const char *hostname, char *why, size_t why_size);

/* start: makes the name spaces; processes may then be spawned. stop: kills every process in it (TERM, then
 * KILL after `grace_ms`). Files stay. Both block; both are idempotent. */
int sandbox_start(sandbox *r, char *why, size_t why_size);
int sandbox_stop(sandbox *r, unsigned grace_ms, char *why, size_t why_size);

/* Stops / continues every process in the sandbox (as a suspended machine's processes do not run). */
int sandbox_suspend(sandbox *r, char *why, size_t why_size);
int sandbox_resume(sandbox *r, char *why, size_t why_size);

typedef struct {
    const char *command;    /* one line for `sh -c`, run as user boxd's home /home/boxd */
    const char *const *env; /* "K=V", NULL-terminated, on top of a clean PATH/HOME/USER/TERM/SHELL */
    bool pty;
    unsigned cols, rows; /* 0: 80x24 */
} sandbox_spawn_options;

/* Starts `sh -c command` in its own process group (own session with pty). On success the process owns its
 * descriptors: sandbox_process_stdin/out/err give them (non-blocking, CLOEXEC, for epoll); with a PTY stdin
 * and stdout are two descriptors of the PTY's master and stderr is -1. Blocks briefly (fork). ESRCH: the
 * sandbox does not run. EBUSY: it is suspended. E2BIG: a string of 128 KiB or more. */
int sandbox_spawn(sandbox *r, const sandbox_spawn_options *options, sandbox_process **out, char *why,
                  size_t why_size);

int sandbox_process_stdin(const sandbox_process *p);
int sandbox_process_stdout(const sandbox_process *p);
int sandbox_process_stderr(const sandbox_process *p);
/* End of file (with a PTY: Ctrl-D); idempotent. False: the terminal takes nothing now, try again when it
 * does. */
bool sandbox_process_close_stdin(sandbox_process *p);

/* A descriptor that becomes readable when the command has ended (pidfd or equivalent; for epoll). */
int sandbox_process_exit_fd(const sandbox_process *p);

/* True once ended; *exit_code is then the code, or 128 + the signal's number. Never blocks. */
bool sandbox_process_ended(sandbox_process *p, int *exit_code);

int sandbox_process_resize(sandbox_process *p, unsigned cols, unsigned rows);

/* SIGTERM to the whole process group, SIGKILL after `grace_ms`; returns at once, the exit_fd tells the end.
 */
void sandbox_process_kill(sandbox_process *p, unsigned grace_ms);

/* Kills it if it still runs, reaps it, closes the descriptors. NULL is allowed. */
void sandbox_process_free(sandbox_process *p);

/* Volumes: directories that outlive the sandboxes in which they are mounted. `id` is a name as a sandbox's.
 */
bool sandbox_volumes_possible(void); /* false in a directory sandbox: EOPNOTSUPP from sandbox_mount */
int sandbox_volume_create(const char *id, char *why, size_t why_size);
int sandbox_volume_destroy(const char *id, char *why, size_t why_size); /* while it is mounted nowhere */

/* Mounts the volume at `path`, which is made if it is missing; seen by every command and by the calls below,
 * also after a stop and start. Needs no running process. Unmounting does not wait for who uses it. */
int sandbox_mount(sandbox *r, const char *volume, const char *path, bool read_only, char *why,
                  size_t why_size);
int sandbox_unmount(sandbox *r, const char *volume, char *why, size_t why_size);

/* Opens `path` (absolute, as the box's processes see it; symbolic links are resolved inside the sandbox and
 * never lead out of it). Needs no running process. `mode` is used with O_CREAT. O_CREAT makes missing parent
 * directories when `make_parents`. Returns 0 and a CLOEXEC descriptor.
 * Works while the sandbox is stopped or suspended. Only files and directories (with O_PATH: all); a FIFO or a
 * device is EINVAL. In a directory sandbox paths outside of /home/boxd and /tmp are EACCES. Must not run
 * beside sandbox_destroy of the same sandbox, nor may any other call. */
int sandbox_open(sandbox *r, const char *path, int flags, mode_t mode, bool make_parents, int *fd, char *why,
                 size_t why_size);

/* rename(2), unlink/rmdir -r, mkdir(2), cp -r and a directory descriptor, all confined in the same way. */
int sandbox_rename(sandbox *r, const char *from, const char *to, char *why, size_t why_size);
int sandbox_remove(sandbox *r, const char *path, char *why, size_t why_size);
int sandbox_mkdir(sandbox *r, const char *path, char *why, size_t why_size);
int sandbox_copy(sandbox *r, const char *from, const char *to, char *why, size_t why_size);

#endif
