/**
 * @file boxd/types/template.h
 * Templates of service 0.1. Service 0.2 has snapshots instead.
 *
 * @since 0.1.0
 */
#ifndef BOXD_TYPES_TEMPLATE_H
#define BOXD_TYPES_TEMPLATE_H

#include <boxd/types/box.h>

BOXD_BEGIN_DECLS

/**
 * A handle of a template: an image and a configuration from which boxes are made. The handle is immutable and
 * counted: it is safe to use from any thread, by both APIs, and after its client was closed. With service
 * 0.2, calls end in BOXD_ERR_UNSUPPORTED and name the function for snapshots to use instead.
 *
 * boxd_template_from_id() makes a handle from an id; it can be used like a handle that a call returned.
 */
typedef struct boxd_template boxd_template;

/**
 * What the service sent about a template in the response that made the handle. It is not updated later;
 * boxd_template_list() returns new handles. A string is NULL and a number is 0 where the response does not
 * have it:
 *
 * | field | create | list | handle |
 * |---|---|---|---|
 * | id | yes | yes | the given id |
 * | name, status | yes | yes | no |
 * | image, vcpu, memory_bytes | no | yes | no |
 */
typedef struct boxd_template_info {
    /** The id of the template. */
    const char *id;
    /** The name of the template. */
    const char *name;
    /** The image of its boxes. */
    const char *image;
    /** For example "ready". An unknown status is passed through. */
    const char *status;
    /** The number of virtual CPUs of its boxes. */
    uint32_t vcpu;
    /** The size of the memory of its boxes. */
    uint64_t memory_bytes;
} boxd_template_info;

/**
 * Makes a handle from the id of a template, without a request.
 *
 * @param compute the client for calls on the handle
 * @param id      copied
 * @param error   or NULL
 * @return the handle, freed with boxd_template_free(). NULL: BOXD_ERR_INVALID_ARGUMENT (no client, or an
 * empty id), BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_template *boxd_template_from_id(boxd_compute *compute, const char *id, boxd_error *error);

/** The information about the template. Valid as long as the handle. NULL for NULL. */
BOXD_API const boxd_template_info *boxd_template_get_info(const boxd_template *from);

/** The id of the template. Valid as long as the handle. NULL for NULL. */
BOXD_API const char *boxd_template_id(const boxd_template *from);

/** Adds a reference to the handle, for example to keep an item of a list that is freed. Returns the handle;
 * NULL for NULL. */
BOXD_API boxd_template *boxd_template_ref(boxd_template *from);

/** Releases a reference to the handle. The template itself is kept, and calls in flight continue. NULL is
 * allowed. */
BOXD_API void boxd_template_free(boxd_template *from);

/** Templates in the order of the service. The list owns its items: boxd_template_ref() keeps an item longer.
 */
typedef struct boxd_templates {
    /** The number of items. */
    size_t count;
    /** The templates. They belong to the list. */
    boxd_template *const *items;
} boxd_templates;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_templates_free(boxd_templates *templates);

typedef struct boxd_template_create_options {
    size_t size;
    boxd_call_options call;
    /** Required. */
    const char *name;
    /** NULL: the default of the service. */
    const char *image;
    /** Sizes, lifecycle, network and volumes of the boxes made from the template, or NULL. `env`, `cmd` and
     * `restart_policy` must not be set: a template does not have them. */
    const boxd_box_config *config;
} boxd_template_create_options;

#define BOXD_TEMPLATE_CREATE_OPTIONS_INIT BOXD_SIZED(boxd_template_create_options)

typedef struct boxd_template_create_box_options {
    size_t size;
    boxd_call_options call;
    /** A DNS label. NULL: the service chooses the name. */
    const char *name;
    /** Settings that differ from the template, or NULL. Members that are not set are taken from the template.
     * `env`, `cmd` and `restart_policy` must not be set. */
    const boxd_box_config *config;
} boxd_template_create_box_options;

#define BOXD_TEMPLATE_CREATE_BOX_OPTIONS_INIT BOXD_SIZED(boxd_template_create_box_options)

BOXD_END_DECLS

#endif
