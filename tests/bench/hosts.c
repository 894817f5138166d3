/* boxd-bench-hosts: reads lists of 10,000 Drukbox hosts with the library, and with libcurl and jansson alone.
 */
#include "contestant.h"
#include "prepared.h"

#include <curl/curl.h>
#include <drukbox/drukbox.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HOSTS = 10000 };

/* A response body of the libcurl side. */
typedef struct body {
    char *data;
    size_t size, capacity;
} body;

static drukbox_client *client;
static CURL *easy;

static void list_library(const load *l, tally *t)
{
    for (; !load_is_over(l, t->operations); t->operations++) {
        boxd_error error = BOXD_ERROR_INIT;
        drukbox_hosts *hosts = drukbox_host_list(client, NULL, &error);
        if (!hosts || hosts->count != HOSTS)
            fail("a list of hosts", error.message);
        drukbox_hosts_free(hosts);
    }
}

static size_t on_body(char *bytes, size_t one, size_t size, void *data)
{
    body *b = data;
    if (b->size + size * one > b->capacity) {
        b->capacity = 2 * (b->size + size * one);
        b->data = realloc(b->data, b->capacity);
        if (!b->data)
            fail("realloc", "out of memory");
    }
    memcpy(b->data + b->size, bytes, size * one);
    b->size += size * one;
    return size * one;
}

static void list_bare(const load *l, tally *t)
{
    for (; !load_is_over(l, t->operations); t->operations++) {
        body b = {0};
        curl_easy_setopt(easy, CURLOPT_WRITEDATA, &b);
        const CURLcode code = curl_easy_perform(easy);
        json_t *hosts = code == CURLE_OK ? json_loadb(b.data, b.size, 0, NULL) : NULL;
        if (json_array_size(hosts) != HOSTS)
            fail("a list of hosts", curl_easy_strerror(code));
        json_decref(hosts);
        free(b.data);
    }
}

static void open_bare(const char *base_url)
{
    char url[128];
    easy = curl_easy_init();
    if (!easy)
        fail("libcurl", "no handle");
    snprintf(url, sizeof url, "%s/hosts", base_url);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
}

int main(void)
{
    static const workload workloads[] = {{"library", list_library}, {"curl", list_bare}};
    boxd_error error = BOXD_ERROR_INIT;
    prepared *server = prepared_hosts(HOSTS);
    if (!server)
        return 1;
    client = drukbox_client_open(
        BOXD_OPTIONS(drukbox_client_options, .base_url = prepared_url(server), .token = "bench"), &error);
    if (!client)
        fail("opening a client", error.message);
    open_bare(prepared_url(server));
    contestant_run(workloads, sizeof workloads / sizeof *workloads);
    curl_easy_cleanup(easy);
    drukbox_client_close(client);
    prepared_free(server);
    return 0;
}
