/* The states of a client, its tickets, and whether the program still has to dispatch. */
#include "core/close.h"

#include "unit_test.h"

static void on_closed(boxd_status status, const boxd_error *error, void *user_data)
{
    ck_assert_int_eq((int)status, (int)BOXD_OK);
    ck_assert_ptr_null(error);
    ++*(int *)user_data;
}

START_TEST(states)
{
    client_closing c = {0};
    close_ticket ticket = {0};
    bool first;
    closing_add_reference(&c, &ticket);
    ck_assert(closing_enter(&c));
    ck_assert(!closing_wants_idle_check(&c));
    ck_assert_ptr_eq(closing_begin(&c, &first), &ticket);
    ck_assert(first);
    ck_assert_int_eq((int)c.state, (int)CLIENT_CLOSING);
    ck_assert(!closing_wants_idle_check(&c)); /* an operation is live */
    closing_leave(&c);
    ck_assert(closing_wants_idle_check(&c));
    ck_assert(!closing_wants_idle_check(&c)); /* posted already */
    ck_assert(closing_enter(&c));             /* it will end in an error */
    ck_assert(!closing_end_if_idle(&c));
    closing_leave(&c);
    ck_assert(closing_wants_idle_check(&c));
    ck_assert(closing_end_if_idle(&c));
    ck_assert_int_eq((int)c.state, (int)CLIENT_ENDING);
    ck_assert(!closing_enter(&c));
    ck_assert(!closing_end(&c));
    ck_assert_int_eq((int)c.state, (int)CLIENT_ENDED);
    ck_assert(!closing_enter(&c));
}
END_TEST

/* A client that has ended, without calls in flight. */
static void end(client_closing *c)
{
    ck_assert(closing_wants_idle_check(c));
    ck_assert(closing_end_if_idle(c));
    closing_end(c);
}

START_TEST(each_reference_has_a_ticket)
{
    client_closing c = {0};
    close_ticket tickets[2] = {{.callback = NULL}, {.callback = NULL}};
    bool first;
    closing_add_reference(&c, &tickets[0]);
    closing_add_reference(&c, &tickets[1]);
    ck_assert_ptr_eq(closing_begin(&c, &first), &tickets[0]);
    ck_assert(first);
    ck_assert(!closing_is_unattended(&c)); /* the owner of the other reference may dispatch */
    ck_assert_ptr_eq(closing_begin(&c, &first), &tickets[1]);
    ck_assert(!first);
    ck_assert_ptr_null(closing_begin(&c, &first)); /* one close more than there are references */
    ck_assert(closing_is_unattended(&c));
    c.closing_threads++;
    ck_assert(!closing_is_unattended(&c));
    c.closing_threads--;
}
END_TEST

START_TEST(callbacks_wait_for_the_end)
{
    int called = 0;
    client_closing c = {0};
    close_ticket ticket = {.callback = on_closed, .user_data = &called};
    close_ticket unowned = {.callback = on_closed, .user_data = &called, .unowned = true};
    bool first;
    closing_add_reference(&c, &ticket);
    closing_begin(&c, &first);
    ck_assert(closing_wait(&c, &unowned));
    ck_assert(closing_has_only_unowned(&c));
    ck_assert(!closing_is_unattended(&c)); /* a callback is waiting */
    ck_assert(closing_wait(&c, &ticket));
    ck_assert(!closing_has_only_unowned(&c));
    end(&c);
    linked_list tickets = closing_take_callbacks(&c);
    ck_assert_uint_eq(tickets.count, 2);
    ck_assert(!closing_wait(&c, &ticket)); /* too late to wait: the owner runs the callback at once */
    closing_call(ticket.callback, ticket.user_data);
    closing_call(NULL, NULL);
    ck_assert_int_eq(called, 1);
}
END_TEST

START_TEST(unused_tickets_are_freed)
{
    client_closing c = {0};
    close_ticket *ticket = mem_calloc(1, sizeof *ticket);
    closing_add_reference(&c, ticket);
    closing_destroy(&c);
    ck_assert(list_is_empty(&c.spare));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("close");
    unit_add(suite, states);
    unit_add(suite, each_reference_has_a_ticket);
    unit_add(suite, callbacks_wait_for_the_end);
    unit_add(suite, unused_tickets_are_freed);
    return unit_run(suite);
}
