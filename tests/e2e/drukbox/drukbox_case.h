/*
 * drukbox_case.h: shared by all Drukbox tests: a client, a surface, and functions that call each
 * operation on every surface. The program starts the emulator once; each test runs in a process of its
 * own (Check forks), once for each surface.
 */
#ifndef E2E_DRUKBOX_CASE_H
#define E2E_DRUKBOX_CASE_H

#include "e2e.h"

#include <drukbox/aio.h>
#include <drukbox/drukbox.h>

#include <stdatomic.h>

typedef enum drukbox_surface {
    DRUKBOX_SYNC,
    DRUKBOX_CALLBACKS, /* callbacks on the client's thread */
    DRUKBOX_EPOLL,     /* manual dispatch when the descriptor is readable */
    DRUKBOX_SURFACES
} drukbox_surface;

extern drukbox_surface on_surface; /* the surface of the running test */
extern drukbox_client *client;     /* the client of the running test */
extern const char *const surface_names[];

#define TEST_TOKEN "test-token-0123456789"

/* Starts the running test on the surface of index `i`, with a client of the emulator. The URL and the token
 * of `options` may be NULL. */
void drukbox_open(int i, const drukbox_client_options *options);

/* The same without a client, for a test that opens its own client. */
void drukbox_on(int i);

/* Opens another client for the same surface. Ends the test on failure. */
drukbox_client *drukbox_open_another(const drukbox_client_options *options);

/* Opens a client of a server of the test, "http://127.0.0.1:PORT". */
drukbox_client *drukbox_open_port(int port, int64_t timeout_ms);

/* Closes a client as its surface does: blocking, or with a callback. */
void drukbox_close(drukbox_client *c);

/* The options for every call of the running test from now on; NULL: none. */
extern const boxd_call_options *call_options;

/* All operations, by kind of result. X(result type, name, parameters, arguments) */
#define DRUKBOX_RESULTS(X)                                                                                   \
    X(drukbox_host, host_create, (const drukbox_host_create_options *options, boxd_error *error), (options)) \
    X(drukbox_host, host_get, (const char *id, boxd_error *error), (id, call_options))                       \
    X(drukbox_host, host_wait_until_active,                                                                  \
      (const char *id, const drukbox_wait_options *options, boxd_error *error), (id, options))               \
    X(drukbox_host, host_attach, (const char *id, boxd_error *error), (id, call_options))                    \
    X(drukbox_hosts, host_list, (boxd_error * error), (call_options))                                        \
    X(drukbox_host, host_renew,                                                                              \
      (const char *id, const drukbox_host_renew_options *options, boxd_error *error), (id, options))         \
    X(drukbox_doctor_report, client_doctor, (boxd_error * error), (call_options))                            \
    X(drukbox_http_proxy, http_proxy_create,                                                                 \
      (const char *name, const char *target, const char *const *headers, boxd_error *error),                 \
      (name, target, headers, call_options))                                                                 \
    X(drukbox_http_proxy_attachment, http_proxy_attach,                                                      \
      (const char *name, const char *host_id, boxd_error *error), (name, host_id, call_options))             \
    X(drukbox_template, template_create,                                                                     \
      (const char *script, const drukbox_template_create_options *options, boxd_error *error),               \
      (script, options))                                                                                     \
    X(drukbox_template, template_get, (const char *id, boxd_error *error), (id, call_options))               \
    X(drukbox_template, template_wait_until_available,                                                       \
      (const char *id, const drukbox_wait_options *options, boxd_error *error), (id, options))               \
    X(drukbox_templates, template_list, (boxd_error * error), (call_options))                                \
    X(drukbox_service_account, service_account_create, (const char *name, boxd_error *error),                \
      (name, call_options))

#define DRUKBOX_STATUSES(X)                                                                                  \
    X(host_delete, (const char *id, boxd_error *error), (id, call_options))                                  \
    X(host_refresh_secret, (const char *id, const char *service, boxd_error *error),                         \
      (id, service, call_options))                                                                           \
    X(http_proxy_delete, (const char *name, boxd_error *error), (name, call_options))                        \
    X(http_proxy_detach, (const char *name, const char *host_id, boxd_error *error),                         \
      (name, host_id, call_options))                                                                         \
    X(template_delete, (const char *id, boxd_error *error), (id, call_options))                              \
    X(service_account_remove, (const char *name, boxd_error *error), (name, call_options))

/* try_host_get(id, &error) and so on: on the surface and client of the running test. Each function checks
 * that its callback ran once, if there is a callback, and that either the result or the error is set. */
#define DECLARE_RESULT(type, name, parameters, arguments) type *try_##name parameters;
#define DECLARE_STATUS(name, parameters, arguments) boxd_status try_##name parameters;
DRUKBOX_RESULTS(DECLARE_RESULT)
DRUKBOX_STATUSES(DECLARE_STATUS)
#undef DECLARE_RESULT
#undef DECLARE_STATUS

/* A callback that a test waits for. */
typedef struct outcome {
    atomic_int calls;
    void *result;
    boxd_error error;
} outcome;

/* The body of a callback: marks it as called. */
void outcome_set(outcome *o, void *result, const boxd_error *error);

/* A boxd_done_cb that marks the callback as called. */
void outcome_on_done(boxd_status status, const boxd_error *error, void *o);

/* Dispatches callbacks of `c` until that callback was called. */
void outcome_wait(drukbox_client *c, outcome *o);

/* A host for the test, made by the emulator. Ends the test on failure. */
drukbox_host *drukbox_make_host(void);

/* A test that runs on every surface. */
void drukbox_add(Suite *suite, const TTest *test);

/* The same, only for the surfaces with callbacks. */
void drukbox_add_async(Suite *suite, const TTest *test);

/* Runs `suite` against an emulator with `options` in addition to the token. Returns the exit status of the
 * program. */
int drukbox_main(Suite *suite, const char *const *options);

#endif
