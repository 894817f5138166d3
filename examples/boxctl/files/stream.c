/* cp with "-": the bytes go through a command in the box, because a file transfer would need to know their
 * number. */
#include "files/copy.h"

#include <signal.h>
#include <unistd.h>

/* Frees the result and returns the exit code. If the command failed, it has printed the reason itself. */
static int finish(const cli *c, boxd_exec_result *result, const boxd_error *error)
{
    if (!result)
        return is_output_closed(error) ? EXIT_SIGNAL + SIGPIPE : cli_report(c, error);
    const bool good = result->success, confirmed = result->exit_confirmed;
    boxd_exec_result_free(result);
    if (!good)
        return EXIT_FAILED;
    return confirmed ? EXIT_OK
                     : cli_error(EXIT_FAILED, "the service did not confirm that the copy is complete");
}

int copy_from_input(cli *c, boxd_box *box, const char *to)
{
    const char *const argv[] = {"sh", "-c", "cat >\"$1\"", "sh", *to ? to : ".", NULL};
    const boxd_exec_options *options = BOXD_OPTIONS(
        boxd_exec_options, .call = cli_call(c), .in = {.mode = BOXD_INPUT_FD, .fd = STDIN_FILENO},
        .out = {.mode = BOXD_OUTPUT_DISCARD}, .err = {.mode = BOXD_OUTPUT_FD, .fd = STDERR_FILENO});
    boxd_error error = BOXD_ERROR_INIT;
    const int code = finish(c, boxd_box_exec(box, argv, options, &error), &error);
    return code == EXIT_OK ? print_done(c, json_pack("{s:o}", "to", json_text(to)), "%s", to) : code;
}

int copy_to_output(cli *c, boxd_box *box, const char *from)
{
    const char *const argv[] = {"cat", "--", from, NULL};
    const boxd_exec_options *options = BOXD_OPTIONS(boxd_exec_options, .call = cli_call(c),
                                                    .out = {.mode = BOXD_OUTPUT_FD, .fd = STDOUT_FILENO},
                                                    .err = {.mode = BOXD_OUTPUT_FD, .fd = STDERR_FILENO});
    boxd_error error = BOXD_ERROR_INIT;
    return finish(c, boxd_box_exec(box, argv, options, &error), &error);
}
