/* Opens and closes the client, and prints errors. */
#include "cli/boxctl.h"
#include "cli/credential.h"
#include "cli/observe.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- the client ---- */

/* `given`, or else the setting of the profile. */
static const char *chosen(const char *given, const char *of_profile)
{
    return given ? given : of_profile;
}

void cli_client_options(const cli *c, boxd_compute_options *options, bool has_credential)
{
    static const profile NO_PROFILE;
    const profile *p = credential_profile() ? credential_profile() : &NO_PROFILE;
    *options = (boxd_compute_options)BOXD_COMPUTE_OPTIONS_INIT;
    options->api_url = chosen(c->api_url, p->api_url);
    options->exchange_url = p->exchange_url;
    options->environment = p->environment;
    options->ca_file = chosen(c->ca_file, variable("BOXD_CA_FILE") ? NULL : p->ca_file);
    options->client_cert_file = chosen(c->client_cert_file, p->client_cert_file);
    options->client_key_file = chosen(c->client_key_file, p->client_key_file);
    options->proxy = chosen(c->proxy, p->proxy);
    options->api_key = has_credential ? p->api_key : NULL;
    options->token = has_credential ? p->token : NULL;
    options->token_cache = !c->no_token_cache;
    options->hooks = observe_hooks(c->verbose, c->trace);
}

static boxd_compute *open_client(cli *c, const boxd_compute_options *options, int *code)
{
    c->cancel = boxd_cancel_token_new();
    if (!c->cancel || !interrupt_begin(c->cancel)) {
        *code = cli_error(EXIT_FAILED, "out of memory, or cannot start a thread");
        boxd_cancel_token_free(c->cancel);
        c->cancel = NULL;
        return NULL;
    }
    boxd_error error = BOXD_ERROR_INIT;
    c->compute = boxd_compute_open(options, &error);
    if (!c->compute)
        *code = cli_report(c, &error);
    return c->compute;
}

/* The exit code for a failure of boxctl itself: `code`, unless the command returns the code of another one.
 */
static int own_code(const cli *c, int code)
{
    return c->command && c->command->returns_box_code ? EXIT_BOXCTL : code;
}

boxd_compute *cli_open(cli *c, int *code)
{
    if (c->compute)
        return c->compute;
    const int failed = credential_choose(c);
    if (failed != EXIT_OK) {
        *code = own_code(c, failed);
        return NULL;
    }
    boxd_compute_options options;
    cli_client_options(c, &options, true);
    return open_client(c, &options, code);
}

boxd_compute *cli_open_with(cli *c, const char *api_key, const char *token, int *code)
{
    boxd_compute_options options;
    cli_client_options(c, &options, false);
    options.api_key = api_key;
    options.token = token;
    cli_credential_was_typed();
    return open_client(c, &options, code);
}

boxd_call_options cli_call(const cli *c)
{
    return (boxd_call_options){
        .size = sizeof(boxd_call_options), .timeout_ms = c->timeout_ms, .cancel = c->cancel};
}

boxd_box *cli_box(cli *c, const char *name_or_id, int *code)
{
    boxd_error error = BOXD_ERROR_INIT;
    if (strchr(name_or_id, ':')) {
        *code = cli_usage_error(c, "\"%s\" is not a box; for files of boxes see `boxctl fs` and `boxctl cp`",
                                name_or_id);
        return NULL;
    }
    boxd_box *box = cli_open(c, code) ? boxd_box_from_name(c->compute, name_or_id, &error) : NULL;
    if (c->compute && !box)
        *code = cli_report(c, &error);
    return box;
}

boxd_box *cli_open_box(cli *c, const char *name_or_id, int *code)
{
    c->box = cli_box(c, name_or_id, code);
    return c->box;
}

void cli_close(cli *c)
{
    boxd_box_free(c->box);
    boxd_compute_close(c->compute);
    if (c->cancel)
        interrupt_end();
    boxd_cancel_token_free(c->cancel);
    c->box = NULL;
    c->compute = NULL;
    c->cancel = NULL;
}

/* ---- messages ---- */

/* Whether a line was printed before: the same failure of several calls is printed once. */
static bool was_printed(const char *line)
{
    enum { MAX_LINES = 64 };
    static uint64_t hashes[MAX_LINES];
    static size_t count;
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (; *line; line++)
        hash = (hash ^ (unsigned char)*line) * UINT64_C(1099511628211);
    for (size_t i = 0; i < count; i++)
        if (hashes[i] == hash)
            return true;
    if (count < MAX_LINES)
        hashes[count++] = hash;
    return false;
}

static void print_note(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

static void print_note(const char *format, va_list arguments)
{
    output_flush();
    cli_waited();
    fputs("boxctl: ", stderr);
    print_text(stderr, format, arguments);
    fputc('\n', stderr);
}

int cli_error(int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_note(format, arguments);
    va_end(arguments);
    return code;
}

int cli_usage_error(const cli *c, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_note(format, arguments);
    va_end(arguments);
    fprintf(stderr, "Run `boxctl %s%s--help` for usage.\n", c->command ? c->command->name : "",
            c->command ? " " : "");
    return own_code(c, EXIT_USAGE);
}

void cli_note(const cli *c, const char *format, ...)
{
    va_list arguments;
    if (c->quiet)
        return;
    va_start(arguments, format);
    print_note(format, arguments);
    va_end(arguments);
}

/* ---- failures ---- */

int cli_failure_code(const cli *c)
{
    return own_code(c, EXIT_FAILED);
}

static int code_of(const boxd_error *error)
{
    if (error->status == BOXD_ERR_INVALID_ARGUMENT && error->grpc_code < 0)
        return EXIT_USAGE; /* the library refused an argument */
    switch (boxd_status_class(error->status)) {
    case BOXD_ERR_NOT_FOUND:
        return EXIT_NOT_FOUND;
    case BOXD_ERR_AUTHENTICATION:
        return EXIT_AUTH;
    case BOXD_ERR_CONNECTION:
        return EXIT_CONNECTION;
    case BOXD_ERR_TIMEOUT:
        return EXIT_TIMEOUT;
    default:
        return EXIT_FAILED;
    }
}

int cli_error_code(const cli *c, const boxd_error *error)
{
    if (interrupted_by())
        return EXIT_SIGNAL + interrupted_by();
    return own_code(c, code_of(error));
}

bool cli_can_print(const cli *c, const char *what, const char *advice, int *code)
{
    if (output_is_usable())
        return true;
    *code =
        cli_error(cli_failure_code(c),
                  "standard output is closed, and %s cannot be printed; nothing was created%s", what, advice);
    return false;
}

int cli_report(const cli *c, const boxd_error *error)
{
    char text[2 * BOXD_ERROR_MESSAGE_SIZE];
    if (!was_printed(cli_adapt(error->message, text, sizeof text))) {
        cli_error(0, "%s", text);
        command_note_order(c, error);
    }
    return cli_error_code(c, error);
}

int cli_file_error(const char *path, int problem)
{
    return cli_error(problem == ENOENT ? EXIT_NOT_FOUND : EXIT_FAILED, "%s: %s", path, strerror(problem));
}
