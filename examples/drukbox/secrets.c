/* Creates a Drukbox host from a template, with secrets: credentials that the host uses but cannot see. A
 * service that is too old for templates or secrets creates the host without them; the program prints a
 * warning. */
#include <drukbox/drukbox.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const SETUP = "apt-get update && apt-get install -y git\n";

/* What a program can do after a failed call. */
static const char *advice(const boxd_error *err)
{
    switch (err->status) {
    case BOXD_ERR_AUTHENTICATION:
        return "check the token";
    case BOXD_ERR_VALIDATION:
    case BOXD_ERR_INVALID_ARGUMENT:
        return "correct the options";
    case BOXD_ERR_NOT_FOUND:
        return "the object does not exist, or the service is too old for this call";
    case BOXD_ERR_CONFLICT:
        return "the state of the object does not allow this now";
    case BOXD_ERR_CAPACITY:
        return "the provider has no capacity; wait for retry_after_ms";
    case BOXD_ERR_PROVISIONING:
        return "the provider failed; try again, which creates a new host";
    case BOXD_ERR_UNAVAILABLE:
        return err->retryable ? "try again" : "check whether the call had an effect, then try again";
    default:
        return "contact the operator of the service";
    }
}

static void print_error(const boxd_error *err)
{
    fprintf(stderr, "%s: %s\n    %s\n", boxd_status_name(err->status), err->message, advice(err));
}

/* Creates the template and waits until it is built. The same script on the same image returns the existing
 * template, so a program can do this at each start. NULL: it failed and has printed the reason. */
static drukbox_template *prepare(drukbox_client *c, boxd_error *err)
{
    drukbox_template *started = drukbox_template_create(
        c, SETUP, BOXD_OPTIONS(drukbox_template_create_options, .label = "with git"), err);
    drukbox_template *template =
        started ? drukbox_template_wait_until_available(c, started->id, NULL, err) : NULL;
    drukbox_template_free(started);
    if (template)
        printf("the template is %s\n", template->status);
    else
        print_error(err);
    return template;
}

static drukbox_host *create(drukbox_client *c, const drukbox_template *from, boxd_error *err)
{
    const char *const issuer_headers[] = {"X-Api-Key=of the issuer", NULL};
    const drukbox_secret *const secrets[] = {
        BOXD_OPTIONS(drukbox_secret, .service = "github", .value = getenv("GITHUB_TOKEN")),
        BOXD_OPTIONS(drukbox_secret, .service = "registry", .host = "registry.example.com",
                     .auth_variable = "REGISTRY_TOKEN", .issuer_url = "https://issuer.example.com/token",
                     .issuer_headers = issuer_headers, .issuer_refresh = "30m"),
    };
    drukbox_host *host =
        drukbox_host_create(c,
                            BOXD_OPTIONS(drukbox_host_create_options, .secrets = secrets, .secret_count = 2,
                                         .template_id = from ? from->id : NULL),
                            err);
    if (host && host->warning) /* the host was created without some of the options */
        printf("warning: %s\n", host->warning);
    return host;
}

static int use_host(drukbox_client *c, boxd_error *err)
{
    drukbox_template *from = prepare(c, err);
    drukbox_host *host = create(c, from, err);
    int code = host ? 0 : 1;
    if (!host)
        print_error(err);
    else if (!(host->ignored & DRUKBOX_IGNORED_SECRETS) &&
             drukbox_host_refresh_secret(c, host->id, "registry", NULL, err) == BOXD_OK)
        printf("refreshed the secret of the registry\n");
    if (host && drukbox_host_delete(c, host->id, NULL, err) != BOXD_OK) {
        print_error(err);
        code = 1;
    }
    drukbox_host_free(host);
    drukbox_template_free(from);
    return code;
}

int main(void)
{
    boxd_error err = BOXD_ERROR_INIT;
    drukbox_client *c = drukbox_client_open_from_env(NULL, NULL, &err);
    if (!c) {
        print_error(&err);
        return 1;
    }
    int code = use_host(c, &err);
    drukbox_client_close(c);
    return code;
}
