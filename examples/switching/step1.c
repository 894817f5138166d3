/* Step 1 of docs/switching.md: creates a box, runs two commands in it and destroys it. Every call blocks. */
#include <boxd/boxd.h>

#include <stdio.h>

typedef struct job {
    boxd_compute *c;
    boxd_box *box;
    /* exit codes; -1: not known */
    int built, checked;
} job;

static void print_error(const boxd_error *err)
{
    boxd_error_print(err, NULL);
}

static int outcome(const boxd_exec_result *result, const boxd_error *err)
{
    if (!result)
        print_error(err);
    return result ? result->exit_code : -1;
}

static void build(job *j)
{
    boxd_error err = BOXD_ERROR_INIT;
    boxd_exec_result *result = boxd_box_exec_shell(j->box, "sleep 0.2", NULL, &err);
    j->built = outcome(result, &err);
    boxd_exec_result_free(result);
}

static void check(job *j)
{
    boxd_error err = BOXD_ERROR_INIT;
    boxd_exec_result *result = boxd_box_exec(j->box, BOXD_ARGV("test", "-d", "/tmp"), NULL, &err);
    j->checked = outcome(result, &err);
    boxd_exec_result_free(result);
}

int main(void)
{
    job j = {.built = -1, .checked = -1};
    boxd_error err = BOXD_ERROR_INIT;
    j.c = boxd_compute_open(NULL, &err);
    j.box = j.c ? boxd_box_create(j.c, NULL, &err) : NULL;
    if (j.box) {
        build(&j);
        check(&j);
    }
    if (!j.box || boxd_box_destroy(j.box, NULL, &err) != BOXD_OK)
        print_error(&err);
    boxd_box_free(j.box);
    boxd_compute_close(j.c);
    printf("built: %d, checked: %d\n", j.built, j.checked);
    return j.built != 0 || j.checked != 0;
}
