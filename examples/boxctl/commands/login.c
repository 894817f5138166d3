/* The commands login, logout, profile ls and profile use. */
#include "cli/boxctl.h"
#include "cli/credential.h"
#include "cli/secret.h"
#include "commands/table.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    bool is_token;
} opts;

static const option_row LOGIN_OPTIONS[] = {
    {"token", 0, OPTION_SWITCH, &opts.is_token, NULL,
     "the credential is a token, which expires, not an API key"},
    {0},
};

static int file_failed(const char *name)
{
    char path[PROFILE_PATH_SIZE] = "";
    const int problem = errno;
    if (!profile_path(name, path))
        return cli_error(EXIT_FAILED, "there is no folder for profiles: set HOME or XDG_CONFIG_HOME");
    return cli_file_error(path, problem);
}

/* Says that variables take precedence over what was stored. */
static void note_variables(const cli *c)
{
    static const char *const NAMES[] = {"BOXD_TOKEN", "BOXD_API_KEY"};
    for (size_t i = 0; i < 2; i++)
        if (variable(NAMES[i]))
            cli_note(c, "%s is set and takes precedence over profiles, except with --profile", NAMES[i]);
}

/* The absolute path of a file, because the profile is used in other folders. */
static const char *absolute(const char *path, char to[PATH_MAX])
{
    return path && realpath(path, to) ? to : path;
}

/* The profile that the options and variables describe, with a credential. Its strings are valid until the
 * next call.
 */
static void describe(const cli *c, const char *secret, profile *to)
{
    static char ca[PATH_MAX], cert[PATH_MAX], key[PATH_MAX];
    credential_profile_name(c, to->name);
    to->api_key = opts.is_token ? NULL : secret;
    to->token = opts.is_token ? secret : NULL;
    to->api_url = c->api_url ? c->api_url : variable(url_variable());
    to->exchange_url = variable("BOXD_EXCHANGE_URL");
    to->environment = variable("BOXD_ENVIRONMENT");
    to->ca_file = absolute(c->ca_file ? c->ca_file : variable("BOXD_CA_FILE"), ca);
    to->client_cert_file = absolute(c->client_cert_file, cert);
    to->client_key_file = absolute(c->client_key_file, key);
    to->proxy = c->proxy;
}

/* Makes a call with the credential. NULL: the error was printed, and `*code` is the exit code. */
static boxd_identity *try_credential(cli *c, const profile *p, int *code)
{
    boxd_error error = BOXD_ERROR_INIT;
    c->no_token_cache = true; /* the key itself is tried */
    if (!cli_open_with(c, p->api_key, p->token, code))
        return NULL;
    const boxd_call_options call = cli_call(c);
    boxd_identity *identity = boxd_compute_whoami(c->compute, &call, &error);
    if (!identity)
        *code = cli_report(c, &error);
    return identity;
}

static int store(const cli *c, const profile *p, const boxd_identity *identity)
{
    char path[PROFILE_PATH_SIZE];
    if (!profile_write(p) || !profile_path(p->name, path))
        return file_failed(p->name);
    note_variables(c);
    const char *user = identity->display_name ? identity->display_name : identity->user_id;
    return print_done(c,
                      json_pack("{s:s, s:o, s:o, s:o}", "profile", p->name, "user", json_text(user),
                                "user_id", json_text(identity->user_id), "file", json_text(path)),
                      "%s: logged in as %s", p->name, user ? user : "(unknown)");
}

static int run_login(cli *c, char **args, int count)
{
    (void)args;
    (void)count;
    int code = EXIT_OK;
    profile p = {0};
    describe(c, NULL, &p);
    if (!profile_is_name(p.name))
        return cli_usage_error(
            c, "invalid name of a profile \"%s\": must have letters, digits, \"-\", \"_\" and \".\"", p.name);
    char *secret = secret_read(opts.is_token ? "Token" : "API key", p.api_url ? p.api_url : "boxd.sh", &code);
    if (!secret)
        return code;
    describe(c, secret, &p);
    boxd_identity *identity = try_credential(c, &p, &code);
    if (identity)
        code = store(c, &p, identity);
    boxd_identity_free(identity);
    secret_free(secret);
    return code;
}

/* Whether the token cache has such a name for a token, or for a file that it has not finished. */
static bool is_token_file(const char *name)
{
    enum { NAME_LENGTH = 64 };
    return strspn(name, "0123456789abcdef") == NAME_LENGTH &&
           (!name[NAME_LENGTH] || strcmp(name + NAME_LENGTH, ".new") == 0);
}

/* Removes the tokens that boxctl keeps, of all keys: their names do not show the key. Other runs exchange
 * their keys again. Opens a client, which makes no request, to ask for the directory. */
static void remove_tokens(const cli *c)
{
    boxd_compute_options options;
    boxd_route route = BOXD_ROUTE_INIT;
    cli_client_options(c, &options, false);
    options.api_key = "boxctl-logout";
    options.token_cache = true;
    boxd_compute *client = boxd_compute_open(&options, NULL);
    boxd_compute_get_route(client, &route);
    DIR *files = route.token_cache_dir ? opendir(route.token_cache_dir) : NULL;
    for (struct dirent *file; files && (file = readdir(files));)
        if (is_token_file(file->d_name))
            unlinkat(dirfd(files), file->d_name, 0);
    if (files)
        closedir(files);
    boxd_compute_close(client);
}

static int run_logout(cli *c, char **args, int count)
{
    (void)args;
    (void)count;
    char name[PROFILE_NAME_SIZE];
    credential_profile_name(c, name);
    if (!profile_is_name(name) || (!profile_delete(name) && errno == ENOENT))
        return cli_error(EXIT_NOT_FOUND, "there is no profile \"%s\"; `boxctl profile ls` shows all profiles",
                         name);
    char path[PROFILE_PATH_SIZE];
    if (profile_path(name, path) && access(path, F_OK) == 0)
        return file_failed(name);
    remove_tokens(c);
    note_variables(c);
    return print_done(c, json_pack("{s:s, s:s}", "profile", name, "action", "removed"), "%s: logged out",
                      name);
}

/* ---- profile ls, profile use ---- */

static json_t *profile_json(const char *name, const char *current)
{
    profile p;
    const char *problem = NULL;
    const bool read = profile_read(name, &p, &problem);
    const char *url = p.api_url ? p.api_url : p.environment ? p.environment : "production";
    const char *kind = !read ? NULL : p.token ? "token" : p.api_key ? "API key" : NULL;
    json_t *row =
        json_pack("{s:s, s:b, s:o, s:o, s:o}", "name", name, "current", strcmp(name, current) == 0, "url",
                  json_text(read ? url : NULL), "credential", json_text(kind), "problem", json_text(problem));
    profile_free(&p);
    return row;
}

static int run_profile_ls(cli *c, char **args, int count)
{
    static const column COLUMNS[] = {
        {"NAME", "name", CELL_TEXT},       {"CURRENT", "current", CELL_TEXT},
        {"SERVICE", "url", CELL_TEXT},     {"CREDENTIAL", "credential", CELL_TEXT},
        {"PROBLEM", "problem", CELL_TEXT}, {0}};
    (void)args;
    (void)count;
    static char names[MAX_PROFILES][PROFILE_NAME_SIZE];
    char current[PROFILE_NAME_SIZE];
    credential_profile_name(c, current);
    json_t *rows = json_array();
    const size_t found = profile_list(names);
    for (size_t i = 0; i < found; i++)
        json_array_append_new(rows, profile_json(names[i], current));
    return print_rows(c, rows, COLUMNS);
}

static int run_profile_use(cli *c, char **args, int count)
{
    (void)count;
    profile p;
    const char *problem = NULL;
    const bool read = profile_read(args[0], &p, &problem);
    profile_free(&p);
    if (problem)
        return cli_error(EXIT_AUTH, "the profile \"%s\" cannot be used: %s", args[0], problem);
    if (!read)
        return cli_error(EXIT_NOT_FOUND, "there is no profile \"%s\"; run `boxctl login --profile %s`",
                         args[0], args[0]);
    if (!profile_set_current(args[0]))
        return file_failed("");
    if (variable("BOXD_PROFILE"))
        cli_note(c, "BOXD_PROFILE is set and takes precedence over the current profile");
    note_variables(c);
    return print_done(c, json_pack("{s:s}", "profile", args[0]), "%s", args[0]);
}

const command LOGIN_COMMANDS[] = {
    {.name = "login",
     .summary = "Store a credential in a profile of this user",
     .details = "Reads an API key from the terminal without showing it, or the first line of standard input; "
                "there is no option "
                "for it, because other users can read command lines. The key is tried, then stored together "
                "with the address of "
                "the service (--api-url or the variables), --proxy and the certificates in "
                "$XDG_CONFIG_HOME/boxd/profiles/NAME "
                "(default: ~/.config), which only this user can read. NAME is --profile, else BOXD_PROFILE, "
                "else the current "
                "profile, else \"default\".\n"
                "Which credential a command uses: --profile; else BOXD_TOKEN, BOXD_API_KEY; else "
                "BOXD_PROFILE; else the current "
                "profile. The credential of a profile is only sent to the service of the profile.",
     .examples = "boxctl login\n"
                 "boxctl login --profile staging --api-url https://boxd-stg.sh:9443\n"
                 "pass show boxd | boxctl login",
     .options = LOGIN_OPTIONS,
     .run = run_login},
    {.name = "logout",
     .summary = "Delete a profile and its credential",
     .details = "The credential itself stays valid: `boxctl key rm` revokes a key. The tokens that boxctl "
                "keeps for the next runs are removed, also those of other profiles.",
     .run = run_logout},
    {.name = "profile ls",
     .aliases = "profiles",
     .summary = "List the profiles of this user",
     .run = run_profile_ls},
    {.name = "profile use",
     .arguments = "PROFILE",
     .summary = "Choose the profile for commands without --profile",
     .run = run_profile_use},
    {0},
};
