/*
 * mask.c: see mask.h. A report is meant to be attached to an issue. Everything that comes from the service
 * passes through here: first the known secrets, then patterns for what the service may invent.
 */
#include "mask.h"

#include <ctype.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SECRETS = 32, MIN_SECRET_BYTES = 4, OPAQUE_BYTES = 32 };

typedef struct {
    char text[2048];
    const char *shown;
} secret;

typedef struct {
    const char *pattern, *shown;
    /* Upper-case letters match lower-case ones. */
    bool any_case;
    regex_t regex;
} rule;

static secret secrets[MAX_SECRETS];
static size_t secret_count;

/* Order matters: a URL is covered before the host in it. */
static rule rules[] = {
    /* The rest of the text: the end of a key may be cut off. */
    {.pattern = "-----BEGIN.*", .shown = "<private key>"},
    {.pattern = "eyJ[A-Za-z0-9_-]{6,}(\\.[A-Za-z0-9_-]*)*", .shown = "<token>"},
    {.pattern = "\\<(bxd|bxk|drkb|sk|gh[oprsu]|github_pat|xox[a-z]|hf|dop_v1)[_-][A-Za-z0-9_-]{6,}",
     .shown = "<key>"},
    {.pattern = "\\<(tskey|glpat)-[A-Za-z0-9_-]+", .shown = "<key>"},
    {.pattern = "\\<(AKIA|ASIA|AIza|EXO)[A-Za-z0-9_-]{12,}", .shown = "<key>"},
    {.pattern = "\\<([Bb]earer|[Bb]asic) [A-Za-z0-9._~+/=-]{6,}", .shown = "<key>"},
    {.pattern = "(password|secret|api[_-]?key|access[_-]?key)[\"']?[:=] ?[\"']?[^] \"',;}<]+",
     .shown = "<key>",
     .any_case = true},
    {.pattern = "https?://[^/ \"'<>),;]+", .shown = "https://<host>"},
    {.pattern = "\\<[a-z][a-z0-9+.-]*://[^/ \"'<>),;]+", .shown = "<host>"},
    {.pattern = "[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+", .shown = "<email>"},
    {.pattern = "[0-9]{1,3}(\\.[0-9]{1,3}){3}(:[0-9]+)?", .shown = "<address>"},
    /* IPv6: in brackets, complete, or with "::". */
    {.pattern = "\\[[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9]+)?\\](:[0-9]+)?", .shown = "<address>"},
    {.pattern = "\\<([0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}\\>", .shown = "<address>"},
    {.pattern = "\\<[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4})*::([0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4})*\\>)?",
     .shown = "<address>"},
    {.pattern = "::[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4})*\\>", .shown = "<address>"},
    {.pattern = "([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", .shown = "<address>"},
    /* Hosts: of three labels or more, with a usual last label, or with a port. */
    {.pattern = "\\<[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)+\\.[a-z]{2,}\\>(:[0-9]+)?", .shown = "<host>"},
    {.pattern = "\\<[A-Za-z0-9_-]+\\.(com|net|org|io|dev|app|ai|co|sh|cloud|internal|local|lan|corp|example|"
                "test)\\>(:["
                "0-9]+)?",
     .shown = "<host>"},
    {.pattern = "\\<[A-Za-z][A-Za-z0-9.-]*:[0-9]{4,5}\\>", .shown = "<host>"},
    /* Ids: UUIDs with and without hyphens, and "i-0123456789abcdef0". */
    {.pattern = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
     .shown = "<id>"},
    {.pattern = "\\<[0-9a-fA-F]{20,}\\>", .shown = "<id>"},
    {.pattern = "\\<[a-z]+-[0-9a-f]{8,}\\>", .shown = "<id>"},
};

void mask_add(const char *text, const char *shown)
{
    if (text == NULL || strlen(text) < MIN_SECRET_BYTES || secret_count == MAX_SECRETS)
        return;
    secrets[secret_count].shown = shown;
    (void)snprintf(secrets[secret_count].text, sizeof secrets[secret_count].text, "%s", text);
    secret_count++;
}

/* "https://user:password@host:port/path": the credentials, the host and the port. */
static void add_host(const char *url)
{
    char host[256];
    if (url == NULL || *url == '\0')
        return;
    const char *start = strstr(url, "://");
    start = start ? start + 3 : url;
    (void)snprintf(host, sizeof host, "%.*s", (int)strcspn(start, "/"), start);
    char *at = strrchr(host, '@');
    if (at != NULL) {
        *at = '\0';
        mask_add(host, "<key>");
        memmove(host, at + 1, strlen(at + 1) + 1);
    }
    mask_add(host, "<host>");
    host[strcspn(host, ":")] = '\0';
    mask_add(host, "<host>");
}

void mask_init(void)
{
    static const char *const keys[] = {"BOXD_API_KEY", "BOXD_TOKEN", "SANDBOX_SERVICE_TOKEN"};
    static const char *const urls[] = {"BOXD_API_URL",        "BOXD_BASE_URL", "BOXD_EXCHANGE_URL",
                                       "SANDBOX_SERVICE_URL", "https_proxy",   "HTTPS_PROXY",
                                       "http_proxy",          "all_proxy",     "ALL_PROXY"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        mask_add(getenv(keys[i]), "<key>");
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++)
        add_host(getenv(urls[i]));
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (regcomp(&rules[i].regex, rules[i].pattern, REG_EXTENDED | (rules[i].any_case ? REG_ICASE : 0)) !=
            0)
            abort();
}

static void append(char *out, size_t size, size_t *length, const char *text, size_t bytes)
{
    if (bytes > size - 1 - *length)
        bytes = size - 1 - *length;
    memcpy(out + *length, text, bytes);
    *length += bytes;
    out[*length] = '\0';
}

static void cover_secret(const secret *s, const char *text, char *out, size_t size)
{
    size_t length = 0;
    out[0] = '\0';
    for (const char *at; (at = strstr(text, s->text)) != NULL; text = at + strlen(s->text)) {
        append(out, size, &length, text, (size_t)(at - text));
        append(out, size, &length, s->shown, strlen(s->shown));
    }
    append(out, size, &length, text, strlen(text));
}

static void cover_rule(const rule *r, const char *text, char *out, size_t size)
{
    size_t length = 0;
    regmatch_t found[1];
    out[0] = '\0';
    while (*text != '\0' && regexec(&r->regex, text, 1, found, 0) == 0 && found[0].rm_eo > 0) {
        append(out, size, &length, text, (size_t)found[0].rm_so);
        append(out, size, &length, r->shown, strlen(r->shown));
        text += found[0].rm_eo;
    }
    append(out, size, &length, text, strlen(text));
}

static bool is_opaque(const char *word, size_t length)
{
    bool digit = false, letter = false;
    for (size_t i = 0; i < length; i++) {
        digit = digit || isdigit((unsigned char)word[i]);
        letter = letter || isalpha((unsigned char)word[i]);
    }
    return length >= OPAQUE_BYTES && digit && letter;
}

/* Long words of letters and digits: keys of a form that no rule knows. */
static void cover_opaque(const char *text, char *out, size_t size)
{
    static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+_=-";
    static const char shown[] = "<opaque>";
    size_t length = 0;
    out[0] = '\0';
    while (*text != '\0') {
        const size_t between = strcspn(text, word);
        append(out, size, &length, text, between);
        text += between;
        const size_t bytes = strspn(text, word);
        if (is_opaque(text, bytes))
            append(out, size, &length, shown, sizeof shown - 1);
        else
            append(out, size, &length, text, bytes);
        text += bytes;
    }
}

const char *mask_text(const char *text, char *out, size_t size)
{
    const size_t rule_count = sizeof rules / sizeof rules[0];
    char *one = malloc(size), *two = malloc(size);
    if (one == NULL || two == NULL)
        abort();
    (void)snprintf(one, size, "%s", text);
    for (size_t i = 0; i < secret_count + rule_count; i++) {
        if (i < secret_count)
            cover_secret(&secrets[i], one, two, size);
        else
            cover_rule(&rules[i - secret_count], one, two, size);
        char *swap = one;
        one = two;
        two = swap;
    }
    cover_opaque(one, out, size);
    free(one);
    free(two);
    return out;
}
