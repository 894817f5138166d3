/* Opens and closes the client, and prints errors. */
#include "cli/boxctl.h"

#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

boxd_compute *cli_open(cli *c, int *code)
{
    if (c->compute)
        return c->compute;
    c->cancel = boxd_cancel_token_new();
    if (!c->cancel || !interrupt_begin(c->cancel)) {
        *code = cli_error(EXIT_FAILED, "out of memory, or cannot start a thread");
        boxd_cancel_token_free(c->cancel);
        c->cancel = NULL;
        return NULL;
    }
    boxd_error error = BOXD_ERROR_INIT;
    c->compute = boxd_compute_open(BOXD_OPTIONS(boxd_compute_options, .api_url = c->api_url), &error);
    if (!c->compute)
        *code = cli_report(c, &error);
    return c->compute;
}

boxd_call_options cli_call(const cli *c)
{
    return (boxd_call_options){
        .size = sizeof(boxd_call_options), .timeout_ms = c->timeout_ms, .cancel = c->cancel};
}

void cli_close(cli *c)
{
    boxd_compute_close(c->compute);
    if (c->cancel)
        interrupt_end();
    boxd_cancel_token_free(c->cancel);
    c->compute = NULL;
    c->cancel = NULL;
}

boxd_box *cli_box(cli *c, const char *name_or_id, int *code)
{
    boxd_error error = BOXD_ERROR_INIT;
    boxd_box *box = cli_open(c, code) ? boxd_box_from_name(c->compute, name_or_id, &error) : NULL;
    if (c->compute && !box)
        *code = cli_report(c, &error);
    return box;
}

/* ---- failures ---- */

static void print_note(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

static void print_note(const char *format, va_list arguments)
{
    fflush(stdout);
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
    return c->command && c->command->returns_box_code ? EXIT_BOXCTL : EXIT_USAGE;
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

/* Messages of the library name C functions and options. Users of boxctl need the command, option or variable
 * instead. A name of an option stands with the words around it: alone it may be a part of a path. Of two
 * texts with the same beginning the longer one comes first. */
static const struct {
    const char *function, *instead;
} REPLACEMENTS[] = {
    {"the call's cancel token was fired", "it was interrupted"},
    {"boxd_box_list()", "`boxctl ls`"},
    {"boxd_box_exec()", "`boxctl exec`"},
    {"boxd_box_exec_stream()", "`boxctl exec`"},
    {"boxd_box_start()", "`boxctl start`"},
    {"boxd_box_suspend()", "`boxctl suspend`"},
    {"boxd_box_resume()", "`boxctl resume`"},
    {"boxd_box_fork()", "`boxctl fork`"},
    {"boxd_disk_list()", "`boxctl disk ls`"},
    {"boxd_proxy_list()", "`boxctl proxy ls`"},
    {"boxd_domain_list()", "`boxctl domain ls`"},
    {"boxd_token_list()", "`boxctl token ls`"},
    {"boxd_snapshot_list()", "`boxctl snapshot ls`"},
    {"boxd_snapshot_create()", "`boxctl snapshot create`"},
    {"boxd_snapshot_create_box()", "`boxctl create --snapshot`"},
    {"boxd_snapshot_delete()", "`boxctl snapshot rm`"},
    {"boxd_box_download()", "`boxctl cp`"},
    {", or api_key or token of boxd_compute_options", ""},
    {"open the client with an API key", "set BOXD_API_KEY"},
    {"open one client and share it, or pass a token", "wait a minute, or set BOXD_TOKEN"},
    {"check exchange_url (BOXD_EXCHANGE_URL)", "check BOXD_EXCHANGE_URL"},
    {"set exchange_url to", "set BOXD_EXCHANGE_URL to"},
    {"check exchange_url", "check BOXD_EXCHANGE_URL"},
    {"check the API URL", "check the API URL (--api-url or BOXD_API_URL)"},
    {"set ca_file to", "set BOXD_CA_FILE to"},
    {"that ca_file verifies", "that BOXD_CA_FILE verifies"},
    {"check ca_file (", "check BOXD_CA_FILE ("},
    {", client_cert_file (not set) and client_key_file (not set)", ""},
    {"; if the server wants a client certificate, set client_cert_file and client_key_file",
     "; if the server wants a client certificate, boxctl cannot connect to it"},
    {"set a longer timeout", "set a longer --timeout"},
};

const char *cli_adapt(const char *message, char *text, size_t size)
{
    size_t used = 0;
    while (*message && used + 1 < size) {
        size_t i = 0;
        while (i < sizeof REPLACEMENTS / sizeof *REPLACEMENTS &&
               strncmp(message, REPLACEMENTS[i].function, strlen(REPLACEMENTS[i].function)) != 0)
            i++;
        if (i == sizeof REPLACEMENTS / sizeof *REPLACEMENTS) {
            text[used++] = *message++;
            continue;
        }
        const int added = snprintf(text + used, size - used, "%s", REPLACEMENTS[i].instead);
        used += (size_t)added < size - used ? (size_t)added : 0;
        message += strlen(REPLACEMENTS[i].function);
    }
    text[used] = '\0';
    return text;
}

bool is_output_closed(const boxd_error *error)
{
    struct pollfd out = {STDOUT_FILENO, POLLOUT, 0};
    return error->status == BOXD_ERR_LOCAL_FILE && poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

int cli_report(const cli *c, const boxd_error *error)
{
    char text[2 * BOXD_ERROR_MESSAGE_SIZE];
    cli_error(0, "%s", cli_adapt(error->message, text, sizeof text));
    if (interrupted_by())
        return EXIT_SIGNAL + interrupted_by();
    return c->command && c->command->returns_box_code ? EXIT_BOXCTL : code_of(error);
}
