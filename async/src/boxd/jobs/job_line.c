/* job_line.c: builds the shell lines of jobs. Called by the functions of this folder, on any thread. */
#include "boxd/jobs/job_line.h"

#include "core/clock.h"
#include "errors.h"
#include "names.h"
#include "os/libc.h"
#include "text.h"

#include <job_script.h>

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

void job_make_token(char token[JOB_TOKEN_SIZE])
{
    static atomic_uint_fast64_t count;
    uint64_t random = 0;
    if (!libc_random(&random, sizeof random))
        random = (uint64_t)clock_now() * UINT64_C(6364136223846793005) + ((uint64_t)getpid() << 32) +
                 atomic_fetch_add(&count, 1);
    (void)snprintf(token, JOB_TOKEN_SIZE, "%016llx", (unsigned long long)random);
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
