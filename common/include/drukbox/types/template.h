/**
 * @file types/template.h
 * Templates: images that a script has prepared, to make hosts from. As in types/host.h strings that were not
 * sent are NULL, and times are there twice.
 */
#ifndef DRUKBOX_TYPES_TEMPLATE_H
#define DRUKBOX_TYPES_TEMPLATE_H

#include <boxd/base.h>
#include <boxd/call.h>

BOXD_BEGIN_DECLS

/** A template. */
typedef struct drukbox_template {
    const char *id; /**< never NULL */
    const char *provider;
    const char *base_image;
    const char *setup_script_hash; /**< SHA-256, 64 hexadecimal digits; the script is not told */
    const char *label;
    const char *image;      /**< "" while it is built */
    const char *status;     /**< "building", "available" or "failed" */
    const char *last_error; /**< why it failed */
    const char *created_at;
    const char *updated_at;
    const char *last_used_at; /**< NULL: never */
    int64_t created_at_ms;
    int64_t updated_at_ms;
    int64_t last_used_at_ms;
} drukbox_template;

/** Templates, the newest first; freed with drukbox_templates_free(). */
typedef struct drukbox_templates {
    size_t count;
    const drukbox_template *const *items;
} drukbox_templates;

/** Frees a template. NULL is allowed. */
BOXD_API void drukbox_template_free(drukbox_template *made);

/** Frees the list and its items. NULL is allowed. */
BOXD_API void drukbox_templates_free(drukbox_templates *templates);

/** How to make a template. What is NULL is not sent, "" is. */
typedef struct drukbox_template_create_options {
    size_t size;
    boxd_call_options call;
    const char *provider;
    const char *base_image;
    const char *label;
} drukbox_template_create_options;

#define DRUKBOX_TEMPLATE_CREATE_OPTIONS_INIT BOXD_SIZED(drukbox_template_create_options)

BOXD_END_DECLS

#endif
