/*
 * auth.h: API keys, the exchange and the JWTs. Every function may be called from any thread.
 */
#ifndef EMULATOR_BASE_AUTH_H
#define EMULATOR_BASE_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AUTH_USER_ID "usr_emulator"

void auth_init(int64_t token_ttl_secs);
void auth_destroy(void);
void auth_add_key(const char *key);

typedef struct {
    char *token; /* free it */
    char jti[37];
    int64_t created_at, expires_at; /* unix seconds */
} auth_token;

typedef struct {
    char id[37];
    const char *name, *kind;
    char prefix[13];
    int64_t created_at, last_used_at, expires_at; /* unix seconds; 0: never */
} auth_key;

/* `kind` is static. `out` borrows the name, which lives until the key is deleted. */
void auth_make_key(const char *key, const char *name, const char *kind, int64_t ttl_secs, auth_key *out);
bool auth_delete_key(const char *id); /* with the tokens that it was exchanged for; false: no such key */
/* As auth_each. */
void auth_each_key(void (*each)(const auth_key *key, void *data), void *data);

/* False if the key is unknown or has expired. */
bool auth_exchange(const char *api_key, auth_token *out);

/* A token as CreateToken makes it; 0: the default time to live. */
void auth_issue(int64_t ttl_secs, auth_token *out);

/* `header` is the value of `authorization`. NULL if it is good, else what is wrong with it (static). */
const char *auth_check(const char *header, size_t length);

bool auth_revoke(const char *jti); /* false: no such token */
void auth_expire_all(void);

/* Calls `each` for every token that is alive, oldest first, under the lock: it must not call back. */
void auth_each(void (*each)(const auth_token *token, void *data), void *data);

#endif
