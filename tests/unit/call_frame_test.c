/* The frame of a call: result and errors reach the program exactly once, and parts belong to their call. */
#include "core/call_frame.h"

#include "sim.h"

static struct {
    int called, freed;
    boxd_status status;
    void *result;
} got;

typedef void (*text_cb)(void *text, const boxd_error *error, void *user_data);

static void free_text(void *text)
{
    got.freed++;
    mem_free(text);
}

static void on_text(void *text, const boxd_error *error, void *user_data)
{
    ck_assert_ptr_eq(user_data, &got);
    got.called++;
    got.status = error ? error->status : BOXD_OK;
    got.result = text;
    mem_free(text);
}

RESULT_TYPE(RESULT_TEXT, text_cb, free_text);

static void finish(op *o)
{
    op_finish(o, NULL);
}

static void finish_failed(op *o)
{
    boxd_error error = BOXD_ERROR_INIT;
    error.status = BOXD_ERR_NOT_FOUND;
    op_finish(o, &error);
}

static void destroy(op *o)
{
    call_frame_free(CONTAINER_OF(o, call_frame, op));
}

static const op_class succeeding = {finish, finish, call_frame_deliver, destroy};
static const op_class failing = {finish_failed, finish_failed, call_frame_deliver, destroy};

static call_frame *make(sim_client *c, const op_class *class, const boxd_call_options *call,
                        bool with_callback)
{
    got.called = got.freed = 0;
    const call_frame_setup setup = {.core = c ? &c->core : NULL,
                                    .null_message = "the client is NULL",
                                    .call = call,
                                    .sink = SINK(RESULT_TEXT, with_callback ? on_text : NULL, &got)};
    call_frame *f = call_frame_new(sizeof *f, class, &setup);
    if (f)
        f->result = mem_strdup("text");
    return f;
}

START_TEST(the_result_goes_to_the_program)
{
    sim_client *c = sim_open(BOXD_DISPATCH_CORE_THREAD, 0);
    call_frame *f = make(c, &succeeding, NULL, true);
    const void *result = f->result;
    op_submit(&f->op);
    ck_assert_int_eq(got.called, 0);
    sim_settle(c);
    ck_assert_int_eq(got.called, 1);
    ck_assert_int_eq((int)got.status, (int)BOXD_OK);
    ck_assert_ptr_eq(got.result, result);
    ck_assert_int_eq(got.freed, 0);
    sim_close_and_end(c);
}
END_TEST

START_TEST(a_result_without_a_callback_is_freed)
{
    sim_client *c = sim_open(BOXD_DISPATCH_CORE_THREAD, 0);
    op_submit(&make(c, &failing, NULL, true)->op);
    sim_settle(c);
    ck_assert_int_eq(got.called, 1);
    ck_assert_int_eq((int)got.status, (int)BOXD_ERR_NOT_FOUND);
    ck_assert_ptr_null(got.result);
    ck_assert_int_eq(got.freed, 1);
    op_submit(&make(c, &succeeding, NULL, false)->op); /* without a callback */
    sim_settle(c);
    ck_assert_int_eq(got.freed, 1);
    op_unref(&make(c, &succeeding, NULL, true)->op); /* never submitted */
    ck_assert_int_eq(got.freed, 1);
    ck_assert_int_eq(got.called, 0);
    sim_close_and_end(c);
}
END_TEST

START_TEST(without_a_client_or_memory_the_program_is_called_at_once)
{
    ck_assert_ptr_null(make(NULL, &succeeding, NULL, true));
    ck_assert_int_eq(got.called, 1);
    ck_assert_int_eq((int)got.status, (int)BOXD_ERR_INVALID_ARGUMENT);
    sim_client *c = sim_open(BOXD_DISPATCH_MANUAL, 0);
    mem_fail_after(0);
    ck_assert_ptr_null(make(c, &succeeding, NULL, true));
    mem_fail_after(-1);
    ck_assert_int_eq(got.called, 1);
    ck_assert_int_eq((int)got.status, (int)BOXD_ERR_NO_MEMORY);
    sim_close_and_end(c);
}
END_TEST

START_TEST(data_of_the_program)
{
    static const char *const words[] = {"x-trace=1", NULL}, *const bad[] = {"no name", NULL};
    sim_client *c = sim_open(BOXD_DISPATCH_CORE_THREAD, 0);
    boxd_call_options call = BOXD_CALL_OPTIONS_INIT;
    call.hook_data = &got;
    call.metadata = words;
    call.timeout_ms = 1234;
    call_frame *f = make(c, &succeeding, &call, true);
    ck_assert_ptr_eq(f->hook_data, &got);
    ck_assert_uint_eq(f->metadata->count, 1);
    ck_assert_int_eq(f->op.timeout_ms, 1234);
    op_submit(&f->op);
    sim_settle(c);
    call.metadata = bad;
    op_submit(&make(c, &succeeding, &call, true)->op);
    sim_settle(c);
    ck_assert_int_eq((int)got.status, (int)BOXD_ERR_INVALID_ARGUMENT);
    call.size = 1; /* not an option struct */
    call.metadata = NULL;
    op_submit(&make(c, &succeeding, &call, true)->op);
    sim_settle(c);
    ck_assert_int_eq((int)got.status, (int)BOXD_ERR_INVALID_ARGUMENT);
    sim_close_and_end(c);
}
END_TEST

START_TEST(parts_have_the_id_of_their_call)
{
    sim_client *c = sim_open(BOXD_DISPATCH_MANUAL, 1);
    call_frame *whole = make(c, &succeeding, NULL, true);
    const call_scope before = call_parts_begin(whole);
    call_frame *part = make(c, &succeeding, NULL, true);
    call_parts_end(before);
    call_frame *other = make(c, &succeeding, NULL, true);
    ck_assert_uint_eq(part->call_id, whole->call_id);
    ck_assert_int_eq((int)part->op.slot.state, (int)SLOT_NONE);
    ck_assert_int_eq((int)part->op.caller, (int)CALLER_LIBRARY);
    ck_assert_uint_ne(other->call_id, whole->call_id);
    ck_assert_int_eq((int)other->op.caller, (int)CALLER_PROGRAM);
    op_submit(&part->op);
    sim_steps(c, 4);
    ck_assert_int_eq(got.called, 1); /* on the loop, in either dispatch mode */
    op_unref(&other->op);
    op_unref(&whole->op);
    sim_close_and_end(c);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("call_frame");
    unit_add(suite, the_result_goes_to_the_program);
    unit_add(suite, a_result_without_a_callback_is_freed);
    unit_add(suite, without_a_client_or_memory_the_program_is_called_at_once);
    unit_add(suite, data_of_the_program);
    unit_add(suite, parts_have_the_id_of_their_call);
    return unit_run(suite);
}
