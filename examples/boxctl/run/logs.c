/* The command logs. The service sends the whole log of a box, without times and without a filter: --tail and
 * --since select lines here. */
#include "commands/table.h"
#include "run/lines.h"

static struct {
    bool follow;
    int64_t tail;
    const char *since;
} opts = {.tail = -1};

static const option_row LOGS_OPTIONS[] = {
    {"follow", 'f', OPTION_SWITCH, &opts.follow, NULL, "follow the log until Ctrl-C"},
    {"tail", 'n', OPTION_NUMBER, &opts.tail, "N", "only the last N lines, and with -f what follows"},
    {"since", 0, OPTION_TEXT, &opts.since, "TIME",
     "only lines from this time on: 10m (ago), or 2026-11-30T19:30:00Z. The lines must begin with a time"},
    {0},
};

/* Prints a log from byte `*skip` on. Afterwards `*skip` is the number of bytes of the log. Returns false if a
 * read failed, with the error, or if nothing more can be printed. */
static bool copy_log(const cli *c, bool follow, uint64_t *skip, lines *to, boxd_error *error)
{
    boxd_logs *logs = boxd_box_stream_logs(
        c->box, BOXD_OPTIONS(boxd_box_stream_logs_options, .call = cli_call(c), .follow = follow), error);
    boxd_read_status got = logs ? BOXD_READ_DATA : BOXD_READ_ERROR;
    uint64_t size = 0;
    bool prints = true;
    while (logs && prints) {
        boxd_chunk *chunk = NULL;
        got = boxd_logs_read(logs, NULL, &chunk, error);
        if (got != BOXD_READ_DATA)
            break;
        const uint64_t end = size + chunk->size;
        const size_t old = *skip <= size ? 0 : *skip >= end ? chunk->size : (size_t)(*skip - size);
        prints = old == chunk->size || lines_add(to, (const char *)chunk->data + old, chunk->size - old);
        size = end;
        boxd_chunk_free(chunk);
    }
    *skip = size;
    boxd_logs_free(logs);
    return prints && got == BOXD_READ_END;
}

static int print_log(const cli *c, lines *to)
{
    boxd_error error = BOXD_ERROR_INIT;
    uint64_t skip = 0;
    bool ended = true;
    /* A log that is followed has no mark at its present end. */
    if (opts.follow && opts.tail >= 0)
        ended = copy_log(c, false, &skip, to, &error) && lines_end_tail(to);
    if (ended)
        ended = copy_log(c, opts.follow, &skip, to, &error);
    const int code = lines_end(to);
    return ended || error.status == BOXD_OK ? code : cli_report(c, &error);
}

static int run_logs(cli *c, char **args, int count)
{
    (void)count;
    int code = EXIT_OK;
    lines to = {.to = stdout, .json = c->json, .tail = opts.tail};
    if (opts.since && !lines_parse_since(opts.since, &to.since_ms))
        return cli_usage_error(c,
                               "invalid value \"%s\" for --since: must be a duration " DURATION_FORMS
                               ", or a time such as 2026-11-30T19:30:00Z",
                               opts.since);
    if (!cli_open_box(c, args[0], &code))
        return code;
    return lines_begin(&to) ? print_log(c, &to) : lines_end(&to);
}

const command LOGS_COMMANDS[] = {
    {.name = "logs",
     .arguments = "BOX",
     .summary = "Print the log of a box (output of its main process)",
     .details =
         "The service sends whole logs: --tail and --since select lines in boxctl. The service has no times "
         "of lines: --since reads the time with which a line begins (2026-11-30T19:30:00Z, also with a blank "
         "for the T, a fraction, in [], and in UTC if it has no zone), and a line without one belongs to the "
         "line before. With --json each line is an object, {\"text\": \"...\\n\", \"encoding\": \"utf-8\"}; "
         "a line that is not UTF-8 is base64.",
     .examples = "boxctl logs -f --tail 20 web\n"
                 "boxctl logs --since 10m web",
     .options = LOGS_OPTIONS,
     .run = run_logs},
    {0},
};
