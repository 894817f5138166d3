/*
 * Records: the source of each member, and its value when the JSON is null, missing or of another type. No
 * malformed answer may crash the client.
 */
#include "bad_server.h"
#include "drukbox_case.h"

#include <stddef.h>
#include <stdio.h>

enum { ANSWER_SIZE = 8192, MOST_ANSWERS = 16 };

static bad_server *server;

static void write_answer(char answer[ANSWER_SIZE], const char *body, size_t size)
{
    const int head = snprintf(answer, ANSWER_SIZE,
                              "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n", size);
    ck_assert_uint_lt((size_t)head + size, ANSWER_SIZE);
    memcpy(answer + head, body, size);
    answer[(size_t)head + size] = '\0';
}

/* The client of the test uses a server that sends exactly this answer. */
static void answer_with(const char *body)
{
    static char answer[ANSWER_SIZE];
    write_answer(answer, body, strlen(body));
    server = bad_server_start_one(BAD_HTTP, answer);
    client = drukbox_open_port(bad_server_port(server), 0);
}

static void no_more_answers(void)
{
    drukbox_close(client);
    bad_server_stop(server);
}

static void begin(int i)
{
    drukbox_open(i, NULL);
    drukbox_close(client);
}

static drukbox_host *host_of(const char *body)
{
    boxd_error error = BOXD_ERROR_INIT;
    answer_with(body);
    drukbox_host *host = try_host_get("x", &error);
    e2e_ok(host, error);
    no_more_answers();
    return host;
}

/* ---- the fields of a host ---- */

#define FIELD(name)                                                                                          \
    {                                                                                                        \
#name, offsetof(drukbox_host, name), 0                                                               \
    }
#define TIME(name)                                                                                           \
    {                                                                                                        \
#name, offsetof(drukbox_host, name), offsetof(drukbox_host, name##_ms)                               \
    }

static const struct {
    const char *key;
    /* `ms` 0: no time. */
    size_t text, ms;
} fields[] = {
    FIELD(name),
    FIELD(service_account),
    FIELD(status),
    FIELD(provider),
    FIELD(image),
    FIELD(instance_type),
    FIELD(external_ssh_host),
    FIELD(ssh_username),
    FIELD(internal_ssh_host),
    FIELD(known_hosts),
    FIELD(tailscale_device_id),
    FIELD(private_key),
    FIELD(last_error),
    TIME(created_at),
    TIME(updated_at),
    TIME(activated_at),
    TIME(expires_at),
    TIME(lease_deadline),
};

static const char *text_at(const drukbox_host *host, size_t i)
{
    const char *text;
    memcpy(&text, (const char *)host + fields[i].text, sizeof text);
    return text;
}

static int64_t ms_at(const drukbox_host *host, size_t i)
{
    int64_t ms = 0;
    if (fields[i].ms)
        memcpy(&ms, (const char *)host + fields[i].ms, sizeof ms);
    return ms;
}

/* Only member `alone` of the record is set (COUNT(fields): none). */
static void check_alone(const drukbox_host *host, size_t alone, const char *text, int64_t ms)
{
    ck_assert_str_eq(host->id, "x");
    for (size_t i = 0; i < COUNT(fields); i++) {
        const char *found = text_at(host, i);
        if (i != alone || !text)
            ck_assert_msg(!found && ms_at(host, i) == 0, "%s beside %s", fields[i].key, fields[alone].key);
        else
            ck_assert_msg(found && strcmp(found, text) == 0 && ms_at(host, i) == (fields[i].ms ? ms : 0),
                          "%s is %s", fields[i].key, found ? found : "NULL");
    }
    ck_assert(!host->has_disk_gb && host->external_ssh_port == 0 && host->ignored == 0 && !host->warning);
}

START_TEST(each_field)
{
    static const struct {
        const char *json, *text;
        int64_t ms;
        /* Of a time, if it is another one. */
        const char *time;
    } values[] = {
        {"\"2026-06-01T12:00:00.250000Z\"", "2026-06-01T12:00:00.250000Z", 1780315200250, NULL},
        {"\"2026-06-01T12:00:00+00:00\"", "2026-06-01T12:00:00+00:00", 1780315200000, NULL},
        {"\"1780315200\"", "1780315200", 1780315200000, NULL},
        {"1780315200.25", NULL, 1780315200250, "2026-06-01T12:00:00.250000+00:00"},
        {"12", NULL, 12000, "1970-01-01T00:00:12+00:00"},
        {"\"2026-06-01\"", "2026-06-01", 0, NULL},
        {"\"2026-06-01T12:00:00\"", "2026-06-01T12:00:00", 0, NULL},
        {"\"\"", "", 0, NULL},
        {"\"a\\n\\u00e9\"", "a\n\xC3\xA9", 0, NULL},
        {"null", NULL, 0, NULL},
        {"1e30", NULL, 0, NULL},
        {"[\"a\"]", NULL, 0, NULL},
        {"true", NULL, 0, NULL},
    };
    begin(_i);
    for (size_t i = 0; i < COUNT(fields); i++)
        for (size_t k = 0; k < COUNT(values); k++) {
            char body[160];
            (void)snprintf(body, sizeof body, "{\"id\":\"x\",\"%s\":%s}", fields[i].key, values[k].json);
            drukbox_host *host = host_of(body);
            const bool time = fields[i].ms && values[k].time;
            check_alone(host, i, time ? values[k].time : values[k].text, values[k].ms);
            drukbox_host_free(host);
        }
    drukbox_host *host =
        host_of("{\"id\":\"x\",\"new\":{\"id\":\"y\"},\"disk\":3,\"external_ssh_port\":\"22\"}");
    check_alone(host, COUNT(fields) - 1, NULL, 0);
    drukbox_host_free(host);
}
END_TEST

START_TEST(numbers)
{
    static const struct {
        const char *json;
        int64_t disk_gb;
        bool has_disk_gb;
        int32_t port;
    } values[] = {
        {"22", 22, true, 22},
        {"65535", 65535, true, 65535},
        {"65536", 65536, true, 0},
        {"0", 0, true, 0},
        {"-1", -1, true, 0},
        {"22.0", 22, true, 22},
        {"22.5", 0, false, 0},
        {"\"22\"", 0, false, 0},
        {"null", 0, false, 0},
        {"99999999999999999999999", 0, false, 0},
        {"9223372036854775807", INT64_MAX, true, 0},
    };
    begin(_i);
    for (size_t i = 0; i < COUNT(values); i++) {
        char body[160];
        (void)snprintf(body, sizeof body, "{\"disk_gb\":%s,\"external_ssh_port\":%s,\"id\":\"x\"}",
                       values[i].json, values[i].json);
        drukbox_host *host = host_of(body);
        ck_assert_msg(host->disk_gb == values[i].disk_gb && host->has_disk_gb == values[i].has_disk_gb, "%s",
                      body);
        ck_assert_int_eq(host->external_ssh_port, values[i].port);
        drukbox_host_free(host);
    }
}
END_TEST

/* ---- required members ---- */

static boxd_status get_host(boxd_error *error)
{
    drukbox_host *host = try_host_get("x", error);
    drukbox_host_free(host);
    return host ? BOXD_OK : error->status;
}

static boxd_status make_host(boxd_error *error)
{
    drukbox_host *host = try_host_create(NULL, error);
    drukbox_host_free(host);
    return host ? BOXD_OK : error->status;
}

static boxd_status list_hosts(boxd_error *error)
{
    drukbox_hosts *hosts = try_host_list(error);
    drukbox_hosts_free(hosts);
    return hosts ? BOXD_OK : error->status;
}

static boxd_status get_template(boxd_error *error)
{
    drukbox_template *known = try_template_get("x", error);
    drukbox_template_free(known);
    return known ? BOXD_OK : error->status;
}

static boxd_status list_templates(boxd_error *error)
{
    drukbox_templates *templates = try_template_list(error);
    drukbox_templates_free(templates);
    return templates ? BOXD_OK : error->status;
}

static boxd_status make_account(boxd_error *error)
{
    drukbox_service_account *account = try_service_account_create("x", error);
    drukbox_service_account_free(account);
    return account ? BOXD_OK : error->status;
}

static boxd_status make_proxy(boxd_error *error)
{
    drukbox_http_proxy *proxy = try_http_proxy_create("x", "x", BOXD_ARGV("A=b"), error);
    drukbox_http_proxy_free(proxy);
    return proxy ? BOXD_OK : error->status;
}

static boxd_status attach_proxy(boxd_error *error)
{
    drukbox_http_proxy_attachment *attached = try_http_proxy_attach("x", "x", error);
    drukbox_http_proxy_attachment_free(attached);
    return attached ? BOXD_OK : error->status;
}

static boxd_status ask_doctor(boxd_error *error)
{
    drukbox_doctor_report *report = try_client_doctor(error);
    drukbox_doctor_report_free(report);
    return report ? BOXD_OK : error->status;
}

static boxd_status delete_host(boxd_error *error)
{
    return try_host_delete("x", error);
}

static boxd_status refresh(boxd_error *error)
{
    return try_host_refresh_secret("x", "x", error);
}

static const struct {
    boxd_status (*run)(boxd_error *error);
    /* `says` NULL: the call succeeds. */
    const char *body, *says;
} shape_rows[] = {
    {get_host, "{\"id\":\"x\"}", NULL},
    {get_host, "{\"id\":\"x\",\"id\":\"\"}", NULL},
    {get_host, "{}", "the service's answer has no \"id\" (GET /hosts/x, 200)"},
    {get_host, "{\"id\":null}", "has no \"id\""},
    {get_host, "{\"id\":7}", "has no \"id\""},
    {get_host, "[{\"id\":\"x\"}]", "the service's answer is not a host record (GET /hosts/x, 200)"},
    {get_host, "null", "is not a host record"},
    {get_host, "\"x\"", "is not a host record"},
    {get_host, "7", "is not a host record"},
    {get_host, "", "non-JSON output (GET /hosts/x, 200)"},
    {make_host, "{\"name\":\"x\"}", "has no \"id\""},
    {list_hosts, "[]", NULL},
    {list_hosts, "{}", NULL}, /* an empty list, as the newest Python client reads it */
    {list_hosts, "[{\"id\":\"x\"},{\"id\":\"y\"}]", NULL},
    {list_hosts, "[{\"id\":\"x\"},{}]", "has no \"id\""},
    {list_hosts, "[{\"id\":\"x\"},null]", "has no \"id\""},
    {list_hosts, "[[]]", "has no \"id\""},
    {list_hosts, "{\"id\":\"x\"}", "is not a list of host records"},
    {list_hosts, "null", "is not a list of host records"},
    {get_template, "{\"id\":\"x\"}", NULL},
    {get_template, "{\"label\":\"x\"}", "has no \"id\""},
    {list_templates, "{}", NULL},
    {list_templates, "[{\"label\":\"x\"}]", "has no \"id\""},
    {list_templates, "7", "is not a list"},
    {make_account, "{\"token\":\"t\"}", NULL},
    {make_account, "{\"name\":\"t\"}", "has no \"token\""},
    {make_proxy, "{}", NULL},
    {make_proxy, "[]", "is not a proxy record"},
    {attach_proxy, "{\"name\":1}", NULL},
    {attach_proxy, "false", "is not an attachment record"},
    {delete_host, "{}", NULL}, /* any JSON is accepted */
    {delete_host, "null", NULL},
    {delete_host, "[1]", NULL},
    {delete_host, "", "non-JSON output"},
    {refresh, "\"x\"", NULL},
    {refresh, "<html>", "non-JSON output"},
};

START_TEST(shapes)
{
    begin(_i);
    for (size_t i = 0; i < COUNT(shape_rows); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        answer_with(shape_rows[i].body);
        const boxd_status status = shape_rows[i].run(&error);
        no_more_answers();
        ck_assert_msg((status == BOXD_OK) == !shape_rows[i].says, "%zu: %s", i, error.message);
        if (!shape_rows[i].says)
            continue;
        e2e_expect(&error, BOXD_ERR_RESPONSE, shape_rows[i].says);
        ck_assert(error.sent == BOXD_SENT_YES && !error.retryable && error.http_status == 200);
    }
}
END_TEST

/* ---- other records ---- */

START_TEST(a_template)
{
    static const char body[] =
        "{\"last_used_at\":\"2026-06-01T12:00:02Z\",\"updated_at\":\"2026-06-01T12:00:01Z\",\"created_at\":"
        "\"2026-06-01T12:00:00Z\",\"last_error\":\"e\",\"status\":\"failed\",\"image\":\"\",\"label\":\"l\","
        "\"setup_script_hash\":\"h\",\"base_image\":\"b\",\"provider\":\"p\",\"id\":\"x\",\"new\":null}";
    boxd_error error = BOXD_ERROR_INIT;
    begin(_i);
    answer_with(body);
    drukbox_template *t = try_template_get("x", &error);
    e2e_ok(t, error);
    no_more_answers();
    const char *const pairs[][2] = {{t->id, "x"},
                                    {t->provider, "p"},
                                    {t->base_image, "b"},
                                    {t->setup_script_hash, "h"},
                                    {t->label, "l"},
                                    {t->image, ""},
                                    {t->status, "failed"},
                                    {t->last_error, "e"},
                                    {t->created_at, "2026-06-01T12:00:00Z"},
                                    {t->updated_at, "2026-06-01T12:00:01Z"},
                                    {t->last_used_at, "2026-06-01T12:00:02Z"}};
    for (size_t i = 0; i < COUNT(pairs); i++)
        ck_assert_str_eq(pairs[i][0], pairs[i][1]);
    ck_assert(t->created_at_ms == 1780315200000 && t->updated_at_ms == 1780315201000 &&
              t->last_used_at_ms == 1780315202000);
    drukbox_template_free(t);
    drukbox_template_free(NULL);
    drukbox_templates_free(NULL);
    drukbox_host_free(NULL);
    drukbox_hosts_free(NULL);
    drukbox_doctor_report_free(NULL);
    drukbox_http_proxy_free(NULL);
    drukbox_http_proxy_attachment_free(NULL);
    drukbox_service_account_free(NULL);
}
END_TEST

/* ---- closed descriptors ---- */

static unsigned random_state = 1;

static unsigned random_below(unsigned limit)
{
    random_state = random_state * 1664525U + 1013904223U;
    return (random_state >> 8) % limit;
}

/* Changes, removes or inserts one to four bytes, taken from the characters of JSON. */
static size_t mutate(char *body, size_t size)
{
    static const char pieces[] = "{}[]\",:\\u0D8null-1e9.true\xFF\xC3\n";
    for (unsigned n = 1 + random_below(4); n > 0 && size > 2; n--) {
        const size_t at = random_below((unsigned)size);
        const size_t span = random_below(3) ? 1 : 1 + random_below((unsigned)(size - at));
        switch (random_below(3)) {
        case 0:
            body[at] = pieces[random_below(sizeof pieces - 1)];
            break;
        case 1:
            memmove(body + at, body + at + span, size - at - span);
            size -= span;
            break;
        default:
            memmove(body + at + 1, body + at, size - at);
            body[at] = pieces[random_below(sizeof pieces - 1)];
            size++;
            break;
        }
    }
    return size;
}

static const struct {
    boxd_status (*run)(boxd_error *error);
    const char *body;
} good_rows[] = {
    {get_host,
     "{\"id\":\"01a2\",\"name\":\"sb\\u00e9\\uD83D\\uDE00\",\"service_account\":null,\"disk_gb\":12,"
     "\"external_ssh_port\":22,\"known_hosts\":\"a\\nb\",\"private_key\":\"-----\\n\",\"created_at\":"
     "\"2026-11-22T00:09:42.014938Z\",\"lease_deadline\":null}"},
    {list_hosts,
     "[{\"id\":\"a\",\"disk_gb\":1.5e3},{\"id\":\"b\",\"expires_at\":\"2026-06-01T12:00:00+05:30\"}]"},
    {get_template, "{\"id\":\"t\",\"label\":\"\\\"\\\\\",\"last_used_at\":\"2026-06-01T12:00:00Z\"}"},
    {ask_doctor,
     "{\"ok\":false,\"tailnet\":true,\"checks\":[{\"name\":\"db\",\"latency_ms\":3,\"hint\":null}]}"},
    {make_account, "{\"name\":\"n\",\"token\":\"drkb_0123\"}"},
    {attach_proxy, "{\"name\":\"n\",\"host_id\":\"h\",\"status\":\"attached\"}"},
};

/* A complete answer ends in success or BOXD_ERR_RESPONSE, never in another status. */
START_TEST(mutations)
{
    enum { ROUNDS = 120 };
    static char answers[MOST_ANSWERS][ANSWER_SIZE];
    begin(DRUKBOX_SYNC);
    for (size_t round = 0; round < ROUNDS; round++) {
        const size_t row = round % COUNT(good_rows);
        bad_act acts[MOST_ANSWERS];
        for (size_t i = 0; i < MOST_ANSWERS; i++) {
            char body[ANSWER_SIZE / 2];
            const size_t size = strlen(good_rows[row].body);
            memcpy(body, good_rows[row].body, size);
            write_answer(answers[i], body, i == 0 ? size : mutate(body, size));
            acts[i] = (bad_act){.behaviour = BAD_HTTP, .text = answers[i]};
        }
        server = bad_server_start(acts, MOST_ANSWERS);
        client = drukbox_open_port(bad_server_port(server), 0);
        for (size_t i = 0; i < MOST_ANSWERS; i++) {
            boxd_error error = BOXD_ERROR_INIT;
            const boxd_status status = good_rows[row].run(&error);
            ck_assert_msg(status == BOXD_OK || (i > 0 && status == BOXD_ERR_RESPONSE), "%s\n%s", answers[i],
                          error.message);
        }
        no_more_answers();
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("drukbox_records");
    drukbox_add(suite, each_field);
    drukbox_add(suite, numbers);
    drukbox_add(suite, shapes);
    drukbox_add(suite, a_template);
    TCase *once = tcase_create("mutations");
    tcase_set_timeout(once, 300);
    tcase_add_test(once, mutations);
    suite_add_tcase(suite, once);
    return drukbox_main(suite, NULL);
}
