/* domain.c: domain names that lead to boxes, with the RPCs of service 0.1 or else those of service 0.2.
 * Called on any thread; replies are mapped on the core thread. */
#include "boxd/client/box.h"
#include "boxd/client/unary.h"
#include "boxd/service/box_info.h"
#include "names.h"

#include <boxd/aio/domain.h>

RESULT_TYPE(RESULT_DOMAINS, boxd_domains_cb, record_free);

void boxd_domains_free(boxd_domains *domains)
{
    record_free(domains);
}

static void fill_bound(record *r, void *to, const void *from)
{
    boxd_domain *domain = to;
    const BoxdPb__DomainInfo *info = from;
    domain->domain = record_text(r, info->domain);
    domain->box_id = record_text(r, info->vm_id);
}

/* ---- the requests of service 0.2, made of the domain ---- */

static bool make_add_request(const unary *u, grpc_slice *out)
{
    BoxdPb__AddCustomDomainRequest message = BOXD_PB__ADD_CUSTOM_DOMAIN_REQUEST__INIT;
    message.domain = u->key;
    return wire_pack(&message.base, out);
}

static bool make_remove_request(const unary *u, grpc_slice *out)
{
    BoxdPb__RemoveCustomDomainRequest message = BOXD_PB__REMOVE_CUSTOM_DOMAIN_REQUEST__INIT;
    message.domain = u->key;
    return wire_pack(&message.base, out);
}

static const unary_operation ADD_CUSTOM = {OPERATION_METHOD("AddCustomDomain", false),
                                           OPERATION_MESSAGES(add_custom_domain), .box_id = 1};
static const unary_operation LIST_CUSTOM = {OPERATION_METHOD("ListCustomDomains", true),
                                            OPERATION_MESSAGES(list_custom_domains),
                                            .item_size = sizeof(boxd_domain), .fill = domain_fill};
static const unary_operation REMOVE_CUSTOM = {OPERATION_METHOD("RemoveCustomDomain", false),
                                              OPERATION_MESSAGES(remove_custom_domain)};

#define FALLBACK(operation, request)                                                                         \
    .feature = FEATURE_DOMAINS, .fallback = &(operation), .fallback_on = {BOXD_ERR_UNSUPPORTED},             \
    .make_fallback_request = (request)

static const unary_operation BIND = {OPERATION_METHOD("BindDomain", false), OPERATION_MESSAGES(bind_domain),
                                     .box_id = 2, FALLBACK(ADD_CUSTOM, make_add_request)};
static const unary_operation LIST = {OPERATION_METHOD("ListDomains", true), OPERATION_MESSAGES(list_domains),
                                     .item_size = sizeof(boxd_domain), .fill = fill_bound,
                                     FALLBACK(LIST_CUSTOM, unary_empty_request)};
static const unary_operation UNBIND = {OPERATION_METHOD("UnbindDomain", false),
                                       OPERATION_MESSAGES(unbind_domain),
                                       FALLBACK(REMOVE_CUSTOM, make_remove_request)};

void boxd_aio_domain_bind(boxd_box *box, const char *domain, const boxd_call_options *call,
                          boxd_done_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__BindDomainRequest message = BOXD_PB__BIND_DOMAIN_REQUEST__INIT;
    message.domain = wire_text(domain);
    name_check_given(domain, "the domain", "give its name, e.g. \"www.example.com\"", &error);
    unary_submit(&BIND,
                 &(request_setup){.box = box,
                                  .kind = "domain",
                                  .name = domain,
                                  .link = " on ",
                                  .other = box_subject(box),
                                  .call = call,
                                  .fault = &error,
                                  .sink = SINK(RESULT_DONE, callback, user_data)},
                 message.domain, &message.base);
}

void boxd_aio_domain_list(boxd_compute *compute, const boxd_call_options *call, boxd_domains_cb callback,
                          void *user_data)
{
    unary_submit_empty(&LIST, compute, NULL, call, SINK(RESULT_DOMAINS, callback, user_data));
}

void boxd_aio_domain_unbind(boxd_compute *compute, const char *domain, const boxd_call_options *call,
                            boxd_done_cb callback, void *user_data)
{
    boxd_error error = BOXD_ERROR_INIT;
    BoxdPb__UnbindDomainRequest message = BOXD_PB__UNBIND_DOMAIN_REQUEST__INIT;
    message.domain = wire_text(domain);
    name_check_given(domain, "the domain", "give one that boxd_domain_list() shows", &error);
    unary_submit(&UNBIND,
                 &(request_setup){.compute = compute,
                                  .kind = "domain",
                                  .name = message.domain,
                                  .call = call,
                                  .fault = &error,
                                  .sink = SINK(RESULT_DONE, callback, user_data)},
                 message.domain, &message.base);
}
