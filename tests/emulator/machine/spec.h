/*
 * spec.h: machine specs. A spec is a JSON object of version 1 without empty fields, as the service returns
 * and patches it. Its labels, networks and egress are those of the machine, so that changing those changes
 * the spec too: see spec_current. Core thread only.
 */
#ifndef EMULATOR_MACHINE_SPEC_H
#define EMULATOR_MACHINE_SPEC_H

#include <jansson.h>

#include "machine/machines.h"

typedef enum { SPEC_NUMBER, SPEC_TEXT, SPEC_FLAG, SPEC_BASE, SPEC_MAP, SPEC_LIST } spec_kind;

typedef struct {
    const char *name;
    spec_kind kind;
    /* Of a map or list, and of each of its strings. */
    size_t max_entries, max_bytes;
    /* How a change is applied to a machine, in the terms of the service. */
    const char *apply;
} spec_field;

enum { SPEC_FIELDS = 13, SPEC_MAX_BYTES = 256 * 1024 };
extern const spec_field spec_fields[SPEC_FIELDS]; /* in the order of replies */

/* spec_wire.c; NULL: a string is not UTF-8. */
json_t *spec_read(const BoxdPb__MachineSpec *message);
BoxdPb__MachineSpec *spec_message(arena *memory, const json_t *spec);
char **spec_pairs(const json_t *map);    /* see lists.h */
char **spec_strings(const json_t *list); /* see lists.h */
json_t *spec_map(char *const *pairs);
json_t *spec_list(char *const *strings);

/* Checks all fields and removes empty ones. 0, or a code and a message that names the field. */
int spec_check(call *c, json_t *spec);
int spec_error(call *c, int code, const char *field, const char *format, ...) printf_like(4, 5);

/* Fields of a request that must not be set together with a spec. */
typedef struct {
    bool image, env, networks, isolated, labels;
    const BoxdPb__VmConfig *config;
} spec_other_fields;

/* Reads and checks the spec of a request. 0, and the caller owns *out; or a code. */
int spec_request(call *c, const BoxdPb__MachineSpec *message, const spec_other_fields *other, json_t **out);

/* Merges the specs of a snapshot and of a restore request. NULL and *code: a field that must not differ
 * differs. */
json_t *spec_merge(call *c, const json_t *first, const json_t *second, int *code);

json_t *spec_current(const machine *m);        /* also of a machine without a spec */
void spec_apply(machine *m, json_t *spec);     /* a checked spec; takes ownership */
void spec_record_created(machine *m);          /* call it once, when the machine has all its settings */
const char *spec_snapshot(const json_t *spec); /* of its base; NULL: not set */
void spec_fill(call *c, const machine *m, BoxdPb__GetVmResponse *reply);

/* packages.c: the package commands of a spec; each runs once, in order. */
void packages_set(machine *m, char *const *commands); /* the list of the current spec */
void packages_retry(machine *m);
void packages_start(machine *m); /* if the machine runs */
void packages_inherit(machine *to, const machine *from);
void packages_interrupt(machine *m);
void packages_free(machine *m);
bool packages_run(const machine *m, const char *command);          /* NULL: any command */
const char *packages_state(const machine *m, const char *command); /* "": not listed */
void packages_fill(call *c, const machine *m, BoxdPb__GetVmResponse *reply);

#endif
