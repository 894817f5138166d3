/*
 * results.c: compares what the service did with what is expected. In the parent process.
 */
#include "results.h"

#include <stdlib.h>
#include <string.h>

#include "mask.h"

/* "*" in the pattern matches any text. */
static bool matches(const char *pattern, size_t length, const char *text)
{
    if (length == 0)
        return *text == '\0';
    if (*pattern != '*')
        return *text == *pattern && matches(pattern + 1, length - 1, text + 1);
    for (;; text++) {
        if (matches(pattern + 1, length - 1, text))
            return true;
        if (*text == '\0')
            return false;
    }
}

/* `separator` stands between the alternatives. */
static bool matches_any(const char *patterns, char separator, const char *text)
{
    for (;;) {
        const char *end = strchr(patterns, separator);
        if (matches(patterns, end ? (size_t)(end - patterns) : strlen(patterns), text))
            return true;
        if (end == NULL)
            return false;
        patterns = end + 1;
    }
}

static size_t count_checks(const live_product *product, const char *only, result *out)
{
    size_t count = 0;
    for (const live_check *const *table = product->tables; *table != NULL; table++) {
        for (const live_check *check = *table; check->id != NULL; check++) {
            if (only != NULL && !matches_any(only, ',', check->id))
                continue;
            if (out != NULL)
                out[count].check = check;
            count++;
        }
    }
    return count;
}

void results_init(results *r, const live_product *product, const char *only)
{
    *r = (results){.count = count_checks(product, only, NULL)};
    r->items = calloc(r->count + 1, sizeof *r->items);
    if (r->items == NULL)
        abort();
    (void)count_checks(product, only, r->items);
}

void results_free(results *r)
{
    for (size_t i = 0; i < r->count; i++)
        json_decref(r->items[i].evidence);
    free(r->items);
}

result *results_find(results *r, const char *id)
{
    for (size_t i = 0; i < r->count; i++)
        if (id != NULL && strcmp(r->items[i].check->id, id) == 0)
            return &r->items[i];
    return NULL;
}

/* `seen` as the check wrote it: what is stored is covered. */
static outcome compare(const result *it, const char *seen)
{
    const live_check *check = it->check;
    if (it->why[0] != '\0')
        return RESULT_SKIPPED;
    if (check->expected != NULL && !matches_any(check->expected, '|', seen))
        return RESULT_DIFFERS;
    if (check->emulator != NULL && !matches_any(check->emulator, '|', seen))
        return RESULT_DIFFERS_FROM_EMULATOR;
    return check->expected ? RESULT_AGREES : RESULT_OPEN;
}

static json_t *cover_lines(const json_t *lines)
{
    json_t *covered = json_array();
    for (size_t i = 0; i < json_array_size(lines); i++) {
        char line[1400];
        const char *text = json_string_value(json_array_get(lines, i));
        (void)json_array_append_new(covered, json_string(mask_text(text ? text : "", line, sizeof line)));
    }
    return covered;
}

static void cover_member(const json_t *report, const char *name, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(report, name));
    (void)mask_text(text ? text : "", out, size);
}

result *results_take(results *r, const json_t *report)
{
    result *it = results_find(r, json_string_value(json_object_get(report, "id")));
    if (it == NULL)
        return NULL;
    cover_member(report, "seen", it->seen, sizeof it->seen);
    cover_member(report, "skipped", it->why, sizeof it->why);
    it->evidence = cover_lines(json_object_get(report, "evidence"));
    it->duration_ms = json_integer_value(json_object_get(report, "ms"));
    const char *seen = json_string_value(json_object_get(report, "seen"));
    it->outcome = compare(it, seen ? seen : "");
    return it;
}

size_t results_count(const results *r, outcome which)
{
    size_t count = 0;
    for (size_t i = 0; i < r->count; i++)
        count += r->items[i].outcome == which;
    return count;
}

const char *outcome_name(outcome which)
{
    static const char *const names[] = {
        [RESULT_NOT_RUN] = "not run",
        [RESULT_SKIPPED] = "skipped",
        [RESULT_AGREES] = "agrees",
        [RESULT_DIFFERS] = "differs from the contract",
        [RESULT_DIFFERS_FROM_EMULATOR] = "differs from the emulator",
        [RESULT_OPEN] = "open question",
    };
    return names[which];
}
