/*
 * leaks.c: checks that no thread and no descriptor of the library is left once all clients have ended.
 */
#include "stress.h"

#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { GRACE_MS = 60000, TURN_MS = 20 };

static DIR *open_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        failed(NULL, path);
    return folder;
}

/* The number of threads with a name of the library's threads. */
static int count_threads(void)
{
    static const char *const names[] = {"boxd-core\n", "boxd-http\n", "boxd-disk\n", "boxd-fds\n"};
    int count = 0;
    DIR *tasks = open_folder("/proc/self/task");
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of its own */
    for (const struct dirent *entry; (entry = readdir(tasks));) {
        char path[300], name[32] = "";
        (void)snprintf(path, sizeof path, "/proc/self/task/%s/comm", entry->d_name);
        FILE *comm = fopen(path, "re");
        if (!comm)
            continue;
        if (fgets(name, sizeof name, comm))
            for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
                count += strcmp(name, names[i]) == 0;
        (void)fclose(comm);
    }
    closedir(tasks);
    return count;
}

static int count_descriptors(void)
{
    int count = 0;
    DIR *descriptors = open_folder("/proc/self/fd");
    while (readdir(descriptors)) /* NOLINT(concurrency-mt-unsafe): a stream of its own */
        count++;
    closedir(descriptors);
    return count;
}

static void print_descriptors(void)
{
    DIR *descriptors = open_folder("/proc/self/fd");
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): a stream of its own */
    for (const struct dirent *entry; (entry = readdir(descriptors));) {
        char path[300], target[200] = "";
        (void)snprintf(path, sizeof path, "/proc/self/fd/%s", entry->d_name);
        if (readlink(path, target, sizeof target - 1) > 0)
            printf("%s: %s\n", entry->d_name, target);
    }
    closedir(descriptors);
}

/* Descriptors that gRPC may keep, as the log says: on a busy machine, connections are being made for longer
 * than a close waits. */
static atomic_int allowed;

void leaks_allow_descriptor(void)
{
    atomic_fetch_add(&allowed, 1);
}

/* Threads, and gRPC's connections, may end a while after their client. */
void leaks_check(void)
{
    static int before = -1;
    int threads = count_threads(), descriptors = count_descriptors();
    if (before < 0) {
        before = descriptors;
        return;
    }
    for (int waited = 0; waited < GRACE_MS && (threads > 0 || descriptors > before + atomic_load(&allowed));
         waited += TURN_MS) {
        poll(NULL, 0, TURN_MS);
        threads = count_threads();
        descriptors = count_descriptors();
    }
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf(
        "\n%d threads and %d descriptors are left, and there were %d descriptors before; %d may be left; %ld "
        "MiB at most\n",
        threads, descriptors, before, atomic_load(&allowed), usage.ru_maxrss / 1024);
    if (descriptors > before + atomic_load(&allowed))
        print_descriptors();
    (void)fflush(stdout);
    expect(threads == 0, "threads of the library are left");
    expect(descriptors <= before + atomic_load(&allowed), "descriptors are left");
}
