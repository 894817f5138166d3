/*
 * sandbox_test.c: commands, states and the end of the sandboxes in tests/emulator/sandbox. No test measures
 * time: a grace that must not pass is an hour, and events are waited for.
 */
#include "sandbox_fixture.h"

#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#define HOUR_MS 3600000

static int descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int n = 0;
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static ssize_t read_proc(const char *pid, const char *name, char *content, size_t size)
{
    char path[300];
    snprintf(path, sizeof(path), "/proc/%s/%s", pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, content, size - 1) : -1;
    if (fd >= 0)
        close(fd);
    content[n > 0 ? n : 0] = '\0';
    return n;
}

/* The processes with `text` in their environment, and in a state of `states` unless that is NULL. */
static int count_processes(const char *text, const char *states)
{
    char content[4096];
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    int n = 0;
    while ((entry = readdir(proc)) != NULL) {
        ssize_t size = read_proc(entry->d_name, "environ", content, sizeof(content));
        if (size <= 0 || !memmem(content, (size_t)size, text, strlen(text)))
            continue;
        if (states) {
            read_proc(entry->d_name, "stat", content, sizeof(content));
            const char *name_end = strrchr(content, ')'); /* then a space and the state */
            if (!name_end || name_end[1] == '\0' || !strchr(states, name_end[2]))
                continue;
        }
        n++;
    }
    closedir(proc);
    return n;
}

/* ---- commands ---- */

START_TEST(output_is_read)
{
    const result *r = run(box, "echo hello");
    ck_assert_str_eq(r->out, "hello\n");
    ck_assert_str_eq(r->err, "");
    ck_assert_int_eq(r->code, 0);
}
END_TEST

START_TEST(codes_and_signals_are_reported)
{
    ck_assert_int_eq(run(box, "exit 42")->code, 42);
    ck_assert_int_eq(run(box, "kill -TERM $$")->code, 128 + SIGTERM);
    ck_assert_int_eq(run(box, "kill -KILL $$")->code, 128 + SIGKILL);
    ck_assert_int_eq(run(box, "/no/such/command")->code, 127);
}
END_TEST

START_TEST(stderr_is_separate)
{
    const result *r = run(box, "echo out; echo err >&2");
    ck_assert_str_eq(r->out, "out\n");
    ck_assert_str_eq(r->err, "err\n");
}
END_TEST

START_TEST(stdin_and_end_of_file)
{
    sandbox_process *p = spawn(box, "cat; echo end", false);
    say(p, "one\n");
    expect(p, "one\n");
    ck_assert(!sandbox_process_ended(p, NULL));
    sandbox_process_close_stdin(p);
    sandbox_process_close_stdin(p);
    ck_assert_str_eq(finish(p)->out, "end\n");
}
END_TEST

START_TEST(output_stays_after_the_exit)
{
    sandbox_process *p = spawn(box, "seq 1 8000", false);
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
    sandbox_spawn_options options = {.command = "echo $GREETING/$TERM/$USER/$LEAK; pwd; echo $HOME",
                                     .env = env};
    sandbox_process *p = NULL;
    setenv("LEAK", "1", 1);
    ck_assert_int_eq(sandbox_spawn(box, &options, &p, why, sizeof(why)), 0);
    const result *r = finish(p);
    ck_assert_msg(strncmp(r->out, "hi there/vt100/boxd/\n", 21) == 0, "%s", r->out);
    if (isolation == SANDBOX_ISOLATION_NAMESPACES)
        ck_assert_str_eq(r->out + 21, "/home/boxd\n/home/boxd\n");
    const char *const nameless[] = {"=x", NULL};
    options.env = nameless;
    ck_assert_int_eq(sandbox_spawn(box, &options, &p, why, sizeof(why)), EINVAL);
    ck_assert_ptr_null(p);
}
END_TEST

/* main() sets these variables before the zygote starts. Their values have the id of this process. */
static char kept_variable[64], dropped_variable[64];

static int set_variables(void)
{
    snprintf(kept_variable, sizeof(kept_variable), "TEST_SAN_OPTIONS=%d.", (int)getpid());
    snprintf(dropped_variable, sizeof(dropped_variable), "TEST_SECRET=SAN_OPTIONS=%d.", (int)getpid());
    return putenv(kept_variable) == 0 && putenv(dropped_variable) == 0 ? 0 : 1;
}

START_TEST(zygote_has_variables_of_sanitizers_only)
{
    ck_assert_int_gt(count_processes(kept_variable, NULL), 0);
    ck_assert_int_eq(count_processes(dropped_variable, NULL), 0);
}
END_TEST

START_TEST(no_descriptor_leaks)
{
    run(box, "true");
    int before = descriptors();
    const result *r = run(box, "ls /proc/self/fd | wc -l");
    ck_assert_int_eq(atoi(r->out), 4); /* 0, 1, 2 and the directory that ls reads */
    for (int i = 0; i < 10; i++)
        finish(spawn(box, "true", i % 2 == 0));
    sandbox *other = new_running_sandbox("other");
    sandbox_destroy(other);
    ck_assert_int_eq(descriptors(), before);
}
END_TEST

START_TEST(many_run_at_once)
{
    enum { N = 200 };
    static sandbox_process *all[N];
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
    sandbox_spawn_options options = {
        .command = "stty size; test -t 0 && tty", .pty = true, .cols = 132, .rows = 43};
    sandbox_process *p = NULL;
    ck_assert_int_eq(sandbox_spawn(box, &options, &p, why, sizeof(why)), 0);
    ck_assert_int_eq(sandbox_process_stderr(p), -1);
    ck_assert_int_eq(strncmp(finish(p)->out, "43 132\r\n/dev/pts/", 17), 0);
    ck_assert_str_eq(finish(spawn(box, "stty size", true))->out, "24 80\r\n");
}
END_TEST

START_TEST(terminal_is_resized)
{
    sandbox_process *p =
        spawn(box, "trap 'stty size; exit 5' WINCH; echo ready; while :; do read x; done", true);
    expect(p, "ready\r\n");
    ck_assert_int_eq(sandbox_process_resize(p, 100, 50), 0);
    expect(p, "50 100\r\n");
    ck_assert_int_eq(sandbox_process_resize(p, 0, 50), EINVAL);
    ck_assert_int_eq(finish(p)->code, 5);
    p = spawn(box, "read x", false);
    ck_assert_int_eq(sandbox_process_resize(p, 10, 10), ENOTTY);
    sandbox_process_free(p);
}
END_TEST

START_TEST(terminal_handles_control_keys)
{
    sandbox_process *p = spawn(box, "echo ready; exec sleep 1000", true);
    expect(p, "ready\r\n");
    say(p, "\003");
    ck_assert_int_eq(finish(p)->code, 128 + SIGINT);
    p = spawn(box, "cat; echo end", true);
    sandbox_process_close_stdin(p);
    ck_assert_int_eq(finish(p)->code, 0);
}
END_TEST

/* ---- kill ---- */

START_TEST(kill_reaches_the_group)
{
    sandbox_process *p = spawn(box, "sleep 1000 & sleep 1000 & echo ready; wait", false);
    expect(p, "ready\n");
    sandbox_process_kill(p, HOUR_MS);
    /* The pipe ends only when the children, which hold it too, have ended. */
    ck_assert_int_eq(finish(p)->code, 128 + SIGTERM);
}
END_TEST

START_TEST(kill_sends_sigkill_after_the_grace)
{
    sandbox_process *p = spawn(box, "trap '' TERM; sleep 1000 & echo ready; wait; sleep 1000", false);
    expect(p, "ready\n");
    sandbox_process_kill(p, 100);
    ck_assert_int_eq(finish(p)->code, 128 + SIGKILL);
}
END_TEST

START_TEST(kill_waits_for_the_grace)
{
    sandbox_process *p =
        spawn(box, "trap 'echo term' TERM; echo ready; while :; do read x && echo $x; done", false);
    expect(p, "ready\n");
    sandbox_process_kill(p, HOUR_MS); /* sends SIGTERM and returns */
    expect(p, "term\n");
    say(p, "alive\n");
    expect(p, "alive\n");
    ck_assert(!sandbox_process_ended(p, NULL));
    sandbox_process_kill(p, 1); /* the shorter grace counts; SIGTERM is not sent again */
    const result *r = finish(p);
    ck_assert_str_eq(r->out, "");
    ck_assert_int_eq(r->code, 128 + SIGKILL);
}
END_TEST

START_TEST(kill_reaches_the_group_after_the_leader)
{
    /* The leader ends at once, a child that ignores the signal after the grace. */
    sandbox_process *p = spawn(box,
                               "exec 3<&0; (trap '' TERM; echo ready; read x <&3; echo $x; sleep 1000) & "
                               "exec sleep 1000",
                               false);
    expect(p, "ready\n");
    sandbox_process_kill(p, HOUR_MS);
    ck_assert_int_eq(wait_end(p), 128 + SIGTERM);
    say(p, "alive\n");
    expect(p, "alive\n");
    sandbox_process_kill(p, 1);
    ck_assert_int_eq(finish(p)->code, 128 + SIGTERM);
}
END_TEST

START_TEST(kill_spares_other_sessions)
{
    run(box, "mkfifo fifo");
    sandbox_process *p =
        spawn(box, "setsid sh -c 'echo ready; read x < fifo; echo survived > file' & wait", false);
    expect(p, "ready\n");
    sandbox_process_kill(p, HOUR_MS);
    ck_assert_int_eq(wait_end(p), 128 + SIGTERM);
    sandbox_process_free(p);
    ck_assert_int_eq(run(box, "echo go > fifo; until test -s file; do :; done")->code, 0);
    ck_assert_str_eq(get(box, "/home/boxd/file"), "survived\n");
}
END_TEST

/* ---- states ---- */

START_TEST(suspend_stops_processes)
{
    char mark[64];
    snprintf(mark, sizeof(mark), "SANDBOX_TEST_MARK=counter-%d", (int)getpid());
    const char *const env[] = {mark, NULL};
    sandbox_spawn_options options = {.command = "while :; do echo x; done > counter", .env = env};
    sandbox_process *p = NULL, *counter = NULL;
    ck_assert_int_eq(sandbox_spawn(box, &options, &counter, why, sizeof(why)), 0);
    ck_assert_int_eq(run(box, "until test -s counter; do :; done")->code, 0);
    struct stat before, after;
    int fd = -1;
    ck_assert_msg(sandbox_suspend(box, why, sizeof(why)) == 0, "%s", why);
    ck_assert_int_eq(sandbox_suspend(box, why, sizeof(why)), 0);
    ck_assert_int_eq(sandbox_open(box, "/home/boxd/counter", O_RDONLY, 0, false, &fd, why, sizeof(why)), 0);
    /* A process that sleeps in the kernel stops when it returns. */
    while (count_processes(mark, "T") != 1)
        poll(NULL, 0, 1);
    ck_assert_int_eq(fstat(fd, &before), 0);
    ck_assert_int_eq(sandbox_spawn(box, &options, &p, why, sizeof(why)), EBUSY);
    /* No event reports that nothing happens: some time must pass. */
    poll(NULL, 0, 100);
    ck_assert_int_eq(count_processes(mark, "T"), 1);
    ck_assert_int_eq(fstat(fd, &after), 0);
    ck_assert_int_eq(before.st_size, after.st_size);
    ck_assert_int_eq(sandbox_resume(box, why, sizeof(why)), 0);
    while (after.st_size == before.st_size)
        ck_assert_int_eq(fstat(fd, &after), 0);
    ck_assert_int_gt(after.st_size, before.st_size);
    close(fd);
    sandbox_process_free(counter);
}
END_TEST

START_TEST(shells_do_not_notice_a_suspend)
{
    run(box, "mkfifo fifo");
    sandbox_process *p = spawn(box, "exec sh -i", true);
    sandbox_process *writer = spawn(box, "{ echo open >&3; read x; echo go; } 3>&1 > fifo", false);
    say(p, "cat fifo; echo do''ne\n");
    expect(p, "ne\r\n"); /* the echo of the input */
    expect(writer, "open\n");
    ck_assert_int_eq(sandbox_suspend(box, why, sizeof(why)), 0);
    ck_assert_int_eq(sandbox_resume(box, why, sizeof(why)), 0);
    say(writer, "\n");
    ck_assert_int_eq(finish(writer)->code, 0);
    char out[512];
    size_t n = 0;
    do {
        n += read_some(sandbox_process_stdout(p), out + n, sizeof(out) - 1 - n);
        out[n] = '\0';
    } while (!strstr(out, "done\r\n"));
    ck_assert_ptr_null(strstr(out, "topped"));
    sandbox_process_free(p);
}
END_TEST

START_TEST(stop_kills)
{
    sandbox_spawn_options options = {.command = "true"};
    sandbox_process *none = NULL;
    sandbox_process *polite =
        spawn(box, "trap 'echo bye > bye; exit 9' TERM; echo ready; while :; do sleep 0.01; done", false);
    sandbox_process *session = spawn(box, "setsid sleep 1000 & setsid sleep 1000 & echo ready; wait", false);
    expect(polite, "ready\n");
    expect(session, "ready\n");
    ck_assert_int_eq(sandbox_stop(box, HOUR_MS, why, sizeof(why)), 0); /* waits for their ends only */
    ck_assert_int_eq(sandbox_stop(box, HOUR_MS, why, sizeof(why)), 0);
    ck_assert_int_eq(finish(polite)->code, 9);
    ck_assert_int_eq(finish(session)->code, 128 + SIGTERM);
    ck_assert_int_eq(sandbox_spawn(box, &options, &none, why, sizeof(why)), ESRCH);
    ck_assert_int_eq(sandbox_suspend(box, why, sizeof(why)), ESRCH);
    ck_assert_int_eq(sandbox_start(box, why, sizeof(why)), 0);
    ck_assert_int_eq(sandbox_start(box, why, sizeof(why)), 0);
    ck_assert_str_eq(run(box, "cat bye")->out, "bye\n");
}
END_TEST

START_TEST(stop_sends_sigkill_after_the_grace)
{
    sandbox_process *deaf = spawn(box, "trap '' TERM; echo ready; while :; do sleep 0.01; done", false);
    sandbox_process *session = spawn(box, "setsid sleep 1000 & setsid sleep 1000 & echo ready; wait", false);
    expect(deaf, "ready\n");
    expect(session, "ready\n");
    ck_assert_int_eq(sandbox_stop(box, 200, why, sizeof(why)), 0);
    ck_assert_int_eq(sandbox_stop(box, 200, why, sizeof(why)), 0);
    ck_assert_int_eq(finish(deaf)->code, 128 + SIGKILL);
    finish(session);
}
END_TEST

START_TEST(stop_of_a_suspended_sandbox)
{
    sandbox_process *p = spawn(box, "echo ready; exec sleep 1000", false);
    expect(p, "ready\n");
    ck_assert_int_eq(sandbox_suspend(box, why, sizeof(why)), 0);
    ck_assert_int_eq(sandbox_stop(box, HOUR_MS, why, sizeof(why)), 0);
    ck_assert_int_eq(finish(p)->code, 128 + SIGTERM);
}
END_TEST

START_TEST(destroy_removes_everything)
{
    char path[128];
    sandbox *other = new_running_sandbox("other");
    run(other, "mkdir -p a/b; echo > a/b/c; chmod 0 a; (trap '' TERM HUP; while :; do echo > "
               "/tmp/$$-$RANDOM; done) >&- 2>&- &");
    sandbox_process *p = spawn(other, "sleep 1000", false);
    snprintf(path, sizeof(path), "%s/sandboxes/other", state_dir);
    ck_assert_int_eq(access(path, F_OK), 0);
    sandbox_destroy(other);
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert_int_eq(wait_end(p), 128 + SIGKILL); /* a process may outlive its sandbox */
    sandbox_process_kill(p, 100);
    sandbox_process_free(p);
    sandbox *again = new_sandbox("other", NULL);
    sandbox *twice = NULL;
    ck_assert_int_eq(sandbox_create("other", "other", NULL, &twice, why, sizeof(why)), EEXIST);
    ck_assert_int_eq(sandbox_create("../other", "other", NULL, &twice, why, sizeof(why)), EINVAL);
    ck_assert_int_eq(access(path, F_OK), 0);
    sandbox_destroy(again);
    sandbox_destroy(NULL);
}
END_TEST

START_TEST(many_sandboxes_run_at_once)
{
    enum { N = 50 };
    static sandbox *all[N];
    for (int i = 0; i < N; i++) {
        char id[32];
        snprintf(id, sizeof(id), "many-%d", i);
        all[i] = new_running_sandbox(id);
    }
    for (int i = 0; i < N; i++)
        ck_assert_str_eq(run(all[i], "echo ok")->out, "ok\n");
    for (int i = 0; i < N; i++)
        sandbox_destroy(all[i]);
}
END_TEST

/* ---- the end of the emulator ---- */

/* Runs in a child that re-executes this test with `--crash <state dir>`: starts a sandbox with processes,
 * reports it and waits to be killed. The processes of the sandbox hold the pipe `alive`, which ends when they
 * end. */
static int crash_main(const char *dir)
{
    sandbox *r = NULL;
    sandbox_process *p = NULL;
    sandbox_spawn_options options = {.command = "setsid sh -c 'echo ready; exec sleep 1000' & sleep 1000"};
    char text[6];
    if (sandbox_init(dir, wanted_isolation(), &isolation, why, sizeof(why)) != 0 ||
        sandbox_create("r", "r", NULL, &r, why, sizeof(why)) != 0 ||
        sandbox_start(r, why, sizeof(why)) != 0 || sandbox_spawn(r, &options, &p, why, sizeof(why)) != 0)
        return 1;
    struct pollfd out = {.fd = sandbox_process_stdout(p), .events = POLLIN};
    if (poll(&out, 1, PATIENCE_MS) != 1 || read(out.fd, text, 6) != 6 || write(1, text, 6) != 6)
        return 1;
    pause();
    return 0;
}

static int clean_main(const char *dir)
{
    if (sandbox_init(dir, wanted_isolation(), &isolation, why, sizeof(why)) != 0)
        return 1;
    sandbox_shutdown();
    return 0;
}

/* The only child of the process; 0: there is none. */
static pid_t child_of(pid_t parent)
{
    char content[4096];
    DIR *proc = opendir("/proc");
    struct dirent *entry;
    pid_t found = 0;
    while (found == 0 && (entry = readdir(proc)) != NULL) {
        int its_parent = 0;
        if (read_proc(entry->d_name, "stat", content, sizeof(content)) <= 0)
            continue;
        const char *name_end = strrchr(content, ')'); /* then the state and the parent */
        if (name_end && sscanf(name_end + 1, " %*c %d", &its_parent) == 1 && its_parent == parent)
            found = (pid_t)strtol(entry->d_name, NULL, 10);
    }
    closedir(proc);
    return found;
}

START_TEST(nothing_survives_the_emulator)
{
    char dir[] = "/tmp/sandbox-crash-XXXXXX", text[6];
    int out[2], status = -1;
    ck_assert_ptr_nonnull(mkdtemp(dir));
    ck_assert_int_eq(pipe2(out, O_CLOEXEC), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(out[1], 1);
        execl("/proc/self/exe", "sandbox_test", "--crash", dir, NULL);
        _exit(127);
    }
    close(out[1]);
    ck_assert_int_eq(read(out[0], text, 6), 6);
    struct pollfd zygote = {.fd = (int)syscall(SYS_pidfd_open, child_of(child), 0), .events = POLLIN};
    ck_assert_int_ge(zygote.fd, 0);
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    /* The zygote ends last, after all processes of the sandbox. */
    ck_assert_int_eq(poll(&zygote, 1, PATIENCE_MS), 1);
    close(zygote.fd);
    close(out[0]);
    /* The next emulator removes the files that the killed one has left. */
    child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "sandbox_test", "--clean", dir, NULL);
        _exit(127);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

static Suite *make_suite(void)
{
    const TTest *const everywhere[] = {output_is_read,
                                       codes_and_signals_are_reported,
                                       stderr_is_separate,
                                       stdin_and_end_of_file,
                                       output_stays_after_the_exit,
                                       environment_is_clean_and_extended,
                                       zygote_has_variables_of_sanitizers_only,
                                       no_descriptor_leaks,
                                       many_run_at_once,
                                       terminal_has_its_size,
                                       terminal_is_resized,
                                       terminal_handles_control_keys,
                                       kill_reaches_the_group,
                                       kill_sends_sigkill_after_the_grace,
                                       kill_waits_for_the_grace,
                                       kill_reaches_the_group_after_the_leader,
                                       kill_spares_other_sessions,
                                       suspend_stops_processes,
                                       shells_do_not_notice_a_suspend,
                                       stop_kills,
                                       stop_sends_sigkill_after_the_grace,
                                       stop_of_a_suspended_sandbox,
                                       destroy_removes_everything,
                                       many_sandboxes_run_at_once,
                                       nothing_survives_the_emulator};
    Suite *suite = suite_create("sandbox");
    add_tests(suite, "both isolations", everywhere, sizeof(everywhere) / sizeof(everywhere[0]));
    return suite;
}

int main(int argc, char **argv)
{
    int code = 0;
    if (sandbox_init_main(argc, argv, &code))
        return code;
    if (argc == 3 && strcmp(argv[1], "--crash") == 0)
        return crash_main(argv[2]);
    if (argc == 3 && strcmp(argv[1], "--clean") == 0)
        return clean_main(argv[2]);
    return set_variables() == 0 ? run_sandboxes(make_suite, argv) : 1;
}
