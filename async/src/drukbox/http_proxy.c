/* http_proxy.c: the HTTP proxies of Drukbox. Called on any thread; answers are read on the core thread. */
#include "drukbox/call.h"
#include "errors.h"
#include "names.h"

#include <drukbox/aio/http_proxy.h>

RESULT_TYPE(PROXY, drukbox_http_proxy_cb, record_free);
RESULT_TYPE(ATTACHMENT, drukbox_http_proxy_attachment_cb, record_free);

static const char *fill_proxy(record *r, void *made, const json_node *object)
{
    drukbox_http_proxy *proxy = made;
    proxy->name = json_text(r, object, "name");
    proxy->status = json_text(r, object, "status");
    return NULL;
}

static const char *fill_attachment(record *r, void *made, const json_node *object)
{
    drukbox_http_proxy_attachment *attachment = made;
    attachment->name = json_text(r, object, "name");
    attachment->host_id = json_text(r, object, "host_id");
    attachment->status = json_text(r, object, "status");
    return NULL;
}

void drukbox_http_proxy_free(drukbox_http_proxy *proxy)
{
    record_free(proxy);
}

void drukbox_http_proxy_attachment_free(drukbox_http_proxy_attachment *attachment)
{
    record_free(attachment);
}

static const rest_operation CREATE = {.method = "POST",
                                      .route = "POST /http-proxies",
                                      .expected = "a proxy record",
                                      .size = sizeof(drukbox_http_proxy),
                                      .fill = fill_proxy};

void drukbox_aio_http_proxy_create(drukbox_client *client, const char *name, const char *target,
                                   const char *const *headers, const boxd_call_options *call,
                                   drukbox_http_proxy_cb callback, void *user_data)
{
    boxd_error fault = BOXD_ERROR_INIT;
    json_t *body = body_new(&fault);
    if (!name || !target || !headers)
        error_set(&fault, BOXD_ERR_INVALID_ARGUMENT, "the proxy's %s is NULL; give one",
                  !name     ? "name"
                  : !target ? "target"
                            : "list of headers");
    body_text(body, "name", name, "the proxy's name", &fault);
    body_text(body, "target", target, "the proxy's target", &fault);
    body_words(body, "headers", headers, "the proxy's headers", &fault);
    const call_setup setup = {client, call, false, &fault, SINK(PROXY, callback, user_data)};
    call_start(&CREATE, &setup, body, PATH("/http-proxies"));
}

static const rest_operation DELETE = {
    .method = "DELETE", .route = "DELETE /http-proxies/{name}", .repeatable = true};

void drukbox_aio_http_proxy_delete(drukbox_client *client, const char *name, const boxd_call_options *call,
                                   boxd_done_cb callback, void *user_data)
{
    boxd_error fault = BOXD_ERROR_INIT;
    check_segment(name, "proxy's name", &fault);
    const call_setup setup = {client, call, false, &fault, SINK(RESULT_DONE, callback, user_data)};
    call_start(&DELETE, &setup, NULL, PATH("/http-proxies/", name));
}

static void check_pair(const char *name, const char *host_id, boxd_error *error)
{
    if (check_segment(name, "proxy's name", error) == BOXD_OK)
        check_segment(host_id, "host's id", error);
}

static const rest_operation ATTACH = {.method = "POST",
                                      .route = "POST /http-proxies/{name}/hosts/{host_id}",
                                      .expected = "an attachment record",
                                      .size = sizeof(drukbox_http_proxy_attachment),
                                      .fill = fill_attachment,
                                      .repeatable = true};

void drukbox_aio_http_proxy_attach(drukbox_client *client, const char *name, const char *host_id,
                                   const boxd_call_options *call, drukbox_http_proxy_attachment_cb callback,
                                   void *user_data)
{
    boxd_error fault = BOXD_ERROR_INIT;
    check_pair(name, host_id, &fault);
    const call_setup setup = {client, call, false, &fault, SINK(ATTACHMENT, callback, user_data)};
    call_start(&ATTACH, &setup, NULL, PATH("/http-proxies/", name, "/hosts/", host_id));
}

static const rest_operation DETACH = {
    .method = "DELETE", .route = "DELETE /http-proxies/{name}/hosts/{host_id}", .repeatable = true};

void drukbox_aio_http_proxy_detach(drukbox_client *client, const char *name, const char *host_id,
                                   const boxd_call_options *call, boxd_done_cb callback, void *user_data)
{
    boxd_error fault = BOXD_ERROR_INIT;
    check_pair(name, host_id, &fault);
    const call_setup setup = {client, call, false, &fault, SINK(RESULT_DONE, callback, user_data)};
    call_start(&DETACH, &setup, NULL, PATH("/http-proxies/", name, "/hosts/", host_id));
}
