/*
 * packages.c: the package commands of a machine's spec. Each runs once, in order, after the boot. A command
 * that fails blocks those after it until it is retried or removed from the spec. The commands run as the user
 * boxd, and their output appears only in GetVm. Core thread only.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "machine/background.h"
#include "machine/spec.h"

enum { TAIL_BYTES = 4096, MAX_INTERRUPTIONS = 3 };

typedef enum { PENDING, RUNNING, DONE, FAILED, SKIPPED } package_state;

static const char *const state_names[] = {"pending", "running", "done", "failed", "skipped"};

typedef struct package {
    struct package *next;
    char *command;
    int64_t started_at_ms, finished_at_ms;
    size_t tail_length;
    package_state state;
    int exit_code;
    unsigned interruptions;
    /* exit_code is valid. */
    bool exited;
    char tail[TAIL_BYTES + 1], reason[200];
} package;

struct packages {
    background run;
    /* In the order in which the commands were first listed. */
    package *list;
    package *current;
};

static package *find(const machine *m, const char *command)
{
    package *p = m->packages ? m->packages->list : NULL;
    while (p != NULL && strcmp(p->command, command) != 0)
        p = p->next;
    return p;
}

bool packages_run(const machine *m, const char *command)
{
    const package *current = m->packages ? m->packages->current : NULL;
    return current != NULL && (command == NULL || strcmp(current->command, command) == 0);
}

const char *packages_state(const machine *m, const char *command)
{
    const package *p = find(m, command);
    return p ? state_names[p->state] : "";
}

/* ---- running ---- */

static void add_output(background *b, const unsigned char *data, size_t size)
{
    package *p = container_of(b, struct packages, run)->current;
    if (size > TAIL_BYTES) {
        data += size - TAIL_BYTES;
        size = TAIL_BYTES;
    }
    if (p->tail_length + size > TAIL_BYTES) {
        size_t drop = p->tail_length + size - TAIL_BYTES;
        p->tail_length -= drop;
        memmove(p->tail, p->tail + drop, p->tail_length);
    }
    memcpy(p->tail + p->tail_length, data, size);
    p->tail_length += size;
    p->tail[p->tail_length] = '\0';
}

static void interrupted(package *p)
{
    bool again = ++p->interruptions < MAX_INTERRUPTIONS;
    p->state = again ? PENDING : FAILED;
    (void)snprintf(p->reason, sizeof p->reason,
                   again ? "interrupted: it runs again when the machine runs" : "interrupted too often");
}

static void ended(background *b, int exit_code, const char *why)
{
    struct packages *all = container_of(b, struct packages, run);
    package *p = all->current;
    all->current = NULL;
    p->finished_at_ms = wall_ms();
    if (b->interrupted || (exit_code == BACKGROUND_NOT_STARTED && why[0] == '\0')) {
        if (p->state == RUNNING)
            interrupted(p);
        packages_start(b->m); /* the machine may run again by now */
        return;
    }
    p->state = exit_code == 0 ? DONE : FAILED;
    p->exited = exit_code != BACKGROUND_NOT_STARTED;
    p->exit_code = exit_code;
    (void)snprintf(p->reason, sizeof p->reason, "%s", why);
    packages_start(b->m);
}

static void reset(package *p)
{
    p->state = PENDING;
    p->started_at_ms = p->finished_at_ms = 0;
    p->interruptions = 0;
    p->exited = false;
    p->tail_length = 0;
    p->tail[0] = p->reason[0] = '\0';
}

void packages_start(machine *m)
{
    static char *environment[] = {"DEBIAN_FRONTEND=noninteractive", NULL};
    struct packages *all = m->packages;
    if (all == NULL || all->current != NULL || m->status != MACHINE_RUNNING || machine_is_fork(m))
        return;
    package *p = all->list;
    while (p != NULL && (p->state == DONE || p->state == SKIPPED))
        p = p->next;
    if (p == NULL || p->state == FAILED)
        return;
    unsigned interruptions = p->interruptions;
    reset(p);
    p->interruptions = interruptions;
    p->state = RUNNING;
    p->started_at_ms = wall_ms();
    all->current = p;
    background_start(&all->run, p->command, environment);
}

void packages_interrupt(machine *m)
{
    struct packages *all = m->packages;
    if (all == NULL)
        return;
    background_interrupt(&all->run);
    if (all->current != NULL) /* now, since the process may end after the machine is down */
        interrupted(all->current);
}

/* ---- the list of the spec ---- */

static package *add(machine *m, const char *command)
{
    if (m->packages == NULL) {
        m->packages = xcalloc(1, sizeof *m->packages);
        background_init(&m->packages->run, m, add_output, ended);
    }
    package **end = &m->packages->list;
    while (*end != NULL)
        end = &(*end)->next;
    *end = xcalloc(1, sizeof **end);
    (*end)->command = xstrdup(command);
    return *end;
}

void packages_set(machine *m, char *const *commands)
{
    for (package *p = m->packages ? m->packages->list : NULL; p != NULL; p = p->next) {
        bool listed = strings_contain(commands, p->command);
        if (!listed && (p->state == PENDING || p->state == FAILED)) {
            p->state = SKIPPED;
            (void)snprintf(p->reason, sizeof p->reason, "removed from the spec before it had finished");
        } else if (listed && p->state == SKIPPED) {
            reset(p);
        }
    }
    for (; *commands != NULL; commands++) {
        if (find(m, *commands) == NULL)
            (void)add(m, *commands);
    }
}

void packages_retry(machine *m)
{
    for (package *p = m->packages ? m->packages->list : NULL; p != NULL; p = p->next) {
        if (p->state == FAILED)
            reset(p);
    }
}

/* A fork copies the states of its source and runs no commands. A machine restored from a snapshot runs the
 * commands that had not completed. */
void packages_inherit(machine *to, const machine *from)
{
    for (const package *p = from->packages ? from->packages->list : NULL; p != NULL; p = p->next) {
        package *copy = add(to, p->command);
        if (p->state != DONE && !machine_is_fork(to) && p->state != SKIPPED)
            continue;
        char *command = copy->command;
        *copy = *p;
        copy->next = NULL;
        copy->command = command;
        if (p->state == RUNNING)
            reset(copy);
        if (p->state == DONE)
            (void)snprintf(copy->reason, sizeof copy->reason, "ran before the machine was created");
    }
}

void packages_free(machine *m)
{
    while (m->packages != NULL && m->packages->list != NULL) {
        package *p = m->packages->list;
        m->packages->list = p->next;
        free(p->command);
        free(p);
    }
    free(m->packages);
    m->packages = NULL;
}

/* A string of a message is UTF-8: in other output each byte that is not ASCII becomes a question mark. */
static const char *tail_as_utf8(arena *memory, const package *p)
{
    size_t start = 0; /* after the rest of a character that was cut */
    while (start < p->tail_length && ((unsigned char)p->tail[start] & 0xc0) == 0x80)
        start++;
    size_t length = p->tail_length - start;
    char *text = arena_alloc(memory, length + 1);
    memcpy(text, p->tail + start, length);
    json_t *utf8 = memchr(text, 0, length) ? NULL : json_stringn(text, length);
    for (size_t i = 0; i < length && utf8 == NULL; i++) {
        if (text[i] == '\0' || (unsigned char)text[i] >= 0x80)
            text[i] = '?';
    }
    json_decref(utf8);
    return text;
}

void packages_fill(call *c, const machine *m, BoxdPb__GetVmResponse *reply)
{
    size_t count = 0;
    for (const package *p = m->packages ? m->packages->list : NULL; p != NULL; p = p->next)
        count++;
    reply->packages = arena_alloc(&c->memory, count * sizeof(void *));
    for (const package *p = m->packages ? m->packages->list : NULL; p != NULL; p = p->next) {
        BoxdPb__MachinePackage *row = message_new(&c->memory, &boxd_pb__machine_package__descriptor);
        row->command = arena_strdup(&c->memory, p->command);
        row->state = state_names[p->state];
        row->output_tail = tail_as_utf8(&c->memory, p);
        row->reason = arena_strdup(&c->memory, p->reason);
        row->started_at_ms = p->started_at_ms;
        row->finished_at_ms = p->finished_at_ms;
        if (p->exited) {
            row->exit_code_presence_case = BOXD_PB__MACHINE_PACKAGE__EXIT_CODE_PRESENCE_EXIT_CODE;
            row->exit_code = p->exit_code;
        }
        reply->packages[reply->n_packages++] = row;
    }
}
