/*
 * auth.h: API keys, their exchange for tokens, and the tokens (JWTs). Every function may be called from any
 * thread.
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
    /* Free it. */
    char *token;
    char jti[37];
    /* Unix seconds. */
    int64_t created_at, expires_at;
} auth_token;

typedef struct {
    char id[37];
    const char *name, *kind;
    char prefix[13];
    /* Unix seconds; 0: never. */
    int64_t created_at, last_used_at, expires_at;
} auth_key;

/* `kind` is static. `out` borrows the name, which lives until the key is deleted. */
void auth_make_key(const char *key, const char *name, const char *kind, int64_t ttl_secs, auth_key *out);
bool auth_delete_key(const char *id); /* and its tokens; false: no such key */
/* As auth_each. */
void auth_each_key(void (*each)(const auth_key *key, void *data), void *data);

/* False if the key is unknown or has expired. */
bool auth_exchange(const char *api_key, auth_token *out);

/* Issues a token as CreateToken does; 0: the default lifetime. */
void auth_issue(int64_t ttl_secs, auth_token *out);

/* `header` is the value of `authorization`. NULL: valid. Otherwise an error message (static). */
const char *auth_check(const char *header, size_t length);

bool auth_revoke(const char *jti); /* false: no such token */
void auth_expire_all(void);

/* Calls `each` for every valid token, oldest first, under the lock: `each` must not call auth functions. */
void auth_each(void (*each)(const auth_token *token, void *data), void *data);

#endif
