/*
 * fixture.h: what the checks of Drukbox share: the client, one host, and requests without the library.
 */
#ifndef LIVE_DRUKBOX_CHECKS_FIXTURE_H
#define LIVE_DRUKBOX_CHECKS_FIXTURE_H

#include <drukbox/drukbox.h>

#include "live.h"
#include "raw_http.h"

typedef struct drukbox_state {
    drukbox_client *client;
    /* "": no host yet. */
    char host_id[64], second_id[64];
    /* Why there is no host. */
    char host_failure[300];
    /* The idempotency key and the lease of the first host. */
    char key[64];
    int64_t expires_ms;
    /* The answer of its create, without the private key. */
    long create_status;
    bool has_private_key;
    json_t *record;
} drukbox_state;

extern const live_check drukbox_service_checks[], drukbox_host_checks[], drukbox_refusal_checks[],
    drukbox_other_checks[], drukbox_end_checks[];

drukbox_state *drukbox_of(live *l);
/* A host with a lease of half an hour, made by the first call. NULL: the check is skipped. */
const char *need_host(live *l);
/* Another host, newer than the first. NULL: the check is skipped, or what happened was seen. */
const char *need_second_host(live *l);
/* A new end of a lease, which the journal notes: a host is recognised by it. 0: the check is skipped. */
int64_t new_lease(live *l);
/* The request with this lease was answered. */
void lease_answered(live *l, int64_t lease_ms, const boxd_error *error);

/* POST /hosts with a new lease, which the journal notes, and the id of the answer. `members` (taken) are
 * added to the body; they may replace expires_at. `header` may be NULL. Returns the lease; 0: the check is
 * skipped. */
int64_t create_host(live *l, const char *header, json_t *members, raw_answer *a);
/* POST of something that has the name: the journal notes the name as `kind`. Takes the body. */
void create_named(live *l, const char *kind, const char *name, const char *path, json_t *body, raw_answer *a);

/* A request with the token. `header` and `body` may be NULL. */
void api(live *l, const char *method, const char *path, const char *header, const char *body, raw_answer *a);
/* The same, and sees the answer. */
void see_api(live *l, const char *method, const char *path, const char *body);
/* "404 NOT_FOUND", with the error_code if there is one. */
void see_answer(live *l, const raw_answer *a);
/* The base URL without slashes at its end. */
const char *base_url(void);

/* A host of the contract has these 19 fields. */
extern const char *const drukbox_host_fields[];

#endif
