/*
 * Text of the service: in messages and in the log it is one line without secrets, in records it is UTF-8. The
 * unit tests of printable.h, secrets.h and utf8.h have all forms of such text; these tests say where it
 * applies.
 */
#include "e2e.h"
#include "reply.h"

#include <jansson.h>
#include <stdio.h>

#define FFFD "\xEF\xBF\xBD"

/* ---- messages ---- */

static char lines[64 * 1024];

static void on_log(boxd_log_level level, const char *line, void *data)
{
    const size_t used = strlen(lines);
    (void)data;
    (void)snprintf(lines + used, sizeof lines - used, "%d %s\n", (int)level, line);
}

static const boxd_hooks HOOKS = {.size = sizeof HOOKS, .log = on_log, .log_level = BOXD_LOG_DEBUG};

/* A call that ends in this status and text of the service. */
static boxd_error fail_with(int code, const char *text)
{
    boxd_error error = BOXD_ERROR_INIT;
    json_t *fault =
        json_pack("{s:s, s:i, s:s, s:i}", "rpc", "Whoami", "code", code, "message", text, "count", -1);
    char *json = json_dumps(fault, 0);
    json_decref(fault);
    emulator_fault(&emulator, json);
    free(json);
    ck_assert_ptr_null(on->compute_whoami(compute, NULL, &error));
    emulator_clear_faults(&emulator);
    return error;
}

static void open_logged(int i, const char *token)
{
    boxd_compute_options options = BOXD_COMPUTE_OPTIONS_INIT;
    options.token = token;
    options.hooks = &HOOKS;
    options.read_retries = -1;
    e2e_open(i, &options);
}

static void expect_no_part_of(const char *secret, const char *text)
{
    for (size_t i = 0; i + 8 <= strlen(secret); i++) {
        char part[9];
        (void)snprintf(part, sizeof part, "%.8s", secret + i);
        ck_assert_msg(!strstr(text, part), "%s", text);
    }
}

static const int CODES[] = {2, 3, 5, 7, 8, 9, 12, 13, 14, 16};

/* The whole secret, and its first half. */
START_TEST(secrets_that_the_service_repeats)
{
    char token[2048], text[200];
    const int selected = _i / 2;
    const bool with_token = _i % 2;
    emulator_export(&emulator);
    emulator_token(&emulator, token, sizeof token);
    const char *secret = with_token ? token : emulator.api_key;
    open_logged(selected, with_token ? token : NULL);
    for (size_t i = 0; i < COUNT(CODES); i++)
        for (int part = 1; part <= 2; part++) {
            const int size = (int)strlen(secret) / part;
            (void)snprintf(text, sizeof text, "bad credential %.*s", size < 150 ? size : 150, secret);
            const boxd_error error = fail_with(CODES[i], text);
            expect_no_part_of(secret, error.message);
            ck_assert_msg(CODES[i] == 12 || strstr(error.message, "credential ****"), "%s", error.message);
        }
    e2e_close();
    expect_no_part_of(secret, lines);
}
END_TEST

START_TEST(messages_are_one_line)
{
    open_logged(_i, NULL);
    for (size_t i = 0; i < COUNT(CODES); i++) {
        const boxd_error error = fail_with(CODES[i], "a\nb\x1B[2J\xC2\x9B\xE2\x80\xAE");
        ck_assert_msg(CODES[i] == 12 || strstr(error.message, "a\\x0Ab\\x1B[2J\\u009B\\u202E"), "%s",
                      error.message);
        ck_assert_ptr_null(strpbrk(error.message, "\n\x1B"));
        ck_assert_ptr_null(strstr(error.message, "\xE2\x80\xAE"));
    }
    e2e_close();
    ck_assert_ptr_null(strpbrk(lines, "\x1B"));
}
END_TEST

/* ---- records ---- */

static const struct {
    const char *sent, *text;
} TEXTS[] = {
    {"gr\xC3\xBC\xC3\x9F", "gr\xC3\xBC\xC3\x9F"}, /* UTF-8 stays */
    {"a\n\xE2\x80\xAE", "a\n\xE2\x80\xAE"},       /* records are not made safe to show */
    {"a\xFFz", "a" FFFD "z"},
    {"\xC0\x80", FFFD FFFD},
    {"\xED\xA0\x80", FFFD FFFD FFFD},
    {"\xE2\x82", FFFD},
};

START_TEST(texts_of_records_are_utf8)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_open(_i, NULL);
    for (size_t i = 0; i < COUNT(TEXTS); i++) {
        reply whoami = {.size = 0}, list = {.size = 0};
        reply_text(&whoami, 1, TEXTS[i].sent);
        reply_text(&whoami, 2, TEXTS[i].sent);
        reply_inject(&whoami, "Whoami", 1);
        boxd_identity *who = on->compute_whoami(compute, NULL, &error);
        e2e_ok(who, error);
        ck_assert_str_eq(who->user_id, TEXTS[i].text);
        ck_assert_str_eq(who->fingerprints[0], TEXTS[i].text);
        boxd_identity_free(who);
        reply_text(&list, 1, TEXTS[i].sent);
        reply_inject(&list, "SuggestVmName", 1);
        char *name = on->box_suggest_name(compute, NULL, &error);
        e2e_ok(name, error);
        ck_assert_str_eq(name, TEXTS[i].text);
        boxd_string_free(name);
    }
    e2e_close();
}
END_TEST

/* The names of files stay as they were sent. */
START_TEST(paths_are_bytes)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    for (size_t i = 0; i < COUNT(TEXTS); i++) {
        reply row = {.size = 0}, list = {.size = 0};
        reply_text(&row, 1, TEXTS[i].sent);
        reply_text(&row, 4, TEXTS[i].sent);
        reply_message(&list, 1, &row);
        reply_inject(&list, "ListDir", 1);
        boxd_dir *dir = on->box_list_dir(box, "/tmp", NULL, &error);
        e2e_ok(dir, error);
        ck_assert_str_eq(dir->items[0]->name, TEXTS[i].sent);
        ck_assert_str_eq(dir->items[0]->permissions, TEXTS[i].text);
        boxd_dir_free(dir);
    }
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- requests ---- */

/* The value may be a secret: messages name the field only. */
#define BAD "hidden\xFF"

#define CONFIG(...)                                                                                          \
    &(boxd_box_config)                                                                                       \
    {                                                                                                        \
        .size = sizeof(boxd_box_config), __VA_ARGS__                                                         \
    }

static const boxd_volume VOLUME = {.size = sizeof VOLUME, .disk_id = "d", .mount_path = "/" BAD};
static const boxd_volume *const VOLUMES[] = {&VOLUME};

static const struct {
    boxd_box_create_options options;
    const char *part;
} CREATES[] = {
    {{.image = BAD}, "CreateVm of box \"given\": image_ref is not UTF-8 and cannot be sent"},
    {{.org = BAD}, ": org is not UTF-8"},
    {{.team = BAD}, ": team is not UTF-8"},
    {{.labels = BOXD_ARGV("a=b", "c=" BAD)}, ": labels[1].value is not UTF-8"},
    {{.labels = BOXD_ARGV(BAD "=b", "c=d")}, ": labels[0].key is not UTF-8"},
    {{.networks = BOXD_ARGV(BAD)}, ": networks[0] is not UTF-8"},
    {{.config = CONFIG(.env = BOXD_ARGV("A=\xC3\xBC", "B=" BAD))}, ": env[1].value is not UTF-8"},
    {{.config = CONFIG(.cmd = BOXD_ARGV("sh", BAD))}, ": cmd[1] is not UTF-8"},
    {{.config = CONFIG(.volumes = VOLUMES, .volume_count = 1)},
     ": config.volumes[0].mount_path is not UTF-8"},
};

/* The library refuses the call, and sends nothing. */
#define REFUSED(call, part)                                                                                  \
    do {                                                                                                     \
        boxd_error error = BOXD_ERROR_INIT;                                                                  \
        (void)(call);                                                                                        \
        e2e_refused(error.status, &error, part);                                                             \
    } while (0)

static void expect_no_calls(void)
{
    char *log = emulator_control(&emulator, "GET", "log", NULL);
    ck_assert_str_eq(log, "[]");
    free(log);
}

static void open_with_empty_log(int i)
{
    e2e_open(i, NULL);
    free(emulator_control(&emulator, "DELETE", "log", NULL));
}

START_TEST(texts_of_options_are_utf8)
{
    open_with_empty_log(_i);
    for (size_t i = 0; i < COUNT(CREATES); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        boxd_box_create_options options = CREATES[i].options;
        options.size = sizeof options;
        options.name = "given";
        ck_assert_ptr_null(on->box_create(compute, &options, &error));
        e2e_refused(error.status, &error, CREATES[i].part);
        expect_no_part_of("hidden\\xFF", error.message);
        error = (boxd_error)BOXD_ERROR_INIT;
        ck_assert_ptr_null(on->box_get_or_create(compute, &options, NULL, &error));
        e2e_refused(error.status, &error, CREATES[i].part);
    }
    expect_no_calls();
    e2e_close();
}
END_TEST

START_TEST(texts_of_arguments_are_utf8)
{
    open_with_empty_log(_i);
    boxd_box *box = boxd_box_from_name(compute, "web", NULL);
    REFUSED(on->box_get(compute, BAD, NULL, &error), "GetVm of box ");
    REFUSED(on->box_find(compute, BOXD_OPTIONS(boxd_box_find_options, .org = BAD), &error),
            "org is not UTF-8");
    REFUSED(on->box_find(compute, BOXD_OPTIONS(boxd_box_find_options, .labels = BOXD_ARGV("a=" BAD)), &error),
            "label_selector[0] is not UTF-8");
    REFUSED(on->box_update_labels(box, BOXD_OPTIONS(boxd_box_update_labels_options, .remove = BOXD_ARGV(BAD)),
                                  &error),
            "UpdateVmLabels of box \"web\": remove[0] is not UTF-8");
    REFUSED(on->box_set_networks(box, BOXD_ARGV("a", BAD), NULL, &error), "networks[1] is not UTF-8");
    REFUSED(on->box_set_egress(box, BOXD_ARGV(BAD), NULL, &error), "[0] is not UTF-8");
    REFUSED(on->disk_create(compute, BAD, "1G", NULL, &error), "CreateDisk of disk ");
    REFUSED(on->snapshot_create(box, BAD, NULL, &error), "name is not UTF-8");
    REFUSED(on->snapshot_get(compute, BAD, NULL, &error), " is not UTF-8");
    REFUSED(on->checkpoint_create(box, BAD, NULL, &error), "name is not UTF-8");
    REFUSED(on->checkpoint_restore(box, BAD, NULL, &error), "name is not UTF-8");
    REFUSED(on->domain_bind(box, BAD, NULL, &error), "domain is not UTF-8");
    REFUSED(on->domain_unbind(compute, BAD, NULL, &error), "domain is not UTF-8");
    REFUSED(on->network_create(compute, BAD, NULL, &error), "name is not UTF-8");
    REFUSED(on->api_key_delete(compute, BAD, NULL, &error), " is not UTF-8");
    REFUSED(on->token_revoke(compute, BAD, NULL, &error), "jti is not UTF-8");
    expect_no_calls();
    boxd_box_free(box);
    e2e_close();
}
END_TEST

START_TEST(paths_in_the_box_are_utf8)
{
    static const char path[] = "/tmp/\xFF",
                      part[] = "the path in the box \"/tmp/\\xFF\" is not UTF-8 and cannot be sent";
    static const char new_part[] = "the new path in the box \"/tmp/\\xFF\" is not UTF-8 and cannot be sent";
    bool exists;
    open_with_empty_log(_i);
    boxd_box *box = boxd_box_from_name(compute, "web", NULL);
    REFUSED(on->box_write_file(box, path, "x", 1, NULL, &error), part);
    REFUSED(on->box_write_text(box, path, "x", NULL, &error), part);
    REFUSED(on->box_read_file(box, path, NULL, &error), part);
    REFUSED(on->box_upload(box, "/dev/null", path, NULL, &error), part);
    REFUSED(on->box_download(box, path, "/tmp/unused", NULL, &error), part);
    REFUSED(on->box_list_dir(box, path, NULL, &error), part);
    REFUSED(on->box_mkdir(box, path, NULL, &error), part);
    REFUSED(on->box_rename_path(box, path, "/x", NULL, &error), part);
    REFUSED(on->box_rename_path(box, "/x", path, NULL, &error), new_part);
    REFUSED(on->box_delete_path(box, path, NULL, &error), part);
    REFUSED(on->box_copy_path(box, path, "/x", NULL, &error), part);
    REFUSED(on->box_copy_path(box, "/x", path, NULL, &error), new_part);
    REFUSED(on->box_stat(box, path, NULL, &error), part);
    REFUSED(on->box_exists(box, path, NULL, &exists, &error), part);
    expect_no_calls();
    boxd_box_free(box);
    e2e_close();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text");
    TCase *secrets = tcase_create("secrets_that_the_service_repeats");
    tcase_set_timeout(secrets, 300);
    tcase_add_loop_test(secrets, secrets_that_the_service_repeats, 0, 2 * SURFACE_COUNT);
    suite_add_tcase(suite, secrets);
    e2e_add(suite, messages_are_one_line);
    e2e_add(suite, texts_of_records_are_utf8);
    e2e_add(suite, paths_are_bytes);
    e2e_add(suite, texts_of_options_are_utf8);
    e2e_add(suite, texts_of_arguments_are_utf8);
    e2e_add(suite, paths_in_the_box_are_utf8);
    return e2e_main(suite, NULL);
}
