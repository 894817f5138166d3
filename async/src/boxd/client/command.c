/* command.c: quotes commands for the shell. Called by boxd/process before a command is submitted. Any thread.
 */
#include "boxd/client/command.h"

#include "errors.h"
#include "names.h"
#include "text.h"
#include "utf8.h"

#include <string.h>

/* POSIX reserves these where a command's name is expected; {, } and ! are never bare. */
static const char *const reserved_words[] = {"case", "do", "done", "elif", "else",  "esac", "fi",
                                             "for",  "if", "in",   "then", "until", "while"};

/* Commands of which no program exists, or not in every box. */
static const char *const shell_commands[] = {
    ".",       ":",       "alias",   "bg",       "bind",    "break",     "builtin",  "caller",
    "cd",      "command", "compgen", "complete", "compopt", "continue",  "declare",  "dirs",
    "disown",  "enable",  "eval",    "exec",     "exit",    "export",    "fc",       "fg",
    "getopts", "hash",    "help",    "history",  "jobs",    "kill",      "let",      "local",
    "logout",  "mapfile", "popd",    "pushd",    "read",    "readarray", "readonly", "return",
    "set",     "shift",   "shopt",   "source",   "suspend", "time",      "times",    "trap",
    "type",    "typeset", "ulimit",  "umask",    "unalias", "unset",     "wait"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool is_among(const char *word, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

static bool is_bare(const char *word)
{
    if (!*word)
        return false;
    for (; *word; word++)
        if (!ascii_is_alnum(*word) && !strchr("@%+=:,./_-", *word))
            return false;
    return true;
}

/* Whether the shell reads a bare `word` as something other than the name of a command. */
static bool needs_quotes_when_first(const char *word)
{
    if (word[0] == '-' || word[0] == '+' || strchr(word, '='))
        return true;
    return is_among(word, reserved_words, COUNT(reserved_words));
}

/* `exec` reads a word that begins with - or + as its option. */
static bool can_replace_shell(const char *word)
{
    return word[0] != '-' && word[0] != '+' && !is_among(word, shell_commands, COUNT(shell_commands));
}

/* A single quote cannot stand inside single quotes: it is put into double quotes, between two parts in
 * single quotes. */
static void add_single_quoted(text *t, const char *word, size_t size)
{
    text_add(t, "'");
    for (;;) {
        const char *quote = memchr(word, '\'', size);
        size_t length = quote ? (size_t)(quote - word) : size;
        text_add_bytes(t, word, length);
        if (!quote)
            break;
        text_add(t, "'\"'\"'");
        word += length + 1;
        size -= length + 1;
    }
    text_add(t, "'");
}

/* The command is a string field, which carries UTF-8 only: the shell makes all other bytes. The substitution
 * removes newlines at its end, which are UTF-8 and stand outside. */
static void add_other_bytes(text *t, const char *word, size_t size)
{
    text_add(t, "\"$(printf '");
    for (size_t i = 0; i < size; i++) {
        const unsigned char byte = (unsigned char)word[i];
        const char octal[] = {'\\', (char)('0' + (byte >> 6)), (char)('0' + (byte >> 3 & 7)),
                              (char)('0' + (byte & 7))};
        text_add_bytes(t, octal, sizeof octal);
    }
    text_add(t, "')\"");
}

/* The number of bytes at the start of `word` that are all UTF-8, or all not. */
static size_t same_kind(const char *word, size_t size, bool *valid)
{
    size_t length = 0;
    while (length < size) {
        utf8_piece piece = utf8_next(word + length, size - length);
        if (length == 0)
            *valid = piece.valid;
        else if (piece.valid != *valid)
            break;
        length += piece.size;
    }
    return length;
}

static void add_quoted(text *t, const char *word)
{
    size_t left = strlen(word);
    if (left == 0)
        text_add(t, "''");
    while (left > 0) {
        bool valid = true;
        size_t length = same_kind(word, left, &valid);
        if (valid)
            add_single_quoted(t, word, length);
        else
            add_other_bytes(t, word, length);
        word += length;
        left -= length;
    }
}

static void add_word(text *t, const char *word)
{
    if (is_bare(word))
        text_add(t, word);
    else
        add_quoted(t, word);
}

static void add_assignment(text *t, const char *word)
{
    size_t name_size = strcspn(word, "=");
    text_add_bytes(t, word, name_size + 1);
    add_quoted(t, word + name_size + 1);
}

/* Adds `cd <cwd>` and `after`, which handles its status. */
static void add_cd(text *t, const char *cwd, const char *after)
{
    if (!cwd || !*cwd)
        return;
    text_add(t, cwd[0] == '/' ? "cd " : "cd ./");
    add_word(t, cwd);
    text_add(t, after);
}

/* The part before = must be a name: anything else would be shell code. */
static boxd_status check_env(const char *const *env, boxd_error *error)
{
    for (size_t i = 0; env && env[i]; i++) {
        boxd_status status = name_check_env(env[i], error);
        if (status != BOXD_OK) {
            if (error)
                error_prefix(error, "env[%zu]", i);
            return status;
        }
    }
    return BOXD_OK;
}

static boxd_status take_line(text *t, char **line, boxd_error *error)
{
    *line = text_take(t);
    return *line ? BOXD_OK : error_no_memory(error, "building a command");
}

/* The environment of a command: before the command, or, if the command is the builtin `exec`, as exports. */
static void add_environment(text *t, const char *const *env, bool exports)
{
    for (size_t i = 0; env && env[i]; i++) {
        text_add(t, exports ? "export " : "");
        add_assignment(t, env[i]);
        text_add(t, exports ? " && " : " ");
    }
}

boxd_status command_from_words(const char *const *argv, const char *const *env, const char *cwd,
                               bool replaces_shell, char **line, boxd_error *error)
{
    *line = NULL;
    if (!argv || !argv[0] || !*argv[0])
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "argv is empty or begins with an empty string; give the name of a command first");
    boxd_status status = check_env(env, error);
    if (status != BOXD_OK)
        return status;

    text t = {.secret = true};
    const bool replaces = replaces_shell && can_replace_shell(argv[0]);
    add_cd(&t, cwd, " && ");
    add_environment(&t, env, replaces);
    text_add(&t, replaces ? "exec " : "");
    if (needs_quotes_when_first(argv[0]))
        add_quoted(&t, argv[0]);
    else
        add_word(&t, argv[0]);
    for (size_t i = 1; argv[i]; i++) {
        text_add(&t, " ");
        add_word(&t, argv[i]);
    }
    return take_line(&t, line, error);
}

/*
 * The prefix stands on lines of its own, so that the program's line may begin and end with anything:
 * nothing is quoted a second time (as `sh -c '...'` or eval would do), no brace or parenthesis has to be
 * closed after a comment or a here-document, and a syntax error in the line affects only the line.
 * Variables come after cd, as in `cd x && K=v word`: a CDPATH, HOME or PWD among them must not change
 * what cd does, and cd must not change them.
 */
boxd_status command_from_line(const char *shell_line, const char *const *env, const char *cwd, char **line,
                              boxd_error *error)
{
    *line = NULL;
    if (!shell_line || !*shell_line)
        return error_set(error, BOXD_ERR_INVALID_ARGUMENT,
                         "the shell line is empty; give at least one command");
    if (!utf8_is_valid(shell_line, strlen(shell_line)))
        return error_set(
            error, BOXD_ERR_INVALID_ARGUMENT,
            "the shell line is not UTF-8 and cannot be sent; write other bytes as $(printf '\\377'), or "
            "pass them as arguments or variables");
    boxd_status status = check_env(env, error);
    if (status != BOXD_OK)
        return status;

    text t = {.secret = true};
    /* A bare exit keeps the status of cd. */
    add_cd(&t, cwd, " || exit\n");
    for (size_t i = 0; env && env[i]; i++) {
        text_add(&t, "export ");
        add_assignment(&t, env[i]);
        text_add(&t, "\n");
    }
    text_add(&t, shell_line);
    return take_line(&t, line, error);
}
