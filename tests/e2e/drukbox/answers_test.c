/*
 * How HTTP answers become results or errors: by status, by the text of the service, and by the record in
 * the body.
 */
#include "fault_case.h"

#include <stdio.h>

#define RECORD "{\"id\":\"h1\",\"name\":\"n\"}"
#define NO_JSON "Sandbox service returned non-JSON output"
#define DEEP (2 * 100000)
#define LESS_DEEP 5000

/* An answer, and the outcome of the call. */
typedef struct row {
    const char *name;
    int http_status;
    const char *body;
    /* Without http_status and sent. */
    wanted wants;
    /* NULL: "host_get". */
    const char *operation;
    const char *headers;
    /* The size of the body; 0: the body is NUL-terminated. */
    size_t size;
} row;

#define ROW(what, status_code, text, ends_in, holds)                                                         \
    .name = (what), .http_status = (status_code), .body = (text), .wants.status = (ends_in),                 \
    .wants.part = (holds)

/* The answer as a server writes it; NUL-terminated, except that the body may contain NULs. */
static bad_act act_of(const row *r, char *buffer, size_t buffer_size)
{
    const size_t body_size = r->size ? r->size : strlen(r->body);
    const bool bodiless = r->http_status == 204 || r->http_status == 304;
    const int head = snprintf(buffer, buffer_size, "HTTP/1.1 %d Words\r\n%s", r->http_status,
                              r->headers ? r->headers : "");
    const int end = bodiless ? snprintf(buffer + head, buffer_size - (size_t)head, "\r\n")
                             : snprintf(buffer + head, buffer_size - (size_t)head,
                                        "Content-Length: %zu\r\n\r\n", body_size);
    const size_t size = (size_t)head + (size_t)end;
    ck_assert_uint_le(size + body_size, buffer_size);
    if (!bodiless)
        memcpy(buffer + size, r->body, body_size);
    return (bad_act){.behaviour = BAD_KEEP, .text = buffer, .size = size + (bodiless ? 0 : body_size)};
}

/* Whether the service answered. A gateway before it may have answered instead. */
static boxd_sent sent_of(int http_status, const wanted *wants)
{
    const bool lost = http_status >= 500 && wants->part && strcmp(wants->part, NO_JSON) == 0;
    return lost ? BOXD_SENT_UNKNOWN : BOXD_SENT_YES;
}

static void run_rows(int i, const row *rows, size_t count)
{
    static char buffer[2 * DEEP];
    drukbox_on(i);
    for (const row *r = rows; r < rows + count; r++) {
        const bad_act act = act_of(r, buffer, sizeof buffer);
        bad_server *server = fault_open(&act, 0);
        wanted wants = r->wants;
        wants.http_status = r->http_status;
        wants.sent = sent_of(r->http_status, &wants);
        fault_try(r->name, r->operation ? r->operation : "host_get", &wants);
        ck_assert_int_eq(bad_server_count(server, BAD_REQUESTS), 1);
        fault_close(server);
    }
}

/* ---- every status with every operation ---- */

static const struct {
    int http_status;
    /* An answer with a JSON body; BOXD_OK: the body is the result. */
    boxd_status status;
    const char *fallback;
} statuses[] = {
    {200, BOXD_OK, NULL},
    {201, BOXD_OK, NULL},
    {202, BOXD_OK, NULL},
    {204, BOXD_OK, NULL},
    {301, BOXD_OK, NULL},
    {302, BOXD_OK, NULL},
    {303, BOXD_OK, NULL},
    {307, BOXD_OK, NULL},
    {308, BOXD_OK, NULL},
    {400, BOXD_ERR_RESPONSE, "error"},
    {401, BOXD_ERR_AUTHENTICATION, "auth failed"},
    {402, BOXD_ERR_RESPONSE, "error"},
    {403, BOXD_ERR_AUTHENTICATION, "auth failed"},
    {404, BOXD_ERR_NOT_FOUND, "not found"},
    {405, BOXD_ERR_RESPONSE, "error"},
    {408, BOXD_ERR_RESPONSE, "error"},
    {409, BOXD_ERR_CONFLICT, "conflict"},
    {418, BOXD_ERR_RESPONSE, "error"},
    {422, BOXD_ERR_VALIDATION, "validation error"},
    {429, BOXD_ERR_RESPONSE, "error"},
    {500, BOXD_ERR_RESPONSE, "error"},
    {501, BOXD_ERR_RESPONSE, "error"},
    {502, BOXD_ERR_PROVISIONING, "provisioning failed"},
    {503, BOXD_ERR_UNAVAILABLE, "service unavailable"},
    {504, BOXD_ERR_RESPONSE, "error"},
    {599, BOXD_ERR_RESPONSE, "error"},
    {999, BOXD_ERR_RESPONSE, "error"},
};

/* All operations use one connection, which stays usable after these bodies; but after a 500, which may be the
 * last answer of the connection, each uses a new one. A redirect is not followed. */
static void try_all(int http_status, const char *body,
                    wanted (*end_of)(const drukbox_operation *is, size_t status), size_t status)
{
    char buffer[512];
    const row answer = {.http_status = http_status, .body = body, .headers = "Location: /elsewhere\r\n"};
    const bad_act act = act_of(&answer, buffer, sizeof buffer);
    bad_server *server = fault_open(&act, 0);
    for (size_t i = 0; i < drukbox_operation_count; i++) {
        char name[128];
        wanted wants = end_of(&drukbox_operations[i], status);
        wants.http_status = http_status;
        wants.sent = sent_of(http_status, &wants);
        (void)snprintf(name, sizeof name, "%d with \"%s\"", http_status, body);
        fault_try(name, drukbox_operations[i].function + strlen("drukbox_"), &wants);
    }
    ck_assert_int_eq(bad_server_count(server, BAD_REQUESTS), (int)drukbox_operation_count);
    ck_assert_int_eq(bad_server_connections(server), http_status == 500 ? (int)drukbox_operation_count : 1);
    fault_close(server);
}

static wanted end_with_detail(const drukbox_operation *is, size_t i)
{
    if (statuses[i].status != BOXD_OK)
        return (wanted){.status = statuses[i].status, .part = "what it says ("};
    if (statuses[i].http_status != 204 && strstr(is->function, "_list"))
        return (wanted){.status = BOXD_ERR_RESPONSE, .part = "is not a list"};
    return is->missing ? (wanted){.status = BOXD_ERR_RESPONSE, .part = is->missing}
                       : (wanted){.status = BOXD_OK};
}

static wanted end_with_empty_object(const drukbox_operation *is, size_t i)
{
    if (statuses[i].status != BOXD_OK)
        return (wanted){.status = statuses[i].status, .part = statuses[i].fallback};
    return is->missing ? (wanted){.status = BOXD_ERR_RESPONSE, .part = is->missing}
                       : (wanted){.status = BOXD_OK};
}

static wanted end_without_json(const drukbox_operation *is, size_t i)
{
    if (statuses[i].http_status == 204)
        return end_with_empty_object(is, i);
    return (wanted){.status = BOXD_ERR_RESPONSE, .part = NO_JSON};
}

START_TEST(every_status_of_every_operation)
{
    drukbox_on(_i);
    for (size_t i = 0; i < COUNT(statuses); i++) {
        const int status = statuses[i].http_status;
        try_all(status, "{\"detail\":\"what it says\"}", end_with_detail, i);
        try_all(status, "{}", end_with_empty_object, i);
        try_all(status, "<html><body>Bad Gateway</body></html>", end_without_json, i);
        try_all(status, "", end_without_json, i);
    }
}
END_TEST

/* ---- texts of the service ---- */

#define CAPACITY "{\"detail\":\"full\",\"error_code\":\"CAPACITY\"}"

static const row said[] = {
    {ROW("detail null", 404, "{\"detail\":null}", BOXD_ERR_NOT_FOUND,
         "not found (GET /hosts/" OPERATION_ID ", 404)")},
    {ROW("detail a number", 409, "{\"detail\":42}", BOXD_ERR_CONFLICT, "42 (")},
    {ROW("detail an object", 500, "{\"detail\":{\"a\":1}}", BOXD_ERR_RESPONSE, "{\"a\":1} (")},
    {ROW("detail an array", 400, "{\"detail\":[1,\"b\"]}", BOXD_ERR_RESPONSE, "[1,\"b\"] (")},
    {ROW("detail a flag", 502, "{\"detail\":false}", BOXD_ERR_PROVISIONING, "false (")},
    {ROW("detail empty", 401, "{\"detail\":\"\"}", BOXD_ERR_AUTHENTICATION, "auth failed (")},
    {ROW("detail of UTF-8", 404, "{\"detail\":\"h\xC3\xA9te\"}", BOXD_ERR_NOT_FOUND, "h\xC3\xA9te (")},
    {ROW("error_code shown", 409, "{\"detail\":\"x\",\"error_code\":\"HOST_STATE\"}", BOXD_ERR_CONFLICT,
         "409 HOST_STATE)")},
    {ROW("error_code strange", 409, "{\"detail\":\"x\",\"error_code\":\"a b\\n\"}", BOXD_ERR_CONFLICT,
         ", 409)")},
    {ROW("error_code no text", 503, "{\"error_code\":[\"CAPACITY\"]}", BOXD_ERR_UNAVAILABLE,
         "service unavailable")},
    {ROW("token echoed", 403, "{\"detail\":\"bad " TEST_TOKEN "!\"}", BOXD_ERR_AUTHENTICATION,
         "bad *********************!")},
    {ROW("error an array", 404, "[1]", BOXD_ERR_RESPONSE, "not a JSON object")},
    {ROW("error null", 401, "null", BOXD_ERR_RESPONSE, "not a JSON object")},
    {ROW("error a number", 503, "7", BOXD_ERR_RESPONSE, "not a JSON object")},
    {ROW("error a string", 422, "\"no\"", BOXD_ERR_RESPONSE, "not a JSON object")},
    {ROW("422 a list", 422, "{\"detail\":[{\"msg\":\"a\"},{\"msg\":\"b\",\"loc\":[1]}]}", BOXD_ERR_VALIDATION,
         "a; b (")},
    {ROW("detail that commands a terminal", 409, "{\"detail\":\"a\\u001b[31m\\r\\nb\"}", BOXD_ERR_CONFLICT,
         "a\\x1B[31m\\x0D\\x0Ab (GET")},
    {ROW("redirect", 301, "", BOXD_ERR_RESPONSE,
         "it redirects to https://h.example/hosts, and redirects are not followed"),
     .headers = "Location: https://h.example/hosts?token=t\r\n"},
    {ROW("422 places", 422,
         "{\"detail\":[{\"msg\":\"a\",\"loc\":[\"body\",\"env\",0]},{\"msg\":\"b\",\"loc\":[\"body\","
         "\"image\"]}]}",
         BOXD_ERR_VALIDATION, "a; b (GET /hosts/" OPERATION_ID ", 422 in body.env, body.image)")},
    {ROW("422 without msg", 422, "{\"detail\":[{\"loc\":[]},{\"type\":\"x\"}]}", BOXD_ERR_VALIDATION,
         ";  (")},
    {ROW("422 one without msg", 422, "{\"detail\":[{}]}", BOXD_ERR_VALIDATION, "validation error (")},
    {ROW("422 an empty list", 422, "{\"detail\":[]}", BOXD_ERR_VALIDATION, "validation error (")},
    {ROW("422 items no objects", 422, "{\"detail\":[1,{\"msg\":\"b\"},null]}", BOXD_ERR_VALIDATION,
         "; b;  (")},
    {ROW("422 msg no text", 422, "{\"detail\":[{\"msg\":7},{\"msg\":\"b\"}]}", BOXD_ERR_VALIDATION, "; b (")},
    {ROW("422 a sentence", 422, "{\"detail\":\"it is refused\"}", BOXD_ERR_VALIDATION, "it is refused (")},
    {ROW("422 null", 422, "{\"detail\":null}", BOXD_ERR_VALIDATION, "validation error (")},
    {ROW("422 empty", 422, "{\"detail\":\"\"}", BOXD_ERR_VALIDATION, "validation error (")},
    {ROW("422 an object", 422, "{\"detail\":{\"msg\":\"m\"}}", BOXD_ERR_VALIDATION, "{\"msg\":\"m\"} (")},
    {ROW("422 an empty object", 422, "{\"detail\":{}}", BOXD_ERR_VALIDATION, "validation error (")},
    {ROW("422 a number", 422, "{\"detail\":42}", BOXD_ERR_VALIDATION, "42 (")},
};

START_TEST(messages)
{
    run_rows(_i, said, COUNT(said));
}
END_TEST

#define FULL(what, line, seconds)                                                                            \
    ROW(what, 503, CAPACITY, BOXD_ERR_CAPACITY, "full ("), .headers = (line),                                \
                                                           .wants.retry_after_ms = (seconds)*1000LL

static const row capacity[] = {
    {FULL("30 s", "Retry-After: 30\r\n", 30)},
    {FULL("in a create", "retry-after: 30\r\n", 30), .operation = "host_create"},
    {FULL("in a delete", "Retry-After:5\r\n", 5), .operation = "host_delete"},
    {FULL("without Retry-After", NULL, 0)},
    {FULL("-1", "Retry-After: -1\r\n", 0)},
    {FULL("0", "Retry-After: 0\r\n", 0)},
    {FULL("+7", "Retry-After: +7\r\n", 7)},
    {FULL("a date", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n", 0)},
    {FULL("1.5", "Retry-After: 1.5\r\n", 0)},
    {FULL("a word", "Retry-After: soon\r\n", 0)},
    {FULL("blank", "Retry-After:  \r\n", 0)},
    {FULL("a sign alone", "Retry-After: +\r\n", 0)},
    {FULL("30 digits", "Retry-After: 123456789012345678901234567890\r\n", INT32_MAX)},
    {ROW("without detail", 503, "{\"error_code\":\"CAPACITY\"}", BOXD_ERR_CAPACITY,
         "provider at host limit (")},
    {ROW("of another status", 409, CAPACITY, BOXD_ERR_CONFLICT, "full (")},
    {ROW("in lower case", 503, "{\"error_code\":\"capacity\"}", BOXD_ERR_UNAVAILABLE,
         "service unavailable (")},
    {ROW("another code", 503, "{\"detail\":\"x\",\"error_code\":\"SECRET_REFRESH\"}", BOXD_ERR_UNAVAILABLE,
         "x ("),
     .wants.retry_after_ms = 5000, .headers = "Retry-After: 5\r\n"},
    {ROW("HTML", 503, "<html>", BOXD_ERR_RESPONSE, NO_JSON), .wants.retry_after_ms = 9000,
     .headers = "Retry-After: 9\r\n"},
};

START_TEST(capacity_and_retry_after)
{
    run_rows(_i, capacity, COUNT(capacity));
}
END_TEST

/* ---- records ---- */

static const row records[] = {
    {ROW("whole", 200, RECORD, BOXD_OK, "n")},
    {ROW("of a 202", 202, RECORD, BOXD_OK, "n"), .operation = "host_create"},
    {ROW("of a 307", 307, RECORD, BOXD_OK, "n"), .headers = "Location: /elsewhere\r\n"},
    {ROW("as text/plain", 200, RECORD, BOXD_OK, "n"),
     .headers = "Content-Type: text/plain; charset=utf-16\r\n"},
    {ROW("an array", 200, "[" RECORD "]", BOXD_ERR_RESPONSE, "not a host record")},
    {ROW("null", 200, "null", BOXD_ERR_RESPONSE, "not a host record")},
    {ROW("a number", 200, "12", BOXD_ERR_RESPONSE, "not a host record")},
    {ROW("a string", 200, "\"h1\"", BOXD_ERR_RESPONSE, "not a host record")},
    {ROW("true", 200, "true", BOXD_ERR_RESPONSE, "not a host record")},
    {ROW("without id", 200, "{\"name\":\"n\"}", BOXD_ERR_RESPONSE, "has no \"id\"")},
    {ROW("without id, made", 201, "{\"name\":\"n\"}", BOXD_ERR_RESPONSE, "has no \"id\""),
     .operation = "host_create"},
    {ROW("id a number", 200, "{\"id\":1}", BOXD_ERR_RESPONSE, "has no \"id\"")},
    {ROW("id null", 200, "{\"id\":null}", BOXD_ERR_RESPONSE, "has no \"id\"")},
    {ROW("nothing but id", 200, "{\"id\":\"h1\"}", BOXD_OK, NULL)},
    {ROW("fields null", 200, "{\"id\":\"h1\",\"name\":null,\"disk_gb\":null,\"created_at\":null}", BOXD_OK,
         NULL)},
    {ROW("fields of other kinds", 200,
         "{\"id\":\"h1\",\"name\":[1],\"disk_gb\":\"x\",\"created_at\":{},\"external_ssh_port\":{\"a\":[]}}",
         BOXD_OK, NULL)},
    {ROW("unknown keys", 200, "{\"id\":\"h1\",\"name\":\"n\",\"new\":{\"a\":[1,{}]},\"\":0}", BOXD_OK, "n")},
    {ROW("keys twice", 200, "{\"id\":1,\"name\":\"old\",\"id\":\"h1\",\"name\":\"last\"}", BOXD_OK, "last")},
    {ROW("white space", 200, " \r\n\t{ \"id\" :\n\"h1\" , \"name\":\"n\" }\r\n ", BOXD_OK, "n")},
    {ROW("a BOM", 200, "\xEF\xBB\xBF" RECORD, BOXD_OK, "n")},
    {ROW("two BOMs", 200, "\xEF\xBB\xBF\xEF\xBB\xBF" RECORD, BOXD_ERR_RESPONSE, NO_JSON)},
    {ROW("UTF-16", 200, "\xFF\xFE{\0}\0", BOXD_ERR_RESPONSE, NO_JSON), .size = 6},
    {ROW("NUL escaped", 200, "{\"id\":\"h1\",\"name\":\"a\\u0000b\"}", BOXD_OK,
         "a\xEF\xBF\xBD"
         "b")},
    {ROW("NUL in a key", 200, "{\"id\":\"h1\",\"na\\u0000me\":\"x\"}", BOXD_OK, NULL)},
    {ROW("NUL itself", 200, "{\"id\":\"h1\",\"name\":\"a\0b\"}", BOXD_OK,
         "a\xEF\xBF\xBD"
         "b"),
     .size = 24},
    {ROW("NUL elsewhere", 200, "{\"id\":\"h1\"\0}", BOXD_ERR_RESPONSE, NO_JSON), .size = 12},
    {ROW("bytes that are not UTF-8", 200, "{\"id\":\"h1\",\"name\":\"a\xFF\"}", BOXD_OK, "a\xEF\xBF\xBD")},
    {ROW("a line end", 200, "{\"id\":\"h1\",\"name\":\"a\nb\"}", BOXD_OK, "a\nb")},
    {ROW("numbers that do not fit", 201,
         "{\"id\":\"h1\",\"disk_gb\":1e999,\"external_ssh_port\":-1e999,\"x\":[1e400,99999999999999999999999]"
         ",\"name\":\"n\"}",
         BOXD_OK, "n")},
    {ROW("wrong types", 201,
         "{\"id\":\"h1\",\"disk_gb\":\"20\",\"external_ssh_port\":{},\"status\":7,\"expires_at\":[],\"name\":"
         "\"n\"}",
         BOXD_OK, "n")},
    {ROW("a redirect with a record", 307, "{\"id\":\"h1\",\"name\":\"n\"}", BOXD_OK, "n")},
    {ROW("half a surrogate pair", 200, "{\"id\":\"h1\",\"name\":\"\\ud83d!\"}", BOXD_OK, "\xEF\xBF\xBD!")},
    {ROW("the other half", 200, "{\"id\":\"h1\",\"name\":\"\\ude00!\"}", BOXD_OK, "\xEF\xBF\xBD!")},
    {ROW("a surrogate pair", 200, "{\"id\":\"h1\",\"name\":\"\\ud83d\\ude00\"}", BOXD_OK,
         "\xF0\x9F\x98\x80")},
    {ROW("an escaped backslash", 200, "{\"id\":\"h1\",\"name\":\"\\\\u0000\"}", BOXD_OK, "\\u0000")},
    {ROW("invalid UTF-8", 200, "{\"id\":\"h1\",\"name\":\"\xFF\"}", BOXD_OK, "\xEF\xBF\xBD")},
    {ROW("overlong UTF-8", 200, "{\"id\":\"h1\",\"name\":\"\xC0\x80\"}", BOXD_OK,
         "\xEF\xBF\xBD\xEF\xBF\xBD")},
    {ROW("text behind it", 200, RECORD "x", BOXD_ERR_RESPONSE, NO_JSON)},
    {ROW("another behind it", 200, RECORD RECORD, BOXD_ERR_RESPONSE, NO_JSON)},
    {ROW("a comment", 200, "/* one */" RECORD, BOXD_ERR_RESPONSE, NO_JSON)},
    {ROW("cut", 200, "{\"id\":\"h1\",\"name\":\"n", BOXD_ERR_RESPONSE, NO_JSON)},
    {ROW("single quotes", 200, "{'id':'h1'}", BOXD_ERR_RESPONSE, NO_JSON)},
    {ROW("a comma too many", 200, "{\"id\":\"h1\",}", BOXD_ERR_RESPONSE, NO_JSON)},
    {ROW("NaN", 200, "{\"id\":\"h1\",\"disk_gb\":NaN,\"x\":[-Infinity,Infinity],\"name\":\"n\"}", BOXD_OK,
         "n")},
    {ROW("blank", 200, "  \r\n", BOXD_ERR_RESPONSE, NO_JSON)},
    {ROW("a huge integer", 200, "{\"id\":\"h1\",\"name\":\"n\",\"disk_gb\":123456789012345678901234567890}",
         BOXD_OK, "n")},
    {ROW("a real number", 200, "{\"id\":\"h1\",\"name\":\"n\",\"disk_gb\":1.5,\"external_ssh_port\":1e300}",
         BOXD_OK, "n")},
    {ROW("a bad port", 200, "{\"id\":\"h1\",\"name\":\"n\",\"external_ssh_port\":-70000}", BOXD_OK, "n")},
    {ROW("a list", 200, "[" RECORD ",{\"id\":\"h2\"}]", BOXD_OK, "n"), .operation = "host_list"},
    {ROW("an empty list", 200, "[]", BOXD_OK, NULL), .operation = "host_list"},
    {ROW("a list with null", 200, "[" RECORD ",null]", BOXD_ERR_RESPONSE, "has no \"id\""),
     .operation = "host_list"},
    {ROW("a list of lists", 200, "[[" RECORD "]]", BOXD_ERR_RESPONSE, "has no \"id\""),
     .operation = "host_list"},
    {ROW("an item without an id", 200, "[" RECORD ",{}]", BOXD_ERR_RESPONSE, "has no \"id\""),
     .operation = "host_list"},
    {ROW("null for a list", 200, "null", BOXD_ERR_RESPONSE, "not a list of host records"),
     .operation = "host_list"},
    {ROW("an object for a list", 200, RECORD, BOXD_ERR_RESPONSE, "not a list of host records"),
     .operation = "host_list"},
    {ROW("a deletion with an array", 200, "[1]", BOXD_OK, NULL), .operation = "host_delete"},
    {ROW("a deletion with null", 200, "null", BOXD_OK, NULL), .operation = "host_delete"},
    {ROW("a deletion with text", 200, "OK", BOXD_ERR_RESPONSE, NO_JSON), .operation = "host_delete"},
    {ROW("a report without checks", 200, "{\"ok\":true}", BOXD_ERR_RESPONSE, "has no \"checks\""),
     .operation = "client_doctor"},
    {ROW("a report without tailnet", 200, "{\"ok\":false,\"checks\":[null,7,{}]}", BOXD_OK, NULL),
     .operation = "client_doctor"},
    {ROW("a report that is not sure", 200, "{\"ok\":null,\"checks\":[]}", BOXD_ERR_RESPONSE, "has no \"ok\""),
     .operation = "client_doctor"},
    {ROW("an account without token", 201, "{\"name\":\"a\"}", BOXD_ERR_RESPONSE, "has no \"token\""),
     .operation = "service_account_create"},
    {ROW("nothing changed", 304, "", BOXD_ERR_RESPONSE, NO_JSON)},
};

START_TEST(records_of_all_kinds)
{
    run_rows(_i, records, COUNT(records));
}
END_TEST

/* Arrays in arrays, in an unused member: the nesting overflows no stack and loses no record, within the limit
 * of the decoded answer. */
START_TEST(nested_deep)
{
    static char body[DEEP + 64];
    drukbox_on(_i);
    const int start = snprintf(body, sizeof body, "{\"id\":\"h1\",\"deep\":");
    memset(body + start, '[', DEEP / 2);
    memset(body + start + DEEP / 2, ']', DEEP / 2);
    body[start + DEEP] = '}';
    const row whole = {ROW("nested deep", 200, body, BOXD_ERR_TOO_LARGE, "max_response_bytes")};
    run_rows(_i, &whole, 1);
    char less[2 * LESS_DEEP + 64];
    memset(less + snprintf(less, sizeof less, "{\"id\":\"h1\",\"name\":\"n\",\"deep\":"), '[', LESS_DEEP);
    const size_t opened = strcspn(less, "[") + LESS_DEEP;
    memset(less + opened, ']', LESS_DEEP);
    (void)snprintf(less + opened + LESS_DEEP, 2, "}");
    const row read = {ROW("nested less deep", 200, less, BOXD_OK, "n")};
    run_rows(_i, &read, 1);
    body[start + DEEP / 2] = '\0';
    const row cut = {ROW("nested deep and cut", 200, body, BOXD_ERR_TOO_LARGE, "max_response_bytes")};
    run_rows(_i, &cut, 1);
}
END_TEST

/* A deadline that passes while the 201 is received or read: the host may exist, and the error says so as it
 * does after a lost answer. The timeout grows until the call succeeds, so that one of them passes while the
 * answer is read. */
START_TEST(stopped_while_the_answer_is_read)
{
    enum { BODY = 24 * 1024 * 1024, EVERY = 256, HEADER = 200 };
    static const char first[] = "{\"id\":\"h1\",\"name\":\"n\",\"unused\":[", last[] = "1]}";
    char *text = malloc(BODY + HEADER);
    ck_assert_ptr_nonnull(text);
    const int start = snprintf(text, HEADER, "HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n", BODY);
    memset(text + start, ' ', BODY);
    for (size_t i = EVERY; i < BODY - EVERY; i += EVERY) {
        char *at = text + start + i;
        at[0] = '1';
        at[1] = ',';
    }
    memcpy(text + start, first, sizeof first - 1);
    memcpy(text + start + BODY - (sizeof last - 1), last, sizeof last - 1);
    const bad_act act = {.behaviour = BAD_HTTP, .text = text, .size = (size_t)start + BODY};
    drukbox_on(_i);
    bad_server *server = bad_server_start(&act, 1);
    client = drukbox_open_port(bad_server_port(server), 0);
    bool created = false;
    for (int64_t timeout_ms = 10; !created; timeout_ms += timeout_ms / 4) {
        boxd_error error = BOXD_ERROR_INIT;
        drukbox_host *host =
            try_host_create(BOXD_OPTIONS(drukbox_host_create_options, .call.timeout_ms = timeout_ms), &error);
        created = host != NULL;
        drukbox_host_free(host);
        if (created)
            break;
        e2e_expect(&error, BOXD_ERR_TIMEOUT, "POST /hosts");
        ck_assert_msg(error.sent != BOXD_SENT_YES, "%s", error.message);
        ck_assert_msg(error.http_status == 0 || (error.http_status == 201 && error.sent == BOXD_SENT_UNKNOWN),
                      "%d: %s", error.http_status, error.message);
    }
    fault_close(server);
    free(text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drukbox_answers");
    drukbox_add(suite, every_status_of_every_operation);
    drukbox_add(suite, messages);
    drukbox_add(suite, capacity_and_retry_after);
    drukbox_add(suite, records_of_all_kinds);
    drukbox_add(suite, nested_deep);
    drukbox_add(suite, stopped_while_the_answer_is_read);
    return drukbox_main(suite, NULL);
}
