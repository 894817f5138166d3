/* Boxes, identity and configuration: the contents of each answer, and refused requests. */
#include "e2e.h"

#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

START_TEST(lifecycle)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    e2e_ok(on->box_stop(box, NULL, &error) == BOXD_OK, error);
    boxd_box *stopped = on->box_get(compute, boxd_box_name(box), NULL, &error);
    e2e_ok(stopped, error);
    ck_assert_str_eq(boxd_box_get_info(stopped)->status, "stopped");
    e2e_ok(on->box_start(box, NULL, &error) == BOXD_OK, error);
    e2e_ok(on->box_reboot(box, NULL, &error) == BOXD_OK, error);
    boxd_box *running = on->box_get(compute, boxd_box_id(box), NULL, &error);
    e2e_ok(running, error);
    ck_assert_str_eq(boxd_box_get_info(running)->status, "running");
    e2e_ok(on->box_destroy(box, NULL, &error) == BOXD_OK, error);
    ck_assert_ptr_null(on->box_get(compute, boxd_box_id(box), NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, boxd_box_id(box));
    ck_assert_int_eq(error.grpc_code, 5);
    ck_assert_int_eq((int)on->box_destroy(box, NULL, &error), (int)BOXD_ERR_NOT_FOUND);
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES);
    boxd_box_free(running);
    boxd_box_free(stopped);
    boxd_box_free(box);
    e2e_close();
}
END_TEST

/* ---- which fields a create, a get and a list fill ---- */

static void check_created(const boxd_box_info *made)
{
    ck_assert(made->id && made->name && made->image && made->public_ip && made->status);
    ck_assert_int_eq(strncmp(made->url, "https://", 8), 0);
    ck_assert(made->has_boot_time_ms && made->boot_time_ms > 0);
    ck_assert(!made->forked_from && !made->restart_policy && !made->has_disk_bytes &&
              !made->has_auto_suspend_timeout_s);
}

static void check_got(const boxd_box_info *made)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *got = on->box_get(compute, made->id, NULL, &error);
    e2e_ok(got, error);
    const boxd_box_info *info = boxd_box_get_info(got);
    ck_assert_str_eq(info->id, made->id);
    ck_assert_str_eq(info->name, made->name);
    ck_assert(info->image && info->public_ip && info->status && info->restart_policy);
    ck_assert(info->has_disk_bytes && info->disk_bytes > 0 && info->has_auto_suspend_timeout_s);
    ck_assert_str_eq(info->url, made->url); /* from the name and access_domain */
    ck_assert(info->has_boot_time_ms && !info->forked_from && info->state == BOXD_BOX_RUNNING);
    boxd_box_free(got);
}

static void check_listed(const boxd_box_info *made)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_boxes *boxes = on->box_list(compute, NULL, &error);
    e2e_ok(boxes, error);
    boxd_box *kept = NULL;
    for (size_t i = 0; i < boxes->count; i++)
        if (strcmp(boxd_box_id(boxes->items[i]), made->id) == 0)
            kept = boxd_box_ref(boxes->items[i]);
    boxd_boxes_free(boxes);
    ck_assert_ptr_nonnull(kept);
    ck_assert_str_eq(boxd_box_name(kept), made->name);
    ck_assert_str_eq(boxd_box_get_info(kept)->url, made->url);
    boxd_box_free(kept);
}

START_TEST(fields)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    check_created(boxd_box_get_info(box));
    check_got(boxd_box_get_info(box));
    check_listed(boxd_box_get_info(box));
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(configuration)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_network_config network = BOXD_NETWORK_CONFIG_INIT;
    network.proxies =
        BOXD_LIST(boxd_proxy_entry, BOXD_OPTIONS(boxd_proxy_entry, .name = "api", .port = 8080));
    network.proxy_count = 1;
    boxd_box_config config = BOXD_BOX_CONFIG_INIT;
    config.vcpu = 2;
    config.memory = "8G";
    config.disk = "20 GiB";
    config.env = BOXD_ARGV("GREETING=hello world", "EMPTY=");
    config.cmd = BOXD_ARGV("sleep", "1000");
    config.restart_policy = "never";
    config.auto_suspend_timeout_s = BOXD_NEVER;
    config.auto_destroy_timeout_s = 86400;
    config.network = &network;
    char name[32];
    (void)snprintf(name, sizeof name, "configured-%d", _i);
    boxd_box *box = on->box_create(
        compute, BOXD_OPTIONS(boxd_box_create_options, .name = name, .image = "debian:12", .config = &config),
        &error);
    e2e_ok(box, error);
    ck_assert_str_eq(boxd_box_name(box), name);
    ck_assert_str_eq(boxd_box_get_info(box)->image, "debian:12");
    boxd_box *got = on->box_get(compute, name, NULL, &error);
    e2e_ok(got, error);
    const boxd_box_info *info = boxd_box_get_info(got);
    ck_assert_str_eq(info->restart_policy, "never");
    ck_assert_uint_eq(info->disk_bytes, UINT64_C(20) << 30);
    ck_assert(info->has_auto_suspend_timeout_s && info->auto_suspend_timeout_s == 0);
    boxd_exec_result *result = e2e_run(box, "printf '%s|%s' \"$GREETING\" \"${EMPTY-unset}\"");
    ck_assert_str_eq(result->out.data, "hello world|");
    boxd_exec_result_free(result);
    boxd_box_free(got);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(fork_of_a_box)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *source = e2e_box();
    e2e_ok(on->box_write_text(source, "kept", "the source's", NULL, &error) == BOXD_OK, error);
    char name[64];
    (void)snprintf(name, sizeof name, "%s-copy", boxd_box_name(source));
    boxd_box *copy = on->box_fork(source, BOXD_OPTIONS(boxd_box_fork_options, .name = name), &error);
    e2e_ok(copy, error);
    const boxd_box_info *info = boxd_box_get_info(copy);
    ck_assert_str_eq(info->name, name);
    ck_assert_str_eq(info->forked_from, boxd_box_id(source));
    ck_assert(info->url && info->has_boot_time_ms && info->image && info->public_ip && info->status);
    ck_assert(!info->restart_policy && !info->has_disk_bytes && !info->has_auto_suspend_timeout_s);
    e2e_ok(on->box_write_text(source, "kept", "changed", NULL, &error) == BOXD_OK, error);
    boxd_exec_result *kept = e2e_run(copy, "cat kept");
    ck_assert_str_eq(kept->out.data, "the source's");
    boxd_exec_result_free(kept);

    ck_assert_ptr_null(on->box_fork(source, BOXD_OPTIONS(boxd_box_fork_options, .name = name), &error));
    e2e_expect(&error, BOXD_ERR_ALREADY_EXISTS, name);
    ck_assert_ptr_null(on->box_fork(source, BOXD_OPTIONS(boxd_box_fork_options, .name = "No"), &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "No");
    boxd_box_config config = BOXD_BOX_CONFIG_INIT;
    config.env = BOXD_ARGV("A=1");
    ck_assert_ptr_null(on->box_fork(source, BOXD_OPTIONS(boxd_box_fork_options, .config = &config), &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "env");
    ck_assert_ptr_null(on->box_fork(NULL, NULL, &error));
    ck_assert_int_eq((int)error.status, (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_drop(copy);
    e2e_drop(source);
    e2e_close();
}
END_TEST

START_TEST(suspend_and_resume)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    int64_t duration_us = 0;
    boxd_box *box = e2e_box();
    ck_assert_int_eq((int)on->box_resume(box, NULL, &duration_us, &error), (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_ok(on->box_suspend(box, NULL, &duration_us, &error) == BOXD_OK, error);
    ck_assert_int_gt(duration_us, 0);
    boxd_box *got = on->box_get(compute, boxd_box_id(box), NULL, &error);
    e2e_ok(got, error);
    ck_assert_str_eq(boxd_box_get_info(got)->status, "suspended");
    boxd_box_free(got);
    ck_assert_int_eq((int)on->box_suspend(box, NULL, &duration_us, &error),
                     (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, boxd_box_name(box));
    e2e_ok(on->box_resume(box, NULL, &duration_us, &error) == BOXD_OK, error);
    ck_assert_int_gt(duration_us, 0);
    e2e_do(box, "true");
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- ten thousand ---- */

enum { MANY = 10000 };

typedef struct batch {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t ended, failed;
    boxd_box *boxes[MANY];
} batch;

static void arrive(batch *c, const boxd_error *error)
{
    c->failed += error != NULL;
    c->ended++;
    pthread_cond_signal(&c->changed);
}

static void on_member(boxd_box *box, const boxd_error *error, void *data)
{
    batch *c = data;
    pthread_mutex_lock(&c->lock);
    c->boxes[c->ended] = box;
    arrive(c, error);
    pthread_mutex_unlock(&c->lock);
}

static void on_gone(boxd_status status, const boxd_error *error, void *data)
{
    batch *c = data;
    (void)status;
    pthread_mutex_lock(&c->lock);
    arrive(c, error);
    pthread_mutex_unlock(&c->lock);
}

static void wait_for_all(batch *c)
{
    pthread_mutex_lock(&c->lock);
    while (c->ended < MANY)
        pthread_cond_wait(&c->changed, &c->lock);
    c->ended = 0;
    pthread_mutex_unlock(&c->lock);
    ck_assert_uint_eq(c->failed, 0);
}

START_TEST(ten_thousand)
{
    static batch c = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    e2e_open(0, BOXD_OPTIONS(boxd_compute_options, .timeout_ms = 300000));
    boxd_error error = BOXD_ERROR_INIT;
    for (size_t i = 0; i < MANY; i++)
        boxd_aio_box_create(compute, NULL, on_member, &c);
    wait_for_all(&c);
    boxd_boxes *boxes = on->box_list(compute, NULL, &error);
    e2e_ok(boxes, error);
    ck_assert_uint_ge(boxes->count, MANY);
    for (size_t i = 0; i < boxes->count; i++)
        ck_assert(boxd_box_id(boxes->items[i]) && boxd_box_get_info(boxes->items[i])->status);
    boxd_boxes_free(boxes);
    for (size_t i = 0; i < MANY; i++) {
        boxd_aio_box_destroy(c.boxes[i], NULL, on_gone, &c);
        boxd_box_free(c.boxes[i]);
    }
    wait_for_all(&c);
    e2e_close();
}
END_TEST

START_TEST(account)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_identity *who = on->compute_whoami(compute, NULL, &error);
    e2e_ok(who, error);
    ck_assert_ptr_nonnull(who->user_id);
    for (size_t i = 0; i < who->fingerprint_count; i++)
        ck_assert_ptr_nonnull(who->fingerprints[i]);
    boxd_identity_free(who);
    boxd_service_config *service = on->compute_config(compute, NULL, &error);
    e2e_ok(service, error);
    ck_assert(service->default_image && service->zone);
    boxd_service_config_free(service);
    e2e_close();
}
END_TEST

START_TEST(taken_name)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    ck_assert_ptr_null(
        on->box_create(compute, BOXD_OPTIONS(boxd_box_create_options, .name = boxd_box_name(box)), &error));
    e2e_expect(&error, BOXD_ERR_ALREADY_EXISTS, boxd_box_name(box));
    e2e_expect(&error, BOXD_ERR_ALREADY_EXISTS, "; boxd_box_get_or_create() uses the existing box");
    ck_assert_int_eq((int)boxd_status_class(error.status), (int)BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_int_eq(error.grpc_code, 6);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(names_that_begin_with_a_digit)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = on->box_create(compute, BOXD_OPTIONS(boxd_box_create_options, .name = "3d-box"), &error);
    e2e_ok(box, error);
    boxd_proxy *proxy = on->proxy_create(box, "3d", 8080, NULL, &error);
    e2e_ok(proxy, error);
    ck_assert_str_eq(proxy->name, "3d");
    boxd_proxy_free(proxy);
    boxd_box *named = boxd_box_from_name(compute, "3d-box", &error);
    e2e_ok(named, error);
    ck_assert_int_eq((int)on->box_rename(named, "4d-box", NULL, &error), (int)BOXD_OK);
    boxd_box_free(named);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* Arguments that the library can check are refused before anything is sent. */
START_TEST(bad_input)
{
    e2e_open(_i, NULL);
    boxd_box_config memory = BOXD_BOX_CONFIG_INIT, disk = BOXD_BOX_CONFIG_INIT, env = BOXD_BOX_CONFIG_INIT,
                    policy = BOXD_BOX_CONFIG_INIT, suspend = BOXD_BOX_CONFIG_INIT,
                    volume = BOXD_BOX_CONFIG_INIT;
    const struct {
        boxd_box_config known;
        int64_t unknown;
    } newer = {.known = {.size = sizeof newer}, .unknown = 1};
    memory.memory = "1.5G";
    disk.disk = "ten";
    env.env = BOXD_ARGV("NOT A NAME=1");
    policy.restart_policy = "sometimes";
    suspend.auto_suspend_timeout_s = -7;
    volume.volumes = BOXD_LIST(boxd_volume, BOXD_OPTIONS(boxd_volume, .disk_id = "d", .mount_path = "data"));
    volume.volume_count = 1;
    const struct {
        const char *name;
        const boxd_box_config *config;
        const char *says;
    } cases[] = {
        {"Upper", NULL, "Upper"},     {"-x", NULL, "-x"},
        {"a.b", NULL, "a.b"},         {"ok", &memory, "1.5G"},
        {"ok", &disk, "ten"},         {"ok", &env, "NOT A NAME"},
        {"ok", &policy, "sometimes"}, {"ok", &suspend, "-7"},
        {"ok", &volume, "data"},      {"ok", &newer.known, "newer headers"},
    };
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    for (size_t i = 0; i < COUNT(cases); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_ptr_null(on->box_create(
            compute, BOXD_OPTIONS(boxd_box_create_options, .name = cases[i].name, .config = cases[i].config),
            &error));
        e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, cases[i].says);
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    }
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_ptr_null(on->box_get(compute, "", NULL, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "empty");
    ck_assert_ptr_null(on->box_get(compute, NULL, NULL, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "empty");
    ck_assert_int_eq(emulator_count_calls(&emulator, "CreateVm", 0), 0);
    ck_assert_int_eq(emulator_count_calls(&emulator, "GetVm", 0), 0);
    e2e_close();
}
END_TEST

/* A list and its count belong together, its items exist, and nothing is set in reserved members. */
START_TEST(malformed_lists)
{
    const boxd_volume volume = {
        .size = sizeof volume, .disk_id = "d", .mount_path = "/data", .reserved_ = {1}};
    const boxd_volume *const volumes[] = {&volume}, *const nothing[] = {NULL};
    const boxd_proxy_entry *const proxies[] = {BOXD_OPTIONS(boxd_proxy_entry, .name = "api", .port = 80)};
    const boxd_network_config *forgotten = BOXD_OPTIONS(boxd_network_config, .proxies = proxies);
    const boxd_proxy_entry *const far[] = {BOXD_OPTIONS(boxd_proxy_entry, .name = "api", .port = 65536)};
    const boxd_network_config *beyond = BOXD_OPTIONS(boxd_network_config, .proxies = far, .proxy_count = 1);
    const boxd_network_config *missing = BOXD_OPTIONS(boxd_network_config, .proxy_count = 2);
    const struct {
        const boxd_box_config *config;
        const char *says;
    } cases[] = {
        {BOXD_OPTIONS(boxd_box_config, .volumes = volumes), "volumes is set, but its count is 0"},
        {BOXD_OPTIONS(boxd_box_config, .volume_count = 3), "volumes is NULL, but its count is 3"},
        {BOXD_OPTIONS(boxd_box_config, .volumes = nothing, .volume_count = 1), "volumes[0] is NULL"},
        {BOXD_OPTIONS(boxd_box_config, .volumes = volumes, .volume_count = 1),
         "reserved members of a boxd_volume"},
        {BOXD_OPTIONS(boxd_box_config, .network = forgotten), "proxies is set, but its count is 0"},
        {BOXD_OPTIONS(boxd_box_config, .network = missing), "proxies is NULL, but its count is 2"},
        {BOXD_OPTIONS(boxd_box_config, .network = beyond),
         "the port of the proxy \"api\" is 65536; give 1 to 65535"},
        {BOXD_OPTIONS(boxd_box_config, .reserved_ = 1), "reserved members of a boxd_box_config"},
    };
    e2e_open(_i, NULL);
    for (size_t i = 0; i < COUNT(cases); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        ck_assert_ptr_null(on->box_create(
            compute, BOXD_OPTIONS(boxd_box_create_options, .config = cases[i].config), &error));
        e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, cases[i].says);
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    }
    ck_assert_int_eq(emulator_count_calls(&emulator, "CreateVm", 0), 0);
    e2e_close();
}
END_TEST

/* A client that accepts no response of any size: a create has its effect, and its error says so. Contents of
 * files and output are bytes, which are not limited. */
START_TEST(responses_are_limited)
{
    char name[32];
    boxd_error error = BOXD_ERROR_INIT;
    e2e_open(_i, BOXD_OPTIONS(boxd_compute_options, .max_response_bytes = 1));
    (void)snprintf(name, sizeof name, "limited-%d", (int)getpid());
    const boxd_box_create_options options = {.size = sizeof options, .name = name};
    ck_assert_ptr_null(on->box_create(compute, &options, &error));
    e2e_expect(&error, BOXD_ERR_TOO_LARGE, "raise max_response_bytes");
    e2e_expect(&error, BOXD_ERR_TOO_LARGE, name);
    e2e_expect(&error, BOXD_ERR_TOO_LARGE,
               "; the call had its effect; the box exists: boxd_box_list() shows it");
    ck_assert(error.sent == BOXD_SENT_YES && !error.retryable);
    bool created;
    ck_assert_ptr_null(on->box_get_or_create(compute, &options, &created, &error));
    e2e_expect(&error, BOXD_ERR_TOO_LARGE, "raise max_response_bytes");
    ck_assert(!error.retryable);
    ck_assert_ptr_null(on->box_list(compute, NULL, &error));
    e2e_expect(&error, BOXD_ERR_TOO_LARGE, "raise max_response_bytes");
    ck_assert_ptr_null(strstr(error.message, "effect"));

    boxd_compute *other = e2e_open_another(NULL);
    boxd_box *found = on->box_get(other, name, NULL, &error);
    e2e_ok(found, error);
    boxd_box *box = boxd_box_from_name(compute, boxd_box_id(found), &error);
    e2e_ok(on->box_write_text(box, "x", "content", NULL, &error) == BOXD_OK, error);
    boxd_file_data *data = on->box_read_file(box, "x", NULL, &error);
    e2e_ok(data, error);
    ck_assert_str_eq(data->content.data, "content");
    boxd_exec_result *result = e2e_run(box, "head -c 300000 /dev/zero");
    ck_assert_uint_eq(result->out.size, 300000);
    boxd_exec_result_free(result);
    boxd_file_data_free(data);
    boxd_box_free(box);
    e2e_drop(found);
    ck_assert_int_eq((int)on->close(other), (int)BOXD_OK);
    e2e_close();
}
END_TEST

START_TEST(options_of_another_header)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_call_options call = {0};
    ck_assert_ptr_null(on->box_list(compute, &call, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "BOXD_SIZED(boxd_call_options)");
    struct {
        boxd_box_create_options known;
        char unknown[16];
    } newer = {.known = {.size = sizeof newer}, .unknown = {[15] = 1}};
    ck_assert_ptr_null(on->box_create(compute, &newer.known, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "newer headers");
    newer.unknown[15] = 0; /* a program of newer headers that uses no new member */
    boxd_box *plain = on->box_create(compute, &newer.known, &error);
    e2e_ok(plain, error);
    e2e_drop(plain);
    boxd_box_create_options older = BOXD_BOX_CREATE_OPTIONS_INIT; /* a struct of a header without `config` */
    older.size = offsetof(boxd_box_create_options, config);
    older.config = (const boxd_box_config *)(uintptr_t)1;
    boxd_box *box = on->box_create(compute, &older, &error);
    e2e_ok(box, error);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(null_handles)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    ck_assert_ptr_null(on->box_create(NULL, NULL, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "NULL");
    ck_assert_ptr_null(on->box_list(NULL, NULL, NULL));
    ck_assert_int_eq((int)on->box_start(NULL, NULL, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_ptr_null(on->box_exec(NULL, BOXD_ARGV("true"), NULL, &error));
    ck_assert_int_eq((int)on->box_write_text(NULL, "x", "y", NULL, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_ptr_null(on->box_read_file(NULL, "x", NULL, &error));
    ck_assert_ptr_null(boxd_box_id(NULL));
    ck_assert_ptr_null(boxd_box_get_info(NULL));
    boxd_box_free(NULL);
    boxd_boxes_free(NULL);
    boxd_exec_result_free(NULL);
    boxd_file_data_free(NULL);
    boxd_identity_free(NULL);
    boxd_service_config_free(NULL);
    ck_assert_int_eq((int)on->close(NULL), (int)BOXD_OK);
    e2e_close();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("boxes");
    e2e_add(suite, lifecycle);
    e2e_add(suite, fields);
    e2e_add(suite, configuration);
    e2e_add(suite, fork_of_a_box);
    e2e_add(suite, suspend_and_resume);
    e2e_add_once(suite, ten_thousand);
    e2e_add(suite, account);
    e2e_add(suite, taken_name);
    e2e_add(suite, names_that_begin_with_a_digit);
    e2e_add(suite, bad_input);
    e2e_add(suite, malformed_lists);
    e2e_add(suite, responses_are_limited);
    e2e_add(suite, options_of_another_header);
    e2e_add(suite, null_handles);
    return e2e_main(suite, NULL);
}
