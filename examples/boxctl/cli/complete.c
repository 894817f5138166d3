/*
 * What a shell completes: candidates for the last word of a command line, from the tables of the commands.
 * The scripts of commands/manual.c call `boxctl __complete WORD...` with the words behind "boxctl". Each line
 * of the answer is a candidate and, behind a tab, its description; ":files" stands for files, ":nospace" says
 * that no blank follows a candidate.
 *
 * zsh and fish take the quotes off the words, and quote the candidates. bash does neither: for it there is
 * `boxctl __complete_bash WORD...`, with words as they were typed and as bash has split them.
 */
#include "cli/complete.h"

#include "cli/boxctl.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/profile.h"

enum { PLACEHOLDER_SIZE = 32 };

/* What stands in front of each candidate in its word, as "--color=" or "web:", and how many letters of both
 * are not printed, because the shell keeps them. */
static struct {
    char lead[128];
    size_t skip;
    /* the quote in which the word begins and which is still open, or 0 */
    char quote;
    bool is_bash;
} answer;

/* Prints text as it must be typed in bash. */
static void print_quoted(const char *text)
{
    const char *special = answer.quote == '\''  ? ""
                          : answer.quote == '"' ? "\"$`\\"
                                                : " \"'`$\\|&;<>()[]{}*?!#~";
    for (; *text; text++) {
        if (strchr(special, *text))
            putchar('\\');
        putchar(*text);
    }
}

void offer(const char *prefix, const char *word, const char *end, const char *description)
{
    char all[4096], shown[4096];
    const int length = snprintf(all, sizeof all, "%s%s", answer.lead, word);
    if (strncmp(word, prefix, strlen(prefix)) != 0 || length >= (int)sizeof all)
        return;
    if (strcmp(boxd_printable(all, shown, sizeof shown), all) != 0 ||
        (answer.quote == '\'' && strchr(all, '\'')))
        return; /* cannot be typed */
    const char *from = all + ((size_t)length < answer.skip ? (size_t)length : answer.skip);
    if (answer.is_bash)
        print_quoted(from);
    else
        fputs(from, stdout);
    printf("%s%s", end, description ? "\t" : "");
    print_line("%s", description ? description : "");
}

/* ---- commands, options, values ---- */

/* Offers the first words of commands, or with `group` the second words. */
static void offer_commands(const char *prefix, const char *group)
{
    char last[64] = "", first[64];
    for (const command_group *g = COMMAND_GROUPS; g->title; g++)
        for (const command *k = g->commands; k->name; k++) {
            const size_t length = strcspn(k->name, " ");
            if (k->hidden || (group && !command_is_in_group(k, group)))
                continue;
            snprintf(first, sizeof first, "%.*s", (int)length, k->name);
            if (group)
                offer(prefix, k->name + length + 1, "", k->summary);
            else if (strcmp(first, last) != 0)
                offer(prefix, first, "", k->name[length] ? NULL : k->summary);
            snprintf(last, sizeof last, "%s", first);
        }
    if (!group)
        offer(prefix, "help", "", "Show the help of a command");
}

static void offer_options(const command *k, const char *prefix)
{
    const option_row *const tables[] = {k ? k->options : NULL, GLOBAL_OPTIONS};
    char name[64];
    for (size_t i = 0; i < 2; i++)
        for (const option_row *row = tables[i]; row && row->name; row++) {
            snprintf(name, sizeof name, "--%s", row->name);
            offer(prefix, name, "", row->help);
        }
}

/* Placeholders with fixed words. */
static const struct {
    const char *placeholder, *words[6];
} FIXED[] = {{"WHEN", {"auto", "always", "never"}},
             {"SHELL", {"bash", "zsh", "fish"}},
             {"POLICY", {"always", "never"}},
             {"PROTOCOL", {"tcp", "udp", "both"}},
             {"KIND", {"member", "org"}}};

static void offer_profiles(const char *prefix)
{
    static char names[MAX_PROFILES][PROFILE_NAME_SIZE];
    const size_t count = profile_list(names);
    for (size_t i = 0; i < count; i++)
        offer(prefix, names[i], "", NULL);
}

static void offer_fixed(const char *placeholder, const char *prefix)
{
    for (size_t i = 0; i < sizeof FIXED / sizeof *FIXED; i++)
        for (size_t k = 0; strcmp(FIXED[i].placeholder, placeholder) == 0 && FIXED[i].words[k]; k++)
            offer(prefix, FIXED[i].words[k], "", NULL);
}

/* Offers the files in the current folder: bash itself offers files only if there are no other candidates. */
static void offer_local_files(const char *prefix)
{
    DIR *files = opendir(".");
    for (struct dirent *file; files && (file = readdir(files));) {
        struct stat status;
        const bool is_dir = stat(file->d_name, &status) == 0 && S_ISDIR(status.st_mode);
        if (*file->d_name != '.')
            offer(prefix, file->d_name, is_dir ? "/" : answer.quote ? "" : " ", NULL);
    }
    if (files)
        closedir(files);
}

/* Offers files of this machine (`local`), boxes for BOX:PATH, and files of a box. */
static void offer_paths(cli *c, const char *prefix, bool local)
{
    char box[64];
    const char *path = remote_part(prefix);
    if (path) {
        snprintf(box, sizeof box, "%.*s", (int)(path - prefix) - 1, prefix);
        snprintf(answer.lead, sizeof answer.lead, "%s:", box);
        if (open_quietly(c))
            offer_remote_files(c, box, path);
        return;
    }
    if (local)
        print_line(":files");
    print_line(":nospace");
    if (strpbrk(prefix, "/."))
        return;
    if (answer.is_bash && local)
        offer_local_files(prefix);
    if (open_quietly(c))
        offer_boxes(c, prefix, ":");
}

/* Offers what a placeholder of the help stands for. */
static void offer_value(cli *c, const char *placeholder, const char *prefix)
{
    offer_fixed(placeholder, prefix);
    if (strcmp(placeholder, "PROFILE") == 0)
        offer_profiles(prefix);
    else if (strcmp(placeholder, "FILE") == 0)
        print_line(":files");
    else if (strcmp(placeholder, "FROM") == 0 || strcmp(placeholder, "TO") == 0)
        offer_paths(c, prefix, true);
    else if (strncmp(placeholder, "BOX:", 4) == 0)
        offer_paths(c, prefix, false);
    else if (strcmp(placeholder, "BOX") == 0 && open_quietly(c))
        offer_boxes(c, prefix, "");
    else if (strcmp(placeholder, "DISK") == 0 && open_quietly(c))
        offer_disks(c, prefix);
    else if (strcmp(placeholder, "SNAPSHOT") == 0 && open_quietly(c))
        offer_snapshots(c, prefix);
}

/* Writes the placeholder of the argument `index`: "BOX" for each of "BOX...". "" behind the last one. */
static void placeholder_of(const command *k, int index, char to[PLACEHOLDER_SIZE])
{
    *to = '\0';
    for (const char *at = command_arguments(k); *at && strncmp(at, "[-- ", 4) != 0;) {
        if (!isupper((unsigned char)*at)) {
            at++;
            continue;
        }
        const size_t length = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ:");
        snprintf(to, PLACEHOLDER_SIZE, "%.*s", (int)length, at);
        at += length;
        if (index-- == 0 || strncmp(at, "...", 3) == 0)
            return;
    }
    *to = '\0';
}

/* ---- the command line ---- */

typedef struct line {
    const command *command;
    /* the words that are no options; with a command only its arguments */
    char *words[3];
    int count;
    /* the option whose value is the last word; or NULL */
    const option_row *option;
    bool after_dashes;
} line;

/* Reads an option. Sets l->option if its value is the next word. */
static void read_option(line *l, const char *word)
{
    const option_row *row = NULL;
    if (word[1] == '-')
        row = strchr(word, '=') ? NULL : option_find(l->command, word + 2, strlen(word + 2));
    else
        row = option_find_letter(l->command, word[strlen(word) - 1]);
    l->option = row && option_has_value(row) ? row : NULL;
}

static void read_argument(line *l, char *word)
{
    int length;
    if (l->count < 3)
        l->words[l->count] = word;
    l->count++;
    if (l->command || l->count > 2)
        return;
    const command *k = command_find(l->words, l->count, &length);
    if (k && length == l->count) {
        l->command = k;
        l->count = 0;
    }
}

static void read_words(line *l, char **words, int count)
{
    for (int i = 0; i < count; i++) {
        if (l->option)
            l->option = NULL; /* this word is its value */
        else if (l->after_dashes || (l->command && l->command->verbatim && l->count > 1))
            l->count++;
        else if (strcmp(words[i], "--") == 0)
            l->after_dashes = true;
        else if (words[i][0] == '-' && words[i][1])
            read_option(l, words[i]);
        else
            read_argument(l, words[i]);
    }
}

/* What the value of an option stands for. */
static const char *value_of(const option_row *row)
{
    return strcmp(row->name, "profile") == 0 ? "PROFILE" : row->value;
}

static void complete_argument(cli *c, const line *l, const char *last)
{
    char placeholder[PLACEHOLDER_SIZE];
    if (l->command) {
        placeholder_of(l->command, l->count, placeholder);
        if (*placeholder)
            offer_by_command(c, l->command, l->words[0], l->count, last);
        offer_value(c, placeholder, last);
    } else if (l->count == 0 || (l->count == 1 && strcmp(l->words[0], "help") == 0)) {
        offer_commands(last, NULL);
    } else if (l->count < 3) {
        offer_commands(last, l->words[l->count - 1]);
    }
}

/* Completes the value in "--option=value". */
static void complete_value(cli *c, const line *l, const char *last)
{
    const size_t length = strcspn(last, "=");
    const option_row *row = option_find(l->command, last + 2, length - 2);
    snprintf(answer.lead, sizeof answer.lead, "%.*s=", (int)length, last);
    if (row && option_has_value(row))
        offer_value(c, value_of(row), last + length + 1);
}

static void complete_last(cli *c, const line *l, const char *last)
{
    const bool in_box = l->command && l->command->verbatim && l->count > 1;
    if (l->option)
        offer_value(c, value_of(l->option), last);
    else if (l->after_dashes || in_box)
        return;
    else if (strncmp(last, "--", 2) == 0 && strchr(last, '='))
        complete_value(c, l, last);
    else if (*last == '-')
        offer_options(l->command, last);
    else
        complete_argument(c, l, last);
}

/* Takes the quotes off a word as it was typed. Returns the quote that is still open at its end, or 0. */
static char unquote(char *word)
{
    char *to = word, quote = '\0';
    for (const char *from = word; *from; from++) {
        if (*from == quote)
            quote = '\0';
        else if (!quote && (*from == '"' || *from == '\''))
            quote = *from;
        else if (*from == '\\' && quote != '\'' && from[1] && (!quote || strchr("\"$`\\", from[1])))
            *to++ = *++from;
        else
            *to++ = *from;
    }
    *to = '\0';
    return quote;
}

/* Joins words that bash has split at ":", "=" and "@", and sets answer.skip to the length of the parts before
 * the last one. Returns the number of words. */
static int join_words(char **words, int count, char **to, int max, char *text, size_t size)
{
    size_t used = 0;
    int joined = 0;
    bool glue = false;
    for (int i = 0; i < count && joined < max && used + strlen(words[i]) + 2 < size; i++) {
        const bool is_mark = *words[i] && strchr(":=@", *words[i]) && !words[i][1];
        if ((is_mark || glue) && joined > 0) {
            used--; /* the end of the word before */
            answer.skip = strlen(to[joined - 1]) + is_mark;
        } else {
            to[joined++] = text + used;
            answer.skip = 0;
        }
        char *part = text + used;
        snprintf(part, size - used, "%s", words[i]);
        if (answer.is_bash)
            answer.quote = unquote(part);
        used += strlen(part) + 1;
        glue = is_mark;
    }
    return joined;
}

int complete(cli *c, bool is_bash, char **words, int count)
{
    enum { MAX_WORDS = 512 };
    static char text[65536];
    char *joined[MAX_WORDS];
    line l = {0};
    answer.is_bash = is_bash;
    const int number = join_words(words, count, joined, MAX_WORDS, text, sizeof text);
    if (number == 0)
        return EXIT_OK;
    read_words(&l, joined, number - 1);
    complete_last(c, &l, joined[number - 1]);
    cli_close(c);
    return EXIT_OK;
}
