/*
 * Failed allocations at every place: each operation is repeated with one more successful allocation of
 * the library, until it succeeds as a whole. Before that it ends in one error, in its only callback, and
 * leaks nothing (the program runs under ASan too). Allocations of gRPC do not fail, because gRPC then
 * aborts.
 *
 * The program links the objects of the library, not the shared library, to call mem_fail_after().
 */
#include "e2e.h"
#include "matrix.h"
#include "mem.h"
#include "pending.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static boxd_box *box;

/* One attempt: BOXD_OK, or its error. */
typedef boxd_status (*attempt)(boxd_error *error);

static int attempts_open; /* used by the core thread until the client is closed */

static void *note_begin(const boxd_attempt *a, boxd_metadata *extra, void *data)
{
    (void)a;
    boxd_metadata_add(extra, "tracestate", "a=b", NULL);
    attempts_open++;
    return data;
}

static void note_end(const boxd_attempt *a, void *span, void *data)
{
    ck_assert_ptr_eq(span, data);
    ck_assert_ptr_nonnull(a->peer);
    attempts_open--;
}

static boxd_status open_and_ask_with(boxd_compute_options *options, boxd_error *error)
{
    boxd_hooks hooks = BOXD_HOOKS_INIT;
    hooks.user_data = &attempts_open;
    hooks.attempt_begin = note_begin;
    hooks.attempt_end = note_end;
    options->hooks = &hooks;
    boxd_compute *own = boxd_compute_open(options, error);
    boxd_identity *who = own ? boxd_compute_whoami(own, NULL, error) : NULL;
    boxd_identity_free(who);
    mem_fail_after(-1);
    boxd_compute_close(own);
    ck_assert_int_eq(attempts_open, 0);
    return who ? BOXD_OK : error->status;
}

static boxd_status open_and_ask(boxd_error *error)
{
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    return open_and_ask_with(&options, error);
}

/* The token goes from the exchange into the token cache. */
static boxd_status open_with_token_cache(boxd_error *error)
{
    char dir[64], command[96];
    boxd_compute_options options = {.size = sizeof options, .token_cache = true, .token_cache_dir = dir};
    (void)snprintf(dir, sizeof dir, "/tmp/boxd-oom-cache-%p", (void *)box);
    (void)snprintf(command, sizeof command, "rm -rf %s", dir);
    const boxd_status status = open_and_ask_with(&options, error);
    ck_assert_int_eq(system(command), 0);
    return status;
}

static boxd_status get(boxd_error *error)
{
    boxd_box *got = boxd_box_get(compute, boxd_box_name(box), NULL, error);
    boxd_box_free(got);
    return got ? BOXD_OK : error->status;
}

static boxd_status get_unknown(boxd_error *error)
{
    ck_assert_ptr_null(boxd_box_get(compute, "none-such", NULL, error));
    return error->status == BOXD_ERR_NOT_FOUND ? BOXD_OK : error->status;
}

static boxd_status get_traced(boxd_error *error)
{
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    call.metadata = BOXD_ARGV("traceparent=00-1-2-01", "tracestate=a=b");
    boxd_box *named = boxd_box_from_name(compute, boxd_box_name(box), error);
    const boxd_status status = named ? boxd_box_start(named, &call, error) : error->status;
    boxd_box_free(named);
    return status == BOXD_ERR_NO_MEMORY ? status : BOXD_OK; /* the thread runs already */
}

static boxd_status list(boxd_error *error)
{
    boxd_boxes *boxes = boxd_box_list(compute, NULL, error);
    boxd_boxes_free(boxes);
    return boxes ? BOXD_OK : error->status;
}

static boxd_status create(boxd_error *error)
{
    boxd_box_config config = BOXD_BOX_CONFIG_INIT;
    const boxd_network_config network = {
        .size = sizeof network,
        .proxy_count = 1,
        .proxies = BOXD_LIST(boxd_proxy_entry, BOXD_OPTIONS(boxd_proxy_entry, .name = "web", .port = 80))};
    config.env = BOXD_ARGV("A=1", "B=2");
    config.network = &network;
    boxd_box *made =
        boxd_box_create(compute, BOXD_OPTIONS(boxd_box_create_options, .config = &config), error);
    mem_fail_after(-1);
    if (made)
        boxd_box_destroy(made, NULL, NULL);
    boxd_box_free(made);
    return made ? BOXD_OK : error->status;
}

static boxd_status run(boxd_error *error)
{
    boxd_exec_result *result = boxd_box_exec_shell(box, "echo out; echo err >&2", NULL, error);
    boxd_exec_result_free(result);
    return result ? BOXD_OK : error->status;
}

static void on_progress(uint64_t done, uint64_t total, void *data)
{
    *(bool *)data = done == total;
}

static boxd_status write_and_read(boxd_error *error)
{
    bool whole = false;
    boxd_file_options options = BOXD_FILE_OPTIONS_INIT;
    options.on_progress = on_progress;
    options.progress_data = &whole;
    if (boxd_box_write_text(box, "x", "some text", &options, error) != BOXD_OK)
        return error->status;
    ck_assert(whole);
    whole = false;
    boxd_file_data *data = boxd_box_read_file(box, "x", &options, error);
    ck_assert(!data || whole);
    boxd_file_data_free(data);
    return data ? BOXD_OK : error->status;
}

static boxd_status copy_files(boxd_error *error)
{
    bool whole = false;
    boxd_file_options options = BOXD_FILE_OPTIONS_INIT;
    options.on_progress = on_progress;
    options.progress_data = &whole;
    if (boxd_box_upload(box, "/etc/hostname", "h", &options, error) != BOXD_OK)
        return error->status;
    ck_assert(whole);
    whole = false;
    char to[64];
    (void)snprintf(to, sizeof to, "/tmp/boxd-oom-%p", (void *)box);
    boxd_status status = boxd_box_download(box, "h", to, &options, error);
    ck_assert(status != BOXD_OK || whole);
    (void)remove(to);
    return status;
}

/* A directory there and back: an entry is never lost in silence. */
static void on_change(const boxd_dir_change *change, void *data)
{
    (void)change;
    (void)data;
}

static boxd_status copy_dirs(boxd_error *error)
{
    char from[64], to[64], command[256];
    boxd_dir_transfer *transfer = NULL;
    const boxd_dir_transfer_options options = {
        .size = sizeof options, .on_change = on_change, .exclude = BOXD_ARGV("none/such")};
    (void)snprintf(from, sizeof from, "/tmp/boxd-oom-from-%p", (void *)box);
    (void)snprintf(to, sizeof to, "/tmp/boxd-oom-to-%p", (void *)box);
    (void)snprintf(command, sizeof command, "mkdir -p %s/d && touch %s/d/x && ln -sf x %s/d/y", from, from,
                   from);
    ck_assert_int_eq(system(command), 0);
    boxd_status status = boxd_box_upload_dir(box, from, "tree", &options, &transfer, error);
    ck_assert(status != BOXD_OK ||
              (transfer->files == 1 && transfer->links == 1 && transfer->directories == 2));
    boxd_dir_transfer_free(transfer);
    if (status == BOXD_OK) {
        status = boxd_box_download_dir(box, "tree", to, &options, &transfer, error);
        ck_assert(status != BOXD_OK || (transfer->files == 1 && transfer->links == 1));
        boxd_dir_transfer_free(transfer);
    }
    boxd_dir_transfer_options sync = options;
    sync.deletes = sync.by_content = true;
    for (int from_box = 0; from_box < 2 && status == BOXD_OK; from_box++) {
        sync.from_box = from_box;
        status = boxd_box_sync_dir(box, from, "tree", &sync, &transfer, error);
        ck_assert(status != BOXD_OK || (transfer->unchanged == 2 && transfer->deleted == 0));
        boxd_dir_transfer_free(transfer);
    }
    (void)snprintf(command, sizeof command, "rm -rf %s %s", from, to);
    ck_assert_int_eq(system(command), 0);
    return status;
}

/* A stream of the generic call API: opened, used in both directions, ended. */
static boxd_status converse(boxd_error *error)
{
    static const boxd_rpc_method method =
        BOXD_RPC_METHOD("Exec", boxd_pb__exec_chunk, boxd_pb__exec_chunk, BOXD_RPC_STREAM);
    BoxdPb__ExecChunk first = BOXD_PB__EXEC_CHUNK__INIT;
    first.vm_id = boxd_box_id(box);
    first.command = "cat";
    boxd_rpc_stream *stream = boxd_rpc_stream_open(compute, &method, NULL, error);
    bool good = stream && boxd_rpc_stream_send(stream, &first.base, NULL, error) == BOXD_OK &&
                boxd_rpc_stream_close_send(stream, NULL, error) == BOXD_OK;
    for (ProtobufCMessage *message = NULL; good; boxd_rpc_reply_free(message)) {
        good = boxd_rpc_stream_receive(stream, NULL, &message, error) == BOXD_OK;
        if (!message)
            break;
    }
    boxd_rpc_stream_free(stream);
    return good ? BOXD_OK : error->status;
}

/* A call that needs a second connection. */
static boxd_status ask_beside_a_stream(boxd_error *error)
{
    static const boxd_rpc_method method =
        BOXD_RPC_METHOD("Exec", boxd_pb__exec_chunk, boxd_pb__exec_chunk, BOXD_RPC_STREAM);
    BoxdPb__ExecChunk first = BOXD_PB__EXEC_CHUNK__INIT;
    first.vm_id = boxd_box_id(box);
    first.command = "cat";
    boxd_compute *own =
        boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .max_streams_per_connection = 1), error);
    boxd_rpc_stream *stream = own ? boxd_rpc_stream_open(own, &method, NULL, error) : NULL;
    const bool open = stream && boxd_rpc_stream_send(stream, &first.base, NULL, error) == BOXD_OK;
    boxd_identity *who = open ? boxd_compute_whoami(own, NULL, error) : NULL;
    boxd_identity_free(who);
    mem_fail_after(-1);
    boxd_rpc_stream_free(stream);
    boxd_compute_close(own);
    ck_assert_int_eq(attempts_open, 0);
    return who ? BOXD_OK : error->status;
}

/* Reads to the end. */
static bool drain(boxd_process *p, boxd_error *error)
{
    for (;;) {
        boxd_chunk *chunk = NULL;
        const boxd_read_status outcome = boxd_process_read(p, NULL, &chunk, error);
        boxd_chunk_free(chunk);
        if (outcome != BOXD_READ_DATA)
            return outcome == BOXD_READ_END;
    }
}

/* A running command: written to, read, waited for. */
static boxd_status talk(boxd_error *error)
{
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.pty = true;
    boxd_process *p = boxd_box_exec_stream(box, BOXD_ARGV("cat"), &options, error);
    const bool good = p && boxd_process_write(p, "x\n", 2, NULL, error) == BOXD_OK &&
                      boxd_process_resize(p, 100, 30, NULL, error) == BOXD_OK &&
                      boxd_process_write_eof(p, NULL, error) == BOXD_OK && drain(p, error) &&
                      boxd_process_wait(p, NULL, NULL, NULL, error) == BOXD_OK &&
                      boxd_process_close(p, NULL, error) == BOXD_OK;
    boxd_process_free(p);
    return good ? BOXD_OK : error->status;
}

/* The output that is kept. */
static boxd_status keep_output(boxd_error *error)
{
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.in = (boxd_input){BOXD_INPUT_BYTES, .data = "input", .data_size = 5};
    options.out = (boxd_output){BOXD_OUTPUT_HEAD, .keep_bytes = 100};
    options.err = (boxd_output){BOXD_OUTPUT_TAIL, .keep_bytes = 100};
    boxd_process *p = boxd_box_exec_shell_stream(box, "cat; seq 100; seq 100 >&2", &options, error);
    boxd_exec_result *result = p ? boxd_process_result(p, NULL, error) : NULL;
    boxd_exec_result_free(result);
    boxd_process_free(p);
    return result ? BOXD_OK : error->status;
}

/* Input from a descriptor, output to others. */
static boxd_status move_output(boxd_error *error)
{
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC),
              file = open("/etc/hostname", O_RDONLY | O_CLOEXEC);
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.in = (boxd_input){BOXD_INPUT_FD, .fd = file};
    options.out = options.err = (boxd_output){BOXD_OUTPUT_FD, .fd = null};
    boxd_exec_result *result = boxd_box_exec_shell(box, "cat; echo err >&2", &options, error);
    boxd_exec_result_free(result);
    close(null);
    close(file);
    return result ? BOXD_OK : error->status;
}

static boxd_status read_logs(boxd_error *error)
{
    boxd_logs *logs = boxd_box_stream_logs(box, NULL, error);
    boxd_chunk *chunk = NULL;
    const bool good = logs && boxd_logs_read(logs, NULL, &chunk, error) == BOXD_READ_END &&
                      boxd_logs_close(logs, NULL, error) == BOXD_OK;
    boxd_chunk_free(chunk);
    boxd_logs_free(logs);
    return good ? BOXD_OK : error->status;
}

/* The async twin with a copy of the data: the blocking function makes no copy. */
static boxd_status settle(pending *p, boxd_error *error)
{
    pending_settle(p);
    ck_assert_int_eq(p->calls, 1);
    *error = p->error;
    return error->status;
}

static boxd_status write_copied(boxd_error *error)
{
    pending p = PENDING_INIT;
    boxd_aio_box_write_file(box, "x", "bytes", 5, NULL, pending_done, &p);
    return settle(&p, error);
}

static boxd_status talk_copied(boxd_error *error)
{
    pending written = PENDING_INIT;
    boxd_process *p = boxd_box_exec_stream(box, BOXD_ARGV("cat"), NULL, error);
    if (!p)
        return error->status;
    boxd_aio_process_write(p, "bytes", 5, NULL, pending_done, &written);
    settle(&written, error);
    boxd_process_free(p);
    return error->status;
}

static const struct {
    const char *name;
    attempt attempt;
} cases[] = {
    {"open_and_ask", open_and_ask},
    {"open_with_token_cache", open_with_token_cache},
    {"get", get},
    {"get_unknown", get_unknown},
    {"get_traced", get_traced},
    {"list", list},
    {"create", create},
    {"run", run},
    {"write_and_read", write_and_read},
    {"copy_files", copy_files},
    {"copy_dirs", copy_dirs},
    {"write_copied", write_copied},
    {"converse", converse},
    {"talk", talk},
    {"keep_output", keep_output},
    {"move_output", move_output},
    {"read_logs", read_logs},
    {"talk_copied", talk_copied},
    {"ask_beside_a_stream", ask_beside_a_stream},
};

/* Repeats the attempt, with one more allocation each time, until it does not end in BOXD_ERR_NO_MEMORY:
 * returns its outcome. */
static boxd_status repeat(const char *name, boxd_status (*attempted)(const void *data, boxd_error *error),
                          const void *data)
{
    enum { ENOUGH = 2000 };
    int failures = 0;
    for (; failures < ENOUGH; failures++) {
        boxd_error error = BOXD_ERROR_INIT;
        mem_fail_after(failures);
        const boxd_status status = attempted(data, &error);
        mem_fail_after(-1);
        if (status != BOXD_ERR_NO_MEMORY) {
            ck_assert_msg(failures > 0, "%s needs no memory", name);
            return status;
        }
    }
    ck_abort_msg("%s failed %d times", name, failures);
}

static boxd_status run_case(const void *data, boxd_error *error)
{
    return cases[*(const int *)data].attempt(error);
}

START_TEST(every_allocation)
{
    boxd_error first = BOXD_ERROR_INIT;
    compute = boxd_compute_open(NULL, &first);
    box = compute ? boxd_box_create(compute, NULL, &first) : NULL;
    e2e_ok(box, first);
    ck_assert_int_eq((int)repeat(cases[_i].name, run_case, &_i), (int)BOXD_OK);
    ck_assert_int_eq((int)boxd_box_destroy(box, NULL, &first), (int)BOXD_OK);
    boxd_box_free(box);
    boxd_compute_close(compute);
}
END_TEST

typedef struct row_run {
    const matrix_row *row;
    const subjects *on;
} row_run;

static boxd_status run_row(const void *data, boxd_error *error)
{
    const row_run *r = data;
    return r->row->run(r->on, error);
}

/* Each operation, blocking, on a box that has to be looked up first. */
START_TEST(every_operation)
{
    boxd_error first = BOXD_ERROR_INIT;
    const boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    subjects all;
    on = &SURFACES[SURFACE_SYNC];
    compute = boxd_compute_open(NULL, &first);
    e2e_ok(compute, first);
    matrix_open(&all, compute, &call);
    for (size_t i = 0; i < matrix_count; i++) {
        subjects named = all;
        named.box = boxd_box_from_name(compute, "matrix", &first);
        const row_run r = {&matrix[i], &named};
        repeat(matrix[i].function, run_row, &r); /* it may be refused: the objects need not exist */
        boxd_box_free(named.box);
    }
    matrix_close(&all);
    boxd_compute_close(compute);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("oom");
    TCase *tcase = tcase_create("every_allocation");
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, every_allocation, 0, (int)COUNT(cases));
    tcase_add_test(tcase, every_operation);
    suite_add_tcase(suite, tcase);
    return e2e_main(suite, NULL);
}
