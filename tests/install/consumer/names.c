/* A program with global symbols that the library has inside, too: linked statically, each keeps its own. */
#include <boxd/boxd.h>

#include <stdio.h>

int mem_alloc(void);
int loop_post(void);
int core_ref(void);
int waiter_wait_done(void);

int mem_alloc(void)
{
    return 1;
}

int loop_post(void)
{
    return 2;
}

int core_ref(void)
{
    return 3;
}

int waiter_wait_done(void)
{
    return 4;
}

int main(void)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute *compute = boxd_compute_open(NULL, &error);
    if (compute || mem_alloc() + loop_post() + core_ref() + waiter_wait_done() != 10)
        return 2;
    fprintf(stderr, "%s: %s\n", boxd_status_name(error.status), error.message);
    return 1;
}
