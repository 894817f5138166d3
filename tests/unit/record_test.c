/* Lists of pointers in a record, and failed allocations. */
#include "record.h"

#include "mem.h"
#include "unit_test.h"

#include <stdio.h>
#include <string.h>

#define REPLACED "\xEF\xBF\xBD"

typedef struct item {
    const char *name;
    size_t length;
} item;

typedef struct list {
    size_t count;
    const item *const *items;
} list;

static void fill(record *r, void *to, const void *from)
{
    item *made = to;
    made->name = record_value(r, from);
    made->length = strlen(from);
}

static const char *const names[] = {"a", "", "a name that is longer than the others"};

START_TEST(pointers_to_items)
{
    list *made = record_list(COUNT(names), sizeof(item), names, fill, NULL, NULL);
    ck_assert_uint_eq(made->count, COUNT(names));
    for (size_t i = 0; i < made->count; i++) {
        ck_assert_str_eq(made->items[i]->name, names[i]);
        ck_assert_uint_eq(made->items[i]->length, strlen(names[i]));
        ck_assert_ptr_ne(made->items[i]->name, names[i]);
    }
    record_free(made);
}
END_TEST

START_TEST(an_empty_list)
{
    list *made = record_list(0, sizeof(item), NULL, fill, NULL, NULL);
    ck_assert(made && made->count == 0 && !made->items);
    record_free(made);
}
END_TEST

/* More items than fit into the blocks of a record. */
START_TEST(a_long_list)
{
    enum { LONG = 20000 };
    const char **many = mem_calloc(LONG, sizeof *many);
    for (size_t i = 0; i < LONG; i++)
        many[i] = names[i % COUNT(names)];
    list *made = record_list(LONG, sizeof(item), many, fill, NULL, NULL);
    ck_assert_uint_eq(made->count, LONG);
    for (size_t i = 0; i < LONG; i++)
        ck_assert_str_eq(made->items[i]->name, many[i]);
    record_free(made);
    mem_free(many);
}
END_TEST

/* Whichever allocation fails: no list is returned, and nothing leaks. */
START_TEST(no_memory)
{
    enum { MANY = 2000 };
    const char **many = mem_calloc(MANY, sizeof *many);
    for (size_t i = 0; i < MANY; i++)
        many[i] = names[2];
    list *made = NULL;
    int failures = 0;
    for (; !made; failures++) {
        boxd_error error = BOXD_ERROR_INIT;
        mem_fail_after(failures);
        made = record_list(MANY, sizeof(item), many, fill, NULL, &error);
        mem_fail_after(-1);
        ck_assert(made || error.status == BOXD_ERR_NO_MEMORY);
    }
    ck_assert_int_gt(failures, 2);
    ck_assert_str_eq(made->items[MANY - 1]->name, names[2]);
    record_free_secret(made);
    mem_free(many);
}
END_TEST

/* The limit holds for all records that share it, and is checked before an allocation. */
START_TEST(a_limit)
{
    enum { LONG = 2000 };
    const char **many = mem_calloc(LONG, sizeof *many);
    for (size_t i = 0; i < LONG; i++)
        many[i] = names[i % COUNT(names)];
    record_limit limit = {.option = "max_bytes", .max_bytes = 150000};
    boxd_error error = BOXD_ERROR_INIT;
    list *made = record_list(LONG, sizeof(item), many, fill, &limit, &error);
    ck_assert_msg(made != NULL, "%s", error.message);
    ck_assert_uint_gt(limit.used_bytes, LONG * (sizeof(item) + sizeof(item *)));
    record_free(made);
    char bytes[32]; /* the size of a record depends on that of a pointer */
    limit.max_bytes = limit.used_bytes + limit.used_bytes / 2;
    (void)snprintf(bytes, sizeof bytes, "%zu", limit.max_bytes);
    ck_assert_ptr_null(record_list(LONG, sizeof(item), many, fill, &limit, &error));
    ck_assert_int_eq((int)error.status, (int)BOXD_ERR_TOO_LARGE);
    ck_assert_int_eq((int)error.sent, (int)BOXD_SENT_YES);
    ck_assert_msg(strstr(error.message, bytes) && strstr(error.message, "raise max_bytes"), "%s",
                  error.message);
    limit = (record_limit){.option = "max_bytes", .max_bytes = 1000};
    mem_fail_after(1); /* the struct alone is allocated */
    ck_assert_ptr_null(record_list(SIZE_MAX / 64, sizeof(item), many, fill, &limit, &error));
    mem_fail_after(-1);
    ck_assert_int_eq((int)error.status, (int)BOXD_ERR_TOO_LARGE);
    mem_free(many);
}
END_TEST

START_TEST(durations_are_signed)
{
    ck_assert_int_eq(record_duration(0), 0);
    ck_assert_int_eq(record_duration(INT64_MAX), INT64_MAX);
    ck_assert_int_eq(record_duration(UINT64_MAX), INT64_MAX);
}
END_TEST

/* Text of a service is UTF-8 in a record; bytes stay. tests/unit/utf8_test.c has all forms. */
START_TEST(text_is_utf8)
{
    static const char sent[] = "a\xFF\xC0\x80\xED\xA0\x80z";
    record r;
    ck_assert_ptr_nonnull(record_begin(&r, 1, NULL));
    ck_assert_str_eq(record_value(&r, "gr\xC3\xBC\xC3\x9F"), "gr\xC3\xBC\xC3\x9F");
    ck_assert_str_eq(record_text(&r, sent), "a" REPLACED REPLACED REPLACED REPLACED REPLACED REPLACED "z");
    ck_assert_str_eq(record_raw(&r, sent), sent);
    ck_assert_ptr_null(record_text(&r, ""));
    ck_assert_str_eq(record_value(&r, ""), "");
    record_free(record_end(&r, NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record");
    unit_add(suite, pointers_to_items);
    unit_add(suite, an_empty_list);
    unit_add(suite, a_long_list);
    unit_add(suite, no_memory);
    unit_add(suite, a_limit);
    unit_add(suite, durations_are_signed);
    unit_add(suite, text_is_utf8);
    return unit_run(suite);
}
