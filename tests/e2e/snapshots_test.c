/* Snapshots: the contents of a box that is created from one, waiting for one, and refused requests. On a
 * service without snapshots the calls are refused: `snapshots_e2e --generation 0.1`. */
#include "e2e.h"
#include "reply.h"

#include <stdio.h>

/* Creates a snapshot and waits until it is ready. */
static boxd_snapshot *take(boxd_box *box, const char *name)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_snapshot *snapshot = on->snapshot_create(box, name, NULL, &error);
    e2e_ok(snapshot, error);
    boxd_snapshot_wait_until_ready_options options = BOXD_SNAPSHOT_WAIT_UNTIL_READY_OPTIONS_INIT;
    options.interval_ms = 1;
    e2e_ok(on->snapshot_wait_until_ready(snapshot, &options, &error) == BOXD_OK, error);
    return snapshot;
}

static void drop_snapshot(boxd_snapshot *snapshot)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(on->snapshot_delete(snapshot, NULL, &error) == BOXD_OK, error);
    boxd_snapshot_free(snapshot);
}

static void write_kept(boxd_box *box, const char *text)
{
    boxd_error error = BOXD_ERROR_INIT;
    e2e_ok(on->box_write_text(box, "kept", text, NULL, &error) == BOXD_OK, error);
}

static void check_kept(boxd_box *box, const char *text)
{
    boxd_exec_result *result = e2e_run(box, "cat kept");
    ck_assert_str_eq(result->out.data, text);
    boxd_exec_result_free(result);
}

START_TEST(restores_files)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *source = e2e_box();
    write_kept(source, "first");
    boxd_snapshot *first = take(source, "golden");
    write_kept(source, "second");
    boxd_box *box = on->snapshot_create_box(first, NULL, &error);
    e2e_ok(box, error);
    check_kept(box, "first");
    e2e_drop(box);

    boxd_snapshot *second = take(source, "golden"); /* the same name: a new version */
    ck_assert_str_eq(boxd_snapshot_id(second), boxd_snapshot_id(first));
    ck_assert_uint_gt(boxd_snapshot_get_info(second)->version, boxd_snapshot_get_info(first)->version);
    e2e_drop(source);
    boxd_snapshot *named = boxd_snapshot_from_name(compute, "golden", &error);
    e2e_ok(named, error);
    ck_assert_ptr_null(boxd_snapshot_id(named));
    ck_assert_str_eq(boxd_snapshot_get_info(named)->name, "golden");
    e2e_ok(on->snapshot_wait_until_ready(named, NULL, &error) == BOXD_OK, error);
    box = on->snapshot_create_box(named, NULL, &error);
    e2e_ok(box, error);
    check_kept(box, "second");

    drop_snapshot(named);
    check_kept(box, "second"); /* boxes are kept */
    ck_assert_int_eq((int)on->snapshot_delete(second, NULL, &error), (int)BOXD_ERR_NOT_FOUND);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "DeleteSnapshot of snapshot \"golden\"");
    ck_assert_int_eq((int)on->snapshot_wait_until_ready(second, NULL, &error), (int)BOXD_ERR_NOT_FOUND);
    e2e_drop(box);
    boxd_snapshot_free(second);
    boxd_snapshot_free(first);
    e2e_close();
}
END_TEST

START_TEST(box_of_a_snapshot)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *source = e2e_box();
    boxd_snapshot *snapshot = take(source, "base");
    char name[32];
    (void)snprintf(name, sizeof name, "from-base-%d", _i);
    boxd_box_config config = BOXD_BOX_CONFIG_INIT;
    config.disk = "20G";
    config.auto_suspend_timeout_s = 900;
    boxd_box *box = on->snapshot_create_box(snapshot,
                                            BOXD_OPTIONS(boxd_snapshot_create_box_options, .name = name,
                                                         .config = &config, .labels = BOXD_ARGV("team=blue"),
                                                         .isolated = true),
                                            &error);
    e2e_ok(box, error);
    const boxd_box_info *info = boxd_box_get_info(box);
    ck_assert_str_eq(info->name, name);
    ck_assert(info->id && info->url && info->public_ip && info->status && info->image &&
              info->has_boot_time_ms);
    boxd_box *got = on->box_get(compute, name, NULL, &error);
    e2e_ok(got, error);
    info = boxd_box_get_info(got);
    ck_assert_uint_eq(info->disk_bytes, UINT64_C(20) << 30);
    ck_assert_int_eq(info->auto_suspend_timeout_s, 900);
    ck_assert(info->isolated);
    ck_assert_uint_eq(info->label_count, 1);
    ck_assert_str_eq(info->labels[0]->key, "team");
    ck_assert_str_eq(info->source_id, boxd_snapshot_id(snapshot));
    ck_assert_uint_eq(info->source_version, boxd_snapshot_get_info(snapshot)->version);
    boxd_box_free(got);
    ck_assert_ptr_null(on->snapshot_create_box(
        snapshot, BOXD_OPTIONS(boxd_snapshot_create_box_options, .name = name), &error));
    e2e_expect(&error, BOXD_ERR_ALREADY_EXISTS, "from snapshot \"base\"");

    boxd_snapshot *now = on->snapshot_get(compute, "base", NULL, &error);
    e2e_ok(now, error);
    ck_assert_uint_ge(boxd_snapshot_get_info(now)->use_count, 1);
    ck_assert_uint_gt(boxd_snapshot_get_info(now)->vcpu, 0);
    boxd_snapshot_free(now);
    e2e_drop(box);
    e2e_drop(source);
    drop_snapshot(snapshot);
    e2e_close();
}
END_TEST

/* A snapshot record with every field. */
static reply full_row(void)
{
    reply row = {0};
    reply_text(&row, 1, "an-id");
    reply_text(&row, 2, "full");
    reply_number(&row, 3, 7);
    reply_text(&row, 4, "ready");
    reply_number(&row, 7, 4096);
    reply_number(&row, 8, 1700000002000);
    reply_number(&row, 9, 2);
    reply_number(&row, 10, UINT64_C(8) << 30);
    reply_number(&row, 11, 5);
    reply_number(&row, 12, 1700000001000);
    reply_number(&row, 13, 6);
    reply_text(&row, 14, "no space");
    reply_number(&row, 15, 1);
    reply_text(&row, 16, "archived");
    return row;
}

static void check_full(const boxd_snapshot *snapshot, const char *org)
{
    const boxd_snapshot_info *info = boxd_snapshot_get_info(snapshot);
    ck_assert_str_eq(boxd_snapshot_id(snapshot), "an-id");
    ck_assert_str_eq(info->id, "an-id");
    ck_assert_str_eq(info->name, "full");
    ck_assert_uint_eq(info->version, 7);
    ck_assert_str_eq(info->status, "ready");
    ck_assert_uint_eq(info->size_bytes, 4096);
    ck_assert_int_eq(info->updated_at_ms, 1700000002000);
    ck_assert_uint_eq(info->vcpu, 2);
    ck_assert_uint_eq(info->memory_bytes, UINT64_C(8) << 30);
    ck_assert_uint_eq(info->use_count, 5);
    ck_assert_int_eq(info->created_at_ms, 1700000001000);
    ck_assert_uint_eq(info->failed_version, 6);
    ck_assert_str_eq(info->failure_reason, "no space");
    ck_assert(info->archived);
    ck_assert_str_eq(info->storage, "archived");
    ck_assert_pstr_eq(info->org, org);
}

START_TEST(fields)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    reply row = full_row(), made = {0}, list = {0};
    reply_message(&list, 1, &row); /* also the answer of GetSnapshot */
    reply_inject(&list, "GetSnapshot", 1);
    boxd_snapshot *got = on->snapshot_get(compute, "full", NULL, &error);
    e2e_ok(got, error);
    check_full(got, NULL);
    boxd_snapshot_free(got);
    reply_inject(&list, "ListSnapshots", 1);
    boxd_snapshots *snapshots =
        on->snapshot_list(compute, BOXD_OPTIONS(boxd_snapshot_list_options, .org = "acme"), &error);
    e2e_ok(snapshots, error);
    ck_assert_uint_eq(snapshots->count, 1);
    check_full(snapshots->items[0], "acme");
    boxd_snapshots_free(snapshots);

    reply_text(&made, 1, "an-id");
    reply_text(&made, 2, "made");
    reply_number(&made, 3, 4);
    reply_text(&made, 4, "pending");
    reply_number(&made, 5, 3);
    reply_inject(&made, "CreateSnapshot", 1);
    boxd_box *box = e2e_box();
    got = on->snapshot_create(box, "made", NULL, &error);
    e2e_ok(got, error);
    const boxd_snapshot_info *info = boxd_snapshot_get_info(got);
    ck_assert_str_eq(info->id, "an-id");
    ck_assert_str_eq(info->name, "made");
    ck_assert_str_eq(info->status, "pending");
    ck_assert(info->version == 4 && info->paused_automations == 3 && info->created_at_ms == 0);
    boxd_snapshot_free(got);
    e2e_drop(box);

    reply none = {0};
    reply_inject(&none, "GetSnapshot", 1);
    ck_assert_ptr_null(on->snapshot_get(compute, "none", NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "snapshot \"none\"");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES);
    ck_assert_ptr_null(on->snapshot_get(compute, "no-such", NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "no-such");
    e2e_close();
}
END_TEST

/* Answers GetSnapshot with this state. */
static void answer(const char *status, uint64_t version, uint64_t failed_version, int count)
{
    reply row = {0}, got = {0};
    reply_text(&row, 1, "an-id");
    reply_text(&row, 2, "awaited");
    reply_number(&row, 3, version);
    reply_text(&row, 4, status);
    reply_number(&row, 13, failed_version);
    if (failed_version > 0)
        reply_text(&row, 14, "the disk was full");
    reply_message(&got, 1, &row);
    reply_inject(&got, "GetSnapshot", count);
}

START_TEST(waiting)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_snapshot_wait_until_ready_options options = BOXD_SNAPSHOT_WAIT_UNTIL_READY_OPTIONS_INIT;
    options.interval_ms = 1;
    boxd_snapshot *named = boxd_snapshot_from_name(compute, "awaited", &error);
    answer("pending", 0, 0, 3); /* then an answer that may come several times */
    emulator_fault(&emulator, "{\"rpc\":\"GetSnapshot\",\"code\":13,\"count\":1}");
    answer("ready", 1, 0, 1);
    e2e_ok(on->snapshot_wait_until_ready(named, &options, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)emulator_faults_left(&emulator), 0);

    answer("pending", 0, 0, 1);
    answer("failed", 0, 1, 1);
    ck_assert_int_eq((int)on->snapshot_wait_until_ready(named, &options, &error),
                     (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "snapshot \"awaited\" failed: the disk was full");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES);
    boxd_snapshot_free(named);

    /* the handle is of version 2: the status of version 1 does not end the wait */
    answer("ready", 2, 0, 1);
    boxd_snapshot *second = on->snapshot_get(compute, "awaited", NULL, &error);
    e2e_ok(second, error);
    answer("ready", 1, 0, 2);
    answer("ready", 2, 0, 1);
    e2e_ok(on->snapshot_wait_until_ready(second, &options, &error) == BOXD_OK, error);
    ck_assert_int_eq((int)emulator_faults_left(&emulator), 0);
    answer("ready", 1, 2, 1);
    ck_assert_int_eq((int)on->snapshot_wait_until_ready(second, &options, &error),
                     (int)BOXD_ERR_FAILED_PRECONDITION);
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "the disk was full");

    answer("pending", 0, 0, 100000);
    options.call.timeout_ms = 25;
    do { /* until the deadline passes after an answer */
        options.call.timeout_ms *= 2;
        ck_assert_int_eq((int)on->snapshot_wait_until_ready(second, &options, &error), (int)BOXD_ERR_TIMEOUT);
    } while (!strstr(error.message, "it is pending") && options.call.timeout_ms < E2E_PATIENCE_MS);
    e2e_expect(&error, BOXD_ERR_TIMEOUT, "it is pending");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES);
    emulator_clear_faults(&emulator);
    options.interval_ms = -1;
    ck_assert_int_eq((int)on->snapshot_wait_until_ready(second, &options, &error),
                     (int)BOXD_ERR_INVALID_ARGUMENT);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "interval_ms is -1");
    boxd_snapshot_free(second);
    e2e_close();
}
END_TEST

START_TEST(bad_input)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    boxd_box_config cmd = BOXD_BOX_CONFIG_INIT;
    cmd.cmd = BOXD_ARGV("true");
    boxd_snapshot *snapshot = boxd_snapshot_from_name(compute, "no-such-snapshot", &error);
    e2e_ok(snapshot, error);
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    ck_assert_ptr_null(on->snapshot_create(box, "", NULL, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "name is empty");
    ck_assert_ptr_null(on->snapshot_get(compute, NULL, NULL, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "name or id is empty");
    const struct {
        const boxd_snapshot_create_box_options *options;
        const char *says;
    } cases[] = {
        {BOXD_OPTIONS(boxd_snapshot_create_box_options, .name = "No"), "No"},
        {BOXD_OPTIONS(boxd_snapshot_create_box_options, .config = &cmd), "cmd"},
        {BOXD_OPTIONS(boxd_snapshot_create_box_options, .labels = BOXD_ARGV("nothing")), "nothing"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        ck_assert_ptr_null(on->snapshot_create_box(snapshot, cases[i].options, &error));
        e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, cases[i].says);
        ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    }
    ck_assert_int_eq(emulator_count_calls(&emulator, "CreateSnapshot", 0), 0);
    ck_assert_int_eq(emulator_count_calls(&emulator, "GetSnapshot", 0), 0);
    ck_assert_int_eq(emulator_count_calls(&emulator, "CreateVmFromSnapshot", 0), 0);
    ck_assert_ptr_null(on->snapshot_create_box(snapshot, NULL, &error));
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "a box from snapshot \"no-such-snapshot\"");
    e2e_ok(on->box_stop(box, NULL, &error) == BOXD_OK, error);
    ck_assert_ptr_null(on->snapshot_create(box, "of-a-stopped-one", NULL, &error));
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "snapshot \"of-a-stopped-one\" of box \"");
    ck_assert_ptr_null(boxd_snapshot_from_name(compute, "", &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "empty");
    ck_assert(!boxd_snapshot_id(NULL) && !boxd_snapshot_get_info(NULL) && !boxd_snapshot_ref(NULL));
    boxd_snapshot_free(NULL);
    boxd_snapshots_free(NULL);
    boxd_snapshot_free(snapshot);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(not_ready)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    ck_assert_ptr_null(on->snapshot_create(box, "x", NULL, &error));
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "does not have CreateSnapshot");
    ck_assert_ptr_null(on->snapshot_list(compute, NULL, &error));
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "does not have ListSnapshots");
    ck_assert_ptr_null(on->checkpoint_create(box, "x", NULL, &error));
    e2e_expect(&error, BOXD_ERR_UNSUPPORTED, "does not have CreateCheckpoint");
    e2e_drop(box);
    e2e_close();
}
END_TEST

int main(int argc, char **argv)
{
    const char *generation = argc > 2 ? argv[2] : "both";
    Suite *suite = suite_create("snapshots");
    if (strcmp(generation, "0.1") == 0) {
        e2e_add(suite, not_ready);
    } else {
        e2e_add(suite, restores_files);
        e2e_add(suite, box_of_a_snapshot);
        e2e_add(suite, fields);
        e2e_add(suite, waiting);
        e2e_add(suite, bad_input);
    }
    return e2e_main(suite, (const char *const[]){"--generation", generation, NULL});
}
