/*
 * tasks.c: the list of processes and their ancestry, from /proc. Used by init and the zygote.
 */
#include "sandbox/internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool read_task(int proc, const char *name, sandbox_task *task)
{
    char path[64], text[512];

    (void)snprintf(path, sizeof(path), "%.20s/stat", name);
    int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, text, sizeof(text) - 1);
    close(fd);
    text[length > 0 ? length : 0] = '\0';
    /* The name is in parentheses and may contain parentheses. */
    const char *rest = strrchr(text, ')');
    int parent;
    if (!rest || sscanf(rest + 1, " %c %d", &task->state, &parent) != 2)
        return false;
    task->pid = (pid_t)strtol(name, NULL, 10);
    task->parent = (pid_t)parent;
    task->depth = -1;
    return true;
}

static int compare(const void *left, const void *right)
{
    const sandbox_task *a = left, *b = right;

    return (a->pid > b->pid) - (a->pid < b->pid);
}

static int depth_of(const sandbox_task *tasks, size_t n_tasks, const sandbox_task *task)
{
    pid_t self = getpid();
    int depth = 0;

    /* /proc changes while it is read, so the list may contain a cycle: the number of steps is limited. */
    for (size_t steps = 0; task && steps <= n_tasks; steps++) {
        if (task->pid == self)
            return depth > 0 ? depth : -1;
        sandbox_task key = {.pid = task->parent};
        task = bsearch(&key, tasks, n_tasks, sizeof(*tasks), compare);
        depth++;
    }
    return -1;
}

int sandbox_tasks_list(sandbox_task **tasks, size_t *n_tasks)
{
    DIR *proc = opendir("/proc");
    sandbox_task *list = NULL, task;
    size_t n = 0, capacity = 0;
    int error = 0;
    struct dirent *entry;

    *tasks = NULL;
    *n_tasks = 0;
    if (!proc)
        return errno;
    while ((entry = readdir(proc)) != NULL) { /* NOLINT(concurrency-mt-unsafe): private */
        if (entry->d_name[0] < '1' || entry->d_name[0] > '9' || !read_task(dirfd(proc), entry->d_name, &task))
            continue;
        if (n == capacity) {
            capacity = capacity * 2 + 64;
            sandbox_task *larger = realloc(list, capacity * sizeof(*list));
            if (!larger) {
                error = ENOMEM;
                break;
            }
            list = larger;
        }
        list[n++] = task;
    }
    closedir(proc);
    if (error != 0) {
        free(list);
        return error;
    }
    if (n > 0)
        qsort(list, n, sizeof(*list), compare);
    for (size_t i = 0; i < n; i++)
        list[i].depth = depth_of(list, n, &list[i]);
    *tasks = list;
    *n_tasks = n;
    return 0;
}
