/* One call for each of several arguments. */
#include "commands/each.h"

bool is_common_failure(const boxd_error *error)
{
    return boxd_status_class(error->status) == BOXD_ERR_CONNECTION ||
           error->status == BOXD_ERR_AUTHENTICATION || error->status == BOXD_ERR_CANCELLED;
}

/* Prints the words that were not tried. */
static void print_rest(char **words, int count)
{
    for (int i = 0; i < count; i++)
        cli_error(0, "%s: not tried", words[i]);
}

int run_each(const cli *c, char **words, int count, const char *key, const char *done, each_call *each)
{
    int code = EXIT_OK;
    const boxd_call_options call = cli_call(c);
    json_t *rows = json_array();
    for (int i = 0; i < count; i++) {
        boxd_error error = BOXD_ERROR_INIT;
        if (each(c, words[i], &call, &error) != BOXD_OK) {
            const int failed = cli_report(c, &error);
            code = code == EXIT_OK ? failed : code;
            if (!is_common_failure(&error))
                continue;
            print_rest(words + i + 1, count - i - 1);
            break;
        }
        output_after_action();
        print_for_people(c, "%s", words[i]);
        json_array_append_new(rows, json_pack("{s:o, s:s}", key, json_text(words[i]), "action", done));
    }
    (void)print_list(c, rows, code);
    return code;
}
