/* Commands that delete in a box, run by the local shell. */
#include "boxd/dirs/remote_list.h"

#include "unit_test.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each path is the beginning of an entry that stays, where the quotes of the shell end. */
static const struct {
    const char *unwanted, *kept;
} entries[] = {{"it's", "it"}, {"a\nb", "a"}, {"d/x y", "d/x"}, {"''", "b"}};

static void run(const char *line, const char *dir)
{
    char command[512];
    (void)snprintf(command, sizeof command, "cd '%s' && %s", dir, line);
    ck_assert_int_eq(system(command), 0);
}

/* Runs the command with the first `size` bytes of the input. */
static void send(const remote_command *c, const char *input, size_t size)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    const pid_t shell = fork();
    ck_assert_int_ge(shell, 0);
    if (shell == 0) {
        dup2(ends[0], 0);
        close(ends[0]);
        close(ends[1]);
        (void)!freopen("/dev/null", "w", stdout);
        (void)!freopen("/dev/null", "w", stderr);
        execvp(c->words[0], c->words);
        _exit(127);
    }
    close(ends[0]);
    ck_assert_int_eq(write(ends[1], input, size), (ssize_t)size);
    close(ends[1]);
    ck_assert_int_eq(waitpid(shell, NULL, 0), shell);
}

/* Input that ends early, at each byte, deletes nothing but whole paths. */
START_TEST(input_that_ends_early)
{
    char dir[] = "/tmp/boxd-unit-XXXXXX";
    remote_deletion deletion = {0};
    remote_command command;
    (void)signal(SIGPIPE, SIG_IGN);
    ck_assert_ptr_nonnull(mkdtemp(dir));
    run("mkdir d empty && touch it a d/x b \"it's\" \"$(printf 'a\\nb')\" 'd/x y' \"''\"", dir);
    for (size_t i = 0; i < COUNT(entries); i++)
        remote_delete_entry(&deletion, false, entries[i].unwanted);
    remote_delete_entry(&deletion, true, "empty");
    const size_t first = deletion.input.size;
    remote_delete_end(&deletion);
    remote_delete(&command, dir);
    const char *paths = strstr(deletion.input.data, "\nset --");
    ck_assert(!deletion.input.failed && !command.failed && paths && deletion.count == COUNT(entries) + 1);
    for (const char *end = paths; end <= deletion.input.data + deletion.input.size; end++) {
        send(&command, deletion.input.data, (size_t)(end - deletion.input.data));
        run("test -e it -a -e a -a -e d/x -a -e b", dir);
        if (end < deletion.input.data + first)
            run("test -d empty", dir);
    }
    run("test ! -e \"it's\" -a ! -e 'd/x y' -a ! -e \"''\" -a $(ls | wc -l) = 4 && rm -r \"$PWD\"", dir);
    remote_command_free(&command);
    text_free(&deletion.input);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("remote_list");
    unit_add(suite, input_that_ends_early);
    return unit_run(suite);
}
