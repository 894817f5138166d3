/* The commands port ls, expose and rm: public ports that lead to ports of boxes. */
#include "commands/each.h"
#include "commands/table.h"

static struct {
    const char *protocol;
} opts;

static const option_row EXPOSE_OPTIONS[] = {
    {"protocol", 'p', OPTION_TEXT, &opts.protocol, "PROTOCOL", "tcp (default), udp or both"},
    {0},
};

static json_t *port_json(const boxd_port *port)
{
    return json_pack("{s:o, s:o, s:i, s:o, s:o, s:i}", "box", json_text(port->box_name), "box_id",
                     json_text(port->box_id), "port", (int)port->box_port, "protocol",
                     json_text(port->protocol), "host", json_text(port->host), "public_port",
                     (int)port->public_port);
}

static int run_ls(cli *c, char **args, int count)
{
    static const column COLUMNS[] = {{"BOX", "box", CELL_TEXT},
                                     {"PORT", "port", CELL_TEXT},
                                     {"PROTOCOL", "protocol", CELL_TEXT},
                                     {"HOST", "host", CELL_TEXT},
                                     {"PUBLIC PORT", "public_port", CELL_TEXT},
                                     {0}};
    (void)args;
    (void)count;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_ports *ports = boxd_port_list(c->compute, c->box, &call, &error);
    if (!ports)
        return cli_report(c, &error);
    json_t *rows = json_array();
    for (size_t i = 0; i < ports->count; i++)
        json_array_append_new(rows, port_json(ports->items[i]));
    boxd_ports_free(ports);
    return print_rows(c, rows, COLUMNS);
}

/* Reads the operand `at`. */
static int read_port(const cli *c, char **args, int count, int at, uint32_t *port)
{
    return parse_port(args[at], port) ? EXIT_OK : command_refuse_port(c, args, count, at, "");
}

static int run_expose(cli *c, char **args, int count)
{
    uint32_t number;
    int code = read_port(c, args, count, 1, &number);
    if (code != EXIT_OK || !cli_open_box(c, args[0], &code))
        return code;
    const boxd_call_options call = cli_call(c);
    boxd_error error = BOXD_ERROR_INIT;
    boxd_port *port = boxd_port_expose(c->box, number, opts.protocol, &call, &error);
    if (!port)
        return cli_report(c, &error);
    code = print_done(c, port_json(port), "%s:%u", port->host ? port->host : "", port->public_port);
    boxd_port_free(port);
    return code;
}

static boxd_status unexpose(const cli *c, const char *word, const boxd_call_options *call, boxd_error *error)
{
    uint32_t number;
    parse_port(word, &number);
    boxd_port *port = boxd_port_unexpose(c->box, number, call, error);
    const boxd_status status = port ? BOXD_OK : error->status;
    boxd_port_free(port);
    return status;
}

static int run_rm(cli *c, char **args, int count)
{
    uint32_t number;
    int code = EXIT_OK;
    for (int i = 1; i < count && code == EXIT_OK; i++)
        code = read_port(c, args, count, i, &number);
    if (code != EXIT_OK || !cli_open_box(c, args[0], &code))
        return code;
    return run_each(c, args + 1, count - 1, "port", "removed", unexpose);
}

const command PORT_COMMANDS[] = {
    {.name = "port ls",
     .aliases = "ports",
     .arguments = "[BOX]",
     .summary = "List the public ports of boxes",
     .opens = OPENS_BOX,
     .run = run_ls},
    {.name = "port expose",
     .aliases = "port create,port add",
     .arguments = "BOX PORT",
     .summary = "Open a public port for a port of a box and print its address",
     .details = "No process has to listen on the port yet. For HTTP see `boxctl proxy create`.",
     .options = EXPOSE_OPTIONS,
     .run = run_expose},
    {.name = "port rm",
     .aliases = "port unexpose",
     .arguments = "BOX PORT...",
     .summary = "Close public ports of a box",
     .run = run_rm},
    {0},
};
