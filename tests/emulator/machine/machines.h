/*
 * machines.h: the boxes: their registry, names and states, and the order of state changes. A machine belongs
 * to the core thread; blocking work on it runs on a worker (see machine_change_start, machine_acquire).
 */
#ifndef EMULATOR_MACHINE_MACHINES_H
#define EMULATOR_MACHINE_MACHINES_H

#include "api.pb-c.h"
#include "base/lists.h"
#include "base/workers.h"
#include "rpc/call.h"
#include "sandbox/sandbox.h"

/* The sizes that a machine can have. Each number of vCPUs has its own amount of memory. */
typedef struct {
    uint32_t vcpu;
    uint64_t memory_bytes;
} machine_size;

#define SIZE_NAMES "1x4, 2x8, 4x16 and 8x32 (vCPUs and GiB)"
/* The size with these values; 0: any value. NULL: no such size, or both are 0. */
const machine_size *size_find(uint32_t vcpu, uint64_t memory_bytes);
const machine_size *size_parse(const char *name); /* "2x8"; NULL: no such size */
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
    /* "K=V", NULL-terminated; for every command. */
    char **env;
    /* The shell command line of the main process; NULL: no main process. */
    char *cmd;
    /* key, value, key, value, ..., NULL */
    char **labels;
    char **networks, **egress_allow;
    /* "fork" or "snapshot" (static); NULL: created from an image. */
    const char *source_kind;
    char *source_name;
    /* The mode of the bot protection (static). */
    const char *bot_protection;
    /* NULL: no cron line. */
    char *delete_cron;
    uint64_t source_version;
    uint64_t memory_bytes, disk_bytes, boot_time_ms, delete_secs;
    int64_t created_at, last_connected_ms, hibernated_at_ms, delete_at_ms;
    uint32_t vcpu, auto_suspend_secs, auto_destroy_secs, auto_hibernate_secs;
    /* Reported only, no SSH server exists; 0: the machine was created without. */
    uint32_t ssh_port;

    /* Monotonic: the last time that a request other than GetVm named the machine, or that an Exec or a
     * connection ended. See idle.c. */
    int64_t active_ms;
    loop_timer idle_timer, delete_timer;

    /* Created when a command first runs in it or a request first touches its files. */
    sandbox *sandbox;
    /* While the sandbox is created: the sandbox whose files it gets. */
    sandbox *copy_of;
    /* While a restore is under way: the image. */
    struct machine *restore_from;
    /* The running commands: exec/exec.c. */
    struct exec *execs;
    /* exec/main_process.c */
    struct main_process *main;
    /* packages.c */
    struct packages *packages;
    /* spec.h; NULL: created without a spec. */
    struct json_t *spec, *created_spec;
    /* The lists of the services with these names. */
    struct domain *domains;
    struct proxy *proxies;
    struct exposed_port *ports;
    struct checkpoint *checkpoints;
    struct attachment *attachments;
    /* Queued behind the change under way. */
    struct machine_change *changes, **changes_end;
    struct machine_change *waits_for_users;
    /* Registry, in order of creation. */
    struct machine *next, *prev;

    /* Held by the registry and by calls. */
    unsigned refs;
    /* Jobs and processes that use the sandbox, which is destroyed only at 0. */
    unsigned users;
    /* Open connections through its proxies and ports. */
    unsigned connections;
    machine_status status;
    bool isolated, shared, idle_ignore_outbound;
    /* Since it was created. */
    bool resized;
    /* Until machine_unregister. */
    bool registered;
    /* See machine_capture; an image is not in the registry. */
    bool is_image;
    bool sandbox_started;
    /* A change is under way. */
    bool busy;
    char id[37], name[64], public_ip[32], source_id[37];
} machine;

typedef struct {
    uint64_t max_machines;
    /* When a machine goes down, the streams of its commands stay open and silent, as in the real service. */
    bool silent_death;
    const char *zone, *image, *domain;
    /* Accepted beside those of images.c. */
    const char *const *known_images;
    size_t known_image_count;
    /* The URL of the emulator's API. */
    const char *endpoint;
} machine_options;

extern machine_options machine_settings;

/* Callbacks for a layer above that keeps something for each machine. Every callback may be NULL. All run on
 * the core thread, except `mount`. */
typedef struct {
    /* Applies the config of a new machine. 0 or a gRPC code. */
    int (*configure)(call *c, machine *m, const BoxdPb__VmConfig *config);
    /* On a worker: the sandbox was just created. 0 or an errno value. */
    int (*mount)(const machine *m, char *why, size_t why_size);
    /* The machine has booted. */
    void (*booted)(machine *m);
    /* The machine goes down, and its processes end. */
    void (*interrupted)(machine *m);
    /* The machine leaves the registry; called once. */
    void (*unregistered)(machine *m);
    /* The machine's memory is freed. */
    void (*freed)(machine *m);
    /* The emulator ends; all machines were freed. */
    void (*shutdown)(void);
} machine_extension;

/* NULL-terminated and static. Call it once, before the first machine is created. */
void machines_set_extensions(const machine_extension *const *extensions);
const machine_extension *const *machines_extensions(void);

void machines_destroy(void); /* after all machines were freed */
size_t machines_count(void);
machine *machines_first(void);
machine *machine_next(const machine *m);
const char *machine_status_name(machine_status status);

/* By id, or by name in a generation that finds names. NULL: not found, and the call has the error. */
machine *machine_find(call *c, const char *id_or_name);
/* The same, without counting as activity: a request for the state does not keep a machine awake. */
machine *machine_peek(call *c, const char *id_or_name);
machine *machine_find_id(call *c, const char *id);
machine *machine_find_id_or_name(call *c, const char *id_or_name); /* in every generation */
void machine_ref(machine *m);
void machine_unref(machine *m);

/* A new machine in the registry, running, without a sandbox. NULL: the name is taken or invalid, or the quota
 * is used up; see *code. */
machine *machine_create(call *c, const char *name, int *code);
void machine_unregister(machine *m);
/* 0, or a code, after which the caller unregisters the machine. `config` may be NULL. */
int machine_configure(call *c, machine *m, const BoxdPb__VmConfig *config);
/* 0, or a code: the config is refused for every machine. */
int machine_check_config(call *c, const BoxdPb__VmConfig *config);
int disk_size_check(call *c, uint64_t size_bytes); /* 0 or a code; also of CreateDisk */

/* Ends every RPC that creates a machine. If `code` is an error, unregisters the machine. Otherwise creates
 * its sandbox if needed already (for a main process, disks, or the files of `image`), and replies with
 * c->reply, which `fill` sets. */
typedef void machine_reply(call *c, const machine *m);
int machine_launch(call *c, machine *m, int code, machine *image, machine_reply *fill);
bool machine_is_fork(const machine *m);
machine_reply machine_fill_created;                           /* a CreateVmResponse */
void machine_copy_settings(machine *to, const machine *from); /* all but the labels and packages */

/* An image is a machine that never runs: the settings and a sandbox with the files of that moment. `image` is
 * the address of a machine pointer. `done` runs with that address; on code 0 the pointer is set, and the
 * caller owns the image. */
void machine_capture(machine *m, void (*done)(void *image, int code, const char *why), void *image);
machine *machine_new_image(const machine *m);
void machine_release_image(machine *image); /* by machine_unref */
void machine_free(machine *m);

/* ---- state changes: one at a time per machine, in order of arrival ---- */

typedef enum {
    CHANGE_PREPARE, /* creates the sandbox of a running machine */
    CHANGE_START,
    CHANGE_STOP,
    CHANGE_REBOOT,
    CHANGE_SUSPEND,
    CHANGE_RESUME,
    CHANGE_HIBERNATE, /* stops the processes as a suspend does; writes nothing to disk */
    CHANGE_WAKE,
    CHANGE_RENAME,  /* a reboot that sets the sandbox's host name to m->name */
    CHANGE_RESTORE, /* replaces the files by those of m->restore_from */
    CHANGE_DESTROY,
} change_kind;

/* `done` runs exactly once, with 0 or with a gRPC code and a message. It may run before this function
 * returns.
 */
void machine_change_start(machine *m, change_kind kind, void (*done)(void *data, int code, const char *why),
                          void *data);

/* Makes sure that the sandbox exists and runs, and counts a user of it until machine_release. `ready` runs
 * exactly once, maybe before this function returns; after an error the caller must not call machine_release.
 */
void machine_acquire(machine *m, void (*ready)(void *data, int code, const char *why), void *data);
void machine_release(machine *m);

/* As machine_acquire, but an existing sandbox may be stopped or suspended. */
void machine_acquire_any_state(machine *m, void (*ready)(void *data, int code, const char *why), void *data);

/* A unary handler whose work blocks: `work` runs on a worker while the sandbox runs. Returns CALL_LATER or an
 * error. */
typedef int sandbox_work(call *c, sandbox *s, const ProtobufCMessage *request, ProtobufCMessage *reply);
int machine_run(call *c, const char *vm, sandbox_work *work);

/* idle.c */
void idle_changed(machine *m); /* a limit of the machine was set */
void idle_stop(machine *m);

int machine_check_org(call *c, const char *org);             /* "" is accepted */
int machine_set_name(call *c, machine *m, const char *name); /* 0 or a code */

/* images.c: 0 or a code. `image` is not empty. */
int image_check(call *c, const char *image);

/* names.c */
bool name_valid(const char *name);
bool env_name_valid(const char *name);
int labels_check(call *c, char *const *labels); /* 0 or a code, as the next two */
int networks_check(call *c, size_t count, const char *const *networks);
int restart_policy_check(call *c, const char *policy); /* "" is the default policy */
void name_generate(char out[64]);

#endif
