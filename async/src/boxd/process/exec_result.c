/* exec_result.c: the result of a command. Made on the core thread, freed by the program on any. */
#include "boxd/process/exec_result.h"

#include "mem.h"

#include <boxd/aio/exec.h>

typedef struct exec_result {
    boxd_exec_result public;
    char *out, *err, *warning;
} exec_result;

void boxd_exec_result_free(boxd_exec_result *result)
{
    exec_result *own = (exec_result *)(void *)result;
    if (!own)
        return;
    mem_free(own->out);
    mem_free(own->err);
    mem_free(own->warning);
    mem_free(own);
}

static void call_result(any_callback callback, void *result, const boxd_error *error, void *user_data)
{
    ((boxd_exec_result_cb)callback)(result, error, user_data);
}

static void free_result(void *result)
{
    boxd_exec_result_free(result);
}

const result_type RESULT_EXEC = {call_result, free_result};

boxd_exec_result *exec_result_new(output *o, const command_exit *e, const char *warning)
{
    exec_result *result = mem_calloc(1, sizeof *result);
    if (!result)
        return NULL;
    boxd_exec_result *r = &result->public;
    r->out.data = result->out = output_take_kept(o, SIDE_OUT, &r->out.size);
    r->err.data = result->err = output_take_kept(o, SIDE_ERR, &r->err.size);
    r->warning = result->warning = mem_strdup(warning);
    r->exit_code = e->code;
    r->success = e->code == 0;
    r->exit_confirmed = exit_is_confirmed(e);
    r->out_bytes = o->sides[SIDE_OUT].bytes;
    r->err_bytes = o->sides[SIDE_ERR].bytes;
    r->out_dropped_bytes = o->sides[SIDE_OUT].dropped;
    r->err_dropped_bytes = o->sides[SIDE_ERR].dropped;
    if (result->out && result->err && (result->warning || !warning))
        return r;
    boxd_exec_result_free(r);
    return NULL;
}
