/* The intrusive list: order, removal at both ends and between, moving. */
#include "linked_list.h"

#include "unit_test.h"

typedef struct element {
    int number;
    list_node node;
} element;

static int number_of(const list_node *node)
{
    return CONTAINER_OF((list_node *)(uintptr_t)node, element, node)->number;
}

/* `expected` ends with a 0. */
static void check(const linked_list *list, const int *expected)
{
    const list_node *previous = NULL;
    size_t count = 0;
    for (const list_node *node = list->first; node; node = node->next) {
        ck_assert_int_eq(number_of(node), expected[count++]);
        ck_assert_ptr_eq(node->previous, previous);
        previous = node;
    }
    ck_assert_int_eq(expected[count], 0);
    ck_assert_ptr_eq(list->last, previous);
    ck_assert_uint_eq(list->count, count);
    ck_assert_int_eq(list_is_empty(list), count == 0);
}

#define CHECK(list, ...) check(list, (const int[]){__VA_ARGS__, 0})

START_TEST(nodes_keep_their_order)
{
    element all[] = {{.number = 1}, {.number = 2}, {.number = 3}, {.number = 4}};
    linked_list list = {0};
    check(&list, (const int[]){0});
    ck_assert_ptr_null(list_pop(&list));
    for (size_t i = 0; i < COUNT(all); i++)
        list_append(&list, &all[i].node);
    CHECK(&list, 1, 2, 3, 4);
    list_remove(&list, &all[1].node);
    CHECK(&list, 1, 3, 4);
    list_remove(&list, &all[3].node);
    CHECK(&list, 1, 3);
    ck_assert_int_eq(number_of(list_pop(&list)), 1);
    list_append(&list, &all[1].node);
    CHECK(&list, 3, 2);
    linked_list moved = list_take_all(&list);
    check(&list, (const int[]){0});
    CHECK(&moved, 3, 2);
    ck_assert_int_eq(number_of(list_pop(&moved)), 3);
    ck_assert_int_eq(number_of(list_pop(&moved)), 2);
    check(&moved, (const int[]){0});
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("linked_list");
    unit_add(suite, nodes_keep_their_order);
    return unit_run(suite);
}
