/* exchange_request.c: writes and sends the requests for a token, and reads the answers. Called by auth.c on
 * the core thread. */
#include "boxd/client/exchange_request.h"

#include "boxd/token_cache/token_entry.h"
#include "errors.h"
#include "mem.h"

#include <math.h>
#include <string.h>

#define MACHINE_CONNECT_TIMEOUT_MS 500

/* Of an answer. */
#define MAX_ANSWER_BYTES ((size_t)64 * 1024)

/* What all requests have in common. */
typedef struct destination {
    const token_transport *transport;
    const char *url;
    const boxd_metadata *extra;
    loop *home;
    http_done_fn done;
    void *data;
} destination;

/* {"api_key": "..."}, written by hand so that no buffer of a library keeps a copy of the key. The key is
 * printable ASCII, as config.h says: only two characters need a backslash. NULL: out of memory. */
static char *exchange_body(const char *api_key)
{
    static const char before[] = "{\"api_key\":\"", after[] = "\"}";
    char *json = mem_alloc(sizeof before + 2 * strlen(api_key) + sizeof after), *end = json;
    if (!json)
        return NULL;
    end = stpcpy(end, before);
    for (; *api_key; api_key++) {
        if (*api_key == '"' || *api_key == '\\')
            *end++ = '\\';
        *end++ = *api_key;
    }
    (void)stpcpy(end, after);
    return json;
}

static size_t send_to_exchange(const config *settings, const destination *to, boxd_error *error)
{
    static const http_header headers[] = {{"Content-Type", "application/json"},
                                          {"Accept", "application/json"}};
    char *body = exchange_body(settings->api_key);
    if (!body) {
        error_no_memory(error, "exchanging a key");
        return 0;
    }
    const http_request request = {.method = "POST",
                                  .url = to->url,
                                  .headers = headers,
                                  .header_count = sizeof headers / sizeof *headers,
                                  .extra = to->extra,
                                  .body = body,
                                  .body_size = strlen(body),
                                  .timeout_ms = EXCHANGE_TIMEOUT_MS,
                                  .proxy = &settings->exchange_proxy,
                                  .max_answer_size = MAX_ANSWER_BYTES};
    const boxd_status status =
        to->transport->send(to->transport->state, &request, to->home, to->done, to->data, error);
    mem_free_secret(body);
    return status == BOXD_OK ? request.body_size : 0;
}

/* The metadata service is on the local network: it connects at once or does not exist, and no proxy leads to
 * it. */
static void send_to_machine(const destination *to, boxd_error *error)
{
    const http_request request = {.method = "GET",
                                  .url = to->url,
                                  .extra = to->extra,
                                  .timeout_ms = EXCHANGE_TIMEOUT_MS,
                                  .connect_timeout_ms = MACHINE_CONNECT_TIMEOUT_MS,
                                  .max_answer_size = MAX_ANSWER_BYTES};
    to->transport->send(to->transport->state, &request, to->home, to->done, to->data, error);
}

size_t exchange_send(const config *settings, const token_transport *transport, const char *url,
                     const boxd_metadata *extra, loop *home, http_done_fn done, void *data, boxd_error *error)
{
    const destination to = {transport, url, extra, home, done, data};
    if (!settings->in_machine)
        return send_to_exchange(settings, &to, error);
    send_to_machine(&to, error);
    return 0;
}

/* ---- the answer ---- */

/* Reads Unix seconds from a number, or from a text that holds one. */
static bool read_seconds(const json_node *value, double *seconds)
{
    const char *digits = json_node_text(value);
    const json_node number = {
        .kind = JSON_KIND_NUMBER, .value.text = digits, .size = digits ? strlen(digits) : 0};
    if (digits &&
        (!*digits || digits[strspn(digits, "0123456789.")] || strchr(digits, '.') != strrchr(digits, '.')))
        return false;
    return json_node_real(digits ? &number : value, seconds) && isfinite(*seconds) && *seconds > 0;
}

const char *exchange_read_token(const json_node *object, issued_token *out)
{
    *out = (issued_token){.token = json_node_text(json_member(object, "token"))};
    if (!json_is_kind(object, JSON_KIND_OBJECT))
        return "the body is not a JSON object";
    if (!out->token || !token_entry_is_token(out->token))
        return "\"token\" is missing or malformed";
    if (!read_seconds(json_member(object, "expires_at"), &out->expires_at))
        return "\"expires_at\" is missing or malformed";
    return NULL;
}
