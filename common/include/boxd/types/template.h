/**
 * @file types/template.h
 * Templates: the handle, what is known of one, and how to make one.
 */
#ifndef BOXD_TYPES_TEMPLATE_H
#define BOXD_TYPES_TEMPLATE_H

#include <boxd/types/box.h>

BOXD_BEGIN_DECLS

/**
 * An image and a configuration, of which boxes are made. Immutable and counted: safe from any thread, on
 * either surface, and after its client was closed. Only the service of 0.1 has templates; where it has not,
 * calls end in BOXD_ERR_UNSUPPORTED and name the function for snapshots that has replaced them.
 *
 * Handles that a call returned and those made of an id by boxd_template_from_id() can do the same.
 */
typedef struct boxd_template boxd_template;

/**
 * What the service said of a template in the answer that made the handle; not updated later
 * (boxd_template_list() asks again). Strings are NULL and numbers 0 where that answer does not carry them:
 *
 * | field | create | list | handle |
 * |---|---|---|---|
 * | id | yes | yes | the one given |
 * | name, status | yes | yes | absent |
 * | image, vcpu, memory_bytes | absent | yes | absent |
 */
typedef struct boxd_template_info {
    const char *id;
    const char *name;
    const char *image;
    const char *status; /**< e.g. "ready"; unknown words pass through */
    uint32_t vcpu;
    uint64_t memory_bytes;
} boxd_template_info;

/**
 * A handle for the template of this id, without asking the service: see boxd_template.
 *
 * @param compute the client that calls on the handle will use
 * @param id      copied
 * @param error   or NULL
 * @return the handle, owned by the caller (boxd_template_free()); NULL: BOXD_ERR_INVALID_ARGUMENT (no client,
 * or an empty id), BOXD_ERR_NO_MEMORY
 */
BOXD_API boxd_template *boxd_template_from_id(boxd_compute *compute, const char *id, boxd_error *error);

/** What is known of the template. Lives as long as the handle. NULL for NULL. */
BOXD_API const boxd_template_info *boxd_template_get_info(const boxd_template *from);

/** The template's id. Lives as long as the handle. NULL for NULL. */
BOXD_API const char *boxd_template_id(const boxd_template *from);

/** One more owner of the handle, e.g. to keep an item of a list that is freed. Returns it; NULL for NULL. */
BOXD_API boxd_template *boxd_template_ref(boxd_template *from);

/** Frees the handle, not the template. NULL is allowed. Calls in flight on it go on. */
BOXD_API void boxd_template_free(boxd_template *from);

/** Templates, in the service's order. The list owns its items; boxd_template_ref() keeps one beyond it. */
typedef struct boxd_templates {
    size_t count;
    boxd_template *const *items;
} boxd_templates;

/** Frees the list and its items. NULL is allowed. */
BOXD_API void boxd_templates_free(boxd_templates *templates);

typedef struct boxd_template_create_options {
    size_t size;
    boxd_call_options call;
    const char *name;  /**< must be given */
    const char *image; /**< NULL: the service's default */
    /** Sizes, lifecycle, network and volumes of the boxes that will be made, or NULL; env, cmd and
     * restart_policy must not be set: a template has none. */
    const boxd_box_config *config;
} boxd_template_create_options;

#define BOXD_TEMPLATE_CREATE_OPTIONS_INIT BOXD_SIZED(boxd_template_create_options)

typedef struct boxd_template_create_box_options {
    size_t size;
    boxd_call_options call;
    const char *name; /**< a DNS label; NULL: the service picks */
    /** What is to differ from the template, field by field, or NULL: what is not set here is as the template
     * has it. env, cmd and restart_policy must not be set. */
    const boxd_box_config *config;
} boxd_template_create_box_options;

#define BOXD_TEMPLATE_CREATE_BOX_OPTIONS_INIT BOXD_SIZED(boxd_template_create_box_options)

BOXD_END_DECLS

#endif
