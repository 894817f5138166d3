/*
 * raw_http.c: see raw_http.h. On the thread of the checks.
 */
#include "raw_http.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { EXCERPT_BYTES = 4000, DEFAULT_MS = 20000 };

static size_t collect(char *bytes, size_t one, size_t size, void *data)
{
    raw_answer *a = data;
    (void)one;
    a->body = realloc(a->body, a->size + size + 1);
    if (a->body == NULL)
        abort();
    memcpy(a->body + a->size, bytes, size);
    a->size += size;
    a->body[a->size] = '\0';
    return size;
}

static bool take_header(const char *line, size_t length, const char *name, char *out, size_t out_size)
{
    const size_t name_length = strlen(name);
    if (length <= name_length || strncasecmp(line, name, name_length) != 0)
        return false;
    const char *value = line + name_length;
    size_t rest = length - name_length;
    for (; rest > 0 && *value == ' '; rest--)
        value++;
    (void)snprintf(out, out_size, "%.*s", (int)strcspn(value, "\r\n"), value);
    return true;
}

static size_t on_header(char *bytes, size_t one, size_t size, void *data)
{
    raw_answer *a = data;
    (void)one;
    (void)(take_header(bytes, size, "Content-Type:", a->content_type, sizeof a->content_type) ||
           take_header(bytes, size, "Cache-Control:", a->cache_control, sizeof a->cache_control) ||
           take_header(bytes, size, "Retry-After:", a->retry_after, sizeof a->retry_after) ||
           take_header(bytes, size, "Location:", a->location, sizeof a->location));
    return size;
}

void raw_keys(const json_t *object, char *out, size_t size)
{
    const char *key, *between = "";
    json_t *value;
    size_t length = 0;
    out[0] = '\0';
    json_object_foreach((json_t *)(size_t)object, key, value)
    {
        const int n = snprintf(out + length, size - length, "%s%s", between, key);
        length += n > 0 && (size_t)n < size - length ? (size_t)n : 0;
        between = ", ";
    }
}

/* The body of an error is shown; of a success only its keys, because the values may be secret. */
static void add_evidence(live *l, const raw_request *request, const raw_answer *a)
{
    char keys[600] = "";
    const json_t *shown = json_is_array(a->json) ? json_array_get(a->json, 0) : a->json;
    if (a->status == 0)
        live_note(l, "%s: no answer: %s", request->shown, a->error);
    else if (a->status >= 300 || a->json == NULL)
        live_note(l, "%s: %ld %s %.*s", request->shown, a->status, a->content_type, EXCERPT_BYTES,
                  a->body ? a->body : "");
    else {
        raw_keys(shown, keys, sizeof keys);
        live_note(l, "%s: %ld %s, %s with the keys %s", request->shown, a->status, a->content_type,
                  json_is_array(a->json) ? "an array of objects" : "an object", keys);
    }
}

static struct curl_slist *header_list(const raw_request *request)
{
    struct curl_slist *list = curl_slist_append(NULL, "Expect:");
    for (const char *const *header = request->headers; header != NULL && *header != NULL; header++)
        list = curl_slist_append(list, *header);
    return list;
}

/* Called once a second, and whenever something arrives. */
static int on_progress(void *data, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a;
    (void)b;
    (void)c;
    (void)d;
    return boxd_cancel_token_is_cancelled(data);
}

static void set_cancel(CURL *curl, const live *l)
{
    (void)curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void)curl_easy_setopt(curl, CURLOPT_XFERINFODATA, l->cancel);
}

void raw_http(live *l, const raw_request *request, raw_answer *a)
{
    const char *ca = getenv("BOXD_CA_FILE");
    *a = (raw_answer){0};
    if (!request->is_create && boxd_cancel_token_is_cancelled(l->cancel)) {
        live_skip(l, "interrupted");
        (void)snprintf(a->error, sizeof a->error, "interrupted");
        return;
    }
    CURL *curl = curl_easy_init();
    if (curl == NULL)
        abort();
    struct curl_slist *headers = header_list(request);
    (void)curl_easy_setopt(curl, CURLOPT_URL, request->url);
    (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, a);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    (void)curl_easy_setopt(curl, CURLOPT_HEADERDATA, a);
    (void)curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                           (long)(request->timeout_ms ? request->timeout_ms : DEFAULT_MS));
    if (!request->is_create)
        set_cancel(curl, l);
    if (ca != NULL && *ca != '\0')
        (void)curl_easy_setopt(curl, CURLOPT_CAINFO, ca);
    if (request->body != NULL)
        (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body);
    const CURLcode code = curl_easy_perform(curl);
    if (code == CURLE_OK)
        (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &a->status);
    else
        (void)snprintf(a->error, sizeof a->error, "%s", curl_easy_strerror(code));
    a->json = a->body ? json_loadb(a->body, a->size, 0, NULL) : NULL;
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
    add_evidence(l, request, a);
}

void raw_answer_free(raw_answer *a)
{
    json_decref(a->json);
    if (a->body != NULL)
        explicit_bzero(a->body, a->size);
    free(a->body);
}
