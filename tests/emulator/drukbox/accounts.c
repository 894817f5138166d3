/*
 * accounts.c: the admin key and the tokens of service accounts, of which only digests are kept. HTTP threads.
 */
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "drukbox/internal.h"

static const location BODY = {NULL, "body"};

typedef struct account {
    struct account *next;
    char *name;
    unsigned char digest[SECRET_DIGEST_BYTES];
} account;

static unsigned char admin_digest[SECRET_DIGEST_BYTES]; /* set before the first request */
static account *accounts;                               /* guarded by drukbox_lock */

void accounts_start(const char *admin_key)
{
    secret_digest(admin_key, admin_digest);
}

bool account_is_admin(const char *token)
{
    return secret_matches(token, admin_digest);
}

char *account_of_token(const char *token)
{
    char *name = NULL;
    pthread_mutex_lock(&drukbox_lock);
    for (const account *a = accounts; a != NULL; a = a->next) {
        if (secret_matches(token, a->digest) &&
            name == NULL) /* compares all, so that the time does not depend on the match */
            name = xstrdup(a->name);
    }
    pthread_mutex_unlock(&drukbox_lock);
    return name;
}

static account **find(const char *name)
{
    account **slot = &accounts;
    while (*slot != NULL && strcmp((*slot)->name, name) != 0)
        slot = &(*slot)->next;
    return slot;
}

static void remove_account(account **slot)
{
    account *a = *slot;
    *slot = a->next;
    free(a->name);
    free(a);
}

void accounts_free(void)
{
    while (accounts != NULL)
        remove_account(&accounts);
}

/* ---- routes ---- */

static http_response make(const char *name)
{
    char token[5 + 48 + 1] = "drkb_";
    random_hex(token + 5, 48);
    account *a = xcalloc(1, sizeof *a);
    *a = (account){.next = accounts, .name = xstrdup(name)};
    secret_digest(token, a->digest);
    accounts = a;
    http_response response =
        http_json(MHD_HTTP_CREATED, json_pack("{s:s, s:s}", "name", name, "token", token));
    response.headers = json_pack("{s:s}", "Cache-Control", "no-store");
    explicit_bzero(token, sizeof token);
    return response;
}

http_response drukbox_create_account(drukbox_call *c)
{
    const location at = {&BODY, "name"};
    const char *name = check_string(c, &BODY, c->body, "name", STRING_REQUIRED);
    if (name != NULL)
        check_name(c, &at, &RULE_ACCOUNT, json_object_get(c->body, "name"));
    if (name == NULL || drukbox_has_problems(c))
        return drukbox_invalid(c);
    pthread_mutex_lock(&drukbox_lock);
    bool taken = strcmp(name, ADMIN_ACCOUNT) == 0 || *find(name) != NULL;
    http_response response = taken ? drukbox_error(MHD_HTTP_CONFLICT, "SERVICE_ACCOUNT_EXISTS",
                                                   "service account %s already exists", name)
                                   : make(name);
    pthread_mutex_unlock(&drukbox_lock);
    return response;
}

http_response drukbox_remove_account(drukbox_call *c)
{
    const location path = {NULL, "path"}, at = {&path, "name"};
    const char *name = c->param[0];
    json_t *value = json_string(name);
    check_name(c, &at, &RULE_ACCOUNT, value);
    json_decref(value);
    if (drukbox_has_problems(c))
        return drukbox_invalid(c);
    if (strcmp(name, ADMIN_ACCOUNT) == 0)
        return drukbox_error(MHD_HTTP_CONFLICT, "SERVICE_ACCOUNT_STATE",
                             "service account admin cannot be removed");
    pthread_mutex_lock(&drukbox_lock);
    account **slot = find(name);
    bool found = *slot != NULL;
    if (found)
        remove_account(slot);
    pthread_mutex_unlock(&drukbox_lock);
    return found ? drukbox_no_content()
                 : drukbox_error(MHD_HTTP_NOT_FOUND, "NOT_FOUND", "service account not found");
}
