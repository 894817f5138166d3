/*
 * One client for every generation of the service: each generation's answers are understood, and missing
 * features are reported. Run with --drukbox-generation 0.0.4, 0.0.7, 0.5.1 or newest.
 */
#include "operations.h"

#include <stdio.h>

static const char *generation = "newest";

static bool has_accounts(void)
{
    return strcmp(generation, "0.5.1") == 0 || strcmp(generation, "newest") == 0;
}

static bool has_proxies(void)
{
    return strcmp(generation, "0.0.4") != 0;
}

/* ---- records ---- */

START_TEST(hosts)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_open(_i, NULL);
    drukbox_host *host = try_host_create(BOXD_OPTIONS(drukbox_host_create_options, .image = "i",
                                                      .provider = "aws", .instance_type = "t", .disk_gb = 9),
                                         &error);
    e2e_ok(host, error);
    ck_assert(host->id && host->private_key && host->created_at_ms > 0 && host->expires_at_ms > 0);
    ck_assert((host->service_account != NULL) == has_accounts());
    ck_assert((host->instance_type != NULL) == has_proxies()); /* the same generation introduced both */
    ck_assert(host->has_disk_gb == has_proxies());
    ck_assert(host->ignored == 0 && !host->warning);
    drukbox_host *got = try_host_get(host->id, &error);
    e2e_ok(got, error);
    ck_assert_str_eq(got->name, host->name);
    drukbox_hosts *all = try_host_list(&error);
    e2e_ok(all, error);
    ck_assert_str_eq(all->items[0]->id, host->id);
    e2e_ok(try_host_delete(host->id, &error) == BOXD_OK, error);
    drukbox_hosts_free(all);
    drukbox_host_free(got);
    drukbox_host_free(host);
    drukbox_close(client);
}
END_TEST

/* Only the newest generation has providers that limit the lifetime of hosts. */
START_TEST(deadlines)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_open(_i, NULL);
    drukbox_host *host = drukbox_make_host();
    const bool newest = strcmp(generation, "newest") == 0;
    ck_assert((host->lease_deadline != NULL) == newest && (host->lease_deadline_ms > 0) == newest);
    if (newest)
        ck_assert_int_le(host->expires_at_ms, host->lease_deadline_ms); /* limited to the maximum */
    if (has_accounts()) {
        ck_assert_ptr_null(
            try_host_create(BOXD_OPTIONS(drukbox_host_create_options, .permanent = true), &error));
        e2e_expect(&error, BOXD_ERR_RESPONSE, "400 HOST_LEASE");
        ck_assert_ptr_null(try_host_renew(
            host->id, BOXD_OPTIONS(drukbox_host_renew_options, .expires_at_ms = 4102444800000), &error));
        e2e_expect(&error, BOXD_ERR_RESPONSE, "400 HOST_LEASE");
    }
    drukbox_host_free(host);
    drukbox_close(client);
}
END_TEST

START_TEST(doctor)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_open(_i, NULL);
    drukbox_doctor_report *report = try_client_doctor(&error);
    e2e_ok(report, error);
    ck_assert(report->ok && report->has_tailnet && !report->tailnet);
    ck_assert_uint_eq(report->check_count, has_accounts() ? 3 : 2);
    drukbox_doctor_report_free(report);
    drukbox_close(client);
}
END_TEST

/* ---- options that an old service ignores ---- */

static const drukbox_secret *const secrets[] = {
    BOXD_OPTIONS(drukbox_secret, .service = "openai", .value = "hunter2")};

static char lines[4096]; /* lines of the log; written on the core thread, and read after the close */

static void on_log(boxd_log_level level, const char *line, void *data)
{
    (void)data;
    const size_t used = strlen(lines);
    (void)snprintf(lines + used, sizeof lines - used, "%d %s\n", (int)level, line);
}

/* The service creates the host without these options and does not report that. The client does. */
START_TEST(ignored)
{
    const struct {
        drukbox_host_create_options options;
        uint32_t ignored;
        const char *warning;
    } rows[] = {
        {{.secrets = secrets, .secret_count = 1}, DRUKBOX_IGNORED_SECRETS, "too old for secrets,"},
        {{.template_id = "no-uuid"}, DRUKBOX_IGNORED_TEMPLATE, "too old for templates,"},
        {{.secrets = secrets, .secret_count = 1, .template_id = OPERATION_ID},
         DRUKBOX_IGNORED_SECRETS | DRUKBOX_IGNORED_TEMPLATE,
         "too old for secrets and templates,"},
        {{.template_id = OPERATION_ID, .image = "i"},
         0,
         NULL}, /* the image takes precedence in every generation */
        {{.image = "i"}, 0, NULL},
    };
    const boxd_hooks hooks = {.size = sizeof hooks, .log = on_log, .log_level = BOXD_LOG_WARNING};
    if (has_accounts())
        return;
    drukbox_open(_i, BOXD_OPTIONS(drukbox_client_options, .hooks = &hooks));
    for (size_t i = 0; i < COUNT(rows); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        drukbox_host_create_options options = rows[i].options;
        options.size = sizeof options;
        drukbox_host *host = try_host_create(&options, &error);
        e2e_ok(host, error);
        ck_assert(host->ignored == rows[i].ignored);
        ck_assert((host->warning != NULL) == (rows[i].warning != NULL));
        if (host->warning)
            ck_assert_msg(strstr(host->warning, rows[i].warning), "%s", host->warning);
        drukbox_host *got = try_host_get(host->id, &error); /* only about options that were set */
        e2e_ok(got, error);
        ck_assert(got->ignored == 0 && !got->warning);
        e2e_ok(try_host_delete(host->id, &error) == BOXD_OK, error);
        drukbox_host_free(got);
        drukbox_host_free(host);
    }
    drukbox_close(client);
    ck_assert_msg(strstr(lines, "2 host 0") && strstr(lines, "too old for secrets and templates"), "%s",
                  lines);
    ck_assert_ptr_null(strstr(lines, "hunter2"));
}
END_TEST

START_TEST(unknown_routes)
{
    drukbox_open(_i, NULL);
    for (size_t i = 0; i < drukbox_operation_count; i++) {
        const drukbox_operation *o = &drukbox_operations[i];
        const bool newer =
            strstr(o->route, "templates") || strstr(o->route, "accounts") || strstr(o->route, "secrets");
        const bool middle = strstr(o->route, "proxies") || strstr(o->route, "renew");
        boxd_error error = BOXD_ERROR_INIT;
        if ((!newer || has_accounts()) && (!middle || has_proxies()))
            continue;
        ck_assert_int_eq((int)o->run(&error), (int)BOXD_ERR_NOT_FOUND);
        e2e_expect(&error, BOXD_ERR_NOT_FOUND, "Not Found (");
        ck_assert_int_eq(error.http_status, 404);
    }
    drukbox_close(client);
}
END_TEST

/* Permanent hosts exist in all generations; the texts for a wrong token differ. */
START_TEST(the_same_for_all)
{
    boxd_error error = BOXD_ERROR_INIT;
    drukbox_host_create_options options = DRUKBOX_HOST_CREATE_OPTIONS_INIT;
    drukbox_open(_i, NULL);
    options.image = "";
    ck_assert_ptr_null(try_host_create(&options, &error));
    e2e_expect(&error, BOXD_ERR_VALIDATION, "Value error, image must not be blank");
    ck_assert_ptr_null(try_host_get(OPERATION_ID, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "host not found");
    drukbox_close(client);
    drukbox_open(_i, BOXD_OPTIONS(drukbox_client_options, .token = "another"));
    ck_assert_ptr_null(try_host_list(&error));
    e2e_expect(&error, BOXD_ERR_AUTHENTICATION,
               has_accounts() ? "service account token rejected" : "service token rejected");
    drukbox_close(client);
}
END_TEST

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "--drukbox-generation") == 0)
        generation = argv[2];
    const char *const options[] = {"--drukbox-generation", generation, "--drukbox-lifetime", "3600", NULL};
    Suite *suite = suite_create("drukbox_generations");
    drukbox_add(suite, hosts);
    drukbox_add(suite, deadlines);
    drukbox_add(suite, doctor);
    drukbox_add(suite, ignored);
    drukbox_add(suite, unknown_routes);
    drukbox_add(suite, the_same_for_all);
    return drukbox_main(suite, options);
}
