/*
 * machines.h: the boxes: their registry, names, states and the order of what happens to one. All of it
 * belongs to the core thread; what blocks runs on a worker (see machine_change, machine_use).
 */
#ifndef EMULATOR_MACHINE_MACHINES_H
#define EMULATOR_MACHINE_MACHINES_H

#include "api.pb-c.h"
#include "base/lists.h"
#include "base/workers.h"
#include "rpc/call.h"
#include "sandbox/sandbox.h"

/* The sizes that a machine can have; one dimension tells the other. NULL: there is none such. */
typedef struct {
    uint32_t vcpu;
    uint64_t memory_bytes;
} machine_size;

#define SIZE_NAMES "1x4, 2x8, 4x16 and 8x32 (vCPUs and GiB)"
const machine_size *size_find(uint32_t vcpu, uint64_t memory_bytes); /* 0: not said; not both */
const machine_size *size_parse(const char *name);                    /* "2x8" */
enum { SIZE_NAME_BYTES = 40 };
void size_name(uint32_t vcpu, uint64_t memory_bytes, char out[SIZE_NAME_BYTES]);

#define MACHINE_DEFAULT_VCPU 2u
#define MACHINE_DEFAULT_MEMORY ((uint64_t)8 << 30)
#define MACHINE_ORG "emulator" /* the only organisation */
#define MACHINE_ORG_ID "org_emulator"
#define DEFAULT_NETWORK_ID "net-default"

typedef enum {
    MACHINE_STARTING,
    MACHINE_RUNNING,
    MACHINE_STOPPING,
    MACHINE_STOPPED,
    MACHINE_REBOOTING,
    MACHINE_SUSPENDING,
    MACHINE_SUSPENDED,
    MACHINE_RESUMING,
    MACHINE_HIBERNATING,
    MACHINE_HIBERNATED,
    MACHINE_WAKING,
    MACHINE_FAILED,
    MACHINE_DESTROYING,
} machine_status;

typedef struct machine {
    char *image_ref, *restart_policy, *url;
    char **env;    /* "K=V", NULL-terminated; for every command */
    char *cmd;     /* the main process as one shell line, or NULL */
    char **labels; /* key, value, key, value, ..., NULL */
    char **networks, **egress_allow;
    const char *source_kind; /* "fork", "snapshot" (static); NULL: made of an image */
    char *source_name;
    const char *bot_protection; /* its mode (static) */
    char *delete_cron;          /* NULL: none */
    uint64_t source_version;
    uint64_t memory_bytes, disk_bytes, boot_time_ms, delete_secs;
    int64_t created_at, last_connected_ms, hibernated_at_ms, delete_at_ms;
    uint32_t vcpu, auto_suspend_secs, auto_destroy_secs, auto_hibernate_secs;
    uint32_t ssh_port; /* told only; 0: none was asked for */

    /* idle.c */
    int64_t
        active_ms; /* monotonic: when a request but GetVm last named it, or an Exec or a connection ended */
    loop_timer idle_timer, delete_timer;

    sandbox *sandbox;             /* made when something first runs in it or touches its files */
    sandbox *copy_of;             /* only while the sandbox is made: whose files it gets */
    struct machine *restore_from; /* the image, while a restore is under way */
    struct exec *execs;           /* running commands */
    struct main_process *main;
    struct packages *packages;                     /* packages.c */
    struct json_t *spec, *created_spec;            /* spec.h; NULL: made without one */
    struct domain *domains;                        /* domains.c */
    struct proxy *proxies;                         /* proxies.c */
    struct exposed_port *ports;                    /* ports.c */
    struct checkpoint *checkpoints;                /* checkpoints.c */
    struct attachment *attachments;                /* disks.c */
    struct machine_change *changes, **changes_end; /* waiting for the one under way */
    struct machine_change *waits_for_users;
    struct machine *next, *prev; /* registry, in order of creation */

    unsigned refs;        /* registry, calls */
    unsigned users;       /* jobs and processes that use the sandbox; the sandbox goes only at 0 */
    unsigned connections; /* through its proxies and ports */
    machine_status status;
    bool isolated, shared, idle_ignore_outbound;
    bool resized;    /* since it was created */
    bool registered; /* until machine_unregister */
    bool is_image;   /* see machine_capture; in no registry */
    bool sandbox_started;
    bool busy; /* a change is under way */
    char id[37], name[64], public_ip[32], source_id[37];
} machine;

typedef struct {
    uint64_t max_machines;
    bool silent_death; /* commands of a machine that goes down: their streams stay silent (as the real
                          service) */
    const char *zone, *image, *domain, *endpoint; /* the endpoint: our own API URL */
} machine_settings;

extern machine_settings machines_settings;

void machines_destroy(void); /* after every machine is gone */
size_t machines_count(void);
machine *machines_first(void);
machine *machine_next(const machine *m);
const char *machine_status_name(machine_status status);

/* By id, or by name where the generation knows that. NULL: not found, and the call has the error. */
machine *machine_find(call *c, const char *id_or_name);
/* The same without taking it for use: who only asks how a machine is does not keep it awake. */
machine *machine_peek(call *c, const char *id_or_name);
machine *machine_find_id(call *c, const char *id);
machine *machine_find_any(call *c, const char *id_or_name); /* by either in every generation */
void machine_ref(machine *m);
void machine_unref(machine *m);

/* A new machine in the registry, running, without a sandbox. NULL: name taken, bad name or quota; *code says
 * which. */
machine *machine_create(call *c, const char *name, int *code);
void machine_unregister(machine *m);
/* 0 or a code; then the machine is to be unregistered. */
int machine_configure(call *c, machine *m, const BoxdPb__VmConfig *config);

/* Ends every RPC that makes a machine: unregisters it if `code` is an error, else makes its sandbox if that
 * is needed already (a main process, disks, the files of `image`), and answers with what `fill` puts into
 * c->reply. */
typedef void machine_answer(call *c, const machine *m);
int machine_launch(call *c, machine *m, int code, machine *image, machine_answer *fill);
bool machine_is_fork(const machine *m);
machine_answer machine_fill_created;                          /* a CreateVmResponse */
void machine_copy_settings(machine *to, const machine *from); /* all but the labels and packages */

/* An image is a machine that never runs: settings and a sandbox with the files of that moment. `image` is the
 * address of a machine pointer; it has the image, the caller's own, when `done` runs with that address and 0.
 */
void machine_capture(machine *m, void (*done)(void *image, int code, const char *why), void *image);
machine *machine_new_image(const machine *m);
void machine_release_image(machine *image); /* by machine_unref */
void machine_free(machine *m);

/* ---- changes of state: one at a time per machine, in order of arrival ---- */

typedef enum {
    CHANGE_PREPARE, /* makes the sandbox of a running machine that has none yet */
    CHANGE_START,
    CHANGE_STOP,
    CHANGE_REBOOT,
    CHANGE_SUSPEND,
    CHANGE_RESUME,
    CHANGE_HIBERNATE, /* the processes stand still, as suspended ones do; nothing is written out */
    CHANGE_WAKE,
    CHANGE_RENAME,  /* a reboot that gives the sandbox the name of now */
    CHANGE_RESTORE, /* the files of m->restore_from instead of its own */
    CHANGE_DESTROY,
} change_kind;

/* `done` runs exactly once: 0, or a gRPC code and a sentence. It may run before machine_change returns. */
void machine_change_start(machine *m, change_kind kind, void (*done)(void *data, int code, const char *why),
                          void *data);

/* Makes sure the sandbox is there and awake, and counts a user of it until machine_unuse. `ready` runs
 * exactly once, maybe before this returns; on an error there is no user. */
void machine_use(machine *m, void (*ready)(void *data, int code, const char *why), void *data);
void machine_unuse(machine *m);

/* As machine_use, but a sandbox that is there already may be stopped or suspended. */
void machine_hold(machine *m, void (*ready)(void *data, int code, const char *why), void *data);

/* A unary handler whose work blocks: `work` runs on a worker with the sandbox ready and awake. Returns
 * CALL_LATER or an error. */
typedef int sandbox_work(call *c, sandbox *r, const ProtobufCMessage *request, ProtobufCMessage *reply);
int machine_run(call *c, const char *vm, sandbox_work *work);

/* What other files keep of a machine ends with it; called once, by machine_unregister. */
void domains_forget(machine *m);
void proxies_forget(machine *m);
void ports_forget(machine *m);
void disks_forget(machine *m);
void checkpoints_forget(machine *m);

/* The machine has another name now. */
void proxies_renamed(machine *m);
void ports_renamed(machine *m);

/* Parts of the machine's record that other files keep. */
void domains_fill(call *c, const machine *m, BoxdPb__GetVmResponse *reply);

void ssh_keys_fill(call *c, BoxdPb__WhoamiResponse *reply);

/* Frees what the file keeps when the emulator ends. */
void networks_destroy(void);
void ssh_keys_destroy(void);
void domains_destroy(void);

/* idle.c */
void idle_changed(machine *m); /* a limit of the machine was set */
void idle_forget(machine *m);

/* expiry.c */
void expiry_inherit(machine *to, const machine *from); /* counted from now */
void expiry_forget(machine *m);

int machine_check_org(call *c, const char *org); /* "" is fine */
int labels_check(call *c, char *const *labels);
int machine_set_name(call *c, machine *m, const char *name); /* 0 or a code */
void disks_destroy(void);
void templates_destroy(void);
typedef struct {
    const char *snapshot, *name;
    const BoxdPb__VmConfig *config;
    size_t n_labels;
    const void *labels;
    struct json_t *spec; /* NULL: none besides the snapshot's */
    bool isolated, shared;
} snapshot_restore;
int snapshots_restore(call *c, const snapshot_restore *r); /* ends CreateVm and CreateVmFromSnapshot */
void snapshots_release(void);                              /* before the end: their images are waited for */

/* disks.c: attaches the disks that a config names; they are mounted with the sandbox. 0 or a code. */
int disks_reserve(call *c, machine *m, size_t count, BoxdPb__VolumeMount *const *volumes);
/* On a worker, for a new sandbox. 0 or an errno value. */
int disks_mount_all(const machine *m, char *why, size_t why_size);

/* names.c */
bool name_valid(const char *name);
bool env_name_valid(const char *name);
void name_generate(char out[64]);

/* exec.c, main_process.c: the machine goes down; its commands are no longer heard. */
void execs_orphan(machine *m);
void main_process_start(machine *m);
void main_process_orphan(machine *m);
void main_process_free(machine *m); /* with the machine */

#endif
