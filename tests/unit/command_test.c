/*
 * First the rules, as text; then real shells (`sh -c`): the programs that they start must receive exactly
 * the given values.
 */
#include "boxd/client/command.h"

#include "command_words.h"
#include "unit_test.h"
#include "utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WORDS_MAX = 12, OUTPUT_MAX = 256 * 1024, ROUNDS = 150 };

/* The result of a shell: its standard output, and its exit status. */
typedef struct {
    char output[OUTPUT_MAX];
    size_t size;
    int exit_status;
} shell_result;

static shell_result ran;

/* Starts `sh -c line` with `path` as its PATH, writing to `output`. */
static pid_t start_shell(const char *line, const char *path, int output)
{
    char path_variable[256];
    (void)snprintf(path_variable, sizeof path_variable, "PATH=%s", path);
    char shell[] = "sh";
    char option[] = "-c";
    char home[] = "HOME=/";
    char *copy = mem_strdup(line); /* the parameter of posix_spawn() is not const */
    char *argv[] = {shell, option, copy, NULL};
    char *envp[] = {path_variable, home, NULL};
    posix_spawn_file_actions_t files;
    ck_assert_int_eq(posix_spawn_file_actions_init(&files), 0);
    ck_assert_int_eq(posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0), 0);
    ck_assert_int_eq(posix_spawn_file_actions_adddup2(&files, output, 1), 0);
    ck_assert_int_eq(posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0), 0);
    pid_t child = 0;
    ck_assert_int_eq(posix_spawn(&child, "/bin/sh", &files, NULL, argv, envp), 0);
    posix_spawn_file_actions_destroy(&files);
    mem_free(copy);
    return child;
}

/* Runs `sh -c line` into `ran`. `path` is its PATH. */
static void run_shell_in(const char *line, const char *path)
{
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    pid_t child = start_shell(line, path, ends[1]);
    close(ends[1]);
    ran.size = 0;
    for (;;) {
        ck_assert_uint_lt(ran.size, OUTPUT_MAX);
        ssize_t got = read(ends[0], ran.output + ran.size, OUTPUT_MAX - ran.size);
        if (got < 0 && errno == EINTR)
            continue;
        ck_assert_int_ge(got, 0);
        if (got == 0)
            break;
        ran.size += (size_t)got;
    }
    close(ends[0]);
    int status = 0;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    ran.exit_status = WEXITSTATUS(status);
}

static void run_shell(const char *line)
{
    run_shell_in(line, "/usr/bin:/bin");
}

/* Whether the commands replace their shell. */
static bool replaces;

static char *words_line(const char *const *argv, const char *const *env, const char *cwd)
{
    char *line = NULL;
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_msg(command_from_words(argv, env, cwd, replaces, &line, &error) == BOXD_OK, "%s",
                  error.message);
    ck_assert(utf8_is_valid(line, strlen(line)));
    return line;
}

static char *shell_line(const char *text, const char *const *env, const char *cwd)
{
    char *line = NULL;
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_msg(command_from_line(text, env, cwd, &line, &error) == BOXD_OK, "%s", error.message);
    return line;
}

/* Every second time the command replaces the shell: the result is the same. */
static void run_words(const char *const *argv, const char *const *env, const char *cwd)
{
    replaces = !replaces;
    char *line = words_line(argv, env, cwd);
    run_shell(line);
    mem_free(line);
}

static void run_line(const char *text, const char *const *env, const char *cwd)
{
    char *line = shell_line(text, env, cwd);
    run_shell(line);
    mem_free(line);
}

/* A directory of its own for a test, which becomes the working directory. */
static char scratch[64];

static void enter_scratch(void)
{
    (void)snprintf(scratch, sizeof scratch, "/tmp/boxd-command-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(scratch));
    ck_assert_int_eq(chdir(scratch), 0);
}

static void leave_scratch(void)
{
    char line[128];
    ck_assert_int_eq(chdir("/"), 0);
    (void)snprintf(line, sizeof line, "rm -rf %s", scratch);
    run_shell(line);
    ck_assert_int_eq(ran.exit_status, 0);
}

START_TEST(words_as_text)
{
    static const struct {
        const char *argv[4];
        const char *env[3];
        const char *cwd;
        const char *line;
    } rows[] = {
        {{"ls"}, {NULL}, NULL, "ls"},
        {{"ls", "-l", "/a_b/c-d.e"}, {NULL}, NULL, "ls -l /a_b/c-d.e"},
        {{"x", "azAZ09@%+=:,./_-"}, {NULL}, NULL, "x azAZ09@%+=:,./_-"},
        {{"echo", ""}, {NULL}, NULL, "echo ''"},
        {{"echo", "a b", "it's"}, {NULL}, NULL, "echo 'a b' 'it'\"'\"'s'"},
        {{"echo", "'"}, {NULL}, NULL, "echo ''\"'\"''"},
        {{"echo", "$x", "~"}, {NULL}, NULL, "echo '$x' '~'"},
        {{"echo", "a\nb", "\xC3\xBC"}, {NULL}, NULL, "echo 'a\nb' '\xC3\xBC'"},
        {{"A=b", "A=b"}, {NULL}, NULL, "'A=b' A=b"},
        {{"-x", "-x"}, {NULL}, NULL, "'-x' -x"},
        {{"+x", "+x"}, {NULL}, NULL, "'+x' +x"},
        {{"if", "if"}, {NULL}, NULL, "'if' if"},
        {{"iffy"}, {NULL}, NULL, "iffy"},
        {{"my prog"}, {NULL}, NULL, "'my prog'"},
        {{"x"}, {"K=v"}, NULL, "K='v' x"},
        {{"x"}, {"K=", "L=a'b=c"}, NULL, "K='' L='a'\"'\"'b=c' x"},
        {{"x"}, {"K=v"}, "/tmp", "cd /tmp && K='v' x"},
        {{"x"}, {NULL}, "/a b", "cd '/a b' && x"},
        {{"x"}, {NULL}, "", "x"},
        {{"x"}, {NULL}, "sub", "cd ./sub && x"},
        {{"x"}, {NULL}, "-", "cd ./- && x"},
        {{"x"}, {NULL}, "a b", "cd ./'a b' && x"},
        {{"x", "\xFF"}, {NULL}, NULL, "x \"$(printf '\\377')\""},
        {{"x", "a\x80\n\xC3\xA9'"}, {NULL}, NULL, "x 'a'\"$(printf '\\200')\"'\n\xC3\xA9'\"'\"''"},
        {{"\xC3\xE9"},
         {"K=\xE9t\xE9"},
         "/\xED\xA0\x80",
         "cd '/'\"$(printf '\\355\\240\\200')\" && K=\"$(printf '\\351')\"'t'\"$(printf '\\351')\" "
         "\"$(printf '\\303\\351')\""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *line = words_line(rows[i].argv, rows[i].env[0] ? rows[i].env : NULL, rows[i].cwd);
        ck_assert_str_eq(line, rows[i].line);
        mem_free(line);
        line = words_line(rows[i].argv, rows[i].env, rows[i].cwd);
        ck_assert_str_eq(line, rows[i].line);
        mem_free(line);
    }
}
END_TEST

START_TEST(words_that_replace_the_shell)
{
    static const struct {
        const char *argv[4];
        const char *env[3];
        const char *cwd;
        const char *line;
    } rows[] = {
        {{"python3"}, {NULL}, NULL, "exec python3"},
        {{"A=b"}, {NULL}, NULL, "exec 'A=b'"},
        {{"x"}, {"K=v", "L=a'b"}, NULL, "export K='v' && export L='a'\"'\"'b' && exec x"},
        {{"x"}, {"K=v"}, "/tmp", "cd /tmp && export K='v' && exec x"},
        /* exec would read these as its options */
        {{"-x"}, {NULL}, NULL, "'-x'"},
        {{"+x"}, {"K=v"}, NULL, "K='v' '+x'"},
        /* a shell alone has these */
        {{"cd", "/"}, {NULL}, NULL, "cd /"},
        {{"ulimit", "-a"}, {"K=v"}, NULL, "K='v' ulimit -a"},
        {{"command", "-v", "ls"}, {NULL}, NULL, "command -v ls"},
    };
    replaces = true;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *line = words_line(rows[i].argv, rows[i].env, rows[i].cwd);
        ck_assert_str_eq(line, rows[i].line);
        mem_free(line);
    }
}
END_TEST

/* A command that cannot be started has the status of the shell. */
START_TEST(missing_commands)
{
    const char *argv[2][2] = {{"/etc/passwd"}, {"/nosuch"}};
    for (int i = 0; i < 4; i++) {
        run_words(argv[i / 2], NULL, NULL);
        ck_assert_int_eq(ran.exit_status, 126 + i / 2);
    }
}
END_TEST

START_TEST(lines_as_text)
{
    static const struct {
        const char *text;
        const char *env[3];
        const char *cwd;
        const char *line;
    } rows[] = {
        {"a | b # c", {NULL}, NULL, "a | b # c"},
        {" -x 'y\n", {NULL}, "", " -x 'y\n"},
        {"a; b", {"K=v", "L=a'b"}, NULL, "export K='v'\nexport L='a'\"'\"'b'\na; b"},
        {"a; b", {NULL}, "/x y", "cd '/x y' || exit\na; b"},
        {"a; b", {"K=v"}, "x", "cd ./x || exit\nexport K='v'\na; b"},
        {"\xC3\xA9", {"K=\xE9"}, NULL, "export K=\"$(printf '\\351')\"\n\xC3\xA9"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *line = shell_line(rows[i].text, rows[i].env, rows[i].cwd);
        ck_assert_str_eq(line, rows[i].line);
        mem_free(line);
    }
}
END_TEST

START_TEST(bad_arguments_are_refused)
{
    static const struct {
        const char *argv[2];
        const char *env[3];
        const char *says;
    } rows[] = {
        {{NULL}, {NULL}, "argv"},   {{""}, {NULL}, "argv"},
        {{"x"}, {"K"}, "env[0]: "}, {{"x"}, {"A=b", "x;y=hunter2"}, "env[1]: "},
        {{"x"}, {""}, "env[0]: "},  {{"x"}, {"=hunter2"}, "env[0]: "},
    };
    static char not_null[] = "";
    for (size_t i = 0; i < COUNT(rows); i++) {
        char *line = not_null;
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_int_eq(command_from_words(rows[i].argv, rows[i].env, NULL, false, &line, &error),
                         BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_int_eq(error.status, BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_ptr_null(line);
        ck_assert_msg(strstr(error.message, rows[i].says), "%s", error.message);
        ck_assert_ptr_null(strstr(error.message, "hunter2"));
        ck_assert_int_eq(command_from_words(rows[i].argv, rows[i].env, NULL, false, &line, NULL),
                         BOXD_ERR_INVALID_ARGUMENT);
        if (!rows[i].env[0])
            continue;
        line = not_null;
        ck_assert_int_eq(command_from_line("x", rows[i].env, NULL, &line, &error), BOXD_ERR_INVALID_ARGUMENT);
        ck_assert_ptr_null(line);
    }
    char *line = not_null;
    ck_assert_int_eq(command_from_words(NULL, NULL, NULL, false, &line, NULL), BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_int_eq(command_from_line(NULL, NULL, NULL, &line, NULL), BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_int_eq(command_from_line("", NULL, NULL, &line, NULL), BOXD_ERR_INVALID_ARGUMENT);
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_int_eq(command_from_line("echo \xFF", NULL, NULL, &line, &error), BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(error.message, "is not UTF-8"));
    ck_assert_ptr_null(line);
}
END_TEST

/* Compares the output of `ran` with `words`, each with its NUL. */
static void check_words(const char *const *words)
{
    size_t at = 0;
    for (size_t i = 0; words[i]; i++) {
        size_t size = strlen(words[i]) + 1;
        ck_assert_msg(at + size <= ran.size, "word %zu is missing", i);
        ck_assert_mem_eq(ran.output + at, words[i], size);
        at += size;
    }
    ck_assert_uint_eq(at, ran.size);
}

START_TEST(words_arrive)
{
    static const char *const printers[] = {"printf", "/usr/bin/printf"};
    static char words[WORDS_MAX][WORD_BYTES_MAX + 1];
    start_random("words_arrive");
    for (int round = 0; round < ROUNDS; round++) {
        const char *argv[WORDS_MAX + 3] = {printers[round % 2], "%s\\0"};
        size_t count = 1 + below(WORDS_MAX);
        for (size_t i = 0; i < count; i++) {
            random_word(words[i]);
            argv[2 + i] = words[i];
        }
        run_words(argv, NULL, NULL);
        ck_assert_int_eq(ran.exit_status, 0);
        check_words(argv + 2);
    }
    const char *argv[COUNT(special_words) + 3] = {"printf", "%s\\0"};
    for (size_t i = 0; i < COUNT(special_words); i++)
        argv[2 + i] = special_words[i];
    run_words(argv, NULL, NULL);
    check_words(argv + 2);
}
END_TEST

START_TEST(every_byte_arrives)
{
    char word[3] = {0};
    for (int byte = 1; byte < 256; byte++) {
        word[0] = (char)byte;
        word[1] = byte % 2 ? '\'' : '\0';
        const char *argv[] = {"printf", "%s\\0", word, NULL};
        run_words(argv, NULL, NULL);
        check_words(argv + 2);
    }
}
END_TEST

/* Quoting does not distinguish builtins of the shell from programs: names are long enough not to be a
 * builtin. */
START_TEST(first_words_are_commands)
{
    static const char *const names[] = {
        "if",  "then", "else", "elif", "fi", "do", "done",  "case",     "esac", "while", "until",
        "for", "in",   "{",    "}",    "!",  "-x", "+x",    "--",       "-",    "A=b",   "=x",
        "a b", "it's", "~",    "*",    "2",  "\n", "$HOME", "\xFF\x81", "#",    "a=",    "time",
    };
    enter_scratch();
    start_random("first_words_are_commands");
    char path[128];
    (void)snprintf(path, sizeof path, "%s:/usr/bin:/bin", scratch);
    for (size_t i = 0; i < COUNT(names) + ROUNDS / 2; i++) {
        char name[32];
        if (i < COUNT(names))
            (void)snprintf(name, sizeof name, "%s", names[i]);
        else
            random_picks(name, 10 + below(20), "'\"\\$`*?[]{}()<>|&;#~!=-+ \n\xC3\xFFxyz");
        (void)unlink(name);
        ck_assert_int_eq(symlink("/usr/bin/printf", name), 0);
        const char *argv[] = {name, "%s\\0", "-x", "A=b", NULL};
        static const char *const envs[][2] = {{NULL}, {"K=v"}};
        for (size_t k = 0; k < COUNT(envs); k++) {
            replaces = i % 2;
            char *line = words_line(argv, envs[k], k ? "/" : NULL);
            run_shell_in(line, path);
            ck_assert_msg(ran.exit_status == 0, "%s", line);
            check_words(argv + 2);
            mem_free(line);
        }
    }
    leave_scratch();
}
END_TEST

/* Whether `ran` printed `word` as an entry of `env -0`. Returns how often. */
static size_t count_word(const char *word)
{
    size_t count = 0;
    for (size_t at = 0; at < ran.size; at += strlen(ran.output + at) + 1)
        if (strcmp(ran.output + at, word) == 0)
            count++;
    return count;
}

START_TEST(env_arrives)
{
    enum { VARIABLES = 4 };
    static char words[VARIABLES][WORD_BYTES_MAX + 32];
    static const char *const argv[] = {"env", "-0", NULL};
    start_random("env_arrives");
    for (int round = 0; round < ROUNDS; round++) {
        const char *env[VARIABLES + 1] = {NULL};
        for (size_t i = 0; i < VARIABLES; i++) {
            int size = snprintf(words[i], sizeof words[i], "V%zu_%c=", i, "aZ_9"[below(4)]);
            random_word(words[i] + size);
            env[i] = words[i];
        }
        /* Every command of the line has the environment. */
        if (round % 2)
            run_words(argv, env, round % 3 ? "/" : NULL);
        else
            run_line("env -0 | cat\nenv -0", env, round % 3 ? "/" : NULL);
        ck_assert_int_eq(ran.exit_status, 0);
        for (size_t i = 0; i < VARIABLES; i++)
            ck_assert_uint_eq(count_word(words[i]), round % 2 ? 1 : 2);
    }
}
END_TEST

START_TEST(later_env_words_win)
{
    static const char *const argv[] = {"env", "-0", NULL};
    static const char *const env[] = {"K=1", "K=2", NULL};
    for (int i = 0; i < 2; i++) {
        run_words(argv, env, NULL);
        ck_assert_uint_eq(count_word("K=2"), 1);
        ck_assert_uint_eq(count_word("K=1"), 0);
    }
    run_line("env -0", env, NULL);
    ck_assert_uint_eq(count_word("K=2"), 1);
    ck_assert_uint_eq(count_word("K=1"), 0);
}
END_TEST

/* Runs in `cwd`, in both forms, and compares the directory in which a program runs. */
static void check_cwd(const char *cwd, const char *const *env)
{
    static const char *const argv[] = {"stat", "-c", "%d:%i", ".", NULL};
    struct stat here;
    ck_assert_msg(stat(cwd, &here) == 0, "%s", cwd);
    char expected[64];
    int size = snprintf(expected, sizeof expected, "%llu:%llu\n", (unsigned long long)here.st_dev,
                        (unsigned long long)here.st_ino);
    for (int form = 0; form < 2; form++) {
        if (form == 0)
            run_words(argv, env, cwd);
        else
            run_line("stat -c %d:%i .", env, cwd);
        ck_assert_msg(ran.exit_status == 0, "cd to \"%s\": %d", cwd, ran.exit_status);
        ck_assert_uint_eq(ran.size, (size_t)size);
        ck_assert_mem_eq(ran.output, expected, (size_t)size);
    }
}

START_TEST(cwd_arrives)
{
    static const char *const names[] = {"-", "--", "-P", "~", "$HOME", "*", "a b", "it's", "\n", "#", "tmp"};
    static const char *const cdpath[] = {"CDPATH=/", "HOME=/", NULL};
    enter_scratch();
    start_random("cwd_arrives");
    for (size_t i = 0; i < COUNT(names) + ROUNDS; i++) {
        char name[256];
        if (i < COUNT(names))
            (void)snprintf(name, sizeof name, "%s", names[i]);
        else if (i % 10 == 0)
            random_picks(name, 255, "'\" \n$x\xFF");
        else
            random_picks(name, 3 + below(30), "'\"\\$`*?[]{}()<>|&;#~!=-+ \n\t.\x81\xC3\xFFxyz");
        ck_assert_int_eq(mkdir(name, 0700), 0);
        check_cwd(name, i % 2 ? cdpath : NULL);
        char absolute[sizeof scratch + sizeof name];
        (void)snprintf(absolute, sizeof absolute, "%s/%s", scratch, name);
        check_cwd(absolute, NULL);
        ck_assert_int_eq(rmdir(name), 0);
    }
    check_cwd("..", NULL);
    check_cwd("/", NULL);
    leave_scratch();
}
END_TEST

START_TEST(failed_cd_ends_it)
{
    static const char *const argv[] = {"echo", "ran", NULL};
    static const char *const lines[] = {"echo ran", "echo ran; echo on", "false || echo ran\necho ran\n",
                                        "true"};
    static const char *const env[] = {"K=v", NULL};
    run_words(argv, env, "/nowhere/at all");
    ck_assert_int_ne(ran.exit_status, 0);
    ck_assert_uint_eq(ran.size, 0);
    for (size_t i = 0; i < COUNT(lines); i++) {
        run_line(lines[i], env, "/nowhere/at all");
        ck_assert_int_ne(ran.exit_status, 0);
        ck_assert_uint_eq(ran.size, 0);
    }
}
END_TEST

static const char *const lines[] = {
    "echo a b",
    "echo a | tr a b; exit 7",
    "false",
    "echo a # no end",
    "echo a \\",
    "echo a \\\\",
    "echo a &&\n echo b",
    "cat <<E\nhi $HOME\nE",
    "cat <<'E'\nhi $HOME 'x\nE\necho more",
    "cat <<E\nnot ended",
    "f() { echo f \"$@\"; }; f 1 2",
    "if true; then\n echo y\nfi\n",
    "for i in 1 2 3; do echo $i; done",
    "case x in x) echo y;; esac",
    "(exit 3)",
    "{ echo a; }",
    "! true",
    "\n\n\necho late",
    "   ",
    "# only a comment",
    "#!/bin/sh\necho x",
    "set -e; false; echo no",
    "trap 'echo bye' EXIT; exit 4",
    "echo 'unterminated",
    "echo \"unterminated",
    "if",
    ")",
    "echo a; )",
    "nosuchcommand",
    "exit 5",
    "echo $0 $#",
    "read x; echo \"[$x]\"",
    "cat",
    "exec echo replaced",
    "A=1 B=2; echo $A$B",
    "echo \"$(echo '$(x)')\" `echo y`",
    "printf '%s\\n' \"it's\"",
    "printf '\\303\\374\\377'",
    "echo \xC3\xBC \xF0\x9F\x98\x80",
};

/* With a prefix each line has the same output and status as without it. */
START_TEST(lines_are_not_changed)
{
    static const char *const env[] = {"K=it's", NULL};
    for (size_t i = 0; i < COUNT(lines); i++) {
        static char alone[OUTPUT_MAX];
        run_shell(lines[i]);
        size_t size = ran.size;
        int exit_status = ran.exit_status;
        memcpy(alone, ran.output, size);
        run_line(lines[i], env, ".");
        ck_assert_msg(ran.exit_status == exit_status, "%s: %d, not %d", lines[i], ran.exit_status,
                      exit_status);
        ck_assert_msg(ran.size == size && memcmp(ran.output, alone, size) == 0, "%s", lines[i]);
    }
}
END_TEST

static boxd_status make_words(const void *context, boxd_error *error)
{
    static const char *const argv[] = {"a", "b c", "it's", NULL};
    static const char *const env[] = {"K=v", "L=a'b", NULL};
    char *line = NULL;
    boxd_status status = command_from_words(argv, env, context, false, &line, error);
    ck_assert((line != NULL) == (status == BOXD_OK));
    mem_free(line);
    return status;
}

static boxd_status make_line(const void *context, boxd_error *error)
{
    static const char *const env[] = {"K=v", "L=a'b", NULL};
    char *line = NULL;
    boxd_status status = command_from_line("a | b", env, context, &line, error);
    ck_assert((line != NULL) == (status == BOXD_OK));
    mem_free(line);
    return status;
}

START_TEST(out_of_memory)
{
    ck_assert_int_gt(unit_walk_allocations(make_words, NULL), 1);
    ck_assert_int_gt(unit_walk_allocations(make_words, "x y"), 1);
    ck_assert_int_gt(unit_walk_allocations(make_line, NULL), 1);
    ck_assert_int_gt(unit_walk_allocations(make_line, "/x y"), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("command");
    unit_add(suite, words_as_text);
    unit_add(suite, words_that_replace_the_shell);
    unit_add(suite, missing_commands);
    unit_add(suite, lines_as_text);
    unit_add(suite, bad_arguments_are_refused);
    unit_add(suite, words_arrive);
    unit_add(suite, every_byte_arrives);
    unit_add(suite, first_words_are_commands);
    unit_add(suite, env_arrives);
    unit_add(suite, later_env_words_win);
    unit_add(suite, cwd_arrives);
    unit_add(suite, failed_cd_ends_it);
    unit_add(suite, lines_are_not_changed);
    unit_add(suite, out_of_memory);
    return unit_run(suite);
}
