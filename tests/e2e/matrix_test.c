/*
 * Rules for every operation: its end when the service refuses it, when it is cancelled or late, when its
 * handles are NULL or its client is closed, and inside a callback. The operations are the rows of
 * matrix.h.
 */
#include "e2e.h"
#include "matrix.h"

#include <pthread.h>
#include <stdio.h>

static boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
static subjects all;
static bool single; /* --single: one call on a connection, and one in flight */

/* Reads are not repeated here: each fault is seen. */
static void open_matrix(int i)
{
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    options.read_retries = -1;
    options.max_streams_per_connection = options.max_calls_in_flight = single;
    e2e_open(i, &options);
    matrix_open(&all, compute, &call);
}

static void close_matrix(void)
{
    emulator_clear_faults(&emulator);
    matrix_close(&all);
    if (single) /* every call released its capacity */
        ck_assert_int_le(e2e_connections(), 2);
    e2e_close();
}

static void inject(const matrix_row *row, const char *what, int count)
{
    char fault[160];
    (void)snprintf(fault, sizeof fault, "{\"rpc\":\"%s\",%s,\"count\":%d}", row->rpc, what, count);
    emulator_fault(&emulator, fault);
}

/* ---- refusals ---- */

static const struct {
    int code;
    boxd_status status, class;
} codes[] = {
    {1, BOXD_ERR_FAILED, BOXD_ERR_FAILED},
    {2, BOXD_ERR_INTERNAL, BOXD_ERR_INTERNAL},
    {3, BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_INVALID_ARGUMENT},
    {4, BOXD_ERR_TIMEOUT, BOXD_ERR_TIMEOUT},
    {5, BOXD_ERR_NOT_FOUND, BOXD_ERR_NOT_FOUND},
    {6, BOXD_ERR_ALREADY_EXISTS, BOXD_ERR_INVALID_ARGUMENT},
    {7, BOXD_ERR_PERMISSION_DENIED, BOXD_ERR_AUTHENTICATION},
    {8, BOXD_ERR_QUOTA, BOXD_ERR_QUOTA},
    {9, BOXD_ERR_FAILED_PRECONDITION, BOXD_ERR_FAILED},
    {10, BOXD_ERR_FAILED, BOXD_ERR_FAILED},
    {11, BOXD_ERR_FAILED, BOXD_ERR_FAILED},
    {12, BOXD_ERR_UNSUPPORTED, BOXD_ERR_FAILED},
    {13, BOXD_ERR_INTERNAL, BOXD_ERR_INTERNAL},
    {14, BOXD_ERR_CONNECTION, BOXD_ERR_CONNECTION},
    {15, BOXD_ERR_FAILED, BOXD_ERR_FAILED},
    {16, BOXD_ERR_AUTHENTICATION, BOXD_ERR_AUTHENTICATION},
};

static void refuse(const matrix_row *row, size_t k)
{
    char what[64];
    boxd_error error = BOXD_ERROR_INIT;
    (void)snprintf(what, sizeof what, "\"code\":%d,\"message\":\"because of %d\"", codes[k].code,
                   codes[k].code);
    inject(row, what, codes[k].code == 16 ? 2 : 1); /* a new token is tried first */
    boxd_status status = row->run(&all, &error);
    ck_assert_msg(status == codes[k].status && error.status == status, "%s, code %d: wanted %s, got %s: %s",
                  row->function, codes[k].code, boxd_status_name(codes[k].status), boxd_status_name(status),
                  error.message);
    ck_assert_msg(error.grpc_code == codes[k].code, "%s, code %d: grpc_code is %d", row->function,
                  codes[k].code, error.grpc_code);
    ck_assert_int_eq((int)boxd_status_class(status), (int)codes[k].class);
    ck_assert_msg(strstr(error.message, row->rpc), "%s: no %s in: %s", row->function, row->rpc,
                  error.message);
    emulator_clear_faults(&emulator);
}

START_TEST(refusals)
{
    open_matrix(_i);
    for (size_t i = 0; i < matrix_count; i++)
        for (size_t k = 0; k < COUNT(codes); k++)
            if (!(matrix[i].skip & SKIP(codes[k].code)))
                refuse(&matrix[i], k);
    close_matrix();
}
END_TEST

/* ---- answers that are lost ---- */

/* What the operations make, and how it is found. */
static const struct {
    const char *function, *made, *shown_by;
    /* The answer must have an id. */
    bool handle;
} creates[] = {
    {"boxd_box_create", "the box", "boxd_box_list()", true},
    {"boxd_box_fork", "the box", "boxd_box_list()", true},
    {"boxd_template_create_box", "the box", "boxd_box_list()", true},
    {"boxd_snapshot_create_box", "the box", "boxd_box_list()", true},
    {"boxd_proxy_create", "the proxy", "boxd_proxy_list()", false},
    {"boxd_network_create", "the network \"matrix\"", "boxd_network_list()", false},
    {"boxd_token_create", "the token", "boxd_token_list()", false},
    {"boxd_api_key_create", "the API key", "boxd_api_key_list()", false},
    {"boxd_disk_create", "the disk", "boxd_disk_list()", true},
    {"boxd_template_create", "the template", "boxd_template_list()", true},
    {"boxd_snapshot_create", "the snapshot", "boxd_snapshot_list()", true},
    {"boxd_checkpoint_create", "the checkpoint", "boxd_checkpoint_list()", false},
};

#define EMPTY_REPLY "\"reply\":\"\""

/* A fault, and what is known about the object then; NULL: it was refused. */
static const struct {
    const char *fault;
    boxd_status status;
    const char *what;
} losses[] = {
    {EMPTY_REPLY, BOXD_ERR_PROTOCOL, "may exist"},        {"\"code\":13", BOXD_ERR_INTERNAL, "may exist"},
    {"\"close\":true", BOXD_ERR_CONNECTION, "may exist"}, {"\"code\":8", BOXD_ERR_QUOTA, NULL},
    {"\"code\":6", BOXD_ERR_ALREADY_EXISTS, NULL},
};

static const matrix_row *find_row(const char *function)
{
    size_t i = 0;
    while (i < matrix_count && strcmp(matrix[i].function, function) != 0)
        i++;
    ck_assert_msg(i < matrix_count, "%s is no row", function);
    return &matrix[i];
}

/* Newer gRPC may start a call on the connection that was just lost; the clients of this test repeat no read.
 */
static void reconnect(void)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_identity *who = NULL;
    for (int i = 0; i < 100 && !who; i++)
        who = on->compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    boxd_identity_free(who);
}

static void lose(size_t create, size_t loss)
{
    char wanted[96];
    boxd_error error = BOXD_ERROR_INIT;
    const matrix_row *row = find_row(creates[create].function);
    (void)snprintf(wanted, sizeof wanted, "; %s %s: %s shows it", creates[create].made, losses[loss].what,
                   creates[create].shown_by);
    inject(row, losses[loss].fault, 1);
    const boxd_status status = row->run(&all, &error);
    ck_assert_msg(status == losses[loss].status, "%s, %s: %s", row->function, losses[loss].fault,
                  error.message);
    if (losses[loss].what)
        ck_assert_msg(strstr(error.message, wanted), "%s: no \"%s\" in: %s", row->function, wanted,
                      error.message);
    else
        ck_assert_msg(!strstr(error.message, creates[create].shown_by), "%s: %s", row->function,
                      error.message);
    emulator_clear_faults(&emulator);
    if (status == BOXD_ERR_CONNECTION)
        reconnect();
}

static bool ends_with(const char *text, const char *end)
{
    const size_t size = strlen(text), end_size = strlen(end);
    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

/* boxd_box_get_or_create() looks for its box itself. */
static bool is_create(const char *function)
{
    return strcmp(function, "boxd_box_get_or_create") != 0 &&
           (ends_with(function, "_create") || ends_with(function, "_fork") ||
            ends_with(function, "_create_box"));
}

/* Each operation that makes an object is a row of `creates`. */
static void expect_all_creates(void)
{
    for (size_t i = 0; i < matrix_count; i++) {
        size_t k = 0;
        while (k < COUNT(creates) && strcmp(creates[k].function, matrix[i].function) != 0)
            k++;
        ck_assert_msg(k < COUNT(creates) || !is_create(matrix[i].function), "%s is no row of creates",
                      matrix[i].function);
    }
}

/* The id was in the answer: the message says how to find the object. */
START_TEST(lost_answers_of_creates)
{
    expect_all_creates();
    open_matrix(_i);
    for (size_t i = 0; i < COUNT(creates); i++)
        for (size_t k = 0; k < COUNT(losses); k++)
            if (creates[i].handle || strcmp(losses[k].fault, EMPTY_REPLY) != 0)
                lose(i, k);
    close_matrix();
}
END_TEST

/* A box that is known by name only is looked up first, then the call is sent. */
START_TEST(box_by_name)
{
    open_matrix(_i);
    for (size_t i = 0; i < matrix_count; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        subjects named = all;
        if (matrix[i].skip & SKIP(9) || strcmp(matrix[i].rpc, "GetVm") == 0)
            continue;
        named.box = boxd_box_from_name(compute, "matrix", &error);
        e2e_ok(named.box, error);
        inject(&matrix[i], "\"code\":9,\"message\":\"seen\"", 1);
        ck_assert_msg(matrix[i].run(&named, &error) == BOXD_ERR_FAILED_PRECONDITION, "%s: %s",
                      matrix[i].function, error.message);
        ck_assert_int_eq(emulator_faults_left(&emulator), 0);
        boxd_box_free(named.box);
        named.box = boxd_box_from_name(compute, "none-such", &error);
        const boxd_status status = matrix[i].run(&named, &error);
        if (status == BOXD_ERR_NOT_FOUND && strstr(error.message, "none-such"))
            ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
        boxd_box_free(named.box);
        emulator_clear_faults(&emulator);
    }
    close_matrix();
}
END_TEST

/* ---- stops ---- */

START_TEST(deadlines)
{
    open_matrix(_i);
    call.timeout_ms = 40;
    for (size_t i = 0; i < matrix_count; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        inject(&matrix[i], "\"hang\":true", 1);
        boxd_status status = matrix[i].run(&all, &error);
        ck_assert_msg(status == BOXD_ERR_TIMEOUT, "%s: %s: %s", matrix[i].function, boxd_status_name(status),
                      error.message);
        ck_assert_msg(strstr(error.message, "40 ms"), "%s: %s", matrix[i].function, error.message);
        emulator_clear_faults(&emulator);
    }
    call.timeout_ms = 0;
    close_matrix();
}
END_TEST

START_TEST(cancelled_before)
{
    open_matrix(_i);
    call.cancel = boxd_cancel_token_new();
    boxd_cancel_token_cancel(call.cancel);
    for (size_t i = 0; i < matrix_count; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        free(emulator_control(&emulator, "DELETE", "log", NULL));
        ck_assert_msg(matrix[i].run(&all, &error) == BOXD_ERR_CANCELLED, "%s: %s", matrix[i].function,
                      error.message);
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
        ck_assert_int_eq(emulator_count_calls(&emulator, matrix[i].rpc, 0), 0);
    }
    boxd_cancel_token_free(call.cancel);
    call.cancel = NULL;
    close_matrix();
}
END_TEST

/* Fires the token once the server has the call. */
static void *cancel_when_sent(void *token)
{
    while (emulator_faults_left(&emulator) > 0)
        continue;
    boxd_cancel_token_cancel(token);
    return NULL;
}

START_TEST(cancelled_after)
{
    open_matrix(_i);
    for (size_t i = 0; i < matrix_count; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        pthread_t thread;
        call.cancel = boxd_cancel_token_new();
        inject(&matrix[i], "\"hang\":true", 1);
        pthread_create(&thread, NULL, cancel_when_sent, call.cancel);
        boxd_status status = matrix[i].run(&all, &error);
        pthread_join(thread, NULL);
        ck_assert_msg(status == BOXD_ERR_CANCELLED, "%s: %s: %s", matrix[i].function,
                      boxd_status_name(status), error.message);
        boxd_cancel_token_free(call.cancel);
        emulator_clear_faults(&emulator);
    }
    call.cancel = NULL;
    close_matrix();
}
END_TEST

/* ---- handles that cannot be used ---- */

START_TEST(null_handles)
{
    e2e_open(_i, NULL);
    const subjects none = {.call = &call};
    for (size_t i = 0; i < matrix_count; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_msg(matrix[i].run(&none, &error) == BOXD_ERR_INVALID_ARGUMENT, "%s: %s", matrix[i].function,
                      error.message);
        e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "NULL");
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    }
    e2e_close();
}
END_TEST

START_TEST(closed_client)
{
    open_matrix(_i);
    boxd_compute *kept = boxd_compute_ref(compute);
    boxd_box_destroy(all.box, NULL, NULL);
    ck_assert_int_eq((int)on->close(compute), (int)BOXD_OK);
    compute = NULL;
    for (size_t i = 0; i < matrix_count; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_msg(matrix[i].run(&all, &error) == BOXD_ERR_CLOSED, "%s: %s", matrix[i].function,
                      error.message);
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    }
    ck_assert_int_eq((int)boxd_compute_close(kept), (int)BOXD_OK);
    matrix_close(&all); /* handles outlive their client */
    e2e_close();
}
END_TEST

/* ---- no blocking inside a callback ---- */

static void block_inside(boxd_identity *who, const boxd_error *error, void *user)
{
    e2e_ok(who, *error);
    boxd_identity_free(who);
    ck_assert(boxd_aio_in_callback());
    for (size_t i = 0; i < matrix_count; i++) {
        boxd_error refused = BOXD_ERROR_INIT;
        matrix[i].run(&all, &refused);
        e2e_would_deadlock(&refused, matrix[i].function);
    }
    ck_assert_uint_eq(boxd_aio_compute_dispatch(compute, 0), 0);
    callbacks_count(user);
}

START_TEST(would_deadlock)
{
    open_matrix(_i);
    atomic_int done = 0;
    ck_assert(!boxd_aio_in_callback());
    const surface *asked = on;
    on = &SURFACES[SURFACE_SYNC]; /* the rows must call the blocking functions */
    boxd_aio_compute_whoami(compute, NULL, block_inside, &done);
    callbacks_wait(&done, 1);
    on = asked;
    close_matrix();
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--list-blocking") == 0) {
        for (size_t i = 0; i < matrix_count; i++)
            puts(matrix[i].function);
        return 0;
    }
    single = argc > 1 && strcmp(argv[1], "--single") == 0;
    Suite *suite = suite_create("matrix");
    e2e_add(suite, refusals);
    e2e_add(suite, lost_answers_of_creates);
    e2e_add(suite, box_by_name);
    e2e_add(suite, deadlines);
    e2e_add(suite, cancelled_before);
    e2e_add(suite, cancelled_after);
    e2e_add(suite, null_handles);
    e2e_add(suite, closed_client);
    e2e_add(suite, would_deadlock);
    return e2e_main(suite, NULL);
}
