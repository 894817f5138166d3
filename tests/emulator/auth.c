#include "auth.h"

#include <jwt.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

typedef struct issued {
    struct issued *next;
    auth_token token; /* .token is kept to recognise it without checking its signature again */
    bool revoked;
} issued;

/* all guarded by lock */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned char secret[32];
static int64_t default_ttl;
static char **keys;
static size_t key_count;
static issued *tokens, **tokens_end = &tokens;
static strmap by_jti;
static strmap verified; /* token text -> issued: signatures that were checked */

void auth_init(int64_t token_ttl_secs)
{
    random_bytes(secret, sizeof secret);
    default_ttl = token_ttl_secs;
}

void auth_add_key(const char *key)
{
    pthread_mutex_lock(&lock);
    keys = xrealloc(keys, (key_count + 1) * sizeof *keys);
    keys[key_count++] = xstrdup(key);
    pthread_mutex_unlock(&lock);
}

void auth_destroy(void)
{
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < key_count; i++) {
        explicit_bzero(keys[i], strlen(keys[i]));
        free(keys[i]);
    }
    free(keys);
    keys = NULL;
    key_count = 0;
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

void auth_issue(int64_t ttl_secs, auth_token *out)
{
    issued *i = xcalloc(1, sizeof *i);
    pthread_mutex_lock(&lock);
    random_uuid(i->token.jti);
    i->token.created_at = wall_ms() / 1000;
    i->token.expires_at = i->token.created_at + (ttl_secs > 0 ? ttl_secs : default_ttl);
    i->token.token = sign(&i->token);
    *tokens_end = i;
    tokens_end = &i->next;
    strmap_put(&by_jti, i->token.jti, i);
    *out = i->token;
    out->token = xstrdup(i->token.token);
    pthread_mutex_unlock(&lock);
}

/* Takes as long for a wrong key as for a right one of the same length. */
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
    bool known = false;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < key_count; i++)
        known = same_key(keys[i], api_key) || known;
    pthread_mutex_unlock(&lock);
    if (known)
        auth_issue(0, out);
    return known;
}

/* Lock held. The token that `text` is, if its signature is ours. */
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
    bool alive = i != NULL && !i->revoked;
    if (alive)
        i->revoked = true;
    pthread_mutex_unlock(&lock);
    return alive;
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
