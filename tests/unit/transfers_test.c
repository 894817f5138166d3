/* Which descriptor of a command transfers its next piece, and what a finished piece means. The test moves no
 * data. */
#include "boxd/process/transfers.h"

#include "unit_test.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* A command whose input and output are the ends of two pipes. */
typedef struct fixture {
    int in[2], out[2];
    boxd_exec_options options;
    input input;
    output output;
    transfers *all;
    boxd_error error;
} fixture;

static void open_fixture(fixture *f, bool with_input, bool with_err)
{
    *f = (fixture){.options = BOXD_EXEC_OPTIONS_INIT, .error = BOXD_ERROR_INIT};
    ck_assert(pipe(f->in) == 0 && pipe(f->out) == 0);
    f->options.in.mode = with_input ? BOXD_INPUT_FD : BOXD_INPUT_PIPE;
    f->options.in.fd = with_input ? f->in[0] : 0;
    f->options.out = (boxd_output){.mode = BOXD_OUTPUT_FD, .fd = f->out[1]};
    if (with_err)
        f->options.err = (boxd_output){.mode = BOXD_OUTPUT_FD, .fd = f->out[1]};
    output_init(&f->output, &f->options, true);
    ck_assert_int_eq(input_init(&f->input, &f->options, true, &f->error), BOXD_OK);
    transfers_open(&f->all, f, &f->input, &f->output, &f->options, &f->error);
}

static void close_fixture(fixture *f)
{
    transfers_close(f->all);
    output_clear(&f->output);
    input_clear(&f->input);
    for (int i = 0; i < 2; i++)
        ck_assert(close(f->in[i]) == 0 && close(f->out[i]) == 0);
}

static void add(fixture *f, side_index where, char *data)
{
    grpc_slice bytes = grpc_slice_from_copied_string(data);
    const payload p = {.message = grpc_raw_byte_buffer_create(&bytes, 1), .size = strlen(data)};
    ck_assert(output_add(&f->output, where, &p));
    grpc_byte_buffer_destroy(p.message);
    grpc_slice_unref(bytes);
}

/* Plays fd_transfer_start() and the end of the transfer. */
static void start(transfer *t)
{
    t->fd.running = true;
}

static transfer_result finish(transfer *t, size_t done, int error)
{
    t->fd.running = false;
    t->fd.done = done;
    t->fd.error = error;
    return transfer_finish(t);
}

START_TEST(one_piece_at_a_time)
{
    static char first[] = "first", second[] = "second", other[] = "err";
    fixture f;
    open_fixture(&f, true, true);
    ck_assert_int_eq(f.error.status, BOXD_OK);
    ck_assert_ptr_null(transfers_next(f.all, &f.output, false));
    add(&f, SIDE_OUT, first);
    add(&f, SIDE_OUT, second);
    add(&f, SIDE_ERR, other);
    ck_assert(!transfers_flushed(f.all, &f.output));

    transfer *out = transfers_next(f.all, &f.output, true);
    ck_assert_ptr_eq(out, &f.all->out);
    ck_assert(out->fd.size == 5 && memcmp(out->fd.data, first, 5) == 0);
    start(out);
    transfer *err = transfers_next(f.all, &f.output, true);
    ck_assert_ptr_eq(err, &f.all->err);
    start(err);
    transfer *in = transfers_next(f.all, &f.output, true);
    ck_assert_ptr_eq(in, &f.all->in);
    ck_assert_ptr_eq(in->fd.data, f.all->buffer);
    start(in);
    ck_assert_ptr_null(transfers_next(f.all, &f.output, true));
    ck_assert(transfers_running(f.all) && transfers_writing(f.all));

    ck_assert_int_eq(finish(out, 5, 0), TRANSFER_WRITTEN);
    ck_assert_ptr_eq(transfers_next(f.all, &f.output, true), out);
    ck_assert(out->fd.size == 6 && memcmp(out->fd.data, second, 6) == 0);
    transfer_abandon(out); /* the transfer could not be started */
    ck_assert_int_eq(finish(err, 3, 0), TRANSFER_WRITTEN);
    ck_assert(!transfers_writing(f.all) && transfers_running(f.all));
    ck_assert_int_eq(finish(in, 7, 0), TRANSFER_READ);
    ck_assert(transfers_flushed(f.all, &f.output) && !transfers_running(f.all));
    close_fixture(&f);
}
END_TEST

/* What is wrong with the argument, and what with the process. */
START_TEST(refused_descriptors)
{
    fixture f;
    open_fixture(&f, true, false);
    ck_assert_int_eq(f.error.status, BOXD_OK);
    transfers_close(f.all);
    f.options.out.fd = 4000;
    ck_assert_int_eq(transfers_open(&f.all, &f, &f.input, &f.output, &f.options, &f.error),
                     BOXD_ERR_INVALID_ARGUMENT);
    transfers_close(f.all);
    struct rlimit before, none;
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){3, before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    f.options.out.fd = f.out[1];
    ck_assert_int_eq(transfers_open(&f.all, &f, &f.input, &f.output, &f.options, &f.error), BOXD_ERR_FAILED);
    ck_assert_ptr_nonnull(strstr(f.error.message, "cannot be read (Too many open files)"));
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
    close_fixture(&f);
}
END_TEST

START_TEST(ends)
{
    static char four[] = "four";
    fixture f;
    boxd_error error = BOXD_ERROR_INIT;
    open_fixture(&f, true, false);
    transfer *in = &f.all->in, *out = &f.all->out;
    ck_assert_int_eq(finish(in, 0, 0), TRANSFER_READ_END);
    ck_assert_int_eq(finish(in, 0, ECANCELED), TRANSFER_STOPPED);
    ck_assert_int_eq(finish(in, 0, EIO), TRANSFER_READ_END); /* a terminal that was hung up */
    in->fd.kind = FD_FILE;
    ck_assert_int_eq(finish(in, 0, EIO), TRANSFER_FAILED);
    transfer_error(in, "the command", BOXD_SENT_UNKNOWN, &error);
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_UNKNOWN);
    ck_assert_int_eq(error.status, BOXD_ERR_LOCAL_FILE);
    ck_assert_ptr_nonnull(strstr(error.message,
                                 "the command was ended: reading from the descriptor given for "
                                 "its input failed"));
    add(&f, SIDE_OUT, four);
    ck_assert_ptr_eq(transfers_next(f.all, &f.output, false), out);
    ck_assert_int_eq(finish(out, 2, EPIPE), TRANSFER_FAILED);
    ck_assert_ptr_null(out->chunk);
    ck_assert(!transfers_flushed(f.all, &f.output)); /* not everything was written */
    transfer_error(out, "the command", BOXD_SENT_YES, &error);
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES);
    ck_assert_ptr_nonnull(strstr(error.message, "writing to the descriptor given for its output"));
    close_fixture(&f);
}
END_TEST

/* A stop of a write leaves its output incomplete as well. */
START_TEST(stopped_writes)
{
    static char four[] = "four";
    fixture f;
    open_fixture(&f, false, false);
    add(&f, SIDE_OUT, four);
    transfer *out = transfers_next(f.all, &f.output, true);
    ck_assert_ptr_eq(out, &f.all->out);
    ck_assert_int_eq(finish(out, 0, ECANCELED), TRANSFER_STOPPED);
    ck_assert(!transfers_flushed(f.all, &f.output));
    ck_assert_ptr_null(transfers_next(f.all, &f.output, true)); /* the command has no input */
    close_fixture(&f);
}
END_TEST

START_TEST(none)
{
    const boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    boxd_error error = BOXD_ERROR_INIT;
    output o;
    input in;
    transfers *all;
    output_init(&o, &options, true);
    ck_assert_int_eq(input_init(&in, &options, true, &error), BOXD_OK);
    ck_assert_int_eq(transfers_open(&all, NULL, &in, &o, &options, &error), BOXD_OK);
    ck_assert_ptr_null(all);
    ck_assert_ptr_null(transfers_next(all, &o, true));
    ck_assert(!transfers_running(all) && !transfers_writing(all) && transfers_flushed(all, &o));
    transfers_stop(all, false);
    transfers_close(all);
}
END_TEST

static boxd_status open_once(const void *context, boxd_error *error)
{
    const fixture *f = context;
    transfers *all;
    const boxd_status status = transfers_open(&all, NULL, &f->input, &f->output, &f->options, error);
    transfers_close(all);
    return status;
}

START_TEST(refused)
{
    fixture f;
    open_fixture(&f, true, true);
    transfers_close(f.all);
    ck_assert_int_eq(unit_walk_allocations(open_once, &f), 2);
    f.options.err.fd = f.in[0]; /* open for reading only */
    transfers_open(&f.all, &f, &f.input, &f.output, &f.options, &f.error);
    ck_assert_int_eq(f.error.status, BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(f.error.message, "err: descriptor"));
    close_fixture(&f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("transfers");
    unit_add(suite, one_piece_at_a_time);
    unit_add(suite, refused_descriptors);
    unit_add(suite, ends);
    unit_add(suite, stopped_writes);
    unit_add(suite, none);
    unit_add(suite, refused);
    return unit_run(suite);
}
