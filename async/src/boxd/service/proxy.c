/* proxy.c: proxies: HTTPS routes to ports of a box. Called on any thread; replies are mapped on the core
 * thread. */
#include "boxd/client/box.h"
#include "boxd/client/box_names.h"
#include "boxd/client/number.h"
#include "boxd/client/unary.h"
#include "names.h"

#include <boxd/aio/proxy.h>

#include <stdio.h>

RESULT_TYPE(RESULT_PROXY, boxd_proxy_cb, record_free);
RESULT_TYPE(RESULT_PROXIES, boxd_proxies_cb, record_free);

void boxd_proxy_free(boxd_proxy *proxy)
{
    record_free(proxy);
}

void boxd_proxies_free(boxd_proxies *proxies)
{
    record_free(proxies);
}

static void fill_created(record *r, void *to, const void *from)
{
    boxd_proxy *proxy = to;
    const BoxdPb__CreateProxyResponse *made = from;
    proxy->name = record_text(r, made->name);
    proxy->box_name = record_text(r, made->vm_name);
    proxy->domain = record_text(r, made->domain);
    proxy->port = made->port;
}

static void fill_listed(record *r, void *to, const void *from)
{
    boxd_proxy *proxy = to;
    const BoxdPb__ProxyInfo *info = from;
    proxy->name = record_text(r, info->name);
    proxy->box_id = record_text(r, info->vm_id);
    proxy->box_name = record_text(r, info->vm_name);
    proxy->domain = record_text(r, info->domain);
    proxy->port_mode = record_text(r, info->port_mode);
    proxy->port_display = record_text(r, info->port_display);
    proxy->port = info->port ? info->port : info->effective_port;
    proxy->is_default = info->is_default;
}

/* Service 0.1 reads the box from the field `vm_name`, service 0.2 from `vm`. */
static const unary_operation CREATE = {
    OPERATION_METHOD("CreateProxy", false), .makes = "proxy",    .shown_by = "boxd_proxy_list()",
    OPERATION_MESSAGES(create_proxy),       .box_name = 2,       .box_vm = 4,
    .record_size = sizeof(boxd_proxy),      .fill = fill_created};
static const unary_operation LIST = {OPERATION_METHOD("ListProxies", true),
                                     OPERATION_MESSAGES(list_proxies),
                                     .box_name = 1,
                                     .box_vm = 2,
                                     .item_size = sizeof(boxd_proxy),
                                     .fill = fill_listed};
static const unary_operation SET_PORT = {OPERATION_METHOD("SetProxyPort", false),
                                         OPERATION_MESSAGES(set_proxy_port), .box_name = 2, .box_vm = 4};
static const unary_operation DELETE = {OPERATION_METHOD("DeleteProxy", false),
                                       OPERATION_MESSAGES(delete_proxy), .box_name = 2, .box_vm = 3};

void boxd_aio_proxy_create(boxd_box *box, const char *name, uint32_t port, const boxd_call_options *call,
                           boxd_proxy_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__CreateProxyRequest message = BOXD_PB__CREATE_PROXY_REQUEST__INIT;
    message.name = wire_text(name);
    message.port = port;
    if (name_check_label(name, "the proxy's name", &error) == BOXD_OK)
        number_check_port(port, "the port of the proxy", &error);
    unary_submit(&CREATE,
                 &(request_setup){.box = box,
                                  .kind = "proxy",
                                  .name = name,
                                  .link = " of ",
                                  .other = box_subject(box),
                                  .call = call,
                                  .fault = &error,
                                  .sink = SINK(RESULT_PROXY, callback, user_data)},
                 NULL, &message.base);
}

void boxd_aio_proxy_list(boxd_box *box, const boxd_call_options *call, boxd_proxies_cb callback,
                         void *user_data)
{
    unary_submit_empty(&LIST, NULL, box, call, SINK(RESULT_PROXIES, callback, user_data));
}

void boxd_aio_proxy_set_port(boxd_box *box, const char *name, uint32_t port, const boxd_call_options *call,
                             boxd_done_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__SetProxyPortRequest message = BOXD_PB__SET_PROXY_PORT_REQUEST__INIT;
    char text[16];
    const bool automatic = port == 0 && !*wire_text(name);
    message.name = wire_text(name);
    message.port = text;
    (void)snprintf(text, sizeof text, automatic ? "auto" : "%lu", (unsigned long)port);
    if (!automatic)
        number_check_port(port, "the port of the proxy", &error);
    unary_submit(&SET_PORT,
                 &(request_setup){.box = box,
                                  .kind = "proxy",
                                  .name = *message.name ? name : "(default)",
                                  .link = " of ",
                                  .other = box_subject(box),
                                  .call = call,
                                  .fault = &error,
                                  .sink = SINK(RESULT_DONE, callback, user_data)},
                 NULL, &message.base);
}

void boxd_aio_proxy_delete(boxd_box *box, const char *name, const boxd_call_options *call,
                           boxd_done_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__DeleteProxyRequest message = BOXD_PB__DELETE_PROXY_REQUEST__INIT;
    message.name = wire_text(name);
    name_check_given(name, "the proxy's name",
                     "give one that boxd_proxy_list() shows; the default one cannot be deleted", &error);
    unary_submit(&DELETE,
                 &(request_setup){.box = box,
                                  .kind = "proxy",
                                  .name = name,
                                  .link = " of ",
                                  .other = box_subject(box),
                                  .call = call,
                                  .fault = &error,
                                  .sink = SINK(RESULT_DONE, callback, user_data)},
                 NULL, &message.base);
}
