/*
 * mounts.c: the directory and the namespaces of a sandbox. Runs in the keeper and in init (see internal.h),
 * which have one thread each.
 */
#include "sandbox/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * The directory of a sandbox:
 *   fs/           its root; files outside of the overlays (home, tmp, root, ...) are here
 *   upper/<name>  the changes of the sandbox in /<name>, for each overlay
 *   work/<name>   used by overlayfs
 *
 * Each top-level directory of the host has its own overlay: in a user namespace the kernel refuses a lower
 * directory that contains mounts of other namespaces, as "/" does (/proc, /dev, /sys).
 *
 * Only one id is mapped, as 1000 (boxd): that of the emulator, or for root an unprivileged one (identity.c).
 * So no helper such as newuidmap is needed, and files that a sandbox writes belong to this user. Commands are
 * not root in the sandbox and have no capabilities, so they cannot undo the mounts. Files of other owners
 * belong to nobody: a box reads of them what every user may read, and changes none.
 */

/* As in linux/mount.h, which conflicts with sys/mount.h in some C libraries. */
typedef struct {
    uint64_t set, clear, propagation, userns_fd;
} mount_attributes;
#define ATTRIBUTE_RDONLY 0x1
#define ATTRIBUTE_NOSUID 0x2
#define ATTRIBUTE_NODEV 0x4

static const char *const overlay_names[] = {"usr", "etc",   "var",   "opt",    "srv", "bin", "sbin",
                                            "lib", "lib32", "lib64", "libx32", "nix", "gnu"};

typedef struct {
    const char *path;
    mode_t mode;
} directory;

/* The private part of the root. */
static const directory root_directories[] = {
    {"home", 0755}, {"home/boxd", 0755}, {"tmp", 01777}, {"root", 0755}, {"run", 0755},
    {"mnt", 0755},  {"media", 0755},     {"proc", 0755}, {"sys", 0755},  {"dev", 0755},
};

/* Created in the upper directories, so that boxd can write to them: an overlay cannot copy up a directory
 * whose owner is not mapped. */
static const directory upper_directories[] = {
    {"var/tmp", 01777},
    {"usr/local", 0755},
    {"usr/local/bin", 0755},
    {"usr/local/lib", 0755},
};

static const char *const device_names[] = {"null", "zero", "full", "random", "urandom", "tty"};

typedef struct {
    const char *name, *target;
} device_link;

static const device_link device_links[] = {{"fd", "/proc/self/fd"},
                                           {"stdin", "/proc/self/fd/0"},
                                           {"stdout", "/proc/self/fd/1"},
                                           {"stderr", "/proc/self/fd/2"},
                                           {"ptmx", "pts/ptmx"}};

/* Host settings: protected also where only root exists, whose boxes could change them (identity.c): the
 * kernel checks only the owner. */
static const char *const read_only_proc[] = {"proc/sys", "proc/sysrq-trigger", "proc/irq", "proc/bus",
                                             "proc/fs"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int set_mount_attributes(const char *path, uint64_t attributes, bool recursive)
{
    mount_attributes change = {.set = attributes};
    unsigned flags = recursive ? 0x8000u /* AT_RECURSIVE */ : 0;

    return syscall(SYS_mount_setattr, AT_FDCWD, path, flags, &change, sizeof(change)) == 0 ? 0 : errno;
}

static int write_file(const char *path, int flags, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | flags, 0644);
    int error = 0;

    if (fd < 0)
        return errno;
    if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
        error = errno != 0 ? errno : EIO;
    close(fd);
    return error;
}

/* ---- files: both isolations; the working directory is the sandbox's directory ---- */

static int copy_source(const sandbox_setup *setup, char *why, size_t why_size)
{
    static const char *const trees[] = {"fs", "upper"};

    for (size_t i = 0; i < COUNT(trees); i++) {
        char from[PATH_MAX + 16];
        (void)snprintf(from, sizeof(from), "%s/%s", setup->source, trees[i]);
        int error = sandbox_tree_copy(AT_FDCWD, from, AT_FDCWD, trees[i], SANDBOX_TREE_OVERLAY);
        if (error == ENOENT && i > 0)
            continue;
        if (error != 0)
            return sandbox_fail(why, why_size, error, "cannot copy the files of the source box");
    }
    return 0;
}

static int make_top_directory(const char *name, char *why, size_t why_size)
{
    char host[32], inside[32], path[32], target[PATH_MAX];
    struct stat status;
    int error = 0;

    (void)snprintf(host, sizeof(host), "/%s", name);
    (void)snprintf(inside, sizeof(inside), "fs/%s", name);
    if (lstat(host, &status) != 0)
        return 0;
    if (S_ISLNK(status.st_mode)) { /* /bin -> usr/bin */
        ssize_t length = readlink(host, target, sizeof(target) - 1);
        target[length > 0 ? length : 0] = '\0';
        if (length > 0 && symlink(target, inside) != 0 && errno != EEXIST)
            error = errno;
    } else if (S_ISDIR(status.st_mode)) {
        static const char *const parts[] = {"fs", "upper", "work"};
        for (size_t i = 0; i < COUNT(parts) && error == 0; i++) {
            (void)snprintf(path, sizeof(path), "%s/%s", parts[i], name);
            error = sandbox_make_directory(AT_FDCWD, path, 0755);
        }
    }
    return error == 0 ? 0 : sandbox_fail(why, why_size, error, "cannot create %s in the box", host);
}

/* Writes the host's file with a line added before or after it. Not for a fork, whose file was copied and may
 * be a link or a whiteout. */
static int write_with_line(const char *name, const char *line, bool before)
{
    char inside[64], host[64], text[4096];
    int error = 0, out = -1;
    ssize_t n;

    (void)snprintf(inside, sizeof(inside), "upper/etc/%s", name);
    (void)snprintf(host, sizeof(host), "/etc/%s", name);
    int in = open(host, O_RDONLY | O_CLOEXEC); /* the host may not have the file */
    if (before)
        error = write_file(inside, O_CREAT | O_TRUNC, line);
    out = open(inside, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (out < 0)
        error = errno;
    while (error == 0 && in >= 0 && (n = read(in, text, sizeof(text))) > 0)
        if (write(out, text, (size_t)n) != n)
            error = EIO;
    sandbox_close(&out);
    sandbox_close(&in);
    return error != 0 || before ? error : write_file(inside, O_APPEND, line);
}

/* Writes the files that name the user and the machine. */
static int make_identity(const sandbox_setup *setup, char *why, size_t why_size)
{
    char line[128];
    int error = 0;

    if (setup->source[0] == '\0') {
        /* As the first line: the host may have a user 1000 too, and the first match is used. */
        error = write_with_line("passwd", "boxd:x:1000:1000:boxd:/home/boxd:/bin/sh\n", true);
        if (error == 0)
            error = write_with_line("group", "boxd:x:1000:\n", true);
        (void)snprintf(line, sizeof(line), "127.0.1.1\t%s\n", setup->hostname);
        if (error == 0)
            error = write_with_line("hosts", line, false);
    }
    unlink("upper/etc/hostname");
    (void)snprintf(line, sizeof(line), "%s\n", setup->hostname);
    if (error == 0)
        error = write_file("upper/etc/hostname", O_CREAT | O_EXCL, line);
    return error == 0 ? 0 : sandbox_fail(why, why_size, error, "cannot write to /etc of the box");
}

/* fs/ with its directories, and upper/ and work/ for overlays. */
static int make_directories(bool overlays)
{
    static const char *const parts[] = {"fs", "upper", "work"};
    char path[64];
    int error = 0;

    for (size_t i = 0; i < (overlays ? COUNT(parts) : 1) && error == 0; i++)
        error = sandbox_make_directory(AT_FDCWD, parts[i], 0755);
    for (size_t i = 0; i < COUNT(root_directories) && error == 0; i++) {
        (void)snprintf(path, sizeof(path), "fs/%s", root_directories[i].path);
        error = sandbox_make_directory(AT_FDCWD, path, root_directories[i].mode);
    }
    return error;
}

static void make_upper_directories(void)
{
    char path[64];

    for (size_t i = 0; i < COUNT(upper_directories); i++) {
        (void)snprintf(path, sizeof(path), "upper/%s", upper_directories[i].path);
        sandbox_make_directory(AT_FDCWD, path, upper_directories[i].mode);
    }
}

int sandbox_files_setup(const sandbox_setup *setup, char *why, size_t why_size)
{
    const bool overlays = setup->isolation == SANDBOX_ISOLATION_NAMESPACES, fork = setup->source[0] != '\0';
    int error = 0;

    umask(0022);
    if (chdir(setup->directory) != 0)
        return sandbox_fail(why, why_size, errno, "cannot enter %.150s", setup->directory);
    if (fork && (error = copy_source(setup, why, why_size)) != 0)
        return error;
    error = make_directories(overlays);
    if (error != 0)
        return sandbox_fail(why, why_size, error, "cannot create the directories of the box");
    if (!overlays)
        return 0;
    for (size_t i = 0; i < COUNT(overlay_names) && error == 0; i++)
        error = make_top_directory(overlay_names[i], why, why_size);
    if (error != 0)
        return error;
    if (!fork) /* those of a fork were copied, or removed in its source, which made them whiteouts */
        make_upper_directories();
    return make_identity(setup, why, why_size);
}

/* ---- the keeper's namespaces ---- */

static int map_ids(const sandbox_setup *setup, char *why, size_t why_size)
{
    char line[64];
    int error = write_file("/proc/self/setgroups", 0, "deny");

    (void)snprintf(line, sizeof(line), "%d %u 1\n", SANDBOX_INSIDE_ID, setup->uid);
    if (error == 0)
        error = write_file("/proc/self/uid_map", 0, line);
    (void)snprintf(line, sizeof(line), "%d %u 1\n", SANDBOX_INSIDE_ID, setup->gid);
    if (error == 0)
        error = write_file("/proc/self/gid_map", 0, line);
    return error == 0 ? 0 : sandbox_fail(why, why_size, error, "cannot map the user into the box");
}

static int mount_overlay(const char *name, char *why, size_t why_size)
{
    char options[160], target[32], host[32];
    struct stat status;

    (void)snprintf(host, sizeof(host), "/%s", name);
    (void)snprintf(target, sizeof(target), "fs/%s", name);
    if (lstat(host, &status) != 0 || !S_ISDIR(status.st_mode))
        return 0;
    /* userxattr: trusted.* needs root. volatile: otherwise each unmount syncs the whole disk of the host. */
    (void)snprintf(options, sizeof(options),
                   "lowerdir=/%s,upperdir=upper/%s,workdir=work/%s,userxattr,volatile", name, name, name);
    if (mount("overlay", target, "overlay", MS_NOSUID | MS_NODEV, options) == 0)
        return 0;
    int error = errno;
    /* The directory contains mounts (/etc/hosts in a container): mounts it read-only instead. Not /usr, where
     * this would hide that overlays do not work at all. */
    if (error == EINVAL && strcmp(name, "usr") != 0 &&
        mount(host, target, NULL, MS_BIND | MS_REC, NULL) == 0 &&
        set_mount_attributes(target, ATTRIBUTE_RDONLY | ATTRIBUTE_NOSUID, true) == 0)
        return 0;
    return sandbox_fail(
        why, why_size, error,
        "cannot mount an overlay over /%s (does the file system of the state directory support it?)", name);
}

static int make_devices(char *why, size_t why_size)
{
    char path[64], host[64];
    int error = 0;

    if (mount("tmpfs", "fs/dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=0755,size=64m") != 0)
        return sandbox_fail(why, why_size, errno, "cannot mount /dev of the box");
    for (size_t i = 0; i < COUNT(device_names) && error == 0; i++) {
        (void)snprintf(path, sizeof(path), "fs/dev/%s", device_names[i]);
        (void)snprintf(host, sizeof(host), "/dev/%s", device_names[i]);
        error = write_file(path, O_CREAT | O_EXCL, "");
        if (error == 0 && mount(host, path, NULL, MS_BIND, NULL) != 0)
            error = errno;
    }
    for (size_t i = 0; i < COUNT(device_links) && error == 0; i++) {
        (void)snprintf(path, sizeof(path), "fs/dev/%s", device_links[i].name);
        error = symlink(device_links[i].target, path) == 0 ? 0 : errno;
    }
    if (error == 0)
        error = sandbox_make_directory(AT_FDCWD, "fs/dev/shm", 01777);
    if (error == 0)
        error = sandbox_make_directory(AT_FDCWD, "fs/dev/pts", 0755);
    if (error == 0 && mount("devpts", "fs/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
                            "newinstance,ptmxmode=0666,mode=0620") != 0)
        error = errno;
    return error == 0 ? 0 : sandbox_fail(why, why_size, error, "cannot create %s of the box", path);
}

/*
 * What stands for the file systems of a kernel. init mounts its own /proc over the one here, which the file
 * operations of the emulator see (files.c): the user may not even search it, so that an operation on a path
 * in /proc is refused, and no file is written below the /proc that the commands see. /sys is empty. No file
 * is created in /dev: in a machine the user is not root.
 */
static int protect_system_directories(char *why, size_t why_size)
{
    const unsigned long flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;

    if (mount("tmpfs", "fs/proc", "tmpfs", flags, "mode=0000,size=4k") != 0 ||
        mount("tmpfs", "fs/sys", "tmpfs", flags, "mode=0555,size=4k") != 0)
        return sandbox_fail(why, why_size, errno, "cannot mount /proc and /sys of the box");
    if (chmod("fs/dev", 0555) != 0)
        return sandbox_fail(why, why_size, errno, "cannot protect /dev of the box");
    return 0;
}

/* The working directory is the sandbox's directory; enters it again in the new namespace. */
static int mount_root(const sandbox_setup *setup, char *why, size_t why_size)
{
    /* Slave: unmounts on the host propagate, so that no sandbox keeps a disk of the host busy. */
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0)
        return sandbox_fail(why, why_size, errno, "cannot separate the mounts of the box");
    if (chdir(setup->directory) != 0 || mount("fs", "fs", NULL, MS_BIND, NULL) != 0)
        return sandbox_fail(why, why_size, errno, "cannot mount the root of the box");
    int error = set_mount_attributes("fs", ATTRIBUTE_NOSUID | ATTRIBUTE_NODEV, false);
    if (error != 0)
        return sandbox_fail(why, why_size, error, "cannot restrict the root of the box");
    for (size_t i = 0; i < COUNT(overlay_names) && error == 0; i++)
        error = mount_overlay(overlay_names[i], why, why_size);
    if (error == 0)
        error = make_devices(why, why_size);
    if (error == 0)
        error = protect_system_directories(why, why_size);
    /* Shared: later mounts (volumes.c) propagate to init's copy of these mounts. */
    if (error == 0 && mount(NULL, "fs", NULL, MS_REC | MS_SHARED, NULL) != 0)
        error =
            sandbox_fail(why, why_size, errno, "cannot share the mounts of the box with its init process");
    return error;
}

/* Also creates the files: in the user namespace the keeper can read files that processes of the source made
 * unreadable. */
int sandbox_mounts_setup(const sandbox_setup *setup, char *why, size_t why_size)
{
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return sandbox_fail(why, why_size, errno, "the kernel refuses user namespaces");
    int error = map_ids(setup, why, why_size);
    if (error == 0)
        error = sandbox_files_setup(setup, why, why_size);
    if (error == 0)
        error = mount_root(setup, why, why_size);
    return error;
}

/* ---- init, in its copy of the keeper's mounts ---- */

static int mount_proc(char *why, size_t why_size)
{
    /* Before the host's /proc is unmounted: the kernel mounts a new one only while that is visible. */
    if (mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
        return sandbox_fail(why, why_size, errno, "cannot mount /proc of the box");
    for (size_t i = 0; i < COUNT(read_only_proc); i++) {
        int error = 0;
        if (mount(read_only_proc[i], read_only_proc[i], NULL, MS_BIND | MS_REC, NULL) != 0)
            error = errno;
        if (error == 0)
            error = set_mount_attributes(read_only_proc[i], ATTRIBUTE_RDONLY, true);
        if (error != 0 && error != ENOENT)
            return sandbox_fail(why, why_size, error, "cannot protect /%s of the host", read_only_proc[i]);
    }
    return 0;
}

int sandbox_mounts_enter(const sandbox_setup *setup, char *why, size_t why_size)
{
    if (chdir(setup->directory) != 0 || chdir("fs") != 0)
        return sandbox_fail(why, why_size, errno, "cannot enter the root of the box");
    /* Slave: mounts of the keeper propagate to init, but not the reverse (/proc). */
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0)
        return sandbox_fail(why, why_size, errno, "cannot separate the mounts of the init process");
    int error = mount_proc(why, why_size);
    if (error != 0)
        return error;
    /* The old root is mounted over the new root and then unmounted, so it needs no directory. */
    if (syscall(SYS_pivot_root, ".", ".") != 0 || umount2(".", MNT_DETACH) != 0 || chdir("/") != 0)
        return sandbox_fail(why, why_size, errno, "cannot change to the root of the box");
    if (sethostname(setup->hostname, strlen(setup->hostname)) != 0)
        return sandbox_fail(why, why_size, errno, "cannot set the host name of the box");
    return 0;
}
