/* Paths beneath a directory, and what paths lead to: on Linux, also if it refuses openat2(), and by functions
 * of POSIX only. */
#include "os/paths.h"

#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

/* ---- a directory with every kind of entry ---- */

static const char pattern[] = "/tmp/boxd-paths-XXXXXX";
static char base[sizeof pattern];

static void make_file(int dir, const char *name)
{
    const int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, name, strlen(name)), (ssize_t)strlen(name));
    close(fd);
}

static const struct {
    const char *name, *target;
} links[] = {
    {"root/link", "file"},
    {"root/chain", "link"},
    {"root/dirlink", "dir"},
    {"root/deep/back", "../dir/./inner"},
    {"root/out", "../outside"},
    {"root/absolute", "/etc/passwd"},
    {"root/dir/out", "../../outside"},
    {"root/loop", "loop"},
    {"root/dangling", "missing"},
    {"root/long", "dir/../deep/../dir/../deep/back"},
};

static int open_root(void)
{
    memcpy(base, pattern, sizeof pattern);
    ck_assert_ptr_nonnull(mkdtemp(base));
    const int top = open(base, O_RDONLY | O_DIRECTORY);
    ck_assert_int_ge(top, 0);
    ck_assert_int_eq(mkdirat(top, "root", 0700), 0);
    ck_assert_int_eq(mkdirat(top, "root/dir", 0700), 0);
    ck_assert_int_eq(mkdirat(top, "root/deep", 0700), 0);
    make_file(top, "outside");
    make_file(top, "root/file");
    make_file(top, "root/dir/inner");
    ck_assert_int_eq(mkfifoat(top, "root/fifo", 0600), 0);
    for (size_t i = 0; i < COUNT(links); i++)
        ck_assert_int_eq(symlinkat(links[i].target, top, links[i].name), 0);
    const int root = openat(top, "root", O_RDONLY | O_DIRECTORY);
    ck_assert_int_ge(root, 0);
    close(top);
    return root;
}

static void close_root(int root)
{
    static const char *const files[] = {"root/file", "root/dir/inner", "root/fifo", "outside"};
    static const char *const dirs[] = {"root/deep", "root/dir", "root"};
    close(root);
    const int top = open(base, O_RDONLY | O_DIRECTORY);
    for (size_t i = 0; i < COUNT(links); i++)
        ck_assert_int_eq(unlinkat(top, links[i].name, 0), 0);
    for (size_t i = 0; i < COUNT(files); i++)
        ck_assert_int_eq(unlinkat(top, files[i], 0), 0);
    for (size_t i = 0; i < COUNT(dirs); i++)
        ck_assert_int_eq(unlinkat(top, dirs[i], AT_REMOVEDIR), 0);
    close(top);
    ck_assert_int_eq(rmdir(base), 0);
}

/* ---- beneath a directory ---- */

/* `error` 0: opens `content`, the text of a file, or a directory if it is NULL. */
static const struct {
    const char *path;
    int error;
    const char *content;
} opened[] = {
    {"file", 0, "root/file"},
    {"./file", 0, "root/file"},
    {"dir//inner", 0, "root/dir/inner"},
    {"dir/../file", 0, "root/file"},
    {"dir/../dir/../dir/inner", 0, "root/dir/inner"},
    {"dir", 0, NULL},
    {"dir/", 0, NULL},
    {"dir/.", 0, NULL},
    {".", 0, NULL},
    {"dir/..", 0, NULL},
    {"link", 0, "root/file"},
    {"chain", 0, "root/file"},
    {"dirlink", 0, NULL},
    {"dirlink/inner", 0, "root/dir/inner"},
    {"dirlink/../file", 0, "root/file"},
    {"deep/back", 0, "root/dir/inner"},
    {"long", 0, "root/dir/inner"},
    {"..", EXDEV, NULL},
    {"../outside", EXDEV, NULL},
    {"../root/file", EXDEV, NULL},
    {"dir/../../outside", EXDEV, NULL},
    {"dirlink/out", EXDEV, NULL},
    {"out", EXDEV, NULL},
    {"absolute", EXDEV, NULL},
    {"/etc/passwd", EXDEV, NULL},
    {"loop", ELOOP, NULL},
    {"loop/file", ELOOP, NULL},
    {"", ENOENT, NULL},
    {"missing", ENOENT, NULL},
    {"missing/file", ENOENT, NULL},
    {"dangling", ENOENT, NULL},
    {"file/inner", ENOTDIR, NULL},
    {"fifo", ENXIO, NULL},
};

static void check_content(const char *path, int fd, const char *content)
{
    struct stat status;
    char text[64] = "";
    ck_assert_int_eq(fstat(fd, &status), 0);
    ck_assert_msg(S_ISDIR(status.st_mode) == !content, "%s: another kind of entry", path);
    if (content)
        ck_assert_int_gt(read(fd, text, sizeof text - 1), 0);
    ck_assert_msg(!content || strcmp(text, content) == 0, "%s: %s", path, text);
    ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
}

static void check_opened(void)
{
    const int root = open_root();
    for (size_t i = 0; i < COUNT(opened); i++) {
        errno = 0;
        const int fd = path_open_beneath(root, opened[i].path);
        const int error = fd < 0 ? errno : 0;
        ck_assert_msg(error == opened[i].error, "%s: %s", opened[i].path, strerror(error));
        if (fd >= 0) {
            check_content(opened[i].path, fd, opened[i].content);
            close(fd);
        }
    }
    close_root(root);
}

START_TEST(opens_beneath)
{
    check_opened();
}
END_TEST

/* `kind` 0: there is no such entry. */
static const struct {
    const char *path;
    bool follows;
    mode_t kind;
    const char *target;
} entries[] = {
    {"file", false, S_IFREG, ""},
    {"file", true, S_IFREG, ""},
    {"dir/inner", false, S_IFREG, ""},
    {"dir", false, S_IFDIR, ""},
    {"fifo", false, S_IFIFO, ""},
    {"fifo", true, S_IFIFO, ""},
    {"link", false, S_IFLNK, "file"},
    {"link", true, S_IFREG, ""},
    {"dir/out", false, S_IFLNK, "../../outside"},
    {"dir/out", true, 0, ""},
    {"dangling", false, S_IFLNK, "missing"},
    {"dangling", true, 0, ""},
    {"dirlink/inner", false, 0, ""},
    {"dirlink/inner", true, S_IFREG, ""},
    {"missing", false, 0, ""},
    {"../outside", false, 0, ""},
};

static void check_entries(void)
{
    const int root = open_root();
    for (size_t i = 0; i < COUNT(entries); i++) {
        struct stat status = {0};
        char target[PATH_MAX] = "not set";
        const bool found =
            path_stat_beneath(root, entries[i].path, entries[i].follows, &status, target, sizeof target);
        ck_assert_msg(found == (entries[i].kind != 0), "%s", entries[i].path);
        ck_assert_msg(!found || (status.st_mode & S_IFMT) == entries[i].kind, "%s", entries[i].path);
        ck_assert_msg(!found || strcmp(target, entries[i].target) == 0, "%s: %s", entries[i].path, target);
    }
    close_root(root);
}

START_TEST(describes_beneath)
{
    check_entries();
}
END_TEST

static void check_descriptors(void)
{
    const int root = open_root(), before = dup(root);
    for (size_t i = 0; i < COUNT(opened); i++) {
        struct stat status;
        char target[PATH_MAX];
        const int fd = path_open_beneath(root, opened[i].path);
        if (fd >= 0)
            close(fd);
        path_stat_beneath(root, opened[i].path, true, &status, target, sizeof target);
    }
    close(before);
    const int after = dup(root);
    ck_assert_int_eq(after, before);
    close(after);
    close_root(root);
}

START_TEST(keeps_no_descriptor)
{
    check_descriptors();
}
END_TEST

/* ---- what a path leads to ---- */

static void check_leads(void)
{
    const int root = open_root();
    char path[PATH_MAX], descriptor[64];
    (void)snprintf(descriptor, sizeof descriptor, "/dev/fd/%d", root);
    ck_assert_int_eq(symlinkat(descriptor, root, "deep/fd"), 0);
    (void)snprintf(path, sizeof path, "%s/root/deep/fd", base);
    ck_assert(path_leads_to_descriptor(path));
    ck_assert(path_leads_to_descriptor("/dev/stdout"));
    ck_assert(path_leads_to_descriptor(descriptor));
    ck_assert_int_eq(unlinkat(root, "deep/fd", 0), 0);
    static const char *const others[] = {"root/file", "root/link", "root/chain", "root/dirlink/inner",
                                         "root/missing"};
    for (size_t i = 0; i < COUNT(others); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", base, others[i]);
        ck_assert_msg(!path_leads_to_descriptor(path), "%s", others[i]);
    }
    ck_assert(!path_leads_to_descriptor("/dev/null"));
    close_root(root);
}

START_TEST(leads_to_descriptor)
{
    check_leads();
}
END_TEST

static void check_mount_points(void)
{
    const int root = open_root();
    char path[PATH_MAX];
    (void)snprintf(path, sizeof path, "%s/root/file", base);
    ck_assert(!path_is_mount_point(path));
    ck_assert(!path_is_mount_point("missing"));
    ck_assert(path_is_mount_point("/proc"));
    close_root(root);
}

START_TEST(is_mount_point)
{
    check_mount_points();
}
END_TEST

/* ---- a system that refuses openat2() ---- */

#ifdef SYS_openat2
/* From now on openat2() fails with `error`, as in a container with a filter, or before Linux 5.6. */
static void refuse_openat2(unsigned error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog filter = {COUNT(code), code};
    ck_assert_int_eq(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
    ck_assert_int_eq(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), 0);
    ck_assert_int_lt((int)syscall(SYS_openat2, AT_FDCWD, "/", NULL, (size_t)0), 0);
    ck_assert_int_eq(errno, (int)error);
}

static const unsigned refusals[] = {ENOSYS, EPERM};

START_TEST(refused)
{
    const pid_t child = fork();
    int status = 0;
    if (child == 0) {
        refuse_openat2(refusals[_i]);
        check_opened();
        check_entries();
        check_descriptors();
        check_leads();
        check_mount_points();
        _exit(0);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

static void add_refused(Suite *suite)
{
    TCase *tcase = tcase_create("refused");
    tcase_add_loop_test(tcase, refused, 0, COUNT(refusals));
    suite_add_tcase(suite, tcase);
}
#else
static void add_refused(Suite *suite)
{
    (void)suite;
}
#endif

int main(void)
{
    Suite *suite = suite_create("paths");
    unit_add(suite, opens_beneath);
    unit_add(suite, describes_beneath);
    unit_add(suite, keeps_no_descriptor);
    unit_add(suite, leads_to_descriptor);
    unit_add(suite, is_mount_point);
    add_refused(suite);
    return unit_run(suite);
}
