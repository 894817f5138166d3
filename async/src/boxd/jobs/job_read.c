/* job_read.c: reads the output of jobs. Submitted on any thread; replies are mapped on the core thread. */
#include "boxd/jobs/job_call.h"
#include "errors.h"
#include "mem.h"
#include "options.h"

#include <boxd/aio/job.h>

#include <string.h>

#define DEFAULT_BYTES (1u << 20)
#define MAX_BYTES (16u << 20)

typedef struct read_call {
    job_call call;
    boxd_job_read_options options;
} read_call;

static const read_call *read_of(const job_call *c)
{
    return (const read_call *)(const void *)c;
}

static void add_words(const job_call *c, text *words)
{
    const boxd_job_read_options *o = &read_of(c)->options;
    text_printf(words, "read %s %s %llu %zu %d", c->id, o->stream == BOXD_STDERR ? "err" : "out",
                (unsigned long long)o->offset, o->max_bytes, o->follow ? JOB_BOX_TICKS : 0);
}

static boxd_job_output *make_output(const char *data, size_t size)
{
    boxd_job_output *output = mem_alloc(sizeof *output + size + 1);
    if (!output)
        return NULL;
    char *bytes = (char *)(output + 1);
    memcpy(bytes, data, size);
    bytes[size] = '\0';
    *output = (boxd_job_output){.data = bytes, .size = size};
    return output;
}

static bool take_reply(job_call *c, job_reply *reply, boxd_exec_result *from, boxd_error *error)
{
    const boxd_job_read_options *o = &read_of(c)->options;
    job_fields fields;
    char *data;
    size_t size;
    uint64_t total;
    (void)from;
    if (!job_reply_job(reply, &fields) || !job_reply_data(reply, &data, &size, &total) ||
        size > o->max_bytes) {
        job_malformed(error);
        return false;
    }
    const bool end = fields.state != BOXD_JOB_RUNNING && o->offset + size >= total;
    if (o->follow && size == 0 && !end)
        return false;
    boxd_job_output *output = make_output(data, size);
    if (!output) {
        error_no_memory(error, "reading the output of a job");
        return false;
    }
    output->next_offset = o->offset + size;
    output->total_bytes = total;
    output->end = end;
    request_set_result(&c->request, output);
    return true;
}

static const job_operation READ = {
    .doing = "reading", .repeats = true, .add_words = add_words, .take_reply = take_reply};
static const job_operation FOLLOW = {.doing = "reading",
                                     .repeats = true,
                                     .box_wait_ms = JOB_BOX_WAIT_MS,
                                     .add_words = add_words,
                                     .take_reply = take_reply};

static void check_options(boxd_job_read_options *o, boxd_error *error)
{
    if (o->max_bytes > MAX_BYTES)
        error_set(error, BOXD_ERR_INVALID_ARGUMENT, "max_bytes is %zu; give at most %u", o->max_bytes,
                  MAX_BYTES);
    else if (o->stream != 0 && o->stream != BOXD_STDOUT && o->stream != BOXD_STDERR)
        error_set(error, BOXD_ERR_INVALID_ARGUMENT, "stream is %d; give BOXD_STDOUT or BOXD_STDERR",
                  (int)o->stream);
    else if (o->offset > INT64_MAX / 2)
        error_set(error, BOXD_ERR_INVALID_ARGUMENT, "offset is %llu, which is no size of a file",
                  (unsigned long long)o->offset);
    o->max_bytes = o->max_bytes ? o->max_bytes : DEFAULT_BYTES;
}

static void free_output(void *output)
{
    mem_free(output);
}

void boxd_job_output_free(boxd_job_output *output)
{
    mem_free(output);
}

RESULT_TYPE(RESULT_OUTPUT, boxd_job_output_cb, free_output);

void boxd_aio_job_read(boxd_box *box, const char *id, const boxd_job_read_options *options,
                       boxd_job_output_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_job_read_options opts;
    if (options_copy(&opts, OPTION_TYPE_RESERVED(boxd_job_read_options), options, &error) == BOXD_OK)
        check_options(&opts, &error);
    if (error.status == BOXD_OK)
        job_check_id(id, &error);
    read_call *r =
        job_call_new(sizeof *r, &(job_setup){.box = box,
                                             .id = id ? id : "",
                                             .operation = opts.follow ? &FOLLOW : &READ,
                                             .call = &opts.call,
                                             .call_in_options = true,
                                             .default_timeout_ms = opts.follow ? BOXD_NO_TIMEOUT : 0,
                                             .fault = &error,
                                             .sink = SINK(RESULT_OUTPUT, callback, user_data)});
    if (!r)
        return;
    r->options = opts;
    r->call.output_size = opts.max_bytes;
    request_submit(&r->call.request);
}
