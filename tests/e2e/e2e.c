/* The main function and the helpers of every end-to-end test program. */
#include "e2e.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

emulator_process emulator;
const surface *on;
boxd_compute *compute;
const char *e2e_generation = "both";

boxd_compute *e2e_open_another(const boxd_compute_options *options)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute_options own = BOXD_COMPUTE_OPTIONS_INIT;
    if (options)
        own = *options;
    own.dispatch = on->dispatch;
    boxd_compute *opened = boxd_compute_open(&own, &error);
    e2e_ok(opened, error);
    callbacks_attach(opened, on->callbacks);
    return opened;
}

void e2e_open(int i, const boxd_compute_options *options)
{
    on = &SURFACES[i];
    compute = e2e_open_another(options);
}

boxd_compute *e2e_open_own(int i, emulator_process *own, const char *const *options)
{
    boxd_compute_options client = BOXD_COMPUTE_OPTIONS_INIT;
    emulator_start(own, options);
    on = &SURFACES[i];
    client.api_url = own->api_url;
    client.exchange_url = own->exchange_url;
    client.api_key = own->api_key;
    return e2e_open_another(&client);
}

void e2e_close(void)
{
    if (compute)
        ck_assert_int_eq((int)on->close(compute), (int)BOXD_OK);
    compute = NULL;
    callbacks_end();
    surface_check_callbacks();
}

boxd_box *e2e_box(void)
{
    static int made;
    char name[32];
    (void)snprintf(name, sizeof name, "t%d-%d", (int)getpid(), made++);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = on->box_create(compute, BOXD_OPTIONS(boxd_box_create_options, .name = name), &error);
    e2e_ok(box, error);
    return box;
}

void e2e_drop(boxd_box *box)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(on->box_destroy(box, NULL, &error) == BOXD_OK, error);
    boxd_box_free(box);
}

/* The port of the peer; -1: not a connected IP socket. */
static int peer_port(int fd)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;
    if (getpeername(fd, (struct sockaddr *)&address, &length) != 0)
        return -1;
    if (address.ss_family == AF_INET)
        return ntohs(((struct sockaddr_in *)&address)->sin_port);
    return address.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&address)->sin6_port) : -1;
}

int e2e_connections(void)
{
    const int port = atoi(strrchr(emulator.api_url, ':') + 1);
    int count = 0;
    DIR *descriptors = opendir("/proc/self/fd");
    ck_assert_ptr_nonnull(descriptors);
    for (struct dirent *entry; (entry = readdir(descriptors));)
        count += peer_port(atoi(entry->d_name)) == port;
    closedir(descriptors);
    return count;
}

boxd_exec_result *e2e_run(boxd_box *box, const char *line)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_exec_result *result = on->box_exec_shell(box, line, NULL, &error);
    e2e_ok(result, error);
    return result;
}

void e2e_do(boxd_box *box, const char *line)
{
    boxd_exec_result *result = e2e_run(box, line);
    ck_assert_msg(result->exit_code == 0, "%s: exit code %d: %s%s", line, result->exit_code, result->out.data,
                  result->err.data);
    boxd_exec_result_free(result);
}

void e2e_expect(const boxd_error *error, boxd_status status, const char *part)
{
    ck_assert_msg(error->status == status, "wanted %s, got %s: %s", boxd_status_name(status),
                  boxd_status_name(error->status), error->message);
    ck_assert_msg(strstr(error->message, part), "wanted \"%s\" in: %s", part, error->message);
}

void e2e_refused(boxd_status status, const boxd_error *error, const char *part)
{
    ck_assert_int_eq((int)status, (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_expect(error, BOXD_ERR_INVALID_ARGUMENT, part);
    ck_assert_int_eq((int)error->sent, (int)BOXD_SENT_NO);
}

void e2e_would_deadlock(const boxd_error *error, const char *function)
{
    char twin[96];
    (void)snprintf(twin, sizeof twin, "boxd_aio_%s()", function + strlen("boxd_"));
    e2e_expect(error, BOXD_ERR_WOULD_DEADLOCK, function);
    e2e_expect(error, BOXD_ERR_WOULD_DEADLOCK, twin);
}

bool e2e_list_blocking(int argc, char **argv, const char *const *functions, size_t count)
{
    const bool asked = argc > 1 && strcmp(argv[1], "--list-blocking") == 0;
    for (size_t i = 0; asked && i < count; i++)
        puts(functions[i]);
    return asked;
}

void e2e_take_generation(int argc, char **argv)
{
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "--generation") == 0)
            e2e_generation = argv[i + 1];
}

bool e2e_plays(const char *generation)
{
    return strcmp(e2e_generation, generation) == 0;
}

/* Each test has a case of its own, so that it is reported and limited by its own name. */
static TCase *case_of(Suite *suite, const TTest *test)
{
    TCase *tcase = tcase_create(test->name);
    tcase_set_timeout(tcase, 300);
    suite_add_tcase(suite, tcase);
    return tcase;
}

void e2e_add(Suite *suite, const TTest *test)
{
    tcase_add_loop_test(case_of(suite, test), test, 0, SURFACE_COUNT);
}

void e2e_add_manual(Suite *suite, const TTest *test)
{
    tcase_add_loop_test(case_of(suite, test), test, SURFACE_EPOLL, SURFACE_COUNT);
}

void e2e_add_pair(Suite *suite, const TTest *test)
{
    tcase_add_loop_test(case_of(suite, test), test, SURFACE_SYNC, SURFACE_CALLBACKS + 1);
}

void e2e_add_once(Suite *suite, const TTest *test)
{
    tcase_add_test(case_of(suite, test), test);
}

int e2e_main(Suite *suite, const char *const *options)
{
    emulator_start(&emulator, options);
    emulator_export(&emulator);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    emulator_stop(&emulator);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
