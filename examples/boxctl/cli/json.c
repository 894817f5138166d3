/* JSON values, and JSON as output that is safe to show. */
#include "cli/cells.h"

#include <stdlib.h>
#include <string.h>

/* `text` with U+FFFD in place of bytes that are not UTF-8. The library has no public function for this. */
static json_t *repaired_text(const char *text)
{
    const size_t length = strlen(text);
    char *repaired = malloc(length * 3 + 1), *to = repaired;
    for (size_t i = 0; repaired && i < length;) {
        size_t take = 0;
        for (size_t n = 1; n <= 4 && n <= length - i && !take; n++) {
            json_t *one = json_stringn(text + i, n);
            take = one ? n : 0;
            json_decref(one);
        }
        memcpy(to, take ? text + i : "\xEF\xBF\xBD", take ? take : 3);
        to += take ? take : 3;
        i += take ? take : 1;
    }
    json_t *value = repaired ? json_stringn(repaired, (size_t)(to - repaired)) : NULL;
    free(repaired);
    return value;
}

json_t *json_text(const char *text)
{
    json_t *value = text ? json_string(text) : json_null();
    return value || !text ? value : repaired_text(text);
}

json_t *json_texts(const char *const *items, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_text(items[i]));
    return array;
}

json_t *json_number(uint64_t number)
{
    return json_integer(number > INT64_MAX ? INT64_MAX : (json_int_t)number);
}

json_t *json_time(int64_t unix_ms)
{
    return unix_ms > 0 ? json_integer(unix_ms) : json_null();
}

void json_put(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

/* Writes a character that boxd_printable() shows as `shown` as JSON writes it. */
static void put_escape(const char *shown)
{
    const unsigned long code = strtoul(shown + 2, NULL, 16);
    if (code < 0x10000)
        printf("\\u%04lX", code);
    else
        printf("\\u%04lX\\u%04lX", 0xD7C0 + (code >> 10), 0xDC00 + (code & 0x3FF));
}

/* Writes JSON in which the characters that are not safe to show are escaped: it reads as the same value. JSON
 * has escaped the control characters below U+0020; line ends stand between its tokens. */
static void put_json(const char *text)
{
    while (*text) {
        const size_t size = character_size(text);
        char one[5] = "", shown[16];
        memcpy(one, text, size);
        boxd_printable(one, shown, sizeof shown);
        if (*text == '\n' || strcmp(one, shown) == 0)
            fputs(one, stdout);
        else
            put_escape(shown);
        text += size;
    }
}

int print_json(json_t *value, bool one_line)
{
    char *text = json_dumps(value, (one_line ? JSON_COMPACT : JSON_INDENT(2)) | JSON_ENCODE_ANY);
    json_decref(value);
    if (text)
        put_json(text);
    if (!text)
        return cli_error(EXIT_FAILED, "out of memory");
    free(text);
    putchar('\n');
    return output_flush() ? EXIT_OK : EXIT_FAILED;
}
