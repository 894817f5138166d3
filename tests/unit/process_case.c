/* Helpers of the tests of processes. */
#include "process_case.h"

boxd_compute *compute;
boxd_box *box;
boxd_process *process;
outcome opened;

static void note(outcome *o, const boxd_error *error)
{
    o->calls++;
    o->error = error ? *error : (boxd_error)BOXD_ERROR_INIT;
}

void on_process(boxd_process *p, const boxd_error *error, void *data)
{
    note(data, error);
    process = p;
}

void on_result(boxd_exec_result *result, const boxd_error *error, void *data)
{
    note(data, error);
    ((outcome *)data)->result = result;
}

void on_chunk(boxd_read_status status, boxd_chunk *c, const boxd_error *error, void *data)
{
    outcome *o = data;
    note(o, error);
    o->read = status;
    if (c)
        memcpy(o->data, c->data, c->size);
    o->data[c ? c->size : 0] = '\0';
    boxd_chunk_free(c);
}

void on_exit_code(boxd_status status, int code, bool confirmed, const boxd_error *error, void *data)
{
    (void)status;
    note(data, error);
    ((outcome *)data)->exit_code = code;
    ((outcome *)data)->exit_confirmed = confirmed;
}

void on_done(boxd_status status, const boxd_error *error, void *data)
{
    (void)status;
    note(data, error);
}

/* ---- the service ---- */

void output(const char *text, bool is_stderr, int code)
{
    BoxdPb__ExecChunk m = BOXD_PB__EXEC_CHUNK__INIT;
    m.data = wire_bytes(text, strlen(text));
    m.is_stderr = is_stderr;
    m.exit_code = code;
    fake_message(&m.base);
    fake_client_run(compute);
}

void written(void)
{
    fake_written(true);
    fake_client_run(compute);
}

void ended(boxd_status status, int grpc_code)
{
    if (status == BOXD_OK)
        fake_ended(&fake_stream, NULL);
    else
        fake_ended_in(&fake_stream, status, grpc_code);
    fake_client_run(compute);
}

void box_is(const char *status)
{
    BoxdPb__GetVmResponse m = BOXD_PB__GET_VM_RESPONSE__INIT;
    m.status = status;
    fake_replied(&m.base);
    fake_client_run(compute);
}

/* ---- the program ---- */

void open_client(void)
{
    compute = fake_client_open();
    box = fake_client_box(compute);
    process = NULL;
    opened = (outcome){0};
    fake_stream = fake_unary = (fake_call){.message = grpc_empty_slice()};
    fake_connection_up = fake_confirms = fake_stops_at_once = false;
}

void close_client(void)
{
    boxd_process_free(process);
    fake_client_close(compute);
    if (fake_stream.running) {
        ck_assert(fake_stream.call->stopped);
        ended(BOXD_ERR_CANCELLED, GRPC_STATUS_CANCELLED);
    }
    fake_client_run(compute);
    ck_assert(fake_client_closed());
    boxd_box_free(box);
    grpc_slice_unref(fake_stream.message);
}

/* A process whose first message was sent. */
void start_process(const boxd_exec_options *options)
{
    static const char *const argv[] = {"cat", NULL};
    open_client();
    boxd_aio_box_exec_stream(box, argv, options, on_process, &opened);
    fake_client_run(compute);
    fake_opened();
    ck_assert_int_eq(opened.calls, 0);
    written();
    ck_assert_int_eq(opened.calls, 1);
    ck_assert_ptr_nonnull(process);
}

void read_any(outcome *o)
{
    *o = (outcome){0};
    boxd_aio_process_read(process, NULL, on_chunk, o);
    fake_client_run(compute);
}

void write_text(outcome *o, const char *text)
{
    *o = (outcome){0};
    boxd_aio_process_write(process, text, strlen(text), NULL, on_done, o);
    fake_client_run(compute);
}

void wait_for_exit(outcome *o)
{
    *o = (outcome){0};
    boxd_aio_process_wait(process, NULL, on_exit_code, o);
    fake_client_run(compute);
}

void expect(const outcome *o, boxd_status status, const char *message)
{
    ck_assert_int_eq(o->calls, 1);
    ck_assert_msg(o->error.status == status, "%d: %s", (int)o->error.status, o->error.message);
    ck_assert_msg(strstr(o->error.message, message), "%s", o->error.message);
}
