/* A unit test of a program that uses boxd: it starts an emulator of its own, tests count_boxes() against it,
 * and lets a request fail. Usage: own_test [EMULATOR]; the emulator ends with the test. */
#include <boxd/boxd.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CHECK(condition) ((condition) ? (void)0 : fail(#condition, __LINE__))

static void fail(const char *condition, int line)
{
    fprintf(stderr, "line %d: %s\n", line, condition);
    exit(1);
}

/* The function of the program that is tested: the number of boxes, or -1. */
static int count_boxes(boxd_compute *c, boxd_error *error)
{
    boxd_boxes *all = boxd_box_list(c, NULL, error);
    int count = all ? (int)all->count : -1;
    boxd_boxes_free(all);
    return count;
}

/* Starts an emulator with ports of its own. It writes the settings to `ready_file` once it accepts calls. */
static void start_emulator(const char *program, const char *ready_file)
{
    if (fork() != 0)
        return;
    if (freopen("/dev/null", "w", stdout))
        execlp(program, program, "--port", "0", "--http-port", "0", "--exit-with-parent", "--max-boxes", "1",
               "--ready-file", ready_file, (char *)NULL);
    perror(program);
    _exit(127);
}

/* Sets the variables that the file exports: export NAME='value'. */
static void load_settings(const char *ready_file)
{
    FILE *file = NULL;
    for (int i = 0; !(file = fopen(ready_file, "r")) && i < 6000; i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000L}, NULL);
    CHECK(file);
    char line[256], name[64], value[192];
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "export %63[^=]='%191[^']'", name, value) == 2)
            setenv(name, value, 1);
    fclose(file);
}

int main(int argc, char **argv)
{
    char directory[] = "/tmp/own_test_XXXXXX", ready_file[64];
    CHECK(mkdtemp(directory));
    snprintf(ready_file, sizeof ready_file, "%s/env", directory);
    unsetenv("BOXD_TOKEN"); /* they take precedence over the settings of the emulator */
    unsetenv("BOXD_BASE_URL");
    start_emulator(argc > 1 ? argv[1] : "boxd-emulator", ready_file);
    load_settings(ready_file);

    boxd_error err = BOXD_ERROR_INIT;
    boxd_compute *c = boxd_compute_open(NULL, &err);
    CHECK(count_boxes(c, &err) == 0);
    boxd_box *box = boxd_box_create(c, NULL, &err);
    CHECK(box && count_boxes(c, &err) == 1);
    CHECK(!boxd_box_create(c, NULL, &err) && err.status == BOXD_ERR_QUOTA); /* --max-boxes 1 */
    boxd_box_free(box);
    boxd_compute_close(c);
    unlink(ready_file);
    rmdir(directory);
    puts("passed");
    return 0;
}
