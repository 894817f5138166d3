/*
 * call.c: makes a call of Drukbox, sends its request and reads its answer. Called by the functions of
 * each resource, on the program's threads; requests and answers are handled on the core thread.
 */
#include "drukbox/call.h"

#include "core/clock.h"
#include "drukbox/failure.h"
#include "errors.h"
#include "iso_time.h"
#include "mem.h"
#include "names.h"
#include "options.h"
#include "text.h"
#include "utf8.h"

#include <stdio.h>
#include <string.h>

enum { STATUS_NO_CONTENT = 204, FIRST_FAILURE = 400 };

/* ---- failures ---- */

static bool is_repeatable(const rest_call *c)
{
    return c->operation->repeatable || c->idempotency_key;
}

static failed_call failed(const rest_call *c)
{
    return (failed_call){.method = c->operation->method,
                         .path = c->path,
                         .base_path = c->client->config.base_path,
                         .expected = c->operation->expected,
                         .after_loss = c->operation->after_loss,
                         .repeatable = is_repeatable(c),
                         .token = c->client->config.token,
                         .proxy = &c->client->config.proxy,
                         .request = c->request};
}

/* ---- the answer ---- */

/* Fills a list. Returns the key that is missing in an item. */
static const char *fill_items(const rest_operation *spec, record *r, any_list *list, const json_node *answer)
{
    const json_node *item = json_items(answer);
    list->count = item ? answer->size : 0;
    list->items = record_pointers(r, list->count, spec->item_size);
    const char *missing = NULL;
    for (size_t i = 0; list->items && item && !missing; i++, item = item->next)
        missing = spec->fill(r, record_item(list->items, i), item);
    return missing;
}

/* As the newest Python client does, reads an empty object as an empty list. */
static bool has_expected_shape(const rest_operation *spec, const json_node *answer)
{
    const bool object = json_is_kind(answer, JSON_KIND_OBJECT);
    if (spec->item_size > 0)
        return json_is_kind(answer, JSON_KIND_LIST) || (object && answer->size == 0);
    return object;
}

static void keep_result(rest_call *c, const http_answer *answer, const json_node *body, boxd_error *error)
{
    const rest_operation *spec = c->operation;
    const failed_call about = failed(c);
    record r;
    if (!has_expected_shape(spec, body)) {
        failure_shape(&about, answer, NULL, error);
        return;
    }
    record_limit limit = {"max_response_bytes of drukbox_client_options", c->client->config.max_response_size,
                          0};
    void *made = record_begin(&r, spec->size, &limit);
    const char *missing = NULL;
    if (made)
        missing = spec->item_size ? fill_items(spec, &r, made, body) : spec->fill(&r, made, body);
    if (made && !missing && spec->check)
        spec->check(c, &r, made, body);
    c->frame.result = record_end(&r, error);
    if (!c->frame.result)
        error->http_status = answer->status;
    if (missing && c->frame.result) {
        record_free_secret(c->frame.result);
        c->frame.result = NULL;
        failure_shape(&about, answer, missing, error);
    }
}

/* The first request of a repeated delete had its effect, or there was nothing to delete. */
static bool was_deleted_before(const rest_call *c, const boxd_error *error)
{
    return error->status == BOXD_ERR_NOT_FOUND && c->thread_data.repeated &&
           strcmp(c->operation->method, "DELETE") == 0;
}

/* The nodes of `document` are in the answer's body, which is zeroed later. */
static void read_answer(rest_call *c, json_outcome outcome, boxd_error *error)
{
    const http_answer *answer = c->thread_data.answer;
    const json_node *body = c->thread_data.document.root;
    const failed_call about = failed(c);
    if (outcome == JSON_NO_MEMORY) {
        error_set_sent(error, BOXD_ERR_NO_MEMORY, BOXD_SENT_YES, "out of memory: reading an answer");
        error->http_status = answer->status;
    } else if (outcome == JSON_TOO_LARGE)
        failure_too_large(&about, answer, c->client->config.max_response_size, error);
    else if (outcome == JSON_MALFORMED || answer->status >= FIRST_FAILURE)
        failure_answer(&about, answer, body, error);
    else if (c->operation->expected)
        keep_result(c, answer, body, error);
    if (was_deleted_before(c, error))
        *error = (boxd_error)BOXD_ERROR_INIT;
}

static void end_attempt(rest_call *c, const http_answer *answer, boxd_status status)
{
    attempt *a = &c->thread_data.attempt;
    a->info.status = status;
    a->info.http_status = answer->status;
    a->info.received_bytes = answer->body_size;
    a->info.peer = answer->peer;
    observe_end(&c->client->observer, a);
}

/* ---- operations that wait ---- */

static void on_pause(timer *t);

/* Whether an operation that waits has to send its request again. Sets why. */
static bool is_unfinished(rest_call *c, boxd_error *error)
{
    boxd_error *unfinished = &c->thread_data.unfinished;
    if (c->interval_ms == 0 || c->thread_data.stopped)
        return false;
    if (error->status != BOXD_OK) {
        *unfinished = *error;
        return error->retryable;
    }
    const char *state = c->operation->awaited(c->frame.result, error);
    if (state)
        error_set(unfinished, BOXD_ERR_CONFLICT, "it is %s", state);
    if (state || error->status != BOXD_OK) {
        record_free_secret(c->frame.result);
        c->frame.result = NULL;
    }
    return state;
}

/* A request that was sent again may have had an effect the first time, whatever became of the second. */
static boxd_sent sent_or_repeated(const rest_call *c, boxd_sent sent)
{
    return c->thread_data.repeated && sent == BOXD_SENT_NO ? BOXD_SENT_UNKNOWN : sent;
}

/* Whether the call was sent, if its last request was `sent`: the earlier ones of a call that waits count. */
static boxd_sent sent_in_all(const rest_call *c, boxd_sent sent)
{
    return sent_either(c->thread_data.sent_before, sent_or_repeated(c, sent));
}

/* The error of a call that was stopped after a request that did not end it: it has the last state. `sent`: of
 * the request that is in progress. */
static void set_waiting_ended(const rest_call *c, boxd_sent sent, boxd_error *error)
{
    const boxd_error *reason = &c->frame.op.error, *unfinished = &c->thread_data.unfinished;
    error_set_sent(error, reason->status, sent_in_all(c, sent),
                   "waiting ended early: %s; the last answer: %s (%s %s)", reason->message,
                   unfinished->message, c->operation->method, c->path);
    error->retryable = reason->status == BOXD_ERR_TIMEOUT;
}

static void stop_waiting(rest_call *c)
{
    boxd_error error;
    loop_timer_clear(&c->client->core.loop, &c->thread_data.pause);
    set_waiting_ended(c, BOXD_SENT_NO, &error);
    op_finish(&c->frame.op, &error);
}

static void wait_and_repeat(rest_call *c)
{
    const boxd_error *unfinished = &c->thread_data.unfinished;
    const int64_t pause_ms =
        unfinished->retry_after_ms > c->interval_ms ? unfinished->retry_after_ms : c->interval_ms;
    c->thread_data.answer = NULL;
    c->thread_data.repeated = false;
    loop_timer_set(&c->client->core.loop, &c->thread_data.pause, clock_after_ms(pause_ms), on_pause);
}

static void finish(rest_call *c, const http_answer *answer, boxd_error *error)
{
    const boxd_sent sent = error->status == BOXD_OK ? BOXD_SENT_YES : sent_in_all(c, error->sent);
    const bool again = is_unfinished(c, error);
    c->thread_data.sent_before = error->sent = sent;
    end_attempt(c, answer, error->status);
    json_document_free(&c->thread_data.document);
    http_exchange_free(c->thread_data.exchange);
    c->thread_data.exchange = NULL;
    if (again)
        wait_and_repeat(c);
    else
        op_finish(&c->frame.op, error->status == BOXD_OK ? NULL : error);
}

static void read_piece(rest_call *c);

static void run_read(loop_task *task)
{
    read_piece(CONTAINER_OF(task, rest_call, thread_data.read_task));
}

/* Reads a piece of the body, and lets the deadlines and exchanges of other calls come between the pieces. */
static void read_piece(rest_call *c)
{
    enum { PIECE = 1024 * 1024 };
    boxd_error error = BOXD_ERROR_INIT;
    const json_outcome outcome =
        c->thread_data.stopped ? JSON_MALFORMED : json_document_step(&c->thread_data.document, PIECE);
    if (outcome == JSON_UNFINISHED) {
        loop_post(&c->client->core.loop, &c->thread_data.read_task, run_read);
        return;
    }
    const failed_call about = failed(c);
    if (c->thread_data.stopped && c->thread_data.unfinished.status != BOXD_OK)
        set_waiting_ended(c, BOXD_SENT_YES, &error);
    else if (c->thread_data.stopped)
        failure_unread(&about, &c->frame.op.error, c->thread_data.answer, &error);
    else
        read_answer(c, outcome, &error);
    finish(c, c->thread_data.answer, &error);
}

/* ---- the request ---- */

enum { MAX_HEADERS = 6 };

static void on_answer(void *data, http_answer *answer);

static http_exchange *make_exchange(rest_call *c, const boxd_metadata *extra, boxd_error *error)
{
    const drukbox_config *settings = &c->client->config;
    http_header headers[MAX_HEADERS];
    size_t count = 0, size = 0;
    char *url = mem_printf("%s%s", settings->base_url, c->path);
    char *authorization = mem_printf("Bearer %s", settings->token);
    char *agent = mem_printf("drukbox-c/%s", boxd_version());
    char *body = c->request ? json_write(c->request, &size) : NULL;
    http_exchange *exchange = NULL;
    if (!url || !authorization || !agent || (c->request && !body)) {
        error_no_memory(error, "sending a request");
        goto cleanup;
    }
    headers[count++] = (http_header){"Authorization", authorization};
    headers[count++] = (http_header){"Accept", "application/json"};
    headers[count++] = (http_header){"User-Agent", agent};
    headers[count++] = (http_header){"Content-Type", body ? "application/json" : NULL};
    headers[count++] = (http_header){"Expect", NULL};
    if (c->idempotency_key)
        headers[count++] = (http_header){"Idempotency-Key", c->idempotency_key};
    const bool posts = strcmp(c->operation->method, "POST") == 0;
    const http_request request = {.method = c->operation->method,
                                  .url = url,
                                  .headers = headers,
                                  .header_count = count,
                                  .extra = extra,
                                  .body = body    ? body
                                          : posts ? ""
                                                  : NULL,
                                  .body_size = size,
                                  .connect_timeout_ms = settings->step_timeout_ms,
                                  .gap_timeout_ms = settings->step_timeout_ms,
                                  .proxy = &settings->proxy,
                                  .compressed = true,
                                  .once = true,
                                  .repeat = c->thread_data.repeated,
                                  .max_answer_size = settings->max_response_size};
    exchange = http_exchange_new(c->client->thread_data.http, &request, on_answer, c, error);
    c->thread_data.attempt.info.sent_bytes = size;
cleanup:
    mem_free(url);
    mem_free_secret(authorization);
    mem_free(agent);
    mem_free_secret(body);
    return exchange;
}

/* Adds the program's metadata to the metadata that a hook has added. */
static bool gather_metadata(const rest_call *c, boxd_metadata *all, boxd_error *error)
{
    const char *const *words = c->frame.metadata ? (const char *const *)c->frame.metadata->words : NULL;
    return metadata_add_words(all, words, error) == BOXD_OK;
}

static rest_call *call_of(op *o)
{
    return CONTAINER_OF(o, rest_call, frame.op);
}

/* False: `error` is set. */
static bool start_attempt(rest_call *c, boxd_error *error)
{
    attempt *a = &c->thread_data.attempt;
    boxd_metadata extra;
    observe_begin(&c->client->observer, a, &extra);
    if (gather_metadata(c, &extra, error))
        c->thread_data.exchange = make_exchange(c, &extra, error);
    metadata_clear(&extra);
    if (c->thread_data.exchange) {
        http_exchange_start(c->thread_data.exchange);
        return true;
    }
    a->info.status = error->status;
    observe_end(&c->client->observer, a);
    return false;
}

/* Ends the call if no attempt can begin. */
static void start_or_end(rest_call *c)
{
    boxd_error error = BOXD_ERROR_INIT;
    if (start_attempt(c, &error))
        return;
    error.sent = sent_in_all(c, BOXD_SENT_NO);
    op_finish(&c->frame.op, &error);
}

/* Sends the request again, after the server has closed the connection. */
static void repeat(rest_call *c, const http_answer *answer)
{
    end_attempt(c, answer, BOXD_ERR_UNAVAILABLE);
    observe_log(&c->client->observer, BOXD_LOG_WARNING,
                "%s: the service closed the connection without an answer; the request is sent again",
                c->operation->route);
    http_exchange_free(c->thread_data.exchange);
    c->thread_data.exchange = NULL;
    c->thread_data.repeated = true;
    start_or_end(c);
}

static void on_answer(void *data, http_answer *answer)
{
    static char no_content[] = "{}";
    rest_call *c = data;
    const failed_call about = failed(c);
    boxd_error error = BOXD_ERROR_INIT;
    const bool empty = answer->status == STATUS_NO_CONTENT;
    if (answer->dropped && is_repeatable(c) && !c->thread_data.repeated) {
        repeat(c, answer);
        return;
    }
    if (answer->error.status != BOXD_OK) {
        answer->error.sent = sent_or_repeated(c, answer->error.sent);
        failure_transport(&about, answer, &error);
        finish(c, answer, &error);
        return;
    }
    c->thread_data.answer = answer;
    json_document_begin(&c->thread_data.document, empty ? no_content : answer->body,
                        empty ? strlen(no_content) : answer->body_size, c->client->config.max_response_size);
    read_piece(c);
}

static void start(op *o)
{
    rest_call *c = call_of(o);
    attempt *a = &c->thread_data.attempt;
    a->info.call_id = c->frame.call_id;
    a->info.call_data = c->frame.hook_data;
    a->info.method = c->operation->route;
    start_or_end(c);
}

static void on_pause(timer *t)
{
    start_or_end(CONTAINER_OF(t, rest_call, thread_data.pause));
}

static void stop(op *o)
{
    rest_call *c = call_of(o);
    attempt *a = &c->thread_data.attempt;
    const failed_call about = failed(c);
    boxd_error error;
    if (c->thread_data.answer) { /* read_piece() ends the call */
        c->thread_data.stopped = true;
        return;
    }
    if (!c->thread_data.exchange) {
        stop_waiting(c);
        return;
    }
    const boxd_sent sent = http_exchange_sent(c->thread_data.exchange);
    if (c->thread_data.unfinished.status != BOXD_OK)
        set_waiting_ended(c, sent, &error);
    else
        failure_stopped(&about, &o->error, sent_in_all(c, sent), &error);
    http_exchange_stop(c->thread_data.exchange);
    http_exchange_free(c->thread_data.exchange);
    c->thread_data.exchange = NULL;
    a->info.status = error.status;
    observe_end(&c->client->observer, a);
    op_finish(o, &error);
}

static void destroy(op *o)
{
    rest_call *c = call_of(o);
    json_free_secret(c->request);
    mem_free(c->idempotency_key);
    mem_free(c->path);
    call_frame_free(&c->frame);
}

static const op_class class = {start, stop, call_frame_deliver, destroy};

/* ---- making a call ---- */

/* Percent-encodes all characters except those that RFC 3986 calls unreserved. */
static void add_segment(text *t, const char *segment)
{
    static const char hex[] = "0123456789ABCDEF";
    for (const char *c = segment; *c; c++) {
        const unsigned char byte = (unsigned char)*c;
        const char escape[] = {'%', hex[byte >> 4], hex[byte & 15]};
        if (ascii_is_alnum(*c) || strchr("-._~", *c))
            text_add_bytes(t, c, 1);
        else
            text_add_bytes(t, escape, sizeof escape);
    }
}

/* Every other part is an id or a name, which check_segment() has checked. */
static char *join_path(const char *const *parts)
{
    text path = TEXT_INIT;
    for (size_t i = 0; parts[i]; i++)
        if (i % 2 == 0)
            text_add(&path, parts[i]);
        else
            add_segment(&path, parts[i]);
    return text_take(&path);
}

rest_call *call_new(const rest_operation *spec, const call_setup *setup, json_t *request,
                    const char *const *path)
{
    drukbox_client *client = setup->client;
    const call_frame_setup frame = {.core = client ? &client->core : NULL,
                                    .null_message =
                                        "the client is NULL; check what drukbox_client_open() returned",
                                    .call = setup->call,
                                    .call_in_options = setup->call_in_options,
                                    .fault = setup->fault,
                                    .default_timeout_ms = BOXD_NO_TIMEOUT,
                                    .sink = setup->sink};
    rest_call *c = call_frame_new(sizeof *c, &class, &frame);
    if (!c) {
        json_free_secret(request);
        return NULL;
    }
    c->operation = spec;
    c->client = client;
    c->thread_data.sent_before = BOXD_SENT_NO;
    c->request = request;
    if (call_error(c)->status != BOXD_OK)
        return c;
    c->path = join_path(path);
    if (!c->path)
        error_no_memory(call_error(c), "starting a call");
    return c;
}

void call_submit(rest_call *c)
{
    op_submit(&c->frame.op);
}

void call_start(const rest_operation *spec, const call_setup *setup, json_t *request, const char *const *path)
{
    rest_call *c = call_new(spec, setup, request, path);
    if (c)
        call_submit(c);
}

void call_wait(const rest_operation *spec, drukbox_client *client, const char *id, const char *what,
               const char *route, const drukbox_wait_options *options, sink result)
{
    enum { DEFAULT_TIMEOUT_MS = 600000, DEFAULT_INTERVAL_MS = 2000 };
    drukbox_wait_options opts;
    boxd_error fault = BOXD_ERROR_INIT;
    if (options_copy(&opts, OPTION_TYPE(drukbox_wait_options), options, &fault) == BOXD_OK)
        check_segment(id, what, &fault);
    if (fault.status == BOXD_OK && opts.interval_ms < 0)
        error_set(&fault, BOXD_ERR_INVALID_ARGUMENT,
                  "interval_ms is %lld; give milliseconds, or 0 for the default",
                  (long long)opts.interval_ms);
    if (opts.call.timeout_ms == 0)
        opts.call.timeout_ms = DEFAULT_TIMEOUT_MS;
    const call_setup setup = {client, &opts.call, true, &fault, result};
    rest_call *c = call_new(spec, &setup, NULL, PATH(route, id));
    if (!c)
        return;
    c->interval_ms = opts.interval_ms ? opts.interval_ms : DEFAULT_INTERVAL_MS;
    call_submit(c);
}

boxd_status check_segment(const char *segment, const char *what, boxd_error *error)
{
    if (!segment || !*segment)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "the %s is %s; give the value from the record",
                         what, segment ? "empty" : "NULL");
    if (strcmp(segment, ".") == 0 || strcmp(segment, "..") == 0)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT, "\"%s\" is not a valid %s", segment, what);
    return BOXD_OK;
}

/* ---- bodies ---- */

json_t *body_new(boxd_error *error)
{
    json_t *body = json_object();
    if (!body)
        error_no_memory(error, "writing a request");
    return body;
}

void body_value(json_t *body, const char *key, json_t *value, boxd_error *error)
{
    if (error->status != BOXD_OK)
        json_free_secret(value);
    else if (json_object_set_new(body, key, value) != 0)
        error_no_memory(error, "writing a request");
}

static void put_text(json_t *body, const char *key, const char *value, const char *what, boxd_error *error)
{
    if (error->status == BOXD_OK && !utf8_is_valid(value, strlen(value)))
        error_set(error, BOXD_ERR_INVALID_ARGUMENT, "%s is not valid UTF-8 and cannot be sent", what);
    if (error->status == BOXD_OK)
        body_value(body, key, json_string_nocheck(value), error);
}

void body_text(json_t *body, const char *key, const char *value, const char *what, boxd_error *error)
{
    if (value)
        put_text(body, key, value, what, error);
}

static void put_word(json_t *object, const char *word, const char *what, boxd_error *error)
{
    const char *equals = strchr(word, '=');
    if (!equals || equals == word) {
        error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                  "an entry of %s has no name before a \"=\"; give \"name=value\"", what);
        return;
    }
    char *name = mem_strndup(word, (size_t)(equals - word));
    if (!name)
        error_no_memory(error, "writing a request");
    else if (!utf8_is_valid(name, strlen(name)))
        error_set(error, BOXD_ERR_INVALID_ARGUMENT, "a name in %s is not valid UTF-8 and cannot be sent",
                  what);
    else
        put_text(object, name, equals + 1, what, error);
    mem_free(name);
}

void body_words(json_t *body, const char *key, const char *const *words, const char *what, boxd_error *error)
{
    if (!words)
        return;
    json_t *object = body_new(error);
    for (; *words && error->status == BOXD_OK; words++)
        put_word(object, *words, what, error);
    body_value(body, key, object, error);
}

void body_time(json_t *body, const char *key, int64_t ms, boxd_error *error)
{
    char written[ISO_TIME_SIZE];
    if (ms == 0)
        return;
    if (iso_time_write(ms, written))
        body_text(body, key, written, key, error);
    else
        error_set(error, BOXD_ERR_INVALID_ARGUMENT, "%s_ms is %lld; give a time in the years 1 to 9999", key,
                  (long long)ms);
}
