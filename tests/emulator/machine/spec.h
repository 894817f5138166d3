/*
 * spec.h: machine specs. A spec is kept as the JSON object that the service tells and takes patches for: no
 * empty fields, version 1. Its labels, networks and egress are the machine's own, so that an edit of those
 * changes the spec too: see spec_current.
 */
#ifndef EMULATOR_MACHINE_SPEC_H
#define EMULATOR_MACHINE_SPEC_H

#include <jansson.h>

#include "machine/machines.h"

typedef enum { SPEC_NUMBER, SPEC_TEXT, SPEC_FLAG, SPEC_BASE, SPEC_MAP, SPEC_LIST } spec_kind;

typedef struct {
    const char *name;
    spec_kind kind;
    size_t max_entries, max_bytes; /* of a map or list, and of each of its strings */
    const char *apply;             /* how a change reaches a machine, in the service's words */
} spec_field;

enum { SPEC_FIELDS = 13, SPEC_MAX_BYTES = 256 * 1024 };
extern const spec_field spec_fields[SPEC_FIELDS]; /* in the order that answers have */

/* spec_wire.c. NULL: a string is not UTF-8. */
json_t *spec_read(const BoxdPb__MachineSpec *message);
BoxdPb__MachineSpec *spec_message(arena *memory, const json_t *spec);
char **spec_pairs(const json_t *map);    /* see lists.h */
char **spec_strings(const json_t *list); /* see lists.h */
json_t *spec_map(char *const *pairs);
json_t *spec_list(char *const *strings);

/* Checks every field and drops the empty ones. 0 or a code; the message names the field. */
int spec_check(call *c, json_t *spec);
int spec_error(call *c, int code, const char *field, const char *format, ...) printf_like(4, 5);

/* What a request has besides its spec, and may not have. */
typedef struct {
    bool image, env, networks, isolated, labels;
    const BoxdPb__VmConfig *config;
} spec_other_fields;

/* A request's spec, read and checked. 0 and the caller's own, or a code. */
int spec_request(call *c, const BoxdPb__MachineSpec *message, const spec_other_fields *beside, json_t **out);

/* What a restore makes of its snapshot's and the request's. NULL, and *code: they differ where they must not.
 */
json_t *spec_merge(call *c, const json_t *first, const json_t *second, int *code);

json_t *spec_current(const machine *m);        /* without one: as if it had been made of one */
void spec_apply(machine *m, json_t *spec);     /* a checked one; takes it */
void spec_record_created(machine *m);          /* once, when it has all that it is created with */
const char *spec_snapshot(const json_t *spec); /* its base; NULL: none */
void spec_fill(call *c, const machine *m, BoxdPb__GetVmResponse *reply);

/* packages.c: the commands of a spec, run once each and in order. */
void packages_set(machine *m, char *const *commands); /* what the spec lists now */
void packages_retry(machine *m);
void packages_start(machine *m); /* does nothing unless the machine runs */
void packages_inherit(machine *to, const machine *from);
void packages_interrupt(machine *m);
void packages_free(machine *m);
bool packages_run(const machine *m, const char *command);          /* NULL: any */
const char *packages_state(const machine *m, const char *command); /* "": it is not listed */
void packages_fill(call *c, const machine *m, BoxdPb__GetVmResponse *reply);

#endif
