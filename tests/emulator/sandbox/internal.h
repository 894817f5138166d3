/*
 * room_private.h: what the room's sources share. Nothing outside room*.c includes it.
 *
 * Four kinds of process take part:
 *
 *   emulator   many threads; never forks by itself, it only posix_spawns the zygote.
 *   zygote     this binary again (/proc/self/exe with a hidden argument), one thread. Forks one keeper per
 * room. It is a subreaper and ends only when everything below it has ended. keeper     one per room, from
 * create to destroy: holds the user and mount name spaces, so that the room's files can be reached while it
 * is stopped. It is not inside the room's root itself. init       PID 1 of a running room, from start to
 * stop: spawns, reaps and signals the commands.
 *
 * The end of the emulator, however it comes, closes its sockets; each of the three ends at the end of file of
 * its own socket, and by PR_SET_PDEATHSIG when its parent goes.
 */
#ifndef EMULATOR_ROOM_PRIVATE_H
#define EMULATOR_ROOM_PRIVATE_H

#include "sandbox/sandbox.h"

#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#define ROOM_HOME "/home/boxd"
#define ROOM_WHY_SIZE 240
#define ROOM_MAX_FDS 8
#define ROOM_INSIDE_ID 1000 /* the one id inside a room: user and group boxd */

/* ---- messages over SOCK_SEQPACKET: one struct each, never split; text in the same packet or a memfd ---- */

typedef enum {
    ROOM_OP_SETUP = 1, /* emulator -> keeper: room_setup; answer: the root and the keeper's pidfd */
    ROOM_OP_START,     /* emulator -> keeper: with init's socket; answer: init's pidfd */
    ROOM_OP_SPAWN,     /* emulator -> init: payload, stdin, stdout, stderr, status (pty: payload, status) */
    ROOM_OP_KILL,      /* emulator -> init, no answer: may be sent while another request is under way */
    ROOM_OP_STOP,      /* emulator -> init, no answer: init's end is the answer */
    ROOM_OP_SUSPEND,
    ROOM_OP_RESUME,
    ROOM_OP_MOUNT, /* emulator -> keeper: room_mount_request */
    ROOM_OP_UNMOUNT,
    ROOM_OP_HOSTNAME, /* emulator -> keeper: room_mount_request with the name as `volume` */
} room_op;

typedef struct {
    uint32_t op;
    int32_t pid; /* as the room sees it */
    uint32_t grace_ms;
    uint16_t cols, rows;
    bool pty;
} room_request;

typedef struct {
    uint32_t op;
    bool read_only;
    char volume[64];
    char directory[PATH_MAX]; /* of the volume, on the host */
    char path[PATH_MAX];      /* in the room; exists */
} room_mount_request;

typedef struct {
    int32_t error; /* errno value */
    int32_t pid;
    char why[ROOM_WHY_SIZE];
} room_reply;

typedef struct {
    uint32_t op;
    int32_t isolation; /* room_isolation */
    uint32_t uid, gid; /* of the emulator, outside */
    uint64_t open_files_soft;
    char hostname[65];
    char directory[PATH_MAX]; /* the room's directory: fs/, upper/, work/ */
    char source[PATH_MAX];    /* the directory of the room to copy, or "" */
} room_setup;

int room_send(int socket, const void *data, size_t size, const int *fds, size_t n_fds);
/* Waits without limit. ECONNRESET: the other side has ended. *n_fds is what came; all of them CLOEXEC. */
int room_receive(int socket, void *data, size_t capacity, size_t *size, int *fds, size_t *n_fds);

/* Puts "<sentence>: <strerror(error)>" into why and returns error. */
int room_fail(char *why, size_t why_size, int error, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void room_close(int *fd);
uint64_t room_now_ms(void);

/* ---- trees (room_tree.c): relative to directory descriptors, never through a symbolic link ---- */

typedef enum {
    ROOM_TREE_PLAIN,   /* files, directories, links, FIFOs */
    ROOM_TREE_OVERLAY, /* also overlayfs' whiteouts and user.overlay.opaque marks */
} room_tree_kind;

int room_tree_copy(int from_dir, const char *from, int to_dir, const char *to, room_tree_kind kind);
int room_tree_remove(int dir, const char *name);                 /* ENOENT if there is none */
int room_make_directory(int dir, const char *name, mode_t mode); /* an existing one is fine */
int room_open_in_root(int root, const char *path, int flags, mode_t mode);

/* ---- keeper and init ---- */

int room_mounts_setup(const room_setup *setup, char *why, size_t why_size); /* keeper: name spaces, fs/ */
int room_files_setup(const room_setup *setup, char *why, size_t why_size);  /* keeper, both isolations */
int room_mounts_enter(const room_setup *setup, char *why, size_t why_size); /* init: /proc, root, hostname */
int room_keeper_mount(const room_mount_request *request, char *why, size_t why_size); /* room_volumes.c */
int room_keeper_unmount(const room_mount_request *request, char *why, size_t why_size);
_Noreturn void room_keeper_run(int socket, int lifeline);          /* room_keeper.c */
_Noreturn void room_pid1_run(int socket, const room_setup *setup); /* room_pid1.c */
pid_t room_pid1_execute(const room_request *request, const room_setup *setup, int *fds, size_t n_fds,
                        int *pty, int *error); /* room_command.c: fork and exec */

/* One process as /proc tells it; `depth` is its distance from the calling process, -1 if not below it. */
typedef struct {
    pid_t pid, parent;
    int depth;
    char state;
} room_task;

/* Every process of /proc, by pid. The caller frees *tasks. */
int room_tasks_list(room_task **tasks, size_t *n_tasks);

/* ---- the emulator's side ---- */

typedef struct room_host room_host;
struct room_host {
    room_isolation isolation;
    char rooms[PATH_MAX];   /* <state_dir>/rooms */
    char volumes[PATH_MAX]; /* <state_dir>/volumes */
    int rooms_fd, volumes_fd;
    int lock_fd;
    int zygote_socket;
    pid_t zygote;
};

const room_host *room_host_get(void);
void room_limits_raise(void);
int room_host_new_keeper(int *socket); /* asks the zygote; the caller owns the socket */

/* Lock order: request_lock, then lock. request_lock is held over a request and its answer (and the whole of a
 * stop); lock only guards the fields, so that room_process_kill never waits for a slow request. */
struct room {
    char *directory; /* immutable */
    int root_fd;     /* immutable until destroy: what room_open resolves in */
    int keeper_socket, keeper_pidfd;
    pthread_mutex_t request_lock;
    pthread_mutex_t lock;
    struct {
        enum { ROOM_STOPPED, ROOM_RUNNING, ROOM_SUSPENDED, ROOM_STOPPING } state;
        unsigned references; /* the owner's and one per process */
        uint64_t generation; /* counts the starts: an old process' pid means nothing to a new init */
        int init_socket, init_pidfd;
    } synced_data;
};

/* Caller holds request_lock. `got` has room for n_expected descriptors. */
int room_ask_keeper(room *r, const void *request, size_t size, const int *fds, size_t n_fds,
                    room_reply *reply, int *got, size_t n_expected);
int room_make_path(const room *r,
                   const char *path); /* room_files.c: the directory and what is missing above */
void room_reference(room *r);
void room_release(room *r);
/* Sends and waits for the answer. Caller holds request_lock. An unexpected end of init stops the room. */
int room_ask(room *r, const room_request *request, const int *fds, size_t n_fds, room_reply *reply, int *got,
             size_t *n_got);

#endif
