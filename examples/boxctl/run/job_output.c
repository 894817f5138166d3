/* The commands job logs and job write. With -f a second thread copies standard error. */
#include "run/job.h"
#include "run/lines.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

enum { BLOCK = 1 << 20 };

static struct {
    bool follow, out, err, eof;
    int64_t tail;
} opts = {.tail = -1};

const option_row JOB_LOGS_OPTIONS[] = {
    {"follow", 'f', OPTION_SWITCH, &opts.follow, NULL, "follow the output until the end of the job"},
    {"tail", 'n', OPTION_NUMBER, &opts.tail, "N",
     "only the last N lines of each output, and with -f what follows"},
    {"stdout", 0, OPTION_SWITCH, &opts.out, NULL, "only standard output"},
    {"stderr", 0, OPTION_SWITCH, &opts.err, NULL, "only standard error"},
    {0},
};
const option_row JOB_WRITE_OPTIONS[] = {
    {"eof", 0, OPTION_SWITCH, &opts.eof, NULL, "close the input of the job afterwards"},
    {0},
};

/* ---- logs ---- */

/* The copy of one output of a job. */
typedef struct job_log {
    const cli *c;
    const char *id;
    boxd_output_stream stream;
    FILE *to;
    /* Without -f: the size that the output had at first. The copy ends there, although the job may go on. */
    bool has_end;
    uint64_t end;
    /* Its copy has failed: then the other one ends, too. */
    bool failed;
    boxd_error error;
    int code;
} job_log;

static boxd_job_output *read_block(job_log *l, uint64_t offset, size_t max_bytes, bool follow)
{
    return boxd_job_read(l->c->box, l->id,
                         BOXD_OPTIONS(boxd_job_read_options, .call = cli_call(l->c), .offset = offset,
                                      .max_bytes = max_bytes, .stream = l->stream, .follow = follow),
                         &l->error);
}

/* The position behind the `*left`-th line end from the end of `data`; SIZE_MAX: `data` has fewer. Reduces
 * `*left`. */
static size_t find_line_end(const char *data, size_t size, int64_t *left)
{
    for (size_t i = size; i > 0; i--)
        if (data[i - 1] == '\n' && --*left == 0)
            return i;
    return SIZE_MAX;
}

/* Sets `*offset` to the beginning of the last `opts.tail` lines. */
static bool find_tail(job_log *l, uint64_t *offset)
{
    boxd_job_output *piece = read_block(l, INT64_MAX / 4, 1, false); /* for its size only */
    if (!piece)
        return false;
    uint64_t end = piece->total_bytes;
    boxd_job_output_free(piece);
    *offset = l->end = end;
    l->has_end = !opts.follow;
    int64_t left = opts.tail + 1; /* the last line has an end, too */
    bool is_first = true;
    while (opts.tail > 0 && end > 0) {
        const uint64_t begin = end > BLOCK ? end - BLOCK : 0;
        piece = read_block(l, begin, (size_t)(end - begin), false);
        if (!piece)
            return false;
        const char *data = piece->data;
        left -= is_first && piece->size > 0 && data[piece->size - 1] != '\n';
        is_first = false;
        const size_t found = find_line_end(data, piece->size, &left);
        boxd_job_output_free(piece);
        *offset = found == SIZE_MAX ? begin : begin + found;
        if (found != SIZE_MAX)
            break;
        end = begin;
    }
    return true;
}

/* How much the next read may return; 0: the copy has reached its end. */
static size_t next_size(const job_log *l, uint64_t offset)
{
    const size_t most = opts.follow ? BLOCK : 4 * BLOCK;
    if (!l->has_end)
        return most;
    const uint64_t left = offset < l->end ? l->end - offset : 0;
    return left < most ? (size_t)left : most;
}

static bool copy_pieces(job_log *l, uint64_t offset, lines *to)
{
    size_t size;
    for (bool end = false; !end && (size = next_size(l, offset)) > 0;) {
        boxd_job_output *piece = read_block(l, offset, size, opts.follow);
        if (!piece)
            return false;
        if (!l->has_end && !opts.follow) {
            l->has_end = true;
            l->end = piece->total_bytes;
        }
        end = piece->end;
        offset = piece->next_offset;
        const bool printed = piece->size == 0 || lines_add(to, piece->data, piece->size);
        boxd_job_output_free(piece);
        if (!printed)
            return false;
    }
    return true;
}

static void *copy_output(void *data)
{
    job_log *l = data;
    uint64_t offset = 0;
    lines to = {.to = l->to,
                .json = l->c->json,
                .tail = -1,
                .stream = l->stream == BOXD_STDERR ? "stderr" : "stdout"};
    l->failed =
        !lines_begin(&to) || (opts.tail >= 0 && !find_tail(l, &offset)) || !copy_pieces(l, offset, &to);
    l->code = lines_end(&to);
    if (l->failed)
        boxd_cancel_token_cancel(l->c->cancel);
    return NULL;
}

/* Copies the outputs that are wanted: one after the other, or, with -f, at the same time. */
static void copy_outputs(job_log *out, job_log *err)
{
    pthread_t thread;
    if (opts.follow && out && err && pthread_create(&thread, NULL, copy_output, err) == 0) {
        (void)copy_output(out);
        pthread_join(thread, NULL);
        return;
    }
    if (out)
        (void)copy_output(out);
    if (err && !(out && out->failed))
        (void)copy_output(err);
}

/* Whether a copy has failed by itself: the other copy was then cancelled. */
static bool has_own_error(const job_log *l)
{
    return l->failed && l->error.status != BOXD_OK &&
           (l->error.status != BOXD_ERR_CANCELLED || interrupted_by());
}

static int print_logs(const cli *c, const char *name, const char *id)
{
    job_log out = {.c = c, .id = id, .stream = BOXD_STDOUT, .to = stdout, .error = BOXD_ERROR_INIT};
    job_log err = {.c = c, .id = id, .stream = BOXD_STDERR, .to = stderr, .error = BOXD_ERROR_INIT};
    copy_outputs(opts.err && !opts.out ? NULL : &out, opts.out && !opts.err ? NULL : &err);
    if (has_own_error(&out) || has_own_error(&err))
        return job_report(c, name, id, has_own_error(&out) ? &out.error : &err.error);
    return out.code != EXIT_OK ? out.code : err.code;
}

int job_run_logs(cli *c, char **args, int count)
{
    (void)count;
    return print_logs(c, args[0], args[1]);
}

/* ---- write ---- */

/* Writes standard input to the job, and closes the input of the job with --eof. Without any input an empty
 * write asks whether the job can be written to. Sets `*problem` to the errno value of a read that failed. */
static boxd_status copy_input(const cli *c, const char *id, char *block, uint64_t *written, int *problem,
                              boxd_error *error)
{
    const boxd_call_options call = cli_call(c);
    const boxd_job_write_options options = {.size = sizeof options, .call = call};
    for (bool is_first = true, end = false; !end; is_first = false) {
        const ssize_t size = read(STDIN_FILENO, block, BLOCK);
        if (size < 0 && errno == EINTR)
            continue;
        *problem = size < 0 ? errno : 0;
        end = size <= 0;
        if ((size > 0 || (size == 0 && is_first)) &&
            boxd_job_write(c->box, id, block, (size_t)size, &options, error) != BOXD_OK)
            return error->status;
        *written += size > 0 ? (uint64_t)size : 0;
    }
    return *problem == 0 && opts.eof ? boxd_job_write_eof(c->box, id, &call, error) : BOXD_OK;
}

int job_run_write(cli *c, char **args, int count)
{
    (void)count;
    int code, problem = 0;
    uint64_t written = 0;
    boxd_error error = BOXD_ERROR_INIT;
    char *block = malloc(BLOCK);
    if (!block)
        code = cli_error(EXIT_FAILED, "out of memory");
    else if (copy_input(c, args[1], block, &written, &problem, &error) != BOXD_OK)
        code = job_report(c, args[0], args[1], &error);
    else if (problem != 0)
        code = cli_file_error("standard input", problem);
    else
        code =
            print_done(c,
                       json_pack("{s:o, s:o, s:o, s:b}", "box", json_text(args[0]), "job", json_text(args[1]),
                                 "written_bytes", json_number(written), "eof", opts.eof),
                       "%llu bytes", (unsigned long long)written);
    free(block);
    return code;
}
