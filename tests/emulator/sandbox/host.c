/*
 * host.c: the state directory, the zygote, and the choice of the isolation, for all sandboxes. Called by
 * main() when the emulator starts and ends.
 */
#include "sandbox/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * SANDBOX_ISOLATION_DIRECTORY is used if the kernel refuses namespaces, or on request. A sandbox is then a
 * plain directory and not a security boundary. Its commands run in the root of the host as the emulator's
 * user, or for root as an unprivileged user (identity.c): they see the processes of the host, and can read
 * and write all files of that user. HOME and the working directory are
 * <state_dir>/sandboxes/<id>/fs/home/boxd, and TMPDIR is fs/tmp there. The file API maps /home/boxd and /tmp
 * (and the same directories under their paths on the host, which `pwd` prints) to the sandbox. It refuses
 * every other path with EACCES, because commands would not find its files there. A literal /home/boxd in a
 * command is the host's directory: clients use it in commands that remove files, so the emulator does not
 * start if the host has it. Stop, suspend and destroy reach all descendants of the commands, also detached
 * ones.
 */

#define ZYGOTE_SOCKET 3

static sandbox_host host = {
    .sandboxes_fd = -1, .volumes_fd = -1, .lock_fd = -1, .zygote_socket = -1, .zygote = -1};

const sandbox_host *sandbox_host_get(void)
{
    return &host;
}

int sandbox_host_new_keeper(int *keeper)
{
    int pair[2];
    const char byte = 'k';

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return errno;
    int error = sandbox_send(host.zygote_socket, &byte, sizeof(byte), &pair[1], 1);
    sandbox_close(&pair[1]);
    if (error != 0)
        sandbox_close(&pair[0]);
    *keeper = pair[0];
    return error;
}

/* ASAN_OPTIONS and the like, and the directories of libraries. */
static bool is_for_sanitizer(const char *variable)
{
    static const char suffix[] = "SAN_OPTIONS", libraries[] = "LD_LIBRARY_PATH";
    const size_t size = strcspn(variable, "="), end = sizeof(suffix) - 1;

    return (size >= end && memcmp(variable + size - end, suffix, end) == 0) ||
           (size == sizeof(libraries) - 1 && memcmp(variable, libraries, size) == 0);
}

/* The environment of the zygote, which the processes of a box could read without namespaces: only what a
 * sanitizer needs. */
static void clean_environment(char **clean, size_t capacity)
{
    size_t n = 0;

    for (char **next = environ; *next && n + 1 < capacity; next++)
        if (is_for_sanitizer(*next))
            clean[n++] = *next;
    clean[n] = NULL;
}

/* Not fork: the emulator has threads, so no code may run between a fork and exec. */
static int spawn_zygote(char *why, size_t why_size)
{
    char name[] = "boxd-emulator-sandboxes", argument[] = "--boxd-sandbox-zygote";
    char *arguments[] = {name, argument, NULL}, *environment[8];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return sandbox_fail(why, why_size, errno, "cannot create the socket of the sandbox processes");
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawn_file_actions_adddup2(&actions, pair[1], ZYGOTE_SOCKET);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    clean_environment(environment, sizeof(environment) / sizeof(environment[0]));
    int error = posix_spawn(&host.zygote, "/proc/self/exe", &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    sandbox_close(&pair[1]);
    if (error != 0) {
        sandbox_close(&pair[0]);
        host.zygote = -1;
        return sandbox_fail(why, why_size, error, "cannot start the sandbox processes");
    }
    host.zygote_socket = pair[0];
    return 0;
}

/* Creates an empty directory; removes the files of a killed emulator. */
static int make_own_directory(const char *name, int *fd)
{
    int error = sandbox_tree_remove(host.lock_fd, name);

    if (error != 0 && error != ENOENT)
        return error;
    if (mkdirat(host.lock_fd, name, 0700) != 0)
        return errno;
    *fd = openat(host.lock_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*fd < 0)
        return errno;
    return host.uid == geteuid() || fchown(*fd, host.uid, host.gid) == 0 ? 0 : errno;
}

/* The processes of root's boxes, which run as another user, need the path to their files. */
static int give_access(char *why, size_t why_size)
{
    struct stat status;

    if (host.uid == geteuid())
        return 0;
    if (fstat(host.lock_fd, &status) == 0 && (status.st_mode & S_IXOTH) == 0)
        (void)fchmod(host.lock_fd, (status.st_mode & 07777) | S_IXOTH);
    sandbox_files_begin();
    int error = stat(host.sandboxes, &status) == 0 ? 0 : errno;
    sandbox_files_end();
    if (error != 0)
        (void)snprintf(
            why, why_size,
            "root's boxes run as user %u, who cannot reach %.100s: choose another --state-dir, or give "
            "others the permission x for all directories of its path",
            (unsigned)host.uid, host.sandboxes);
    return error;
}

static int open_state_directory(const char *state_dir, char *why, size_t why_size)
{
    char path[PATH_MAX];

    if (!realpath(state_dir, path) || strlen(path) > sizeof(path) - 256)
        return sandbox_fail(why, why_size, errno, "cannot use the state directory");
    int state = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (state < 0)
        return sandbox_fail(why, why_size, errno, "cannot open the state directory");
    host.lock_fd = state;
    if (flock(state, LOCK_EX | LOCK_NB) != 0)
        return sandbox_fail(why, why_size, errno, "another emulator uses this state directory");
    (void)snprintf(host.sandboxes, sizeof(host.sandboxes), "%.3800s/sandboxes", path);
    (void)snprintf(host.volumes, sizeof(host.volumes), "%.3800s/volumes", path);
    int error = make_own_directory("sandboxes", &host.sandboxes_fd);
    if (error == 0)
        error = make_own_directory("volumes", &host.volumes_fd);
    if (error != 0)
        return sandbox_fail(why, why_size, error, "cannot create the directories of the sandboxes");
    return give_access(why, why_size);
}

/* Runs a command in a sandbox and checks its exit code: only this shows that sandboxes work here. */
static int probe(char *why, size_t why_size)
{
    sandbox_spawn_options options = {.command = "test -c /dev/null && exit 7"};
    sandbox *s = NULL;
    sandbox_process *p = NULL;
    int code = -1;
    int error = sandbox_create("probe", "probe", NULL, &s, why, why_size);

    if (error == 0)
        error = sandbox_start(s, why, why_size);
    if (error == 0)
        error = sandbox_spawn(s, &options, &p, why, why_size);
    if (error == 0) {
        struct pollfd end = {.fd = sandbox_process_exit_fd(p), .events = POLLIN};
        if (poll(&end, 1, 10000) <= 0 || !sandbox_process_ended(p, &code) || code != 7)
            error = sandbox_fail(why, why_size, EIO, "a command in a test box ended with exit code %d", code);
    }
    sandbox_process_free(p);
    sandbox_destroy(s);
    return error;
}

bool sandbox_isolation_parse(const char *name, sandbox_isolation *isolation)
{
    static const char *const names[] = {
        [SANDBOX_ISOLATION_AUTO] = "auto",
        [SANDBOX_ISOLATION_NAMESPACES] = "namespaces",
        [SANDBOX_ISOLATION_DIRECTORY] = "directory",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            *isolation = (sandbox_isolation)i;
            return true;
        }
    }
    return false;
}

static int use_directories(const char *reason, char *why, size_t why_size)
{
    struct stat status;

    host.isolation = SANDBOX_ISOLATION_DIRECTORY;
    if (lstat(SANDBOX_HOME, &status) == 0) {
        (void)snprintf(
            why, why_size,
            "boxes without isolation would change the files in " SANDBOX_HOME
            " of this machine: allow namespaces (\"In containers and on CI\" in docs/testing.md), or "
            "start the emulator where " SANDBOX_HOME " does not exist (%s)",
            reason);
        return EEXIST;
    }
    int error = probe(why, why_size);
    if (error == 0)
        (void)snprintf(why, why_size,
                       "boxes are plain directories of the host, without isolation, and run as user %u: %s",
                       (unsigned)host.uid, reason);
    return error;
}

static int choose_isolation(sandbox_isolation wanted, char *why, size_t why_size)
{
    char reason[SANDBOX_WHY_SIZE];

    if (wanted == SANDBOX_ISOLATION_DIRECTORY)
        return use_directories("as requested", why, why_size);
    host.isolation = SANDBOX_ISOLATION_NAMESPACES;
    int error = probe(reason, sizeof(reason));
    if (error == 0) {
        (void)snprintf(
            why, why_size,
            "each box has its own namespaces and an overlay over the files of the host, and runs as "
            "user %u",
            (unsigned)host.uid);
        return 0;
    }
    if (wanted == SANDBOX_ISOLATION_AUTO)
        return use_directories(reason, why, why_size);
    (void)snprintf(why, why_size, "%s", reason);
    return ENOTSUP;
}

int sandbox_init(const char *state_dir, sandbox_isolation wanted, sandbox_isolation *isolation, char *why,
                 size_t why_size)
{
    if (host.zygote >= 0)
        return sandbox_fail(why, why_size, EALREADY, "the sandboxes are already set up");
    sandbox_limits_raise();
    host.uid = sandbox_user();
    host.gid = sandbox_group();
    /* Groups of root, too, give access to files of the host. */
    if (sandbox_user_is_root() || (host.uid != geteuid() && setgroups(0, NULL) != 0))
        return sandbox_fail(
            why, why_size, EPERM,
            "root cannot run boxes as another user here: start the emulator as an ordinary user");
    int error = open_state_directory(state_dir, why, why_size);
    if (error == 0)
        error = spawn_zygote(why, why_size);
    if (error == 0)
        error = choose_isolation(wanted, why, why_size);
    if (error != 0)
        sandbox_shutdown();
    *isolation = host.isolation;
    return error;
}

void sandbox_shutdown(void)
{
    sandbox_close(&host.zygote_socket);
    /* The zygote ends after all its descendants, so no process writes to the files that are removed next. */
    while (host.zygote >= 0 && waitpid(host.zygote, NULL, 0) < 0 && errno == EINTR)
        continue;
    host.zygote = -1;
    if (host.sandboxes_fd >= 0)
        sandbox_tree_remove(host.lock_fd, "sandboxes");
    if (host.volumes_fd >= 0)
        sandbox_tree_remove(host.lock_fd, "volumes");
    sandbox_close(&host.sandboxes_fd);
    sandbox_close(&host.volumes_fd);
    sandbox_close(&host.lock_fd);
}
