/*
 * http_faults.c: what an injected fault does to an HTTP route.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/util.h"
#include "http/http.h"

static void replace_body(http_answer *answer, const http_fault *fault)
{
    if (fault->body == NULL && fault->body_size < 0)
        return;
    secret_free(answer->body);
    if (fault->body_size >= 0) {
        answer->body_size = (size_t)fault->body_size;
        answer->body = xmalloc(answer->body_size);
        memset(answer->body, 'x', answer->body_size);
    } else {
        answer->body = xstrdup(fault->body);
        answer->body_size = strlen(answer->body);
    }
}

static void add_headers(http_answer *answer, const json_t *headers)
{
    if (answer->headers == NULL)
        answer->headers = json_object();
    json_t *copy = json_deep_copy(headers);
    json_object_update(answer->headers, copy);
    json_decref(copy);
}

static void drop_body(http_answer *answer)
{
    secret_free(answer->body);
    answer->body = NULL;
    answer->body_size = 0;
    answer->content_type[0] = '\0';
}

static void dress(http_answer *answer, const http_fault *fault)
{
    if (fault->status != 0)
        answer->status = fault->status;
    if (answer->status == MHD_HTTP_NO_CONTENT)
        drop_body(answer);
    replace_body(answer, fault);
    if (fault->content_type[0] != '\0')
        (void)snprintf(answer->content_type, sizeof answer->content_type, "%s", fault->content_type);
    if (fault->retry_after >= 0)
        (void)snprintf(answer->retry_after, sizeof answer->retry_after, "%lld",
                       (long long)fault->retry_after);
    if (fault->location[0] != '\0')
        (void)snprintf(answer->location, sizeof answer->location, "%s", fault->location);
    if (fault->headers != NULL)
        add_headers(answer, fault->headers);
}

/* False: the connection is to be dropped. */
static bool wait_out(const http_fault *fault)
{
    if (fault->delay_ms > 0)
        (void)http_wait(fault->delay_ms);
    while (fault->hang && http_wait(1000)) {
    }
    return !fault->close && !fault->hang;
}

http_answer http_faulted(const http_fault *fault, http_effect *effect, http_refusal *refuse, void *data)
{
    if (!fault->active)
        return effect(data);
    bool refused = fault->status != 0 && fault->status / 100 != 2;
    bool effective = fault->after || fault->host_status[0] != '\0' || !refused;
    if (!fault->after && !wait_out(fault))
        return (http_answer){.drop = true, .fault = true};
    http_answer answer = {0};
    if (effective)
        answer = effect(data);
    if (refused) {
        json_t *note = answer.note;
        answer.note = NULL;
        http_answer_free(&answer);
        answer = refuse(fault, data);
        answer.note = note;
    }
    dress(&answer, fault);
    answer.fault = true;
    answer.drop = fault->after && !wait_out(fault);
    return answer;
}
