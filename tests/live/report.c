/*
 * report.c: see report.h. The results were covered when they were taken; what was removed is covered here.
 */
#include "report.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mask.h"

typedef struct {
    const char *title, *text;
    outcome outcome;
} section;

static const section differences[] = {
    {"Differences from the contract", "The contract says one thing, the service does another.",
     RESULT_DIFFERS},
    {"Differences from the emulator",
     "The contract allows what the service does, or says nothing. The emulator does something else.",
     RESULT_DIFFERS_FROM_EMULATOR},
};

static void date(char out[32])
{
    const time_t now = time(NULL);
    struct tm t;
    (void)gmtime_r(&now, &t);
    (void)strftime(out, 32, "%Y-%m-%d %H:%M UTC", &t);
}

/* ---- Markdown ---- */

/* A cell of a table, or text inside backticks: on one line, without "|" and "`". */
static void put_cell(FILE *out, const char *text)
{
    for (; *text != '\0'; text++)
        (void)fputc(*text == '|' || *text == '\n' ? '/' : *text == '`' ? '\'' : *text, out);
}

/* "A|B": "A", or "B". */
static void put_expected(FILE *out, const char *name, const char *text)
{
    (void)fprintf(out, "| %s | ", name);
    for (const char *end; (end = strchr(text, '|')) != NULL; text = end + 1)
        (void)fprintf(out, "`%.*s` or ", (int)(end - text), text);
    (void)fprintf(out, "`%s` |\n", text);
}

static void put_row(FILE *out, const char *name, const char *text)
{
    (void)fprintf(out, "| %s | ", name);
    put_cell(out, text);
    (void)fputs(" |\n", out);
}

static void put_finding(FILE *out, const result *it)
{
    const live_check *check = it->check;
    (void)fprintf(out, "\n### %s\n\n> %s: %s\n\n| | |\n|---|---|\n", check->id, check->section,
                  check->contract);
    put_row(out, "call", check->call);
    if (check->expected != NULL)
        put_expected(out, "expected (contract)", check->expected);
    else
        put_row(out, "expected (contract)", "(open question)");
    if (check->emulator != NULL)
        put_expected(out, "expected (emulator)", check->emulator);
    else
        put_row(out, "expected (emulator)", "the same");
    put_row(out, "seen", it->seen);
    if (json_array_size(it->evidence) == 0) {
        (void)fputs("\nAn earlier check made the call.\n", out);
        return;
    }
    (void)fputs("\nOn the wire:\n\n```\n", out);
    for (size_t i = 0; i < json_array_size(it->evidence); i++)
        (void)fprintf(out, "%s\n", json_string_value(json_array_get(it->evidence, i)));
    (void)fputs("```\n", out);
}

static void put_differences(FILE *out, const results *r, const section *s)
{
    if (results_count(r, s->outcome) == 0)
        return;
    (void)fprintf(out, "\n## %s\n\n%s\n", s->title, s->text);
    for (size_t i = 0; i < r->count; i++)
        if (r->items[i].outcome == s->outcome)
            put_finding(out, &r->items[i]);
}

static void put_questions(FILE *out, const results *r)
{
    (void)fputs("\n## Open questions\n\nThe contract does not say what the service does.\n\n"
                "| check | question | seen | the emulator |\n|---|---|---|---|\n",
                out);
    for (size_t i = 0; i < r->count; i++) {
        const result *it = &r->items[i];
        if (it->check->expected != NULL || it->outcome < RESULT_AGREES)
            continue;
        (void)fprintf(out, "| %s | ", it->check->id);
        put_cell(out, it->check->contract);
        (void)fputs(" | ", out);
        put_cell(out, it->seen);
        (void)fprintf(out, " | %s |\n", it->outcome == RESULT_OPEN ? "the same" : "**differs**");
    }
}

static void put_others(FILE *out, const results *r)
{
    (void)fputs("\n## Checks that did not run\n\n", out);
    if (results_count(r, RESULT_NOT_RUN) + results_count(r, RESULT_SKIPPED) == 0)
        (void)fputs("None.\n", out);
    for (size_t i = 0; i < r->count; i++) {
        const result *it = &r->items[i];
        if (it->outcome == RESULT_SKIPPED || it->outcome == RESULT_NOT_RUN)
            (void)fprintf(out, "- %s: %s%s%s\n", it->check->id, it->why[0] ? it->why : "the run ended before",
                          it->seen[0] ? "; seen: " : "", it->seen);
    }
    (void)fputs("\n## Checks that agree\n\n", out);
    const char *between = "";
    if (results_count(r, RESULT_AGREES) == 0)
        (void)fputs("None.", out);
    for (size_t i = 0; i < r->count; i++) {
        if (r->items[i].outcome == RESULT_AGREES) {
            (void)fprintf(out, "%s%s", between, r->items[i].check->id);
            between = ", ";
        }
    }
    (void)fputs("\n", out);
}

static json_t *covered(const json_t *list)
{
    char text[900];
    json_t *all = json_array();
    for (size_t i = 0; i < json_array_size(list); i++)
        (void)json_array_append_new(
            all, json_string(mask_text(json_string_value(json_array_get(list, i)), text, sizeof text)));
    return all;
}

static void put_list(FILE *out, const char *title, const json_t *list)
{
    json_t *lines = covered(list);
    (void)fprintf(out, "\n## %s\n\n", title);
    if (json_array_size(lines) == 0)
        (void)fputs("Nothing.\n", out);
    for (size_t i = 0; i < json_array_size(lines); i++)
        (void)fprintf(out, "- %s\n", json_string_value(json_array_get(lines, i)));
    json_decref(lines);
}

static void put_markdown(FILE *out, const report *r)
{
    char when[32];
    const results *all = r->results;
    date(when);
    (void)fprintf(out, "# %s: the service compared with the contract\n\n", r->product->name);
    (void)fprintf(out, "%s, library %s, run `%s`.\n\n", when, boxd_version(), r->settings->prefix);
    (void)fprintf(out,
                  "Service: %s. The contract is what published clients and the documentation of the service "
                  "rely on; each check quotes its sentence. In expected texts, `*` stands for any text.\n\n",
                  r->product->service());
    (void)fprintf(
        out,
        "%zu checks: %zu agree, %zu differ from the contract, %zu differ from the emulator only, %zu "
        "open questions as the emulator, %zu did not run.\n",
        all->count, results_count(all, RESULT_AGREES), results_count(all, RESULT_DIFFERS),
        results_count(all, RESULT_DIFFERS_FROM_EMULATOR), results_count(all, RESULT_OPEN),
        results_count(all, RESULT_SKIPPED) + results_count(all, RESULT_NOT_RUN));
    if (all->ended[0] != '\0')
        (void)fprintf(out, "\n**Not complete:** %s.\n", all->ended);
    (void)fprintf(out, "\nUsed: %u of %u %s, %u of %u disks, %u of %u token exchanges.\n", all->used.boxes,
                  r->product->budget.boxes, r->product->box_name, all->used.disks, r->product->budget.disks,
                  all->used.exchanges, r->product->budget.exchanges);
    for (size_t i = 0; i < sizeof differences / sizeof differences[0]; i++)
        put_differences(out, all, &differences[i]);
    put_questions(out, all);
    put_others(out, all);
    put_list(out, "Removed at the end", r->cleaned->removed);
    put_list(out, "Left behind", r->cleaned->left);
    if (json_array_size(r->cleaned->left) > 0)
        (void)fprintf(out, "\nThe journal `%s.journal` names it: `boxd-live --clean` removes it later.\n",
                      r->settings->prefix);
}

/* ---- JSON ---- */

static json_t *text_or_null(const char *text)
{
    return text && *text ? json_string(text) : json_null();
}

static json_t *check_json(const result *it)
{
    const live_check *check = it->check;
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:I, s:O?}", "id", check->id, "section",
                     check->section, "contract", check->contract, "call", check->call, "expected",
                     text_or_null(check->expected), "emulator", text_or_null(check->emulator), "outcome",
                     outcome_name(it->outcome), "seen", text_or_null(it->seen), "why", text_or_null(it->why),
                     "duration_ms", (json_int_t)it->duration_ms, "evidence", it->evidence);
}

static json_t *report_json(const report *r)
{
    char when[32];
    json_t *checks = json_array();
    const results *all = r->results;
    date(when);
    for (size_t i = 0; i < all->count; i++)
        (void)json_array_append_new(checks, check_json(&all->items[i]));
    return json_pack("{s:s, s:s, s:s, s:s, s:o, s:{s:i, s:i, s:i}, s:o, s:o, s:o}", "product",
                     r->product->name, "date", when, "library", boxd_version(), "run", r->settings->prefix,
                     "ended", text_or_null(all->ended), "used", "boxes", (int)all->used.boxes, "disks",
                     (int)all->used.disks, "exchanges", (int)all->used.exchanges, "checks", checks, "removed",
                     covered(r->cleaned->removed), "left", covered(r->cleaned->left));
}

/* ---- files ---- */

/* A file that does not exist is removed again. */
static bool can_be_written(const char *path)
{
    const bool exists = access(path, F_OK) == 0;
    FILE *file = fopen(path, "ae");
    if (file == NULL)
        return false;
    (void)fclose(file);
    if (!exists)
        (void)unlink(path);
    return true;
}

bool report_can_be_written(const live_settings *settings)
{
    char markdown[600], json[600];
    (void)snprintf(markdown, sizeof markdown, "%s.md", settings->report);
    (void)snprintf(json, sizeof json, "%s.json", settings->report);
    return can_be_written(markdown) && can_be_written(json);
}

bool report_write(const report *r)
{
    char path[600];
    (void)snprintf(path, sizeof path, "%s.md", r->settings->report);
    FILE *out = fopen(path, "we");
    if (out == NULL)
        return false;
    put_markdown(out, r);
    bool good = fclose(out) == 0;
    (void)snprintf(path, sizeof path, "%s.json", r->settings->report);
    json_t *json = report_json(r);
    good = json != NULL && json_dump_file(json, path, JSON_INDENT(1)) == 0 && good;
    json_decref(json);
    return good;
}
