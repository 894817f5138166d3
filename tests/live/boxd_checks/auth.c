/*
 * auth.c: checks of the token exchange and of credentials.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "boxd_checks/fixture.h"
#include "raw_http.h"

/* The exchange URL by the rule of the contract. False: no rule applies. */
static bool exchange_url(live *l, char *out, size_t size)
{
    boxd_route route = BOXD_ROUTE_INIT;
    const char *set = getenv("BOXD_EXCHANGE_URL");
    boxd_compute_get_route(client(l), &route);
    if (set != NULL && *set != '\0')
        (void)snprintf(out, size, "%s", set);
    else if (route.host == NULL)
        return false;
    else if (strcmp(route.host, "localhost") == 0 || strncmp(route.host, "app.", 4) == 0 ||
             strspn(route.host, "0123456789.") == strlen(route.host))
        (void)snprintf(out, size, "%s://%s:%u/api/v1/auth/token", route.tls ? "https" : "http", route.host,
                       route.port);
    else
        (void)snprintf(out, size, "https://app.%s/api/v1/auth/token", route.host);
    return true;
}

static bool exchange(live *l, const char *url, const char *body, raw_answer *answer)
{
    if (!live_take_exchange(l))
        return false;
    raw_http(l,
             &(raw_request){.method = "POST",
                            .url = url,
                            .shown = "POST <exchange>",
                            .headers = BOXD_ARGV("Content-Type: application/json"),
                            .body = body},
             answer);
    return true;
}

static bool is_seconds(double value)
{
    const double now = (double)time(NULL);
    return value > now - 86400 && value < now + 10.0 * 366 * 86400;
}

static void take_exchange(boxd_state *s, const raw_answer *a)
{
    const json_t *token = json_object_get(a->json, "token"), *end = json_object_get(a->json, "expires_at");
    (void)snprintf(s->exchange_seen, sizeof s->exchange_seen, "%ld, token %s, expires_at %s", a->status,
                   json_is_string(token) ? "text" : "missing",
                   !json_is_number(end)                 ? "no number"
                   : is_seconds(json_number_value(end)) ? "unix seconds"
                                                        : "not unix seconds");
    s->exchange_lifetime_s = (int64_t)(json_number_value(end) - (double)time(NULL));
    (void)snprintf(s->token, sizeof s->token, "%s", json_is_string(token) ? json_string_value(token) : "");
}

/* One exchange serves two checks. */
static bool need_exchange(live *l)
{
    boxd_state *s = boxd_of(l);
    const char *key = getenv("BOXD_API_KEY");
    char url[512];
    raw_answer answer;
    if (s->exchange_seen[0] != '\0')
        return true;
    if (key == NULL || *key == '\0') {
        live_skip(l, "there is no API key");
        return false;
    }
    json_t *body = json_pack("{s:s}", "api_key", key);
    char *text = json_dumps(body, 0);
    json_decref(body);
    const bool made = exchange_url(l, url, sizeof url) && text != NULL && exchange(l, url, text, &answer);
    if (text != NULL)
        explicit_bzero(text, strlen(text));
    free(text);
    if (!made)
        return false;
    take_exchange(s, &answer);
    raw_answer_free(&answer);
    return true;
}

static void exchange_form(live *l)
{
    if (need_exchange(l))
        live_see(l, "%s", boxd_of(l)->exchange_seen);
}

static void token_lifetime(live *l)
{
    if (!need_exchange(l))
        return;
    const int64_t lifetime_s = boxd_of(l)->exchange_lifetime_s;
    live_note(l, "expires_at is %lld s from now", (long long)lifetime_s);
    if (lifetime_s > INT64_C(50) * 60 && lifetime_s < INT64_C(70) * 60)
        live_see(l, "about an hour");
    else
        live_see(l, "%lld minutes", (long long)((lifetime_s + 30) / 60));
}

static void see_exchange_of(live *l, const char *body)
{
    char url[512];
    raw_answer answer;
    if (!exchange_url(l, url, sizeof url) || !exchange(l, url, body, &answer))
        return;
    if (answer.status == 0)
        live_skip(l, "no answer: %s", answer.error);
    else
        live_see(l, "%ld", answer.status);
    raw_answer_free(&answer);
}

static void wrong_key(live *l)
{
    see_exchange_of(l, "{\"api_key\": \"bxd_00000000000000000000000000000000\"}");
}

static void no_key(live *l)
{
    see_exchange_of(l, "{}");
}

static void old_exchange(live *l)
{
    boxd_route route = BOXD_ROUTE_INIT;
    raw_answer answer;
    boxd_compute_get_route(client(l), &route);
    if (route.host == NULL || strcmp(route.host, "boxd.sh") != 0) {
        live_skip(l, "only production has had this host");
        return;
    }
    if (!exchange(l, "https://boxd.sh/api/v1/auth/token", "{\"api_key\": \"bxd_0\"}", &answer))
        return;
    live_see(l, "%ld %s", answer.status, answer.json ? "JSON" : "not JSON");
    raw_answer_free(&answer);
}

/* What Whoami of another client ends in. */
static void see_whoami(live *l, const char *api_url, const char *token)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_compute *other =
        boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .token = token, .api_url = api_url,
                                       .update_notice = BOXD_UPDATE_NOTICE_OFF, .read_retries = -1),
                          &error);
    boxd_identity *identity = other ? boxd_compute_whoami(other, &l->call, &error) : NULL;
    if (live_ok(l, identity != NULL, &error))
        live_see(l, "OK");
    boxd_identity_free(identity);
    (void)boxd_compute_close(other);
}

static void wrong_token(live *l)
{
    see_whoami(l, NULL, "boxd-live-no-token");
}

/* With an invalid token: no credential is sent unencrypted. */
static void other_scheme(live *l)
{
    boxd_route route = BOXD_ROUTE_INIT;
    char url[300];
    boxd_compute_get_route(client(l), &route);
    if (route.host == NULL) {
        live_skip(l, "the address of the API is not known");
        return;
    }
    (void)snprintf(url, sizeof url, "%s://%s:%u", route.tls ? "http" : "https", route.host, route.port);
    live_see(l, "%s: ", route.tls ? "plaintext" : "TLS");
    see_whoami(l, url, "boxd-live-no-token");
}

const live_check auth_checks[] = {
    {"auth.exchange", "URLs and credentials",
     "POST JSON {\"api_key\"} -> 200 {\"token\", \"expires_at\"} (unix seconds)",
     "POST <exchange> with the key", "200, token text, expires_at unix seconds", NULL, exchange_form},
    {"auth.token-lifetime", "URLs and credentials", "A JWT lives about an hour.",
     "POST <exchange> with the key", "about an hour", NULL, token_lifetime},
    {"auth.wrong-key", "URLs and credentials", "401: invalid or expired key.",
     "POST <exchange> with a key that does not exist", "401", NULL, wrong_key},
    {"auth.no-key", "URLs and credentials", "Which status has a request without a key?",
     "POST <exchange> with {}", NULL, "400", no_key},
    {"auth.old-exchange", "Two generations of one service", "Does the exchange of service 0.1 still answer?",
     "POST https://boxd.sh/api/v1/auth/token with a key that does not exist", NULL, NULL, old_exchange},
    {"auth.wrong-token", "Errors -> classes", "Auth is checked before any effect: UNAUTHENTICATED.",
     "Whoami with an invalid token", "UNAUTHENTICATED", NULL, wrong_token},
    {"auth.other-scheme", "Two generations of one service",
     "The port of the API answers TLS; it also still answers plaintext HTTP/2.",
     "Whoami over the other scheme, with an invalid token", "plaintext: UNAUTHENTICATED|TLS: *",
     "plaintext: UNAVAILABLE|TLS: UNAVAILABLE", other_scheme},
    {0},
};
