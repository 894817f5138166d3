/*
 * child.h: runs a part of a test in a child made by fork(). For programs of one source file, because the
 * header defines a hook of LeakSanitizer.
 */
#ifndef CHILD_H
#define CHILD_H

#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static bool is_child;

/* LeakSanitizer checks at exit: a child has all memory of its parent, but not the threads that hold it. */
__attribute__((visibility("default"))) int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return is_child;
}

/* Runs `child` in a child process, which must exit by itself with 0. */
static inline void in_child(void (*child)(void))
{
    int status = 0;
    const pid_t pid = fork();
    if (pid == 0) {
        is_child = true;
        child();
        exit(EXIT_SUCCESS); /* with all exit handlers */
    }
    ck_assert_int_gt(pid, 0);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with status %x", status);
}

#define CHILD_WANTS(condition)                                                                               \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            (void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                    \
            _exit(EXIT_FAILURE);                                                                             \
        }                                                                                                    \
    } while (0)

#endif
