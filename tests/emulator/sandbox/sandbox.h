/*
 * room.h: the machine room. A room is what a box runs in: a private root file system and the processes in
 * it. The gRPC side of the emulator (services) knows nothing of namespaces, mounts or PTYs; this side knows
 * nothing of gRPC.
 *
 * Threads: every function may be called from any thread. Calls on one room are serialised inside. Functions
 * that say "blocks" may take tens of milliseconds and must not run on an event thread.
 *
 * Results: 0 is success; otherwise a positive errno value, with a sentence in `why` (NUL-terminated, never
 * longer than `why_size`).
 */
#ifndef EMULATOR_ROOM_H
#define EMULATOR_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

typedef struct room room;
typedef struct room_process room_process;

typedef enum {
    ROOM_ISOLATION_NAMESPACES, /* overlay root, user, mount, pid, ipc, uts namespaces */
    ROOM_ISOLATION_DIRECTORY,  /* the kernel refuses: a plain directory, processes share the host's root */
} room_isolation;

/* The first thing main() must call. The rooms' helper processes are this binary again with a hidden argument;
 * in one of those this never returns. In every other process it returns false and does nothing. *exit_code is
 * for a helper that should end by itself: when true is returned, main() returns it at once. */
bool room_init_main(int argc, char **argv, int *exit_code);

/* Once at start, before any other call. `state_dir` holds all rooms and must exist. Probes what the kernel
 * allows and says it in one sentence for the start banner. Not thread-safe. */
int room_init(const char *state_dir, room_isolation *isolation, char *why, size_t why_size);

/* Removes everything room_init and the rooms left behind. */
void room_shutdown(void);

/* Makes a room with /home/boxd, optionally with a copy of the files of `source` (a fork). `hostname` is the
 * box's name. The room is stopped. Blocks. */
int room_create(const char *id, const char *hostname, room *source, room **out, char *why, size_t why_size);

/* Kills what runs in it, removes its files. Blocks. NULL is allowed. */
void room_destroy(room *r);

/* From the next start on. Of a stopped room. */
int room_set_hostname(room *r, const char *hostname, char *why, size_t why_size);

/* start: makes the name spaces; processes may then be spawned. stop: kills every process in it (TERM, then
 * KILL after `grace_ms`). Files stay. Both block; both are idempotent. */
int room_start(room *r, char *why, size_t why_size);
int room_stop(room *r, unsigned grace_ms, char *why, size_t why_size);

/* Stops / continues every process in the room (as a suspended machine's processes do not run). */
int room_suspend(room *r, char *why, size_t why_size);
int room_resume(room *r, char *why, size_t why_size);

typedef struct {
    const char *command;    /* one line for `sh -c`, run as user boxd's home /home/boxd */
    const char *const *env; /* "K=V", NULL-terminated, on top of a clean PATH/HOME/USER/TERM/SHELL */
    bool pty;
    unsigned cols, rows; /* 0: 80x24 */
} room_spawn_options;

/* Starts `sh -c command` in its own process group (own session with pty). On success the process owns its
 * descriptors: room_process_stdin/out/err give them (non-blocking, CLOEXEC, for epoll); with a PTY stdin and
 * stdout are two descriptors of the PTY's master and stderr is -1. Blocks briefly (fork).
 * ESRCH: the room does not run. EBUSY: it is suspended. E2BIG: a string of 128 KiB or more. */
int room_spawn(room *r, const room_spawn_options *options, room_process **out, char *why, size_t why_size);

int room_process_stdin(const room_process *p);
int room_process_stdout(const room_process *p);
int room_process_stderr(const room_process *p);
/* End of file (with a PTY: Ctrl-D); idempotent. False: the terminal takes nothing now, try again when it
 * does. */
bool room_process_close_stdin(room_process *p);

/* A descriptor that becomes readable when the command has ended (pidfd or equivalent; for epoll). */
int room_process_exit_fd(const room_process *p);

/* True once ended; *exit_code is then the code, or 128 + the signal's number. Never blocks. */
bool room_process_ended(room_process *p, int *exit_code);

int room_process_resize(room_process *p, unsigned cols, unsigned rows);

/* SIGTERM to the whole process group, SIGKILL after `grace_ms`; returns at once, the exit_fd tells the end.
 */
void room_process_kill(room_process *p, unsigned grace_ms);

/* Kills it if it still runs, reaps it, closes the descriptors. NULL is allowed. */
void room_process_free(room_process *p);

/* Volumes: directories that outlive the rooms in which they are mounted. `id` is a name as a room's. */
bool room_volumes_possible(void); /* false in a directory room: EOPNOTSUPP from room_mount */
int room_volume_create(const char *id, char *why, size_t why_size);
int room_volume_destroy(const char *id, char *why, size_t why_size); /* while it is mounted nowhere */

/* Mounts the volume at `path`, which is made if it is missing; seen by every command and by the calls below,
 * also after a stop and start. Needs no running process. Unmounting does not wait for who uses it. */
int room_mount(room *r, const char *volume, const char *path, bool read_only, char *why, size_t why_size);
int room_unmount(room *r, const char *volume, char *why, size_t why_size);

/* Opens `path` (absolute, as the box's processes see it; symbolic links are resolved inside the room and
 * never lead out of it). Needs no running process. `mode` is used with O_CREAT. O_CREAT makes missing parent
 * directories when `make_parents`. Returns 0 and a CLOEXEC descriptor.
 * Works while the room is stopped or suspended. Only files and directories (with O_PATH: all); a FIFO or a
 * device is EINVAL. In a directory room paths outside of /home/boxd and /tmp are EACCES. Must not run beside
 * room_destroy of the same room, nor may any other call. */
int room_open(room *r, const char *path, int flags, mode_t mode, bool make_parents, int *fd, char *why,
              size_t why_size);

/* rename(2), unlink/rmdir -r, mkdir(2), cp -r and a directory descriptor, all confined in the same way. */
int room_rename(room *r, const char *from, const char *to, char *why, size_t why_size);
int room_remove(room *r, const char *path, char *why, size_t why_size);
int room_mkdir(room *r, const char *path, char *why, size_t why_size);
int room_copy(room *r, const char *from, const char *to, char *why, size_t why_size);

#endif
