/*
 * secrets.c: checks the secrets of POST /hosts. Their values are discarded. HTTP threads.
 */
#include <stdlib.h>
#include <string.h>

#include "drukbox/internal.h"

static const location BODY = {NULL, "body"};

static bool in_list(const char *const *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(list[i], text) == 0)
            return true;
    }
    return false;
}

static void refuse_unknown(drukbox_call *c, const location *at, const json_t *object,
                           const char *const *allowed, size_t count)
{
    const char *name;
    const json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        const location extra = {at, name};
        if (!in_list(allowed, count, name))
            check_problem(c, &extra, "extra_forbidden", "Extra inputs are not permitted", value, NULL);
    }
}

/* [1-9][0-9]*[smhd] */
static bool is_interval(const char *text)
{
    size_t digits = strspn(text, "0123456789");
    return digits > 0 && text[0] != '0' && text[digits] != '\0' && strchr("smhd", text[digits]) != NULL &&
           text[digits + 1] == '\0';
}

static void check_issuer(drukbox_call *c, const location *entry, const json_t *issuer)
{
    static const char *const allowed[] = {"url", "headers", "refresh"};
    static const char pattern[] = "^[1-9][0-9]*[smhd]$";
    const location at = {entry, "issuer"}, url_at = {&at, "url"}, refresh_at = {&at, "refresh"};
    if (!json_is_object(issuer)) {
        check_problem(c, &at, "model_attributes_type",
                      "Input should be a valid dictionary or object to extract fields from", issuer, NULL);
        return;
    }
    const char *url = check_string(c, &at, issuer, "url", STRING_REQUIRED);
    if (url != NULL && !is_issuer_url(url))
        check_value_error(c, &url_at, NULL,
                          "issuer url must be an https URL without credentials or fragment");
    check_headers(c, &at, issuer);
    const char *refresh = check_string(c, &at, issuer, "refresh", STRING_REQUIRED);
    if (refresh != NULL && !is_interval(refresh))
        check_problem(c, &refresh_at, "string_pattern_mismatch",
                      "String should match pattern '^[1-9][0-9]*[smhd]$'", NULL,
                      json_pack("{s:s}", "pattern", pattern));
    refuse_unknown(c, &at, issuer, allowed, count_of(allowed));
}

static bool given(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return value != NULL && !json_is_null(value);
}

/* Checks the members that all entries have. */
static void check_entry(drukbox_call *c, const location *at, const json_t *entry)
{
    static const char *const allowed[] = {"value",       "issuer",      "host",         "auth_variable",
                                          "auth_header", "auth_prefix", "endpoint_var", "base_path"};
    for (size_t i = 0; i < count_of(allowed); i++) {
        if (strcmp(allowed[i], "issuer") != 0)
            (void)check_string(c, at, entry, allowed[i], STRING_OPTIONAL);
    }
    if (given(entry, "issuer"))
        check_issuer(c, at, json_object_get(entry, "issuer"));
    refuse_unknown(c, at, entry, allowed, count_of(allowed));
    if (given(entry, "value") == given(entry, "issuer"))
        check_value_error(c, at, NULL, "a secret has exactly one of value and issuer");
}

static void check_service(drukbox_call *c, const location *secrets, const char *service, const json_t *entry)
{
    static const char *const allowed[] = {"anthropic", "github", "openai"};
    const location at = {secrets, service};
    if (!json_is_object(entry)) {
        check_problem(c, &at, "model_attributes_type",
                      "Input should be a valid dictionary or object to extract fields from", entry, NULL);
        return;
    }
    if (!name_matches(&RULE_SERVICE, service))
        check_problem(c, &at, "string_pattern_mismatch",
                      "String should match pattern '^[a-z][a-z0-9_-]{0,63}$'", NULL, NULL);
    else if (!in_list(allowed, count_of(allowed), service) &&
             !(given(entry, "host") && given(entry, "auth_variable")))
        check_value_error(c, &at, NULL, "an unknown service needs host and auth_variable");
    check_entry(c, &at, entry);
}

drukbox_secret *check_secrets(drukbox_call *c, const json_t *object)
{
    const location at = {&BODY, "secrets"};
    const json_t *secrets = json_object_get(object, "secrets"), *entry;
    const char *service;
    drukbox_secret *list = NULL;
    if (secrets == NULL || json_is_null(secrets))
        return NULL;
    if (!json_is_object(secrets)) {
        check_problem(c, &at, "dict_type", "Input should be a valid dictionary", secrets, NULL);
        return NULL;
    }
    json_object_foreach((json_t *)(uintptr_t)secrets, service, entry)
    {
        drukbox_secret *s = xcalloc(1, sizeof *s);
        check_service(c, &at, service, entry);
        *s = (drukbox_secret){list, xstrdup(service), given(entry, "value")};
        list = s;
    }
    return list;
}

void secrets_free(drukbox_secret *list)
{
    while (list != NULL) {
        drukbox_secret *next = list->next;
        free(list->service);
        free(list);
        list = next;
    }
}
