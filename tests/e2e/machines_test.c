/* Operations of service 0.2: the life cycle of a box, boxes that are known by name only, and operations made
 * of several calls. */
#include "e2e.h"

#include <stdio.h>
#include <unistd.h>

/* The box as the service reports it now. */
static boxd_box *again(boxd_box *box)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *got = on->box_get(compute, boxd_box_id(box), NULL, &error);
    e2e_ok(got, error);
    return got;
}

static boxd_box_state state_of(boxd_box *box)
{
    boxd_box *got = again(box);
    boxd_box_state state = boxd_box_get_info(got)->state;
    boxd_box_free(got);
    return state;
}

/* ---- life cycle ---- */

START_TEST(hibernate_and_wake)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    ck_assert_int_eq((int)on->box_wake(box, NULL, &error), (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_ok(on->box_hibernate(box, NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)state_of(box), (int)BOXD_BOX_HIBERNATED);
    boxd_box *got = again(box);
    ck_assert_int_gt(boxd_box_get_info(got)->hibernated_at_ms, INT64_C(1700000000000));
    boxd_box_free(got);
    e2e_ok(on->box_wake(box, NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)state_of(box), (int)BOXD_BOX_RUNNING);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(rename_and_resize)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    char name[64];
    boxd_box *box = e2e_box(), *other = e2e_box();
    (void)snprintf(name, sizeof name, "%s-new", boxd_box_name(box));
    e2e_ok(on->box_rename(box, name, NULL, &error) == BOXD_OK, error);
    boxd_box *got = on->box_get(compute, name, NULL, &error);
    e2e_ok(got, error);
    ck_assert_str_eq(boxd_box_id(got), boxd_box_id(box));
    boxd_box_free(got);
    ck_assert_int_eq((int)on->box_rename(box, boxd_box_name(other), NULL, &error),
                     (int)BOXD_ERR_ALREADY_EXISTS);
    ck_assert_int_eq((int)on->box_rename(box, "No", NULL, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_int_eq((int)on->box_rename(box, NULL, NULL, &error), (int)BOXD_ERR_INVALID_ARGUMENT);

    boxd_box_size *size = on->box_resize(box, 4, NULL, NULL, &error);
    e2e_ok(size, error);
    ck_assert_uint_eq(size->vcpu, 4);
    ck_assert_uint_eq(size->memory_bytes, UINT64_C(16) << 30);
    ck_assert(size->rebooted);
    boxd_box_size_free(size);
    ck_assert_ptr_null(on->box_resize(box, 0, NULL, NULL, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "vcpu");
    ck_assert_ptr_null(on->box_resize(box, 0, "much", NULL, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "much");
    e2e_drop(other);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- settings ---- */

static bool has_label(const boxd_pair *const *labels, size_t count, const char *key, const char *value)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(labels[i]->key, key) == 0 && strcmp(labels[i]->value, value) == 0)
            return true;
    return false;
}

static void find_by_labels(boxd_box *box, const char *own)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_boxes *both =
        on->box_find(compute, BOXD_OPTIONS(boxd_box_find_options, .labels = BOXD_ARGV(own)), &error);
    e2e_ok(both, error);
    ck_assert_uint_eq(both->count, 2);
    boxd_boxes_free(both);
    boxd_boxes *web = on->box_find(
        compute, BOXD_OPTIONS(boxd_box_find_options, .labels = BOXD_ARGV(own, "tier=web")), &error);
    e2e_ok(web, error);
    ck_assert_uint_eq(web->count, 1);
    ck_assert_str_eq(boxd_box_id(web->items[0]), boxd_box_id(box));
    boxd_boxes_free(web);
    ck_assert_ptr_null(
        on->box_find(compute, BOXD_OPTIONS(boxd_box_find_options, .labels = BOXD_ARGV("tier")), &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "tier");
}

START_TEST(labels)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    char own[64];
    (void)snprintf(own, sizeof own, "test=%d", (int)getpid());
    boxd_box *box = on->box_create(
        compute, BOXD_OPTIONS(boxd_box_create_options, .labels = BOXD_ARGV(own, "tier=web")), &error);
    e2e_ok(box, error);
    boxd_box *other = on->box_create(
        compute, BOXD_OPTIONS(boxd_box_create_options, .labels = BOXD_ARGV(own, "tier=db")), &error);
    e2e_ok(other, error);
    find_by_labels(box, own);

    boxd_labels *now =
        on->box_update_labels(box,
                              BOXD_OPTIONS(boxd_box_update_labels_options, .set = BOXD_ARGV("a=1", "empty="),
                                           .remove = BOXD_ARGV("tier")),
                              &error);
    e2e_ok(now, error);
    ck_assert_uint_eq(now->count, 3);
    ck_assert(has_label(now->items, now->count, "a", "1") && has_label(now->items, now->count, "empty", ""));
    boxd_labels_free(now);
    now = on->box_update_labels(
        box, BOXD_OPTIONS(boxd_box_update_labels_options, .set = BOXD_ARGV("only=this"), .replace_all = true),
        &error);
    e2e_ok(now, error);
    ck_assert_uint_eq(now->count, 1);
    boxd_labels_free(now);
    boxd_box *got = again(box);
    ck_assert(has_label(boxd_box_get_info(got)->labels, boxd_box_get_info(got)->label_count, "only", "this"));
    boxd_box_free(got);
    ck_assert_ptr_null(on->box_update_labels(
        box, BOXD_OPTIONS(boxd_box_update_labels_options, .replace_all = true, .remove = BOXD_ARGV("a")),
        &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "replace_all");
    ck_assert_ptr_null(on->box_update_labels(
        box, BOXD_OPTIONS(boxd_box_update_labels_options, .set = BOXD_ARGV("=x")), &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "key=value");
    e2e_drop(other);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(networks_and_egress)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = on->box_create(
        compute, BOXD_OPTIONS(boxd_box_create_options, .networks = BOXD_ARGV("first")), &error);
    e2e_ok(box, error);
    boxd_string_list *networks = on->box_set_networks(box, BOXD_ARGV("back", "front"), NULL, &error);
    e2e_ok(networks, error);
    ck_assert_uint_eq(networks->count, 2);
    ck_assert_str_eq(networks->items[0], "back");
    boxd_string_list_free(networks);
    boxd_string_list *egress = on->box_set_egress(box, BOXD_ARGV("example.com"), NULL, &error);
    e2e_ok(egress, error);
    ck_assert_uint_eq(egress->count, 1);
    boxd_string_list_free(egress);
    boxd_box *got = again(box);
    const boxd_box_info *info = boxd_box_get_info(got);
    ck_assert_uint_eq(info->network_count, 2);
    ck_assert_str_eq(info->networks[1], "front");
    ck_assert_uint_eq(info->egress_count, 1);
    ck_assert_str_eq(info->egress[0], "example.com");
    boxd_box_free(got);
    networks = on->box_set_networks(box, NULL, NULL, &error);
    e2e_ok(networks, error);
    ck_assert_uint_eq(networks->count, 0);
    boxd_string_list_free(networks);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* Waits until the service reports this status: the shortest timers are one second. */
static void wait_for_state(boxd_box *box, boxd_box_state state)
{
    while (state_of(box) != state)
        continue;
}

START_TEST(timeouts)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    e2e_ok(on->box_set_auto_hibernate(box, 7200, NULL, &error) == BOXD_OK, error);
    e2e_ok(on->box_set_auto_suspend(box, 3600, NULL, &error) == BOXD_OK, error);
    boxd_box *got = again(box);
    ck_assert_int_eq(boxd_box_get_info(got)->auto_suspend_timeout_s, 3600);
    ck_assert_int_eq(boxd_box_get_info(got)->auto_hibernate_timeout_s, 7200);
    boxd_box_free(got);
    e2e_ok(on->box_set_auto_suspend(box, 1, NULL, &error) == BOXD_OK, error);
    wait_for_state(box, BOXD_BOX_SUSPENDED);
    e2e_ok(on->box_set_auto_suspend(box, BOXD_NEVER, NULL, &error) == BOXD_OK, error);
    got = again(box);
    ck_assert_int_eq(boxd_box_get_info(got)->auto_suspend_timeout_s, 0);
    boxd_box_free(got);
    ck_assert_int_eq((int)on->box_set_auto_suspend(box, -2, NULL, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_int_eq((int)on->box_set_auto_hibernate(box, INT64_C(1) << 40, NULL, &error),
                     (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* Waits until the box is gone; the requests do not keep the box awake. */
static void wait_until_gone(boxd_box *box)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *got;
    while ((got = on->box_get(compute, boxd_box_id(box), NULL, &error)))
        boxd_box_free(got);
    ck_assert_int_eq((int)error.status, (int)BOXD_ERR_NOT_FOUND);
}

START_TEST(delete_after)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    int64_t at_ms = -1;
    boxd_box *box = e2e_box();
    e2e_ok(on->box_set_delete_after(box, BOXD_OPTIONS(boxd_box_set_delete_after_options, .after_s = 3600),
                                    &at_ms, &error) == BOXD_OK,
           error);
    boxd_box *got = again(box);
    ck_assert_int_gt(at_ms, boxd_box_get_info(got)->created_at_ms);
    ck_assert_int_eq(boxd_box_get_info(got)->delete_at_ms, at_ms);
    boxd_box_free(got);
    e2e_ok(on->box_set_delete_after(box, NULL, &at_ms, &error) == BOXD_OK, error); /* never */
    ck_assert_int_eq(at_ms, 0);
    ck_assert_int_eq((int)on->box_set_delete_after(
                         box,
                         BOXD_OPTIONS(boxd_box_set_delete_after_options, .after_s = 1, .cron = "0 3 * * *"),
                         NULL, &error),
                     (int)BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_int_eq((int)on->box_set_delete_after(
                         box, BOXD_OPTIONS(boxd_box_set_delete_after_options, .after_s = -5), NULL, &error),
                     (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_ok(on->box_set_delete_after(box, BOXD_OPTIONS(boxd_box_set_delete_after_options, .after_s = 1), NULL,
                                    &error) == BOXD_OK,
           error);
    wait_until_gone(box);
    boxd_box_free(box);
    e2e_close();
}
END_TEST

START_TEST(auto_destroy)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box_config config = BOXD_BOX_CONFIG_INIT;
    config.auto_destroy_timeout_s = 1;
    boxd_box *box = on->box_create(compute, BOXD_OPTIONS(boxd_box_create_options, .config = &config), &error);
    e2e_ok(box, error);
    wait_until_gone(box);
    boxd_box_free(box);
    e2e_close();
}
END_TEST

START_TEST(sharing_and_names)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    e2e_ok(on->box_share(box, NULL, &error) == BOXD_OK, error);
    boxd_box *got = again(box);
    ck_assert_ptr_nonnull(boxd_box_get_info(got)->org);
    boxd_box_free(got);
    e2e_ok(on->box_unshare(box, NULL, &error) == BOXD_OK, error);
    got = again(box);
    ck_assert_ptr_null(boxd_box_get_info(got)->org);
    boxd_box_free(got);
    char *name = on->box_suggest_name(compute, NULL, &error);
    e2e_ok(name, error);
    boxd_box *named = on->box_create(compute, BOXD_OPTIONS(boxd_box_create_options, .name = name), &error);
    e2e_ok(named, error);
    boxd_string_free(name);
    boxd_string_free(NULL);
    e2e_drop(named);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- a name, an id or a handle ---- */

START_TEST(by_name_and_id)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    boxd_box *named = boxd_box_from_name(compute, boxd_box_name(box), &error);
    boxd_box *with_id = boxd_box_from_name(compute, boxd_box_id(box), &error);
    e2e_ok(named && with_id, error);
    ck_assert_str_eq(boxd_box_name(named), boxd_box_name(box));
    ck_assert_ptr_null(boxd_box_id(named));
    ck_assert_str_eq(boxd_box_id(with_id), boxd_box_id(box));
    ck_assert_ptr_null(boxd_box_name(with_id));
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    for (int i = 0; i < 3; i++) { /* looked up once, by the first call */
        e2e_do(named, "true");
        e2e_do(with_id, "true");
    }
    e2e_ok(on->box_write_text(named, "x", "y", NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq(emulator_count_calls(&emulator, "Exec", 6), 6);
    ck_assert_int_eq(emulator_count_calls(&emulator, "GetVm", 1), 1);
    ck_assert_str_eq(boxd_box_id(named), boxd_box_id(box));
    boxd_box *copy = on->box_fork(named, NULL, &error);
    e2e_ok(copy, error);
    ck_assert_str_eq(boxd_box_get_info(copy)->forked_from, boxd_box_id(box));
    e2e_drop(copy);
    boxd_box_free(with_id);
    boxd_box_free(named);

    boxd_box *none = boxd_box_from_name(compute, "none-such", &error);
    ck_assert_ptr_null(on->box_exec(none, BOXD_ARGV("true"), NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "none-such");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    boxd_box_free(none);
    ck_assert_ptr_null(boxd_box_from_name(compute, "", &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "empty");
    ck_assert_ptr_null(boxd_box_from_name(NULL, "x", &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "NULL");
    ck_assert_ptr_null(boxd_box_from_name(compute, NULL, NULL));
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* ---- operations made of several calls ---- */

START_TEST(wait_until_ready)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    const boxd_box_wait_until_ready_options quick = {.size = sizeof quick, .interval_ms = 10};
    boxd_box *box = e2e_box();
    e2e_ok(on->box_wait_until_ready(box, NULL, &error) == BOXD_OK, error);
    emulator_fault(&emulator, "{\"rpc\":\"GetVm\",\"code\":14,\"count\":6}");
    emulator_fault(&emulator, "{\"rpc\":\"Exec\",\"code\":9,\"count\":2}");
    emulator_fault(&emulator, "{\"rpc\":\"Exec\",\"code\":14,\"count\":2}");
    e2e_ok(on->box_wait_until_ready(box, &quick, &error) == BOXD_OK, error);
    ck_assert_int_eq(emulator_faults_left(&emulator), 0);

    int64_t us;
    e2e_ok(on->box_suspend(box, NULL, &us, &error) == BOXD_OK, error); /* the command wakes the box */
    e2e_ok(on->box_wait_until_ready(box, &quick, &error) == BOXD_OK, error);
    e2e_ok(on->box_stop(box, NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)on->box_wait_until_ready(box, &quick, &error), (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "boxd_box_start()");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES);
    e2e_ok(on->box_start(box, NULL, &error) == BOXD_OK, error);

    emulator_fault(&emulator, "{\"rpc\":\"Exec\",\"code\":9,\"message\":\"still booting\",\"count\":-1}");
    boxd_box_wait_until_ready_options late = {
        .size = sizeof late, .call = {.timeout_ms = 30}, .interval_ms = 10};
    do { /* until the deadline passes after an answer */
        late.call.timeout_ms *= 2;
        ck_assert_int_eq((int)on->box_wait_until_ready(box, &late, &error), (int)BOXD_ERR_TIMEOUT);
    } while (!strstr(error.message, "still booting") && late.call.timeout_ms < E2E_PATIENCE_MS);
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "still booting");
    ck_assert(error.retryable && error.sent == BOXD_SENT_YES);
    emulator_clear_faults(&emulator);
    emulator_fault(&emulator, "{\"rpc\":\"Exec\",\"code\":7,\"message\":\"not yours\"}");
    ck_assert_int_eq((int)on->box_wait_until_ready(box, &quick, &error), (int)BOXD_ERR_PERMISSION_DENIED);
    emulator_fault(&emulator, "{\"rpc\":\"Exec\",\"hang\":true}"); /* a command that hangs is stopped */
    ck_assert_int_eq((int)on->box_wait_until_ready(box, &late, &error), (int)BOXD_ERR_TIMEOUT);
    const boxd_box_wait_until_ready_options wrong = {.size = sizeof wrong, .interval_ms = -1};
    ck_assert_int_eq((int)on->box_wait_until_ready(box, &wrong, &error), (int)BOXD_ERR_INVALID_ARGUMENT);
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    e2e_ok(on->box_destroy(box, NULL, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)on->box_wait_until_ready(box, &quick, &error), (int)BOXD_ERR_NOT_FOUND);
    boxd_box_free(box);
    e2e_close();
}
END_TEST

static boxd_box *get_or_create(const char *name, bool *created, boxd_error *error)
{
    return on->box_get_or_create(compute, BOXD_OPTIONS(boxd_box_create_options, .name = name), created,
                                 error);
}

START_TEST(found_or_made)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    bool created = false;
    char name[64];
    (void)snprintf(name, sizeof name, "once-%d", (int)getpid());
    boxd_box *made = get_or_create(name, &created, &error);
    e2e_ok(made, error);
    ck_assert(created);
    boxd_box *found = get_or_create(name, &created, &error);
    e2e_ok(found, error);
    ck_assert(!created);
    ck_assert_str_eq(boxd_box_id(found), boxd_box_id(made));
    boxd_box_free(found);
    found = on->box_get_or_create(compute, BOXD_OPTIONS(boxd_box_create_options, .name = name), NULL, &error);
    e2e_ok(found, error);
    boxd_box_free(found);
    e2e_drop(made);

    ck_assert_ptr_null(get_or_create(NULL, &created, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "name is empty");
    ck_assert_ptr_null(get_or_create("No", &created, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "No");
    boxd_box_config config = BOXD_BOX_CONFIG_INIT;
    config.memory = "lots";
    ck_assert_ptr_null(on->box_get_or_create(
        compute, BOXD_OPTIONS(boxd_box_create_options, .name = name, .config = &config), &created, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "lots");
    e2e_close();
}
END_TEST

/* The create takes effect, and its answer is lost: the box is found and not created again. */
START_TEST(lost_answer)
{
    static const char *const losses[] = {
        "{\"rpc\":\"CreateVm\",\"after\":true,\"close\":true}",
        "{\"rpc\":\"CreateVm\",\"after\":true,\"code\":14,\"message\":\"lost\"}",
        "{\"rpc\":\"CreateVm\",\"after\":true,\"code\":4,\"message\":\"late\"}",
        "{\"rpc\":\"CreateVm\",\"after\":true,\"code\":1,\"message\":\"cancelled on its way\"}",
        "{\"rpc\":\"CreateVm\",\"after\":true,\"code\":10,\"message\":\"aborted\"}",
    };
    e2e_open(_i, NULL);
    for (size_t i = 0; i < COUNT(losses); i++) {
        boxd_error error = BOXD_ERROR_INIT;
        bool created = false;
        char name[64];
        (void)snprintf(name, sizeof name, "lost-%d-%zu", (int)getpid(), i);
        free(emulator_control(&emulator, "DELETE", "log", NULL));
        emulator_fault(&emulator, losses[i]);
        boxd_box *box = get_or_create(name, &created, &error);
        e2e_ok(box, error);
        ck_assert(created);
        ck_assert_int_eq(emulator_count_calls(&emulator, "CreateVm", 1), 1);
        e2e_drop(box);
    }
    e2e_close();
}
END_TEST

/* No box was created: the error is that of the create. */
START_TEST(create_failed)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    bool created = true;
    emulator_fault(&emulator, "{\"rpc\":\"CreateVm\",\"code\":8,\"message\":\"ten boxes are enough\"}");
    ck_assert_ptr_null(get_or_create("never-made", &created, &error));
    e2e_expect(&error, BOXD_ERR_QUOTA, "ten boxes are enough");
    emulator_fault(&emulator, "{\"rpc\":\"CreateVm\",\"code\":14,\"message\":\"lost before\"}");
    ck_assert_ptr_null(get_or_create("never-made", &created, &error));
    e2e_expect(&error, BOXD_ERR_CONNECTION, "lost before");
    e2e_expect(&error, BOXD_ERR_CONNECTION, "; call again: if the box was created, the call finds it");
    ck_assert_ptr_null(strstr(error.message, "boxd_box_list()")); /* one next step */
    ck_assert(error.retryable);                                   /* another call finds the box */
    emulator_fault(&emulator, "{\"rpc\":\"GetVm\",\"code\":7,\"message\":\"not yours\"}");
    ck_assert_ptr_null(get_or_create("never-made", &created, &error));
    e2e_expect(&error, BOXD_ERR_PERMISSION_DENIED, "not yours");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    e2e_close();
}
END_TEST

/* Another client creates the box between the get and the create. */
START_TEST(taken_meanwhile)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    bool created = true;
    boxd_box *theirs = e2e_box();
    emulator_fault(&emulator, "{\"rpc\":\"GetVm\",\"code\":5,\"count\":1}");
    emulator_fault(&emulator, "{\"rpc\":\"ListVms\",\"code\":5,\"count\":1}");
    boxd_box *box = get_or_create(boxd_box_name(theirs), &created, &error);
    e2e_ok(box, error);
    ck_assert(!created);
    ck_assert_str_eq(boxd_box_id(box), boxd_box_id(theirs));
    boxd_box_free(box);
    e2e_drop(theirs);
    e2e_close();
}
END_TEST

/* Lists by org: the org of the account, and an unknown org. */
START_TEST(orgs)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    e2e_ok(on->box_share(box, NULL, &error) == BOXD_OK, error);
    boxd_box *got = again(box);
    const char *org = boxd_box_get_info(got)->org;
    ck_assert_ptr_nonnull(org);
    boxd_boxes *ours = on->box_find(compute, BOXD_OPTIONS(boxd_box_find_options, .org = org), &error);
    e2e_ok(ours, error);
    ck_assert_uint_gt(ours->count, 0);
    boxd_boxes_free(ours);
    ck_assert_ptr_null(on->box_find(compute, BOXD_OPTIONS(boxd_box_find_options, .org = "nobody"), &error));
    boxd_box_free(got);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* Service 0.1: a missing feature is an error, and so is an option that the service would ignore. */
START_TEST(old_service)
{
    emulator_process old;
    emulator_start(&old, (const char *const[]){"--generation", "0.1", NULL});
    emulator_export(&old);
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    ck_assert_ptr_null(on->box_find(compute, BOXD_OPTIONS(boxd_box_find_options, .org = "ours"), &error));
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "boxd_box_list()");
    boxd_boxes *labelled =
        on->box_find(compute, BOXD_OPTIONS(boxd_box_find_options, .labels = BOXD_ARGV("a=b")), &error);
    e2e_ok(labelled, error);
    ck_assert_uint_eq(labelled->count, 0);
    boxd_boxes_free(labelled);
    ck_assert_int_eq((int)on->box_hibernate(box, NULL, &error), (int)BOXD_ERR_UNSUPPORTED);
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "HibernateVm");
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "boxd_box_suspend()");
    boxd_box *named =
        boxd_box_from_name(compute, boxd_box_name(box), &error); /* GetVm accepts only ids there */
    e2e_do(named, "true");
    boxd_box_free(named);
    e2e_ok(on->box_wait_until_ready(box, NULL, &error) == BOXD_OK, error);
    bool created = true;
    boxd_box *found = get_or_create(boxd_box_name(box), &created, &error);
    e2e_ok(found, error);
    ck_assert(!created);
    boxd_box_free(found);
    e2e_drop(box);
    e2e_close();
    emulator_stop(&old);
}
END_TEST

START_TEST(states)
{
    ck_assert_int_eq((int)boxd_box_state_of("RUNNING"), (int)BOXD_BOX_RUNNING);
    ck_assert_int_eq((int)boxd_box_state_of("Standby"), (int)BOXD_BOX_SUSPENDED);
    ck_assert_int_eq((int)boxd_box_state_of("suspended"), (int)BOXD_BOX_SUSPENDED);
    ck_assert_int_eq((int)boxd_box_state_of("error"), (int)BOXD_BOX_FAILED);
    ck_assert_int_eq((int)boxd_box_state_of("levitating"), (int)BOXD_BOX_UNKNOWN);
    ck_assert_int_eq((int)boxd_box_state_of(""), (int)BOXD_BOX_UNKNOWN);
    ck_assert_int_eq((int)boxd_box_state_of(NULL), (int)BOXD_BOX_UNKNOWN);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("machines");
    e2e_add(suite, hibernate_and_wake);
    e2e_add(suite, rename_and_resize);
    e2e_add(suite, labels);
    e2e_add(suite, networks_and_egress);
    e2e_add(suite, timeouts);
    e2e_add(suite, delete_after);
    e2e_add(suite, auto_destroy);
    e2e_add(suite, sharing_and_names);
    e2e_add(suite, by_name_and_id);
    e2e_add(suite, wait_until_ready);
    e2e_add(suite, found_or_made);
    e2e_add(suite, lost_answer);
    e2e_add(suite, create_failed);
    e2e_add(suite, taken_meanwhile);
    e2e_add(suite, orgs);
    e2e_add(suite, old_service);
    e2e_add_once(suite, states);
    return e2e_main(suite, NULL);
}
