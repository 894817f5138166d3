#include "matrix.h"

#include "e2e.h"

/* A box that a row made goes again: rows are repeated. */
static void destroy_box(boxd_box *box)
{
    if (box)
        boxd_box_destroy(box, NULL, NULL);
    boxd_box_free(box);
}

static const boxd_rpc_method MATRIX_METHOD =
    BOXD_RPC_METHOD("ListVms", boxd_pb__list_vms_request, boxd_pb__list_vms_response, BOXD_RPC_READ);

#define RUN_RESULT(name, rpc, skip, type, release, arguments)                                                \
    static boxd_status run_##name(const subjects *s, boxd_error *e)                                          \
    {                                                                                                        \
        type *result = on->name arguments;                                                                   \
        const boxd_status status = result ? BOXD_OK : e->status;                                             \
        release(result);                                                                                     \
        return status;                                                                                       \
    }
#define RUN_STATUS(name, rpc, skip, arguments)                                                               \
    static boxd_status run_##name(const subjects *s, boxd_error *e)                                          \
    {                                                                                                        \
        return on->name arguments;                                                                           \
    }

MATRIX(RUN_RESULT, RUN_STATUS)

#define ROW_RESULT(name, rpc, skip, type, release, arguments) {"boxd_" #name, rpc, skip, run_##name},
#define ROW_STATUS(name, rpc, skip, arguments) {"boxd_" #name, rpc, skip, run_##name},

const matrix_row matrix[] = {MATRIX(ROW_RESULT, ROW_STATUS)};
const size_t matrix_count = sizeof matrix / sizeof *matrix;

void matrix_open(subjects *s, boxd_compute *client, const boxd_call_options *call)
{
    boxd_error error = BOXD_ERROR_INIT;
    *s = (subjects){.compute = client, .call = call};
    s->box = SURFACES[0].box_create(client, BOXD_OPTIONS(boxd_box_create_options, .name = "matrix"), &error);
    e2e_ok(s->box, error);
}

void matrix_close(subjects *s)
{
    destroy_box(s->box);
}
