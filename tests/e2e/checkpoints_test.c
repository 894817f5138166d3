/* Checkpoints: what a restore brings back, and refused requests. */
#include "e2e.h"
#include "reply.h"

/* The checkpoint of this name in a list, or NULL. */
static const boxd_checkpoint *named(const boxd_checkpoints *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i]->name, name) == 0)
            return list->items[i];
    return NULL;
}

static boxd_checkpoints *list_of(boxd_box *box)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_checkpoints *list = on->checkpoint_list(box, NULL, &error);
    e2e_ok(list, error);
    return list;
}

/* Creates a checkpoint and waits until it can be restored. */
static void take(boxd_box *box, const char *name)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_checkpoint *made = on->checkpoint_create(box, name, NULL, &error);
    e2e_ok(made, error);
    ck_assert_str_eq(made->name, name);
    ck_assert_str_eq(made->status, "pending");
    ck_assert(made->id && !made->created_by && made->created_at_ms == 0 && !made->available);
    boxd_checkpoint_free(made);
    e2e_ok(on->checkpoint_wait_until_ready(box, name, NULL, &error) == BOXD_OK, error);
    boxd_checkpoints *list = list_of(box);
    const boxd_checkpoint *row = named(list, name);
    ck_assert_ptr_nonnull(row);
    ck_assert(row->available && strcmp(row->status, "ready") == 0);
    boxd_checkpoints_free(list);
}

static void run(boxd_box *box, const char *line)
{
    boxd_exec_result *result = e2e_run(box, line);
    ck_assert_msg(result->success, "%s: %s", line, result->err.data);
    boxd_exec_result_free(result);
}

START_TEST(restores_files)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    run(box, "echo before > kept; echo there > removed");
    take(box, "good");
    run(box, "echo after > kept; rm removed; touch made");
    boxd_box *by_name = boxd_box_from_name(compute, boxd_box_name(box), &error);
    e2e_ok(by_name, error);
    e2e_ok(on->checkpoint_restore(by_name, "good", NULL, &error) == BOXD_OK, error);
    run(box, "test \"$(cat kept removed)\" = \"$(printf 'before\\nthere')\" && ! test -e made");
    run(box, "echo after > kept");
    e2e_ok(on->checkpoint_restore(box, "good", NULL, &error) == BOXD_OK, error); /* a second restore */
    run(box, "test $(cat kept) = before");
    e2e_ok(on->checkpoint_delete(by_name, "good", NULL, &error) == BOXD_OK, error);
    boxd_checkpoints *list = list_of(box);
    ck_assert_uint_eq(list->count, 0);
    boxd_checkpoints_free(list);
    run(box, "test $(cat kept) = before");
    boxd_box_free(by_name);
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(fields)
{
    e2e_open(_i, NULL);
    boxd_box *box = e2e_box();
    reply row = {0}, list = {0};
    reply_text(&row, 1, "an-id");
    reply_text(&row, 2, "full");
    reply_text(&row, 3, "ready");
    reply_number(&row, 4, 12345);
    reply_number(&row, 5, 1700000001000);
    reply_text(&row, 6, "somebody");
    reply_number(&row, 7, 1);
    reply_message(&list, 1, &row);
    reply_inject(&list, "ListCheckpoints", 1);
    boxd_checkpoints *listed = list_of(box);
    ck_assert_uint_eq(listed->count, 1);
    const boxd_checkpoint *item = listed->items[0];
    ck_assert_str_eq(item->id, "an-id");
    ck_assert_str_eq(item->name, "full");
    ck_assert_str_eq(item->status, "ready");
    ck_assert_uint_eq(item->size_bytes, 12345);
    ck_assert_int_eq(item->created_at_ms, 1700000001000);
    ck_assert_str_eq(item->created_by, "somebody");
    ck_assert(item->available);
    boxd_checkpoints_free(listed);

    take(box, "one");
    take(box, "two");
    listed = list_of(box);
    ck_assert_uint_eq(listed->count, 2);
    ck_assert(named(listed, "one")->created_at_ms > INT64_C(1600000000000) &&
              named(listed, "two")->created_by);
    boxd_checkpoints_free(listed);
    e2e_drop(box);
    e2e_close();
}
END_TEST

/* Sets the status that the next list reports. */
static void answer(const char *name, const char *status)
{
    reply row = {0}, list = {0};
    reply_text(&row, 2, name);
    reply_text(&row, 3, status);
    reply_number(&row, 7, strcmp(status, "ready") == 0);
    reply_message(&list, 1, &row);
    reply_inject(&list, "ListCheckpoints", 1);
}

START_TEST(waiting)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_checkpoint_wait_until_ready_options quick = BOXD_CHECKPOINT_WAIT_UNTIL_READY_OPTIONS_INIT;
    quick.interval_ms = 5;
    boxd_box *box = e2e_box();
    answer("awaited", "pending");
    answer("awaited", "ready");
    e2e_ok(on->checkpoint_wait_until_ready(box, "awaited", &quick, &error) == BOXD_OK, error);
    answer("awaited", "failed");
    on->checkpoint_wait_until_ready(box, "awaited", &quick, &error);
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, "checkpoint \"awaited\" of box \"");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES);
    answer("another", "ready");
    on->checkpoint_wait_until_ready(box, "awaited", &quick, &error);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "checkpoint \"awaited\" of box \"");
    on->checkpoint_wait_until_ready(box, NULL, &quick, &error);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "name is empty");
    e2e_drop(box);
    e2e_close();
}
END_TEST

START_TEST(refusals)
{
    e2e_open(_i, NULL);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = e2e_box();
    take(box, "there");
    free(emulator_control(&emulator, "DELETE", "log", NULL));
    ck_assert_ptr_null(on->checkpoint_create(box, NULL, NULL, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "name is empty");
    on->checkpoint_restore(box, "", NULL, &error);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "name is empty");
    on->checkpoint_delete(box, NULL, NULL, &error);
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "name is empty");
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_NO);
    ck_assert_int_eq(emulator_count_calls(&emulator, "CreateCheckpoint", 0), 0);
    ck_assert_int_eq(emulator_count_calls(&emulator, "DeleteCheckpoint", 0), 0);
    ck_assert_ptr_null(on->checkpoint_create(box, "there", NULL, &error));
    e2e_expect(&error, BOXD_ERR_ALREADY_EXISTS, "checkpoint \"there\" of box \"");
    on->checkpoint_restore(box, "none", NULL, &error);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "checkpoint \"none\" of box \"");
    on->checkpoint_delete(box, "none", NULL, &error);
    e2e_expect(&error, BOXD_ERR_NOT_FOUND, "none");
    e2e_ok(on->box_stop(box, NULL, &error) == BOXD_OK, error);
    ck_assert_ptr_null(on->checkpoint_create(box, "of-a-stopped-one", NULL, &error));
    e2e_expect(&error, BOXD_ERR_FAILED_PRECONDITION, boxd_box_name(box));
    boxd_checkpoint_free(NULL);
    boxd_checkpoints_free(NULL);
    e2e_drop(box);
    ck_assert_ptr_null(on->checkpoint_create(NULL, "x", NULL, &error));
    e2e_expect(&error, BOXD_ERR_INVALID_ARGUMENT, "NULL");
    e2e_close();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("checkpoints");
    e2e_add(suite, restores_files);
    e2e_add(suite, fields);
    e2e_add(suite, waiting);
    e2e_add(suite, refusals);
    return e2e_main(suite, NULL);
}
