/*
 * room_test.c: tests/emulator/room*.c against the kernel this runs on. Run it as root and as an ordinary
 * user; with EMULATOR_ISOLATION=directory the tests that need isolation are left out and the others run in
 * plain directories.
 */
#define _GNU_SOURCE
#include "room.h"

#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WHY_SIZE 240
#define PATIENCE_MS 20000

static char state_dir[64];
static char why[WHY_SIZE];
static room_isolation isolation;
static room *box; /* fresh and running for each test */

/* ---- helpers ---- */

typedef struct {
    char out[65536], err[4096];
    size_t n_out, n_err;
    int code;
} result;

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static room *new_room(const char *id, room *source)
{
    room *r = NULL;
    ck_assert_msg(room_create(id, id, source, &r, why, sizeof(why)) == 0, "%s", why);
    return r;
}

static room *new_running_room(const char *id)
{
    room *r = new_room(id, NULL);
    ck_assert_msg(room_start(r, why, sizeof(why)) == 0, "%s", why);
    return r;
}

static room_process *spawn(room *r, const char *command, bool pty)
{
    room_spawn_options options = {.command = command, .pty = pty};
    room_process *p = NULL;
    ck_assert_msg(room_spawn(r, &options, &p, why, sizeof(why)) == 0, "%s", why);
    return p;
}

static int wait_end(room_process *p)
{
    struct pollfd end = {.fd = room_process_exit_fd(p), .events = POLLIN};
    int code = -1;
    ck_assert_int_eq(poll(&end, 1, PATIENCE_MS), 1);
    ck_assert(room_process_ended(p, &code));
    return code;
}

/* One read after a wait; 0 at the end (EIO is a PTY's). */
static size_t read_some(int fd, char *buffer, size_t size)
{
    struct pollfd source = {.fd = fd, .events = POLLIN};
    ck_assert_int_eq(poll(&source, 1, PATIENCE_MS), 1);
    ssize_t n = read(fd, buffer, size);
    if (n < 0)
        ck_assert_int_eq(errno, EIO);
    return n > 0 ? (size_t)n : 0;
}

static size_t read_all(int fd, char *buffer, size_t size)
{
    size_t n = 0, got;
    while (n + 1 < size && (got = read_some(fd, buffer + n, size - 1 - n)) > 0)
        n += got;
    buffer[n] = '\0';
    return n;
}

/* Reads until `text` has come; the rest is left for the next call. */
static void expect(room_process *p, const char *text)
{
    char buffer[8192];
    size_t n = 0;
    buffer[0] = '\0';
    while (!strstr(buffer, text)) {
        size_t got = read_some(room_process_stdout(p), buffer + n, 1);
        ck_assert_msg(got == 1 && n + 2 < sizeof(buffer), "no \"%s\" in \"%s\"", text, buffer);
        n += got;
        buffer[n] = '\0';
    }
}

static void say(room_process *p, const char *text)
{
    ck_assert_int_eq(write(room_process_stdin(p), text, strlen(text)), (int)strlen(text));
}

static const result *finish(room_process *p)
{
    static result r;
    r.err[0] = '\0';
    r.n_out = read_all(room_process_stdout(p), r.out, sizeof(r.out));
    r.n_err = room_process_stderr(p) >= 0 ? read_all(room_process_stderr(p), r.err, sizeof(r.err)) : 0;
    r.code = wait_end(p);
    room_process_free(p);
    return &r;
}

static const result *run(room *r, const char *command)
{
    room_process *p = spawn(r, command, false);
    room_process_close_stdin(p);
    return finish(p);
}

static void put(room *r, const char *path, const char *text)
{
    int fd = -1;
    ck_assert_msg(room_open(r, path, O_WRONLY | O_CREAT | O_TRUNC, 0644, true, &fd, why, sizeof(why)) == 0,
                  "%s", why);
    ck_assert_int_eq(write(fd, text, strlen(text)), (int)strlen(text));
    close(fd);
}

static const char *get(room *r, const char *path)
{
    static char text[4096];
    int fd = -1;
    if (room_open(r, path, O_RDONLY, 0, false, &fd, why, sizeof(why)) != 0)
        return "(none)";
    ssize_t n = read(fd, text, sizeof(text) - 1);
    text[n > 0 ? n : 0] = '\0';
    close(fd);
    return text;
}

static bool exists(room *r, const char *path)
{
    int fd = -1;
    int error = room_open(r, path, O_PATH | O_NOFOLLOW, 0, false, &fd, why, sizeof(why));
    if (error == 0)
        close(fd);
    return error == 0;
}

static int descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int n = 0;
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static void set_up(void)
{
    box = new_running_room("box");
}

static void tear_down(void)
{
    room_destroy(box);
    box = NULL;
}

/* ---- commands ---- */

START_TEST(echo_comes_back)
{
    const result *r = run(box, "echo hello");
    ck_assert_str_eq(r->out, "hello\n");
    ck_assert_str_eq(r->err, "");
    ck_assert_int_eq(r->code, 0);
}
END_TEST

START_TEST(codes_and_signals_are_told)
{
    ck_assert_int_eq(run(box, "exit 42")->code, 42);
    ck_assert_int_eq(run(box, "kill -TERM $$")->code, 128 + SIGTERM);
    ck_assert_int_eq(run(box, "kill -KILL $$")->code, 128 + SIGKILL);
    ck_assert_int_eq(run(box, "/no/such/command")->code, 127);
}
END_TEST

START_TEST(stderr_is_apart)
{
    const result *r = run(box, "echo out; echo err >&2");
    ck_assert_str_eq(r->out, "out\n");
    ck_assert_str_eq(r->err, "err\n");
}
END_TEST

START_TEST(stdin_and_its_end_arrive)
{
    room_process *p = spawn(box, "cat; echo end", false);
    say(p, "one\n");
    expect(p, "one\n");
    ck_assert(!room_process_ended(p, NULL));
    room_process_close_stdin(p);
    room_process_close_stdin(p);
    ck_assert_str_eq(finish(p)->out, "end\n");
}
END_TEST

START_TEST(output_is_there_after_the_end)
{
    room_process *p = spawn(box, "seq 1 8000", false);
    ck_assert_int_eq(wait_end(p), 0);
    const result *r = finish(p);
    ck_assert_str_eq(r->out + r->n_out - 5, "8000\n");
    p = spawn(box, "seq 1 1500", true);
    ck_assert_int_eq(wait_end(p), 0);
    r = finish(p);
    ck_assert_str_eq(r->out + r->n_out - 6, "1500\r\n");
}
END_TEST

START_TEST(environment_is_clean_and_extended)
{
    const char *const env[] = {"GREETING=hi there", "TERM=vt100", NULL};
    room_spawn_options options = {.command = "echo $GREETING/$TERM/$USER/$LEAK; pwd; echo $HOME", .env = env};
    room_process *p = NULL;
    setenv("LEAK", "1", 1);
    ck_assert_int_eq(room_spawn(box, &options, &p, why, sizeof(why)), 0);
    const result *r = finish(p);
    ck_assert_msg(strncmp(r->out, "hi there/vt100/boxd/\n", 21) == 0, "%s", r->out);
    if (isolation == ROOM_ISOLATION_NAMESPACES)
        ck_assert_str_eq(r->out + 21, "/home/boxd\n/home/boxd\n");
    const char *const nameless[] = {"=x", NULL};
    options.env = nameless;
    ck_assert_int_eq(room_spawn(box, &options, &p, why, sizeof(why)), EINVAL);
    ck_assert_ptr_null(p);
}
END_TEST

START_TEST(no_descriptor_leaks)
{
    run(box, "true");
    int before = descriptors();
    const result *r = run(box, "ls /proc/self/fd | wc -l");
    ck_assert_int_eq(atoi(r->out), 4); /* 0, 1, 2 and the one of ls itself */
    for (int i = 0; i < 10; i++)
        finish(spawn(box, "true", i % 2 == 0));
    room *other = new_running_room("other");
    room_destroy(other);
    ck_assert_int_eq(descriptors(), before);
}
END_TEST

START_TEST(many_run_at_once)
{
    enum { N = 200 };
    static room_process *all[N];
    for (int i = 0; i < N; i++)
        all[i] = spawn(box, "read line; exit 3", false);
    for (int i = 0; i < N; i++)
        say(all[i], "go\n");
    for (int i = 0; i < N; i++)
        ck_assert_int_eq(finish(all[i])->code, 3);
}
END_TEST

/* ---- terminals ---- */

START_TEST(terminal_has_its_size)
{
    room_spawn_options options = {
        .command = "stty size; test -t 0 && tty", .pty = true, .cols = 132, .rows = 43};
    room_process *p = NULL;
    ck_assert_int_eq(room_spawn(box, &options, &p, why, sizeof(why)), 0);
    ck_assert_int_eq(room_process_stderr(p), -1);
    ck_assert_int_eq(strncmp(finish(p)->out, "43 132\r\n/dev/pts/", 17), 0);
    ck_assert_str_eq(finish(spawn(box, "stty size", true))->out, "24 80\r\n");
}
END_TEST

START_TEST(terminal_is_resized)
{
    room_process *p =
        spawn(box, "trap 'stty size; exit 5' WINCH; echo ready; while :; do read x; done", true);
    expect(p, "ready\r\n");
    ck_assert_int_eq(room_process_resize(p, 100, 50), 0);
    expect(p, "50 100\r\n");
    ck_assert_int_eq(room_process_resize(p, 0, 50), EINVAL);
    ck_assert_int_eq(finish(p)->code, 5);
    p = spawn(box, "read x", false);
    ck_assert_int_eq(room_process_resize(p, 10, 10), ENOTTY);
    room_process_free(p);
}
END_TEST

START_TEST(terminal_knows_control_keys)
{
    room_process *p = spawn(box, "echo ready; exec sleep 1000", true);
    expect(p, "ready\r\n");
    say(p, "\003");
    ck_assert_int_eq(finish(p)->code, 128 + SIGINT);
    p = spawn(box, "cat; echo end", true);
    room_process_close_stdin(p);
    ck_assert_int_eq(finish(p)->code, 0);
}
END_TEST

/* ---- kill ---- */

START_TEST(kill_reaches_the_group)
{
    room_process *p = spawn(box, "sleep 1000 & sleep 1000 & echo ready; wait", false);
    expect(p, "ready\n");
    room_process_kill(p, 5000);
    /* The end of file comes only when the children, who hold the pipe too, are dead. */
    ck_assert_int_eq(finish(p)->code, 128 + SIGTERM);
}
END_TEST

START_TEST(kill_insists_after_the_grace)
{
    room_process *p = spawn(box, "trap '' TERM; sleep 1000 & echo ready; wait; sleep 1000", false);
    expect(p, "ready\n");
    double start = now_ms();
    room_process_kill(p, 100);
    ck_assert(now_ms() - start < 50);
    ck_assert_int_eq(finish(p)->code, 128 + SIGKILL);
    ck_assert(now_ms() - start >= 95);
    /* The leader ends at once, a child that ignores the signal after the grace. */
    p = spawn(box, "(trap '' TERM; echo ready; sleep 1000) & exec sleep 1000", false);
    expect(p, "ready\n");
    room_process_kill(p, 100);
    ck_assert_int_eq(finish(p)->code, 128 + SIGTERM);
}
END_TEST

START_TEST(kill_spares_other_sessions)
{
    run(box, "mkfifo fifo");
    room_process *p =
        spawn(box, "setsid sh -c 'echo ready; read x < fifo; echo survived > file' & wait", false);
    expect(p, "ready\n");
    room_process_kill(p, 1000);
    ck_assert_int_eq(wait_end(p), 128 + SIGTERM);
    room_process_free(p);
    ck_assert_int_eq(run(box, "echo go > fifo; until test -s file; do :; done")->code, 0);
    ck_assert_str_eq(get(box, "/home/boxd/file"), "survived\n");
}
END_TEST

/* ---- files ---- */

START_TEST(files_go_in_and_out)
{
    put(box, "/home/boxd/deep/er/file", "from outside\n");
    ck_assert_str_eq(run(box, "cat deep/er/file; echo from inside > answer")->out, "from outside\n");
    ck_assert_str_eq(get(box, "/home/boxd/answer"), "from inside\n");
    put(box, "/tmp/x/y", "t");
    ck_assert_str_eq(run(box, "cat ${TMPDIR:-/tmp}/x/y")->out, "t");
    ck_assert_str_eq(run(box, "echo more >> deep/er/file && wc -l < deep/er/file")->out, "2\n");
    ck_assert_int_eq(room_stop(box, 0, why, sizeof(why)), 0);
    ck_assert_str_eq(get(box, "/home/boxd/answer"), "from inside\n");
    put(box, "/home/boxd/while-stopped", "s\n");
    ck_assert_int_eq(room_start(box, why, sizeof(why)), 0);
    ck_assert_str_eq(run(box, "cat while-stopped answer")->out, "s\nfrom inside\n");
}
END_TEST

START_TEST(file_errors_are_told)
{
    int fd = 5;
    ck_assert_int_eq(room_open(box, "/home/boxd/none", O_RDONLY, 0, false, &fd, why, sizeof(why)), ENOENT);
    ck_assert_int_eq(fd, -1);
    ck_assert_int_eq(room_open(box, "home/boxd", O_RDONLY, 0, false, &fd, why, sizeof(why)), EINVAL);
    ck_assert_int_eq(room_open(box, "/home/boxd/a/b", O_WRONLY | O_CREAT, 0644, false, &fd, why, sizeof(why)),
                     ENOENT);
    run(box, "mkfifo fifo");
    ck_assert_int_eq(room_open(box, "/home/boxd/fifo", O_RDONLY, 0, false, &fd, why, sizeof(why)), EINVAL);
    ck_assert_int_eq(room_mkdir(box, "/home/boxd", why, sizeof(why)), EEXIST);
    ck_assert_int_eq(room_remove(box, "/home/boxd/none", why, sizeof(why)), ENOENT);
    ck_assert_int_eq(room_remove(box, "/home/boxd/..", why, sizeof(why)), EINVAL);
}
END_TEST

START_TEST(trees_are_moved_copied_removed)
{
    run(box, "mkdir -p a/b && echo 1 > a/b/f && ln -s b/f a/l && chmod 750 a/b/f && mkdir a/closed && chmod "
             "0 a/closed");
    ck_assert_int_eq(room_mkdir(box, "/home/boxd/new", why, sizeof(why)), 0);
    run(box, "chmod 700 a/closed");
    ck_assert_msg(room_copy(box, "/home/boxd/a", "/home/boxd/new/c", why, sizeof(why)) == 0, "%s", why);
    ck_assert_str_eq(run(box, "cat new/c/l; stat -c %a new/c/b/f; readlink new/c/l")->out, "1\n750\nb/f\n");
    ck_assert_int_eq(room_copy(box, "/home/boxd/a", "/home/boxd/a/b/x", why, sizeof(why)), EINVAL);
    ck_assert_int_eq(room_rename(box, "/home/boxd/new/c", "/home/boxd/d", why, sizeof(why)), 0);
    ck_assert(exists(box, "/home/boxd/d/b/f") && !exists(box, "/home/boxd/new/c"));
    run(box,
        "chmod 0 a/closed; mkdir -p deep; cd deep; for i in $(seq 1 1200); do mkdir d; cd d; done; echo > f");
    ck_assert_msg(room_remove(box, "/home/boxd/deep", why, sizeof(why)) == 0, "%s", why);
    ck_assert_msg(room_remove(box, "/home/boxd/a", why, sizeof(why)) == 0, "%s", why);
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
    ck_assert_int_eq(room_remove(box, "/home/boxd/dir/secret", why, sizeof(why)), ENOENT);
    ck_assert_int_eq(room_rename(box, "/home/boxd/dir/secret", "/home/boxd/x", why, sizeof(why)), ENOENT);
    /* A link is removed, not what it leads to; writing through it makes a file inside. */
    ck_assert_int_eq(room_remove(box, "/home/boxd/dir", why, sizeof(why)), 0);
    fd = open(secret, O_RDONLY | O_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(read(fd, path, sizeof(path)), 6);
    close(fd);
}
END_TEST

START_TEST(forks_have_the_files)
{
    run(box, "mkdir -p d/closed; echo 1 > d/f; ln -s f d/l; chmod 600 d/f; mkfifo d/p; echo x > d/closed/g; "
             "chmod 0 d/closed");
    room *copy = new_room("copy", box);
    ck_assert_msg(room_start(copy, why, sizeof(why)) == 0, "%s", why);
    ck_assert_str_eq(run(copy, "cat d/l; stat -c %a d/f; test -p d/p && echo fifo")->out, "1\n600\nfifo\n");
    ck_assert_str_eq(run(copy, "chmod 700 d/closed; cat d/closed/g; echo 2 > d/f")->out, "x\n");
    ck_assert_str_eq(get(box, "/home/boxd/d/f"), "1\n");
    room_destroy(copy);
    ck_assert_str_eq(run(box, "cat d/f")->out, "1\n");
}
END_TEST

/* ---- isolation ---- */

START_TEST(rooms_are_apart)
{
    room *other = new_running_room("other");
    run(box, "echo mine > file; echo t > /tmp/file");
    ck_assert_int_eq(run(other, "test -e file || test -e /tmp/file")->code, 1);
    room_process *p = spawn(box, "echo ready; exec sleep 31415", false);
    expect(p, "ready\n");
    const result *r = run(other, "ps -e -o args=");
    ck_assert_ptr_nonnull(strstr(r->out, "ps -e"));
    ck_assert_ptr_null(strstr(r->out, "31415"));
    ck_assert_ptr_nonnull(strstr(run(box, "ps -e -o args=")->out, "31415"));
    ck_assert_str_eq(run(other, "hostname; cat /etc/hostname; whoami; id -u")->out,
                     "other\nother\nboxd\n1000\n");
    room_process_free(p);
    room_destroy(other);
}
END_TEST

START_TEST(host_is_not_changed)
{
    const result *r = run(box, "echo x > /etc/boxd-test && cat /etc/boxd-test; echo y > /new && cat /new; "
                               "rm /etc/boxd-test; ls -d /work /var/lib 2>/dev/null");
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

START_TEST(whiteouts_are_copied)
{
    room *copy;
    const char *check = "test ! -e /etc/profile && test $(ls /etc/profile.d) = new && echo gone";
    if (geteuid() != 0)
        return; /* nobody's files cannot be removed */
    run(box, "rm /etc/profile; rm -rf /etc/profile.d; mkdir /etc/profile.d; echo 1 > /etc/profile.d/new");
    ck_assert_str_eq(run(box, check)->out, "gone\n");
    copy = new_room("copy", box);
    ck_assert_int_eq(room_start(copy, why, sizeof(why)), 0);
    ck_assert_str_eq(run(copy, check)->out, "gone\n");
    ck_assert_str_eq(run(copy, "ls /etc/profile.d; cat /etc/hostname")->out, "new\ncopy\n");
    room_destroy(copy);
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

/* ---- states ---- */

START_TEST(suspend_really_stops)
{
    room_process *p = NULL, *counter = spawn(box, "while :; do echo x; done > counter", false);
    room_spawn_options options = {.command = "true"};
    ck_assert_int_eq(run(box, "until test -s counter; do :; done")->code, 0);
    struct stat before, after;
    int fd = -1;
    ck_assert_msg(room_suspend(box, why, sizeof(why)) == 0, "%s", why);
    ck_assert_int_eq(room_suspend(box, why, sizeof(why)), 0);
    ck_assert_int_eq(room_open(box, "/home/boxd/counter", O_RDONLY, 0, false, &fd, why, sizeof(why)), 0);
    ck_assert_int_eq(fstat(fd, &before), 0);
    ck_assert_int_eq(room_spawn(box, &options, &p, why, sizeof(why)), EBUSY);
    /* That nothing happens has no event: some time must pass. */
    poll(NULL, 0, 100);
    ck_assert_int_eq(fstat(fd, &after), 0);
    ck_assert_int_eq(before.st_size, after.st_size);
    ck_assert_int_eq(room_resume(box, why, sizeof(why)), 0);
    for (double until = now_ms() + PATIENCE_MS; after.st_size == before.st_size && now_ms() < until;)
        ck_assert_int_eq(fstat(fd, &after), 0);
    ck_assert_int_gt(after.st_size, before.st_size);
    close(fd);
    room_process_free(counter);
}
END_TEST

START_TEST(shells_do_not_notice_a_suspend)
{
    room_process *p = spawn(box, "exec sh -i", true);
    say(p, "sleep 0.3; echo do''ne\n");
    expect(p, "ne\r\n"); /* the echo of what was typed */
    ck_assert_int_eq(room_suspend(box, why, sizeof(why)), 0);
    ck_assert_int_eq(room_resume(box, why, sizeof(why)), 0);
    char out[512];
    size_t n = 0;
    do {
        n += read_some(room_process_stdout(p), out + n, sizeof(out) - 1 - n);
        out[n] = '\0';
    } while (!strstr(out, "done\r\n"));
    ck_assert_ptr_null(strstr(out, "topped"));
    room_process_free(p);
}
END_TEST

START_TEST(stop_kills)
{
    room_spawn_options options = {.command = "true"};
    room_process *none = NULL;
    room_process *polite =
        spawn(box, "trap 'echo bye > bye; exit 9' TERM; echo ready; while :; do sleep 0.01; done", false);
    room_process *deaf = spawn(box, "trap '' TERM; echo ready; while :; do sleep 0.01; done", false);
    room_process *session = spawn(box, "setsid sleep 1000 & setsid sleep 1000 & echo ready; wait", false);
    expect(polite, "ready\n");
    expect(deaf, "ready\n");
    expect(session, "ready\n");
    ck_assert_int_eq(room_stop(box, 200, why, sizeof(why)), 0);
    ck_assert_int_eq(room_stop(box, 200, why, sizeof(why)), 0);
    ck_assert_int_eq(finish(polite)->code, 9);
    ck_assert_int_eq(finish(deaf)->code, 128 + SIGKILL);
    ck_assert_int_eq(finish(session)->code, 128 + SIGTERM);
    ck_assert_int_eq(room_spawn(box, &options, &none, why, sizeof(why)), ESRCH);
    ck_assert_int_eq(room_suspend(box, why, sizeof(why)), ESRCH);
    ck_assert_int_eq(room_start(box, why, sizeof(why)), 0);
    ck_assert_int_eq(room_start(box, why, sizeof(why)), 0);
    ck_assert_str_eq(run(box, "cat bye")->out, "bye\n");
}
END_TEST

START_TEST(stop_of_a_suspended_room)
{
    room_process *p = spawn(box, "echo ready; exec sleep 1000", false);
    expect(p, "ready\n");
    ck_assert_int_eq(room_suspend(box, why, sizeof(why)), 0);
    double start = now_ms();
    ck_assert_int_eq(room_stop(box, 10000, why, sizeof(why)), 0);
    ck_assert(now_ms() - start < 5000);
    ck_assert_int_eq(finish(p)->code, 128 + SIGTERM);
}
END_TEST

START_TEST(destroy_removes_everything)
{
    char path[128];
    room *other = new_running_room("other");
    run(other, "mkdir -p a/b; echo > a/b/c; chmod 0 a; (trap '' TERM HUP; while :; do echo > "
               "/tmp/$$-$RANDOM; done) >&- 2>&- &");
    room_process *p = spawn(other, "sleep 1000", false);
    snprintf(path, sizeof(path), "%s/rooms/other", state_dir);
    ck_assert_int_eq(access(path, F_OK), 0);
    room_destroy(other);
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert_int_eq(wait_end(p), 128 + SIGKILL); /* a process may outlive its room */
    room_process_kill(p, 100);
    room_process_free(p);
    room *again = new_room("other", NULL);
    room *twice = NULL;
    ck_assert_int_eq(room_create("other", "other", NULL, &twice, why, sizeof(why)), EEXIST);
    ck_assert_int_eq(room_create("../other", "other", NULL, &twice, why, sizeof(why)), EINVAL);
    ck_assert_int_eq(access(path, F_OK), 0);
    room_destroy(again);
    room_destroy(NULL);
}
END_TEST

START_TEST(many_rooms_are_fast)
{
    enum { N = 50 };
    static room *all[N];
    double start = now_ms();
    for (int i = 0; i < N; i++) {
        char id[32];
        snprintf(id, sizeof(id), "many-%d", i);
        all[i] = new_running_room(id);
    }
    double each = (now_ms() - start) / N;
    for (int i = 0; i < N; i++)
        ck_assert_str_eq(run(all[i], "echo ok")->out, "ok\n");
    for (int i = 0; i < N; i++)
        room_destroy(all[i]);
    printf("create + start of a room: %.1f ms\n", each);
    /* 5 ms on an idle machine. ext4 takes ten times as long where thousands of files were deleted in the last
     * minute, as these tests do (it avoids their inodes); tmpfs does not. */
    ck_assert(each < 400);
}
END_TEST

/* ---- the end of the emulator ---- */

/* In a child that re-executes this test with `--crash <state dir>`: it starts a room with processes, says so
 * and waits to be killed. The pipe `alive` is held by the processes in the room: its end of file is their
 * death. */
static int crash_main(const char *dir)
{
    room *r = NULL;
    room_process *p = NULL;
    room_spawn_options options = {.command = "setsid sh -c 'echo ready; exec sleep 1000' & sleep 1000"};
    char text[6];
    if (room_init(dir, &isolation, why, sizeof(why)) != 0 ||
        room_create("r", "r", NULL, &r, why, sizeof(why)) != 0 || room_start(r, why, sizeof(why)) != 0 ||
        room_spawn(r, &options, &p, why, sizeof(why)) != 0)
        return 1;
    struct pollfd out = {.fd = room_process_stdout(p), .events = POLLIN};
    if (poll(&out, 1, PATIENCE_MS) != 1 || read(out.fd, text, 6) != 6 || write(1, text, 6) != 6)
        return 1;
    pause();
    return 0;
}

static int clean_main(const char *dir)
{
    if (room_init(dir, &isolation, why, sizeof(why)) != 0)
        return 1;
    room_shutdown();
    return 0;
}

static int count_processes(const char *text)
{
    char path[300], content[4096];
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    int n = 0;
    while ((entry = readdir(proc)) != NULL) {
        snprintf(path, sizeof(path), "/proc/%s/environ", entry->d_name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t size = fd >= 0 ? read(fd, content, sizeof(content)) : -1;
        if (size > 0 && memmem(content, (size_t)size, text, strlen(text)))
            n++;
        if (fd >= 0)
            close(fd);
    }
    closedir(proc);
    return n;
}

START_TEST(nothing_survives_the_emulator)
{
    char dir[] = "/tmp/room-crash-XXXXXX", text[6], mark[64];
    int out[2], status = -1;
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
    snprintf(mark, sizeof(mark), "ROOM_TEST_MARK=%d", (int)getpid());
    pid_t child = fork();
    if (child == 0) {
        dup2(out[1], 1);
        putenv(mark);
        execl("/proc/self/exe", "room_test", "--crash", dir, NULL);
        _exit(127);
    }
    close(out[1]);
    ck_assert_int_eq(read(out[0], text, 6), 6);
    ck_assert_int_ge(count_processes(mark), 2); /* the child and its zygote; keepers share its memory */
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    /* The zygote ends last. Nobody here is its parent, so this looks again and again. */
    for (int i = 0; i < 500 && count_processes(mark) > 0; i++)
        poll(NULL, 0, 10);
    ck_assert_int_eq(count_processes(mark), 0);
    close(out[0]);
    /* The next emulator removes what this one had no time to. */
    child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "room_test", "--clean", dir, NULL);
        _exit(127);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("room");
    TCase *both = tcase_create("both isolations"), *apart = NULL;
    tcase_set_timeout(both, 60);
    tcase_add_checked_fixture(both, set_up, tear_down);
    const TTest *const everywhere[] = {echo_comes_back,
                                       codes_and_signals_are_told,
                                       stderr_is_apart,
                                       stdin_and_its_end_arrive,
                                       output_is_there_after_the_end,
                                       environment_is_clean_and_extended,
                                       no_descriptor_leaks,
                                       many_run_at_once,
                                       terminal_has_its_size,
                                       terminal_is_resized,
                                       terminal_knows_control_keys,
                                       kill_reaches_the_group,
                                       kill_insists_after_the_grace,
                                       kill_spares_other_sessions,
                                       files_go_in_and_out,
                                       file_errors_are_told,
                                       trees_are_moved_copied_removed,
                                       paths_do_not_lead_out,
                                       forks_have_the_files,
                                       suspend_really_stops,
                                       shells_do_not_notice_a_suspend,
                                       stop_kills,
                                       stop_of_a_suspended_room,
                                       destroy_removes_everything,
                                       many_rooms_are_fast,
                                       nothing_survives_the_emulator};
    const TTest *const isolated[] = {rooms_are_apart, host_is_not_changed, whiteouts_are_copied,
                                     no_mount_is_left};
    for (size_t i = 0; i < sizeof(everywhere) / sizeof(everywhere[0]); i++)
        tcase_add_test(both, everywhere[i]);
    suite_add_tcase(s, both);
    if (isolation != ROOM_ISOLATION_NAMESPACES)
        return s;
    apart = tcase_create("isolation");
    tcase_set_timeout(apart, 60);
    tcase_add_checked_fixture(apart, set_up, tear_down);
    for (size_t i = 0; i < sizeof(isolated) / sizeof(isolated[0]); i++)
        tcase_add_test(apart, isolated[i]);
    suite_add_tcase(s, apart);
    return s;
}

static int run_suite(void)
{
    const char *where = getenv("TMPDIR");
    snprintf(state_dir, sizeof(state_dir), "%.40s/room-test-XXXXXX", where ? where : "/tmp");
    if (!mkdtemp(state_dir) || room_init(state_dir, &isolation, why, sizeof(why)) != 0) {
        fprintf(stderr, "no rooms: %s\n", why);
        return 1;
    }
    printf("as user %u: %s\n", (unsigned)geteuid(), why);
    fflush(stdout);
    SRunner *runner = srunner_create(suite());
    /* No fork: the rooms' helpers are children of this process. */
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    room_shutdown();
    char path[128];
    snprintf(path, sizeof(path), "%s/secret", state_dir);
    unlink(path);
    if (rmdir(state_dir) != 0) {
        fprintf(stderr, "room_shutdown left something in %s\n", state_dir);
        failed++;
    }
    return failed == 0 ? 0 : 1;
}

/* The same again as an ordinary user. */
static int run_as_nobody(char **argv)
{
    int status = 1;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (setgroups(0, NULL) != 0 || setresgid(65534, 65534, 65534) != 0 ||
            setresuid(65534, 65534, 65534) != 0)
            _exit(2);
        execv("/proc/self/exe", argv);
        _exit(2);
    }
    return waitpid(child, &status, 0) == child && status == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    int code = 0;
    if (room_init_main(argc, argv, &code))
        return code;
    if (argc == 3 && strcmp(argv[1], "--crash") == 0)
        return crash_main(argv[2]);
    if (argc == 3 && strcmp(argv[1], "--clean") == 0)
        return clean_main(argv[2]);
    code = run_suite();
    return geteuid() == 0 ? run_as_nobody(argv) | code : code;
}
