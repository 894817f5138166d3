/*
 * volumes.c: volumes (directories beside the sandboxes) and their mounts. The first half runs in the
 * emulator, on any thread; the second half runs in the keeper.
 */
#include "sandbox/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* From sys/mount.h, which conflicts with linux/mount.h in some C libraries. */
int umount2(const char *target, int flags);
#define DETACH 2

bool sandbox_volumes_possible(void)
{
    return sandbox_host_get()->isolation == SANDBOX_ISOLATION_NAMESPACES;
}

int sandbox_volume_create(const char *id, char *why, size_t why_size)
{
    sandbox_files_begin();
    int error = sandbox_make_directory(sandbox_host_get()->volumes_fd, id, 0755);
    sandbox_files_end();
    return error == 0 ? 0 : sandbox_fail(why, why_size, error, "cannot create the directory of the disk");
}

int sandbox_volume_destroy(const char *id, char *why, size_t why_size)
{
    int error = sandbox_tree_remove(sandbox_host_get()->volumes_fd, id);

    return error == 0 ? 0 : sandbox_fail(why, why_size, error, "cannot remove the files of the disk");
}

static int request_mount(sandbox *s, const sandbox_mount_request *request, char *why, size_t why_size)
{
    sandbox_reply reply = {0};
    int none[SANDBOX_MAX_FDS];

    pthread_mutex_lock(&s->request_lock);
    int error = sandbox_request_keeper(s, request, sizeof(*request), NULL, 0, &reply, none, 0);
    pthread_mutex_unlock(&s->request_lock);
    if (error != 0 && why_size > 0)
        (void)snprintf(why, why_size, "%s", reply.why);
    return error;
}

int sandbox_mount(sandbox *s, const char *volume, const char *path, bool read_only, char *why,
                  size_t why_size)
{
    if (!sandbox_volumes_possible())
        return sandbox_fail(why, why_size, EOPNOTSUPP, "without isolation a box cannot have mounts");
    if (path[0] != '/' || strlen(path) >= PATH_MAX ||
        strlen(volume) >= sizeof(((sandbox_mount_request *)0)->volume))
        return sandbox_fail(why, why_size, EINVAL, "the path is not absolute or too long");
    sandbox_files_begin();
    int error = sandbox_make_path(s, path);
    sandbox_files_end();
    if (error != 0)
        return sandbox_fail(why, why_size, error, "cannot create %.120s", path);
    sandbox_mount_request *request = calloc(1, sizeof(*request));
    if (!request)
        return sandbox_fail(why, why_size, ENOMEM, "cannot mount the disk");
    request->op = SANDBOX_OP_MOUNT;
    request->read_only = read_only;
    (void)snprintf(request->volume, sizeof(request->volume), "%s", volume);
    (void)snprintf(request->path, sizeof(request->path), "%s", path);
    if (snprintf(request->directory, sizeof(request->directory), "%s/%s", sandbox_host_get()->volumes,
                 volume) >= (int)sizeof(request->directory))
        error = sandbox_fail(why, why_size, ENAMETOOLONG, "cannot mount the disk");
    if (error == 0)
        error = request_mount(s, request, why, why_size);
    free(request);
    return error;
}

int sandbox_unmount(sandbox *s, const char *volume, char *why, size_t why_size)
{
    sandbox_mount_request *request = calloc(1, sizeof(*request));

    if (!request)
        return sandbox_fail(why, why_size, ENOMEM, "cannot unmount the disk");
    request->op = SANDBOX_OP_UNMOUNT;
    (void)snprintf(request->volume, sizeof(request->volume), "%s", volume);
    int error = request_mount(s, request, why, why_size);
    free(request);
    return error;
}

int sandbox_set_hostname(sandbox *s, const char *hostname, char *why, size_t why_size)
{
    static const char path[] = "/etc/hostname";
    sandbox_mount_request *request = calloc(1, sizeof(*request));
    int fd = -1;

    if (!request)
        return sandbox_fail(why, why_size, ENOMEM, "cannot rename the box");
    request->op = SANDBOX_OP_HOSTNAME;
    (void)snprintf(request->volume, sizeof(request->volume), "%s", hostname);
    int error = request_mount(s, request, why, why_size);
    free(request);
    if (error != 0 || !sandbox_volumes_possible())
        return error;
    /* Without an error if the box has removed or protected the file. */
    if (sandbox_open(s, path, O_WRONLY | O_CREAT | O_TRUNC, 0644, false, &fd, NULL, 0) == 0)
        (void)dprintf(fd, "%s\n", hostname);
    sandbox_close(&fd);
    return 0;
}

/* ---- the keeper ---- */

/* Keeps a descriptor of the mount, not its path: processes of the box may rename or replace the path. */
typedef struct {
    char volume[64];
    int tree;
} mounted;

static mounted *mounts;
static size_t n_mounts;

static int add_mount(const char *volume, int tree)
{
    mounted *larger = realloc(mounts, (n_mounts + 1) * sizeof(*mounts));

    if (!larger)
        return ENOMEM;
    mounts = larger;
    (void)snprintf(mounts[n_mounts].volume, sizeof(mounts[n_mounts].volume), "%s", volume);
    mounts[n_mounts++].tree = tree;
    return 0;
}

static int restrict_tree(int tree, bool read_only)
{
    struct mount_attr change = {.attr_set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
                                            (read_only ? MOUNT_ATTR_RDONLY : 0)};

    return syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &change, sizeof(change)) == 0 ? 0 : errno;
}

int sandbox_keeper_mount(const sandbox_mount_request *request, char *why, size_t why_size)
{
    int error = 0, root = -1, target = -1;
    /* Detached until it is restricted, so that no command sees it unrestricted. */
    int tree = (int)syscall(SYS_open_tree, AT_FDCWD, request->directory, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);

    if (tree < 0)
        return sandbox_fail(why, why_size, errno, "cannot open the disk");
    error = restrict_tree(tree, request->read_only);
    if (error != 0)
        goto cleanup;
    root = open("fs", O_PATH | O_DIRECTORY | O_CLOEXEC);
    target = root >= 0 ? sandbox_open_in_root(root, request->path, O_PATH | O_DIRECTORY, 0) : -1;
    if (target < 0) {
        error = errno;
        goto cleanup;
    }
    error = add_mount(request->volume, tree);
    if (error != 0)
        goto cleanup;
    if (syscall(SYS_move_mount, tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) !=
        0) {
        error = errno;
        n_mounts--;
    }

cleanup:
    sandbox_close(&target);
    sandbox_close(&root);
    if (error == 0)
        return 0;
    sandbox_close(&tree);
    return sandbox_fail(why, why_size, error, "cannot mount the disk at %.120s", request->path);
}

int sandbox_keeper_unmount(const sandbox_mount_request *request, char *why, size_t why_size)
{
    for (size_t i = 0; i < n_mounts; i++) {
        char path[48];
        if (strcmp(mounts[i].volume, request->volume) != 0)
            continue;
        (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", mounts[i].tree);
        if (umount2(path, DETACH) != 0)
            return sandbox_fail(why, why_size, errno, "cannot unmount the disk");
        sandbox_close(&mounts[i].tree);
        mounts[i] = mounts[--n_mounts];
        return 0;
    }
    return sandbox_fail(why, why_size, ENOENT, "the disk is not mounted");
}
