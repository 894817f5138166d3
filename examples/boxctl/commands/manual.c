/* The commands completion and man: scripts for shells, and manual pages. */
#include "cli/boxctl.h"
#include "cli/help.h"
#include "commands/table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- completion ---- */

static const char BASH[] =
    "# bash completion for boxctl\n"
    "_boxctl()\n"
    "{\n"
    "    local line\n"
    "    COMPREPLY=()\n"
    "    while IFS= read -r line; do\n"
    "        case $line in\n"
    "            # files, if there are no other candidates\n"
    "            :files) compopt -o default ;;\n"
    "            :nospace) compopt -o nospace ;;\n"
    "            *) COMPREPLY+=(\"${line%%$'\\t'*}\") ;;\n"
    "        esac\n"
    "    done < <(\"${COMP_WORDS[0]}\" __complete_bash \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
    "    (( ${#COMPREPLY[@]} )) || compopt +o nospace\n"
    "}\n"
    "complete -F _boxctl boxctl\n";

static const char ZSH[] =
    "#compdef boxctl\n"
    "# zsh completion for boxctl\n"
    "_boxctl()\n"
    "{\n"
    "    local line text files=\n"
    "    local -a described options typed\n"
    "    typed=(\"${(@Q)words[2,CURRENT]}\")\n"
    "    # a quote that is still open\n"
    "    [[ $typed[-1] == $words[CURRENT] ]] && typed[-1]=${words[CURRENT]/[\\\"\\']/}\n"
    "    for line in \"${(@f)$(\"${words[1]}\" __complete \"${(@)typed}\" 2>/dev/null)}\"; do\n"
    "        case $line in\n"
    "            '') ;;\n"
    "            :files) files=1 ;;\n"
    "            :nospace) options=(-S '') ;;\n"
    "            *)\n"
    "                text=${${line%%$'\\t'*}//:/\\\\:}\n"
    "                [[ $line == *$'\\t'* ]] && text+=:${line#*$'\\t'}\n"
    "                described+=(\"$text\")\n"
    "                ;;\n"
    "        esac\n"
    "    done\n"
    "    (( ${#described} )) && _describe boxctl described \"${options[@]}\"\n"
    "    [[ -n $files ]] && _files\n"
    "}\n"
    "if [[ ${zsh_eval_context[-1]} == loadautofunc ]]; then\n"
    "    _boxctl \"$@\"\n"
    "else\n"
    "    compdef _boxctl boxctl\n"
    "fi\n";

static const char FISH[] = "# fish completion for boxctl\n"
                           "function __boxctl_complete\n"
                           "    set -l words (commandline -opc)\n"
                           "    set -l typed (commandline -ct)\n"
                           "    set -l current (string unescape -- \"$typed\"; or string trim -lc '\"\\'' -- "
                           "\"$typed\")\n"
                           "    for line in ($words[1] __complete $words[2..-1] \"$current\" 2>/dev/null)\n"
                           "        switch $line\n"
                           "            case ':files'\n"
                           "                __fish_complete_path \"$current\"\n"
                           "            case ':nospace'\n"
                           "            case '*'\n"
                           "                echo $line\n"
                           "        end\n"
                           "    end\n"
                           "end\n"
                           "complete -c boxctl -f -a '(__boxctl_complete)'\n";

static int run_completion(cli *c, char **args, int count)
{
    static const struct {
        const char *name, *script;
    } SHELLS[] = {{"bash", BASH}, {"zsh", ZSH}, {"fish", FISH}};
    (void)count;
    for (size_t i = 0; i < sizeof SHELLS / sizeof *SHELLS; i++)
        if (strcmp(SHELLS[i].name, args[0]) == 0) {
            fputs(SHELLS[i].script, stdout);
            return EXIT_OK;
        }
    return cli_usage_error(c, "unknown shell \"%s\": must be bash, zsh or fish", args[0]);
}

/* ---- man ---- */

static struct {
    const char *folder;
} opts;

static const option_row MAN_OPTIONS[] = {
    {"output", 'o', OPTION_TEXT, &opts.folder, "FOLDER",
     "write all pages to files in this folder, which is made if it does not exist"},
    {0},
};

/* Writes the page of a command, of a group (`k` is NULL), or of boxctl (both are NULL) to a file. Returns the
 * exit code. */
static int write_page(const char *name, const command *k)
{
    char path[4096];
    const int length =
        snprintf(path, sizeof path, "%s/boxctl%s%s.1", opts.folder, name ? "-" : "", name ? name : "");
    for (char *at = path + strlen(opts.folder); *at; at++)
        if (*at == ' ')
            *at = '-';
    FILE *file = length < (int)sizeof path ? fopen(path, "we") : NULL;
    if (!file)
        return cli_file_error(path, errno);
    if (k || !name)
        man_page(file, k);
    else
        man_group_page(file, name);
    const bool failed = ferror(file) != 0;
    return fclose(file) != 0 || failed ? cli_file_error(path, errno) : EXIT_OK;
}

/* Makes the folder of the pages, with its parents. False: errno is set. */
static bool make_folder(void)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s", opts.folder) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return false;
    }
    for (char *at = path + 1; *path && *at; at++)
        if (*at == '/') {
            *at = '\0';
            (void)mkdir(path, 0777); /* the last one reports what is wrong */
            *at = '/';
        }
    return mkdir(path, 0777) == 0 || errno == EEXIST;
}

/* Writes all pages; that of a group before its first command. */
static int write_pages(void)
{
    char last[64] = "", group[64];
    if (!make_folder())
        return cli_file_error(opts.folder, errno);
    int code = write_page(NULL, NULL);
    for (const command_group *g = COMMAND_GROUPS; g->title; g++)
        for (const command *k = g->commands; k->name && code == EXIT_OK; k++) {
            const size_t length = strcspn(k->name, " ");
            snprintf(group, sizeof group, "%.*s", (int)length, k->name);
            if (k->hidden)
                continue;
            if (k->name[length] && strcmp(group, last) != 0)
                code = write_page(group, NULL);
            snprintf(last, sizeof last, "%s", group);
            code = code == EXIT_OK ? write_page(k->name, k) : code;
        }
    return code;
}

static int run_man(cli *c, char **args, int count)
{
    int length = 0;
    if (opts.folder && count > 0)
        return cli_usage_error(c, "--output and COMMAND cannot be combined");
    if (opts.folder)
        return write_pages();
    const command *k = count > 0 ? command_find(args, count, &length) : NULL;
    if (count > 0 && !k && !(count == 1 && command_is_group(args[0])))
        return command_unknown(c, args, count);
    if (count > 0 && !k)
        man_group_page(stdout, args[0]);
    else
        man_page(stdout, k);
    return EXIT_OK;
}

const command MANUAL_COMMANDS[] = {
    {.name = "completion",
     .arguments = "SHELL",
     .summary = "Print a script that completes command lines in a shell",
     .details =
         "SHELL is bash, zsh or fish. The script completes commands, options, and names of boxes, disks, "
         "snapshots and profiles. `cmake --install` puts the scripts where the shells look for them.",
     .examples = "source <(boxctl completion bash)\n"
                 "boxctl completion fish >~/.config/fish/completions/boxctl.fish",
     .run = run_completion},
    {.name = "man",
     .arguments = "[COMMAND]...",
     .summary = "Print the manual page of a command, or write all pages",
     .details = "The pages are in man format, and have the same text as --help.",
     .examples = "boxctl man disk create | man -l -\n"
                 "boxctl man --output ~/.local/share/man/man1",
     .options = MAN_OPTIONS,
     .run = run_man},
    {0},
};
