/*
 * internal.h: shared by the files of this folder.
 *
 * Four kinds of process take part:
 *
 *   emulator  Has many threads. It never forks itself; it starts the zygote with posix_spawn.
 *   zygote    This binary again (/proc/self/exe with a hidden argument), with one thread. Forks a keeper per
 *             sandbox. It is a subreaper, and ends when all its descendants have ended.
 *   keeper    Lives from the create to the destroy of its sandbox. Holds the user and mount namespaces, so
 *             that the files can be accessed while the sandbox is stopped. It is outside the sandbox's root.
 *   init      PID 1 of a running sandbox, from start to stop. Spawns, reaps and signals the commands.
 *
 * When the emulator ends in any way, its sockets close. The other three end at the end of file of their
 * sockets, or by PR_SET_PDEATHSIG when their parent ends.
 */
#ifndef EMULATOR_SANDBOX_INTERNAL_H
#define EMULATOR_SANDBOX_INTERNAL_H

#include "sandbox/sandbox.h"

#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define SANDBOX_HOME "/home/boxd"
#define SANDBOX_WHY_SIZE 240
#define SANDBOX_MAX_FDS 8
#define SANDBOX_INSIDE_ID 1000 /* the only id inside a sandbox: user and group boxd */

/* ---- messages over SOCK_SEQPACKET: one struct per packet; longer data is in a memfd ---- */

typedef enum {
    /* To the keeper: sandbox_setup. Reply: descriptors of the root and of the keeper's pidfd. */
    SANDBOX_OP_SETUP = 1,
    /* To the keeper: init's socket. Reply: init's pidfd. */
    SANDBOX_OP_START,
    /* To init: payload, stdin, stdout, stderr, status (with a PTY: payload, status). */
    SANDBOX_OP_SPAWN,
    /* To init, without a reply: may be sent during another request. */
    SANDBOX_OP_KILL,
    /* To init, without a reply: init ends. */
    SANDBOX_OP_STOP,
    SANDBOX_OP_SUSPEND,
    SANDBOX_OP_RESUME,
    /* To the keeper: sandbox_mount_request. */
    SANDBOX_OP_MOUNT,
    SANDBOX_OP_UNMOUNT,
    /* To the keeper: sandbox_mount_request with the host name as `volume`. */
    SANDBOX_OP_HOSTNAME,
} sandbox_op;

typedef struct {
    uint32_t op;
    /* In the pid namespace of the sandbox. */
    int32_t pid;
    uint32_t grace_ms;
    uint16_t cols, rows;
    bool pty;
} sandbox_request;

typedef struct {
    uint32_t op;
    bool read_only;
    char volume[64];
    /* Of the volume, on the host. */
    char directory[PATH_MAX];
    /* In the sandbox; exists. */
    char path[PATH_MAX];
} sandbox_mount_request;

typedef struct {
    /* An errno value. */
    int32_t error;
    int32_t pid;
    char why[SANDBOX_WHY_SIZE];
} sandbox_reply;

typedef struct {
    uint32_t op;
    /* A sandbox_isolation. */
    int32_t isolation;
    /* As whom the box runs, outside. */
    uint32_t uid, gid;
    uint64_t open_files_soft;
    char hostname[65];
    /* The sandbox's directory, with fs/, upper/ and work/. */
    char directory[PATH_MAX];
    /* The directory of the sandbox to copy, or "". */
    char source[PATH_MAX];
} sandbox_setup;

int sandbox_send(int socket, const void *data, size_t size, const int *fds, size_t n_fds);
/* Waits without a limit. ECONNRESET: the peer has ended. The received descriptors are CLOEXEC. */
int sandbox_receive(int socket, void *data, size_t capacity, size_t *size, int *fds, size_t *n_fds);

/* Writes "MESSAGE: STRERROR" to `why` and returns `error`. */
int sandbox_fail(char *why, size_t why_size, int error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void sandbox_close(int *fd);
uint64_t sandbox_now_ms(void);

/* ---- directory trees (tree.c): relative to directory descriptors; symbolic links are not followed ---- */

typedef enum {
    /* Files, directories, links, FIFOs. */
    SANDBOX_TREE_PLAIN,
    /* Also whiteouts and user.overlay.opaque marks of overlayfs. */
    SANDBOX_TREE_OVERLAY,
} sandbox_tree_kind;

int sandbox_tree_copy(int from_dir, const char *from, int to_dir, const char *to, sandbox_tree_kind kind);
int sandbox_tree_remove(int dir, const char *name);                 /* ENOENT: it does not exist */
int sandbox_make_directory(int dir, const char *name, mode_t mode); /* 0 if it exists */
int sandbox_open_in_root(int root, const char *path, int flags, mode_t mode);

/* ---- identity.c ---- */

/* As whom the boxes of this process run: as itself, or for root as an unprivileged user. */
uid_t sandbox_user(void);
gid_t sandbox_group(void);
bool sandbox_user_is_root(void); /* there is no other user to run them as */
int sandbox_become_user(void);   /* the zygote */
/* Between the two, this thread of the emulator accesses files as the boxes do. */
void sandbox_files_begin(void);
void sandbox_files_end(void);

/* ---- keeper and init ---- */

int sandbox_mounts_setup(const sandbox_setup *setup, char *why,
                         size_t why_size);                                       /* keeper: namespaces, fs/ */
int sandbox_files_setup(const sandbox_setup *setup, char *why, size_t why_size); /* keeper, both isolations */
int sandbox_mounts_enter(const sandbox_setup *setup, char *why,
                         size_t why_size); /* init: /proc, root, hostname */
int sandbox_keeper_mount(const sandbox_mount_request *request, char *why, size_t why_size); /* volumes.c */
int sandbox_keeper_unmount(const sandbox_mount_request *request, char *why, size_t why_size);
_Noreturn void sandbox_keeper_run(int socket, int lifeline);             /* keeper.c */
_Noreturn void sandbox_pid1_run(int socket, const sandbox_setup *setup); /* pid1.c */
pid_t sandbox_pid1_execute(const sandbox_request *request, const sandbox_setup *setup, int *fds, size_t n_fds,
                           int *pty, int *error); /* command.c: fork and exec */

/* A process in /proc. `depth` is its distance from the calling process; -1: not a descendant. */
typedef struct {
    pid_t pid, parent;
    int depth;
    char state;
} sandbox_task;

/* All processes in /proc, ordered by pid. The caller frees *tasks. */
int sandbox_tasks_list(sandbox_task **tasks, size_t *n_tasks);

/* ---- in the emulator ---- */

typedef struct sandbox_host sandbox_host;
struct sandbox_host {
    sandbox_isolation isolation;
    /* As whom the boxes run. */
    uid_t uid;
    gid_t gid;
    /* <state_dir>/sandboxes and <state_dir>/volumes */
    char sandboxes[PATH_MAX], volumes[PATH_MAX];
    int sandboxes_fd, volumes_fd;
    int lock_fd;
    int zygote_socket;
    pid_t zygote;
};

const sandbox_host *sandbox_host_get(void);
void sandbox_limits_raise(void);
int sandbox_host_new_keeper(int *socket); /* sends a request to the zygote; the caller owns the socket */

/* Lock order: request_lock, then lock. request_lock is held from a request to its reply, and during a whole
 * stop. lock only guards the fields, so that sandbox_process_kill never waits for a slow request. */
struct sandbox {
    /* Immutable. */
    char *directory;
    /* The root for sandbox_open. Immutable until the destroy. */
    int root_fd;
    int keeper_socket, keeper_pidfd;
    pthread_mutex_t request_lock;
    pthread_mutex_t lock;
    struct {
        enum { SANDBOX_STOPPED, SANDBOX_RUNNING, SANDBOX_SUSPENDED, SANDBOX_STOPPING } state;
        /* One of the owner and one per process. */
        unsigned references;
        /* Counts the starts: the pid of an old process is not valid for a new init. */
        uint64_t generation;
        int init_socket, init_pidfd;
    } synced_data;
};

/* Caller holds request_lock. `got` holds n_expected descriptors. */
int sandbox_request_keeper(sandbox *s, const void *request, size_t size, const int *fds, size_t n_fds,
                           sandbox_reply *reply, int *got, size_t n_expected);
int sandbox_make_path(const sandbox *s,
                      const char *path); /* files.c: creates the directory and its missing parents */
void sandbox_reference(sandbox *s);
void sandbox_release(sandbox *s);
/* Sends a request to init and waits for its reply. Caller holds request_lock. If init has ended, the sandbox
 * is stopped. */
int sandbox_request_init(sandbox *s, const sandbox_request *request, const int *fds, size_t n_fds,
                         sandbox_reply *reply, int *got, size_t *n_got);

#endif
