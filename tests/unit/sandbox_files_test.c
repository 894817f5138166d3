/*
 * sandbox_files_test.c: the files of the sandboxes in tests/emulator/sandbox: reads and writes, confinement
 * of paths, forks, and the isolation of the boxes from each other and from the host.
 */
#include "sandbox_fixture.h"

static bool exists(sandbox *r, const char *path)
{
    int fd = -1;
    int error = sandbox_open(r, path, O_PATH | O_NOFOLLOW, 0, false, &fd, why, sizeof(why));
    if (error == 0)
        close(fd);
    return error == 0;
}

/* ---- files ---- */

START_TEST(files_are_written_and_read)
{
    put(box, "/home/boxd/deep/er/file", "from outside\n");
    ck_assert_str_eq(run(box, "cat deep/er/file; echo from inside > answer")->out, "from outside\n");
    ck_assert_str_eq(get(box, "/home/boxd/answer"), "from inside\n");
    put(box, "/tmp/x/y", "t");
    ck_assert_str_eq(run(box, "cat ${TMPDIR:-/tmp}/x/y")->out, "t");
    ck_assert_str_eq(run(box, "echo more >> deep/er/file && wc -l < deep/er/file")->out, "2\n");
    ck_assert_int_eq(sandbox_stop(box, 0, why, sizeof(why)), 0);
    ck_assert_str_eq(get(box, "/home/boxd/answer"), "from inside\n");
    put(box, "/home/boxd/while-stopped", "s\n");
    ck_assert_int_eq(sandbox_start(box, why, sizeof(why)), 0);
    ck_assert_str_eq(run(box, "cat while-stopped answer")->out, "s\nfrom inside\n");
}
END_TEST

START_TEST(file_errors_are_reported)
{
    int fd = 5;
    ck_assert_int_eq(sandbox_open(box, "/home/boxd/none", O_RDONLY, 0, false, &fd, why, sizeof(why)), ENOENT);
    ck_assert_int_eq(fd, -1);
    ck_assert_int_eq(sandbox_open(box, "home/boxd", O_RDONLY, 0, false, &fd, why, sizeof(why)), EINVAL);
    ck_assert_int_eq(
        sandbox_open(box, "/home/boxd/a/b", O_WRONLY | O_CREAT, 0644, false, &fd, why, sizeof(why)), ENOENT);
    run(box, "mkfifo fifo");
    ck_assert_int_eq(sandbox_open(box, "/home/boxd/fifo", O_RDONLY, 0, false, &fd, why, sizeof(why)), EINVAL);
    ck_assert_int_eq(sandbox_mkdir(box, "/home/boxd", why, sizeof(why)), EEXIST);
    ck_assert_int_eq(sandbox_remove(box, "/home/boxd/none", why, sizeof(why)), ENOENT);
    ck_assert_int_eq(sandbox_remove(box, "/home/boxd/..", why, sizeof(why)), EINVAL);
}
END_TEST

/* The file systems of a kernel: no file is written below the mount that the commands see. */
START_TEST(mounts_are_not_written)
{
    static const char *const directories[] = {"/proc", "/sys", "/dev", "/home/boxd/link"};
    run(box, "ln -s /proc link; echo x > file");
    for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++) {
        char path[64];
        int fd = -1, error;
        (void)snprintf(path, sizeof(path), "%s/x", directories[i]);
        error = sandbox_open(box, path, O_WRONLY | O_CREAT, 0644, true, &fd, why, sizeof(why));
        ck_assert_msg(error == EACCES || error == EROFS, "%s: %s", path, strerror(error));
        error = sandbox_mkdir(box, path, why, sizeof(why));
        ck_assert_msg(error == EACCES || error == EROFS, "%s: %s", path, strerror(error));
        ck_assert_int_ne(sandbox_copy(box, "/home/boxd/file", path, why, sizeof(why)), 0);
        ck_assert_int_ne(sandbox_rename(box, "/home/boxd/file", path, why, sizeof(why)), 0);
        ck_assert_int_ne(sandbox_remove(box, path, why, sizeof(why)), 0);
    }
    ck_assert_str_eq(run(box, "cat file; ls -d /proc/self /dev/null; ls /sys; : > /dev/shm/x")->out,
                     "x\n/dev/null\n/proc/self\n");
    put(box, "/dev/shm/y", "y");
    ck_assert_str_eq(run(box, "cat /dev/shm/y")->out, "y");
}
END_TEST

START_TEST(trees_are_renamed_copied_removed)
{
    run(box, "mkdir -p a/b && echo 1 > a/b/f && ln -s b/f a/l && chmod 750 a/b/f && mkdir a/closed && chmod "
             "0 a/closed");
    ck_assert_int_eq(sandbox_mkdir(box, "/home/boxd/new", why, sizeof(why)), 0);
    run(box, "chmod 700 a/closed");
    ck_assert_msg(sandbox_copy(box, "/home/boxd/a", "/home/boxd/new/c", why, sizeof(why)) == 0, "%s", why);
    ck_assert_str_eq(run(box, "cat new/c/l; stat -c %a new/c/b/f; readlink new/c/l")->out, "1\n750\nb/f\n");
    ck_assert_int_eq(sandbox_copy(box, "/home/boxd/a", "/home/boxd/a/b/x", why, sizeof(why)), EINVAL);
    ck_assert_int_eq(sandbox_rename(box, "/home/boxd/new/c", "/home/boxd/d", why, sizeof(why)), 0);
    ck_assert(exists(box, "/home/boxd/d/b/f") && !exists(box, "/home/boxd/new/c"));
    run(box,
        "chmod 0 a/closed; mkdir -p deep; cd deep; for i in $(seq 1 1200); do mkdir d; cd d; done; echo > f");
    ck_assert_msg(sandbox_remove(box, "/home/boxd/deep", why, sizeof(why)) == 0, "%s", why);
    ck_assert_msg(sandbox_remove(box, "/home/boxd/a", why, sizeof(why)) == 0, "%s", why);
    ck_assert_str_eq(run(box, "ls -A")->out, "d\nnew\n");
}
END_TEST

START_TEST(paths_do_not_lead_out)
{
    char secret[128], path[512];
    int fd = -1;
    snprintf(secret, sizeof(secret), "%s/secret", state_dir);
    fd = open(secret, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    ck_assert_int_eq(write(fd, "secret", 6), 6);
    close(fd);
    snprintf(path, sizeof(path), "/home/boxd/../../../../../../../..%s", secret);
    ck_assert_str_eq(get(box, path), "(none)");
    snprintf(path, sizeof(path),
             "ln -s %s abs; ln -s ../../../../../../../../../..%s rel; ln -s / root; ln -s %s dir", secret,
             secret, state_dir);
    run(box, path);
    ck_assert_str_eq(get(box, "/home/boxd/abs"), "(none)");
    ck_assert_str_eq(get(box, "/home/boxd/rel"), "(none)");
    ck_assert_str_eq(get(box, "/home/boxd/dir/secret"), "(none)");
    snprintf(path, sizeof(path), "/home/boxd/root%s", secret);
    ck_assert_str_eq(get(box, path), "(none)");
    ck_assert_int_eq(sandbox_remove(box, "/home/boxd/dir/secret", why, sizeof(why)), ENOENT);
    ck_assert_int_eq(sandbox_rename(box, "/home/boxd/dir/secret", "/home/boxd/x", why, sizeof(why)), ENOENT);
    /* Removing a link keeps its target; writing through it creates a file in the sandbox. */
    ck_assert_int_eq(sandbox_remove(box, "/home/boxd/dir", why, sizeof(why)), 0);
    fd = open(secret, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(read(fd, path, sizeof(path)), 6);
    close(fd);
    unlink(secret);
}
END_TEST

START_TEST(forks_have_the_files)
{
    run(box, "mkdir -p d/closed; echo 1 > d/f; ln -s f d/l; chmod 600 d/f; mkfifo d/p; echo x > d/closed/g; "
             "chmod 0 d/closed");
    sandbox *copy = new_sandbox("copy", box);
    ck_assert_msg(sandbox_start(copy, why, sizeof(why)) == 0, "%s", why);
    ck_assert_str_eq(run(copy, "cat d/l; stat -c %a d/f; test -p d/p && echo fifo")->out, "1\n600\nfifo\n");
    ck_assert_str_eq(run(copy, "chmod 700 d/closed; cat d/closed/g; echo 2 > d/f")->out, "x\n");
    ck_assert_str_eq(get(box, "/home/boxd/d/f"), "1\n");
    sandbox_destroy(copy);
    ck_assert_str_eq(run(box, "cat d/f")->out, "1\n");
}
END_TEST

/* ---- isolation ---- */

START_TEST(sandboxes_are_isolated)
{
    sandbox *other = new_running_sandbox("other");
    run(box, "echo mine > file; echo t > /tmp/file");
    ck_assert_int_eq(run(other, "test -e file || test -e /tmp/file")->code, 1);
    sandbox_process *p = spawn(box, "echo ready; exec sleep 31415", false);
    expect(p, "ready\n");
    const result *r = run(other, "ps -e -o args=");
    ck_assert_ptr_nonnull(strstr(r->out, "ps -e"));
    ck_assert_ptr_null(strstr(r->out, "31415"));
    ck_assert_ptr_nonnull(strstr(run(box, "ps -e -o args=")->out, "31415"));
    ck_assert_str_eq(run(other, "hostname; cat /etc/hostname; whoami; id -u")->out,
                     "other\nother\nboxd\n1000\n");
    sandbox_process_free(p);
    sandbox_destroy(other);
}
END_TEST

START_TEST(host_is_not_changed)
{
    char command[256];
    snprintf(command, sizeof(command),
             "echo x > /etc/boxd-test && cat /etc/boxd-test; echo y > /new && cat /new; "
             "rm /etc/boxd-test; ls -d /boot %s /var/lib 2>/dev/null",
             state_dir);
    const result *r = run(box, command);
    ck_assert_str_eq(r->out, "x\ny\n/var/lib\n");
    ck_assert_int_ne(access("/etc/boxd-test", F_OK), 0);
    ck_assert_int_ne(access("/new", F_OK), 0);
    ck_assert_str_eq(get(box, "/new"), "y\n");
    put(box, "/etc/from-outside/file", "e");
    put(box, "/usr/local/bin/from-outside", "u");
    put(box, "/data/file", "d");
    ck_assert_str_eq(run(box, "cat /etc/from-outside/file /usr/local/bin/from-outside /data/file")->out,
                     "eud");
    ck_assert_str_eq(run(box, "rm -r /etc/from-outside /data && touch /var/tmp/x && echo ok")->out, "ok\n");
    ck_assert_int_ne(access("/data/file", F_OK), 0);
    ck_assert_int_ne(run(box, "echo 1 > /proc/sys/kernel/hostname")->code, 0);
    ck_assert_int_ne(run(box, "echo h > /proc/sysrq-trigger")->code, 0);
    ck_assert_int_ne(run(box, "umount /proc/sys || umount /proc || mount -t tmpfs x /mnt")->code, 0);
    ck_assert_int_ne(run(box, "kill -9 1; mknod /tmp/m c 1 1")->code, 0);
    ck_assert_str_eq(run(box, "grep CapEff /proc/self/status")->out, "CapEff:\t0000000000000000\n");
    ck_assert_str_eq(run(box, "echo a > /dev/null; head -c3 /dev/zero | wc -c; ls /sys | wc -l")->out,
                     "3\n0\n");
}
END_TEST

/* The user of the host as whom the boxes run; for root an unprivileged one. */
static struct stat box_user(void)
{
    char path[128];
    struct stat status;
    snprintf(path, sizeof(path), "%s/sandboxes", state_dir);
    ck_assert_int_eq(stat(path, &status), 0);
    return status;
}

/* A file or directory (`mode` has S_IFDIR) of the host, of this user or that of the boxes. */
static void make_on_host(const char *directory, const char *name, mode_t mode, bool of_boxes)
{
    char path[128];
    struct stat owner = box_user();
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    if (S_ISDIR(mode))
        ck_assert_int_eq(mkdir(path, mode & 0777), 0);
    else
        ck_assert_int_eq(mknod(path, mode, 0), 0);
    ck_assert_int_eq(chown(path, of_boxes ? owner.st_uid : geteuid(), of_boxes ? owner.st_gid : getegid()),
                     0);
    ck_assert_int_eq(chmod(path, mode & 0777), 0);
}

START_TEST(secrets_of_the_host_are_not_read)
{
    char dir[] = "/var/tmp/sandbox-test-XXXXXX", command[256], path[128];
    int fd = -1;
    ck_assert_uint_ne(box_user().st_uid, 0);
    ck_assert_int_ne(run(box, "cat /etc/shadow")->code, 0);
    ck_assert_int_eq(sandbox_open(box, "/etc/shadow", O_RDONLY, 0, false, &fd, why, sizeof(why)), EACCES);
    if (geteuid() != 0)
        return; /* an ordinary user's boxes read the files of this user */
    ck_assert_ptr_nonnull(mkdtemp(dir));
    make_on_host(dir, "closed", S_IFDIR | 0700, false);
    make_on_host(dir, "private", S_IFREG | 0600, false);
    make_on_host(dir, "group", S_IFREG | 0640, false);
    make_on_host(dir, "public", S_IFREG | 0644, false);
    ck_assert_int_eq(chmod(dir, 0755), 0);
    snprintf(command, sizeof(command), "cd %s && cat public && ! ls closed && ! cat private && ! cat group",
             dir);
    ck_assert_int_eq(run(box, command)->code, 0);
    static const char *const denied[] = {"closed", "private", "group"};
    for (size_t i = 0; i < 3; i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, denied[i]);
        ck_assert_int_eq(sandbox_open(box, path, O_RDONLY, 0, false, &fd, why, sizeof(why)), EACCES);
    }
    snprintf(path, sizeof(path), "%s/new", dir);
    ck_assert_int_eq(sandbox_open(box, path, O_WRONLY | O_CREAT, 0644, false, &fd, why, sizeof(why)), EACCES);
    ck_assert_int_eq(sandbox_mkdir(box, path, why, sizeof(why)), EACCES);
    snprintf(path, sizeof(path), "%s/public", dir);
    ck_assert_int_ne(sandbox_remove(box, path, why, sizeof(why)), 0);
    ck_assert_int_ne(sandbox_rename(box, path, "/home/boxd/x", why, sizeof(why)), 0);
    snprintf(command, sizeof(command), "rm -r %s", dir);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(whiteouts_are_copied)
{
    char dir[] = "/var/tmp/sandbox-test-XXXXXX", command[256], check[160];
    sandbox *copy;
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(chown(dir, box_user().st_uid, box_user().st_gid), 0);
    make_on_host(dir, "file", S_IFREG | 0644, true);
    make_on_host(dir, "dir", S_IFDIR | 0755, true);
    make_on_host(dir, "dir/old", S_IFREG | 0644, true);
    snprintf(check, sizeof(check), "cd %s && test ! -e file && test $(ls dir) = new && echo gone", dir);
    snprintf(command, sizeof(command), "cd %s && rm file && rm -rf dir && mkdir dir && echo 1 > dir/new",
             dir);
    ck_assert_int_eq(run(box, command)->code, 0);
    ck_assert_str_eq(run(box, check)->out, "gone\n");
    copy = new_sandbox("copy", box);
    ck_assert_int_eq(sandbox_start(copy, why, sizeof(why)), 0);
    ck_assert_str_eq(run(copy, check)->out, "gone\n");
    ck_assert_str_eq(run(copy, "cat /etc/hostname")->out, "copy\n");
    sandbox_destroy(copy);
    snprintf(command, sizeof(command), "test -e %s/dir/old && rm -r %s", dir, dir);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

START_TEST(no_mount_is_left)
{
    char line[4096];
    FILE *mounts = fopen("/proc/self/mounts", "re");
    while (fgets(line, sizeof(line), mounts))
        ck_assert_ptr_null(strstr(line, state_dir));
    fclose(mounts);
}
END_TEST

static Suite *make_suite(void)
{
    const TTest *const everywhere[] = {files_are_written_and_read, file_errors_are_reported,
                                       trees_are_renamed_copied_removed, paths_do_not_lead_out,
                                       forks_have_the_files};
    const TTest *const isolated[] = {mounts_are_not_written, sandboxes_are_isolated,
                                     host_is_not_changed,    secrets_of_the_host_are_not_read,
                                     whiteouts_are_copied,   no_mount_is_left};
    Suite *suite = suite_create("sandbox_files");
    add_tests(suite, "both isolations", everywhere, sizeof(everywhere) / sizeof(everywhere[0]));
    if (isolation == SANDBOX_ISOLATION_NAMESPACES)
        add_tests(suite, "isolation", isolated, sizeof(isolated) / sizeof(isolated[0]));
    return suite;
}

int main(int argc, char **argv)
{
    int code = 0;
    if (sandbox_init_main(argc, argv, &code))
        return code;
    return run_sandboxes(make_suite, argv);
}
