/* The rows of the matrix as functions, and the handles that they use. */
#include "matrix.h"

#include "e2e.h"

/* Destroys what a row created: rows are repeated. */

static void destroy_box(boxd_box *box)
{
    if (box)
        boxd_box_destroy(box, NULL, NULL);
    boxd_box_free(box);
}

static const boxd_rpc_method MATRIX_METHOD =
    BOXD_RPC_METHOD("ListVms", boxd_pb__list_vms_request, boxd_pb__list_vms_response, BOXD_RPC_READ);

static void destroy_disk(boxd_disk *disk)
{
    if (disk)
        boxd_disk_destroy(disk, NULL, NULL);
    boxd_disk_free(disk);
}

static void delete_template(boxd_template *made)
{
    if (made)
        boxd_template_delete(made, NULL, NULL);
    boxd_template_free(made);
}

static void delete_snapshot(boxd_snapshot *snapshot)
{
    if (snapshot)
        boxd_snapshot_delete(snapshot, NULL, NULL);
    boxd_snapshot_free(snapshot);
}

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
    s->box = SURFACES[SURFACE_SYNC].box_create(
        client, BOXD_OPTIONS(boxd_box_create_options, .name = "matrix"), &error);
    e2e_ok(s->box, error);
    s->disk = boxd_disk_from_id(client, "matrix", &error);
    s->template = boxd_template_from_id(client, "matrix", &error);
    s->snapshot = boxd_snapshot_from_name(client, "matrix", &error);
    e2e_ok(s->disk && s->template && s->snapshot, error);
}

void matrix_close(subjects *s)
{
    destroy_box(s->box);
    boxd_disk_free(s->disk);
    boxd_template_free(s->template);
    boxd_snapshot_free(s->snapshot);
}
