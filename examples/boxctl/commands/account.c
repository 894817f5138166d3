/* The commands whoami, version, config and suggest-name: the account, and what answers. */
#include "cli/credential.h"
#include "commands/service_version.h"
#include "commands/table.h"

#include <dlfcn.h>

/* ---- whoami, config, suggest-name ---- */

static int run_whoami(cli *c, char **args, int count)
{
    (void)args;
    (void)count;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_identity *identity = boxd_compute_whoami(c->compute, &call, &error);
    if (!identity)
        return cli_report(c, &error);
    json_t *fingerprints = json_texts(identity->fingerprints, identity->fingerprint_count);
    boxd_route route = BOXD_ROUTE_INIT;
    boxd_compute_get_route(c->compute, &route);
    char server[300];
    snprintf(server, sizeof server, "%s:%u", route.host ? route.host : "", route.port);
    json_t *object =
        json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "user", json_text(identity->display_name), "user_id",
                  json_text(identity->user_id), "default_network_id", json_text(identity->default_network_id),
                  "ssh_keys", fingerprints, "credential", json_text(credential_source()), "service",
                  json_text(route.host ? server : NULL));
    boxd_identity_free(identity);
    return print_object(c, object, "user_id");
}

static int run_config(cli *c, char **args, int count)
{
    (void)args;
    (void)count;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_service_config *config = boxd_compute_config(c->compute, &call, &error);
    if (!config)
        return cli_report(c, &error);
    json_t *object = json_pack("{s:o, s:o}", "default_image", json_text(config->default_image), "zone",
                               json_text(config->zone));
    boxd_service_config_free(config);
    return print_object(c, object, "default_image");
}

static int run_suggest_name(cli *c, char **args, int count)
{
    (void)args;
    (void)count;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    char *name = boxd_box_suggest_name(c->compute, &call, &error);
    if (!name)
        return cli_report(c, &error);
    const int code = print_word(c, json_pack("{s:o}", "name", json_text(name)), name);
    boxd_string_free(name);
    return code;
}

/* ---- version ---- */

static struct {
    bool client;
} opts;

static const option_row VERSION_OPTIONS[] = {
    {"client", 0, OPTION_SWITCH, &opts.client, NULL,
     "show only the versions on this machine; make no request"},
    {0},
};

/* The version of the C core of gRPC, which the library has loaded. */
static const char *grpc_version(void)
{
    const char *(*version)(void) = NULL;
    *(void **)(&version) = dlsym(RTLD_DEFAULT, "grpc_version_string");
    return version ? version() : NULL;
}

/* Adds the version of the service, or why it is not known. */
static void add_service(cli *c, json_t *object)
{
    enum { LIMIT_MS = 5000 };
    int code;
    const char *missing = NULL, *version = NULL;
    boxd_error error = BOXD_ERROR_INIT;
    if (cli_open(c, &code)) {
        boxd_call_options call = cli_call(c);
        call.timeout_ms = c->timeout_ms ? c->timeout_ms : LIMIT_MS;
        version = service_version(c->compute, &call, &missing, &error);
        if (!version)
            cli_report(c, &error);
    }
    json_put(object, "service", json_text(version));
}

static int run_version(cli *c, char **args, int count)
{
    (void)args;
    (void)count;
    json_t *object = json_pack("{s:s, s:s, s:o}", "boxctl", BOXD_VERSION_STRING, "library", boxd_version(),
                               "grpc_core", json_text(grpc_version()));
    if (!opts.client)
        add_service(c, object);
    return print_object(c, object, "boxctl");
}

const command ACCOUNT_COMMANDS[] = {
    {.name = "whoami",
     .summary = "Show the owner of the credential",
     .opens = OPENS_CLIENT,
     .run = run_whoami},
    {.name = "version",
     .summary = "Show the versions of boxctl, its libraries and the service",
     .details = "If the service cannot be reached, the reason is printed, and the exit code is 0.",
     .options = VERSION_OPTIONS,
     .run = run_version},
    {.name = "config",
     .summary = "Show the configuration of the service",
     .opens = OPENS_CLIENT,
     .run = run_config},
    {.name = "suggest-name",
     .summary = "Print a free name for a new box (service 0.2)",
     .opens = OPENS_CLIENT,
     .run = run_suggest_name},
    {0},
};
