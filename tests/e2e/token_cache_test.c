/*
 * The token cache: clients, and processes, that share one exchange; tokens that are expired, due or refused;
 * files that are damaged, foreign or cannot be written. The log of the emulator counts the exchanges.
 */
#include "child.h"
#include "e2e.h"
#include "wall_clock.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HOUR_S = 3600, DAY_S = 86400 };

static char root[64], dir[128];

/* The lines of the log of all clients of the test. */
static struct {
    pthread_mutex_t lock;
    char lines[16384];
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void on_log(boxd_log_level level, const char *line, void *data)
{
    (void)data;
    pthread_mutex_lock(&seen.lock);
    const size_t used = strlen(seen.lines);
    (void)snprintf(seen.lines + used, sizeof seen.lines - used, "%d %s\n", (int)level, line);
    pthread_mutex_unlock(&seen.lock);
}

static int lines_with(const char *part)
{
    int count = 0;
    for (const char *at = seen.lines; (at = strstr(at, part)); at++)
        count++;
    return count;
}

static void set_up(void)
{
    seen.lines[0] = '\0';
    emulator_clear_faults(&emulator);
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    (void)snprintf(root, sizeof root, "/tmp/boxd-token-cache-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    (void)snprintf(dir, sizeof dir, "%s/boxd", root);
}

/* No line of the log has the key or a part of a token. */
static void tear_down(void)
{
    char command[128];
    wall_clock_step(0);
    ck_assert_ptr_null(strstr(seen.lines, emulator.api_key));
    ck_assert_ptr_null(strstr(seen.lines, "eyJ")); /* the beginning of a JWT */
    (void)snprintf(command, sizeof command, "rm -rf %s", root);
    ck_assert_int_eq(system(command), 0);
}

static int exchanges(void)
{
    return emulator_count_calls(&emulator, "POST /api/v1/auth/token", 0);
}

static void exchange_fault(const char *fields, int count)
{
    char json[256];
    (void)snprintf(json, sizeof json, "{\"http\":\"exchange\",\"count\":%d,%s}", count, fields);
    emulator_fault(&emulator, json);
}

static void open_in(int i, const char *in, const char *key)
{
    const boxd_hooks hooks = {.size = sizeof hooks, .log = on_log};
    const boxd_compute_options options = {
        .size = sizeof options, .api_key = key, .token_cache = true, .token_cache_dir = in, .hooks = &hooks};
    e2e_open(i, &options);
}

static bool ask(boxd_error *error)
{
    boxd_identity *who = on->compute_whoami(compute, NULL, error);
    boxd_identity_free(who);
    return who != NULL;
}

/* A short program: opens a client, makes one call, closes the client. */
static void run_program(int i)
{
    boxd_error error = BOXD_ERROR_INIT;
    open_in(i, dir, NULL);
    e2e_ok(ask(&error), error);
    e2e_close();
}

/* The only file in the directory; "": it is empty. */
static const char *only_file(void)
{
    static char path[512];
    int count = 0;
    DIR *entries = opendir(dir);
    path[0] = '\0';
    for (struct dirent *entry; entries && (entry = readdir(entries));)
        if (entry->d_name[0] != '.') {
            (void)snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
            count++;
        }
    if (entries)
        closedir(entries);
    ck_assert_int_le(count, 1);
    return path;
}

static size_t read_all(const char *path, char *bytes, size_t size)
{
    FILE *file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    const size_t got = fread(bytes, 1, size - 1, file);
    bytes[got] = '\0';
    fclose(file);
    return got;
}

static void write_all(const char *path, const char *bytes, size_t size)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ck_assert(fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
    close(fd);
}

static mode_t mode_of(const char *path)
{
    struct stat info;
    ck_assert_int_eq(lstat(path, &info), 0);
    return info.st_mode;
}

/* ---- one exchange for many ---- */

START_TEST(clients_share_one_exchange)
{
    char text[8192];
    for (int i = 0; i < 5; i++)
        run_program(_i);
    ck_assert_int_eq(exchanges(), 1);
    ck_assert_int_eq(lines_with("3 a token from the cache, to be refreshed in "), 4);
    ck_assert_uint_eq(mode_of(dir), S_IFDIR | 0700);
    ck_assert_uint_eq(mode_of(only_file()), S_IFREG | 0600);
    read_all(only_file(), text, sizeof text);
    ck_assert_ptr_null(strstr(text, emulator.api_key));
    ck_assert_ptr_null(strstr(only_file(), emulator.api_key));
    for (size_t at = 0; at + 8 <= strlen(emulator.api_key); at++) { /* nor a part of the key */
        char part[9];
        (void)snprintf(part, sizeof part, "%s", emulator.api_key + at);
        ck_assert_ptr_null(strstr(text, part));
        ck_assert_ptr_null(strstr(only_file(), part));
    }
}
END_TEST

START_TEST(counted)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_counters c = BOXD_COUNTERS_INIT;
    boxd_route route = BOXD_ROUTE_INIT;
    run_program(_i);
    open_in(_i, dir, NULL);
    boxd_compute_get_route(compute, &route);
    ck_assert_str_eq(route.token_cache_dir, dir);
    e2e_ok(ask(&error), error);
    e2e_ok(ask(&error), error);
    boxd_compute_get_counters(compute, &c);
    ck_assert_uint_eq(c.cached_tokens, 1);
    ck_assert_uint_eq(c.exchanges, 0);
    ck_assert_uint_eq(c.attempts, 2);
    e2e_close();
}
END_TEST

/* Off unless it is asked for, and off for credentials that are no keys. */
START_TEST(without_a_cache)
{
    boxd_error error = BOXD_ERROR_INIT;
    char token[1024];
    setenv("XDG_CACHE_HOME", root, 1);
    for (int i = 0; i < 2; i++) {
        e2e_open(_i, NULL);
        e2e_ok(ask(&error), error);
        e2e_close();
    }
    ck_assert_int_eq(exchanges(), 2);
    setenv("BOXD_NO_TOKEN_CACHE", "1", 1);
    run_program(_i);
    unsetenv("BOXD_NO_TOKEN_CACHE");
    emulator_token(&emulator, token, sizeof token);
    e2e_open(_i, BOXD_OPTIONS(boxd_compute_options, .token = token, .token_cache = true));
    e2e_ok(ask(&error), error);
    e2e_close();
    ck_assert_str_eq(only_file(), "");
    ck_assert_int_ne(access(dir, F_OK), 0);
}
END_TEST

START_TEST(the_directory_of_the_user)
{
    char home[160];
    setenv("XDG_CACHE_HOME", root, 1);
    open_in(_i, NULL, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(ask(&error), error);
    e2e_close();
    ck_assert_str_ne(only_file(), "");
    setenv("XDG_CACHE_HOME", "relative", 1); /* the standard says that it is ignored */
    (void)snprintf(home, sizeof home, "%s/home", root);
    setenv("HOME", home, 1);
    open_in(_i, "", NULL);
    e2e_ok(ask(&error), error);
    e2e_close();
    (void)snprintf(dir, sizeof dir, "%s/home/.cache/boxd", root);
    ck_assert_str_ne(only_file(), "");
    unsetenv("HOME");
    open_in(_i, NULL, NULL);
    e2e_ok(ask(&error), error);
    e2e_close();
    ck_assert_int_eq(exchanges(), 3);
    ck_assert_int_eq(lines_with("2 there is no token cache: HOME and XDG_CACHE_HOME are not absolute"), 1);
}
END_TEST

START_TEST(a_directory_without_the_cache_is_refused)
{
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_ptr_null(boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .token_cache_dir = dir), &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "token_cache_dir is set without token_cache");
}
END_TEST

enum { PROCESSES = 8 };

static int gate[2];

/* Waits until all processes have started. */
static void call_in_child(void)
{
    char byte;
    boxd_error error = BOXD_ERROR_INIT;
    close(gate[1]);
    CHILD_WANTS(read(gate[0], &byte, 1) == 0);
    boxd_compute *c = boxd_compute_open(
        BOXD_OPTIONS(boxd_compute_options, .token_cache = true, .token_cache_dir = dir), &error);
    CHILD_WANTS(c);
    boxd_identity *who = boxd_compute_whoami(c, NULL, &error);
    CHILD_WANTS(who);
    boxd_identity_free(who);
    CHILD_WANTS(boxd_compute_close(c) == BOXD_OK);
}

static void run_processes(void)
{
    pid_t pids[PROCESSES];
    ck_assert_int_eq(pipe2(gate, O_CLOEXEC), 0);
    for (int i = 0; i < PROCESSES; i++) {
        pids[i] = fork();
        if (pids[i] == 0) {
            is_child = true;
            call_in_child();
            _exit(EXIT_SUCCESS);
        }
        ck_assert_int_gt(pids[i], 0);
    }
    close(gate[0]);
    close(gate[1]);
    for (int i = 0; i < PROCESSES; i++) {
        int status = -1;
        ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
        ck_assert_int_eq(status, 0);
    }
}

START_TEST(processes_share_one_exchange)
{
    exchange_fault("\"delay_ms\":300", 1);
    run_processes();
    ck_assert_int_eq(exchanges(), 1);
    free(emulator_control(&emulator, "POST", "tokens/expire-all", NULL)); /* all of them are refused */
    exchange_fault("\"delay_ms\":300", 1);
    run_processes();
    ck_assert_int_eq(exchanges(), 2);
}
END_TEST

/* A process dies during its exchange: its lock dies with it. */
START_TEST(a_process_dies)
{
    exchange_fault("\"hang\":true", 1);
    ck_assert_int_eq(pipe2(gate, O_CLOEXEC), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        is_child = true;
        call_in_child();
        _exit(EXIT_SUCCESS);
    }
    close(gate[0]);
    close(gate[1]);
    while (emulator_faults_left(&emulator) > 0)
        continue;
    ck_assert_int_eq(kill(pid, SIGKILL), 0);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    on = &SURFACES[SURFACE_SYNC];
    run_program(SURFACE_SYNC);
    run_program(SURFACE_SYNC);
    ck_assert_int_eq(lines_with("a token from the cache"), 1);
    ck_assert_int_eq(lines_with("2 "), 0); /* no warning */
}
END_TEST

/* ---- time ---- */

START_TEST(an_expired_token_is_replaced)
{
    static const int64_t steps[] = {HOUR_S + 1, DAY_S, -DAY_S, 0};
    for (size_t i = 0; i < COUNT(steps); i++) {
        run_program(_i);
        ck_assert_int_eq(exchanges(), (int)i + 1);
        wall_clock_step(steps[i]);
    }
}
END_TEST

START_TEST(a_due_token_is_refreshed)
{
    run_program(_i);
    wall_clock_step(HOUR_S - 100);
    exchange_fault("\"status\":500", 1);
    run_program(_i); /* with the old token */
    ck_assert_int_eq(exchanges(), 2);
    for (int before = 0;
         before != exchanges();) { /* on a slow machine a program may end before its exchange */
        before = exchanges();
        run_program(_i);
    }
    ck_assert_int_ge(exchanges(), 3);
}
END_TEST

/* ---- refusals ---- */

START_TEST(a_refused_token_is_replaced)
{
    run_program(_i);
    free(emulator_control(&emulator, "POST", "tokens/expire-all", NULL));
    run_program(_i);
    run_program(_i);
    ck_assert_int_eq(exchanges(), 2);
}
END_TEST

START_TEST(a_revoked_key_leaves_no_token)
{
    boxd_error error = BOXD_ERROR_INIT;
    run_program(_i);
    free(emulator_control(&emulator, "POST", "tokens/expire-all", NULL));
    exchange_fault("\"status\":401", -1);
    open_in(_i, dir, NULL);
    ck_assert(!ask(&error));
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "rejected the API key");
    e2e_close();
    ck_assert_str_eq(only_file(), "");
    emulator_clear_faults(&emulator);
    run_program(_i);
    ck_assert_str_ne(only_file(), "");
}
END_TEST

START_TEST(each_key_has_a_token_of_its_own)
{
    boxd_error error = BOXD_ERROR_INIT;
    run_program(_i);
    open_in(_i, dir, "bxk_another");
    ck_assert(!ask(&error)); /* not with the token of the first key */
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION, "rejected the API key");
    e2e_close();
    run_program(_i);
    ck_assert_int_eq(lines_with("a token from the cache"), 1);
}
END_TEST

/* ---- files ---- */

/* Damages the file of a first program. The second one exchanges its key and replaces the file. */
typedef struct damage {
    const char *name;
    void (*apply)(const char *path, const char *text, size_t size);
    /* A part of the only warning; NULL: there is none. */
    const char *warning;
} damage;

static void cut(const char *path, const char *text, size_t size)
{
    write_all(path, text, size / 2);
}

static void flip(const char *path, const char *text, size_t size)
{
    char changed[8192];
    memcpy(changed, text, size);
    changed[size / 2] ^= 1;
    write_all(path, changed, size);
}

static void empty(const char *path, const char *text, size_t size)
{
    (void)text;
    (void)size;
    write_all(path, "", 0);
}

static void grow(const char *path, const char *text, size_t size)
{
    (void)text;
    (void)size;
    ck_assert_int_eq(truncate(path, (off_t)1 << 40), 0); /* sparse */
}

static void open_up(const char *path, const char *text, size_t size)
{
    (void)text;
    (void)size;
    ck_assert_int_eq(chmod(path, 0644), 0);
}

static void replace_by_link(const char *path, const char *text, size_t size)
{
    char target[160];
    (void)snprintf(target, sizeof target, "%s/target", root);
    write_all(target, text, size);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(symlink(target, path), 0);
}

static const damage damages[] = {
    {"cut", cut, "is damaged"},
    {"flip", flip, "is damaged"},
    {"empty", empty, NULL},
    {"grow", grow, "is too large"},
    {"open_up", open_up, "is not a file that only this user can read"},
    {"replace_by_link", replace_by_link, "is not a file that only this user can read"},
};

START_TEST(a_file_that_is_no_entry_is_replaced)
{
    char text[8192], path[512];
    for (size_t i = 0; i < COUNT(damages); i++) {
        const damage *d = &damages[i];
        run_program(_i);
        (void)snprintf(path, sizeof path, "%s", only_file());
        const size_t size = read_all(path, text, sizeof text);
        d->apply(path, text, size);
        const int before = exchanges();
        seen.lines[0] = '\0';
        run_program(_i);
        ck_assert_msg(exchanges() == before + 1, "%s", d->name);
        ck_assert_msg(lines_with("2 the token cache in ") == (d->warning != NULL), "%s: %s", d->name,
                      seen.lines);
        ck_assert_msg(!d->warning || strstr(seen.lines, d->warning), "%s: %s", d->name, seen.lines);
        ck_assert_str_eq(only_file(), path);
        ck_assert_uint_eq(mode_of(path), S_IFREG | 0600);
        run_program(_i);
        ck_assert_int_eq(exchanges(), before + 1);
    }
}
END_TEST

/* The call succeeds, and one line says why there is no cache. */
static void run_without(int i, const char *in, const char *warning)
{
    boxd_error error = BOXD_ERROR_INIT;
    const int before = exchanges();
    seen.lines[0] = '\0';
    open_in(i, in, NULL);
    e2e_ok(ask(&error), error);
    e2e_close();
    ck_assert_int_eq(exchanges(), before + 1);
    ck_assert_msg(lines_with("the token cache in ") == 1 && strstr(seen.lines, warning), "%s: %s", warning,
                  seen.lines);
}

START_TEST(a_cache_that_cannot_be_used)
{
    char link[160];
    run_program(_i);
    (void)snprintf(link, sizeof link, "%s/link", root);
    ck_assert_int_eq(symlink(dir, link), 0);
    run_without(_i, link, "opening the directory failed");
    ck_assert_int_eq(chmod(dir, 0777), 0);
    run_without(_i, dir, "other users may write to it");
    run_without(_i, "/proc/none/such", "opening the directory failed");
    run_without(_i, "/dev/null", "opening the directory failed");
    /* As a file system that is read-only; other users than root may not use this directory at all. */
    run_without(_i, "/proc/sys", geteuid() == 0 ? "making a file failed" : "");
}
END_TEST

static void add(Suite *suite, const TTest *test, int surfaces)
{
    TCase *tcase = tcase_create(test->name);
    tcase_set_timeout(tcase, 300);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, test, 0, surfaces);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    Suite *suite = suite_create("token_cache");
    add(suite, clients_share_one_exchange, SURFACE_COUNT);
    add(suite, counted, SURFACE_COUNT);
    add(suite, without_a_cache, SURFACE_COUNT);
    add(suite, the_directory_of_the_user, SURFACE_COUNT);
    add(suite, an_expired_token_is_replaced, SURFACE_COUNT);
    add(suite, a_due_token_is_refreshed, SURFACE_COUNT);
    add(suite, a_refused_token_is_replaced, SURFACE_COUNT);
    add(suite, a_revoked_key_leaves_no_token, SURFACE_COUNT);
    add(suite, each_key_has_a_token_of_its_own, SURFACE_COUNT);
    add(suite, a_file_that_is_no_entry_is_replaced, SURFACE_COUNT);
    add(suite, a_cache_that_cannot_be_used, SURFACE_COUNT);
    add(suite, a_directory_without_the_cache_is_refused, 1);
    add(suite, processes_share_one_exchange, 1);
    add(suite, a_process_dies, 1);
    return e2e_main(suite, NULL);
}
