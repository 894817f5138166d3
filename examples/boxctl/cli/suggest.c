/* Command lines that are wrong: finds the command that may be meant, also by users of docker, kubectl, ssh
 * and other tools. */
#include "cli/boxctl.h"
#include "cli/help.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 64, MAX_NAMES = 300, LINES_SIZE = 256 };

/* ---- words of other tools ---- */

/* Words that other tools have, and the command lines of boxctl for them, separated by "|". */
static const struct {
    const char *words, *lines;
} OTHER_TOOLS[] = {
    /* docker, kubectl */
    {"run", "create|exec"},
    {"kill", "stop|job signal"},
    {"attach", "shell|job logs -f"},
    {"images", "snapshot ls"},
    {"image", "snapshot ls"},
    {"commit", "snapshot create"},
    {"save", "snapshot create"},
    {"backup", "checkpoint create|snapshot create"},
    {"restore", "checkpoint restore|create --snapshot"},
    {"volume", "disk ls"},
    {"volumes", "disk ls"},
    {"stats", "exec -it BOX -- top"},
    {"info", "show|doctor"},
    {"status", "show|doctor"},
    {"describe", "show"},
    {"update", "resize|timeout|label"},
    {"edit", "resize|timeout|label"},
    {"scale", "resize"},
    {"annotate", "label"},
    {"tag", "label"},
    {"apply", "create"},
    {"expose", "port expose|proxy create"},
    {"publish", "port expose|proxy create"},
    {"port-forward", "port expose|proxy create"},
    {"forward", "port expose|proxy create"},
    {"tunnel", "port expose|proxy create"},
    {"events", "logs -f"},
    {"tail", "logs -f --tail 10"},
    {"follow", "logs -f"},
    {"context", "profile ls|profile use"},
    {"push", "cp"},
    {"pull", "cp"},
    /* fly, gh and others */
    {"launch", "create"},
    {"deploy", "create"},
    {"up", "start"},
    {"down", "stop"},
    {"halt", "stop"},
    {"shutdown", "stop"},
    {"poweroff", "stop"},
    {"terminate", "rm"},
    {"auth login", "login"},
    {"auth logout", "logout"},
    {"auth status", "whoami"},
    {"auth token", "token create"},
    {"auth", "login|whoami"},
    {"me", "whoami"},
    {"id", "whoami"},
    {"use", "profile use"},
    {"switch", "profile use"},
    {"ips", "port ls"},
    {"certs", "domain ls"},
    {"check", "doctor"},
    {"ping", "doctor"},
    {"test", "doctor"},
    {"background", "job start"},
    {"bg", "job start"},
    {"nohup", "job start"},
    /* ssh */
    {"enter", "shell"},
    {"connect", "shell"},
    {"console", "shell"},
    {"scp", "cp"},
    {"sftp", "cp|fs ls"},
    {"rsync", "sync"},
    {"upload", "cp"},
    {"download", "cp"},
    {"copy", "cp"},
    {"put", "cp"},
    {"copy-to", "cp"},
    /* files: `ls` and `rm` are about boxes */
    {"cat", "fs cat"},
    {"mkdir", "fs mkdir"},
    {"mv", "fs mv|rename"},
    {"move", "fs mv|rename"},
    {"stat", "fs stat|start"},
    {"file", "fs ls|cp"},
    {"files", "fs ls"},
    {"dir", "fs ls"},
    {"fs cp", "cp"},
    {"fs copy", "cp"},
    {"fs get", "cp"},
    {"fs put", "cp"},
    {"fs upload", "cp"},
    {"fs download", "cp"},
    {"fs write", "cp - BOX:PATH"},
    {"fs read", "fs cat"},
    {"fs sync", "sync"},
    {"fs rename", "fs mv"},
    {"fs touch", "exec BOX -- touch"},
    {"fs chmod", "exec BOX -- chmod"},
    {"fs find", "exec BOX -- find"},
    /* jobs */
    {"job attach", "job logs -f"},
    {"job follow", "job logs -f"},
    {"job tail", "job logs -f --tail 10"},
    {"job output", "job logs"},
    {"job cat", "job logs"},
    {"job ps", "job ls"},
    {"job status", "job show"},
    {"job exec", "job start"},
    {"job create", "job start"},
    {"job new", "job start"},
    {"job input", "job write"},
    {"job cancel", "job signal"},
};

/* Programs that people run in a box; the first ones need a terminal. */
static const struct {
    bool has_terminal;
    const char *words[24];
} IN_BOX[] = {
    {true, {"top", "htop", "vi", "vim", "nano", "less", "bash", "python", "python3", "tmux"}},
    {false, {"touch", "chmod", "chown", "ln",  "find",    "grep", "df",  "du",   "pwd",    "uname",
             "env",   "make",  "git",   "apt", "apt-get", "pip",  "npm", "free", "uptime", "curl"}},
};

/* What other tools call a box; the second ones are plurals. */
static const char *const BOX_NOUNS[] = {
    "box",   "vm",  "container",  "machine",  "instance",  "sandbox",   "pod",  "codespace",
    "boxes", "vms", "containers", "machines", "instances", "sandboxes", "pods", "codespaces"};
enum { BOX_NOUN_COUNT = sizeof BOX_NOUNS / sizeof *BOX_NOUNS };

/* Whether a word is a noun for boxes; sets `*plural`. */
static bool is_box_noun(const char *word, bool *plural)
{
    for (size_t i = 0; i < BOX_NOUN_COUNT; i++)
        if (strcmp(BOX_NOUNS[i], word) == 0) {
            *plural = i >= BOX_NOUN_COUNT / 2;
            return true;
        }
    return false;
}

/* The lines for `words` in OTHER_TOOLS, or NULL. */
static const char *find_other(const char *words)
{
    for (size_t i = 0; i < sizeof OTHER_TOOLS / sizeof *OTHER_TOOLS; i++)
        if (strcmp(OTHER_TOOLS[i].words, words) == 0)
            return OTHER_TOOLS[i].lines;
    return NULL;
}

/* Writes the line that runs the program `word` in a box. False: it is no such program. */
static bool find_program(const char *word, char *to, size_t size)
{
    for (size_t i = 0; i < sizeof IN_BOX / sizeof *IN_BOX; i++)
        for (const char *const *program = IN_BOX[i].words; *program; program++)
            if (strcmp(*program, word) == 0) {
                snprintf(to, size, "exec %sBOX -- %s", IN_BOX[i].has_terminal ? "-it " : "", word);
                return true;
            }
    return false;
}

/* ---- similar names ---- */

/* Whether a command ends or removes something: it is suggested only for a word that is almost the same. */
static bool is_harmful(const char *name)
{
    static const char *const WORDS[] = {"rm",     "destroy", "delete", "stop",    "reboot",  "restart",
                                        "kill",   "signal",  "clear",  "revoke",  "restore", "logout",
                                        "unbind", "detach",  "pause",  "suspend", "unshare", "hibernate"};
    for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
        if (strcmp(WORDS[i], name) == 0)
            return true;
    return false;
}

static bool is_almost(const char *word, const char *name)
{
    return strlen(word) > 2 && *word == *name && edit_distance(word, name) == 1;
}

/* Adds the words of the names and aliases of `k`: of a group the second word with `group`, else the first. */
static size_t add_names(const command *k, const char *group, char (*texts)[NAME_SIZE], size_t count)
{
    for (const char *from = k->name; from && count < MAX_NAMES;) {
        char *to = texts[count];
        snprintf(to, NAME_SIZE, "%.*s", (int)strcspn(from, ","), from);
        char *space = strchr(to, ' ');
        const size_t length = group ? strlen(group) : 0;
        if (!group) {
            if (space)
                *space = '\0';
            count++;
        } else if (space && strncmp(to, group, length) == 0 && to + length == space) {
            memmove(to, space + 1, strlen(space + 1) + 1);
            count++;
        }
        from = from == k->name ? k->aliases : strchr(from, ',') ? strchr(from, ',') + 1 : NULL;
    }
    return count;
}

/* Writes the most similar name: of a command, or of a command in `group`. "": no name is similar. */
static void find_similar(const char *word, const char *group, char *to, size_t size)
{
    static char texts[MAX_NAMES][NAME_SIZE];
    const char *names[MAX_NAMES + 1];
    size_t count = 0, used = 0;
    for (const command_group *g = COMMAND_GROUPS; g->title; g++)
        for (const command *k = g->commands; k->name; k++)
            if (!k->hidden)
                count = add_names(k, group, texts, count);
    for (size_t i = 0; i < count; i++)
        if (!is_harmful(texts[i]) || is_almost(word, texts[i]))
            names[used++] = texts[i];
    names[used] = NULL;
    const char *similar = most_similar(word, names);
    snprintf(to, size, "%s%s%s", similar && group ? group : "", similar && group ? " " : "",
             similar ? similar : "");
}

/* ---- commands that do not exist ---- */

/* Writes the command lines that may be meant, separated by "|". "": no line fits. */
static void find_lines(const char *first, const char *second, char *to, size_t size)
{
    const bool is_group = command_is_group(first);
    bool plural = false;
    char both[2 * NAME_SIZE];
    snprintf(both, sizeof both, "%.63s %.63s", first, second);
    const char *lines = find_other(both);
    if (!lines && !is_group)
        lines = find_other(first);
    if (!lines && !is_group && is_box_noun(first, &plural))
        lines = command_by_name(second) ? second : plural || !*second ? "ls" : "";
    if (lines)
        snprintf(to, size, "%s", lines);
    else if (is_group || !find_program(first, to, size))
        find_similar(is_group ? second : first, is_group ? first : NULL, to, size);
}

/* Writes `"ls" or "show"` for "ls|show". */
static void quote_lines(const char *lines, char *to, size_t size)
{
    size_t used = 0;
    for (const char *at = lines; *at && used < size;) {
        const size_t length = strcspn(at, "|");
        const char *between = at == lines ? "" : strchr(at, '|') ? ", " : " or ";
        used += (size_t)snprintf(to + used, size - used, "%s\"%.*s\"", between, (int)length, at);
        at += length + (at[length] == '|');
    }
}

int command_unknown(const cli *c, char **words, int count)
{
    const char *second = count > 1 ? words[1] : "";
    const bool is_group = command_is_group(words[0]);
    char lines[LINES_SIZE] = "", quoted[LINES_SIZE] = "", hint[2 * LINES_SIZE] = "";
    if (is_group && !*second) {
        help_group(stderr, words[0]);
        return EXIT_USAGE;
    }
    find_lines(words[0], second, lines, sizeof lines);
    quote_lines(lines, quoted, sizeof quoted);
    if (*quoted)
        snprintf(hint, sizeof hint, "; did you mean %s?", quoted);
    else if (is_group)
        snprintf(hint, sizeof hint, "; `boxctl %s --help` lists the commands", words[0]);
    cli_usage_error(c, "unknown command \"%s%s%s\"%s", words[0], is_group ? " " : "", is_group ? second : "",
                    hint);
    return EXIT_USAGE;
}

/* ---- arguments that are too many ---- */

const char *command_listing(const char *word)
{
    bool plural = false;
    const size_t length = strlen(word);
    const command *k = length > 2 && word[length - 1] == 's' ? command_by_name(word) : NULL;
    if (is_box_noun(word, &plural) && plural)
        return "ls";
    const char *end = k ? strchr(k->name, ' ') : NULL;
    return end && strcmp(end, " ls") == 0 ? k->name : NULL;
}

/* What may be meant with an argument too many, "%2"; "%1" is the argument before. */
static const struct {
    const char *command, *hint;
} INSTEAD[] = {
    {"shell", "to run a command: `boxctl exec %1 -- %2`"},
    {"logs", "for the output of a job: `boxctl job logs %1 %2`"},
    {"login", "the credential is read from the terminal; to name its profile: `boxctl login --profile NAME`"},
    {"logout", "for the name of the profile: `boxctl logout --profile %2`"},
    {"create", "a box has one name. For a command: `boxctl create %1 -- %2`; for an image: `boxctl create %1 "
               "--image %2`"},
};

/* Writes a hint with the arguments in it. */
static void fill(const char *line, const char *before, const char *argument, char *to, size_t size)
{
    size_t used = 0;
    for (; *line && used + 1 < size; line++) {
        if (*line != '%') {
            to[used++] = *line;
            continue;
        }
        used += (size_t)snprintf(to + used, size - used, "%s", *++line == '1' ? before : argument);
    }
    to[used < size ? used : size - 1] = '\0';
}

/* Writes a hint for `ls WORD`: a list of something else, a directory, or one box. */
static void hint_for_ls(const char *word, char *to, size_t size)
{
    const char *listing = command_listing(word);
    if (listing)
        snprintf(to, size, "did you mean `boxctl %s`?", listing);
    else if (strchr(word, ':'))
        snprintf(to, size, "`boxctl ls` is about boxes; for files of boxes: `boxctl fs ls %.100s`", word);
    else if (strchr(word, '/') || *word == '.')
        snprintf(to, size, "`boxctl ls` is about boxes; for files of boxes: `boxctl fs ls BOX:%.100s`", word);
    else
        snprintf(to, size, "for one box: `boxctl show %.60s`; for its files: `boxctl fs ls %.60s:`", word,
                 word);
}

/* ---- arguments in another order ---- */

int command_refuse_port(const cli *c, char **args, int count, int at, const char *also)
{
    char usage[160] = "";
    for (int i = 0; i < count; i++) {
        uint32_t port;
        if (i != at && parse_port(args[i], &port))
            snprintf(usage, sizeof usage, "; usage: boxctl %s %s", c->command->name,
                     command_arguments(c->command));
    }
    return cli_usage_error(c, "invalid port \"%s\": must be from 1 to 65535%s%s", args[at], also, usage);
}

void command_note_order(const cli *c, const boxd_error *error)
{
    static const char FIRST[] = "BOX ";
    if (!c->command)
        return;
    const char *arguments = command_arguments(c->command);
    const bool has_more = strncmp(arguments, FIRST, sizeof FIRST - 1) == 0;
    const char *next = has_more ? arguments + sizeof FIRST - 1 : "";
    next += *next == '[';
    if (error->status == BOXD_ERR_NOT_FOUND && isupper((unsigned char)*next) &&
        strstr(error->message, "there is no box with the name or id"))
        cli_note(c, "usage: boxctl %s %s", c->command->name, arguments);
}

int command_refuse_argument(const cli *c, char **args, int max)
{
    const command *k = c->command;
    const char *before = max > 0 ? args[max - 1] : "";
    char hint[512] = "";
    bool plural;
    for (size_t i = 0; i < sizeof INSTEAD / sizeof *INSTEAD; i++)
        if (strcmp(k->name, INSTEAD[i].command) == 0)
            fill(INSTEAD[i].hint, before, args[max], hint, sizeof hint);
    if (strcmp(k->name, "ls") == 0)
        hint_for_ls(args[max], hint, sizeof hint);
    else if (max == 1 && is_box_noun(before, &plural))
        snprintf(hint, sizeof hint, "did you mean `boxctl %s %.100s`?", k->name, args[max]);
    if (!*hint)
        snprintf(hint, sizeof hint, "usage: boxctl %s%s%s", k->name, k->arguments ? " " : "",
                 command_arguments(k));
    return cli_usage_error(c, "unexpected argument \"%s\"; %s", args[max], hint);
}
