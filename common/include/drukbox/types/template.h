/**
 * @file drukbox/types/template.h
 * Templates: images prepared by a script, from which hosts are made. For strings
 * and times, see drukbox/types/host.h.
 *
 * @since 0.1.0
 */
#ifndef DRUKBOX_TYPES_TEMPLATE_H
#define DRUKBOX_TYPES_TEMPLATE_H

#include <boxd/base.h>
#include <boxd/call.h>

BOXD_BEGIN_DECLS

/** A template. */
typedef struct drukbox_template {
    /** Never NULL. */
    const char *id;
    /** The provider whose hosts the template is for. */
    const char *provider;
    /** The image that the script was applied to. */
    const char *base_image;
    /** SHA-256 of the script, 64 hexadecimal digits. The service does not return the script. */
    const char *setup_script_hash;
    /** As in drukbox_template_create_options. */
    const char *label;
    /** "" while the image is built. */
    const char *image;
    /** "building", "available" or "failed". */
    const char *status;
    /** Why the template failed. */
    const char *last_error;
    /** When the template was created. */
    const char *created_at;
    /** When its record last changed. */
    const char *updated_at;
    /** NULL: never. */
    const char *last_used_at;
    /** The time of `created_at`. */
    int64_t created_at_ms;
    /** The time of `updated_at`. */
    int64_t updated_at_ms;
    /** The time of `last_used_at`. */
    int64_t last_used_at_ms;
} drukbox_template;

/** Templates, newest first; freed with drukbox_templates_free(). */
typedef struct drukbox_templates {
    /** The number of items. */
    size_t count;
    /** The templates. They belong to the list. */
    const drukbox_template *const *items;
} drukbox_templates;

/** Frees a template. NULL is allowed. */
BOXD_API void drukbox_template_free(drukbox_template *made);

/** Frees the list and its items. NULL is allowed. */
BOXD_API void drukbox_templates_free(drukbox_templates *templates);

/** Options for making a template. A string that is NULL is not sent; "" is sent. */
typedef struct drukbox_template_create_options {
    size_t size;
    boxd_call_options call;
    /** As drukbox_host.provider. */
    const char *provider;
    /** The image that the script is applied to. */
    const char *base_image;
    /** A text that helps people to recognize the template. */
    const char *label;
} drukbox_template_create_options;

#define DRUKBOX_TEMPLATE_CREATE_OPTIONS_INIT BOXD_SIZED(drukbox_template_create_options)

BOXD_END_DECLS

#endif
