/*
 * token_entry.h: the text of a file of the token cache, and its name. Pure; any thread.
 *
 *     boxd-token 1
 *     received 1796060000
 *     refresh 1796063300
 *     expires 1796063600
 *     token eyJ...
 *     sum 5feceb66ffc86f38...
 *
 * The sum is the SHA-256 of the name and of the lines before it: a file that was cut, damaged or renamed is
 * not an entry. It is no protection from a program of the same user, which can read the key as well.
 */
#ifndef BOXD_TOKEN_ENTRY_H
#define BOXD_TOKEN_ENTRY_H

#include "sha256.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TOKEN_ENTRY_NAME_SIZE = SHA256_TEXT_SIZE };

/* More than an entry with the longest token of an exchange has. */
enum { TOKEN_ENTRY_MAX_SIZE = 300 * 1024 };

/* No token is used for longer. */
enum { TOKEN_ENTRY_MAX_LIFE_S = 366 * 86400 };

typedef struct token_entry {
    /* Borrowed from the text. */
    const char *token;
    /* Unix seconds of the wall clock. */
    int64_t received_at, refresh_at, expires_at;
} token_entry;

typedef enum token_state {
    /* There is no token, or no call may use it. */
    TOKEN_NONE,
    /* Calls may use it; it is to be refreshed. */
    TOKEN_DUE,
    TOKEN_FRESH
} token_state;

/* The name of the entry for a key that is exchanged at `url`, with the client certificate `cert_file` (or
 * NULL): it depends on all of them, and none of them can be found from the name of a random key. */
void token_entry_name(char name[TOKEN_ENTRY_NAME_SIZE], const char *key, const char *url,
                      const char *cert_file);

/* The text of an entry; the caller frees it with mem_free_secret(). NULL: out of memory. */
char *token_entry_format(const token_entry *e, const char *name);

/* Reads the `size` bytes of `text`, which has a NUL behind them; changes `text`. NULL: they are an entry.
 * Otherwise the reason for a message. */
const char *token_entry_parse(token_entry *e, char *text, size_t size, const char *name);

/* Whether the token can be the value of a header. */
bool token_entry_is_token(const char *token);

/* What the entry is good for at the time `now`. After the wall clock was set back, an entry of the future is
 * good for nothing: it would seem to be valid for too long. */
token_state token_entry_state(const token_entry *e, int64_t now);

#endif
