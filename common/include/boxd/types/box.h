/**
 * @file boxd/types/box.h
 * Boxes: the handle, information about a box, and options for making boxes.
 *
 * @since 0.1.0
 */
#ifndef BOXD_TYPES_BOX_H
#define BOXD_TYPES_BOX_H

#include <boxd/base.h>
#include <boxd/call.h>
#include <boxd/compute.h>
#include <boxd/types/domain.h>

BOXD_BEGIN_DECLS

/**
 * A handle of a box (a virtual machine). The handle is counted: it is safe to use from any thread, by both
 * APIs, and after its client was closed. What boxd_box_get_info() returns for a handle never changes; the id
 * and the name of a handle are known from the first call on.
 *
 * boxd_box_from_name() makes a handle from a name or an id, without a request. The first call on a handle
 * that was made from a name looks the box up (RPC: GetVm; on NOT_FOUND ListVms, comparing names) and ends in
 * BOXD_ERR_NOT_FOUND if there is no such box. Later calls use the id that was found.
 * boxd_snapshot_from_name(), boxd_disk_from_id() and boxd_template_from_id() do the same for snapshots, disks
 * and templates.
 */
typedef struct boxd_box boxd_box;

/** The state of a box. */
typedef enum boxd_box_state {
    /** No status was sent, or a status that this library does not know: see the string. */
    BOXD_BOX_UNKNOWN = 0,
    BOXD_BOX_PENDING = 1,
    BOXD_BOX_STARTING = 2,
    BOXD_BOX_CREATING = 3,
    BOXD_BOX_BOOTING = 4,
    BOXD_BOX_RUNNING = 5,
    BOXD_BOX_STOPPING = 6,
    BOXD_BOX_STOPPED = 7,
    BOXD_BOX_SUSPENDING = 8,
    /** "suspended", and "standby", which means the same. */
    BOXD_BOX_SUSPENDED = 9,
    BOXD_BOX_RESUMING = 10,
    BOXD_BOX_HIBERNATING = 11,
    BOXD_BOX_HIBERNATED = 12,
    BOXD_BOX_WAKING = 13,
    BOXD_BOX_REBOOTING = 14,
    BOXD_BOX_MIGRATING = 15,
    BOXD_BOX_DESTROYING = 16,
    BOXD_BOX_DESTROYED = 17,
    /** "failed" and "error". */
    BOXD_BOX_FAILED = 18
} boxd_box_state;

/** The state for a status string of the service, in upper or lower case. NULL and unknown strings:
 * BOXD_BOX_UNKNOWN. */
BOXD_API boxd_box_state boxd_box_state_of(const char *status);

/** A key and its value. */
typedef struct boxd_pair {
    /** Never NULL. */
    const char *key;
    /** May be "". */
    const char *value;
} boxd_pair;

/** The specification of a machine (service 0.2). */
typedef struct boxd_machine_spec {
    /** The version of the format of the specification. */
    uint32_t version;
    /** The team whose default snapshot the machine starts from; or NULL. */
    const char *base_team;
    /** The snapshot the machine starts from; or NULL. */
    const char *base_snapshot;
    /** "<vcpu>x<GiB>". */
    const char *size;
    /** Who the machine is assigned to; or NULL. */
    const char *assign_to;
    /** Whether the machine is cut off from other machines and from the metadata service. */
    bool isolated;
    /** The number of `labels`. */
    size_t label_count;
    /** The number of `env`. */
    size_t env_count;
    /** The number of `connections`. */
    size_t connection_count;
    /** Labels. */
    const boxd_pair *const *labels;
    /** Environment variables. */
    const boxd_pair *const *env;
    /** Connections, by name. */
    const boxd_pair *const *connections;
    /** The number of `networks`. */
    size_t network_count;
    /** The number of `egress`. */
    size_t egress_count;
    /** The number of `agents`. */
    size_t agent_count;
    /** The number of `secrets`. */
    size_t secret_count;
    /** The number of `packages`. */
    size_t package_count;
    /** Names of networks. */
    const char *const *networks;
    /** Rules for outbound connections. */
    const char *const *egress;
    /** Names of agents. */
    const char *const *agents;
    /** Names of secrets. */
    const char *const *secrets;
    /** Names of packages. */
    const char *const *packages;
} boxd_machine_spec;

/** A requirement of a machine (service 0.2). */
typedef struct boxd_machine_requirement {
    /** The kind of the requirement, as text of the service, like the next four. NULL: not sent. */
    const char *kind;
    /** What is required. NULL: not sent. */
    const char *name;
    /** Where the requirement applies. NULL: not sent. */
    const char *scope;
    /** The tag of what is required. NULL: not sent. */
    const char *tag;
    /** Why the machine does not meet the requirement. NULL: not sent. */
    const char *reason;
    /** Whether the machine meets the requirement. */
    bool met;
    /** Whether the service can fix the requirement. */
    bool can_fix;
} boxd_machine_requirement;

/** A package of a machine's specification and the state of its installation (service 0.2). */
typedef struct boxd_machine_package {
    /** The command that installs the package. NULL: not sent. */
    const char *command;
    /** The state of the command. NULL: not sent. */
    const char *state;
    /** The end of the output of the command. NULL: not sent. */
    const char *output_tail;
    /** Why the command failed. NULL: not sent. */
    const char *reason;
    /** If `has_exit_code`. */
    int32_t exit_code;
    /** Whether the service sent `exit_code`: the command has ended. */
    bool has_exit_code;
    /** When the command started. 0: not yet. */
    int64_t started_at_ms;
    /** When the command ended. 0: not yet. */
    int64_t finished_at_ms;
} boxd_machine_package;

/**
 * What the service sent about a box in the response that made the handle. It is not updated later;
 * boxd_box_get() returns a new handle. Where the response does not have a field, a string is NULL, a list is
 * empty, and a number has a false `has_` member or, if 0 means "none", is 0:
 *
 * | field | create | fork | list | get | handle |
 * |---|---|---|---|---|---|
 * | id, name | yes | yes | yes | yes | the given one |
 * | image, public_ip, status, state | yes | yes | yes | yes | no |
 * | url | yes | yes | service 0.2 | service 0.2 | no |
 * | boot_time_ms | yes | yes | service 0.2 | service 0.2 | no |
 * | forked_from | no | yes | no | no | no |
 * | paused_automations | service 0.2 | service 0.2 | no | no | no |
 * | restart_policy, disk_bytes, auto_suspend_timeout_s | no | no | if sent | yes | no |
 * | all others | no | no | service 0.2 | service 0.2 | no |
 *
 * "create" holds also for boxes that are made from a template or a snapshot.
 */
typedef struct boxd_box_info {
    /** A UUID, which never changes. */
    const char *id;
    /** A DNS label, see boxd_box_create_options. */
    const char *name;
    /** The image that the box was made from. */
    const char *image;
    /** The public address of the box, as text. */
    const char *public_ip;
    /** Lower case, for example "running". An unknown status is passed through. */
    const char *status;
    /** Begins with https://. */
    const char *url;
    /** The id of the box that was forked. */
    const char *forked_from;
    /** "always" or "never". */
    const char *restart_policy;
    /** How long the box took to boot. */
    int64_t boot_time_ms;
    /** The size of the disk of the box. */
    uint64_t disk_bytes;
    /** 0: off. */
    int64_t auto_suspend_timeout_s;
    /** Whether the response has `boot_time_ms`. */
    bool has_boot_time_ms;
    /** Whether the response has `disk_bytes`. */
    bool has_disk_bytes;
    /** Whether the response has `auto_suspend_timeout_s`. */
    bool has_auto_suspend_timeout_s;
    /** The state for `status`. */
    boxd_box_state state;

    /* Service 0.2. */
    /** 0: not sent. */
    uint32_t vcpu;
    /** 0: not sent. */
    uint64_t memory_bytes;
    /** 0: none. */
    uint32_t ssh_port;
    /** 0: off. */
    int64_t auto_hibernate_timeout_s;
    /** 0: never. */
    int64_t auto_destroy_timeout_s;
    /** How many automations were paused when the box was made. */
    uint32_t paused_automations;
    /** 0: not sent. */
    int64_t created_at_ms;
    /** 0: not hibernated. */
    int64_t hibernated_at_ms;
    /** 0: never. */
    int64_t last_connected_at_ms;
    /** When the box will be deleted. 0: never. */
    int64_t delete_at_ms;
    /** The schedule from which the service computes `delete_at_ms`. */
    const char *delete_after_cron;
    /** The zone of the box's URL. */
    const char *access_domain;
    /** The name of the org with which the box is shared. */
    const char *org;
    /** The id of the org with which the box is shared. */
    const char *org_id;
    /** The name of the org that pays for the box. */
    const char *billing_org;
    /** The id of the org that pays for the box. */
    const char *billing_org_id;
    /** The id of the user who made the box. */
    const char *created_by;
    /** The name of the user who made the box. */
    const char *created_by_name;
    /** What the box was made from, as text for people. */
    const char *source;
    /** The kind of the source. */
    const char *source_kind;
    /** The name of the source. */
    const char *source_name;
    /** The id of the source. */
    const char *source_id;
    /** The version of the snapshot the box was made from. 0: none. */
    uint64_t source_version;
    /** Whether the box is cut off from other machines and from the metadata service. */
    bool isolated;
    /** Whether outbound traffic does not count as activity. */
    bool idle_ignore_outbound;
    /** Whether bot protection is on, if `bot_protection_mode` is NULL. */
    bool bot_protection;
    /** "on", "sleep_only" or "off". */
    const char *bot_protection_mode;
    /** The number of `labels`. */
    size_t label_count;
    /** The number of `networks`. */
    size_t network_count;
    /** The number of `egress`. */
    size_t egress_count;
    /** The number of `domains`. */
    size_t domain_count;
    /** The number of `requirements`. */
    size_t requirement_count;
    /** The number of `packages`. */
    size_t package_count;
    /** The labels of the box. */
    const boxd_pair *const *labels;
    /** Names of the networks that the box shares with other machines. */
    const char *const *networks;
    /** Where the box may connect to. Empty: anywhere. */
    const char *const *egress;
    /** The domain names that are bound to the box. */
    const boxd_domain *const *domains;
    /** What the machine requires. */
    const boxd_machine_requirement *const *requirements;
    /** The packages of the current specification. */
    const boxd_machine_package *const *packages;
    /** The current specification; or NULL. */
    const boxd_machine_spec *spec;
    /** The specification with which the box was created; or NULL. */
    const boxd_machine_spec *created_spec;
} boxd_box_info;

/**
 * Makes a handle from the name or id of a box, without a request: see boxd_box.
 *
 * @param compute    the client for calls on the handle
 * @param name_or_id copied. A UUID is an id, everything else a name
 * @param error      or NULL
 * @return the handle, freed with boxd_box_free(). NULL: BOXD_ERR_INVALID_ARGUMENT (no client, or an empty
 * name), BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_box *boxd_box_from_name(boxd_compute *compute, const char *name_or_id, boxd_error *error);

/** The information about `box`. Valid as long as the handle. NULL for NULL. */
BOXD_API const boxd_box_info *boxd_box_get_info(const boxd_box *box);

/** The id of the box, a UUID. Valid as long as the handle. NULL for NULL, and for a handle made from a name
 * until a call on it has found the box. */
BOXD_API const char *boxd_box_id(const boxd_box *box);

/** The name of the box. Valid as long as the handle. NULL for NULL, and for a handle made from an id until a
 * call needed the name. */
BOXD_API const char *boxd_box_name(const boxd_box *box);

/** Adds a reference to `box`, for example to keep an item of a list that is freed. Returns `box`; NULL for
 * NULL. */
BOXD_API boxd_box *boxd_box_ref(boxd_box *box);

/** Releases a reference to the handle. The box itself is kept, and calls in flight continue. NULL is allowed.
 */
BOXD_API void boxd_box_free(boxd_box *box);

/** Boxes in the order of the service. The list owns its items: boxd_box_ref() keeps an item longer. */
typedef struct boxd_boxes {
    /** The number of items. */
    size_t count;
    /** The boxes. They belong to the list. */
    boxd_box *const *items;
} boxd_boxes;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_boxes_free(boxd_boxes *boxes);

/** A named proxy to a port of the box. */
typedef struct boxd_proxy_entry {
    size_t size;
    /** The first part of the host name of the proxy, a DNS label. */
    const char *name;
    /** The port in the box. */
    uint32_t port;
    char reserved_[4];
} boxd_proxy_entry;

#define BOXD_PROXY_ENTRY_INIT BOXD_SIZED(boxd_proxy_entry)

typedef struct boxd_network_config {
    size_t size;
    /** Whether SSH is off. */
    bool no_ssh;
    char reserved_[7];
    /** The number of `proxies`. */
    size_t proxy_count;
    /** `proxy_count` proxies, or NULL and 0. Proxies without a count are refused. Some servers ignore proxies
     * when a box is created. */
    const boxd_proxy_entry *const *proxies;
} boxd_network_config;

#define BOXD_NETWORK_CONFIG_INIT BOXD_SIZED(boxd_network_config)

/** A disk to attach. */
typedef struct boxd_volume {
    size_t size;
    /** The id of the disk. */
    const char *disk_id;
    /** An absolute path. */
    const char *mount_path;
    /** Whether the box can only read the disk. */
    bool read_only;
    char reserved_[7];
} boxd_volume;

#define BOXD_VOLUME_INIT BOXD_SIZED(boxd_volume)

/** As a timeout of the lifecycle: never. */
#define BOXD_NEVER (-INT64_C(1))

/** A setting that may be left to the service. */
typedef enum boxd_tristate {
    /** The default of the service, or the setting of the source. */
    BOXD_TRISTATE_DEFAULT = 0,
    BOXD_TRISTATE_ON = 1,
    BOXD_TRISTATE_OFF = 2
} boxd_tristate;

/** The configuration of a box. Service 0.2 offers 1, 2, 4 and 8 vcpus with 4 GiB of memory each and refuses
 * other sizes: set `vcpu` or `memory`, or neither. */
typedef struct boxd_box_config {
    size_t size;
    /** 0: the default of the service. */
    uint32_t vcpu;
    /** For example "4G" or "512MiB" (powers of 1024). NULL or "": the default of the service. */
    const char *memory;
    /** As `memory`. */
    const char *disk;
    /** "NAME=value" strings that end with NULL; or NULL. */
    const char *const *env;
    /** The main process: arguments that end with NULL; or NULL. */
    const char *const *cmd;
    /** "always" (default) or "never". */
    const char *restart_policy;
    /** Without activity. 0: the default of the service. BOXD_NEVER: off. */
    int64_t auto_suspend_timeout_s;
    /** 0 and BOXD_NEVER: never. */
    int64_t auto_destroy_timeout_s;
    /** Or NULL. */
    const boxd_network_config *network;
    /** The number of `volumes`. */
    size_t volume_count;
    /** `volume_count` disks, or NULL and 0. Disks without a count are refused. */
    const boxd_volume *const *volumes;
    /** Whether outbound traffic does not count as activity (service 0.2). */
    boxd_tristate idle_ignore_outbound;
    int32_t reserved_;
} boxd_box_config;

#define BOXD_BOX_CONFIG_INIT BOXD_SIZED(boxd_box_config)

typedef struct boxd_box_create_options {
    size_t size;
    boxd_call_options call;
    /** A DNS label: lower-case letters, digits and hyphens, no hyphen first or last. NULL: the service
     * chooses the name. */
    const char *name;
    /** NULL: the default of the service. */
    const char *image;
    /** Or NULL. */
    const boxd_box_config *config;

    /* Service 0.2. Service 0.1 ignores them. */
    /** Name or id of the org that owns the box. NULL: the org of the credential. */
    const char *org;
    /** The team whose defaults are used; or NULL. */
    const char *team;
    /** "key=value" strings that end with NULL; or NULL. boxd_box_get() shows the labels; the box that
     * boxd_box_create() returns does not. */
    const char *const *labels;
    /** Names of networks to join, ending with NULL; or NULL. */
    const char *const *networks;
    /** Whether the box is visible to the whole org. */
    bool shared;
    /** Whether the box is cut off from other machines and from the metadata service. Cannot be changed later.
     */
    bool isolated;
    char reserved_[6];
} boxd_box_create_options;

#define BOXD_BOX_CREATE_OPTIONS_INIT BOXD_SIZED(boxd_box_create_options)

typedef struct boxd_box_fork_options {
    size_t size;
    boxd_call_options call;
    /** The name of the new box, a DNS label. NULL: the service chooses the name, for example `<source>-fork`.
     */
    const char *name;
    /** Sizes, lifecycle, network and volumes of the new box, or NULL. `env`, `cmd` and `restart_policy` are
     * those of the source and must not be set. */
    const boxd_box_config *config;

    /* Service 0.2. Service 0.1 ignores them. */
    /** "key=value" strings that end with NULL; or NULL. */
    const char *const *labels;
    /** Names of networks to join, ending with NULL; or NULL. */
    const char *const *networks;
    /** Whether the box is visible to the whole org. */
    bool shared;
    /** Whether the box is cut off from other machines and from the metadata service. Cannot be changed later.
     */
    bool isolated;
    char reserved_[6];
} boxd_box_fork_options;

#define BOXD_BOX_FORK_OPTIONS_INIT BOXD_SIZED(boxd_box_fork_options)

/** Which boxes boxd_box_find() lists: those that match all members. */
typedef struct boxd_box_find_options {
    size_t size;
    boxd_call_options call;
    /** Name or id. NULL: the org of the credential. */
    const char *org;
    /** "key=value" strings that end with NULL: a box must have all of these labels. Or NULL. */
    const char *const *labels;
    /** Whether to list the boxes of all orgs that the credential can see. */
    bool all_contexts;
    char reserved_[7];
} boxd_box_find_options;

#define BOXD_BOX_FIND_OPTIONS_INIT BOXD_SIZED(boxd_box_find_options)

typedef struct boxd_box_wait_until_ready_options {
    size_t size;
    /** The default timeout is 90 s. */
    boxd_call_options call;
    /** Time between two requests. 0: 500. */
    int64_t interval_ms;
} boxd_box_wait_until_ready_options;

#define BOXD_BOX_WAIT_UNTIL_READY_OPTIONS_INIT BOXD_SIZED(boxd_box_wait_until_ready_options)

typedef struct boxd_box_update_labels_options {
    size_t size;
    boxd_call_options call;
    /** "key=value" strings that end with NULL: labels to set. Or NULL. */
    const char *const *set;
    /** Keys that end with NULL: labels to remove. Or NULL. */
    const char *const *remove;
    /** Whether to remove all labels that `set` does not name. Then `remove` must be NULL. */
    bool replace_all;
    char reserved_[7];
} boxd_box_update_labels_options;

#define BOXD_BOX_UPDATE_LABELS_OPTIONS_INIT BOXD_SIZED(boxd_box_update_labels_options)

/** The labels of a box; freed with boxd_labels_free(). */
typedef struct boxd_labels {
    /** The number of items. */
    size_t count;
    /** The labels. They belong to the list. */
    const boxd_pair *const *items;
} boxd_labels;

/** Frees labels. NULL is allowed. */
BOXD_API void boxd_labels_free(boxd_labels *labels);

/** Strings, for example names of networks or egress rules; freed with boxd_string_list_free(). */
typedef struct boxd_string_list {
    /** The number of items. */
    size_t count;
    /** The strings. They belong to the list. */
    const char *const *items;
} boxd_string_list;

/** Frees a list of strings. NULL is allowed. */
BOXD_API void boxd_string_list_free(boxd_string_list *words);

/** The size of a box after boxd_box_resize(); freed with boxd_box_size_free(). */
typedef struct boxd_box_size {
    /** The number of virtual CPUs. */
    uint32_t vcpu;
    /** The size of the memory. */
    uint64_t memory_bytes;
    /** Whether the box was rebooted, as a running box is. */
    bool rebooted;
} boxd_box_size;

/** Frees a size. NULL is allowed. */
BOXD_API void boxd_box_size_free(boxd_box_size *resized);

/** Frees a string that a call returned. NULL is allowed. */
BOXD_API void boxd_string_free(char *string);

typedef struct boxd_box_set_delete_after_options {
    size_t size;
    boxd_call_options call;
    /** Seconds from now. 0: see `cron`. BOXD_NEVER: never. */
    int64_t after_s;
    /** A schedule of five fields, for example "0 3 * * *": the box is deleted at its next time. Or NULL. If
     * neither member is set, the box is never deleted. */
    const char *cron;
} boxd_box_set_delete_after_options;

#define BOXD_BOX_SET_DELETE_AFTER_OPTIONS_INIT BOXD_SIZED(boxd_box_set_delete_after_options)

BOXD_END_DECLS

#endif
