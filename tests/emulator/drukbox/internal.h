/*
 * drukbox_private.h: between the drukbox_*.c files. drukbox_routes.c finds a request's row, asks who it is
 * and reads the body; the handlers check (drukbox_check.c), then act under `drukbox_lock`.
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

/* ---- what is served: set before the first request ---- */

typedef struct {
    const char *name;
    bool sizing;   /* instance_type, disk_gb */
    bool proxies;  /* and the renewal */
    bool accounts; /* service accounts, templates, secrets; `tailnet` in the doctor's report; short 422
                      entries */
    bool lease_deadline;
} drukbox_generation;

typedef struct {
    const char *name;
    const char *image, *ssh_username;
    int ssh_port; /* of the first host; others count on from it unless it is 22 */
    bool sizing, proxies, templates;
} drukbox_provider;

extern const drukbox_generation *drukbox_served;
extern drukbox_options drukbox_settings;
const drukbox_provider *drukbox_find_provider(const char *name); /* NULL: unknown */
const drukbox_provider *drukbox_active_provider(void);

/* ---- a request ---- */

typedef struct {
    const http_request *http;
    const http_fault *fault;
    char *param[2];   /* of the path, decoded */
    char *account;    /* who asks; NULL before service accounts existed */
    json_t *body;     /* NULL: none, or null */
    json_t *problems; /* what a 422 will list */
} drukbox_call;

typedef http_response drukbox_handler(drukbox_call *c);

http_response drukbox_error(int status, const char *code, const char *format, ...) printf_like(3, 4);
http_response drukbox_no_content(void);
http_response drukbox_invalid(drukbox_call *c); /* 422 with the problems */
bool drukbox_has_problems(const drukbox_call *c);

drukbox_handler drukbox_create_host, drukbox_get_host, drukbox_list_hosts, drukbox_delete_host,
    drukbox_renew_host, drukbox_refresh_secret, drukbox_doctor, drukbox_create_proxy, drukbox_delete_proxy,
    drukbox_attach_proxy, drukbox_detach_proxy, drukbox_create_template, drukbox_get_template,
    drukbox_list_templates, drukbox_delete_template, drukbox_create_account, drukbox_remove_account;

/* ---- checks: each adds to the problems and returns what it can ---- */

/* Where a value stands: body, env, KEY. */
typedef struct place {
    const struct place *in; /* NULL: outermost */
    const char *name;
} place;

typedef struct {
    const char *pattern;
    const char *first, *rest; /* sets of characters; `rest` NULL: as `first` */
    size_t most;
} name_rule;

extern const name_rule RULE_IDEMPOTENCY_KEY, RULE_ENV_NAME, RULE_SERVICE, RULE_ACCOUNT, RULE_PROXY;

/* `input` and `context` may be NULL; `context` is taken. */
void check_problem(drukbox_call *c, const place *at, const char *type, const char *message,
                   const json_t *input, json_t *context);
void check_value_error(drukbox_call *c, const place *at, const json_t *input, const char *message);
bool name_matches(const name_rule *rule, const char *text);
void check_name(drukbox_call *c, const place *at, const name_rule *rule, const json_t *value);

typedef enum { STRING_OPTIONAL, STRING_REQUIRED } string_need;
/* The member `name` of the object; NULL: absent (or null, where that is allowed), or a problem. */
const char *check_string(drukbox_call *c, const place *in, const json_t *object, const char *name,
                         string_need need);
const char *check_not_blank(drukbox_call *c, const place *in, const json_t *object, const char *name,
                            string_need need);
/* Its UUID in the usual form, in lower case. */
bool check_uuid(drukbox_call *c, const place *at, const char *text, char out[37]);
bool check_path_uuid(drukbox_call *c, int param, const char *name, char out[37]);
void check_headers(drukbox_call *c, const place *in, const json_t *object);
/* Absent or null: 0. In microseconds since 1970. */
int64_t check_expiry(drukbox_call *c, const json_t *object);
int64_t check_disk_gb(drukbox_call *c, const json_t *object);
void check_env(drukbox_call *c, const json_t *object);
bool is_origin(const char *url);     /* http(s) without path, query, fragment, credentials */
bool is_issuer_url(const char *url); /* https without credentials and fragment */

/* ---- times, in microseconds since 1970; ids ---- */

#define SECOND_US INT64_C(1000000)

int64_t time_now(void);                                            /* no two calls get the same; lock held */
bool time_parse(const char *text, int64_t *out, bool *has_offset); /* ISO 8601 */
json_t *time_json(int64_t time);                                   /* 0: null */
json_t *text_json(const char *text);                               /* NULL, or not UTF-8: null */
void new_uuid7(char out[37]);

/* ---- keys: drukbox_keys.c ---- */

/* An OpenSSH private key, fresh. Free it with secret_free(). */
char *new_private_key(const char *comment);
char *new_known_hosts(const char *host, int port); /* the lines of two fresh host keys */

/* ---- the records; all under the lock ---- */

extern pthread_mutex_t drukbox_lock;

typedef struct drukbox_secret {
    struct drukbox_secret *next;
    char *service;
    bool is_static; /* a value; else an issuer. Neither is kept: nothing here would use it */
} drukbox_secret;

drukbox_secret *check_secrets(drukbox_call *c, const json_t *object);
void secrets_free(drukbox_secret *list);

typedef struct drukbox_host {
    struct drukbox_host *next, *prev; /* newest first */
    char id[37], name[16];
    const char *status;
    const drukbox_provider *provider;
    char *account; /* NULL: of the pool, nobody's yet */
    char *image, *instance_type;
    int64_t disk_gb;
    char *ssh_host;
    int ssh_port;
    const char *ssh_username;
    char *known_hosts, *last_error, *device_id;
    int64_t created, updated, activated, expires, lease_deadline;
    char *key;      /* the idempotency key, or NULL */
    bool under_way; /* its creation has not ended: it must not go */
    drukbox_secret *secrets;
} drukbox_host;

drukbox_host *host_find(const char *id);
drukbox_host *host_find_key(const char *key); /* unless the key is too old */
size_t host_count(void);
drukbox_host *host_add(void);
void host_set_key(drukbox_host *h, const char *key); /* NULL: forget it */
void host_remove(drukbox_host *h);
json_t *host_json(const drukbox_host *h, const char *private_key);
const char *host_status(const char *text); /* static; NULL: no status */
void hosts_free(void);
http_response host_not_found(void);
/* An expiry that was asked for (0: none) as a lease. False: the provider's lifetime forbids it. */
bool host_set_lease(drukbox_host *h, int64_t expiry, bool permanent);

typedef enum { TEMPLATE_READY, TEMPLATE_UNKNOWN, TEMPLATE_UNREADY } template_use;
/* The image and provider of a template for a new host. TEMPLATE_UNREADY: *why is what the service says. */
template_use template_take(const char *id, char **image, const drukbox_provider **provider, char **why);
void templates_free(void);

#define ADMIN_ACCOUNT "admin"
void accounts_start(const char *admin_key); /* keeps its digest */
bool account_is_admin(const char *token);
char *account_of_token(const char *token); /* a copy of its name; NULL: nobody's */
void accounts_free(void);
void proxies_free(void);

#endif
