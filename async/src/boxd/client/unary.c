/* unary.c: runs operations that are data: packs the request, makes the call, falls back to another RPC, maps
 * the reply. The functions of boxd/service submit them on any thread; the rest runs on the core thread. */
#include "boxd/client/unary.h"

#include "boxd/client/box.h"
#include "errors.h"
#include "mem.h"
#include "printable.h"

#include <string.h>

static void on_done(api_call *c, const boxd_error *error);

static const call_events events = {.done = on_done};

static unary *unary_of(request *r)
{
    return (unary *)(void *)r;
}

static void fail_without_memory(unary *u)
{
    boxd_error error;
    error_no_memory(&error, "starting a call");
    request_finish(&u->request, &error);
}

/* Packs the request: its body and the fields of the box. */
static bool pack(const unary *u, grpc_slice *out)
{
    const unary_operation *kind = u->operation;
    boxd_box *box = u->request.box;
    wire_field fields[3] = {0};
    size_t count = 0;
    if (kind->box_id)
        fields[count++] = (wire_field){kind->box_id, boxd_box_id(box)};
    if (kind->box_name)
        fields[count++] = (wire_field){kind->box_name, boxd_box_name(box)};
    if (kind->box_vm)
        fields[count++] = (wire_field){kind->box_vm, boxd_box_id(box)};
    return wire_extend(u->body, fields, count, out);
}

static bool switch_to_fallback(unary *u)
{
    grpc_slice body;
    if (!u->operation->make_fallback_request(u, &body))
        return false;
    grpc_slice_unref(u->body);
    u->body = body;
    u->operation = u->operation->fallback;
    return true;
}

static bool is_missing(const unary *u)
{
    return u->operation->feature && u->request.compute->thread_data.missing_features[u->operation->feature];
}

static void begin(request *r)
{
    unary *u = unary_of(r);
    grpc_slice message;
    if ((is_missing(u) && !switch_to_fallback(u)) || !pack(u, &message)) {
        fail_without_memory(u);
        return;
    }
    call_set_message(&u->call, message);
    call_start_unary(&u->call, r, &u->operation->method, &events);
}

static void stop(request *r)
{
    call_stop(&unary_of(r)->call);
}

/* Starts the fallback, if the operation has one for this failure. */
static bool try_fallback(unary *u, const boxd_error *error)
{
    const unary_operation *kind = u->operation;
    const bool fits = error->status == kind->fallback_on[0] || error->status == kind->fallback_on[1];
    if (!kind->fallback || !fits || request_stopping(&u->request))
        return false;
    if (kind->feature)
        compute_mark_missing(u->request.compute, kind->feature, kind->method.name);
    call_clear(&u->call);
    if (switch_to_fallback(u))
        begin(&u->request);
    else
        fail_without_memory(u);
    return true;
}

handle_source unary_handle_source(const unary *u, const char *kind, size_t size)
{
    return (handle_source){.compute = u->request.compute,
                           .kind = kind,
                           .rpc = u->operation->method.name,
                           .size = size,
                           .fill = u->operation->fill,
                           .limit = u->limit};
}

static void *make_list(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    const unary_operation *kind = u->operation;
    const handle_source from = unary_handle_source(u, kind->handle, kind->item_size);
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field(kind->reply, 1);
    size_t count;
    const void *sources;
    memcpy(&count, (const char *)reply + field->quantifier_offset, sizeof count);
    memcpy(&sources, (const char *)reply + field->offset, sizeof sources);
    return kind->handle ? handle_list(&from, handle_new, count, sources, handle_free, error)
                        : record_list(count, kind->item_size, sources, kind->fill, u->limit, error);
}

static void *make_result(const unary *u, const ProtobufCMessage *reply, boxd_error *error)
{
    const unary_operation *kind = u->operation;
    if (kind->map)
        return kind->map(u, reply, error);
    if (kind->item_size)
        return make_list(u, reply, error);
    const handle_source from = unary_handle_source(u, kind->handle, kind->record_size);
    if (kind->handle)
        return handle_new(&from, reply, error);
    return kind->record_size ? record_one(kind->record_size, reply, kind->fill, u->limit, error) : NULL;
}

static void *make_limited_result(unary *u, const ProtobufCMessage *reply, size_t most, boxd_error *error)
{
    record_limit limit = {.option = "max_response_bytes", .max_bytes = most};
    u->limit = &limit;
    void *result = make_result(u, reply, error);
    u->limit = NULL;
    return result;
}

/* "ListVms: the result needs more ..." */
static void name_call(const unary *u, boxd_error *error)
{
    const char *subject = u->request.subject;
    error_prefix(error, "%s%s%s", u->operation->method.name, subject ? " of " : "", subject ? subject : "");
}

bool unary_may_have_effect(const boxd_error *error)
{
    switch (error->status) {
    case BOXD_ERR_INVALID_ARGUMENT:
    case BOXD_ERR_ALREADY_EXISTS:
    case BOXD_ERR_AUTHENTICATION:
    case BOXD_ERR_PERMISSION_DENIED:
    case BOXD_ERR_QUOTA:
    case BOXD_ERR_NOT_FOUND:
    case BOXD_ERR_FAILED_PRECONDITION:
    case BOXD_ERR_UNSUPPORTED:
        return false;
    default:
        return error->sent != BOXD_SENT_NO;
    }
}

/* Ends in the error. The id of what the operation has made was in the answer: the error says how to find it.
 */
static void finish_failed(unary *u, const boxd_error *error, bool had_effect)
{
    const unary_operation *kind = u->operation;
    boxd_error own = *error;
    if (kind->makes && unary_may_have_effect(error))
        error_append(&own, "; the %s%s%s%s %s: %s shows it", kind->makes, u->key ? " \"" : "",
                     PRINTABLE(u->key, 100), u->key ? "\"" : "", had_effect ? "exists" : "may exist",
                     kind->shown_by);
    else if (kind->advice_if_taken && error->status == BOXD_ERR_ALREADY_EXISTS)
        error_append(&own, "; %s", kind->advice_if_taken);
    request_finish(&u->request, &own);
}

/* Ends in the error of an answer that has arrived and cannot be used. The call had its effect, unless the
 * answer is malformed, and so not that of a boxd server, maybe. */
static void finish_without_answer(unary *u, boxd_error *error)
{
    const method *m = &u->operation->method;
    const bool had_effect = error->status == BOXD_ERR_TOO_LARGE || error->status == BOXD_ERR_NO_MEMORY;
    error->sent = BOXD_SENT_YES;
    if (had_effect || error->status == BOXD_ERR_PROTOCOL) {
        name_call(u, error);
        if (!m->read && !m->harmless)
            error_append(error, "; the call %s its effect", had_effect ? "had" : "may have had");
    }
    finish_failed(u, error, had_effect);
}

static bool needs_box(const unary_operation *kind)
{
    return (kind->box_id || kind->box_name || kind->box_vm) && !kind->box_optional;
}

static void on_done(api_call *c, const boxd_error *error)
{
    unary *u = unary_of(c->owner);
    if (error) {
        if (!try_fallback(u, error))
            finish_failed(u, error, false);
        return;
    }
    boxd_error own;
    own.status = BOXD_OK;
    const unary_operation *kind = u->operation;
    const size_t most = u->request.compute->config.max_response_bytes;
    ProtobufCMessage *reply =
        (kind->secret ? wire_unpack_secret : wire_unpack)(kind->reply, c->rpc.reply, most, &own);
    if (reply)
        u->request.frame.result = make_limited_result(u, reply, most, &own);
    (kind->secret ? wire_free_secret : wire_free)(reply);
    if (own.status == BOXD_OK)
        request_finish(&u->request, NULL);
    else
        finish_without_answer(u, &own);
}

static void destroy(request *r)
{
    unary *u = unary_of(r);
    call_clear(&u->call);
    grpc_slice_unref(u->body);
    mem_free(u->key);
}

static const request_kind unary_kind = {begin, stop, NULL, destroy};

unary *unary_new(const unary_operation *kind, const request_setup *setup, const char *key,
                 const ProtobufCMessage *message)
{
    unary *u = request_new(sizeof *u, &unary_kind, setup);
    if (!u)
        return NULL;
    boxd_error *error = request_error(&u->request);
    u->operation = kind;
    u->request.needs_box_name = kind->box_name != 0;
    u->body = grpc_empty_slice();
    u->key = mem_strdup(key);
    if (needs_box(kind) && !setup->box && error->status == BOXD_OK)
        error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                  "the box is NULL; check what the call that made it returned");
    if (error->status == BOXD_OK && key && !u->key)
        error_no_memory(error, "starting a call");
    if (error->status == BOXD_OK && message &&
        wire_pack_request(message, &u->body, error) == BOXD_ERR_INVALID_ARGUMENT)
        name_call(u, error);
    return u;
}

void unary_submit(const unary_operation *kind, const request_setup *setup, const char *key,
                  const ProtobufCMessage *message)
{
    unary *u = unary_new(kind, setup, key, message);
    if (u)
        request_submit(&u->request);
}

void unary_submit_empty(const unary_operation *kind, boxd_compute *compute, boxd_box *box,
                        const boxd_call_options *call, sink s)
{
    unary_submit(kind, &(request_setup){.compute = compute, .box = box, .call = call, .sink = s}, NULL, NULL);
}

void unary_submit_void(const unary_operation *kind, boxd_box *box, const boxd_call_options *call,
                       boxd_done_cb callback, void *user_data)
{
    unary_submit_empty(kind, NULL, box, call, SINK(RESULT_DONE, callback, user_data));
}

bool unary_empty_request(const unary *u, grpc_slice *out)
{
    (void)u;
    *out = grpc_empty_slice();
    return true;
}
