/* How Drukbox's answers become errors. */
#include "drukbox/failure.h"

#include "unit_test.h"

#include <stdio.h>
#include <string.h>

static failed_call call(void)
{
    return (failed_call){
        .method = "POST", .path = "/hosts", .expected = "a host record", .token = "tok-secret"};
}

static http_answer answer(int status)
{
    return (http_answer){.error = BOXD_ERROR_INIT, .status = status, .retry_after_s = -1};
}

static json_t *json(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);
    ck_assert_ptr_nonnull(value);
    return value;
}

/* A body as the service sends it. */
typedef struct sent_body {
    char text[1024];
    json_document document;
} sent_body;

static const json_node *read_body(sent_body *b, const char *text)
{
    ck_assert_uint_lt(strlen(text), sizeof b->text);
    memcpy(b->text, text, strlen(text));
    ck_assert_int_eq((int)json_document_read(&b->document, b->text, strlen(text), 1 << 20), (int)JSON_READ);
    return b->document.root;
}

static void expect(const boxd_error *error, boxd_status status, const char *message)
{
    ck_assert_int_eq((int)error->status, (int)status);
    ck_assert_str_eq(error->message, message);
}

static const struct {
    int http_status;
    const char *body;
    boxd_status status;
    bool retryable;
    const char *message;
} answers[] = {
    {401, "{}", BOXD_ERR_AUTHENTICATION, false, "auth failed (POST /hosts, 401); check the client's token"},
    {403, "{\"detail\":\"no\"}", BOXD_ERR_AUTHENTICATION, false,
     "no (POST /hosts, 403); check the client's token"},
    {404, "{\"detail\":\"gone\",\"error_code\":\"HOST_NOT_FOUND\"}", BOXD_ERR_NOT_FOUND, false,
     "gone (POST /hosts, 404 HOST_NOT_FOUND)"},
    {409, "{}", BOXD_ERR_CONFLICT, false, "conflict (POST /hosts, 409)"},
    {422,
     "{\"detail\":[{\"msg\":\"bad\",\"loc\":[\"body\",\"env\",0]},{\"msg\":\"worse\",\"loc\":[\"query\"]}]}",
     BOXD_ERR_VALIDATION, false, "bad; worse (POST /hosts, 422 in body.env, query)"},
    {429, "{}", BOXD_ERR_RESPONSE, true, "error (POST /hosts, 429)"},
    {502, "{\"detail\":\"\"}", BOXD_ERR_PROVISIONING, false, "provisioning failed (POST /hosts, 502)"},
    {503, "{}", BOXD_ERR_UNAVAILABLE, false, "service unavailable (POST /hosts, 503)"},
    {503, "{\"error_code\":\"CAPACITY\"}", BOXD_ERR_CAPACITY, true,
     "provider at host limit (POST /hosts, 503 CAPACITY)"},
    {418, "{\"detail\":{\"a\":1}}", BOXD_ERR_RESPONSE, false, "{\"a\":1} (POST /hosts, 418)"},
    {400, "[]", BOXD_ERR_RESPONSE, false, "the service's error is not a JSON object (POST /hosts, 400)"},
};

START_TEST(statuses_have_their_errors)
{
    const failed_call c = call();
    const http_answer a = answer(answers[_i].http_status);
    sent_body b;
    const json_node *body = read_body(&b, answers[_i].body);
    boxd_error error;
    failure_answer(&c, &a, body, &error);
    expect(&error, answers[_i].status, answers[_i].message);
    ck_assert_int_eq(error.http_status, answers[_i].http_status);
    ck_assert_msg(error.retryable == answers[_i].retryable, "%s", error.message);
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES);
    json_document_free(&b.document);
}
END_TEST

/* The token, and "value" and "headers" of the request, also inside longer text. */
START_TEST(secrets_are_redacted)
{
    json_t *request =
        json("{\"secrets\":{\"x\":{\"value\":\"s3cr3t\"}},\"headers\":{\"A\":\"Bearer h1dd3n\"}}");
    sent_body b;
    const json_node *body = read_body(&b, "{\"detail\":\"tok-secret s3cr3t h1dd3n\\nxs3cr3tx\"}");
    failed_call c = call();
    c.request = request;
    const http_answer a = answer(409);
    boxd_error error;
    failure_answer(&c, &a, body, &error);
    expect(&error, BOXD_ERR_CONFLICT, "********** ****** ******\\x0Ax******x (POST /hosts, 409)");
    json_document_free(&b.document);
    json_decref(request);
}
END_TEST

START_TEST(text_that_is_not_json)
{
    failed_call c = call();
    c.after_loss = ": see the list";
    http_answer a = answer(500);
    boxd_error error;
    failure_answer(&c, &a, NULL, &error);
    expect(
        &error, BOXD_ERR_RESPONSE,
        "Sandbox service returned non-JSON output (POST /hosts, 500); the service failed: "
        "drukbox_client_doctor() reports the state of its database and provider; it may have had its effect: "
        "see the list");
    ck_assert(!error.retryable && error.sent == BOXD_SENT_UNKNOWN);
    c.repeatable = true;
    a.retry_after_s = 3;
    failure_answer(&c, &a, NULL, &error);
    ck_assert(error.retryable && error.retry_after_ms == 3000);
    a = answer(504);
    failure_answer(&c, &a, NULL, &error);
    expect(&error, BOXD_ERR_RESPONSE, "Sandbox service returned non-JSON output (POST /hosts, 504)");
    c.path = "/doctor";
    a = answer(500);
    failure_answer(&c, &a, NULL, &error);
    expect(&error, BOXD_ERR_RESPONSE, "Sandbox service returned non-JSON output (POST /doctor, 500)");
    c.path = "/hosts";
    a = answer(302);
    char location[] = "https://elsewhere/x?key=s3cr3t";
    a.location = location;
    failure_answer(&c, &a, NULL, &error);
    expect(&error, BOXD_ERR_RESPONSE,
           "Sandbox service returned non-JSON output (POST /hosts, 302); it redirects to "
           "https://elsewhere/x, and "
           "redirects are not followed: check the client's base_url");
}
END_TEST

/* The text of a provider may be long: the request, the status and the code stay. */
START_TEST(long_text)
{
    static const struct {
        int http_status;
        const char *code, *end;
    } rows[] = {
        {502, "PROVISIONING_FAILED", "... (POST /base/hosts, 502 PROVISIONING_FAILED)"},
        {403, NULL, "... (POST /base/hosts, 403); check the client's token"},
    };
    failed_call c = call();
    c.base_path = "/base";
    for (size_t i = 0; i < COUNT(rows); i++) {
        char detail[800], text[1000];
        memset(detail, 'x', sizeof detail - 1);
        detail[sizeof detail - 1] = '\0';
        (void)snprintf(text, sizeof text, "{\"detail\":\"%s\",\"error_code\":\"%s\"}", detail,
                       rows[i].code ? rows[i].code : "");
        const http_answer a = answer(rows[i].http_status);
        sent_body b;
        boxd_error error;
        failure_answer(&c, &a, read_body(&b, text), &error);
        const size_t length = strlen(error.message);
        ck_assert_uint_eq(length, sizeof error.message - 1);
        ck_assert_str_eq(error.message + length - strlen(rows[i].end), rows[i].end);
        json_document_free(&b.document);
    }
}
END_TEST

START_TEST(successes_of_another_shape)
{
    const failed_call c = call();
    const http_answer a = answer(201);
    boxd_error error;
    failure_shape(&c, &a, "id", &error);
    expect(&error, BOXD_ERR_RESPONSE, "the service's answer has no \"id\" (POST /hosts, 201)");
    failure_shape(&c, &a, NULL, &error);
    expect(&error, BOXD_ERR_RESPONSE, "the service's answer is not a host record (POST /hosts, 201)");
}
END_TEST

START_TEST(transport_failures)
{
    failed_call c = call();
    http_answer a = answer(0);
    boxd_error error;
    a.error = (boxd_error){.status = BOXD_ERR_CONNECTION, .sent = BOXD_SENT_NO, .message = "no route"};
    failure_transport(&c, &a, &error);
    expect(&error, BOXD_ERR_UNAVAILABLE,
           "Sandbox service transport failed: no route (POST /hosts); check base_url, "
           "and that the service is up");
    ck_assert(error.retryable);
    a.error.sent = BOXD_SENT_UNKNOWN;
    failure_transport(&c, &a, &error);
    ck_assert(!error.retryable);
    ck_assert_ptr_nonnull(strstr(error.message, "; it may have had its effect"));
    c.repeatable = true;
    failure_transport(&c, &a, &error);
    ck_assert(error.retryable);
    ck_assert_ptr_null(strstr(error.message, "effect"));
    a.untrusted = true;
    failure_transport(&c, &a, &error);
    ck_assert(!error.retryable);
    ck_assert_ptr_nonnull(strstr(error.message, "check base_url, and ca_file"));
}
END_TEST

START_TEST(stopped_calls)
{
    const failed_call c = call();
    const boxd_error timeout = {.status = BOXD_ERR_TIMEOUT, .message = "no answer within 5 ms"};
    const boxd_error closed = {.status = BOXD_ERR_CLOSED, .message = "the client is closed"};
    boxd_error error;
    failure_stopped(&c, &timeout, BOXD_SENT_NO, &error);
    expect(&error, BOXD_ERR_TIMEOUT, "no answer within 5 ms (POST /hosts)");
    ck_assert(error.retryable);
    failure_stopped(&c, &timeout, BOXD_SENT_UNKNOWN, &error);
    ck_assert(!error.retryable);
    failure_stopped(&c, &closed, BOXD_SENT_NO, &error);
    ck_assert(!error.retryable && error.status == BOXD_ERR_CLOSED);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drukbox_failure");
    TCase *statuses = tcase_create("statuses");
    tcase_add_loop_test(statuses, statuses_have_their_errors, 0, (int)COUNT(answers));
    suite_add_tcase(suite, statuses);
    unit_add(suite, secrets_are_redacted);
    unit_add(suite, text_that_is_not_json);
    unit_add(suite, long_text);
    unit_add(suite, successes_of_another_shape);
    unit_add(suite, transport_failures);
    unit_add(suite, stopped_calls);
    return unit_run(suite);
}
