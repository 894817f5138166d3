/* Reads long lists of Drukbox hosts, and compares with curl and jansson alone. */
#include "hosts.h"

#include "prepared.h"
#include "rounds.h"

#include <curl/curl.h>
#include <drukbox/drukbox.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct listing {
    drukbox_client *client;
    CURL *easy;
    /* Used by the libcurl side. */
    char *body;
    size_t size, capacity;
    int count;
    bool failed;
} listing;

static void check(listing *l, size_t got, const char *what)
{
    if (got == (size_t)l->count)
        return;
    fprintf(stderr, "boxd-bench: a list of hosts: %s\n", what);
    l->failed = true;
}

static void list_ours(listing *l)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_hosts *hosts = drukbox_host_list(l->client, NULL, &error);
    check(l, hosts ? hosts->count : 0, error.message);
    drukbox_hosts_free(hosts);
}

static size_t on_body(char *bytes, size_t one, size_t size, void *data)
{
    listing *l = data;
    if (l->size + size * one > l->capacity) {
        l->capacity = 2 * (l->size + size * one);
        l->body = realloc(l->body, l->capacity);
        if (!l->body)
            abort();
    }
    memcpy(l->body + l->size, bytes, size * one);
    l->size += size * one;
    return size * one;
}

static void list_bare(listing *l)
{
    l->size = l->capacity = 0;
    l->body = NULL;
    const CURLcode code = curl_easy_perform(l->easy);
    json_t *hosts = code == CURLE_OK ? json_loadb(l->body, l->size, 0, NULL) : NULL;
    check(l, json_array_size(hosts), curl_easy_strerror(code));
    json_decref(hosts);
    free(l->body);
}

/* Seconds for one list. */
static double measure(listing *l, void (*list)(listing *), double seconds)
{
    const double start = now();
    int lists = 0;
    do {
        list(l);
        lists++;
    } while (!l->failed && now() - start < seconds);
    return (now() - start) / lists;
}

static bool run(listing *l, int rounds, double seconds, hosts_figures *out)
{
    double ratios[MAX_ROUNDS], ours[MAX_ROUNDS], bares[MAX_ROUNDS];
    list_bare(l); /* warm up */
    list_ours(l);
    for (int i = 0; i < rounds && !l->failed; i++) {
        bares[i] = measure(l, list_bare, seconds);
        ours[i] = measure(l, list_ours, seconds);
        ratios[i] = ours[i] / bares[i];
    }
    if (l->failed)
        return false;
    *out = (hosts_figures){l->count, median(ratios, rounds), median(ours, rounds), median(bares, rounds)};
    return true;
}

static CURL *open_bare(const char *base_url, listing *l)
{
    char url[128];
    CURL *easy = curl_easy_init();
    if (!easy)
        abort();
    snprintf(url, sizeof url, "%s/hosts", base_url);
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, l);
    return easy;
}

bool hosts_run(int count, int rounds, double seconds, hosts_figures *out)
{
    boxd_error error = BOXD_ERROR_INIT;
    listing l = {.count = count};
    prepared *server = prepared_hosts(count);
    if (!server)
        return false;
    setenv("no_proxy", "*", 1);
    l.client = drukbox_client_open(
        BOXD_OPTIONS(drukbox_client_options, .base_url = prepared_url(server), .token = "bench"), &error);
    if (!l.client)
        fprintf(stderr, "boxd-bench: %s\n", error.message);
    l.easy = open_bare(prepared_url(server), &l);
    const bool good = l.client && run(&l, rounds, seconds, out);
    curl_easy_cleanup(l.easy);
    drukbox_client_close(l.client);
    prepared_free(server);
    return good;
}
