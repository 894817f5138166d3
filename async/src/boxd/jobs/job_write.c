/* job_write.c: writes the input of jobs, in pieces. Submitted on any thread; replies are mapped on the core
 * thread. */
#include "boxd/jobs/job_call.h"
#include "errors.h"
#include "mem.h"
#include "options.h"

#include <boxd/aio/job.h>

#include <inttypes.h>
#include <string.h>

#define PIECE_BYTES (1u << 20)

typedef struct write_call {
    job_call call;
    char *data;
    size_t size;
    unsigned piece;
    bool at_offset;
    uint64_t offset;
} write_call;

static write_call *write_of(job_call *c)
{
    return (write_call *)(void *)c;
}

static void add_words(const job_call *c, text *words)
{
    const write_call *w = (const write_call *)(const void *)c;
    if (w->at_offset)
        text_printf(words, "write_at %s %s.%u.%u %" PRIu64 " %zu", c->id, c->token, w->piece, c->attempts,
                    w->offset + c->arrived_bytes, c->input_size);
    else
        text_printf(words, "write %s %s.%u %u %zu", c->id, c->token, w->piece, c->attempts, c->input_size);
}

/* Sets the piece that begins after the data that has arrived. */
static void set_piece(write_call *w)
{
    const size_t left = w->size - (size_t)w->call.arrived_bytes;
    w->call.input = w->data + w->call.arrived_bytes;
    w->call.input_size = left < PIECE_BYTES ? left : PIECE_BYTES;
}

static bool take_reply(job_call *c, job_reply *reply, boxd_exec_result *from, boxd_error *error)
{
    write_call *w = write_of(c);
    uint64_t arrived = w->offset + c->arrived_bytes + c->input_size;
    const bool valid = !w->at_offset || job_reply_input(reply, &arrived);
    if (!valid || arrived < w->offset)
        job_malformed(error);
    else
        (void)job_take_nothing(c, reply, from, error);
    if (error->status != BOXD_OK)
        return false;
    /* Other writes may have been first, also with bytes behind `data`. */
    c->arrived_bytes = arrived - w->offset < w->size ? arrived - w->offset : w->size;
    w->piece++;
    set_piece(w);
    return c->arrived_bytes == w->size;
}

static void destroy(job_call *c)
{
    write_call *w = write_of(c);
    mem_zero(w->data, w->size);
    mem_free(w->data);
}

static const job_operation WRITE = {.doing = "writing to",
                                    .repeats = true,
                                    .add_words = add_words,
                                    .take_reply = take_reply,
                                    .destroy = destroy};

/* The shell of the box calculates with it. */
static void check_offset(const boxd_job_write_options *o, size_t size, boxd_error *error)
{
    if (o->offset > INT64_MAX / 2 || size > INT64_MAX / 2)
        error_set(error, BOXD_ERR_INVALID_ARGUMENT, "offset is %llu, which is no size of a file",
                  (unsigned long long)o->offset);
}

void boxd_aio_job_write(boxd_box *box, const char *id, const void *data, size_t size,
                        const boxd_job_write_options *options, boxd_done_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_job_write_options opts;
    if (options_copy(&opts, OPTION_TYPE_RESERVED(boxd_job_write_options), options, &error) == BOXD_OK)
        check_offset(&opts, size, &error);
    if (error.status == BOXD_OK)
        job_check_id(id, &error);
    if (error.status == BOXD_OK && !data && size > 0)
        error_set(&error, BOXD_ERR_INVALID_ARGUMENT, "data is NULL and size is %zu", size);
    write_call *w = job_call_new(sizeof *w, &(job_setup){.box = box,
                                                         .id = id ? id : "",
                                                         .operation = &WRITE,
                                                         .call = &opts.call,
                                                         .call_in_options = true,
                                                         .default_timeout_ms = BOXD_NO_TIMEOUT,
                                                         .fault = &error,
                                                         .sink = SINK(RESULT_DONE, callback, user_data)});
    if (!w)
        return;
    w->data = error.status == BOXD_OK ? mem_alloc(size + 1) : NULL;
    if (w->data) {
        if (data)
            memcpy(w->data, data, size);
        w->size = size;
        w->at_offset = opts.at_offset;
        w->offset = opts.at_offset ? opts.offset : 0;
        set_piece(w);
    } else if (request_error(&w->call.request)->status == BOXD_OK) {
        error_no_memory(request_error(&w->call.request), "writing to a job");
    }
    request_submit(&w->call.request);
}

/* ---- end of the input ---- */

static void add_close(const job_call *c, text *words)
{
    text_printf(words, "close %s", c->id);
}

static const job_operation CLOSE = {
    .doing = "closing the input of", .repeats = true, .add_words = add_close, .take_reply = job_take_nothing};

void boxd_aio_job_write_eof(boxd_box *box, const char *id, const boxd_call_options *call,
                            boxd_done_cb callback, void *user_data)
{
    job_submit(box, id, &CLOSE, 0, call, SINK(RESULT_DONE, callback, user_data));
}
