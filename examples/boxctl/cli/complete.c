/*
 * What a shell completes: candidates for the last word of a command line, from the tables of the commands.
 * The scripts of completion.c call `boxctl __complete WORD...` with the words behind "boxctl". Each line of
 * the answer is a candidate and, behind a tab, its description; ":files" stands for files, ":nospace" says
 * that no blank follows a candidate.
 */
#include "cli/complete.h"

#include "cli/boxctl.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/profile.h"

enum { LIMIT_MS = 4000, PLACEHOLDER_SIZE = 32 };

static void offer(const char *prefix, const char *word, const char *end, const char *description)
{
    char shown[512];
    if (strncmp(word, prefix, strlen(prefix)) != 0)
        return;
    printf("%s%s%s", boxd_printable(word, shown, sizeof shown), end, description ? "\t" : "");
    print_line("%s", description ? description : "");
}

/* ---- names that the service has ---- */

/* Opens the client without any message. */
static boxd_compute *open_quietly(cli *c)
{
    int code;
    if (!freopen("/dev/null", "w", stderr))
        return NULL;
    c->timeout_ms = LIMIT_MS;
    return cli_open(c, &code);
}

static void offer_boxes(cli *c, const char *prefix, const char *end)
{
    const boxd_call_options call = cli_call(c);
    boxd_boxes *boxes = boxd_box_list(c->compute, &call, NULL);
    for (size_t i = 0; boxes && i < boxes->count; i++)
        offer(prefix, box_label(boxes->items[i]), end, boxd_box_get_info(boxes->items[i])->status);
    boxd_boxes_free(boxes);
}

static void offer_disks(cli *c, const char *prefix)
{
    const boxd_call_options call = cli_call(c);
    boxd_disks *disks = boxd_disk_list(c->compute, &call, NULL);
    for (size_t i = 0; disks && i < disks->count; i++) {
        const boxd_disk_info *info = boxd_disk_get_info(disks->items[i]);
        offer(prefix, info->name ? info->name : info->id, "", info->status);
    }
    boxd_disks_free(disks);
}

static void offer_snapshots(cli *c, const char *prefix)
{
    boxd_snapshots *list =
        boxd_snapshot_list(c->compute, BOXD_OPTIONS(boxd_snapshot_list_options, .call = cli_call(c)), NULL);
    for (size_t i = 0; list && i < list->count; i++) {
        const boxd_snapshot_info *info = boxd_snapshot_get_info(list->items[i]);
        if (info->name)
            offer(prefix, info->name, "", info->status);
    }
    boxd_snapshots_free(list);
}

static void offer_domains(cli *c, const char *box, const char *prefix)
{
    const boxd_call_options call = cli_call(c);
    boxd_domains *domains = boxd_domain_list(c->compute, &call, NULL);
    (void)box;
    for (size_t i = 0; domains && i < domains->count; i++)
        offer(prefix, domains->items[i]->domain, "", domains->items[i]->box_name);
    boxd_domains_free(domains);
}

static void offer_keys(cli *c, const char *box, const char *prefix)
{
    const boxd_call_options call = cli_call(c);
    boxd_api_keys *keys = boxd_api_key_list(c->compute, &call, NULL);
    (void)box;
    for (size_t i = 0; keys && i < keys->count; i++)
        offer(prefix, keys->items[i]->id, "", keys->items[i]->name);
    boxd_api_keys_free(keys);
}

static void offer_jobs(cli *c, const char *name, const char *prefix)
{
    const boxd_call_options call = cli_call(c);
    boxd_box *box = boxd_box_from_name(c->compute, name, NULL);
    boxd_jobs *jobs = boxd_job_list(box, &call, NULL);
    for (size_t i = 0; jobs && i < jobs->count; i++)
        offer(prefix, jobs->items[i]->id, "", NULL);
    boxd_jobs_free(jobs);
    boxd_box_free(box);
}

static void offer_checkpoints(cli *c, const char *name, const char *prefix)
{
    const boxd_call_options call = cli_call(c);
    boxd_box *box = boxd_box_from_name(c->compute, name, NULL);
    boxd_checkpoints *checkpoints = boxd_checkpoint_list(box, &call, NULL);
    for (size_t i = 0; checkpoints && i < checkpoints->count; i++)
        offer(prefix, checkpoints->items[i]->name, "", checkpoints->items[i]->status);
    boxd_checkpoints_free(checkpoints);
    boxd_box_free(box);
}

static void offer_proxies(cli *c, const char *name, const char *prefix)
{
    const boxd_call_options call = cli_call(c);
    boxd_box *box = boxd_box_from_name(c->compute, name, NULL);
    boxd_proxies *proxies = boxd_proxy_list(box, &call, NULL);
    for (size_t i = 0; proxies && i < proxies->count; i++)
        if (proxies->items[i]->name)
            offer(prefix, proxies->items[i]->name, "", proxies->items[i]->domain);
    boxd_proxies_free(proxies);
    boxd_box_free(box);
}

/* What else the argument `from` and those behind it of a command stand for. `box` is the first argument, or
 * NULL. */
static const struct {
    const char *command;
    int from;
    void (*offer)(cli *c, const char *box, const char *prefix);
} BY_COMMAND[] = {
    {"job show", 1, offer_jobs},
    {"job wait", 1, offer_jobs},
    {"job logs", 1, offer_jobs},
    {"job write", 1, offer_jobs},
    {"job signal", 1, offer_jobs},
    {"job rm", 1, offer_jobs},
    {"proxy set", 1, offer_proxies},
    {"proxy rm", 1, offer_proxies},
    {"domain unbind", 0, offer_domains},
    {"key rm", 0, offer_keys},
    {"checkpoint rm", 1, offer_checkpoints},
    {"checkpoint restore", 1, offer_checkpoints},
};

static void offer_by_command(cli *c, const command *k, const char *box, int index, const char *prefix)
{
    for (size_t i = 0; i < sizeof BY_COMMAND / sizeof *BY_COMMAND; i++)
        if (strcmp(BY_COMMAND[i].command, k->name) == 0 && index >= BY_COMMAND[i].from && open_quietly(c))
            BY_COMMAND[i].offer(c, box, prefix);
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

/* Offers files, and boxes for BOX:PATH. */
static void offer_paths(cli *c, const char *prefix)
{
    print_line(":files");
    print_line(":nospace");
    if (!strpbrk(prefix, "/.:") && open_quietly(c))
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
        offer_paths(c, prefix);
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
        const size_t length = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
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

int complete(cli *c, char **words, int count)
{
    line l = {0};
    if (count == 0)
        return EXIT_OK;
    const char *last = words[count - 1];
    read_words(&l, words, count - 1);
    /* bash makes words of their own of "=" and ":" */
    if (strcmp(last, "=") == 0 || strcmp(last, ":") == 0 || (count > 1 && strcmp(words[count - 2], ":") == 0))
        return EXIT_OK;
    if (l.option)
        offer_value(c, value_of(l.option), last);
    else if (*last == '-' && !l.after_dashes && !(l.command && l.command->verbatim && l.count > 1))
        offer_options(l.command, last);
    else if (!l.after_dashes)
        complete_argument(c, &l, last);
    cli_close(c);
    return EXIT_OK;
}
