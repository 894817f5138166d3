/*
 * check.c: the checks that end in 422. Messages are those of pydantic where the service checks with pydantic.
 * HTTP threads.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "drukbox/internal.h"

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define LETTERS LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

const name_rule RULE_IDEMPOTENCY_KEY = {"^[A-Za-z0-9_\\-:.]+$", LETTERS DIGITS "_-:.", LETTERS DIGITS "_-:.",
                                        255};
const name_rule RULE_ENV_NAME = {"^[A-Za-z_][A-Za-z0-9_]*$", LETTERS "_", LETTERS DIGITS "_", SIZE_MAX};
const name_rule RULE_SERVICE = {"^[a-z][a-z0-9_-]{0,63}$", LOWER, LOWER DIGITS "_-", 64};
const name_rule RULE_ACCOUNT = {"^[a-z0-9][a-z0-9-]{0,63}$", LOWER DIGITS, LOWER DIGITS "-", 64};
const name_rule RULE_PROXY = {"^[A-Za-z0-9][A-Za-z0-9_.-]*$", LETTERS DIGITS, LETTERS DIGITS "_.-", SIZE_MAX};

static const location BODY = {NULL, "body"};

/* ---- problems ---- */

/* A name of digits directly below the body is the position of a JSON syntax error, since no field has such a
 * name. */
static json_t *location_json(const location *at)
{
    json_t *list = at->in ? location_json(at->in) : json_array();
    bool index = at->in != NULL && at->in->in == NULL && at->name[0] != '\0' &&
                 strspn(at->name, DIGITS) == strlen(at->name);
    json_array_append_new(list, index ? json_integer(strtol(at->name, NULL, 10)) : json_string(at->name));
    return list;
}

void check_problem(drukbox_call *c, const location *at, const char *type, const char *message,
                   const json_t *input, json_t *context)
{
    json_t *entry = json_pack("{s:s, s:o, s:s}", "type", type, "loc", location_json(at), "msg", message);
    if (!drukbox_served->accounts) { /* newer generations omit values, which may hold secrets */
        json_object_set_new(entry, "input", input ? json_deep_copy(input) : json_null());
        if (context != NULL)
            json_object_set(entry, "ctx", context);
    }
    json_decref(context);
    json_array_append_new(c->problems, entry);
}

void check_value_error(drukbox_call *c, const location *at, const json_t *input, const char *message)
{
    char *whole = xprintf("Value error, %s", message);
    check_problem(c, at, "value_error", whole, input, json_pack("{s:{}}", "error"));
    free(whole);
}

/* ---- strings ---- */

bool name_matches(const name_rule *rule, const char *text)
{
    size_t length = text ? strlen(text) : 0;
    return length > 0 && length <= rule->max_bytes && strchr(rule->first, text[0]) != NULL &&
           strspn(text, rule->rest) == length;
}

void check_name(drukbox_call *c, const location *at, const name_rule *rule, const json_t *value)
{
    if (name_matches(rule, json_string_value(value)))
        return;
    char *message = xprintf("String should match pattern '%s'", rule->pattern);
    check_problem(c, at, "string_pattern_mismatch", message, value,
                  json_pack("{s:s}", "pattern", rule->pattern));
    free(message);
}

const char *check_string(drukbox_call *c, const location *in, const json_t *object, const char *name,
                         string_need need)
{
    const json_t *value = json_object_get(object, name);
    const location at = {in, name};
    if (json_is_string(value))
        return json_string_value(value);
    if (value == NULL && need == STRING_REQUIRED)
        check_problem(c, &at, "missing", "Field required", object, NULL);
    else if (value != NULL && (!json_is_null(value) || need == STRING_REQUIRED))
        check_problem(c, &at, "string_type", "Input should be a valid string", value, NULL);
    return NULL;
}

const char *check_not_blank(drukbox_call *c, const location *in, const json_t *object, const char *name,
                            string_need need)
{
    const location at = {in, name};
    const char *text = check_string(c, in, object, name, need);
    if (text == NULL || text[strspn(text, " \t\r\n\f\v")] != '\0')
        return text;
    char message[100];
    (void)snprintf(message, sizeof message, "%s must not be blank", name);
    check_value_error(c, &at, json_object_get(object, name), message);
    return NULL;
}

/* An object of strings, at least one. */
void check_headers(drukbox_call *c, const location *in, const json_t *object)
{
    const location at = {in, "headers"};
    const json_t *headers = json_object_get(object, "headers"), *value;
    const char *name;
    if (headers == NULL) {
        check_problem(c, &at, "missing", "Field required", object, NULL);
        return;
    }
    if (!json_is_object(headers)) {
        check_problem(c, &at, "dict_type", "Input should be a valid dictionary", headers, NULL);
        return;
    }
    if (json_object_size(headers) == 0)
        check_problem(
            c, &at, "too_short", "Dictionary should have at least 1 item after validation, not 0", headers,
            json_pack("{s:s, s:i, s:i}", "field_type", "Dictionary", "min_length", 1, "actual_length", 0));
    json_object_foreach((json_t *)(uintptr_t)headers, name, value)
    {
        (void)value;
        (void)check_string(c, &at, headers, name, STRING_REQUIRED);
    }
}

/* A copy whose keys are in order. */
static json_t *sort_keys(const json_t *object)
{
    char *text = json_dumps(object, JSON_SORT_KEYS);
    json_t *sorted = text ? json_loads(text, 0, NULL) : NULL;
    free(text);
    return sorted;
}

static bool is_reserved(const char *name)
{
    static const char *const newer[] = {"HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE"};
    if (strcmp(name, "TAILSCALE_AUTHKEY") == 0)
        return true;
    for (size_t i = 0; drukbox_served->accounts && i < count_of(newer); i++) {
        if (strcmp(name, newer[i]) == 0)
            return true;
    }
    return drukbox_served->accounts && strncmp(name, "DRUKBOX_", 8) == 0;
}

/* Adds a problem that names the keys of `env` for which `is_bad` holds. */
static void check_env_keys(drukbox_call *c, const location *at, json_t *env, bool (*is_bad)(const char *name),
                           const char *message)
{
    char *names = xstrdup("");
    const char *name;
    json_t *value, *sorted = sort_keys(env);
    json_object_foreach(sorted, name, value)
    {
        if (!is_bad(name))
            continue;
        char *longer = xprintf("%s%s%s", names, *names ? ", " : "", name);
        free(names);
        names = longer;
    }
    json_decref(sorted);
    char *whole = xprintf("%s: %s", message, names);
    if (*names)
        check_value_error(c, at, env, whole);
    free(whole);
    free(names);
}

static bool is_no_env_name(const char *name)
{
    return !name_matches(&RULE_ENV_NAME, name);
}

void check_env(drukbox_call *c, const json_t *object)
{
    const location at = {&BODY, "env"};
    json_t *env = json_object_get(object, "env"), *value;
    const char *name;
    const size_t before = json_array_size(c->problems);
    if (env == NULL)
        return;
    if (!json_is_object(env)) {
        check_problem(c, &at, "dict_type", "Input should be a valid dictionary", env, NULL);
        return;
    }
    json_object_foreach(env, name, value)
    {
        (void)value;
        (void)check_string(c, &at, env, name, STRING_REQUIRED);
    }
    if (json_array_size(c->problems) == before)
        check_env_keys(c, &at, env, is_no_env_name, "env keys must be valid environment variable names");
    if (json_array_size(c->problems) == before)
        check_env_keys(c, &at, env, is_reserved, "reserved env keys are not allowed");
}

/* ---- ids and numbers ---- */

/* The start of a UUID without an optional prefix or brace. */
static const char *skip_uuid_prefix(const char *text)
{
    size_t length = strlen(text);
    if (strncasecmp(text, "urn:uuid:", 9) == 0)
        return text + 9;
    return text[0] == '{' && length > 2 && text[length - 1] == '}' ? text + 1 : text;
}

/* True for the numbers of digits after which the usual form of a UUID has a hyphen. */
static bool is_uuid_break(size_t digits)
{
    return digits == 8 || digits == 12 || digits == 16 || digits == 20;
}

/* Accepts 8-4-4-4-12 or 32 digits without hyphens, with optional braces or urn:uuid:. NULL, or an error
 * message. */
static const char *read_uuid(const char *text, char out[37])
{
    const char *start = skip_uuid_prefix(text), *p = start;
    const bool hyphens = strchr(start, '-') != NULL;
    size_t count = 0;
    for (; *p != '\0' && *p != '}'; p++) {
        const ptrdiff_t offset = p - start;
        const bool is_hyphen = hyphens && (offset == 8 || offset == 13 || offset == 18 || offset == 23);
        if (is_hyphen ? *p != '-' : !isxdigit((unsigned char)*p))
            return "invalid character: expected an optional prefix of `urn:uuid:` followed by [0-9a-fA-F-]";
        if (is_hyphen)
            continue;
        if (count == 32)
            break;
        if (is_uuid_break(count))
            *out++ = '-';
        *out++ = (char)tolower((unsigned char)*p);
        count++;
    }
    *out = '\0';
    const bool complete = count == 32 && (*p == '\0' || *p == '}');
    return complete ? NULL : "invalid length: expected 32 hexadecimal digits";
}

bool check_uuid(drukbox_call *c, const location *at, const char *text, char out[37])
{
    const char *problem = read_uuid(text, out);
    if (problem == NULL)
        return true;
    char *message = xprintf("Input should be a valid UUID, %s", problem);
    json_t *input = json_string(text);
    check_problem(c, at, "uuid_parsing", message, input, json_pack("{s:s}", "error", problem));
    json_decref(input);
    free(message);
    return false;
}

bool check_path_uuid(drukbox_call *c, int param, const char *name, char out[37])
{
    const location path = {NULL, "path"}, at = {&path, name};
    return check_uuid(c, &at, c->param[param], out);
}

/* "12", 12.0 and true are integers too, as in the lax mode of pydantic. False: a problem was added. */
static bool read_integer(drukbox_call *c, const location *at, const json_t *value, int64_t *out)
{
    char *end = NULL;
    if (json_is_integer(value) || json_is_boolean(value)) {
        *out = json_is_integer(value) ? json_integer_value(value) : json_is_true(value);
        return true;
    }
    if (json_is_real(value)) {
        double number = json_real_value(value);
        *out = number > -1e15 && number < 1e15 ? (int64_t)number : 0;
        if ((double)*out == number)
            return true;
        check_problem(c, at, "int_from_float",
                      "Input should be a valid integer, got a number with a fractional part", value, NULL);
        return false;
    }
    if (!json_is_string(value)) {
        check_problem(c, at, "int_type", "Input should be a valid integer", value, NULL);
        return false;
    }
    *out = strtoll(json_string_value(value), &end, 10);
    if (end != json_string_value(value) && *end == '\0')
        return true;
    check_problem(c, at, "int_parsing",
                  "Input should be a valid integer, unable to parse string as an integer", value, NULL);
    return false;
}

int64_t check_disk_gb(drukbox_call *c, const json_t *object)
{
    const location at = {&BODY, "disk_gb"};
    const json_t *value = json_object_get(object, "disk_gb");
    int64_t n = 0;
    if (value == NULL || json_is_null(value) || !read_integer(c, &at, value, &n))
        return 0;
    if (n >= 1)
        return n;
    check_problem(c, &at, "greater_than_equal", "Input should be greater than or equal to 1", value,
                  json_pack("{s:i}", "ge", 1));
    return 0;
}
