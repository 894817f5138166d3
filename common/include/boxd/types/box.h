/**
 * @file types/box.h
 * Boxes: the handle, what is known of one, and how to make one.
 */
#ifndef BOXD_TYPES_BOX_H
#define BOXD_TYPES_BOX_H

#include <boxd/base.h>
#include <boxd/call.h>

BOXD_BEGIN_DECLS

/** A box (a virtual machine). Immutable and counted: safe from any thread, on either surface, and after its
 * client was closed. */
typedef struct boxd_box boxd_box;

/**
 * What the service said of a box in the answer that made the handle; not updated later (boxd_box_get() asks
 * again). Strings are NULL and numbers have `has_` false where that answer does not carry them:
 *
 * | field | create | fork | list | get |
 * |---|---|---|---|---|
 * | id, name, image, public_ip, status | yes | yes | yes | yes |
 * | url, boot_time_ms | yes | yes | absent | absent |
 * | forked_from | absent | yes | absent | absent |
 * | restart_policy, disk_bytes, auto_suspend_timeout_s | absent | absent | if sent | yes |
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
    uint64_t boot_time_ms;      /**< milliseconds */
    uint64_t disk_bytes;
    uint32_t auto_suspend_timeout_s; /**< seconds; 0: off */
    bool has_boot_time_ms;
    bool has_disk_bytes;
    bool has_auto_suspend_timeout_s;
} boxd_box_info;

/** What is known of `box`. Lives as long as the box. NULL for NULL. */
BOXD_API const boxd_box_info *boxd_box_get_info(const boxd_box *box);

/** The box's id, a UUID. Lives as long as the box. NULL for NULL. */
BOXD_API const char *boxd_box_id(const boxd_box *box);

/** The box's name. Lives as long as the box. NULL for NULL. */
BOXD_API const char *boxd_box_name(const boxd_box *box);

/** One more owner of `box`, e.g. to keep an item of a list that is freed. Returns `box`; NULL for NULL. */
BOXD_API boxd_box *boxd_box_ref(boxd_box *box);

/** Frees the handle, not the machine. NULL is allowed. Calls in flight on it go on. */
BOXD_API void boxd_box_free(boxd_box *box);

/** Boxes, in the service's order. The list owns its items; boxd_box_ref() keeps one beyond it. */
typedef struct boxd_boxes {
    size_t count;
    boxd_box **items;
} boxd_boxes;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_boxes_free(boxd_boxes *boxes);

/** A named route to a port of the box. This struct never changes. */
typedef struct boxd_proxy_entry {
    const char *name;
    uint16_t port;
} boxd_proxy_entry;

typedef struct boxd_network_config {
    size_t size;
    bool no_ssh;                     /**< ssh is on unless this is true */
    const boxd_proxy_entry *proxies; /**< some servers ignore these on create */
    size_t proxy_count;
} boxd_network_config;

#define BOXD_NETWORK_CONFIG_INIT BOXD_SIZED(boxd_network_config)

/** A disk to attach. This struct never changes. */
typedef struct boxd_volume {
    const char *disk_id;
    const char *mount_path; /**< absolute */
    bool read_only;
} boxd_volume;

/** As a timeout of the lifecycle: never (auto-suspend off). */
#define BOXD_NEVER ((int64_t)-1)

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
    int64_t auto_destroy_timeout_s;     /**< seconds; 0: never */
    const boxd_network_config *network; /**< or NULL */
    const boxd_volume *volumes;         /**< or NULL */
    size_t volume_count;
} boxd_box_config;

#define BOXD_BOX_CONFIG_INIT BOXD_SIZED(boxd_box_config)

typedef struct boxd_box_create_options {
    size_t size;
    boxd_call_options call;
    const char *name; /**< a DNS label: lower-case letters, digits, hyphens, a letter first; NULL: the service
                         picks */
    const char *image;             /**< NULL: the service's default */
    const boxd_box_config *config; /**< or NULL */
} boxd_box_create_options;

#define BOXD_BOX_CREATE_OPTIONS_INIT BOXD_SIZED(boxd_box_create_options)

typedef struct boxd_box_fork_options {
    size_t size;
    boxd_call_options call;
    const char *name; /**< of the new box, a DNS label; NULL: the service picks, e.g. `<source>-fork` */
    /** Sizes, lifecycle, network and volumes of the new box, or NULL; env, cmd and restart_policy stay the
     * source's and must not be set. */
    const boxd_box_config *config;
} boxd_box_fork_options;

#define BOXD_BOX_FORK_OPTIONS_INIT BOXD_SIZED(boxd_box_fork_options)

BOXD_END_DECLS

#endif
