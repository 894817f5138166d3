/**
 * @file types/box.h
 * Boxes: the handle, what is known of one, and how to make one.
 */
#ifndef BOXD_TYPES_BOX_H
#define BOXD_TYPES_BOX_H

#include <boxd/base.h>
#include <boxd/call.h>
#include <boxd/compute.h>
#include <boxd/types/domain.h>

BOXD_BEGIN_DECLS

/**
 * A box (a virtual machine). Immutable and counted: safe from any thread, on either surface, and after its
 * client was closed.
 *
 * Wherever a call takes a box, a name or an id does as well: boxd_box_from_name() makes a handle of it,
 * without asking the service. The first call on a handle that was made of a name finds the machine (RPC:
 * GetVm; on NOT_FOUND ListVms and a match by name) and ends in BOXD_ERR_NOT_FOUND when there is none; later
 * ones go to the machine that was found. Snapshots have the same by name or id, disks and templates by id:
 * boxd_snapshot_from_name(), boxd_disk_from_id(), boxd_template_from_id().
 */
typedef struct boxd_box boxd_box;

/** What a box is doing. */
typedef enum boxd_box_state {
    BOXD_BOX_UNKNOWN = 0, /**< no status came, or a word that is newer than this library: see the string */
    BOXD_BOX_PENDING = 1,
    BOXD_BOX_STARTING = 2,
    BOXD_BOX_CREATING = 3,
    BOXD_BOX_BOOTING = 4,
    BOXD_BOX_RUNNING = 5,
    BOXD_BOX_STOPPING = 6,
    BOXD_BOX_STOPPED = 7,
    BOXD_BOX_SUSPENDING = 8,
    BOXD_BOX_SUSPENDED = 9, /**< "suspended", and "standby", which is the same */
    BOXD_BOX_RESUMING = 10,
    BOXD_BOX_HIBERNATING = 11,
    BOXD_BOX_HIBERNATED = 12,
    BOXD_BOX_WAKING = 13,
    BOXD_BOX_REBOOTING = 14,
    BOXD_BOX_MIGRATING = 15,
    BOXD_BOX_DESTROYING = 16,
    BOXD_BOX_DESTROYED = 17,
    BOXD_BOX_FAILED = 18 /**< "failed", and "error" */
} boxd_box_state;

/** The state that a status word means, in any case of letters. NULL and unknown words: BOXD_BOX_UNKNOWN. */
BOXD_API boxd_box_state boxd_box_state_of(const char *status);

/** A key and its value. */
typedef struct boxd_pair {
    const char *key;
    const char *value; /**< may be "" */
} boxd_pair;

/** What a machine was asked to be (today's service). */
typedef struct boxd_machine_spec {
    uint32_t version;
    const char *base_team;     /**< the team whose default snapshot it starts from; or NULL */
    const char *base_snapshot; /**< the snapshot it starts from; or NULL */
    const char *size;          /**< "<vcpu>x<GiB>" */
    const char *assign_to;
    bool isolated;
    size_t label_count, env_count, connection_count;
    const boxd_pair *const *labels, *const *env, *const *connections;
    size_t network_count, egress_count, agent_count, secret_count, package_count;
    const char *const *networks, *const *egress, *const *agents, *const *secrets, *const *packages;
} boxd_machine_spec;

/** Something that a machine needs and may lack (today's service). */
typedef struct boxd_machine_requirement {
    const char *kind, *name, *scope, *tag, *reason;
    bool met, can_fix;
} boxd_machine_requirement;

/** A package of a machine's spec and how its installation went (today's service). */
typedef struct boxd_machine_package {
    const char *command, *state, *output_tail, *reason;
    int32_t exit_code;
    bool has_exit_code;
    int64_t started_at_ms, finished_at_ms; /**< unix milliseconds; 0: not yet */
} boxd_machine_package;

/**
 * What the service said of a box in the answer that made the handle; not updated later (boxd_box_get() asks
 * again). Strings are NULL, lists empty and numbers have `has_` false (or are 0 where 0 means "none") where
 * that answer does not carry them:
 *
 * | field | create | fork | list | get | handle |
 * |---|---|---|---|---|---|
 * | id, name | yes | yes | yes | yes | the one given |
 * | image, public_ip, status, state | yes | yes | yes | yes | absent |
 * | url | yes | yes | today | today | absent |
 * | boot_time_ms | yes | yes | today | today | absent |
 * | forked_from | absent | yes | absent | absent | absent |
 * | paused_automations | today | today | absent | absent | absent |
 * | restart_policy, disk_bytes, auto_suspend_timeout_s | absent | absent | if sent | yes | absent |
 * | all others | absent | absent | today | today | absent |
 *
 * "today": sent by today's service, not by that of 0.1. A box made of a template or a snapshot carries what
 * create does. Points in time are unix milliseconds.
 */
typedef struct boxd_box_info {
    const char *id;
    const char *name;
    const char *image;
    const char *public_ip;
    const char *status;         /**< lower case, e.g. "running"; unknown words pass through */
    const char *url;            /**< always with https:// */
    const char *forked_from;    /**< the source's id */
    const char *restart_policy; /**< "always" or "never" */
    int64_t boot_time_ms;       /**< how long it took to boot, milliseconds */
    uint64_t disk_bytes;
    int64_t auto_suspend_timeout_s; /**< seconds; 0: off */
    bool has_boot_time_ms;
    bool has_disk_bytes;
    bool has_auto_suspend_timeout_s;
    boxd_box_state state; /**< what `status` means */

    /* Today's service. */
    uint32_t vcpu;                    /**< 0: not sent */
    uint64_t memory_bytes;            /**< 0: not sent */
    uint32_t ssh_port;                /**< 0: none */
    int64_t auto_hibernate_timeout_s; /**< seconds; 0: off */
    int64_t auto_destroy_timeout_s;   /**< seconds; 0: never */
    uint32_t paused_automations;      /**< how many automations making it has paused */
    int64_t created_at_ms;            /**< 0: not sent */
    int64_t hibernated_at_ms;         /**< 0: not hibernated */
    int64_t last_connected_at_ms;     /**< 0: never */
    int64_t delete_at_ms;             /**< when it will be deleted; 0: never */
    const char *delete_after_cron;    /**< what sets delete_at_ms anew */
    const char *access_domain;        /**< the zone of its URL */
    const char *org, *org_id;         /**< it is shared with */
    const char *billing_org, *billing_org_id;
    const char *created_by, *created_by_name;
    const char *source; /**< what it was made from, in words */
    const char *source_kind, *source_name, *source_id;
    uint64_t source_version;   /**< of a snapshot; 0: none */
    bool isolated;             /**< cut off from other machines and the metadata service */
    bool idle_ignore_outbound; /**< outbound traffic does not keep it awake */
    bool bot_protection;
    const char *bot_protection_mode; /**< "on", "sleep_only" or "off" */
    size_t label_count, network_count, egress_count, domain_count, requirement_count, package_count;
    const boxd_pair *const *labels;
    const char *const *networks; /**< it shares with other machines */
    const char *const *egress;   /**< where it may connect to; empty: anywhere */
    const boxd_domain *const *domains;
    const boxd_machine_requirement *const *requirements;
    const boxd_machine_package *const *packages;
    const boxd_machine_spec *spec;         /**< or NULL */
    const boxd_machine_spec *created_spec; /**< what it was created with, or NULL */
} boxd_box_info;

/**
 * A handle for the box of this name or id, without asking the service: see boxd_box.
 *
 * @param compute    the client that calls on the handle will use
 * @param name_or_id copied; a UUID is taken for an id, all else for a name
 * @param error      or NULL
 * @return the handle, owned by the caller (boxd_box_free()); NULL: BOXD_ERR_INVALID_ARGUMENT (no client, or
 * an empty name), BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_box *boxd_box_from_name(boxd_compute *compute, const char *name_or_id, boxd_error *error);

/** What is known of `box`. Lives as long as the box. NULL for NULL. */
BOXD_API const boxd_box_info *boxd_box_get_info(const boxd_box *box);

/** The box's id, a UUID. Lives as long as the box. NULL for NULL, and for a handle made of a name until a
 * call on it has found the machine. */
BOXD_API const char *boxd_box_id(const boxd_box *box);

/** The box's name. Lives as long as the box. NULL for NULL, and for a handle made of an id
 * until a call needed the name. */
BOXD_API const char *boxd_box_name(const boxd_box *box);

/** One more owner of `box`, e.g. to keep an item of a list that is freed. Returns `box`; NULL for NULL. */
BOXD_API boxd_box *boxd_box_ref(boxd_box *box);

/** Frees the handle, not the machine. NULL is allowed. Calls in flight on it go on. */
BOXD_API void boxd_box_free(boxd_box *box);

/** Boxes, in the service's order. The list owns its items; boxd_box_ref() keeps one beyond it. */
typedef struct boxd_boxes {
    size_t count;
    boxd_box *const *items;
} boxd_boxes;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_boxes_free(boxd_boxes *boxes);

/** A named route to a port of the box. */
typedef struct boxd_proxy_entry {
    size_t size;
    const char *name;
    uint16_t port;
    char reserved_[6];
} boxd_proxy_entry;

#define BOXD_PROXY_ENTRY_INIT BOXD_SIZED(boxd_proxy_entry)

typedef struct boxd_network_config {
    size_t size;
    bool no_ssh; /**< ssh is on unless this is true */
    char reserved_[7];
    size_t proxy_count;
    const boxd_proxy_entry *const *proxies; /**< some servers ignore these on create */
} boxd_network_config;

#define BOXD_NETWORK_CONFIG_INIT BOXD_SIZED(boxd_network_config)

/** A disk to attach. */
typedef struct boxd_volume {
    size_t size;
    const char *disk_id;
    const char *mount_path; /**< absolute */
    bool read_only;
    char reserved_[7];
} boxd_volume;

#define BOXD_VOLUME_INIT BOXD_SIZED(boxd_volume)

/** As a timeout of the lifecycle: never. */
#define BOXD_NEVER ((int64_t)-1)

/** A switch that may be left as it is. */
typedef enum boxd_tristate {
    BOXD_TRISTATE_DEFAULT = 0, /**< as the service or the source has it */
    BOXD_TRISTATE_ON = 1,
    BOXD_TRISTATE_OFF = 2
} boxd_tristate;

/** How a box is set up. Today's service has sizes of 1, 2, 4 and 8 vcpus with 4 GiB of memory each, and
 * refuses others: name vcpu or memory, or neither. */
typedef struct boxd_box_config {
    size_t size;
    uint32_t vcpu;              /**< 0: the service's default */
    const char *memory;         /**< e.g. "4G", "512MiB" (powers of 1024); NULL or "": default */
    const char *disk;           /**< as memory */
    const char *const *env;     /**< "NAME=value" words, NULL-terminated; or NULL */
    const char *const *cmd;     /**< the main process, NULL-terminated; or NULL */
    const char *restart_policy; /**< "always" (default) or "never" */
    int64_t
        auto_suspend_timeout_s; /**< seconds without activity; 0: the service's default; BOXD_NEVER: off */
    int64_t auto_destroy_timeout_s;     /**< seconds; 0 and BOXD_NEVER: never */
    const boxd_network_config *network; /**< or NULL */
    size_t volume_count;
    const boxd_volume *const *volumes; /**< or NULL */
    boxd_tristate
        idle_ignore_outbound; /**< whether outbound traffic does not keep it awake (today's service) */
    int32_t reserved_;
} boxd_box_config;

#define BOXD_BOX_CONFIG_INIT BOXD_SIZED(boxd_box_config)

typedef struct boxd_box_create_options {
    size_t size;
    boxd_call_options call;
    const char *name; /**< a DNS label: lower-case letters, digits, hyphens, a letter first; NULL: the service
                         picks */
    const char *image;             /**< NULL: the service's default */
    const boxd_box_config *config; /**< or NULL */

    /* Today's service; that of 0.1 ignores them. */
    const char *org;             /**< name or id of the org that owns it; NULL: the credential's */
    const char *team;            /**< whose defaults it starts from; or NULL */
    const char *const *labels;   /**< "key=value" words, NULL-terminated; or NULL */
    const char *const *networks; /**< networks it joins, NULL-terminated; or NULL */
    bool shared;                 /**< visible to the whole org */
    bool isolated;               /**< cut off from other machines and the metadata service, for good */
    char reserved_[6];
} boxd_box_create_options;

#define BOXD_BOX_CREATE_OPTIONS_INIT BOXD_SIZED(boxd_box_create_options)

typedef struct boxd_box_fork_options {
    size_t size;
    boxd_call_options call;
    const char *name; /**< of the new box, a DNS label; NULL: the service picks, e.g. `<source>-fork` */
    /** Sizes, lifecycle, network and volumes of the new box, or NULL; env, cmd and restart_policy stay the
     * source's and must not be set. */
    const boxd_box_config *config;

    /* Today's service; that of 0.1 ignores them. */
    const char *const *labels;   /**< "key=value" words, NULL-terminated; or NULL */
    const char *const *networks; /**< networks it joins, NULL-terminated; or NULL */
    bool shared;                 /**< visible to the whole org */
    bool isolated;               /**< cut off from other machines and the metadata service, for good */
    char reserved_[6];
} boxd_box_fork_options;

#define BOXD_BOX_FORK_OPTIONS_INIT BOXD_SIZED(boxd_box_fork_options)

/** Which boxes boxd_box_find() lists: those that all members allow. */
typedef struct boxd_box_find_options {
    size_t size;
    boxd_call_options call;
    const char *org; /**< name or id; NULL: the credential's */
    const char *const
        *labels;       /**< "key=value" words, all of which a box must carry, NULL-terminated; or NULL */
    bool all_contexts; /**< those of all orgs that the credential sees */
    char reserved_[7];
} boxd_box_find_options;

#define BOXD_BOX_FIND_OPTIONS_INIT BOXD_SIZED(boxd_box_find_options)

typedef struct boxd_box_wait_until_ready_options {
    size_t size;
    boxd_call_options call; /**< by default 90 s */
    int64_t interval_ms;    /**< milliseconds between two questions; 0: 500 */
} boxd_box_wait_until_ready_options;

#define BOXD_BOX_WAIT_UNTIL_READY_OPTIONS_INIT BOXD_SIZED(boxd_box_wait_until_ready_options)

typedef struct boxd_box_update_labels_options {
    size_t size;
    boxd_call_options call;
    const char *const *set;    /**< "key=value" words to set, NULL-terminated; or NULL */
    const char *const *remove; /**< keys to remove, NULL-terminated; or NULL */
    bool replace_all;          /**< `set` is all that remains; then `remove` must be NULL */
    char reserved_[7];
} boxd_box_update_labels_options;

#define BOXD_BOX_UPDATE_LABELS_OPTIONS_INIT BOXD_SIZED(boxd_box_update_labels_options)

/** A box's labels; freed with boxd_labels_free(). */
typedef struct boxd_labels {
    size_t count;
    const boxd_pair *const *items;
} boxd_labels;

/** Frees labels. NULL is allowed. */
BOXD_API void boxd_labels_free(boxd_labels *labels);

/** Words, as networks and egress rules are; freed with boxd_string_list_free(). */
typedef struct boxd_string_list {
    size_t count;
    const char *const *items;
} boxd_string_list;

/** Frees words. NULL is allowed. */
BOXD_API void boxd_string_list_free(boxd_string_list *words);

/** What resizing came to; freed with boxd_box_size_free(). */
typedef struct boxd_box_size {
    uint32_t vcpu;
    uint64_t memory_bytes;
    bool rebooted; /**< a running box is */
} boxd_box_size;

/** Frees it. NULL is allowed. */
BOXD_API void boxd_box_size_free(boxd_box_size *resized);

/** Frees text that a call returned. NULL is allowed. */
BOXD_API void boxd_string_free(char *string);

typedef struct boxd_box_set_delete_after_options {
    size_t size;
    boxd_call_options call;
    int64_t after_s;  /**< seconds from now; 0: see `cron`; BOXD_NEVER: never */
    const char *cron; /**< five fields, e.g. "0 3 * * *": each time it fires; or NULL. Neither: never */
} boxd_box_set_delete_after_options;

#define BOXD_BOX_SET_DELETE_AFTER_OPTIONS_INIT BOXD_SIZED(boxd_box_set_delete_after_options)

BOXD_END_DECLS

#endif
