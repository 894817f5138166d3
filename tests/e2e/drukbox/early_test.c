/* Answers that arrive while a large request is still being sent: they count, also if the server does not read
 * the rest of the request. If the server resets the connection before the answer was read, only an answer
 * with a length counts for certain. */
#include "fault_case.h"

#include <stdio.h>

enum { BODY = 3 * 1024 * 1024, EARLY = 100 * 1024, ROUNDS = 5 };

#define RECORD "{\"id\":\"h1\",\"name\":\"name\",\"private_key\":\"K\"}"
#define LENGTH "Content-Length: 43\r\n"
#define DETAIL "{\"detail\":\"no such provider, and the text\"}"
#define CREATED "HTTP/1.1 201 Created\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n2b\r\n" RECORD "\r\n0\r\n\r\n"

typedef struct row {
    const char *name, *text;
    boxd_status wanted;
} row;

static const row rows[] = {
    {"201", CREATED LENGTH "\r\n" RECORD, BOXD_OK},
    {"201 behind an interim answer", "HTTP/1.1 100 Continue\r\n\r\n" CREATED LENGTH "\r\n" RECORD, BOXD_OK},
    {"201 and close", CREATED "Connection: close\r\n" LENGTH "\r\n" RECORD, BOXD_OK},
    {"201 in chunks", CREATED CHUNKED, BOXD_OK},
    {"400", "HTTP/1.1 400 No\r\n" LENGTH "\r\n" DETAIL, BOXD_ERR_RESPONSE},
    {"401", "HTTP/1.1 401 No\r\n" LENGTH "\r\n" DETAIL, BOXD_ERR_AUTHENTICATION},
    {"413 and close", "HTTP/1.1 413 Large\r\nConnection: close\r\n" LENGTH "\r\n" DETAIL, BOXD_ERR_RESPONSE},
    {"422", "HTTP/1.1 422 No\r\n" LENGTH "\r\n" DETAIL, BOXD_ERR_VALIDATION},
    {"503", "HTTP/1.1 503 No\r\n" LENGTH "\r\n" DETAIL, BOXD_ERR_UNAVAILABLE},
};

/* What the server does after its answer. */
static const struct {
    const char *name;
    bad_act act;
    /* A server that neither reads nor closes: a timeout of the client ends an answer without a length. */
    int64_t timeout_ms;
    /* An answer without a length may be lost: the outcome is then the one of a lost answer. */
    bool needs_length;
} ways[] = {
    {"reads on", {.behaviour = BAD_KEEP}, 0, false},
    {"reads nothing", {.behaviour = BAD_KEEP, .deaf = true}, 2000, false},
    {"resets", {.behaviour = BAD_RESET}, 0, true},
};

static char *large_variable(void)
{
    char *word = malloc(BODY + 3);
    ck_assert_ptr_nonnull(word);
    memset(word, 'x', BODY + 2);
    memcpy(word, "A=", 2);
    word[BODY + 2] = '\0';
    return word;
}

static bool is_lost(const boxd_error *error)
{
    return error->status == BOXD_ERR_UNAVAILABLE && error->sent == BOXD_SENT_UNKNOWN;
}

static void create(const row *r, const char *way, const char *word, bool may_be_lost)
{
    char name[80];
    boxd_error error = BOXD_ERROR_INIT;
    (void)snprintf(name, sizeof name, "%s, the server %s", r->name, way);
    drukbox_host *host =
        try_host_create(BOXD_OPTIONS(drukbox_host_create_options, .env = BOXD_ARGV(word)), &error);
    if (!host && may_be_lost && is_lost(&error))
        return;
    if (r->wanted == BOXD_OK) {
        ck_assert_msg(host != NULL, "%s: %s", name, error.message);
        ck_assert_str_eq(host->private_key, "K");
    } else {
        ck_assert_msg(error.status == r->wanted, "%s: %s: %s", name, boxd_status_name(error.status),
                      error.message);
        ck_assert_msg(strstr(error.message, "no such provider"), "%s: %s", name, error.message);
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES);
    }
    drukbox_host_free(host);
}

START_TEST(before_the_request_is_whole)
{
    char *word = large_variable();
    drukbox_on(_i);
    const size_t count = on_surface == DRUKBOX_SYNC ? COUNT(rows) : 1;
    for (size_t i = 0; i < count; i++) {
        for (size_t way = 0; way < COUNT(ways); way++) {
            bad_act act = ways[way].act;
            act.text = rows[i].text;
            act.early = EARLY;
            /* A reset may meet the client at any point: more rounds. */
            for (int round = 0; round < (i == 0 && act.behaviour == BAD_RESET ? ROUNDS : 1); round++) {
                const bool has_length = strstr(act.text, "Content-Length") != NULL;
                bad_server *server = fault_open(&act, has_length ? 0 : ways[way].timeout_ms);
                create(&rows[i], ways[way].name, word, ways[way].needs_length && !has_length);
                ck_assert_int_eq(bad_server_connections(server), 1);
                fault_close(server);
            }
        }
    }
    free(word);
}
END_TEST

/* An answer that is cut off is not used. */
START_TEST(cut_off)
{
    static const bad_act acts[] = {
        {.behaviour = BAD_RESET, .text = CREATED LENGTH "\r\n{\"id\":\"h1\"", .early = EARLY},
        {.behaviour = BAD_RESET, .text = CREATED LENGTH, .early = EARLY},
        {.behaviour = BAD_RESET, .text = "", .early = EARLY},
    };
    char *word = large_variable();
    drukbox_on(_i);
    for (size_t i = 0; i < COUNT(acts); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        bad_server *server = fault_open(&acts[i], 0);
        ck_assert_ptr_null(
            try_host_create(BOXD_OPTIONS(drukbox_host_create_options, .env = BOXD_ARGV(word)), &error));
        e2e_expect(&error, BOXD_ERR_UNAVAILABLE, "transport failed");
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_UNKNOWN);
        fault_close(server);
    }
    free(word);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drukbox_early");
    drukbox_add(suite, before_the_request_is_whole);
    drukbox_add(suite, cut_off);
    return drukbox_main(suite, NULL);
}
