/*
 * auth.c: see auth.h. Any thread; one lock guards all state.
 */
#include "base/auth.h"

#include <jwt.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

typedef struct issued {
    struct issued *next;
    /* The text is kept, so that each signature is checked only once. */
    auth_token token;
    /* The API key that was exchanged for it; "": CreateToken. */
    char key_id[37];
    bool revoked;
} issued;

typedef struct stored_key {
    struct stored_key *next;
    auth_key info;
    char *key, *name;
} stored_key;

/* all guarded by lock */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned char secret[32];
static int64_t default_ttl;
static stored_key *keys, **keys_end = &keys;
static issued *tokens, **tokens_end = &tokens;
static strmap by_jti;
static strmap verified; /* token text -> issued: signatures that were checked */

void auth_init(int64_t token_ttl_secs)
{
    random_bytes(secret, sizeof secret);
    default_ttl = token_ttl_secs;
}

void auth_make_key(const char *key, const char *name, const char *kind, int64_t ttl_secs, auth_key *out)
{
    stored_key *k = xcalloc(1, sizeof *k);
    k->key = xstrdup(key);
    k->name = xstrdup(name);
    random_uuid(k->info.id);
    k->info.name = k->name;
    k->info.kind = kind;
    /* At most half of the key: enough to recognise it. */
    (void)snprintf(k->info.prefix,
                   strlen(key) / 2 < sizeof k->info.prefix ? strlen(key) / 2 + 1 : sizeof k->info.prefix,
                   "%s", key);
    k->info.created_at = wall_ms() / 1000;
    k->info.expires_at = ttl_secs > 0 ? k->info.created_at + ttl_secs : 0;
    pthread_mutex_lock(&lock);
    *keys_end = k;
    keys_end = &k->next;
    *out = k->info;
    pthread_mutex_unlock(&lock);
}

void auth_add_key(const char *key)
{
    auth_key made;
    auth_make_key(key, "from the command line", "member", 0, &made);
}

/* Lock held. */
static void remove_key(stored_key **link)
{
    stored_key *k = *link;
    *link = k->next;
    if (*link == NULL)
        keys_end = link;
    explicit_bzero(k->key, strlen(k->key));
    free(k->key);
    free(k->name);
    free(k);
}

/* Revokes the tokens of the key too: the service checks the key at every request. */
bool auth_delete_key(const char *id)
{
    pthread_mutex_lock(&lock);
    stored_key **link = &keys;
    while (*link != NULL && strcmp((*link)->info.id, id) != 0)
        link = &(*link)->next;
    bool found = *link != NULL;
    if (found)
        remove_key(link);
    for (issued *i = tokens; found && i != NULL; i = i->next) {
        if (strcmp(i->key_id, id) == 0)
            i->revoked = true;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

void auth_each_key(void (*each)(const auth_key *key, void *data), void *data)
{
    pthread_mutex_lock(&lock);
    for (const stored_key *k = keys; k != NULL; k = k->next)
        each(&k->info, data);
    pthread_mutex_unlock(&lock);
}

void auth_destroy(void)
{
    pthread_mutex_lock(&lock);
    while (keys != NULL)
        remove_key(&keys);
    while (tokens != NULL) {
        issued *next = tokens->next;
        free(tokens->token.token);
        free(tokens);
        tokens = next;
    }
    tokens_end = &tokens;
    strmap_clear(&by_jti);
    strmap_clear(&verified);
    explicit_bzero(secret, sizeof secret);
    pthread_mutex_unlock(&lock);
}

/* Lock held. */
static char *sign(const auth_token *token)
{
    jwt_t *jwt = NULL;
    char *text = NULL;
    if (jwt_new(&jwt) == 0) {
        jwt_add_grant(jwt, "sub", AUTH_USER_ID);
        jwt_add_grant(jwt, "jti", token->jti);
        jwt_add_grant_int(jwt, "iat", (long)token->created_at);
        jwt_add_grant_int(jwt, "exp", (long)token->expires_at);
        jwt_set_alg(jwt, JWT_ALG_HS256, secret, sizeof secret);
        char *encoded = jwt_encode_str(jwt);
        text = encoded ? xstrdup(encoded) : NULL;
        free(encoded);
        jwt_free(jwt);
    }
    return text ? text : xstrdup("");
}

/* Lock held. */
static void issue(int64_t ttl_secs, const char *key_id, auth_token *out)
{
    issued *i = xcalloc(1, sizeof *i);
    (void)snprintf(i->key_id, sizeof i->key_id, "%s", key_id);
    random_uuid(i->token.jti);
    i->token.created_at = wall_ms() / 1000;
    i->token.expires_at = i->token.created_at + (ttl_secs > 0 ? ttl_secs : default_ttl);
    i->token.token = sign(&i->token);
    *tokens_end = i;
    tokens_end = &i->next;
    strmap_put(&by_jti, i->token.jti, i);
    *out = i->token;
    out->token = xstrdup(i->token.token);
}

void auth_issue(int64_t ttl_secs, auth_token *out)
{
    pthread_mutex_lock(&lock);
    issue(ttl_secs, "", out);
    pthread_mutex_unlock(&lock);
}

/* Takes the same time for all keys of the same length. */
static bool same_key(const char *a, const char *b)
{
    size_t length = strlen(a);
    if (length != strlen(b))
        return false;
    unsigned difference = 0;
    for (size_t i = 0; i < length; i++)
        difference |= (unsigned char)a[i] ^ (unsigned char)b[i];
    return difference == 0;
}

bool auth_exchange(const char *api_key, auth_token *out)
{
    const stored_key *found = NULL;
    pthread_mutex_lock(&lock);
    int64_t now = wall_ms() / 1000;
    for (stored_key *k = keys; k != NULL; k = k->next) {
        if (!same_key(k->key, api_key) || (k->info.expires_at != 0 && k->info.expires_at <= now))
            continue;
        k->info.last_used_at = now;
        found = k;
    }
    if (found != NULL)
        issue(0, found->info.id, out);
    pthread_mutex_unlock(&lock);
    return found != NULL;
}

/* Lock held. The token with this text; NULL: its signature is not valid. */
static issued *verify(const char *text)
{
    jwt_t *jwt = NULL;
    if (jwt_decode(&jwt, text, secret, sizeof secret) != 0)
        return NULL;
    const char *jti = jwt_get_grant(jwt, "jti");
    issued *i = jti && jwt_get_alg(jwt) == JWT_ALG_HS256 ? strmap_get(&by_jti, jti, strlen(jti)) : NULL;
    jwt_free(jwt);
    if (i != NULL)
        strmap_put(&verified, i->token.token, i);
    return i;
}

const char *auth_check(const char *header, size_t length)
{
    static const char bearer[] = "Bearer ";
    if (header == NULL)
        return "the call carries no authorization metadata";
    if (length <= sizeof bearer - 1 || strncasecmp(header, bearer, sizeof bearer - 1) != 0)
        return "the authorization metadata is not \"Bearer <token>\"";
    const char *text = header + sizeof bearer - 1;
    length -= sizeof bearer - 1;
    const char *problem = NULL;
    pthread_mutex_lock(&lock);
    const issued *i = strmap_get(&verified, text, length);
    if (i == NULL) {
        char *copy = xstrndup(text, length);
        i = verify(copy);
        explicit_bzero(copy, strlen(copy));
        free(copy);
    }
    if (i == NULL)
        problem = "the token is invalid";
    else if (i->revoked)
        problem = "the token was revoked";
    else if (i->token.expires_at <= wall_ms() / 1000)
        problem = "the token has expired";
    pthread_mutex_unlock(&lock);
    return problem;
}

bool auth_revoke(const char *jti)
{
    pthread_mutex_lock(&lock);
    issued *i = strmap_get(&by_jti, jti, strlen(jti));
    bool valid = i != NULL && !i->revoked;
    if (valid)
        i->revoked = true;
    pthread_mutex_unlock(&lock);
    return valid;
}

void auth_expire_all(void)
{
    pthread_mutex_lock(&lock);
    for (issued *i = tokens; i != NULL; i = i->next)
        i->revoked = true;
    pthread_mutex_unlock(&lock);
}

void auth_each(void (*each)(const auth_token *token, void *data), void *data)
{
    pthread_mutex_lock(&lock);
    int64_t now = wall_ms() / 1000;
    for (const issued *i = tokens; i != NULL; i = i->next) {
        if (!i->revoked && i->token.expires_at > now)
            each(&i->token, data);
    }
    pthread_mutex_unlock(&lock);
}
