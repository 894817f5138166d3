/* job_reply.c: reads the replies of job.sh. Called by job_call.c and its operations, on the core thread. */
#include "boxd/jobs/job_reply.h"

#include "names.h"

#include <string.h>

#define HEADER "boxd-job 1\n"
#define END "end\n"

bool job_reply_begin(job_reply *r, char *text, size_t size)
{
    const size_t header = sizeof HEADER - 1, end = sizeof END - 1;
    if (size < header + end || memcmp(text, HEADER, header) != 0 ||
        memcmp(text + size - end, END, end) != 0 || text[size - end - 1] != '\n')
        return false;
    *r = (job_reply){text + header, text + size - end};
    *r->end = '\0';
    return true;
}

/* Cuts out the next line, which begins with `name` and a space, and returns what follows; or NULL. */
static char *next_line(job_reply *r, const char *name)
{
    const size_t size = strlen(name);
    char *line = r->at;
    char *newline = memchr(line, '\n', (size_t)(r->end - line));
    if (!newline || strncmp(line, name, size) != 0 || line[size] != ' ')
        return NULL;
    *newline = '\0';
    r->at = newline + 1;
    return line + size + 1;
}

/* Cuts off the first word of *text, which is "" if there is none. */
static char *next_word(char **text)
{
    char *word = *text;
    *text += strcspn(word, " ");
    if (**text)
        *(*text)++ = '\0';
    return word;
}

/* A number, or 0 for "-". False: something else. */
static bool parse_number(const char *word, int64_t *number)
{
    *number = 0;
    if (strcmp(word, "-") == 0)
        return true;
    const size_t size = strlen(word);
    if (size == 0 || size > 18)
        return false;
    for (; *word; word++) {
        if (!ascii_is_digit(*word))
            return false;
        *number = *number * 10 + (*word - '0');
    }
    return true;
}

static boxd_job_state parse_state(const char *word)
{
    static const struct {
        const char *word;
        boxd_job_state state;
    } states[] = {{"running", BOXD_JOB_RUNNING},
                  {"exited", BOXD_JOB_EXITED},
                  {"lost", BOXD_JOB_LOST},
                  {"rebooted", BOXD_JOB_REBOOTED}};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(word, states[i].word) == 0)
            return states[i].state;
    return BOXD_JOB_UNKNOWN;
}

bool job_reply_error(job_reply *r, char **kind, char **message)
{
    char *line = next_line(r, "error");
    if (!line)
        return false;
    *kind = next_word(&line);
    *message = line;
    r->at = r->end; /* the text may have several lines */
    return true;
}

bool job_reply_job(job_reply *r, job_fields *job)
{
    int64_t code, out, err, out_dropped, err_dropped, in;
    char *line = next_line(r, "job");
    if (!line)
        return false;
    *job = (job_fields){.id = next_word(&line)};
    job->state = parse_state(next_word(&line));
    const char *how = next_word(&line), *exit_code = next_word(&line);
    job->has_exit_code = job->state == BOXD_JOB_EXITED;
    job->timed_out = strcmp(how, "timeout") == 0;
    const bool valid = parse_number(exit_code, &code) && parse_number(next_word(&line), &job->pid) &&
                       parse_number(next_word(&line), &job->started_s) &&
                       parse_number(next_word(&line), &job->ended_s) &&
                       parse_number(next_word(&line), &out) && parse_number(next_word(&line), &err) &&
                       parse_number(next_word(&line), &out_dropped) &&
                       parse_number(next_word(&line), &err_dropped) && parse_number(next_word(&line), &in);
    job->word = next_word(&line);
    job->command = line;
    if (!valid || !*job->word || code > 255 || (job->has_exit_code && *exit_code == '-'))
        return false;
    job->exit_code = (int)code;
    job->out_bytes = (uint64_t)out;
    job->err_bytes = (uint64_t)err;
    job->out_dropped = (uint64_t)out_dropped;
    job->err_dropped = (uint64_t)err_dropped;
    job->in_bytes = (uint64_t)in;
    return true;
}

bool job_reply_attempt(job_reply *r, char *attempt, size_t size)
{
    const char *line = next_line(r, "attempt");
    const size_t length = line ? strlen(line) : 0;
    bool valid = length > 0 && length < size;
    for (size_t i = 0; valid && i < length; i++)
        valid = ascii_is_alnum(line[i]) || line[i] == '.' || line[i] == '-';
    if (valid)
        memcpy(attempt, line, length + 1);
    return valid;
}

bool job_reply_input(job_reply *r, uint64_t *bytes)
{
    int64_t number;
    const char *line = next_line(r, "input");
    if (!line || !parse_number(line, &number))
        return false;
    *bytes = (uint64_t)number;
    return true;
}

bool job_reply_data(job_reply *r, char **data, size_t *count, uint64_t *total_bytes)
{
    int64_t size, total;
    char *line = next_line(r, "data");
    if (!line || !parse_number(next_word(&line), &size) || !parse_number(line, &total) ||
        r->end - r->at != size + 1)
        return false;
    *data = r->at;
    *count = (size_t)size;
    *total_bytes = (uint64_t)total;
    r->at = r->end;
    return true;
}

bool job_reply_is_over(const job_reply *r)
{
    return r->at == r->end;
}
