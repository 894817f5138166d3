/* A deadline covers: waiting for a slot, connecting, the exchange of a key, the answer, a transfer. The
 * error says when nothing was sent. */
#include "e2e.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static boxd_call_options soon(void)
{
    return (boxd_call_options){.size = sizeof(boxd_call_options), .timeout_ms = 250};
}

START_TEST(answer)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    boxd_call_options call = soon();
    emulator_fault(&emulator, "{\"rpc\":\"StopVm\",\"hang\":true,\"count\":1}");
    ck_assert_int_eq((int)on->box_stop(box, &call, &error), (int)BOXD_ERR_TIMEOUT);
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "StopVm of box \"");
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "; it may have been sent");
    ck_assert_int_ne((int)error.sent, (int)BOXD_SENT_NO);
    ck_assert(!error.retryable);
    emulator_clear_faults(&emulator);
    boxd_exec_options options = BOXD_EXEC_OPTIONS_INIT;
    options.call.timeout_ms = 250;
    ck_assert_ptr_null(on->box_exec(box, BOXD_ARGV("sleep", "1000"), &options, &error));
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "the command in box \"");
    options.call.timeout_ms = 60000; /* a deadline that does not pass */
    boxd_exec_result *result = on->box_exec(box, BOXD_ARGV("true"), &options, &error);
    e2e_ok(result, error);
    boxd_exec_result_free(result);
    call.timeout_ms = -2;
    ck_assert_ptr_null(on->box_list(compute, &call, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "timeout_ms is -2");
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(exchange)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_call_options call = soon();
    emulator_fault(&emulator, "{\"http\":\"exchange\",\"hang\":true,\"count\":1}");
    ck_assert_ptr_null(on->compute_whoami(compute, &call, &error));
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "before it was sent");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    emulator_clear_faults(&emulator);
    e2e_close();
}
END_TEST

/* ---- connecting ---- */

/* A port whose connections are never established, because its accept queue is full. */
typedef struct blackhole {
    int listener, waiting[8];
    char target[64];
} blackhole;

static void blackhole_open(blackhole *b)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    b->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(bind(b->listener, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(b->listener, 0), 0);
    ck_assert_int_eq(getsockname(b->listener, (struct sockaddr *)&address, &size), 0);
    for (size_t i = 0; i < COUNT(b->waiting); i++) {
        b->waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)connect(b->waiting[i], (struct sockaddr *)&address, size);
    }
    (void)snprintf(b->target, sizeof b->target, "http://127.0.0.1:%d", ntohs(address.sin_port));
}

static void blackhole_close(blackhole *b)
{
    for (size_t i = 0; i < COUNT(b->waiting); i++)
        close(b->waiting[i]);
    close(b->listener);
}

START_TEST(connecting)
{
    blackhole b;
    char token[1024];
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_call_options call = soon();
    emulator_token(&emulator, token, sizeof token);
    blackhole_open(&b);
    e2e_open(_i, BOXD_OPTIONS(boxd_compute_options, .api_url = b.target, .token = token));
    ck_assert_ptr_null(on->compute_whoami(compute, &call, &error));
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "250 ms");
    ck_assert_int_ne((int)error.sent, (int)BOXD_SENT_YES);
    e2e_close();
    error = (boxd_error)BOXD_ERROR_INIT;
    e2e_open(_i, BOXD_OPTIONS(boxd_compute_options, .exchange_url = b.target, .api_key = emulator.api_key));
    ck_assert_ptr_null(on->compute_whoami(compute, &call, &error));
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "250 ms");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    e2e_close();
    blackhole_close(&b);
}
END_TEST

/* ---- a transfer that comes to a standstill ---- */

START_TEST(transfer)
{
    enum { SIZE = 3000000 };
    static char bytes[SIZE];
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_options exec = {.size = sizeof exec, .call = soon()};
    boxd_file_options file = {.size = sizeof file, .call = soon()};
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    e2e_ok(on->box_write_file(box, "there", bytes, SIZE, NULL, &error) == BOXD_OK, error);
    emulator_fault(&emulator, "{\"rpc\":\"DownloadFileStream\",\"hang\":true,\"count\":1}");
    ck_assert_ptr_null(on->box_read_file(box, "there", &file, &error));
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "250 ms");
    emulator_fault(&emulator, "{\"rpc\":\"UploadFileStream\",\"hang\":true,\"count\":1}");
    ck_assert_int_eq((int)on->box_write_file(box, "x", bytes, SIZE, &file, &error), (int)BOXD_ERR_TIMEOUT);
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "250 ms");
    emulator_clear_faults(&emulator);
    ck_assert_ptr_null(on->box_exec_shell(box, "head -c 100000 /dev/zero; sleep 1000", &exec, &error));
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "250 ms");
    e2e_drop(box);
    e2e_close();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("deadlines");
    e2e_add(suite, answer);
    e2e_add(suite, exchange);
    e2e_add(suite, connecting);
    e2e_add(suite, transfer);
    return e2e_main(suite, NULL);
}
