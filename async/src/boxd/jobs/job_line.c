/* job_line.c: builds the shell lines of jobs. Called by the functions of this folder, on any thread. */
#include "boxd/jobs/job_line.h"

#include "errors.h"
#include "names.h"
#include "text.h"

#include <job_script.h>

#include <stdio.h>
#include <string.h>

#define MAX_ID_SIZE 100

boxd_status job_check_id(const char *id, boxd_error *error)
{
    const size_t size = id ? strlen(id) : 0;
    bool valid = size > 0 && size <= MAX_ID_SIZE && ascii_is_alnum(id[0]);
    for (size_t i = 0; valid && i < size; i++)
        valid = ascii_is_alnum(id[i]) || strchr("._-", id[i]);
    if (valid)
        return BOXD_OK;
    return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                     "the job's id \"%s\" is invalid; give 1 to %d letters, digits, \".\", \"_\" and \"-\", "
                     "first a letter or a digit",
                     id ? id : "", MAX_ID_SIZE);
}

void job_seconds(int64_t ms, char seconds[JOB_SECONDS_SIZE])
{
    (void)snprintf(seconds, JOB_SECONDS_SIZE, ms ? "%lld.%03d" : "0", (long long)(ms / 1000),
                   (int)(ms % 1000));
}

char *job_line(const char *words)
{
    text t = TEXT_INIT;
    text_add(&t, "bj_script='");
    text_add_bytes(&t, job_script, sizeof job_script - 1);
    text_add(&t, "'\neval \"$bj_script\"\nbj_main ");
    text_add(&t, words);
    text_add(&t, "\n");
    return text_take(&t);
}
