/* service_account.c: the service accounts of Drukbox. Called on any thread; answers are read on the core
 * thread. */
#include "drukbox/call.h"
#include "names.h"

#include <drukbox/aio/service_account.h>

RESULT_TYPE(ACCOUNT, drukbox_service_account_cb, record_free_secret);

static const char *fill_account(record *r, void *made, const json_node *object)
{
    drukbox_service_account *account = made;
    account->name = json_text(r, object, "name");
    account->token = json_text(r, object, "token");
    return json_node_text(json_member(object, "token")) ? NULL : "token";
}

void drukbox_service_account_free(drukbox_service_account *account)
{
    record_free_secret(account);
}

static const rest_operation CREATE = {.method = "POST",
                                      .route = "POST /service-accounts",
                                      .expected = "a service account record",
                                      .size = sizeof(drukbox_service_account),
                                      .fill = fill_account};

void drukbox_aio_service_account_create(drukbox_client *client, const char *name,
                                        const boxd_call_options *call, drukbox_service_account_cb callback,
                                        void *user_data)
{
    boxd_error fault = BOXD_ERROR_INIT;
    json_t *body = body_new(&fault);
    name_check_given(name, "the service account's name", "give one", &fault);
    body_text(body, "name", name, "the service account's name", &fault);
    const call_setup setup = {client, call, false, &fault, SINK(ACCOUNT, callback, user_data)};
    call_start(&CREATE, &setup, body, PATH("/service-accounts"));
}

static const rest_operation REMOVE = {
    .method = "DELETE", .route = "DELETE /service-accounts/{name}", .repeatable = true};

void drukbox_aio_service_account_remove(drukbox_client *client, const char *name,
                                        const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    boxd_error fault = BOXD_ERROR_INIT;
    check_segment(name, "service account's name", &fault);
    const call_setup setup = {client, call, false, &fault, SINK(RESULT_DONE, callback, user_data)};
    call_start(&REMOVE, &setup, NULL, PATH("/service-accounts/", name));
}
