/* Chooses the credential and the address of the service. */
#include "cli/credential.h"

#include <stdlib.h>
#include <string.h>

static struct {
    profile profile;
    bool is_chosen, has_profile;
} state;

const char *variable(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

const char *url_variable(void)
{
    return variable("BOXD_BASE_URL") ? "BOXD_BASE_URL" : "BOXD_API_URL";
}

const profile *credential_profile(void)
{
    return state.has_profile ? &state.profile : NULL;
}

const char *credential_source(void)
{
    static char text[PROFILE_NAME_SIZE + 16];
    if (state.has_profile) {
        snprintf(text, sizeof text, "profile %s", state.profile.name);
        return text;
    }
    if (variable("BOXD_TOKEN"))
        return variable("BOXD_API_KEY") ? "BOXD_TOKEN (takes precedence over BOXD_API_KEY)" : "BOXD_TOKEN";
    if (variable("BOXD_API_KEY"))
        return "BOXD_API_KEY";
    const bool inside = variable("BOXD_VM_ID") || variable("BOXD_VM_NAME") ||
                        variable("BOXD_PROXY_ENDPOINT") || variable("BOXD_METADATA_URL");
    return inside ? "credentials of this boxd machine" : NULL;
}

void credential_profile_name(const cli *c, char name[PROFILE_NAME_SIZE])
{
    const char *given = c->profile ? c->profile : variable("BOXD_PROFILE");
    if (given)
        snprintf(name, PROFILE_NAME_SIZE, "%.64s", given);
    else
        profile_current(name);
}

/* ---- the address ---- */

/* Whether two URLs are the same, but for the slash at the end. */
static bool is_same(const char *a, const char *b)
{
    size_t n = strlen(a), m = strlen(b);
    n -= n > 0 && a[n - 1] == '/';
    m -= m > 0 && b[m - 1] == '/';
    return n == m && strncmp(a, b, n) == 0;
}

/* With --profile the variables of the address and the credential have no effect, also not in the library. */
static void ignore_variables(void)
{
    static const char *const NAMES[] = {"BOXD_API_KEY",  "BOXD_TOKEN",        "BOXD_API_URL",
                                        "BOXD_BASE_URL", "BOXD_EXCHANGE_URL", "BOXD_ENVIRONMENT"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        unsetenv(NAMES[i]);
}

/* Refuses to send the profile's credential to another service. */
static int check_address(const cli *c)
{
    const profile *p = &state.profile;
    const struct {
        const char *setting, *value, *own;
    } rows[] = {{c->api_url ? "--api-url" : url_variable(),
                 c->api_url ? c->api_url : variable(url_variable()), p->api_url},
                {"BOXD_EXCHANGE_URL", variable("BOXD_EXCHANGE_URL"), p->exchange_url},
                {"BOXD_ENVIRONMENT", variable("BOXD_ENVIRONMENT"), p->environment}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].value && !(rows[i].own && is_same(rows[i].value, rows[i].own)))
            return cli_error(
                EXIT_USAGE,
                "the credential of the profile \"%s\" is for another service than %s (%s): set BOXD_API_KEY, "
                "or log in to that service with `boxctl login --profile NAME`",
                p->name, rows[i].setting, rows[i].value);
    return EXIT_OK;
}

/* ---- the profile ---- */

int credential_choose(cli *c)
{
    const bool is_named = c->profile || variable("BOXD_PROFILE");
    char name[PROFILE_NAME_SIZE];
    const char *problem = NULL;
    if (state.is_chosen)
        return EXIT_OK;
    if (!c->profile && (variable("BOXD_API_KEY") || variable("BOXD_TOKEN"))) {
        state.is_chosen = true;
        return EXIT_OK;
    }
    credential_profile_name(c, name);
    state.has_profile = profile_read(name, &state.profile, &problem);
    if (problem)
        return cli_error(EXIT_AUTH, "the profile \"%s\" cannot be used: %s", name, problem);
    if (is_named && !state.has_profile)
        return cli_error(
            EXIT_NOT_FOUND,
            "there is no profile \"%s\"; run `boxctl login --profile %s`, or see `boxctl profile ls`", name,
            name);
    if (c->profile)
        ignore_variables();
    state.is_chosen = true;
    return state.has_profile ? check_address(c) : EXIT_OK;
}
