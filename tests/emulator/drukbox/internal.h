/*
 * internal.h: shared by the files of this folder. routes.c finds the route of a request, authenticates it and
 * parses its body. A handler checks the body (check.c), then acts under `drukbox_lock`. HTTP threads.
 */
#ifndef EMULATOR_DRUKBOX_INTERNAL_H
#define EMULATOR_DRUKBOX_INTERNAL_H

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/util.h"
#include "drukbox/drukbox.h"
#include "http/http.h"

/* ---- the served generation: set before the first request ---- */

typedef struct {
    const char *name;
    /* instance_type and disk_gb */
    bool sizing;
    /* HTTP proxies and renewal. */
    bool proxies;
    /* Service accounts, templates, secrets, `tailnet` in the doctor's report, short entries of 422. */
    bool accounts;
    bool lease_deadline;
} drukbox_generation;

typedef struct {
    const char *name;
    const char *image, *ssh_username;
    /* 22: of all hosts; otherwise of the first host, and the others use the next ports. */
    int ssh_port;
    /* The sizes that a request may choose. */
    bool instance_type, disk_gb;
    bool proxies, templates;
    /* The answer of a create has a private key, unless there is a tailnet. */
    bool keys;
    /* Hosts can join a tailnet; with a tailnet they have no public address. */
    bool tailnet, tailnet_only;
} drukbox_provider;

extern const drukbox_generation *drukbox_served;
extern drukbox_options drukbox_settings;
const drukbox_provider *drukbox_find_provider(const char *name); /* NULL: unknown */
const drukbox_provider *drukbox_active_provider(void);
http_response drukbox_unknown_provider(const char *name); /* 400; names the providers that exist */
bool provider_joins_tailnet(const drukbox_provider *p);

/* ---- a request ---- */

typedef struct {
    const http_request *http;
    const http_fault *fault;
    /* The parameters of the path, decoded. */
    char *param[2];
    /* The caller's account; NULL in generations without service accounts. */
    char *account;
    /* NULL: no body, or null. */
    json_t *body;
    /* The entries of a 422 response. */
    json_t *problems;
} drukbox_call;

typedef http_response drukbox_handler(drukbox_call *c);

http_response drukbox_error(int status, const char *code, const char *format, ...) printf_like(3, 4);
http_response drukbox_no_content(void);
http_response drukbox_invalid(drukbox_call *c); /* 422 with the problems */
bool drukbox_has_problems(const drukbox_call *c);
/* Whether a text in the value has a NUL, which the database of the service does not store. NULL: no. */
bool has_nul(const json_t *value);

drukbox_handler drukbox_create_host, drukbox_get_host, drukbox_list_hosts, drukbox_delete_host,
    drukbox_renew_host, drukbox_refresh_secret, drukbox_doctor, drukbox_create_proxy, drukbox_delete_proxy,
    drukbox_attach_proxy, drukbox_detach_proxy, drukbox_create_template, drukbox_get_template,
    drukbox_list_templates, drukbox_delete_template, drukbox_create_account, drukbox_remove_account;

/* ---- checks: each adds its problems to the call ---- */

/* The location of a value, such as body, env, KEY. */
typedef struct location {
    /* NULL: the outermost. */
    const struct location *in;
    const char *name;
} location;

typedef struct {
    const char *pattern;
    /* The characters that may come first, and after the first. */
    const char *first, *rest;
    size_t max_bytes;
} name_rule;

extern const name_rule RULE_IDEMPOTENCY_KEY, RULE_ENV_NAME, RULE_SERVICE, RULE_ACCOUNT, RULE_PROXY;

/* `input` and `context` may be NULL. Takes ownership of `context`. */
void check_problem(drukbox_call *c, const location *at, const char *type, const char *message,
                   const json_t *input, json_t *context);
void check_value_error(drukbox_call *c, const location *at, const json_t *input, const char *message);
bool name_matches(const name_rule *rule, const char *text);
void check_name(drukbox_call *c, const location *at, const name_rule *rule, const json_t *value);

typedef enum { STRING_OPTIONAL, STRING_REQUIRED } string_need;
/* The member `name` of the object; NULL: absent (or null, if optional), or a problem was added. */
const char *check_string(drukbox_call *c, const location *in, const json_t *object, const char *name,
                         string_need need);
const char *check_not_blank(drukbox_call *c, const location *in, const json_t *object, const char *name,
                            string_need need);
/* Writes the UUID in its usual form and in lower case to `out`. */
bool check_uuid(drukbox_call *c, const location *at, const char *text, char out[37]);
bool check_path_uuid(drukbox_call *c, int param, const char *name, char out[37]);
void check_headers(drukbox_call *c, const location *in, const json_t *object);
/* expiry.c: in microseconds since 1970; 0: absent or null. */
int64_t check_expiry(drukbox_call *c, const json_t *object);
int64_t check_disk_gb(drukbox_call *c, const json_t *object);
void check_env(drukbox_call *c, const json_t *object);
bool is_issuer_url(const char *url); /* https without credentials and fragment */
/* http(s) without path, query, fragment, credentials */
void check_proxy_target(drukbox_call *c, const location *in, const json_t *object);

/* ---- times, in microseconds since 1970; ids ---- */

#define SECOND_US INT64_C(1000000)

int64_t time_now(void); /* lock held; no two calls return the same time */
/* ISO 8601; a date alone is midnight. NULL, or why it is no time. */
const char *time_parse(const char *text, int64_t *out, bool *has_offset);
json_t *time_json(int64_t time);     /* 0: null */
json_t *text_json(const char *text); /* NULL, or not UTF-8: null */
void new_uuid7(char out[37]);

/* ---- SSH keys: keys.c ---- */

/* A new OpenSSH private key. Free it with secret_free(). */
char *new_private_key(const char *comment);
/* The lines of two new host keys for each address. NULL and "": no such address. */
char *new_known_hosts(const char *internal, const char *external, int external_port);

/* ---- the records; all under the lock ---- */

extern pthread_mutex_t drukbox_lock;

typedef struct drukbox_secret {
    struct drukbox_secret *next;
    char *service;
    /* Given as a value instead of an issuer. Neither is kept. */
    bool is_static;
} drukbox_secret;

drukbox_secret *check_secrets(drukbox_call *c, const json_t *object);
void secrets_free(drukbox_secret *list);

typedef struct drukbox_host {
    /* Newest first. */
    struct drukbox_host *next, *prev;
    char id[37], name[16];
    const char *status;
    const drukbox_provider *provider;
    /* NULL: an unclaimed host of the pool. */
    char *account;
    /* Of the warm pool, and not claimed yet. */
    bool pooled;
    char *image, *instance_type;
    int64_t disk_gb;
    char *ssh_host;
    int ssh_port;
    const char *ssh_username;
    /* In the tailnet; NULL: none. */
    char *internal_host;
    char *known_hosts, *last_error, *device_id;
    int64_t created, updated, activated, expires, lease_deadline;
    /* NULL: no idempotency key. */
    char *key;
    /* The host is being created, and the janitor must not remove it. */
    bool creating;
    bool has_machine;
    drukbox_secret *secrets;
} drukbox_host;

drukbox_host *host_find(const char *id);
drukbox_host *host_find_key(const char *key); /* NULL: unknown, or the key is too old */
size_t host_count_machines(void);
/* The provider made no machine for the host. */
void host_set_no_machine(drukbox_host *h);
drukbox_host *host_add(void);
void host_set_key(drukbox_host *h, const char *key); /* NULL: no key */
void host_remove(drukbox_host *h);
json_t *host_json(const drukbox_host *h, const char *private_key);
const char *host_status(const char *text); /* static; NULL: not a status */
void hosts_free(void);
/* create.c: adds hosts of the active provider to the warm pool, up to its size. Lock not held. */
void pool_fill(void);
/* The oldest unclaimed host of the provider; NULL: the pool has none. */
drukbox_host *host_find_pooled(const drukbox_provider *provider);
http_response host_not_found(void);
/* Sets the lease that was requested; 0: the default. False: the lease exceeds the lifetime. */
bool host_set_lease(drukbox_host *h, int64_t expiry, bool permanent);

typedef enum { TEMPLATE_READY, TEMPLATE_UNKNOWN, TEMPLATE_UNREADY } template_use;
/* The image of a template, for a new host of the provider. Otherwise *why is the error message. */
template_use template_use_for_host(const char *id, const drukbox_provider *provider, char **image,
                                   char **why);
void templates_free(void);

#define ADMIN_ACCOUNT "admin"
void accounts_start(const char *admin_key); /* keeps its digest */
bool account_is_admin(const char *token);
char *account_of_token(const char *token); /* a copy of the name; NULL: unknown token */
void accounts_free(void);
void proxies_free(void);

#endif
