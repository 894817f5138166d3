/*
 * Servers that violate HTTP, or use unusual parts of it: which answers are refused, which are accepted,
 * and that no request is sent twice.
 */
#include "fault_case.h"

#include <stdio.h>
#include <unistd.h>

#define RECORD "{\"id\":\"h1\" , \"name\":\"n\"}" /* 24 bytes */
#define OK_LINE "HTTP/1.1 200 OK\r\n"
#define WHOLE OK_LINE "Content-Length: 24\r\n\r\n" RECORD
#define CHUNKED OK_LINE "Transfer-Encoding: chunked\r\n\r\n"
#define FAILED "Sandbox service transport failed: "

/* gzip of {"id":"h1","name":"zipped"}, zlib of {"id":"h1","name":"deflated"}, gzip of 512 KiB of blanks. */
#define GZIP_DATA                                                                                            \
    "\xab\x56\xca\x4c\x51\xb2\x52\xca\x30\x54\xd2\x51\xca\x4b\xcc"                                           \
    "\x4d\x05\xb2\xab\x32\x0b\x0a\x52\x53\x94\x6a\x01\xc4\xe2\xf2\xda\x1b\x00\x00\x00"
#define GZIP "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03" GZIP_DATA
#define TWENTY "                    "
#define GZIP_NAMED "\x1f\x8b\x08\x08\x00\x00\x00\x00\x02\x03" TWENTY TWENTY TWENTY TWENTY "\0" GZIP_DATA
#define ZLIB                                                                                                 \
    "\x78\xda\xab\x56\xca\x4c\x51\xb2\x52\xca\x30\x54\xd2\x51\xca\x4b\xcc\x4d\x05\xb2\x53\x52\xd3\x72\x12"   \
    "\x4b\x52\x53\x94\x6a\x01\x7c\xe7\x08\xe9"
#define ZEROS_10 "\0\0\0\0\0\0\0\0\0\0"
#define ZEROS_50 ZEROS_10 ZEROS_10 ZEROS_10 ZEROS_10 ZEROS_10
#define BOMB                                                                                                 \
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x81\x00\x00\x00\x00\xc3\x20\x95\xf9\x53\xde\xe0"       \
    "\x04\x55\x01" ZEROS_50 ZEROS_50 ZEROS_50 ZEROS_50 ZEROS_50 ZEROS_50 ZEROS_50 ZEROS_50 ZEROS_50 ZEROS_50 \
    "\x00\x00\x00\x00\x00\x00\x00\x7c\x03\x07\x5c\x6a\x99\x00\x00\x08\x00"

#define HEADERS_10 "a: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\n"
#define HEADERS_100                                                                                          \
    HEADERS_10 HEADERS_10 HEADERS_10 HEADERS_10 HEADERS_10 HEADERS_10 HEADERS_10 HEADERS_10 HEADERS_10       \
        HEADERS_10

typedef struct row {
    const char *name;
    bad_act act;
    wanted wants;
    /* 0: the default. */
    int64_t timeout_ms;
} row;

/* Text with its size: the text may contain NUL. */
#define TEXT(literal) .text = (literal), .size = sizeof(literal) - 1

#define ROW(what, behaves, literal, ends_in, holds)                                                          \
    .name = (what), .act = {.behaviour = (behaves), TEXT(literal)}, .wants.status = (ends_in),               \
    .wants.part = (holds)

/* A malformed answer. */
#define NONE(what, behaves, literal) ROW(what, behaves, literal, BOXD_ERR_UNAVAILABLE, FAILED)

/* A valid answer. */
#define GOOD(what, literal) ROW(what, BAD_HTTP, literal, BOXD_OK, "n")

/* The call has the expected outcome, and its request was not sent again. */
static void run_rows(int i, const row *rows, size_t count)
{
    drukbox_on(i);
    for (const row *r = rows; r < rows + count; r++) {
        bad_server *server = fault_open(&r->act, r->timeout_ms);
        fault_try(r->name, "host_get", &r->wants);
        ck_assert_int_eq(bad_server_connections(server), 1);
        fault_close(server);
    }
}

static const row broken[] = {
    {NONE("closed at once", BAD_CLOSE, "")},
    {NONE("reset", BAD_RESET, "")},
    {NONE("FIN without an answer", BAD_HTTP, "")},
    {NONE("FIN in the status line", BAD_HTTP, "HTTP/1.1 20")},
    {NONE("FIN in the headers", BAD_HTTP, OK_LINE "Content-Le")},
    {NONE("FIN behind the headers' lines", BAD_HTTP, OK_LINE "Content-Length: 24\r\n")},
    {NONE("FIN before the body", BAD_HTTP, OK_LINE "Content-Length: 24\r\n\r\n")},
    {NONE("body cut", BAD_HTTP, OK_LINE "Content-Length: 25\r\n\r\n" RECORD)},
    {NONE("body cut, of an error", BAD_HTTP,
          "HTTP/1.1 404 No\r\nContent-Length: 25\r\n\r\n{\"detail\":\"x\"}")},
    {NONE("reset in the body", BAD_RESET, OK_LINE "Content-Length: 25\r\n\r\n" RECORD)},
    {NONE("chunks cut", BAD_HTTP, CHUNKED "18\r\n" RECORD "\r\n")},
    {NONE("a chunk cut", BAD_HTTP, CHUNKED "19\r\n" RECORD)},
    {NONE("a malformed chunk size", BAD_HTTP, CHUNKED "xyz\r\n" RECORD "\r\n0\r\n\r\n")},
    {NONE("a negative chunk size", BAD_HTTP, CHUNKED "-18\r\n" RECORD "\r\n0\r\n\r\n")},
    {NONE("a huge chunk size", BAD_HTTP, CHUNKED "fffffffffffffffff\r\n" RECORD "\r\n0\r\n\r\n")},
    {NONE("a chunk without its end", BAD_HTTP, CHUNKED "18\r\n" RECORD "0\r\n\r\n")},
    {NONE("no HTTP", BAD_HTTP, "SSH-2.0-OpenSSH_9.6\r\n")},
    {NONE("no HTTP, unrequested", BAD_BYTES, "220 mail.example.org ESMTP\r\n")},
    {NONE("HTTP/0.9", BAD_HTTP, RECORD)},
    {NONE("a status that is not a number", BAD_HTTP, "HTTP/1.1 abc OK\r\nContent-Length: 24\r\n\r\n" RECORD)},
    {NONE("a status of two digits", BAD_HTTP, "HTTP/1.1 20 OK\r\nContent-Length: 24\r\n\r\n" RECORD)},
    {NONE("a status of four digits", BAD_HTTP, "HTTP/1.1 2000 OK\r\nContent-Length: 24\r\n\r\n" RECORD)},
    {NONE("a malformed version", BAD_HTTP, "HTTP/9.7 200 OK\r\nContent-Length: 24\r\n\r\n" RECORD)},
    {NONE("lengths that differ", BAD_HTTP,
          OK_LINE "Content-Length: 24\r\nContent-Length: 25\r\n\r\n" RECORD "x")},
    {NONE("a malformed length", BAD_HTTP, OK_LINE "Content-Length: many\r\n\r\n" RECORD)},
    {NONE("a length below 0", BAD_HTTP, OK_LINE "Content-Length: -24\r\n\r\n" RECORD)},
    {NONE("a length too large", BAD_HTTP, OK_LINE "Content-Length: 99999999999999999999\r\n\r\n" RECORD)},
    {NONE("NUL in a header", BAD_HTTP, OK_LINE "a: \0b\r\nContent-Length: 24\r\n\r\n" RECORD)},
    {NONE("a header without colon", BAD_HTTP, OK_LINE "and so on\r\nContent-Length: 24\r\n\r\n" RECORD)},
    {NONE("malformed gzip", BAD_HTTP, OK_LINE "Content-Encoding: gzip\r\nContent-Length: 24\r\n\r\n" RECORD)},
    {NONE("gzip with a wrong check sum", BAD_HTTP,
          OK_LINE
          "Content-Encoding: gzip\r\nContent-Length: 45\r\n\r\n\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03"
          "\xab\x56\xca\x4c\x51\xb2\x52\xca\x30\x54\xd2\x51\xca\x4b\xcc\x4d\x05\xb2\xab\x32\x0b\x0a"
          "\x52\x53\x94\x6a\x01\x00\x00\x00\x00\x1b\x00\x00\x00")},
    {NONE("an unrequested coding", BAD_HTTP,
          OK_LINE "Content-Encoding: rot13\r\nContent-Length: 24\r\n\r\n" RECORD)},
    {NONE("nothing but an interim answer", BAD_HTTP, "HTTP/1.1 100 Continue\r\n\r\n")},
    {NONE("another protocol", BAD_HTTP, "HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n")},
};

START_TEST(no_answer)
{
    run_rows(_i, broken, COUNT(broken));
}
END_TEST

static const row odd[] = {
    {GOOD("as it should be", WHOLE)},
    {GOOD("closed behind it", OK_LINE "Connection: close\r\nContent-Length: 24\r\n\r\n" RECORD)},
    {GOOD("chunks", CHUNKED "C\r\n{\"id\":\"h1\",\"\r\nA\r\nname\":\"n\"}\r\n0\r\n\r\n")},
    {GOOD("chunks with extensions and trailers",
          CHUNKED "18;a=b;c=\"d\"\r\n" RECORD "\r\n000;e\r\nX-Sum: 1\r\nContent-Length: 3\r\n\r\n")},
    {GOOD("chunks and a length",
          OK_LINE "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n18\r\n" RECORD "\r\n0\r\n\r\n")},
    {GOOD("HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 24\r\n\r\n" RECORD)},
    {GOOD("HTTP/1.0 without a length", "HTTP/1.0 200 OK\r\n\r\n" RECORD)},
    {GOOD("up to the end", OK_LINE "Content-Type: application/json\r\n\r\n" RECORD)},
    {GOOD("continue", "HTTP/1.1 100 Continue\r\n\r\n" WHOLE)},
    {GOOD("hints", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" WHOLE)},
    {GOOD("lengths that agree", OK_LINE "Content-Length: 24\r\nContent-Length: 24\r\n\r\n" RECORD)},
    {GOOD("no words", "HTTP/1.1 200\r\nContent-Length: 24\r\n\r\n" RECORD)},
    {GOOD("a folded header", OK_LINE "a: b\r\n c\r\nContent-Length: 24\r\n\r\n" RECORD)},
    {GOOD("other bytes in a header", OK_LINE "a: \xFF\xE9\r\nContent-Length: 24\r\n\r\n" RECORD)},
    {GOOD("bare line feeds", "HTTP/1.1 200 OK\nContent-Length: 24\n\n" RECORD)},
    {GOOD("500 headers", OK_LINE HEADERS_100 HEADERS_100 HEADERS_100 HEADERS_100 HEADERS_100
          "Content-Length: 24\r\n\r\n" RECORD)},
    {GOOD("more than the length", OK_LINE "Content-Length: 24\r\n\r\n" RECORD "HTTP/1.1 500 Oops\r\n\r\n")},
    {ROW("gzip", BAD_HTTP, OK_LINE "Content-Encoding: gzip\r\nContent-Length: 45\r\n\r\n" GZIP, BOXD_OK,
         "zipped")},
    {ROW("x-gzip in chunks", BAD_HTTP,
         OK_LINE "Content-Encoding: x-gzip\r\nTransfer-Encoding: chunked\r\n\r\n2d\r\n" GZIP "\r\n0\r\n\r\n",
         BOXD_OK, "zipped")},
    {ROW("deflate", BAD_HTTP, OK_LINE "Content-Encoding: deflate\r\nContent-Length: 35\r\n\r\n" ZLIB, BOXD_OK,
         "deflated")},
    {GOOD("identity", OK_LINE "Content-Encoding: identity\r\nContent-Length: 24\r\n\r\n" RECORD)},
};

START_TEST(odd_answers)
{
    run_rows(_i, odd, COUNT(odd));
}
END_TEST

/* ---- bounds ---- */

static const row endless[] = {
    {ROW("a bomb", BAD_HTTP, OK_LINE "Content-Encoding: gzip\r\nContent-Length: 544\r\n\r\n" BOMB,
         BOXD_ERR_TOO_LARGE, "larger than 262144 bytes"),
     .wants.http_status = 200, .wants.sent = BOXD_SENT_YES},
    {.name = "an oversized body",
     .wants = {BOXD_ERR_TOO_LARGE, "larger than 262144 bytes", 200, BOXD_SENT_YES, 0}},
    {.name = "an oversized body up to the end",
     .wants = {BOXD_ERR_TOO_LARGE, "larger than 262144 bytes", 200, BOXD_SENT_YES, 0}},
    {NONE("one header of 400 KB", BAD_HTTP, "")},
    {NONE("400 KB of headers", BAD_HTTP, "")},
    {NONE("400 KB of interim answers", BAD_HTTP, "")},
    {NONE("400 KB of status line", BAD_HTTP, "")},
    {NONE("400 KB of trailers", BAD_HTTP, "")},
};

/* `head`, then `again` repeatedly, then `tail`, with which the answer would be valid. */
static const struct {
    const char *head, *again, *tail;
} flood[COUNT(endless)] = {
    {"", "", ""},
    {OK_LINE "Content-Length: 400000\r\n\r\n", "        ", ""},
    {OK_LINE "\r\n", "        ", ""},
    {OK_LINE "a: ", "bbbbbbbb", "\r\nContent-Length: 24\r\n\r\n" RECORD},
    {OK_LINE, "a: bcd\r\n", "Content-Length: 24\r\n\r\n" RECORD},
    {"", "HTTP/1.1 103 Hm\r\n\r\n", WHOLE},
    {"HTTP/1.1 200 ", "OKOKOKOK", "\r\nContent-Length: 24\r\n\r\n" RECORD},
    {CHUNKED "18\r\n" RECORD "\r\n0\r\n", "a: bcd\r\n", "\r\n"},
};

START_TEST(bounded)
{
    enum { FLOOD = 400 * 1000 };
    static char text[FLOOD + 1000];
    drukbox_on(_i);
    for (size_t i = 0; i < COUNT(endless); i++) {
        row r = endless[i];
        size_t size = (size_t)snprintf(text, sizeof text, "%s", flood[i].head);
        const size_t piece = strlen(flood[i].again);
        for (; piece > 0 && size + piece <= FLOOD; size += piece)
            memcpy(text + size, flood[i].again, piece);
        size += (size_t)snprintf(text + size, sizeof text - size, "%s", flood[i].tail);
        if (piece > 0)
            r.act = (bad_act){.behaviour = BAD_HTTP, .text = text, .size = size};
        run_rows(_i, &r, 1);
    }
}
END_TEST

/* Small answers that would become large: each value of a decoded answer, and each record of a list, takes
 * memory. */
START_TEST(bounded_when_decoded)
{
    static const struct {
        const char *name, *item;
        int count;
        const char *part;
    } rows[] = {
        {"many values", "[],", 60000, "the decoded answer is larger than 262144 bytes"},
        {"many objects", "{\"id\":\"\"},", 20000, "the decoded answer is larger than 262144 bytes"},
        {"many records", "{\"id\":\"\"},", 2000, "needs more than the 262144 bytes of memory"},
    };
    static char text[250 * 1024];
    drukbox_on(_i);
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t size = (size_t)snprintf(text, sizeof text, OK_LINE "\r\n[");
        for (int n = 0; n < rows[i].count; n++)
            size += (size_t)snprintf(text + size, sizeof text - size, "%s", rows[i].item);
        text[size - 1] = ']';
        const bad_act act = {.behaviour = BAD_HTTP, .text = text, .size = size};
        const wanted wants = {BOXD_ERR_TOO_LARGE, rows[i].part, 200, BOXD_SENT_YES, 0};
        bad_server *server = fault_open(&act, 0);
        fault_try(rows[i].name, "host_list", &wants);
        fault_close(server);
    }
}
END_TEST

/* ---- time ---- */

#define SILENCE "no data arrived for"

static const row slow[] = {
    {ROW("silent", BAD_SILENT, "", BOXD_ERR_UNAVAILABLE, SILENCE), .timeout_ms = 100},
    {ROW("silent in the headers", BAD_KEEP, OK_LINE "Content-Length: 24\r\n", BOXD_ERR_UNAVAILABLE, SILENCE),
     .timeout_ms = 100},
    {ROW("silent behind an interim answer", BAD_KEEP, "HTTP/1.1 100 Continue\r\n\r\n", BOXD_ERR_UNAVAILABLE,
         SILENCE),
     .timeout_ms = 100},
    {ROW("silent before the body", BAD_KEEP, OK_LINE "Content-Length: 24\r\n\r\n", BOXD_ERR_UNAVAILABLE,
         SILENCE),
     .timeout_ms = 100},
    {ROW("silent in the body", BAD_KEEP, OK_LINE "Content-Length: 25\r\n\r\n" RECORD, BOXD_ERR_UNAVAILABLE,
         SILENCE),
     .timeout_ms = 100},
    {ROW("silent in the chunks", BAD_KEEP, CHUNKED "18\r\n" RECORD "\r\n", BOXD_ERR_UNAVAILABLE, SILENCE),
     .timeout_ms = 100},
    {ROW("silent though complete but for its end", BAD_KEEP, OK_LINE "\r\n" RECORD, BOXD_ERR_UNAVAILABLE,
         SILENCE),
     .timeout_ms = 100},
};

/* The timeout also limits connecting, which a slow machine may not finish in time: then the row is tried
 * again. */
START_TEST(silence)
{
    drukbox_on(_i);
    for (const row *r = slow; r < slow + COUNT(slow); r++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_status status = BOXD_OK;
        int connections = 0;
        for (int64_t ms = r->timeout_ms; !strstr(error.message, SILENCE) && ms < E2E_PATIENCE_MS; ms *= 2) {
            bad_server *server = fault_open(&r->act, ms);
            status = drukbox_operation_of("host_get")->run(&error);
            connections = bad_server_connections(server);
            fault_close(server);
        }
        fault_judge(r->name, "host_get", status, &error, &r->wants);
        ck_assert_int_eq(connections, 1);
    }
}
END_TEST

/* The answer takes longer than the timeout in all, one byte every 20 ms: the timeout limits each step, not
 * the whole call. */

static const row dripping[] = {
    {.name = "a slow body",
     .act = {.behaviour = BAD_DRIP,
             TEXT(OK_LINE "Content-Length: 84\r\n\r\n" TWENTY TWENTY TWENTY RECORD),
             .at_once = sizeof OK_LINE "Content-Length: 84\r\n"},
     .wants = {.status = BOXD_OK, .part = "n"},
     .timeout_ms = 1000},
    {.name = "headers that drip",
     .act = {.behaviour = BAD_DRIP,
             TEXT(OK_LINE HEADERS_10 "Content-Length: 24\r\n\r\n" RECORD),
             .at_once = sizeof OK_LINE - 1},
     .wants = {.status = BOXD_OK, .part = "n"},
     .timeout_ms = 1000},
    {.name = "gzip that drips, with nothing to decompress for 1.8 s",
     .act = {.behaviour = BAD_DRIP,
             TEXT(OK_LINE "Content-Encoding: gzip\r\nContent-Length: 126\r\n\r\n" GZIP_NAMED),
             .at_once = sizeof OK_LINE "Content-Encoding: gzip\r\nContent-Length: 126\r\n\r\n"},
     .wants = {.status = BOXD_OK, .part = "zipped"},
     .timeout_ms = 1000},
};

/* On a slow machine two bytes may be further apart than the timeout: then the row is tried again. A timeout
 * that limited the whole call would end each try. */
static void try_dripping(const row *r)
{
    boxd_status status = BOXD_ERR_UNAVAILABLE;
    for (int tries = 0; status == BOXD_ERR_UNAVAILABLE && tries < 5; tries++) {
        boxd_error error = BOXD_ERROR_INIT;
        bad_server *server = fault_open(&r->act, r->timeout_ms);
        status = drukbox_operation_of("host_get")->run(&error);
        ck_assert_int_eq(bad_server_connections(server), 1);
        fault_close(server);
    }
    ck_assert_msg(status == r->wants.status, "%s: %s", r->name, boxd_status_name(status));
    ck_assert_str_eq(operation_host_name, r->wants.part);
}

START_TEST(drips)
{
    drukbox_on(_i);
    for (size_t i = 0; i < COUNT(dripping); i++)
        try_dripping(&dripping[i]);
}
END_TEST

/* ---- not reached ---- */

static void try_url(const char *name, const char *url, const wanted *wants)
{
    client = drukbox_open_another(
        BOXD_OPTIONS(drukbox_client_options, .base_url = url, .token = TEST_TOKEN, .step_timeout_ms = 20000));
    fault_try(name, "host_get", wants);
    fault_try(name, "host_create", wants);
    drukbox_close(client);
}

START_TEST(not_reached)
{
    static const wanted unsent = {BOXD_ERR_UNAVAILABLE, FAILED, 0, BOXD_SENT_NO, 0};
    char url[64];
    int port, held = bad_server_closed_port(&port);
    drukbox_on(_i);
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", port);
    try_url("refused", url, &unsent);
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%d", port);
    try_url("refused, TLS", url, &unsent);
    try_url("a name that does not resolve", "http://nothing.invalid", &unsent);
    close(held);
}
END_TEST

START_TEST(no_tls)
{
    static const struct {
        const char *name;
        bad_act act;
    } acts[] = {
        {"HTTP to TLS", {.behaviour = BAD_BYTES, .text = WHOLE}},
        {"closed in the handshake", {.behaviour = BAD_CLOSE}},
    };
    static const wanted unsent = {BOXD_ERR_UNAVAILABLE, FAILED, 0, BOXD_SENT_NO, 0};
    drukbox_on(_i);
    for (size_t i = 0; i < COUNT(acts); i++) {
        char url[64];
        bad_server *server = bad_server_start(&acts[i].act, 1);
        (void)snprintf(url, sizeof url, "https://127.0.0.1:%d", bad_server_port(server));
        try_url(acts[i].name, url, &unsent);
        bad_server_stop(server);
    }
}
END_TEST

/* ---- cookies and redirects ---- */

START_TEST(cookies_and_redirects)
{
    static const bad_act redirect = {.behaviour = BAD_KEEP,
                                     .text = "HTTP/1.1 302 Found\r\nLocation: /hosts/h2\r\nSet-Cookie: a=b; "
                                             "Path=/\r\nWWW-Authenticate: Basic\r\n"
                                             "Content-Length: 24\r\n\r\n" RECORD};
    static const bad_act challenge = {.behaviour = BAD_KEEP,
                                      .text =
                                          "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic "
                                          "realm=\"x\"\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\n{}"};
    static const wanted good = {.status = BOXD_OK, .part = "n"};
    static const wanted refused = {BOXD_ERR_AUTHENTICATION, "auth failed", 401, BOXD_SENT_YES, 0};
    drukbox_on(_i);
    for (int second = 0; second < 2; second++) {
        bad_server *server = fault_open(second ? &challenge : &redirect, 0);
        for (int n = 0; n < 3; n++)
            fault_try("cookies", "host_get", second ? &refused : &good);
        ck_assert_int_eq(bad_server_count(server, BAD_REQUESTS), 3);
        for (int n = 0; n < 3; n++) {
            const char *request = bad_server_request(server, n);
            ck_assert_ptr_nonnull(strstr(request, "GET /hosts/" OPERATION_ID " HTTP/1.1\r\n"));
            ck_assert_ptr_nonnull(strstr(request, "\r\nAuthorization: Bearer " TEST_TOKEN "\r\n"));
            ck_assert_ptr_null(strcasestr(request, "Cookie:"));
        }
        fault_close(server);
    }
}
END_TEST

/* Bytes after the answer are dropped: they are not the answer to the next call. */
START_TEST(unrequested_answers)
{
#define STALE OK_LINE "Content-Length: 24\r\n\r\n{\"id\":\"h2\" , \"name\":\"x\"}"
    static const wanted good = {.status = BOXD_OK, .part = "n"}, none = {.status = BOXD_OK};
    static const wanted no_record = {BOXD_ERR_RESPONSE, "has no \"id\"", 204, BOXD_SENT_YES, 0};
    static const bad_act twice = {.behaviour = BAD_KEEP, .text = WHOLE STALE};
    static const bad_act behind_nothing = {.behaviour = BAD_KEEP, .text = "HTTP/1.1 204 None\r\n\r\n" STALE};
    drukbox_on(_i);
    bad_server *server = fault_open(&twice, 0);
    fault_try("the answer", "host_get", &good);
    fault_try("the next", "host_get", &good);
    fault_close(server);
    server = fault_open(&behind_nothing, 0);
    fault_try("nothing", "host_delete", &none);
    fault_try("nothing again", "host_get", &no_record);
    fault_close(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drukbox_misbehaviour");
    drukbox_add(suite, no_answer);
    drukbox_add(suite, odd_answers);
    drukbox_add(suite, bounded);
    drukbox_add(suite, bounded_when_decoded);
    drukbox_add(suite, silence);
    drukbox_add(suite, drips);
    drukbox_add(suite, not_reached);
    drukbox_add(suite, no_tls);
    drukbox_add(suite, cookies_and_redirects);
    drukbox_add(suite, unrequested_answers);
    return drukbox_main(suite, NULL);
}
