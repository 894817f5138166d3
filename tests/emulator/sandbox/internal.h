/*
 * sandbox_private.h: what the sandbox's sources share. Nothing outside sandbox*.c includes it.
 *
 * Four kinds of process take part:
 *
 *   emulator   many threads; never forks by itself, it only posix_spawns the zygote.
 *   zygote     this binary again (/proc/self/exe with a hidden argument), one thread. Forks one keeper per
 * sandbox. It is a subreaper and ends only when everything below it has ended. keeper     one per sandbox,
 * from create to destroy: holds the user and mount name spaces, so that the sandbox's files can be reached
 * while it is stopped. It is not inside the sandbox's root itself. init       PID 1 of a running sandbox,
 * from start to stop: spawns, reaps and signals the commands.
 *
 * The end of the emulator, however it comes, closes its sockets; each of the three ends at the end of file of
 * its own socket, and by PR_SET_PDEATHSIG when its parent goes.
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
#define SANDBOX_INSIDE_ID 1000 /* the one id inside a sandbox: user and group boxd */

/* ---- messages over SOCK_SEQPACKET: one struct each, never split; text in the same packet or a memfd ---- */

typedef enum {
    SANDBOX_OP_SETUP = 1, /* emulator -> keeper: sandbox_setup; answer: the root and the keeper's pidfd */
    SANDBOX_OP_START,     /* emulator -> keeper: with init's socket; answer: init's pidfd */
    SANDBOX_OP_SPAWN, /* emulator -> init: payload, stdin, stdout, stderr, status (pty: payload, status) */
    SANDBOX_OP_KILL,  /* emulator -> init, no answer: may be sent while another request is under way */
    SANDBOX_OP_STOP,  /* emulator -> init, no answer: init's end is the answer */
    SANDBOX_OP_SUSPEND,
    SANDBOX_OP_RESUME,
    SANDBOX_OP_MOUNT, /* emulator -> keeper: sandbox_mount_request */
    SANDBOX_OP_UNMOUNT,
    SANDBOX_OP_HOSTNAME, /* emulator -> keeper: sandbox_mount_request with the name as `volume` */
} sandbox_op;

typedef struct {
    uint32_t op;
    int32_t pid; /* as the sandbox sees it */
    uint32_t grace_ms;
    uint16_t cols, rows;
    bool pty;
} sandbox_request;

typedef struct {
    uint32_t op;
    bool read_only;
    char volume[64];
    char directory[PATH_MAX]; /* of the volume, on the host */
    char path[PATH_MAX];      /* in the sandbox; exists */
} sandbox_mount_request;

typedef struct {
    int32_t error; /* errno value */
    int32_t pid;
    char why[SANDBOX_WHY_SIZE];
} sandbox_reply;

typedef struct {
    uint32_t op;
    int32_t isolation; /* sandbox_isolation */
    uint32_t uid, gid; /* of the emulator, outside */
    uint64_t open_files_soft;
    char hostname[65];
    char directory[PATH_MAX]; /* the sandbox's directory: fs/, upper/, work/ */
    char source[PATH_MAX];    /* the directory of the sandbox to copy, or "" */
} sandbox_setup;

int sandbox_send(int socket, const void *data, size_t size, const int *fds, size_t n_fds);
/* Waits without limit. ECONNRESET: the other side has ended. *n_fds is what came; all of them CLOEXEC. */
int sandbox_receive(int socket, void *data, size_t capacity, size_t *size, int *fds, size_t *n_fds);

/* Puts "<sentence>: <strerror(error)>" into why and returns error. */
int sandbox_fail(char *why, size_t why_size, int error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void sandbox_close(int *fd);
uint64_t sandbox_now_ms(void);

/* ---- trees (sandbox_tree.c): relative to directory descriptors, never through a symbolic link ---- */

typedef enum {
    SANDBOX_TREE_PLAIN,   /* files, directories, links, FIFOs */
    SANDBOX_TREE_OVERLAY, /* also overlayfs' whiteouts and user.overlay.opaque marks */
} sandbox_tree_kind;

int sandbox_tree_copy(int from_dir, const char *from, int to_dir, const char *to, sandbox_tree_kind kind);
int sandbox_tree_remove(int dir, const char *name);                 /* ENOENT if there is none */
int sandbox_make_directory(int dir, const char *name, mode_t mode); /* an existing one is fine */
int sandbox_open_in_root(int root, const char *path, int flags, mode_t mode);

/* ---- keeper and init ---- */

int sandbox_mounts_setup(const sandbox_setup *setup, char *why,
                         size_t why_size); /* keeper: name spaces, fs/ */
int sandbox_files_setup(const sandbox_setup *setup, char *why, size_t why_size); /* keeper, both isolations */
int sandbox_mounts_enter(const sandbox_setup *setup, char *why,
                         size_t why_size); /* init: /proc, root, hostname */
int sandbox_keeper_mount(const sandbox_mount_request *request, char *why,
                         size_t why_size); /* sandbox_volumes.c */
int sandbox_keeper_unmount(const sandbox_mount_request *request, char *why, size_t why_size);
_Noreturn void sandbox_keeper_run(int socket, int lifeline);             /* sandbox_keeper.c */
_Noreturn void sandbox_pid1_run(int socket, const sandbox_setup *setup); /* sandbox_pid1.c */
pid_t sandbox_pid1_execute(const sandbox_request *request, const sandbox_setup *setup, int *fds, size_t n_fds,
                           int *pty, int *error); /* sandbox_command.c: fork and exec */

/* One process as /proc tells it; `depth` is its distance from the calling process, -1 if not below it. */
typedef struct {
    pid_t pid, parent;
    int depth;
    char state;
} sandbox_task;

/* Every process of /proc, by pid. The caller frees *tasks. */
int sandbox_tasks_list(sandbox_task **tasks, size_t *n_tasks);

/* ---- the emulator's side ---- */

typedef struct sandbox_host sandbox_host;
struct sandbox_host {
    sandbox_isolation isolation;
    char sandboxes[PATH_MAX]; /* <state_dir>/sandboxes */
    char volumes[PATH_MAX];   /* <state_dir>/volumes */
    int sandboxes_fd, volumes_fd;
    int lock_fd;
    int zygote_socket;
    pid_t zygote;
};

const sandbox_host *sandbox_host_get(void);
void sandbox_limits_raise(void);
int sandbox_host_new_keeper(int *socket); /* asks the zygote; the caller owns the socket */

/* Lock order: request_lock, then lock. request_lock is held over a request and its answer (and the whole of a
 * stop); lock only guards the fields, so that sandbox_process_kill never waits for a slow request. */
struct sandbox {
    char *directory; /* immutable */
    int root_fd;     /* immutable until destroy: what sandbox_open resolves in */
    int keeper_socket, keeper_pidfd;
    pthread_mutex_t request_lock;
    pthread_mutex_t lock;
    struct {
        enum { SANDBOX_STOPPED, SANDBOX_RUNNING, SANDBOX_SUSPENDED, SANDBOX_STOPPING } state;
        unsigned references; /* the owner's and one per process */
        uint64_t generation; /* counts the starts: an old process' pid means nothing to a new init */
        int init_socket, init_pidfd;
    } synced_data;
};

/* Caller holds request_lock. `got` holds n_expected descriptors. */
int sandbox_ask_keeper(sandbox *r, const void *request, size_t size, const int *fds, size_t n_fds,
                       sandbox_reply *reply, int *got, size_t n_expected);
int sandbox_make_path(const sandbox *r,
                      const char *path); /* sandbox_files.c: the directory and what is missing above */
void sandbox_reference(sandbox *r);
void sandbox_release(sandbox *r);
/* Sends and waits for the answer. Caller holds request_lock. An unexpected end of init stops the sandbox. */
int sandbox_ask(sandbox *r, const sandbox_request *request, const int *fds, size_t n_fds,
                sandbox_reply *reply, int *got, size_t *n_got);

#endif
