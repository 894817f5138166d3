/* The allocator, and the injection of failed allocations. */
#include "unit_test.h"

#include <stdint.h>
#include <string.h>

/* An impossible allocation must return NULL, also with AddressSanitizer. */
__attribute__((visibility("default"))) const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

START_TEST(zero_size_is_a_pointer)
{
    void *a = mem_alloc(0);
    void *b = mem_alloc(0);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_nonnull(b);
    ck_assert_ptr_ne(a, b);
    mem_free(a);
    mem_free(b);
    void *c = mem_calloc(0, 8);
    ck_assert_ptr_nonnull(c);
    c = mem_realloc(c, 0);
    ck_assert_ptr_nonnull(c);
    mem_free(c);
    mem_free(NULL);
    mem_free_secret(NULL);
}
END_TEST

START_TEST(calloc_zeroes_and_checks_overflow)
{
    unsigned char *bytes = mem_calloc(10, 10);
    ck_assert_ptr_nonnull(bytes);
    for (size_t i = 0; i < 100; i++)
        ck_assert_uint_eq(bytes[i], 0);
    mem_free(bytes);
    size_t half = SIZE_MAX / 2;
    ck_assert_ptr_null(mem_calloc(half, 3));
}
END_TEST

START_TEST(copies)
{
    char *a = mem_strdup("hello");
    char *b = mem_strndup("hello", 2);
    char *c = mem_strndup("hello", 0);
    ck_assert_str_eq(a, "hello");
    ck_assert_str_eq(b, "he");
    ck_assert_str_eq(c, "");
    ck_assert_ptr_null(mem_strdup(NULL));
    ck_assert_ptr_null(mem_strndup(NULL, 5));
    mem_free(a);
    mem_free(b);
    mem_free_secret(c);
}
END_TEST

START_TEST(grows_by_one_and_keeps_what_is_there)
{
    size_t capacity = 0;
    int *numbers = NULL;
    for (size_t count = 0; count < 1000; count++) {
        int *grown = mem_grow(numbers, count, &capacity, sizeof *numbers);
        ck_assert_ptr_nonnull(grown);
        ck_assert_uint_gt(capacity, count);
        numbers = grown;
        numbers[count] = (int)count;
    }
    for (size_t i = 0; i < 1000; i++)
        ck_assert_int_eq(numbers[i], (int)i);
    const size_t before = capacity;
    mem_fail_after(0);
    ck_assert_ptr_null(mem_grow(numbers, capacity, &capacity, sizeof *numbers));
    ck_assert_ptr_eq(mem_grow(numbers, 1000, &capacity, sizeof *numbers), numbers);
    mem_fail_after(-1);
    ck_assert_uint_eq(capacity, before);
    ck_assert_ptr_null(mem_grow(numbers, capacity, &capacity, SIZE_MAX / 2));
    mem_free(numbers);
}
END_TEST

START_TEST(printf_allocates)
{
    char *a = mem_printf("%s-%d", "x", 42);
    char *b = mem_printf("%s", "");
    ck_assert_str_eq(a, "x-42");
    ck_assert_str_eq(b, "");
    mem_free(a);
    mem_free(b);
}
END_TEST

START_TEST(zero_overwrites)
{
    char secret[] = "bxd_secret";
    mem_zero(secret, sizeof secret);
    for (size_t i = 0; i < sizeof secret; i++)
        ck_assert_int_eq(secret[i], 0);
    mem_zero(NULL, 0);
}
END_TEST

START_TEST(failures_come_after_the_count_and_stay)
{
    void *kept = mem_alloc(1);
    mem_fail_after(2);
    void *a = mem_alloc(1);
    void *b = mem_calloc(1, 1);
    ck_assert_ptr_nonnull(a);
    ck_assert_ptr_nonnull(b);
    ck_assert_ptr_null(mem_alloc(1));
    ck_assert_ptr_null(mem_calloc(1, 1));
    ck_assert_ptr_null(mem_strdup("x"));
    ck_assert_ptr_null(mem_strndup("x", 1));
    ck_assert_ptr_null(mem_printf("x"));
    ck_assert_ptr_null(mem_realloc(kept, 100));
    mem_fail_after(-1);
    kept = mem_realloc(kept, 100);
    ck_assert_ptr_nonnull(kept);
    mem_free(kept);
    mem_free(a);
    mem_free(b);
}
END_TEST

START_TEST(allocations_are_counted)
{
    uint64_t before = mem_fail_after(-1);
    void *a = mem_alloc(1);
    char *b = mem_printf("x");
    uint64_t after = mem_fail_after(-1);
    ck_assert_uint_eq(after - before, 2);
    mem_free(a);
    mem_free(b);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mem");
    unit_add(suite, zero_size_is_a_pointer);
    unit_add(suite, calloc_zeroes_and_checks_overflow);
    unit_add(suite, copies);
    unit_add(suite, grows_by_one_and_keeps_what_is_there);
    unit_add(suite, printf_allocates);
    unit_add(suite, zero_overwrites);
    unit_add(suite, failures_come_after_the_count_and_stay);
    unit_add(suite, allocations_are_counted);
    return unit_run(suite);
}
