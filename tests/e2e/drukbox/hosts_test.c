/*
 * Hosts from create to delete, and repeated creates.
 */
#include "drukbox_case.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { DAY_MS = 86400000, SLACK_MS = 600000 };

static int64_t now_ms(void)
{
    return (int64_t)time(NULL) * 1000;
}

static void check_near(int64_t ms, int64_t wanted)
{
    ck_assert_msg(ms > wanted - SLACK_MS && ms < wanted + SLACK_MS, "%lld, not %lld", (long long)ms,
                  (long long)wanted);
}

static drukbox_host *make(const drukbox_host_create_options *options)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_host *host = try_host_create(options, &error);
    e2e_ok(host, error);
    return host;
}

static void drop(drukbox_host *host)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(try_host_delete(host->id, &error) == BOXD_OK, error);
    drukbox_host_free(host);
}

/* A name that no other test uses. */
static const char *own_key(const char *name)
{
    static char key[80];
    (void)snprintf(key, sizeof key, "%s-%s-%d", name, surface_names[on_surface], (int)getpid());
    return key;
}

/* ---- from create to delete ---- */

/* The hosts of exe have no private key; all others return it once. */
START_TEST(private_keys)
{
    static const struct {
        const char *provider;
        bool key;
    } rows[] = {{NULL, false}, {"exe", false}, {"aws", true}, {"hetzner", true}, {"docker", true}};
    drukbox_open(_i, NULL);
    for (size_t i = 0; i < COUNT(rows); i++) {
        drukbox_host *host = make(BOXD_OPTIONS(drukbox_host_create_options, .provider = rows[i].provider));
        ck_assert_str_eq(host->provider, rows[i].provider ? rows[i].provider : "exe");
        ck_assert_int_eq(host->private_key != NULL, rows[i].key);
        ck_assert(!rows[i].key || strstr(host->private_key, "OPENSSH PRIVATE KEY"));
        drop(host);
    }
    drukbox_close(client);
}
END_TEST

START_TEST(from_create_to_delete)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_open(_i, NULL);
    drukbox_host *made = make(BOXD_OPTIONS(drukbox_host_create_options, .provider = "docker"));
    ck_assert_str_eq(made->status, "active");
    ck_assert_ptr_nonnull(made->private_key);
    drukbox_host *got = try_host_get(made->id, &error);
    e2e_ok(got, error);
    ck_assert_str_eq(got->id, made->id);
    ck_assert_str_eq(got->known_hosts, made->known_hosts);
    ck_assert_ptr_null(got->private_key);
    drukbox_host *attached = try_host_attach(made->id, &error);
    e2e_ok(attached, error);
    ck_assert_str_eq(attached->name, made->name);
    ck_assert_ptr_null(attached->private_key);
    e2e_ok(try_host_delete(made->id, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)try_host_delete(made->id, &error), (int)BOXD_ERR_NOT_FOUND);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "host not found");
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, made->id);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "404 NOT_FOUND");
    ck_assert(error.sent == BOXD_SENT_YES && !error.retryable && error.http_status == 404);
    drukbox_host_free(attached);
    drukbox_host_free(got);
    drukbox_host_free(made);
    drukbox_close(client);
}
END_TEST

static void check_active(const drukbox_host *host)
{
    ck_assert_uint_eq(strlen(host->id), 36);
    ck_assert_int_eq(strncmp(host->name, "sb-", 3), 0);
    ck_assert_str_eq(host->status, "active");
    ck_assert_str_eq(host->service_account, "admin");
    ck_assert_ptr_nonnull(strstr(host->external_ssh_host, host->name));
    ck_assert_int_gt(host->external_ssh_port, 0);
    ck_assert_str_ne(host->ssh_username, "");
    ck_assert_ptr_nonnull(strchr(host->known_hosts, '\n')); /* several lines */
    ck_assert_str_eq(host->last_error, "");
    check_near(host->created_at_ms, now_ms());
    check_near(host->updated_at_ms, now_ms());
    check_near(host->activated_at_ms, now_ms());
    ck_assert(host->created_at && host->updated_at && host->activated_at);
    ck_assert(!host->internal_ssh_host && !host->tailscale_device_id && !host->lease_deadline);
    ck_assert(host->lease_deadline_ms == 0 && host->ignored == 0 && !host->warning);
}

static const drukbox_secret *const secrets[] = {
    BOXD_OPTIONS(drukbox_secret, .service = "openai", .value = "value-of-openai"),
    BOXD_OPTIONS(drukbox_secret, .service = "own", .host = "api.example", .auth_variable = "OWN",
                 .auth_header = "X-Key", .auth_prefix = "", .issuer_url = "https://issuer.example/t",
                 .issuer_headers = BOXD_ARGV("Authorization=Bearer 123"), .issuer_refresh = "30m"),
};

/* All options at once: the record reports them, and the request contains them. */
START_TEST(every_option)
{
    boxd_error error = BOXD_ERROR_INIT;
    const int64_t end = (now_ms() / 1000 + 7200) * 1000 + 250;
    drukbox_host_create_options options = {.size = sizeof options,
                                           .image = "an-image",
                                           .env = BOXD_ARGV("A=1", "_b=\xC3\xA9", "A=2"),
                                           .expires_at_ms = end,
                                           .provider = "aws",
                                           .instance_type = "t3.large",
                                           .disk_gb = 40,
                                           .secrets = secrets,
                                           .secret_count = COUNT(secrets)};
    drukbox_open(_i, NULL);
    options.idempotency_key = own_key("every");
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    drukbox_host *host = make(&options);
    check_active(host);
    ck_assert_str_eq(host->image, "an-image");
    ck_assert_str_eq(host->provider, "aws");
    ck_assert_str_eq(host->instance_type, "t3.large");
    ck_assert(host->has_disk_gb && host->disk_gb == 40);
    ck_assert_int_eq(host->expires_at_ms, end);
    ck_assert_int_eq(emulator_count_calls(&emulator, "POST /hosts", 1), 1);
    char *log = emulator_control(&emulator, "GET", "log", NULL);
    static const char keys[] = "\"body_keys\":[\"disk_gb\",\"env\",\"expires_at\",\"image\",\"instance_"
                               "type\",\"provider\",\"secrets\"]";
    ck_assert_msg(strstr(log, keys), "%s", log);
    ck_assert_msg(strstr(log, "\"idempotency_key\":true"), "%s", log);
    ck_assert_msg(strstr(log, "\"content_type\":\"application/json\""), "%s", log);
    free(log);
    e2e_ok(try_host_refresh_secret(host->id, "own", &error) == BOXD_OK, error);
    drop(host);
    drukbox_close(client);
}
END_TEST

/* No option is set: the service chooses the values. */
START_TEST(no_option)
{
    drukbox_open(_i, NULL);
    drukbox_host *host = drukbox_make_host(),
                 *other = make(BOXD_OPTIONS(drukbox_host_create_options, .image = NULL));
    check_active(host);
    check_active(other);
    ck_assert_str_ne(host->id, other->id);
    ck_assert(!host->instance_type && !host->has_disk_gb && host->disk_gb == 0);
    ck_assert_str_eq(host->provider, "exe");
    ck_assert_int_eq(host->external_ssh_port, 22);
    check_near(host->expires_at_ms, now_ms() + DAY_MS);
    drop(host);
    drop(other);
    drukbox_close(client);
}
END_TEST

/* A host that is not ready has empty strings in place of its later values. */
START_TEST(on_its_way)
{
    static const char *const statuses[] = {"provisioning", "creating_network", "creating_vm"};
    drukbox_open(_i, NULL);
    for (size_t i = 0; i < COUNT(statuses); i++) {
        char text[128];
        boxd_error error = BOXD_ERROR_INIT;
        (void)snprintf(text, sizeof text, "{\"http\":\"POST /hosts\",\"host_status\":\"%s\"}", statuses[i]);
        emulator_fault(&emulator, text);
        drukbox_host *host = drukbox_make_host();
        ck_assert_str_eq(host->status, statuses[i]);
        ck_assert_str_eq(host->external_ssh_host, "");
        ck_assert_str_eq(host->ssh_username, "");
        ck_assert_str_eq(host->known_hosts, "");
        ck_assert_int_eq(host->external_ssh_port, 22);
        ck_assert(!host->activated_at && host->activated_at_ms == 0 && !host->private_key);
        ck_assert_int_eq((int)try_host_delete(host->id, &error), (int)BOXD_ERR_CONFLICT);
        e2e_expect(&error, BOXD_ERR_CONFLICT, "host is still provisioning");
        ck_assert_ptr_null(try_host_renew(host->id, NULL, &error));
        e2e_expect(&error, BOXD_ERR_CONFLICT, "cannot renew a host in status");
        (void)snprintf(text, sizeof text, "{\"id\":\"%s\",\"status\":\"error\",\"last_error\":\"E: why\"}",
                       host->id);
        free(emulator_control(&emulator, "POST", "drukbox/host", text));
        drukbox_host *failed = try_host_get(host->id, &error);
        e2e_ok(failed, error);
        ck_assert_str_eq(failed->status, "error");
        ck_assert_str_eq(failed->last_error, "E: why");
        drukbox_host_free(host);
        drop(failed);
    }
    drukbox_close(client);
}
END_TEST

/* ---- leases ---- */

START_TEST(leases)
{
    boxd_error error = BOXD_ERROR_INIT;
    const int64_t end = (now_ms() / 1000 + 3600) * 1000;
    drukbox_open(_i, NULL);
    drukbox_host *usual = drukbox_make_host();
    drukbox_host *permanent = make(BOXD_OPTIONS(drukbox_host_create_options, .permanent = true));
    drukbox_host *short_one = make(BOXD_OPTIONS(drukbox_host_create_options, .expires_at_ms = end));
    check_near(usual->expires_at_ms, now_ms() + DAY_MS);
    ck_assert(!permanent->expires_at && permanent->expires_at_ms == 0);
    ck_assert_int_eq(short_one->expires_at_ms, end);
    /* The new end is absolute, and may be earlier; a permanent host gets an end. */
    drukbox_host *renewed = try_host_renew(
        usual->id, BOXD_OPTIONS(drukbox_host_renew_options, .expires_at_ms = end + 1001), &error);
    e2e_ok(renewed, error);
    ck_assert_str_eq(renewed->id, usual->id);
    ck_assert_int_eq(renewed->expires_at_ms, end + 1001);
    ck_assert_ptr_null(renewed->private_key);
    drukbox_host_free(renewed);
    renewed = try_host_renew(permanent->id, NULL, &error);
    e2e_ok(renewed, error);
    check_near(renewed->expires_at_ms, now_ms() + DAY_MS);
    drukbox_host_free(renewed);
    ck_assert_ptr_null(
        try_host_renew(usual->id, BOXD_OPTIONS(drukbox_host_renew_options, .expires_at_ms = 1), &error));
    e2e_expect(&error, BOXD_ERR_VALIDATION, "expires_at must be in the future");
    drop(usual);
    drop(permanent);
    drop(short_one);
    drukbox_close(client);
}
END_TEST

/* ---- repeated requests ---- */

START_TEST(replayed)
{
    drukbox_host_create_options options = {.size = sizeof options, .provider = "docker"};
    drukbox_open(_i, NULL);
    options.idempotency_key = own_key("replayed");
    drukbox_host *first = make(&options);
    ck_assert_ptr_nonnull(first->private_key);
    options.image = "another"; /* the service does not compare the other options */
    drukbox_host *second = make(&options);
    ck_assert_str_eq(second->id, first->id);
    ck_assert_str_eq(second->image, first->image);
    ck_assert_ptr_null(second->private_key);
    drukbox_host_free(second);
    drop(first); /* the key is deleted with the host */
    drukbox_host *third = make(&options);
    ck_assert_str_eq(third->image, "another");
    ck_assert_ptr_nonnull(third->private_key);
    drop(third);
    drukbox_close(client);
}
END_TEST

/* The service created the host, and the answer was lost. */
START_TEST(lost_answer)
{
    static const char lost[] = "{\"http\":\"POST /hosts\",\"after\":true,\"close\":true}";
    drukbox_host_create_options options = {.size = sizeof options, .provider = "docker"};
    boxd_error error = BOXD_ERROR_INIT;
    char image[96];
    drukbox_open(_i, NULL);
    (void)snprintf(image, sizeof image, "%s", own_key("image"));
    options.image = image;
    emulator_fault(&emulator, lost);
    ck_assert_ptr_null(try_host_create(&options, &error));
    e2e_expect(&error, BOXD_ERR_UNAVAILABLE, "Sandbox service transport failed: ");
    e2e_expect(&error, BOXD_ERR_UNAVAILABLE, "drukbox_host_list()");
    e2e_expect(&error, BOXD_ERR_UNAVAILABLE, "idempotency_key");
    ck_assert(error.sent == BOXD_SENT_UNKNOWN && !error.retryable && error.http_status == 0);
    options.idempotency_key = own_key("lost");
    emulator_fault(&emulator, lost);
    ck_assert_ptr_null(try_host_create(&options, &error));
    e2e_expect(&error, BOXD_ERR_UNAVAILABLE, "(POST /hosts");
    ck_assert(error.sent == BOXD_SENT_UNKNOWN && error.retryable);
    drukbox_host *again = make(&options);
    ck_assert_ptr_null(again->private_key); /* the key was in the lost answer */
    ck_assert_str_eq(again->image, image);
    drukbox_hosts *all = try_host_list(&error); /* the first host is found by its image */
    e2e_ok(all, error);
    int found = 0;
    for (size_t i = 0; i < all->count; i++)
        found += strcmp(all->items[i]->image, image) == 0;
    ck_assert_int_eq(found, 2);
    drukbox_hosts_free(all);
    drop(again);
    drukbox_close(client);
}
END_TEST

/* After a failure there is no host to return: the same key creates a new one. */
START_TEST(failed_and_repeated)
{
    drukbox_host_create_options options = {.size = sizeof options, .provider = "docker"};
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_open(_i, NULL);
    options.idempotency_key = own_key("failed");
    emulator_fault(&emulator, "{\"http\":\"POST /hosts\",\"host_status\":\"error\"}");
    ck_assert_ptr_null(try_host_create(&options, &error));
    e2e_expect(&error, BOXD_ERR_PROVISIONING, "ProviderTransportError: injected fault");
    e2e_expect(&error, BOXD_ERR_PROVISIONING, "502 PROVISIONING_FAILED");
    ck_assert(error.sent == BOXD_SENT_YES && error.http_status == 502);
    drukbox_host *host = make(&options);
    ck_assert_ptr_nonnull(host->private_key);
    drop(host);
    drukbox_hosts *all = try_host_list(&error); /* a failed host is listed and can be deleted */
    e2e_ok(all, error);
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->items[i]->status, "error") == 0) {
            ck_assert_str_ne(all->items[i]->last_error, "");
            e2e_ok(try_host_delete(all->items[i]->id, &error) == BOXD_OK, error);
        }
    drukbox_hosts_free(all);
    drukbox_close(client);
}
END_TEST

START_TEST(listed)
{
    enum { N = 5 };
    drukbox_host *made[N];
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_open(_i, NULL);
    for (int i = 0; i < N; i++)
        made[i] = drukbox_make_host();
    drukbox_hosts *all = try_host_list(&error);
    e2e_ok(all, error);
    ck_assert_uint_ge(all->count, N);
    for (int i = 0; i < N; i++) { /* the newest first */
        ck_assert_str_eq(all->items[i]->id, made[N - 1 - i]->id);
        ck_assert_str_eq(all->items[i]->known_hosts, made[N - 1 - i]->known_hosts);
        ck_assert_ptr_null(all->items[i]->private_key);
        ck_assert_int_eq(all->items[i]->created_at_ms, made[N - 1 - i]->created_at_ms);
    }
    drukbox_hosts_free(all);
    for (int i = 0; i < N; i++)
        drop(made[i]);
    drukbox_close(client);
}
END_TEST

/* ---- refused by the library ---- */

#define ONE_SECRET(...)                                                                                      \
    .secret_count = 1, .secrets = BOXD_LIST(drukbox_secret, BOXD_OPTIONS(drukbox_secret, __VA_ARGS__))

static const struct {
    drukbox_host_create_options options;
    const char *says;
} refused_rows[] = {
    {{.env = BOXD_ARGV("A")}, "no \"=\""},
    {{.env = BOXD_ARGV("=hunter2")}, "the environment name \"\""},
    {{.env = BOXD_ARGV("1A=hunter2")}, "the environment name \"1A\""},
    {{.env = BOXD_ARGV("A-B=hunter2")}, "the environment name \"A-B\""},
    {{.env = BOXD_ARGV("\xC3\xA9=hunter2")}, "the environment name"},
    {{.env = BOXD_ARGV("TAILSCALE_AUTHKEY=hunter2")}, "TAILSCALE_AUTHKEY is reserved by the service"},
    {{.env = BOXD_ARGV("A=hunter2\xFF")}, "env is not valid UTF-8"},
    {{.image = "\xFF"}, "image is not valid UTF-8"},
    {{.provider = "\xFF"}, "provider is not valid UTF-8"},
    {{.instance_type = "\xC3"}, "instance_type is not valid UTF-8"},
    {{.template_id = "\xFF"}, "template_id is not valid UTF-8"},
    {{.permanent = true, .expires_at_ms = 1}, "permanent and expires_at_ms are both set"},
    {{.expires_at_ms = INT64_MAX}, "expires_at_ms is 9223372036854775807"},
    {{.expires_at_ms = INT64_MIN}, "give a time in the years 1 to 9999"},
    {{.disk_gb = -1}, "disk_gb is -1"},
    {{.idempotency_key = "a\r\nX: y"}, "idempotency_key is empty, or has a blank"},
    {{.idempotency_key = "\xC3\xA9"}, "idempotency_key"},
    {{.secret_count = 1}, "secrets is NULL, but its count is 1"},
    {{.secrets = secrets}, "secrets is set, but its count is 0"},
    {{ONE_SECRET(.service = NULL, .value = "v")}, "does not name its service"},
    {{ONE_SECRET(.service = "", .value = "v")}, "does not name its service"},
    {{ONE_SECRET(.service = "\xFF", .value = "v")}, "does not name its service"},
    {{ONE_SECRET(.service = "openai")}, "neither a value nor an issuer"},
    {{ONE_SECRET(.service = "openai", .value = "hunter2", .issuer_url = "https://i")},
     "a value and an issuer"},
    {{ONE_SECRET(.service = "openai", .value = "hunter2\xFF")}, "a secret's value is not valid UTF-8"},
    {{ONE_SECRET(.service = "openai", .issuer_url = "https://i", .issuer_headers = BOXD_ARGV("hunter2"))},
     "issuer_headers"},
    {{ONE_SECRET(.service = "openai", .issuer_url = "https://i", .issuer_headers = BOXD_ARGV("=hunter2"))},
     "issuer_headers"},
    {{.secret_count = 1,
      .secrets = BOXD_LIST(drukbox_secret, &(drukbox_secret){.service = "openai", .value = "a"})},
     "size of a drukbox_secret is not set"},
    {{.secret_count = 2,
      .secrets = BOXD_LIST(drukbox_secret, BOXD_OPTIONS(drukbox_secret, .service = "openai", .value = "a"),
                           BOXD_OPTIONS(drukbox_secret, .service = "openai", .value = "b"))},
     "two secrets for the service \"openai\""},
    {{.call = {.timeout_ms = -2}}, "timeout_ms is -2"},
    {{.call = {.metadata = BOXD_ARGV("authorization=hunter2")}}, "authorization"},
};

START_TEST(refused_by_the_library)
{
    boxd_counters counters = BOXD_COUNTERS_INIT;
    drukbox_open(_i, NULL);
    for (size_t i = 0; i < COUNT(refused_rows); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        drukbox_host_create_options options = refused_rows[i].options;
        options.size = sizeof options;
        ck_assert_msg(!try_host_create(&options, &error), "row %zu", i);
        e2e_refused(error.status, &error, refused_rows[i].says);
        ck_assert_msg(!strstr(error.message, "hunter2"), "%s", error.message);
    }
    struct {
        drukbox_host_create_options known;
        char more[8];
    } newer = {.known = {.size = sizeof newer}, .more = "x"};
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_ptr_null(try_host_create(&newer.known, &error));
    e2e_refused(error.status, &error, "drukbox_host_create_options");
    drukbox_client_get_counters(client, &counters);
    ck_assert_uint_eq(counters.attempts, 0);
    ck_assert_uint_eq(counters.failed, COUNT(refused_rows) + 1);
    drukbox_close(client);
}
END_TEST

/* Ids that would change the path. */
START_TEST(no_id)
{
    static const struct {
        const char *id, *says;
    } rows[] = {{NULL, " is NULL"},
                {"", " is empty"},
                {".", "\".\" is not a valid "},
                {"..", "\"..\" is not a valid "}};
    boxd_counters counters = BOXD_COUNTERS_INIT;
    drukbox_open(_i, NULL);
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *id = rows[i].id, *says = rows[i].says;
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_ptr_null(try_host_get(id, &error));
        e2e_refused(error.status, &error, says);
        ck_assert_ptr_null(try_host_attach(id, &error));
        e2e_refused(error.status, &error, says);
        ck_assert_ptr_null(try_host_renew(id, NULL, &error));
        e2e_refused(error.status, &error, says);
        e2e_refused(try_host_delete(id, &error), &error, says);
        e2e_refused(try_host_refresh_secret(id, "openai", &error), &error, says);
        e2e_refused(try_host_refresh_secret("x", id, &error), &error, says);
        e2e_refused(try_http_proxy_delete(id, &error), &error, says);
        ck_assert_ptr_null(try_http_proxy_attach(id, "x", &error));
        e2e_refused(error.status, &error, says);
        ck_assert_ptr_null(try_http_proxy_attach("x", id, &error));
        e2e_refused(error.status, &error, says);
        e2e_refused(try_http_proxy_detach(id, "x", &error), &error, says);
        e2e_refused(try_http_proxy_detach("x", id, &error), &error, says);
        ck_assert_ptr_null(try_template_get(id, &error));
        e2e_refused(error.status, &error, says);
        e2e_refused(try_template_delete(id, &error), &error, says);
        e2e_refused(try_service_account_remove(id, &error), &error, says);
    }
    drukbox_client_get_counters(client, &counters);
    ck_assert_uint_eq(counters.attempts, 0);
    drukbox_close(client);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drukbox_hosts");
    drukbox_add(suite, private_keys);
    drukbox_add(suite, from_create_to_delete);
    drukbox_add(suite, every_option);
    drukbox_add(suite, no_option);
    drukbox_add(suite, on_its_way);
    drukbox_add(suite, leases);
    drukbox_add(suite, replayed);
    drukbox_add(suite, lost_answer);
    drukbox_add(suite, failed_and_repeated);
    drukbox_add(suite, listed);
    drukbox_add(suite, refused_by_the_library);
    drukbox_add(suite, no_id);
    return drukbox_main(suite, NULL);
}
