/* token_entry.c: formats and parses the files of the token cache. Called by auth.c on the core thread, and by
 * token_file.c on the disk thread. */
#include "boxd/token_cache/token_entry.h"

#include "mem.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SUM_LINE "sum "

/* "sum ", the digits, a newline. */
enum { SUM_LINE_SIZE = 4 + SHA256_TEXT_SIZE - 1 + 1 };

/* The clocks of the machines that share a home directory may differ by that much. */
enum { CLOCK_SLACK_S = 60 };

void token_entry_name(char name[TOKEN_ENTRY_NAME_SIZE], const char *key, const char *url,
                      const char *cert_file)
{
    sha256 s;
    sha256_init(&s);
    sha256_add_text(&s, "boxd token cache, name 1");
    sha256_add_text(&s, key);
    sha256_add_text(&s, url);
    sha256_add_text(&s, cert_file ? cert_file : "");
    sha256_end(&s, name);
}

static void sum_up(char sum[SHA256_TEXT_SIZE], const char *name, const char *text, size_t size)
{
    sha256 s;
    sha256_init(&s);
    sha256_add_text(&s, "boxd token cache, entry 1");
    sha256_add_text(&s, name);
    sha256_add(&s, text, size);
    sha256_end(&s, sum);
}

char *token_entry_format(const token_entry *e, const char *name)
{
    static const char format[] = "boxd-token 1\n"
                                 "received %" PRId64 "\n"
                                 "refresh %" PRId64 "\n"
                                 "expires %" PRId64 "\n"
                                 "token %s\n"
                                 "%s";
    static const char no_sum[] =
        SUM_LINE "0000000000000000000000000000000000000000000000000000000000000000\n";
    char *text = mem_printf(format, e->received_at, e->refresh_at, e->expires_at, e->token, no_sum);
    if (text) {
        const size_t size = strlen(text) - SUM_LINE_SIZE;
        char sum[SHA256_TEXT_SIZE];
        sum_up(sum, name, text, size);
        memcpy(text + size + strlen(SUM_LINE), sum, SHA256_TEXT_SIZE - 1);
    }
    return text;
}

/* Reads "NAME NUMBER" and a newline at `*at`, and moves `*at` behind them. */
static bool read_number(char **at, const char *name, int64_t *number)
{
    const size_t size = strlen(name);
    if (strncmp(*at, name, size) != 0)
        return false;
    *number = strtoll(*at + size, at, 10);
    return *(*at)++ == '\n';
}

bool token_entry_is_token(const char *token)
{
    for (const char *c = token; *c; c++)
        if (*c <= ' ' || *c > '~')
            return false;
    return *token != '\0';
}

static bool has_times(const token_entry *e)
{
    return e->received_at >= 0 && e->received_at <= e->refresh_at && e->refresh_at <= e->expires_at &&
           e->expires_at - e->received_at <= TOKEN_ENTRY_MAX_LIFE_S;
}

const char *token_entry_parse(token_entry *e, char *text, size_t size, const char *name)
{
    static const char head[] = "boxd-token 1\n", token[] = "token ";
    char sum[SHA256_TEXT_SIZE];
    if (size <= SUM_LINE_SIZE)
        return "is incomplete";
    char *last = text + size - SUM_LINE_SIZE;
    sum_up(sum, name, text, size - SUM_LINE_SIZE);
    if (strncmp(last, SUM_LINE, strlen(SUM_LINE)) != 0 || last[SUM_LINE_SIZE - 1] != '\n' ||
        memcmp(last + strlen(SUM_LINE), sum, SHA256_TEXT_SIZE - 1) != 0)
        return "is damaged";
    char *at = text + strlen(head);
    if (strncmp(text, head, strlen(head)) != 0 || !read_number(&at, "received ", &e->received_at) ||
        !read_number(&at, "refresh ", &e->refresh_at) || !read_number(&at, "expires ", &e->expires_at) ||
        strncmp(at, token, strlen(token)) != 0)
        return "has another format";
    last[-1] = '\0'; /* the newline behind the token */
    e->token = at + strlen(token);
    return token_entry_is_token(e->token) && has_times(e) ? NULL : "has another format";
}

token_state token_entry_state(const token_entry *e, int64_t now)
{
    if (now >= e->expires_at || now < e->received_at - CLOCK_SLACK_S)
        return TOKEN_NONE;
    return now < e->refresh_at ? TOKEN_FRESH : TOKEN_DUE;
}
