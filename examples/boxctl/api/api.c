/*
 * The command api: calls any RPC of the service with JSON, using boxd/rpc.h. The list of RPCs comes from the
 * compiled descriptors; this file contains no names of RPCs, except for Whoami. For a stream, one thread
 * sends and the main thread receives.
 */
#include "api/message.h"
#include "cli/boxctl.h"
#include "commands/table.h"
#include "streams.h"

#include <boxd/rpc.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SERVICE (&boxd_pb__boxd_api__descriptor)

enum { REQUEST_STREAM = 1, REPLY_STREAM = 2 };

static struct {
    bool list, describe;
} opts;

static const option_row OPTIONS[] = {
    {"list", 'l', OPTION_SWITCH, &opts.list, NULL, "list the methods"},
    {"describe", 'd', OPTION_SWITCH, &opts.describe, NULL,
     "show the fields of the request and the reply of METHOD"},
    {0},
};

/* ---- methods ---- */

static unsigned index_of(const ProtobufCMethodDescriptor *method)
{
    return (unsigned)(method - SERVICE->methods);
}

static bool has_prefix(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Whether the RPC changes nothing and may be repeated. The names of the service follow this rule. */
static bool is_read(const char *name)
{
    return has_prefix(name, "Get") || has_prefix(name, "List") || strcmp(name, "Whoami") == 0;
}

static boxd_rpc_method rpc_of(const ProtobufCMethodDescriptor *method)
{
    uint32_t flags = STREAMS[index_of(method)] ? BOXD_RPC_STREAM : 0;
    flags |= is_read(method->name) ? BOXD_RPC_READ : 0;
    return (boxd_rpc_method){.size = sizeof(boxd_rpc_method),
                             .name = method->name,
                             .request = method->input,
                             .reply = method->output,
                             .flags = flags};
}

static int list_methods(const cli *c)
{
    static const column COLUMNS[] = {{"METHOD", "method", CELL_TEXT},
                                     {"REQUEST", "request", CELL_TEXT},
                                     {"REPLY", "reply", CELL_TEXT},
                                     {"STREAMS", "streams", CELL_TEXT},
                                     {0}};
    static const char *const NAMES[] = {NULL, "request", "reply", "both"};
    json_t *rows = json_array();
    for (unsigned i = 0; i < SERVICE->n_methods; i++) {
        const ProtobufCMethodDescriptor *m = &SERVICE->methods[i];
        json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:o}", "method", m->name, "request",
                                              m->input->short_name, "reply", m->output->short_name, "streams",
                                              json_text(NAMES[STREAMS[i]])));
    }
    return print_rows(c, rows, COLUMNS);
}

static json_t *describe_message(const ProtobufCMessageDescriptor *type)
{
    json_t *fields = json_object();
    for (unsigned i = 0; i < type->n_fields; i++) {
        char name[128], kind[256];
        message_json_name(name, sizeof name, type->fields[i].name);
        message_field_type(kind, sizeof kind, type, &type->fields[i]);
        json_put(fields, name, json_text(kind));
    }
    return fields;
}

static int unknown_method(const cli *c, const char *name)
{
    char similar[256] = "";
    for (unsigned i = 0; i < SERVICE->n_methods; i++) {
        const size_t used = strlen(similar);
        if (strcasestr(SERVICE->methods[i].name, name) && used + 64 < sizeof similar)
            snprintf(similar + used, sizeof similar - used, "%s%s",
                     used ? ", " : "; similar: ", SERVICE->methods[i].name);
    }
    return cli_usage_error(c, "unknown method \"%s\"%s; `boxctl api --list` shows all methods", name,
                           similar);
}

/* ---- requests ---- */

/* Reads one request from a JSON text. NULL: the error was printed. */
static ProtobufCMessage *read_request(const cli *c, const ProtobufCMethodDescriptor *method, const char *text,
                                      size_t size)
{
    json_error_t where;
    char why[MESSAGE_WHY_SIZE] = "";
    json_t *value = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);
    ProtobufCMessage *message = json_is_object(value) ? message_from_json(method->input, value, why) : NULL;
    if (!value)
        cli_usage_error(c, "the request is not valid JSON: %s (line %d, column %d)", where.text, where.line,
                        where.column);
    else if (!json_is_object(value))
        cli_usage_error(c, "the request must be a JSON object");
    else if (!message)
        cli_usage_error(c, "%s", why);
    json_decref(value);
    return message;
}

/* ---- one request, one reply ---- */

static char *read_all(FILE *from, size_t *size)
{
    char *text = NULL;
    ssize_t got = getdelim(&text, size, '\0', from); /* JSON contains no NUL */
    *size = got > 0 ? (size_t)got : 0;
    return text;
}

static int call(cli *c, const ProtobufCMethodDescriptor *method, const char *text)
{
    size_t size = strlen(text);
    char *input = strcmp(text, "-") == 0 ? read_all(stdin, &size) : NULL;
    ProtobufCMessage *request = read_request(c, method, input ? input : text, size);
    free(input);
    int code = EXIT_USAGE;
    if (!request)
        return code;
    if (cli_open(c, &code)) {
        const boxd_rpc_method rpc = rpc_of(method);
        const boxd_call_options options = cli_call(c);
        boxd_error error = BOXD_ERROR_INIT;
        ProtobufCMessage *reply = boxd_rpc_call(c->compute, &rpc, request, &options, &error);
        code = reply ? print_json(message_to_json(reply), false) : cli_report(c, &error);
        boxd_rpc_reply_free(reply);
    }
    protobuf_c_message_free_unpacked(request, NULL);
    return code;
}

/* ---- streams ---- */

typedef struct sender {
    const cli *c;
    const ProtobufCMethodDescriptor *method;
    boxd_rpc_stream *stream;
    /* NULL-terminated; "-" stands for the lines of standard input */
    char **texts;
    /* a pipe, readable when the stream has ended */
    int stop_fds[2];
    int code;
} sender;

static bool send_text(sender *s, const char *text, size_t size)
{
    boxd_error error = BOXD_ERROR_INIT;
    ProtobufCMessage *message = read_request(s->c, s->method, text, size);
    if (!message) {
        s->code = EXIT_USAGE;
        boxd_rpc_stream_cancel(s->stream);
        return false;
    }
    /* If the stream has ended, the receiving thread reports the reason. */
    const bool sent = boxd_rpc_stream_send(s->stream, message, NULL, &error) == BOXD_OK;
    protobuf_c_message_free_unpacked(message, NULL);
    return sent;
}

static bool is_blank(const char *text, size_t size)
{
    return strspn(text, " \t\r\n") >= size;
}

/* Waits for standard input. False: the stream has ended. */
static bool wait_for_input(const sender *s)
{
    struct pollfd fds[] = {{STDIN_FILENO, POLLIN, 0}, {s->stop_fds[0], POLLIN, 0}};
    while (poll(fds, 2, -1) < 0 && errno == EINTR)
        ;
    return fds[1].revents == 0;
}

static bool send_lines(sender *s)
{
    char *line = NULL;
    size_t used = 0, size = 0;
    bool good = true;
    for (ssize_t got = 1; good && got > 0 && wait_for_input(s);) {
        if (size - used < 65536) {
            char *more = realloc(line, size + 131072);
            if (!more)
                break;
            line = more;
            size += 131072;
        }
        got = read(STDIN_FILENO, line + used, size - used - 1);
        used += got > 0 ? (size_t)got : 0;
        line[used] = '\0';
        char *end;
        while (good && (end = memchr(line, '\n', used)) != NULL) {
            const size_t length = (size_t)(end + 1 - line);
            good = is_blank(line, length) || send_text(s, line, length);
            used -= length;
            memmove(line, end + 1, used + 1);
        }
        if (got <= 0 && good && used > 0 && !is_blank(line, used))
            good = send_text(s, line, used);
    }
    free(line);
    return good;
}

static void *send_all(void *user_data)
{
    sender *s = user_data;
    boxd_error error = BOXD_ERROR_INIT;
    bool good = true;
    for (char **text = s->texts; good && *text; text++)
        good = strcmp(*text, "-") == 0 ? send_lines(s) : send_text(s, *text, strlen(*text));
    if (good)
        boxd_rpc_stream_close_send(s->stream, NULL, &error);
    return NULL;
}

/* Prints each message on one line. False: the stream failed with `error`, or the output cannot be written. */
static bool receive_all(boxd_rpc_stream *stream, boxd_error *error)
{
    ProtobufCMessage *message = NULL;
    bool printed = true;
    while (printed && boxd_rpc_stream_receive(stream, NULL, &message, error) == BOXD_OK && message) {
        printed = print_json(message_to_json(message), true) == EXIT_OK;
        boxd_rpc_reply_free(message);
    }
    return printed && error->status == BOXD_OK;
}

static int run_stream(cli *c, sender *s)
{
    pthread_t thread;
    boxd_error error = BOXD_ERROR_INIT;
    if (pipe(s->stop_fds) != 0)
        return cli_error(EXIT_FAILED, "cannot create a pipe: %s", strerror(errno));
    int code = EXIT_FAILED;
    if (pthread_create(&thread, NULL, send_all, s) != 0) {
        cli_error(code, "cannot start a thread");
    } else {
        const bool good = receive_all(s->stream, &error);
        boxd_rpc_stream_cancel(s->stream); /* also ends a send that waits */
        if (write(s->stop_fds[1], "", 1) < 0)
            cli_error(code, "%s", strerror(errno));
        pthread_join(thread, NULL);
        if (s->code != EXIT_OK || good)
            code = s->code;
        else if (error.status != BOXD_OK)
            code = cli_report(c, &error);
    }
    close(s->stop_fds[0]);
    close(s->stop_fds[1]);
    return code;
}

static int call_stream(cli *c, const ProtobufCMethodDescriptor *method, char **texts, int count)
{
    static char *EMPTY[] = {"{}", NULL};
    int code = EXIT_OK;
    if (!cli_open(c, &code))
        return code;
    const boxd_rpc_method rpc = rpc_of(method);
    const boxd_call_options options = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    sender s = {.c = c, .method = method, .texts = count ? texts : EMPTY};
    s.stream = boxd_rpc_stream_open(c->compute, &rpc, &options, &error);
    code = s.stream ? run_stream(c, &s) : cli_report(c, &error);
    boxd_rpc_stream_free(s.stream);
    return code;
}

/* ---- the command ---- */

static int run(cli *c, char **args, int count)
{
    if (SERVICE->n_methods != sizeof STREAMS)
        return cli_error(EXIT_FAILED, "boxctl was built from two versions of api.proto");
    if (opts.list)
        return list_methods(c);
    if (count == 0)
        return cli_usage_error(c, "missing METHOD; `boxctl api --list` shows all methods");
    const ProtobufCMethodDescriptor *method =
        protobuf_c_service_descriptor_get_method_by_name(SERVICE, args[0]);
    if (!method)
        return unknown_method(c, args[0]);
    if (opts.describe)
        return print_json(json_pack("{s:s, s:o, s:o}", "method", method->name, "request",
                                    describe_message(method->input), "reply",
                                    describe_message(method->output)),
                          false);
    const unsigned char streams = STREAMS[index_of(method)];
    if (count > 2 && !(streams & REQUEST_STREAM))
        return cli_usage_error(c, "%s takes one request", method->name);
    if (streams)
        return call_stream(c, method, args + 1, count - 1);
    return call(c, method, count > 1 ? args[1] : "{}");
}

const command API_COMMANDS[] = {
    {.name = "api",
     .aliases = "rpc",
     .arguments = "[METHOD [JSON]...]",
     .summary = "Call any RPC of the service with JSON",
     .details =
         "JSON is the request in the JSON mapping of Protocol Buffers: field names in lowerCamelCase (vmId; "
         "vm_id "
         "is accepted, too), 64-bit numbers as strings, bytes as base64. Fields without presence are printed "
         "even "
         "if they are empty. Without JSON the request is empty; - reads it from standard input.\n"
         "If the request is a stream, give several JSON arguments, or - to read one from each line. If the "
         "reply "
         "is a stream, each message is printed on one line. --timeout applies to the whole stream.",
     .options = OPTIONS,
     .prints_once = "the reply",
     .run = run},
    {0},
};
