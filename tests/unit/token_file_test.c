/*
 * The files of the token cache: what is stored is found; what is damaged, foreign, open to other users or a
 * link is never read, and is replaced; one client at a time has the lock.
 */
#include "boxd/token_cache/token_file.h"
#include "unit_test.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY "bxk_0123456789abcdef"
#define URL "https://app.example/api/v1/auth/token"

enum { NOW = 1796060000, REFRESH = NOW + 3300, EXPIRY = NOW + 3600 };

static char root[64], dir[128], name[TOKEN_ENTRY_NAME_SIZE];
static token_file file, other;

/* Of the file in the directory. */
static const char *path(void)
{
    static char text[256];
    (void)snprintf(text, sizeof text, "%s/%s", dir, name);
    return text;
}

static void set_up(void)
{
    (void)snprintf(root, sizeof root, "/tmp/boxd-token-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    (void)snprintf(dir, sizeof dir, "%s/cache/boxd", root);
    token_entry_name(name, KEY, URL, NULL);
    token_file_init(&file, dir, name);
    token_file_init(&other, dir, name);
}

static void tear_down(void)
{
    char command[192];
    token_file_unlock(&file);
    token_file_unlock(&other);
    (void)snprintf(command, sizeof command, "chmod -R u+rwx %s; rm -rf %s", root, root);
    ck_assert_int_eq(system(command), 0);
}

/* Looks, and compares what is found: "fresh T", "due T, locked", "none, busy", ... */
static void look(token_file *f, const char *rejected, int64_t now, const char *wanted)
{
    static const char *const states[] = {"none", "due ", "fresh "};
    token_found found;
    char text[256];
    token_file_look(f, rejected, now, &found);
    (void)snprintf(text, sizeof text, "%s%s%s%s", states[found.state],
                   found.state == TOKEN_NONE ? "" : found.entry.token, f->lock_fd >= 0 ? ", locked" : "",
                   found.busy ? ", busy" : "");
    ck_assert_msg(strcmp(text, wanted) == 0, "wanted %s, got %s (%s)", wanted, text, found.problem);
    token_found_free(&found);
}

static const char *problem(token_file *f)
{
    static char text[TOKEN_FILE_PROBLEM_SIZE];
    token_found found;
    token_file_look(f, NULL, NOW, &found);
    (void)snprintf(text, sizeof text, "%s", found.problem);
    token_found_free(&found);
    return text;
}

static char *entry_text(const char *token)
{
    return token_entry_format(&(token_entry){token, NOW, REFRESH, EXPIRY}, name);
}

static void store(token_file *f, const char *token)
{
    char reason[TOKEN_FILE_PROBLEM_SIZE] = "", *text = entry_text(token);
    ck_assert_msg(token_file_store(f, text, reason), "%s", reason);
    mem_free_secret(text);
}

static bool exists(void)
{
    struct stat info;
    return lstat(path(), &info) == 0;
}

static void write_file(const char *to, const void *bytes, size_t size, mode_t mode)
{
    (void)unlink(to);
    const int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ck_assert(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && fchmod(fd, mode) == 0);
    close(fd);
}

/* ---- names and entries ---- */

START_TEST(the_name_depends_on_all_and_shows_nothing)
{
    char names[5][TOKEN_ENTRY_NAME_SIZE];
    token_entry_name(names[0], KEY, URL, NULL);
    token_entry_name(names[1], KEY "0", URL, NULL);
    token_entry_name(names[2], KEY, URL "x", NULL);
    token_entry_name(names[3], KEY, URL, "/cert.pem");
    token_entry_name(names[4], "bxk_0123456789abcde", "f" URL, NULL);
    for (size_t i = 0; i < COUNT(names); i++) {
        ck_assert_uint_eq(strspn(names[i], "0123456789abcdef"), 64);
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(names[i], names[j]);
    }
}
END_TEST

START_TEST(an_entry_is_read_as_it_was_written)
{
    token_entry e;
    char *text = entry_text("one.two-three_");
    ck_assert_ptr_null(strstr(text, KEY));
    ck_assert_ptr_null(strstr(text, "bxk_"));
    ck_assert_ptr_null(token_entry_parse(&e, text, strlen(text), name));
    ck_assert_str_eq(e.token, "one.two-three_");
    ck_assert_int_eq(e.received_at, NOW);
    ck_assert_int_eq(e.refresh_at, REFRESH);
    ck_assert_int_eq(e.expires_at, EXPIRY);
    mem_free_secret(text);
}
END_TEST

/* Each cut, each changed byte, and the entry of another name. */
START_TEST(a_damaged_entry_is_none)
{
    token_entry e;
    char *whole = entry_text("one"), other_name[TOKEN_ENTRY_NAME_SIZE];
    const size_t size = strlen(whole);
    for (size_t cut = 0; cut < size; cut++) {
        char *text = mem_strndup(whole, cut);
        ck_assert_ptr_nonnull(token_entry_parse(&e, text, cut, name));
        mem_free(text);
    }
    for (size_t at = 0; at < size; at++)
        for (int bit = 0; bit < 8; bit++) {
            char *text = mem_strndup(whole, size);
            text[at] = (char)(text[at] ^ 1 << bit);
            ck_assert_ptr_nonnull(token_entry_parse(&e, text, size, name));
            mem_free(text);
        }
    token_entry_name(other_name, "another", URL, NULL);
    ck_assert_ptr_nonnull(token_entry_parse(&e, whole, size, other_name));
    mem_free(whole);
}
END_TEST

static const struct {
    token_entry entry;
    const char *reason;
} odd_entries[] = {
    {{"", NOW, REFRESH, EXPIRY}, "has another format"},
    {{"a b", NOW, REFRESH, EXPIRY}, "has another format"},
    {{"a\nb", NOW, REFRESH, EXPIRY}, "has another format"},
    {{"a\x80", NOW, REFRESH, EXPIRY}, "has another format"},
    {{"a", NOW, NOW - 1, EXPIRY}, "has another format"},
    {{"a", NOW, EXPIRY + 1, EXPIRY}, "has another format"},
    {{"a", INT64_MIN, 0, INT64_MAX}, "has another format"},
    {{"a", -1, 0, 1}, "has another format"},
    {{"a", NOW, NOW, INT64_MAX}, "has another format"},
    {{"a", NOW, NOW, NOW + TOKEN_ENTRY_MAX_LIFE_S}, NULL},
    {{"a", 0, 0, 0}, NULL},
};

START_TEST(only_sensible_entries_are_read)
{
    for (size_t i = 0; i < COUNT(odd_entries); i++) {
        token_entry e;
        char *text = token_entry_format(&odd_entries[i].entry, name);
        const char *reason = token_entry_parse(&e, text, strlen(text), name);
        ck_assert_msg((reason == NULL) == (odd_entries[i].reason == NULL), "%zu: %s", i, reason);
        mem_free(text);
    }
}
END_TEST

static const struct {
    int64_t now;
    token_state state;
} times[] = {
    {NOW, TOKEN_FRESH},         {NOW - 30, TOKEN_FRESH}, {NOW - 61, TOKEN_NONE},  {0, TOKEN_NONE},
    {REFRESH - 1, TOKEN_FRESH}, {REFRESH, TOKEN_DUE},    {EXPIRY - 1, TOKEN_DUE}, {EXPIRY, TOKEN_NONE},
    {EXPIRY + 1, TOKEN_NONE},   {INT64_MAX, TOKEN_NONE},
};

START_TEST(the_state_follows_the_clock)
{
    const token_entry e = {"one", NOW, REFRESH, EXPIRY};
    for (size_t i = 0; i < COUNT(times); i++)
        ck_assert_int_eq((int)token_entry_state(&e, times[i].now), (int)times[i].state);
}
END_TEST

/* ---- files ---- */

START_TEST(a_stored_token_is_found)
{
    struct stat info;
    umask(0); /* the modes do not depend on it */
    look(&file, NULL, NOW, "none, locked");
    ck_assert(exists());
    store(&file, "one");
    ck_assert_int_eq(file.lock_fd, -1);
    ck_assert_int_eq(stat(path(), &info), 0);
    ck_assert_uint_eq(info.st_mode, S_IFREG | 0600);
    ck_assert_int_eq(stat(dir, &info), 0);
    ck_assert_uint_eq(info.st_mode, S_IFDIR | 0700);
    look(&other, NULL, NOW, "fresh one");
    look(&other, NULL, REFRESH, "due one, locked");
    token_file_unlock(&other);
    look(&other, NULL, EXPIRY, "none, locked");
    store(&other, "two");
    look(&file, NULL, NOW, "fresh two");
    umask(0377); /* no bit for the owner but to read */
    look(&file, "two", NOW, "none, locked");
    store(&file, "three");
    look(&other, NULL, NOW, "fresh three");
}
END_TEST

START_TEST(one_client_at_a_time_has_the_lock)
{
    look(&file, NULL, NOW, "none, locked");
    look(&other, NULL, NOW, "none, busy");
    store(&file, "one");
    look(&other, NULL, NOW, "fresh one");
    look(&file, NULL, REFRESH, "due one, locked");
    look(&other, NULL, REFRESH, "due one, busy"); /* meanwhile the token stays in use */
    look(&other, NULL, EXPIRY, "none, busy");
    token_file_unlock(&file);
    look(&other, NULL, REFRESH, "due one, locked");
    token_file_unlock(&other);
    look(&file, NULL, NOW, "fresh one");
}
END_TEST

/* The lock belongs to the file that was replaced; a new file has none. */
START_TEST(a_lock_on_a_replaced_file_locks_nothing)
{
    look(&file, NULL, NOW, "none, locked");
    store(&other, "one"); /* without the lock, as after a wait that was too long */
    look(&other, NULL, REFRESH, "due one, locked");
    token_file_unlock(&file);
    ck_assert(exists());
    look(&file, NULL, REFRESH, "due one, busy");
}
END_TEST

START_TEST(a_failed_exchange_leaves_no_file)
{
    look(&file, NULL, NOW, "none, locked");
    token_file_unlock(&file);
    ck_assert(!exists());
    store(&file, "one");
    look(&file, "one", NOW, "none, locked"); /* rejected: it is gone at once */
    look(&other, NULL, NOW, "none, busy");
    token_file_unlock(&file);
    ck_assert(!exists());
    store(&file, "two");
    token_file_remove(&other); /* the key was refused */
    ck_assert(!exists());
    token_file_remove(&other);
    look(&file, NULL, NOW, "none, locked");
    token_file_remove(&file);
    ck_assert(!exists());
    ck_assert_int_eq(file.lock_fd, -1);
}
END_TEST

/* The crash of a client that has the lock, or writes. */
START_TEST(what_a_crash_leaves_is_replaced)
{
    char temporary[512];
    store(&file, "one");
    (void)snprintf(temporary, sizeof temporary, "%s.new", path());
    write_file(temporary, "boxd", 4, 0600);
    write_file(path(), "", 0, 0600);
    look(&file, NULL, NOW, "none, locked");
    store(&file, "two");
    look(&other, NULL, NOW, "fresh two");
    ck_assert_int_ne(access(temporary, F_OK), 0);
}
END_TEST

/* Something that another program has put in place of the file. */
typedef struct planted {
    const char *what;
    /* Of the problem. */
    const char *part;
} planted;

static const planted plants[] = {
    {"link", "not a file that only this user can read"},
    {"dangling link", "not a file that only this user can read"},
    {"readable", "not a file that only this user can read"},
    {"writable", "not a file that only this user can read"},
    {"unreadable", NULL}, /* root reads it */
    {"fifo", "not a file that only this user can read"},
    {"text", "is damaged"},
    {"short", "is incomplete"},
    {"cut", "is damaged"},
    {"zeros", "is damaged"},
    {"huge", "is too large"},
};

static void plant(const char *what)
{
    char *text = entry_text("planted"), elsewhere[128], *zeros = calloc(1, TOKEN_ENTRY_MAX_SIZE + 1);
    const size_t size = strlen(text);
    (void)snprintf(elsewhere, sizeof elsewhere, "%s/elsewhere", root);
    (void)unlink(path());
    if (strcmp(what, "link") == 0) {
        write_file(elsewhere, text, size, 0600);
        ck_assert_int_eq(symlink(elsewhere, path()), 0);
    } else if (strcmp(what, "dangling link") == 0) {
        ck_assert_int_eq(symlink("../victim", path()), 0);
    } else if (strcmp(what, "fifo") == 0) {
        ck_assert_int_eq(mkfifo(path(), 0600), 0);
    } else if (strcmp(what, "readable") == 0) {
        write_file(path(), text, size, 0644);
    } else if (strcmp(what, "writable") == 0) {
        write_file(path(), text, size, 0620);
    } else if (strcmp(what, "unreadable") == 0) {
        write_file(path(), text, size, 0);
    } else if (strcmp(what, "text") == 0) {
        memset(zeros, 'x', 300);
        write_file(path(), zeros, 300, 0600);
    } else if (strcmp(what, "short") == 0) {
        write_file(path(), "x", 1, 0600);
    } else if (strcmp(what, "cut") == 0) {
        write_file(path(), text, size - 1, 0600);
    } else if (strcmp(what, "zeros") == 0) {
        write_file(path(), zeros, size, 0600);
    } else {
        write_file(path(), zeros, TOKEN_ENTRY_MAX_SIZE + 1, 0600);
    }
    free(zeros);
    mem_free_secret(text);
}

START_TEST(what_was_planted_is_replaced)
{
    struct stat info;
    const planted *p = &plants[_i];
    store(&file, "one");
    plant(p->what);
    if (p->part)
        ck_assert_msg(strstr(problem(&file), p->part), "%s: %s", p->what, problem(&file));
    token_file_unlock(&file);
    plant(p->what);
    if (p->part)
        look(&file, NULL, NOW, "none, locked");
    store(&file, "two");
    ck_assert_int_eq(lstat(path(), &info), 0);
    ck_assert_uint_eq(info.st_mode, S_IFREG | 0600);
    look(&other, NULL, NOW, "fresh two");
    char victim[128];
    (void)snprintf(victim, sizeof victim, "%s/cache/victim", root);
    ck_assert_int_ne(access(victim, F_OK), 0); /* nothing is written through a link */
}
END_TEST

START_TEST(a_directory_in_place_of_the_file)
{
    char reason[TOKEN_FILE_PROBLEM_SIZE] = "", *text = entry_text("one");
    store(&file, "one");
    ck_assert_int_eq(unlink(path()), 0);
    ck_assert_int_eq(mkdir(path(), 0700), 0);
    look(&file, NULL, NOW, "none");
    ck_assert_str_eq(problem(&file), "removing what is in place of a file failed: Is a directory");
    ck_assert(!token_file_store(&file, text, reason));
    ck_assert_str_eq(reason, "storing a token failed: Is a directory");
    mem_free_secret(text);
}
END_TEST

static void write_entry(const char *as, int64_t expiry, const char *text)
{
    char to[512], *entry = token_entry_format(&(token_entry){"one", expiry - 10, expiry - 5, expiry}, as);
    (void)snprintf(to, sizeof to, "%s/%s", dir, as);
    write_file(to, text ? text : entry, strlen(text ? text : entry), 0600);
    mem_free_secret(entry);
}

static bool has_file(const char *as)
{
    char to[512];
    (void)snprintf(to, sizeof to, "%s/%s", dir, as);
    return access(to, F_OK) == 0;
}

START_TEST(files_of_other_keys_are_swept)
{
    char names[5][TOKEN_ENTRY_NAME_SIZE];
    for (size_t i = 0; i < COUNT(names); i++)
        token_entry_name(names[i], KEY, URL, (const char *[]){"a", "b", "c", "d", "e"}[i]);
    store(&file, "one");
    write_entry(names[0], NOW - 1, NULL);     /* expired */
    write_entry(names[1], NOW + 1, NULL);     /* due */
    write_entry(names[2], NOW + 7, NULL);     /* fresh */
    write_entry(names[3], NOW - 1, "damage"); /* neither can be used */
    write_entry(names[4], NOW - 1, NULL);     /* expired, and locked */
    write_entry("README", NOW - 1, "of the user");
    token_file exchanging;
    token_file_init(&exchanging, dir, names[4]);
    look(&exchanging, NULL, NOW, "none, locked");
    token_file_sweep(&file, NOW);
    ck_assert(has_file(name) && has_file(names[1]) && has_file(names[2]) && has_file(names[4]) &&
              has_file("README"));
    ck_assert(!has_file(names[0]) && !has_file(names[3]));
    token_file_unlock(&exchanging);
    look(&file, NULL, NOW, "fresh one");
}
END_TEST

/* Those of a client that crashed before it renamed them, also of this key. */
START_TEST(files_that_were_not_renamed_are_swept)
{
    char names[3][TOKEN_ENTRY_NAME_SIZE + 4], other_name[TOKEN_ENTRY_NAME_SIZE];
    static const int64_t written_at[] = {NOW - 61, NOW - 61, NOW - 1};
    token_entry_name(other_name, KEY, URL, "a");
    (void)snprintf(names[0], sizeof names[0], "%s.new", other_name);
    (void)snprintf(names[1], sizeof names[1], "%s.new", name);
    (void)snprintf(names[2], sizeof names[2], "%.63s%c.new", name, name[63] == '0' ? '1' : '0');
    store(&file, "one");
    for (size_t i = 0; i < COUNT(names); i++) {
        char to[512];
        const struct timespec stamps[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = written_at[i]}};
        (void)snprintf(to, sizeof to, "%s/%s", dir, names[i]);
        write_entry(names[i], NOW + 9, NULL);
        ck_assert_int_eq(utimensat(AT_FDCWD, to, stamps, 0), 0);
    }
    token_file_sweep(&file, NOW);
    ck_assert(!has_file(names[0]) && !has_file(names[1]));
    ck_assert(has_file(names[2]) && has_file(name)); /* another client writes it */
}
END_TEST

/* ---- the directory ---- */

START_TEST(an_open_directory_is_not_used)
{
    char reason[TOKEN_FILE_PROBLEM_SIZE], *text = entry_text("one");
    store(&file, "one");
    ck_assert_int_eq(chmod(dir, 0755), 0);
    look(&file, NULL, NOW, "fresh one");
    ck_assert_int_eq(chmod(dir, 0720), 0);
    look(&file, NULL, NOW, "none");
    ck_assert_ptr_nonnull(strstr(problem(&file), "other users may write to it"));
    ck_assert(!token_file_store(&file, text, reason));
    ck_assert_ptr_nonnull(strstr(reason, "other users may write to it"));
    token_file_remove(&file);
    ck_assert(exists());
    mem_free_secret(text);
}
END_TEST

START_TEST(a_linked_directory_is_not_used)
{
    char link[128];
    store(&file, "one");
    (void)snprintf(link, sizeof link, "%s/link", root);
    ck_assert_int_eq(symlink(dir, link), 0);
    token_file linked;
    token_file_init(&linked, link, name);
    look(&linked, NULL, NOW, "none");
    ck_assert_ptr_nonnull(strstr(problem(&linked), "opening the directory failed"));
}
END_TEST

START_TEST(a_directory_that_cannot_be_made)
{
    static const char *const dirs[] = {"/proc/none/such", "/dev/null/boxd", ""};
    char reason[TOKEN_FILE_PROBLEM_SIZE], *text = entry_text("one");
    for (size_t i = 0; i < COUNT(dirs); i++) {
        token_file bad;
        token_file_init(&bad, dirs[i], name);
        look(&bad, NULL, NOW, "none");
        ck_assert_ptr_nonnull(strstr(problem(&bad), "opening the directory failed: "));
        ck_assert(!token_file_store(&bad, text, reason));
        token_file_remove(&bad);
        token_file_unlock(&bad);
    }
    mem_free_secret(text);
}
END_TEST

/* /dev/full does not take files; a limit of the process is the next best disk that is full. */
START_TEST(a_full_disk_keeps_the_old_file)
{
    char reason[TOKEN_FILE_PROBLEM_SIZE], *text = entry_text("two");
    sigset_t signals;
    store(&file, "one");
    sigemptyset(&signals);
    sigaddset(&signals, SIGXFSZ);
    ck_assert_int_eq(sigprocmask(SIG_BLOCK, &signals, NULL), 0); /* as all threads of the library do */
    const struct rlimit least = {16, RLIM_INFINITY};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &least), 0);
    const bool stored = token_file_store(&file, text, reason);
    const struct rlimit most = {RLIM_INFINITY, RLIM_INFINITY};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &most), 0);
    ck_assert(!stored);
    ck_assert_str_eq(reason, "storing a token failed: File too large");
    look(&file, NULL, NOW, "fresh one");
    mem_free_secret(text);
}
END_TEST

START_TEST(without_memory)
{
    token_found found;
    store(&file, "one");
    mem_fail_after(0);
    token_file_look(&file, NULL, NOW, &found);
    mem_fail_after(-1);
    ck_assert(found.no_memory && found.state == TOKEN_NONE && file.lock_fd < 0);
    token_found_free(&found);
    look(&file, NULL, NOW, "fresh one");
    mem_fail_after(0);
    ck_assert_ptr_null(entry_text("one"));
    mem_fail_after(-1);
}
END_TEST

static void add(Suite *suite, const TTest *test)
{
    TCase *tcase = tcase_create(test->name);
    tcase_set_timeout(tcase, 300);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test);
    suite_add_tcase(suite, tcase);
}

int main(void)
{
    Suite *suite = suite_create("token_file");
    add(suite, the_name_depends_on_all_and_shows_nothing);
    add(suite, an_entry_is_read_as_it_was_written);
    add(suite, a_damaged_entry_is_none);
    add(suite, only_sensible_entries_are_read);
    add(suite, the_state_follows_the_clock);
    add(suite, a_stored_token_is_found);
    add(suite, one_client_at_a_time_has_the_lock);
    add(suite, a_lock_on_a_replaced_file_locks_nothing);
    add(suite, a_failed_exchange_leaves_no_file);
    add(suite, what_a_crash_leaves_is_replaced);
    add(suite, files_of_other_keys_are_swept);
    add(suite, files_that_were_not_renamed_are_swept);
    add(suite, a_directory_in_place_of_the_file);
    add(suite, an_open_directory_is_not_used);
    add(suite, a_linked_directory_is_not_used);
    add(suite, a_directory_that_cannot_be_made);
    add(suite, a_full_disk_keeps_the_old_file);
    add(suite, without_memory);
    TCase *tcase = tcase_create("planted");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, what_was_planted_is_replaced, 0, (int)COUNT(plants));
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
