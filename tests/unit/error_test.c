/* The error object: status, message, flags. */
#include "errors.h"

#include "unit_test.h"

#include <string.h>
#include <unistd.h>

static const struct {
    boxd_status status;
    boxd_status class;
    const char *name;
} statuses[] = {
    {BOXD_OK, BOXD_OK, "ok"},
    {BOXD_ERR_FAILED, BOXD_ERR_FAILED, "failed"},
    {BOXD_ERR_AUTHENTICATION, BOXD_ERR_AUTHENTICATION, "authentication"},
    {BOXD_ERR_NOT_FOUND, BOXD_ERR_NOT_FOUND, "not found"},
    {BOXD_ERR_QUOTA, BOXD_ERR_QUOTA, "quota"},
    {BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_INVALID_ARGUMENT, "invalid argument"},
    {BOXD_ERR_TIMEOUT, BOXD_ERR_TIMEOUT, "timeout"},
    {BOXD_ERR_CONNECTION, BOXD_ERR_CONNECTION, "connection"},
    {BOXD_ERR_INTERNAL, BOXD_ERR_INTERNAL, "internal"},
    {BOXD_ERR_PERMISSION_DENIED, BOXD_ERR_AUTHENTICATION, "permission denied"},
    {BOXD_ERR_ALREADY_EXISTS, BOXD_ERR_INVALID_ARGUMENT, "already exists"},
    {BOXD_ERR_FAILED_PRECONDITION, BOXD_ERR_FAILED, "failed precondition"},
    {BOXD_ERR_CANCELLED, BOXD_ERR_FAILED, "cancelled"},
    {BOXD_ERR_CLOSED, BOXD_ERR_FAILED, "closed"},
    {BOXD_ERR_WOULD_DEADLOCK, BOXD_ERR_FAILED, "would deadlock"},
    {BOXD_ERR_NO_MEMORY, BOXD_ERR_FAILED, "out of memory"},
    {BOXD_ERR_UNSUPPORTED, BOXD_ERR_FAILED, "unsupported"},
    {BOXD_ERR_NO_EXIT_STATUS, BOXD_ERR_FAILED, "no exit status"},
    {BOXD_ERR_PROTOCOL, BOXD_ERR_FAILED, "protocol"},
    {BOXD_ERR_OUTPUT_LIMIT, BOXD_ERR_FAILED, "output limit"},
    {BOXD_ERR_LOCAL_FILE, BOXD_ERR_FAILED, "local file"},
    {BOXD_ERR_INCOMPLETE, BOXD_ERR_FAILED, "incomplete"},
    {BOXD_ERR_NO_THREAD, BOXD_ERR_FAILED, "no thread"},
    {BOXD_ERR_UNREAD_OUTPUT, BOXD_ERR_FAILED, "unread output"},
    {BOXD_ERR_BUSY, BOXD_ERR_FAILED, "busy"},
    {BOXD_ERR_FORKED, BOXD_ERR_FAILED, "forked"},
    {BOXD_ERR_TOO_LARGE, BOXD_ERR_FAILED, "too large"},
    {BOXD_ERR_CONFLICT, BOXD_ERR_FAILED, "conflict"},
    {BOXD_ERR_PROVISIONING, BOXD_ERR_INTERNAL, "provisioning"},
    {BOXD_ERR_VALIDATION, BOXD_ERR_INVALID_ARGUMENT, "validation"},
    {BOXD_ERR_RESPONSE, BOXD_ERR_FAILED, "response"},
    {BOXD_ERR_UNAVAILABLE, BOXD_ERR_CONNECTION, "unavailable"},
    {BOXD_ERR_CAPACITY, BOXD_ERR_CONNECTION, "capacity"},
    {(boxd_status)9999, BOXD_ERR_FAILED, "unknown status"},
};

/* The classes of the Python package 0.1.2, by boxd_status_class(). */
static const struct {
    int code;
    const char *name;
    boxd_status status;
    boxd_status class;
} grpc_codes[] = {
    {0, "OK", BOXD_OK, BOXD_OK},
    {1, "CANCELLED", BOXD_ERR_FAILED, BOXD_ERR_FAILED},
    {2, "UNKNOWN", BOXD_ERR_INTERNAL, BOXD_ERR_INTERNAL},
    {3, "INVALID_ARGUMENT", BOXD_ERR_INVALID_ARGUMENT, BOXD_ERR_INVALID_ARGUMENT},
    {4, "DEADLINE_EXCEEDED", BOXD_ERR_TIMEOUT, BOXD_ERR_TIMEOUT},
    {5, "NOT_FOUND", BOXD_ERR_NOT_FOUND, BOXD_ERR_NOT_FOUND},
    {6, "ALREADY_EXISTS", BOXD_ERR_ALREADY_EXISTS, BOXD_ERR_INVALID_ARGUMENT},
    {7, "PERMISSION_DENIED", BOXD_ERR_PERMISSION_DENIED, BOXD_ERR_AUTHENTICATION},
    {8, "RESOURCE_EXHAUSTED", BOXD_ERR_QUOTA, BOXD_ERR_QUOTA},
    {9, "FAILED_PRECONDITION", BOXD_ERR_FAILED_PRECONDITION, BOXD_ERR_FAILED},
    {10, "ABORTED", BOXD_ERR_FAILED, BOXD_ERR_FAILED},
    {11, "OUT_OF_RANGE", BOXD_ERR_FAILED, BOXD_ERR_FAILED},
    {12, "UNIMPLEMENTED", BOXD_ERR_UNSUPPORTED, BOXD_ERR_FAILED},
    {13, "INTERNAL", BOXD_ERR_INTERNAL, BOXD_ERR_INTERNAL},
    {14, "UNAVAILABLE", BOXD_ERR_CONNECTION, BOXD_ERR_CONNECTION},
    {15, "DATA_LOSS", BOXD_ERR_FAILED, BOXD_ERR_FAILED},
    {16, "UNAUTHENTICATED", BOXD_ERR_AUTHENTICATION, BOXD_ERR_AUTHENTICATION},
    {17, "an unknown code", BOXD_ERR_FAILED, BOXD_ERR_FAILED},
    {-1, "an unknown code", BOXD_ERR_FAILED, BOXD_ERR_FAILED},
    {1000000, "an unknown code", BOXD_ERR_FAILED, BOXD_ERR_FAILED},
};

START_TEST(statuses_have_names_and_classes)
{
    for (size_t i = 0; i < COUNT(statuses); i++) {
        ck_assert_str_eq(boxd_status_name(statuses[i].status), statuses[i].name);
        ck_assert_int_eq(boxd_status_class(statuses[i].status), statuses[i].class);
    }
}
END_TEST

START_TEST(grpc_codes_map)
{
    for (size_t i = 0; i < COUNT(grpc_codes); i++) {
        boxd_status status = error_status_of_grpc(grpc_codes[i].code);
        ck_assert_int_eq(status, grpc_codes[i].status);
        ck_assert_int_eq(boxd_status_class(status), grpc_codes[i].class);
        ck_assert_str_eq(error_grpc_name(grpc_codes[i].code), grpc_codes[i].name);
    }
}
END_TEST

START_TEST(set_fills_everything)
{
    boxd_error error;
    memset(&error, 0x55, sizeof error);
    ck_assert_int_eq(error_set(&error, BOXD_ERR_QUOTA, "%s is %d", "x", 7), BOXD_ERR_QUOTA);
    ck_assert_int_eq(error.status, BOXD_ERR_QUOTA);
    ck_assert_int_eq(error.grpc_code, -1);
    ck_assert_int_eq(error.http_status, 0);
    ck_assert_int_eq(error.sent, BOXD_SENT_NO);
    ck_assert_int_eq(error.retry_after_ms, 0);
    ck_assert(!error.retryable);
    ck_assert_str_eq(error.message, "x is 7");

    error_set_sent(&error, BOXD_ERR_TIMEOUT, BOXD_SENT_UNKNOWN, "late");
    ck_assert_int_eq(error.sent, BOXD_SENT_UNKNOWN);
    ck_assert_str_eq(error.message, "late");

    ck_assert_int_eq(error_no_memory(&error, "making tea"), BOXD_ERR_NO_MEMORY);
    ck_assert_int_eq(error.status, BOXD_ERR_NO_MEMORY);
    ck_assert_ptr_nonnull(strstr(error.message, "making tea"));
}
END_TEST

START_TEST(null_is_allowed)
{
    ck_assert_int_eq(error_set(NULL, BOXD_ERR_FAILED, "x"), BOXD_ERR_FAILED);
    ck_assert_int_eq(error_set_sent(NULL, BOXD_ERR_FAILED, BOXD_SENT_YES, "x"), BOXD_ERR_FAILED);
    ck_assert_int_eq(error_no_memory(NULL, "x"), BOXD_ERR_NO_MEMORY);
}
END_TEST

/* The appended text is whole, however long the message before it is. */
START_TEST(append_whole)
{
    static const char end[] = " (POST /hosts, 502 CODE)";
    char text[3 * BOXD_ERROR_MESSAGE_SIZE];
    for (size_t size = 0; size < sizeof text; size++) {
        boxd_error error = BOXD_ERROR_INIT;
        memset(text, 'x', size);
        text[size] = '\0';
        error_set(&error, BOXD_ERR_PROVISIONING, "%s", text);
        error_append_whole(&error, "%s", end);
        const size_t length = strlen(error.message);
        ck_assert_msg(length >= strlen(end) && strcmp(error.message + length - strlen(end), end) == 0, "%s",
                      error.message);
        const bool whole = size + strlen(end) < sizeof error.message;
        ck_assert_uint_eq(length, whole ? size + strlen(end) : sizeof error.message - 1);
        ck_assert_int_eq(strstr(error.message, "... (POST") != NULL, !whole);
    }
    boxd_error error = BOXD_ERROR_INIT;
    error_set(&error, BOXD_ERR_PROVISIONING, "before");
    error_append_whole(&error, "%s", text); /* alone too long: it is cut, too */
    ck_assert_uint_eq(strlen(error.message), sizeof error.message - 1);
}
END_TEST

START_TEST(prefix_and_append)
{
    boxd_error error = BOXD_ERROR_INIT;
    error_set(&error, BOXD_ERR_FAILED, "b %s", "100%d");
    error_prefix(&error, "a %d", 1);
    error_append(&error, "; %s", "c");
    ck_assert_str_eq(error.message, "a 1: b 100%d; c");
    ck_assert_int_eq(error.status, BOXD_ERR_FAILED);
}
END_TEST

/* Fills the message with `length` times x and `tail`. */
static void fill(boxd_error *error, size_t length, const char *tail)
{
    char words[2 * BOXD_ERROR_MESSAGE_SIZE];
    memset(words, 'x', length);
    words[length] = '\0';
    error_set(error, BOXD_ERR_FAILED, "%s%s", words, tail);
}

static bool ends_in_dots(const boxd_error *error)
{
    size_t length = strlen(error->message);
    return length < BOXD_ERROR_MESSAGE_SIZE && length >= 3 && strcmp(error->message + length - 3, "...") == 0;
}

START_TEST(long_messages_end_in_dots)
{
    boxd_error error = BOXD_ERROR_INIT;
    fill(&error, BOXD_ERROR_MESSAGE_SIZE - 1, "");
    ck_assert_uint_eq(strlen(error.message), BOXD_ERROR_MESSAGE_SIZE - 1);
    ck_assert(!ends_in_dots(&error));
    error_append(&error, "%s", "");
    ck_assert(!ends_in_dots(&error));
    error_append(&error, "y");
    ck_assert(ends_in_dots(&error));
    ck_assert_uint_eq(strlen(error.message), BOXD_ERROR_MESSAGE_SIZE - 1);

    fill(&error, BOXD_ERROR_MESSAGE_SIZE, "");
    ck_assert(ends_in_dots(&error));
    fill(&error, BOXD_ERROR_MESSAGE_SIZE + 300, "");
    ck_assert(ends_in_dots(&error));
    fill(&error, BOXD_ERROR_MESSAGE_SIZE - 5, "");
    error_prefix(&error, "prefix");
    ck_assert(ends_in_dots(&error));
    ck_assert_int_eq(strncmp(error.message, "prefix: xxx", 11), 0);
}
END_TEST

START_TEST(cut_spares_characters)
{
    for (size_t before = BOXD_ERROR_MESSAGE_SIZE - 12; before < BOXD_ERROR_MESSAGE_SIZE; before++) {
        boxd_error error = BOXD_ERROR_INIT;
        fill(&error, before, "\xF0\x9F\x90\x8B\xF0\x9F\x90\x8B\xF0\x9F\x90\x8B\xF0\x9F\x90\x8B");
        ck_assert(ends_in_dots(&error));
        size_t kept = strlen(error.message) - 3;
        ck_assert(kept <= before || (kept - before) % 4 == 0);
    }
}
END_TEST

/* Whatever an argument contains, a message is one line of printable UTF-8: also behind a prefix, and when it
 * is cut. */
START_TEST(messages_are_safe_to_show)
{
    boxd_error error = BOXD_ERROR_INIT;
    error_set(&error, BOXD_ERR_FAILED, "%s", "a\nb\x1B[2J\xC2\x9B\xE2\x80\xAE\xFF");
    ck_assert_str_eq(error.message, "a\\x0Ab\\x1B[2J\\u009B\\u202E\\xFF");
    error_append(&error, "%s", "\t");
    error_prefix(&error, "%s", "\r");
    ck_assert_str_eq(error.message, "\\x0D: a\\x0Ab\\x1B[2J\\u009B\\u202E\\xFF\\x09");
    for (size_t length = BOXD_ERROR_MESSAGE_SIZE - 20; length < BOXD_ERROR_MESSAGE_SIZE + 5; length++) {
        error_set(&error, BOXD_ERR_FAILED, "%*s%s", (int)length, "", "\xE2\x80\xAE\xE2\x82\xAC\xE2\x80\xAE");
        error_append(&error, "\n");
        ck_assert_ptr_null(strchr(error.message, '\n'));
        ck_assert_uint_lt(strlen(error.message), BOXD_ERROR_MESSAGE_SIZE);
        const char *last = error.message + strlen(error.message) - 4;
        ck_assert_msg(strcmp(last, "\\x0A") == 0 || strcmp(last + 1, "...") == 0, "%s", last);
    }
}
END_TEST

/* What boxd_error_print() writes for `error`. */
static void print_to(char *out, size_t size, const boxd_error *error, const char *what)
{
    int ends[2];
    const int before = dup(STDERR_FILENO);
    ck_assert(before >= 0 && pipe(ends) == 0 && dup2(ends[1], STDERR_FILENO) >= 0);
    boxd_error_print(error, what);
    dup2(before, STDERR_FILENO);
    close(before);
    close(ends[1]);
    const ssize_t length = read(ends[0], out, size - 1);
    close(ends[0]);
    ck_assert(length >= 0);
    out[length] = '\0';
}

START_TEST(printed)
{
    char line[2 * BOXD_ERROR_MESSAGE_SIZE];
    boxd_error error = BOXD_ERROR_INIT;
    error_set(&error, BOXD_ERR_NOT_FOUND, "no box 100%%s");
    print_to(line, sizeof line, &error, NULL);
    ck_assert_str_eq(line, "not found: no box 100%s\n");
    print_to(line, sizeof line, &error, "%d");
    ck_assert_str_eq(line, "%d: not found: no box 100%s\n");
}
END_TEST

START_TEST(sent_of_two_requests)
{
    static const boxd_sent all[] = {BOXD_SENT_NO, BOXD_SENT_UNKNOWN,
                                    BOXD_SENT_YES}; /* each outweighs those before */
    for (size_t i = 0; i < COUNT(all); i++)
        for (size_t j = 0; j < COUNT(all); j++)
            ck_assert_int_eq((int)sent_either(all[i], all[j]), (int)all[i > j ? i : j]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("error");
    unit_add(suite, statuses_have_names_and_classes);
    unit_add(suite, grpc_codes_map);
    unit_add(suite, set_fills_everything);
    unit_add(suite, null_is_allowed);
    unit_add(suite, prefix_and_append);
    unit_add(suite, append_whole);
    unit_add(suite, long_messages_end_in_dots);
    unit_add(suite, cut_spares_characters);
    unit_add(suite, messages_are_safe_to_show);
    unit_add(suite, printed);
    unit_add(suite, sent_of_two_requests);
    return unit_run(suite);
}
