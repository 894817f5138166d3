/*
 * live.h: what a check uses. A check is a row of a table: a sentence of the contract, the call that shows
 * whether the service agrees, and the texts that are expected. The function of a check makes the call and
 * writes what the service did as one short text (live_see). runner.c compares this text with the expected
 * ones.
 *
 * Checks run one after the other on the main thread of a child process. Each check may run alone: it makes
 * what it needs.
 */
#ifndef LIVE_LIVE_H
#define LIVE_LIVE_H

#include <boxd/boxd.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "journal.h"
#include "settings.h"

struct evidence;
struct cleaning;
typedef struct live live;

/* In `expected` and `emulator`, "|" separates alternatives, and "*" matches any text. */
typedef struct live_check {
    /* "area.what" */
    const char *id;
    /* The section of the contract. */
    const char *section;
    /* The sentence of the contract, or the open question. */
    const char *contract;
    const char *call;
    /* NULL: an open question. */
    const char *expected;
    /* What the emulator does where the contract leaves a choice. NULL: as expected. */
    const char *emulator;
    void (*run)(live *l);
} live_check;

/* The limits that the program prints before it begins. A check beyond a limit is skipped. */
typedef struct live_budget {
    unsigned boxes, disks, exchanges;
    int64_t seconds;
} live_budget;

/* A product: its tables of checks (each ends with a row without an id), and what a run of it may use. */
typedef struct live_product {
    const char *name;
    /* What a box is called: "boxes", "hosts". */
    const char *box_name;
    /* For the budget: a box, and what else a run makes. */
    const char *box_size, *others;
    live_budget budget;
    /* The longest create of the service. A create is never cancelled: all other limits exceed this one. */
    int64_t create_ms;
    /* The names of all objects begin with the prefix: no journal is needed to find them. */
    bool has_names;
    const live_check *const *tables;
    /* Opens the client; false: *error says why. */
    bool (*open)(live *l, boxd_error *error);
    void (*close)(live *l);
    /* NULL: the environment has what the product needs. Otherwise what is missing. */
    const char *(*missing)(void);
    /* The variable that the credentials are read from. */
    const char *(*credential)(void);
    /* Which service it is, for the report: not its URL. */
    const char *(*service)(void);
    /* The URL of the service; for the journal. Valid until the next call. */
    const char *(*url)(void);
    /* Writes what identifies the account: see account.h. False: *error says why. */
    bool (*account)(live *l, char *out, size_t size, boxd_error *error);
    /* What account() identifies, for messages: "account". */
    const char *account_is;
    /* Opens a client, and calls clean_rounds(). False: the client could not be opened. */
    bool (*clean)(struct cleaning *c, boxd_error *error);
} live_product;

extern const live_product live_boxd, live_drukbox;

/* The state of one run. */
struct live {
    const live_settings *settings;
    const live_product *product;
    journal *journal;
    struct evidence *evidence;
    /* Fired by SIGINT and SIGTERM. */
    boxd_cancel_token *cancel;
    /* Of every call; creates use `create_call`, which nothing cancels: the names of what they make are known
     * afterwards. */
    boxd_call_options call, create_call;
    live_budget used;
    char seen[1200];
    /* Why the check could not run; "": it ran. */
    char skipped[400];
    /* Of the product; see the fixture.h of each folder. */
    void *state;
};

/* Appends to what the service did. */
void live_see(live *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The name of a gRPC code, the HTTP status, or the name of the status. */
void live_see_error(live *l, const boxd_error *error);
/* live_see_error() if `good` is false. Returns `good`. */
static inline bool live_ok(live *l, bool good, const boxd_error *error)
{
    if (!good)
        live_see_error(l, error);
    return good;
}
/* The check cannot run. */
void live_skip(live *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A line of evidence. Secrets are covered later: see mask.h. */
void live_note(live *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "<prefix>-<what>" in a buffer that the next calls of this function reuse. */
const char *live_name(const live *l, const char *what);
const char *live_code_name(int grpc_code);
/* Whether the text matches an extended regular expression. */
bool live_matches(const char *pattern, const char *text);

/* Notes in the journal that a request is going to make something; false: it must not be made. Each request
 * needs its own note. */
bool live_intend(live *l, const char *kind, const char *name);
/* Notes that the service has answered the request that makes it; `error` is NULL for a success. */
void live_answered(live *l, const char *name, const boxd_error *error);
/* Notes the id of what was made: cleaning finds it also if the service has chosen another name. `kind` is
 * "box-id" etc. False: the caller must remove it at once. */
bool live_made(live *l, const char *kind, const char *id);

/* Takes one of the budget; false: the check is skipped. */
bool live_take_box(live *l);
bool live_take_disk(live *l);
bool live_take_exchange(live *l);

#endif
