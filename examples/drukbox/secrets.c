/* A host made from a template, with a credential that it may use and does not see. On a service that is too
 * old for either it goes on without, and says so. */
#include <drukbox/drukbox.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const SETUP = "apt-get update && apt-get install -y git\n";

/* What a program may do about a call that failed. */
static const char *advice(const boxd_error *err)
{
    switch (err->status) {
    case BOXD_ERR_AUTHENTICATION:
        return "look at the token";
    case BOXD_ERR_VALIDATION:
    case BOXD_ERR_INVALID_ARGUMENT:
        return "mend what was asked for";
    case BOXD_ERR_NOT_FOUND:
        return "it is gone, or this service is too old for it";
    case BOXD_ERR_CONFLICT:
        return "its state does not allow it, now";
    case BOXD_ERR_CAPACITY:
        return "the provider has no room; wait for as long as retry_after_ms says";
    case BOXD_ERR_PROVISIONING:
        return "the provider failed; a new attempt makes a new host";
    case BOXD_ERR_UNAVAILABLE:
        return err->retryable ? "try again" : "see whether it was done, then try again";
    default:
        return "tell the operator";
    }
}

static void complain(const boxd_error *err)
{
    fprintf(stderr, "%s: %s\n    %s\n", boxd_status_name(err->status), err->message, advice(err));
}

/* The same script on the same image gives the template that there is: so this may be asked for every time.
 * NULL: there is none, and why was said. */
static drukbox_template *prepare(drukbox_client *c, boxd_error *err)
{
    const struct timespec second = {1, 0};
    drukbox_template *made = drukbox_template_create(
        c, SETUP, BOXD_OPTIONS(drukbox_template_create_options, .label = "with git"), err);
    while (made && strcmp(made->status, "building") == 0) {
        drukbox_template *now = drukbox_template_get(c, made->id, NULL, err);
        drukbox_template_free(made);
        made = now;
        if (made && strcmp(made->status, "building") == 0)
            nanosleep(&second, NULL);
    }
    if (!made) {
        complain(err);
        return NULL;
    }
    printf("the template is %s\n", made->status);
    return made;
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
    if (host && host->warning) /* it was made: with it comes what it lacks */
        printf("warning: %s\n", host->warning);
    return host;
}

static int use(drukbox_client *c, boxd_error *err)
{
    drukbox_template *from = prepare(c, err);
    drukbox_host *host = create(c, from, err);
    int code = host ? 0 : 1;
    if (!host)
        complain(err);
    else if (!(host->ignored & DRUKBOX_IGNORED_SECRETS) &&
             drukbox_host_refresh_secret(c, host->id, "registry", NULL, err) == BOXD_OK)
        printf("a fresh credential for the registry\n");
    if (host && drukbox_host_delete(c, host->id, NULL, err) != BOXD_OK) {
        complain(err);
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
        complain(&err);
        return 1;
    }
    int code = use(c, &err);
    drukbox_client_close(c);
    return code;
}
