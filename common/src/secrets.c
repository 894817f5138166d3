/*
 * secrets.c: covers secrets in text from outside. Called where failures become messages, on the core threads
 * of both products. Pure.
 */
#include "secrets.h"

#include "mem.h"
#include "names.h"
#include "text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Fewer bytes in a row are a coincidence. */
enum { RUN = 8 };

/* A byte is overwritten only after each run that contains it was compared. */
static void cover_runs(char *shown, const char *secret, size_t size)
{
    const size_t length = strlen(shown), run = size < RUN ? size : RUN;
    size_t covered = 0;
    for (size_t i = 0; i < length; i++) {
        if (length - i >= run && memmem(secret, size, shown + i, run))
            covered = i + run;
        if (i < covered)
            shown[i] = '*';
    }
}

/* ---- the ways in which text may repeat a secret ---- */

static void write_percent(text *to, const char *secret)
{
    for (; *secret; secret++) {
        char escape[4];
        (void)snprintf(escape, sizeof escape, "%%%02X", (unsigned)(unsigned char)*secret);
        if (ascii_is_alnum(*secret) || strchr("-._~", *secret))
            text_add_bytes(to, secret, 1);
        else
            text_add(to, escape);
    }
}

typedef enum form { AS_JSON, AS_PERCENT, AS_BASE64, AS_BASE64_SECOND, AS_BASE64_THIRD, FORMS } form;

/* Allocated; NULL: out of memory. */
static char *write_form(form how, const char *secret)
{
    text written = TEXT_INIT;
    text_reserve(&written, 6 * strlen(secret) + 1); /* at once: a buffer that grows leaves copies behind */
    if (how == AS_JSON)
        text_add_json(&written, secret, SIZE_MAX);
    else if (how == AS_PERCENT)
        write_percent(&written, secret);
    else
        text_add_base64(&written, secret, strlen(secret), (size_t)how - AS_BASE64);
    return text_take(&written);
}

/* Both alphabets of Base64, that of URLs too. */
static void cover_base64(char *shown, const char *written, size_t size)
{
    char same[SECRET_TEXT_MAX] = "";
    size_t i = 0;
    for (; shown[i]; i++)
        same[i] = (char)(shown[i] == '-' ? '+' : shown[i] == '_' ? '/' : shown[i]);
    same[i] = '\0';
    cover_runs(same, written, size);
    for (i = 0; same[i]; i++)
        if (same[i] == '*')
            shown[i] = '*';
}

static void cover_form(char *shown, form how, const char *secret)
{
    char *written = write_form(how, secret);
    const size_t size = written ? strlen(written) : 0;
    if (!written)
        *shown = '\0';
    else if (size >= SECRET_SIZE_MIN && how >= AS_BASE64)
        cover_base64(shown, written, size);
    else if (size >= SECRET_SIZE_MIN && strcmp(written, secret) != 0)
        cover_runs(shown, written, size);
    mem_free_secret(written);
}

void secret_cover(char *shown, const char *secret)
{
    if (!shown || !secret || strlen(secret) < SECRET_SIZE_MIN)
        return;
    if (strnlen(shown, SECRET_TEXT_MAX) == SECRET_TEXT_MAX)
        shown[SECRET_TEXT_MAX - 1] = '\0';
    cover_runs(shown, secret, strlen(secret));
    for (form how = AS_JSON; how < FORMS; how++)
        cover_form(shown, how, secret);
}
