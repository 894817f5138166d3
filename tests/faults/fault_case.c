/* The server, the client and the box of the test programs of this folder. */
#include "fault_case.h"

#include <stdio.h>

fault_process fault_server;
boxd_box *fault_box;

void fault_open(const char *port)
{
    fault_open_at(&fault_server, port);
}

void fault_open_at(const fault_process *server, const char *port)
{
    char url[64];
    boxd_error error = BOXD_ERROR_INIT;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%d", fault_port_of(server, port));
    compute = e2e_open_another(
        BOXD_OPTIONS(boxd_compute_options, .api_url = url, .read_retries = -1, .token = FAULT_TOKEN));
    fault_box = strcmp(port, "plain") == 0 ? boxd_box_get(compute, "box", NULL, &error)
                                           : boxd_box_from_name(compute, FAULT_BOX_ID, &error);
    e2e_ok(fault_box, error);
}

void fault_close(void)
{
    boxd_box_free(fault_box);
    fault_box = NULL;
    e2e_close();
}

const boxd_call_options *fault_call(const char *behaviour, int64_t timeout_ms, boxd_cancel_token *cancel)
{
    static char header[128];
    static const char *const metadata[] = {header, NULL};
    static boxd_call_options options;
    (void)snprintf(header, sizeof header, "x-behaviour=%s", behaviour);
    options = (boxd_call_options){
        .size = sizeof options, .timeout_ms = timeout_ms, .cancel = cancel, .metadata = metadata};
    return &options;
}

/* Without the RPC to which the behaviour is restricted: so the server counts it. */
static const char *name_of(const char *behaviour)
{
    const char *slash = strchr(behaviour, '/');
    return slash ? slash + 1 : behaviour;
}

static int count_in(const char *answer)
{
    int count = -1;
    ck_assert_int_eq(sscanf(answer, "count %d", &count), 1);
    return count;
}

void fault_wait_started(const char *behaviour, int count)
{
    ck_assert_int_ge(count_in(fault_command(&fault_server, "wait started %s %d", name_of(behaviour), count)),
                     count);
}

void fault_wait_cancelled(const char *behaviour, int count)
{
    ck_assert_int_ge(
        count_in(fault_command(&fault_server, "wait cancelled %s %d", name_of(behaviour), count)), count);
}

int fault_started(const char *behaviour)
{
    return count_in(fault_command(&fault_server, "started %s", name_of(behaviour)));
}

int fault_cancelled(const char *behaviour)
{
    return count_in(fault_command(&fault_server, "cancelled %s", name_of(behaviour)));
}

void fault_release(const char *behaviour)
{
    fault_command(&fault_server, "release %s", name_of(behaviour));
}

int fault_main(Suite *suite)
{
    unsetenv("BOXD_API_KEY");
    fault_start(&fault_server, "server.py", NULL);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    fault_stop(&fault_server);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
