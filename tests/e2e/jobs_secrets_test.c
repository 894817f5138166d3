/* The environment and the input of a job do not stay in the memory of the client: the test searches its own
 * memory. */
#include "job_case.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

/* A secret that the memory of the test has in this form only: each byte is one less. */
static const char hidden[] = "Uijt!jt!uif!tfdsfu!pg!b!kpc";

static char *make_secret(const char *before)
{
    const size_t size = strlen(before);
    char *secret = malloc(size + sizeof hidden);
    (void)snprintf(secret, size + 1, "%s", before);
    for (size_t i = 0; i < sizeof hidden; i++)
        secret[size + i] = (char)(hidden[i] ? hidden[i] - 1 : 0);
    return secret;
}

static void free_secret(char *secret)
{
    explicit_bzero(secret, strlen(secret));
    free(secret);
}

/* Compares without making a copy. */
static bool is_secret(const char *at)
{
    size_t i = 0;
    while (hidden[i] && at[i] == (char)(hidden[i] - 1))
        i++;
    return !hidden[i];
}

/* How often the secret stands in one mapping. The kernel reads the memory: parts of it may not be readable.
 */
static int count_secrets_in(int memory, uint64_t from, uint64_t to)
{
    static char bytes[1 << 20];
    int count = 0;
    while (from + sizeof hidden < to) {
        const ssize_t size = pread(memory, bytes, sizeof bytes, (off_t)from);
        if (size < (ssize_t)sizeof hidden)
            break;
        const char *last = bytes + size - sizeof hidden, *at = bytes;
        for (; at <= last && (at = memchr(at, hidden[0] - 1, (size_t)(last - at) + 1)); at++)
            count += is_secret(at);
        from += (uint64_t)size - sizeof hidden + 1;
    }
    memset(bytes, 0, sizeof bytes);
    return count;
}

static int count_secrets(void)
{
    char line[512], mode[8];
    uint64_t from, to;
    int count = 0;
    FILE *maps = fopen("/proc/self/maps", "r");
    const int memory = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
    ck_assert(maps && memory >= 0);
    while (fgets(line, sizeof line, maps))
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s", &from, &to, mode) == 3 && mode[1] == 'w' &&
            to - from < UINT64_C(1) << 30) /* larger ones are of sanitizers */
            count += count_secrets_in(memory, from, to);
    (void)fclose(maps);
    close(memory);
    return count;
}

START_TEST(secrets)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    boxd_error error = BOXD_ERROR_INIT;
    char *variable = make_secret("KEY="), *data = make_secret("");
    const char *const env[] = {variable, NULL};
    const boxd_job_start_options options = {
        .size = sizeof options, .id = "secret", .env = env, .input = true};
    job_inject("\"code\":14");
    boxd_job_free(job_must_start(box, "read line; exit 4", &options));
    e2e_ok(on->job_write(box, "secret", data, strlen(data), NULL, &error) == BOXD_OK, error);
    e2e_ok(on->job_write_eof(box, "secret", NULL, &error) == BOXD_OK, error);
    job_expect_exit(box, "secret", 4);
    ck_assert_int_ge(count_secrets(), 2);
    free_secret(variable);
    free_secret(data);
    e2e_drop(box);
    e2e_close();
    ck_assert_int_eq(count_secrets(), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("jobs_secrets");
    e2e_add_pair(suite, secrets);
    return e2e_main(suite, NULL);
}
